# SPDX-License-Identifier: MIT
# An 8 MB file system that is nearly full: every program that writes says so in one line, exits 1
# and leaves nothing behind, whatever the format.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
"$AVO_BUILD"/examples/make-compendium -o t --celltypes 3 --assays 3 --missing 0 --test 0 \
    --chrom chr20:300000
bw2tensor -q -o signal.avo t/tracks.tsv
avo-train -q --hidden 16 --epochs 1 -o model.avo signal.avo

# refused WORD...: this command line
refused() {
    full_disk 8m 8347648 "$@"       # 40 KB are left
    expect_lines stderr 1
    expect_line stderr "^$1: .*full/.*No space left on device"
    echo ballast >want
    expect_same want left
}
refused avo-impute -q -t C01:H3K4me3 -O bigwig -o full/x.bw model.avo
refused avo-impute -q --all -O bigwig -o 'full/{celltype}.{assay}.bw' model.avo
refused avo-impute -q -t C01:H3K4me3 -O bedgraph -o full/x.bedgraph model.avo
refused avo-impute -q --all -O avo -o full/x.avo model.avo
refused bw2tensor -q -o full/signal.avo t/tracks.tsv
refused avo-train -q --hidden 16 --epochs 1 -o full/model.avo signal.avo
