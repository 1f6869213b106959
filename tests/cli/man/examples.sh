# SPDX-License-Identifier: MIT
# Every command in the EXAMPLES of every manual page runs, and so does the example of each --help.
# timeout: 300
#
# For authors of pages. Between `.Sh EXAMPLES` and the next `.Sh`, the lines inside
# `.Bd -literal` ... `.Ed` and the text of each `.Dl` are commands of /bin/sh, without a prompt; a
# line `#` comment is fine. What is run is what a reader sees on a terminal of 80 columns
# (rendered.py), by `sh -e`, the examples of a page in order, in one fresh copy per page of a folder
# that holds
#   tracks.tsv      header line and role column; cell types C01 C02 C03 C04, assays H3K4me3 H3K4me1
#                   H3K36me3 H3K27me3 H3K9me3 DNase. C01 has all six; C02:H3K9me3 and C04:H3K4me3
#                   are of role test; C02:H3K36me3 C02:H3K27me3 C03:H3K9me3 C04:H3K4me1 C04:H3K9me3
#                   are missing
#   new.tsv         H3K4me3 and H3K36me3 of C05, which no model below has seen
#   C01.H3K4me3.bw  and the other files of the two tables
#   genes.bed       genes with strand (6 columns); blacklist.bed, pilot.bed: 3 columns
#   chrom.sizes     chr20 (100 kbp) and chr21 (60 kbp)
#   signal.avo      bw2tensor tracks.tsv
#   model.avo       everything trained on signal.avo
#   pilot.model.avo, chr20.model.avo, chr21.model.avo    stage 1 on pilot.bed, stage 2 on each
#   observed.model.avo  --preset observed, trained on signal.avo
#   imputed/tracks.tsv, imputed/*.bw                     avo-impute --missing of model.avo
# A block fails if a command of it does (the last of a pipeline counts), or writes "usage:".
. "$AVO_SRC/tests/lib/case.sh"
need mandoc

mkdir data
(
    cd data
    "$AVO_BUILD"/examples/make-compendium -o . --celltypes 5 --assays 6 --missing 0.2 --test 2 \
        --seed 2 --chrom chr20:100000 --chrom chr21:60000
    { head -n 1 tracks.tsv; grep '^C05' tracks.tsv | grep -v test | head -n 2; } >new.tsv
    grep -v '^C05' tracks.tsv >kept.tsv
    mv kept.tsv tracks.tsv
    printf 'chr20\t60000\t62000\n' >blacklist.bed
    small='--hidden 16 --epochs 2 -q'
    bw2tensor -q -o signal.avo tracks.tsv
    avo-train $small -o model.avo signal.avo
    avo-train -q --preset observed --epochs 1 -o observed.model.avo signal.avo
    bw2tensor -q -R pilot.bed tracks.tsv | avo-train $small -o pilot.model.avo
    for c in chr20 chr21; do
        bw2tensor -q -r $c tracks.tsv |
            avo-train -q --epochs 2 --init pilot.model.avo --train genome -o $c.model.avo
    done
    avo-impute -q --missing -O bigwig -o 'imputed/{celltype}.{assay}.bw' model.avo
) >prepare.log 2>&1 || { tail -n 30 prepare.log; fail "the folder for the examples"; }

# run_page PAGE
run_page() {
    page=$(basename "$1")
    cp -R data "page-$page"
    (
        cd "page-$page"
        n=$("$PYTHON" "$AVO_SRC/tests/cli/man/rendered.py" "$1") || exit 1
        echo "$n" >../count
        i=1
        while [ "$i" -le "$n" ]; do
            rc=0
            sh -e "block-$i" >"out-$i" 2>"err-$i" || rc=$?
            [ "$rc" -eq 0 ] && ! grep -q '^Usage:' "err-$i" || {
                echo "$page: example $i: exit status $rc"
                cat "block-$i"
                tail -n 10 "err-$i"
                exit 1
            }
            i=$((i + 1))
        done
    )
}

# run_help PROGRAM: its example, with a cell type of the folder for E065, and genes that have a label.
run_help() {
    cp -R data help
    (
        cd help
        ln -s signal.avo tracks.signal.avo
        awk -v OFS='\t' 'BEGIN { for (i = 0; i < 80; i++)
            print "chr20", i * 1200, i * 1200 + 900, "g" i, 0, "+", (i % 3 == 0) }' >genes.bed
        "$1" --help | sed -n '/^Example:/,$p' | sed 's/^Example://; s/E065/C02/g' >example
        rc=0
        sh -e example >out 2>err || rc=$?
        [ "$rc" -eq 0 ] || { echo "$1 --help: exit status $rc"; cat example err; exit 1; }
    )
}

bad=0
total=0
for page in "$AVO_SRC"/man/*.[157]; do
    run_page "$page" || bad=$((bad + 1))
    n=$(cat count)
    total=$((total + n))
    case $page in
    *.1) [ "$n" -gt 0 ] || { echo "$page: no EXAMPLES"; bad=$((bad + 1)); } ;;
    esac
    rm -rf "page-$(basename "$page")"
done
for p in $(programs); do
    run_help "$p" || bad=$((bad + 1))
    rm -rf help
done
[ "$total" -gt 0 ] || fail "no example found"
[ "$bad" -eq 0 ] || fail "$bad pages or programs"
