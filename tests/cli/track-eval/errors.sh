# SPDX-License-Identifier: MIT
# Inputs that do not fit together, damaged ones, and bad command lines: one line each.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy
"$PYTHON" "$AVO_SRC/tests/oracle/track_eval.py" make d 9
bw() { bw2tensor -q -g d/chrom.sizes "$@"; }
bw -o o.avo d/observed.tsv
bw -o i.avo d/one.tsv

# command lines
expect_error 2 '--observed is missing' track-eval -q --imputed i.avo
expect_error 2 '--imputed is missing' track-eval -q --observed o.avo
expect_line stderr 'hint: --baseline-only'
expect_error 2 'exclude each other' track-eval -q --observed o.avo --imputed i.avo --baseline-only
expect_error 2 'two methods are called "imputed"' track-eval -q --observed o.avo --imputed i.avo \
    --imputed i.avo
expect_error 2 'a baseline' track-eval -q --observed o.avo --imputed mean=i.avo
expect_error 2 'only one input can be "-"' track-eval -q --observed - --imputed -
expect_error 2 '"html" is unknown' track-eval -q --observed o.avo --imputed i.avo -O html
expect_error 2 '"x" is unknown' track-eval -q --observed o.avo --imputed i.avo --scope x
expect_error 2 '"log" is unknown' track-eval -q --observed o.avo --imputed i.avo --transform log
expect_error 2 'given with --observed' track-eval -q o.avo i.avo
expect_error 2 'CELLTYPE:ASSAY' track-eval -q --observed o.avo --baseline-only --test A
expect_error 1 'no "A:xx"' track-eval -q --observed o.avo --baseline-only --test A:xx
expect_line stderr 'hint: did you mean "A:x"'
expect_error 1 'missing.avo' track-eval -q --observed missing.avo --imputed i.avo

# inputs that do not fit
bw -b 50 -o b50.avo d/one.tsv
expect_error 1 'o.avo and b50.avo differ in bin size' track-eval -q --observed o.avo --imputed b50.avo
expect_line stderr 'hint: o.avo has bins of 25 bp, b50.avo of 50 bp'
expect_error 1 'differ in bin size' track-eval -q -g d/chrom.sizes --observed d/observed.tsv \
    --imputed b50.avo
bw --transform none -o none.avo d/one.tsv
expect_error 1 'differ in transform' track-eval -q --observed o.avo --imputed none.avo
sed 's/60013/60014/' d/chrom.sizes >longer
bw2tensor -q -g longer -o longer.avo d/one.tsv
expect_error 1 'chromosome "chr2" has 60013 bp in o.avo and 60014 bp in longer.avo' \
    track-eval -q --observed o.avo --imputed longer.avo
grep -v chr10 d/chrom.sizes >fewer
mkdir f
for n in 0 1 2 3 4 5 6; do
    grep -v chr10 d/one.$n.bedGraph >f/one.$n.bedGraph
    sed 's/^chr//' d/one.$n.bedGraph >f/bare.$n.bedGraph
done
cp d/one.tsv f/one.tsv
sed 's/one/bare/' d/one.tsv >f/bare.tsv
sed 's/^chr//' d/chrom.sizes >bare
bw2tensor -q -g fewer -o fewer.avo f/one.tsv
expect_error 1 'fewer.avo has no chromosome "chr10", of which o.avo has bins' \
    track-eval -q --observed o.avo --imputed fewer.avo
expect_exit 0 track-eval -r chr2 --observed o.avo --imputed fewer.avo
# a table's files may leave a chromosome out: bins that it lacks
expect_exit 0 track-eval -g fewer --observed o.avo --imputed f/one.tsv
expect_line stderr 'lacks up to 504 observed bins'
expect_error 1 'no chromosome in common \("chr2", "2"\)' \
    track-eval -q -g bare --observed o.avo --imputed f/bare.tsv
sed '1s/$/	unit/; 2,$s/$/	fold change/' d/one.tsv >d/fold.tsv
sed '1s/$/	unit/; 2,$s/$/	-log10 p/' d/observed.tsv >d/p.tsv
expect_error 1 'differ in unit' track-eval -q -g d/chrom.sizes --observed d/p.tsv --imputed d/fold.tsv
printf 'Z\tq\tone.0.bedGraph\n' >d/other.tsv
expect_error 1 'both observed and imputed' track-eval -q -g d/chrom.sizes --observed o.avo \
    --imputed d/other.tsv
expect_error 1 'none of the regions asked for is in the stream' \
    sh -c 'bw2tensor -q -g d/chrom.sizes -r chrX d/observed.tsv |
        track-eval -q --observed - -r chr2 --imputed i.avo'
bw -r chr10 -o chr10.avo d/one.tsv
expect_exit 0 track-eval --observed o.avo --imputed chr10.avo
expect_line stderr 'lacks up to 24[0-9][0-9] observed bins'

# damaged and truncated inputs, no output under the final name
head -c 3000 i.avo >cut.avo
expect_error 1 'cut.avo' track-eval -q --observed o.avo --imputed cut.avo -o out.tsv
expect_missing out.tsv
expect_error 1 'stdin' sh -c 'head -c 3000 o.avo | track-eval -q --observed - --imputed i.avo -o out.tsv'
expect_missing out.tsv
expect_no_leftovers .
# regions do not save a stream without END
size=$(wc -c <o.avo)
head -c $((size - 64)) o.avo >noend.avo
expect_error 1 'noend.avo' track-eval -q -r chr2:1-1000 --observed noend.avo --imputed i.avo
expect_error 1 'noend.avo' track-eval -q -r chr2:1-1000 --observed i.avo --imputed noend.avo
printf 'chr2\t0\t100\tinf\n' >d/one.0.bedGraph
expect_error 1 'one.0.bedGraph' track-eval -q -g d/chrom.sizes --observed o.avo --imputed d/one.tsv
printf '' >empty.tsv
expect_error 1 'empty.tsv' track-eval -q --observed empty.tsv --imputed i.avo
