# SPDX-License-Identifier: MIT
# Imputing onto a file system of 8 MB that is too small: one line that says so, nothing left behind.
# (failures.sh does the same under a limit on file sizes, wherever nothing can be mounted.)
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
make_model=$AVO_BUILD/tests/lib/make_model

# 2.6 million bins: a bigWig of more than 8 MB
$make_model -H 4,4 -l 65000000 -r chr1:0-2600000 m.avo

# full FORMAT FILE
full() {
    full_disk 8m 0 avo-impute -q -t A:DNase -O "$1" -o "full/$2" m.avo
    expect_lines stderr 1
    expect_line stderr "full/.*: cannot write.*: No space left on device"
    expect_empty left
    [ "$(tr -d ' ' <used)" = 0 ] || fail "space still taken: $(cat used) KB"
}

full bigwig x.bw
full bigwig '{celltype}.{assay}.bw'
full bedgraph x.bg
$make_model -H 4,4 -l 125000000 -r chr1:0-5000000 m.avo
full avo x.avo
