# SPDX-License-Identifier: MIT
# Several model files: chromosomes in any order, extensions, identity.
. "$AVO_SRC/tests/lib/case.sh"
make_model=$AVO_BUILD/tests/lib/make_model

for c in 1 2 10 X; do
    $make_model -g 7 -r "chr$c:0-900" -k A:DNase=train "chr$c.model.avo"
done
$make_model -g 7 -r chr1:0-900 -r chr2:0-900 -r chr10:0-900 -r chrX:0-900 -k A:DNase=train \
    whole.model.avo
$make_model -g 7 -n -r chr2:0-50 -C NEW -k NEW:DNase=train new.model.avo
$make_model -g 7 -n -r chr2:0-50 -A H2A -k B:H2A=train assay.model.avo

# shell order (1 10 2 X) is not table order; any order gives the same bytes
avo-impute -q --all chr*.model.avo >a.avo
avo-impute -q --all chrX.model.avo chr2.model.avo chr1.model.avo chr10.model.avo >b.avo
expect_same a.avo b.avo
avo-impute -q -t B:DNase -O bedgraph chr*.model.avo >a.bed
avo-impute -q -t B:DNase -O bedgraph whole.model.avo >b.bed
expect_same a.bed b.bed
[ "$(cut -f 1 a.bed | uniq | tr '\n' ' ')" = 'chr1 chr2 chr10 chrX ' ] || fail 'order'
avo-impute -q -t B:DNase -O bedgraph <whole.model.avo >c.bed
expect_same a.bed c.bed
# one of them from a pipe, the others files
cat chr2.model.avo | avo-impute -q -t B:DNase -O bedgraph chrX.model.avo - chr10.model.avo \
    chr1.model.avo >c.bed
expect_same a.bed c.bed
gzip -c whole.model.avo | avo-impute -q -t B:DNase -O bedgraph >c.bed
expect_same a.bed c.bed

# two regions of one chromosome, in two files
$make_model -g 7 -r chr1:0-600 left.avo
$make_model -g 7 -r chr1:600-900 right.avo
$make_model -g 7 -r chr1:0-900 both.avo
avo-impute -q -t B:DNase -O bedgraph right.avo left.avo >a.bed
avo-impute -q -t B:DNase -O bedgraph both.avo >b.bed
expect_same a.bed b.bed

# regions that alternate between two files, each in one tile
$make_model -g 7 -r chr1:0-200 -r chr1:450-500 -r chr1:600-900 -r chr2:0-20 odd.avo
$make_model -g 7 -r chr1:200-400 -r chr1:1000-1300 -r chr2:600-700 even.avo
$make_model -g 7 -r chr1:0-400 -r chr1:450-500 -r chr1:600-900 -r chr1:1000-1300 -r chr2:0-20 \
    -r chr2:600-700 both.avo
for more in '' '-r chr1:1-6000,chr1:14000-16000' '-r chr2' '-r chr1:11000-12000'; do
    # shellcheck disable=SC2086
    avo-impute -q -t B:DNase -O bedgraph $more even.avo odd.avo >a.bed
    # shellcheck disable=SC2086
    avo-impute -q -t B:DNase -O bedgraph $more both.avo >b.bed
    expect_same a.bed b.bed
done
avo-impute -q --all even.avo odd.avo >a.avo
avo-view --check a.avo >/dev/null
avo-impute -q --max-memory 1 --all -O bigwig -o 'two/{celltype}.{assay}.bw' even.avo odd.avo
avo-impute -q --all -O bigwig -o 'one/{celltype}.{assay}.bw' both.avo
expect_same two/B.DNase.bw one/B.DNase.bw
# but one group of 5 kbp is in one file only
$make_model -g 7 -r chr1:100-150 -r chr1:500-600 group.avo
expect_error 1 'odd.avo and group.avo: two tiles for one position \(chr1:2501\)' \
    avo-impute -q --all group.avo odd.avo

# extensions bring rows, wherever they stand; without them the name is unknown
avo-impute -q -t NEW:DNase -t NEW:H2A -t B:H2A chr1.model.avo new.model.avo assay.model.avo >a.avo
avo-impute -q -t NEW:DNase -t NEW:H2A -t B:H2A assay.model.avo new.model.avo chr1.model.avo >b.avo
expect_same a.avo b.avo
avo-impute -q --missing new.model.avo chr1.model.avo assay.model.avo >a.avo
avo-impute -q --missing assay.model.avo chr1.model.avo new.model.avo >b.avo
expect_same a.avo b.avo
grep -a '^@TRACK' a.avo | sed 's/^@TRACK.celltype:\([^	]*\).assay:\([^	]*\).*/\1 \2/' >tracks
# 4 cell types x 3 assays less A:DNase, NEW:DNase, B:H2A; rows of the root first
expect_lines tracks 9
[ "$(head -n 1 tracks)" = 'A H3K4me3' ] || fail 'first track'
[ "$(tail -n 1 tracks)" = 'NEW H2A' ] || fail 'last track'
expect_error 1 'cell type "NEW" is not in the model' avo-impute -t NEW:DNase chr1.model.avo

# only rows, nothing to impute on
expect_error 1 'no GENOME records' avo-impute --all new.model.avo
expect_line stderr 'hint: give the files'

# another root: both ids
$make_model -s 2 -r chr2:0-900 other.model.avo
expect_error 1 'other.model.avo: a model of another root \([0-9a-f]{32}, chr1.model.avo has [0-9a-f]{32}\)' \
    avo-impute --all chr1.model.avo other.model.avo

# the same row name with other factors
cp new.model.avo y.avo
$make_model -g 7 -n -C WEN -C NEW -r chr1:0-10 z.avo
expect_error 1 'z.avo: cell type "NEW" has two different rows' avo-impute --all chr1.model.avo y.avo \
    z.avo
# the same row twice is no contradiction
avo-impute -q -t NEW:DNase chr1.model.avo new.model.avo y.avo >a.avo

# two tiles for one position
cp chr2.model.avo copy.avo
expect_error 1 'chr2.model.avo and copy.avo: two tiles for one position \(chr2:1\)' \
    avo-impute -q --all -o out.avo chr1.model.avo chr2.model.avo copy.avo
expect_missing out.avo
$make_model -g 7 -r chr1:500-700 part.avo
expect_error 1 'two tiles for one position' avo-impute -q --all chr1.model.avo part.avo
expect_error 1 'two tiles for one position' avo-impute -q --all -r chr1:1-100 chr1.model.avo part.avo

# another length, no model, stdin twice
$make_model -g 7 -l 200000 -r chr2:0-900 long.avo
expect_error 1 'chromosome chr1 has 200000 bases \(100010 in another model\)' \
    avo-impute --all chr1.model.avo long.avo
expect_error 1 'a.avo: holds signal \(want a model' avo-impute --all a.avo
expect_error 2 'standard input \(-\) is given 2 times' avo-impute --all - -
