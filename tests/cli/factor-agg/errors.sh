# SPDX-License-Identifier: MIT
# What is refused, with file and line, and what a row without factors is.
. "$AVO_SRC/tests/lib/case.sh"
make_model=$AVO_BUILD/tests/lib/make_model
$make_model -r chr1:0-2000 -x chr1:400-600 m.model.avo
avo-impute -q --all m.model.avo >s.signal.avo

row() { printf '%b\n' "$@" >w.bed; }
# refuse REGEX OPTIONS...: data error, nothing written
refuse() {
    regex=$1
    shift
    expect_error 1 "^factor-agg: $regex" factor-agg -o out.avo "$@" m.model.avo
    expect_missing out.avo
}
row 'chr1\t0\t100' 'chr1\t7\t7'
refuse 'w.bed:2: empty interval \(start and end are 7\)' -R w.bed
row 'chr1\t0\t100' '' '# x' 'chr1\t0\t100011'
refuse 'w.bed:4: 100011 is past the end of chromosome "chr1" \(100010 bp\)' -R w.bed --strict
row '1\t0\t100'
refuse 'w.bed:1: unknown chromosome "1"' -R w.bed --strict
expect_line stderr 'the nearest known chromosome is "chr1"'
row '1\t0\t100' 'chr1\t0\t100'
expect_exit 0 factor-agg -R w.bed --skip-unknown -O tsv m.model.avo
expect_line stderr 'w.bed: 1 of 2 rows left out \(1 on chromosomes not known here, the first "1"'
expect_lines stdout 2
row 'chr1\t0\t100\ta\t0\t.'
refuse 'w.bed:1: no strand, and --anchor tss needs one' -R w.bed --anchor tss --upstream 9
refuse 'w.bed:1: interval of 100 bp \(--tiles wants 2000\)' -R w.bed --tiles 8x250
refuse 'w.bed:1: --label-column 9: no such column' -R w.bed --label-column 9
refuse 'w.bed:1: not BEDPE' -R w.bed --pairs
refuse 'missing.bed: ' -R missing.bed
row '# nothing'
refuse 'w.bed: no row in it' -R w.bed
printf 'chr1\t0\t100\t\377\n' >w.bed
refuse '.*not UTF-8' -R w.bed

row 'chr1\t0\t100'
for o in '' '-R w.bed --window 5' '--window 0' '--window x' '-R w.bed --anchor tss' \
    '-R w.bed --upstream 5' '-R w.bed --anchor mid --upstream 5' '-R w.bed --tiles 8' \
    '-R w.bed --tiles 0x5' '-R w.bed --anchor start --upstream 10 --tiles 2x6' \
    '--window 10 --tiles 3x3' '-R w.bed -r chr1' '--window 5 --pairs' '-R w.bed --stat median' \
    '-R w.bed --stat ,' '-R w.bed -O bed' '-R w.bed --space log' '-R w.bed --label-threshold 1' \
    '-R w.bed --label-from s.signal.avo --label-column 3' '--celltypes --stat std' \
    '--celltypes --assays' '-R w.bed --scales medium' '--window 9 -r chr1:5' \
    '-R w.bed --anchor center --upstream 0'; do
    # shellcheck disable=SC2086
    expect_error 2 '^factor-agg: ' factor-agg $o -o out.avo m.model.avo
    expect_missing out.avo
done
# word REGEX OPTION WORD
word() {
    expect_error 2 "^factor-agg: $1\$" factor-agg -R w.bed "$2" "$3" m.model.avo
}
word '--anchor: "mid" is not start, center, end or tss' --anchor mid
word '--space: "log" is not model or raw' --space log
word '--stat: "median" is not mean, std, min or max' --stat mean,median
word '--stat: "" is not mean, std, min or max' --stat ''
expect_error 2 'standard input is asked for both' sh -c 'factor-agg -R - <w.bed'

# inputs
expect_error 1 'missing.avo: cannot open' factor-agg -R w.bed missing.avo
expect_error 1 'no track "A:x" in the signal' factor-agg -R w.bed -t A:x m.model.avo s.signal.avo
expect_error 1 'no cell type "x"' factor-agg -R w.bed --tracks-of x s.signal.avo
factor-agg -q -R w.bed -o f.avo m.model.avo
expect_error 1 'f.avo: holds features' factor-agg -R w.bed f.avo
$make_model -s 2 -r chr2:0-2000 other.model.avo
expect_error 1 'a model of another root' factor-agg -R w.bed m.model.avo other.model.avo
expect_error 1 'a model of another root' factor-agg --celltypes m.model.avo other.model.avo
$make_model -l 100035 -r chr1:0-2000 long.model.avo
avo-impute -q -t A:DNase long.model.avo >long.signal.avo
expect_error 1 'long.signal.avo: chromosome chr1 has 100035 bases \(100010 in another' \
    factor-agg -R w.bed m.model.avo long.signal.avo
expect_error 1 'm.model.avo and m.model.avo: two tiles for one position' factor-agg -R w.bed m.model.avo m.model.avo
expect_error 1 '--label-from: s.signal.avo has 6 tracks' factor-agg -R w.bed \
    --label-from s.signal.avo m.model.avo
expect_error 1 '--label-from: m.model.avo holds a model' factor-agg -R w.bed \
    --label-from m.model.avo m.model.avo
expect_error 1 'nowhere.avo:A:DNase' factor-agg -R w.bed --label-from nowhere.avo:A:DNase m.model.avo

# truncated: no output under its name, no END on a pipe
size=$(wc -c <m.model.avo)
head -c $((size - 100)) m.model.avo >cut.model.avo
expect_error 1 'cut.model.avo: record .*truncated' factor-agg -R w.bed -o out.avo cut.model.avo
expect_missing out.avo
expect_error 1 'cut.model.avo: record .*truncated' factor-agg --celltypes -o out.avo cut.model.avo
expect_exit 1 factor-agg -R w.bed cut.model.avo
cp stdout part.avo
expect_exit 1 avo-view --check part.avo

# windows without a bin: NaN, said once; a bin of a hole, a window off the chromosome, the partial
# last bin, another chromosome
row 'chr1\t10500\t10600' 'chr1\t100001\t100010' 'chrX\t0\t100' 'chr1\t0\t100'
expect_exit 0 factor-agg -R w.bed -O tsv m.model.avo
[ "$(grep -c nan stdout)" -eq 3 ] || fail "$(cat stdout)"
[ "$(grep -c warning stderr)" -eq 1 ] || fail "$(cat stderr)"
expect_line stderr 'warning: 3 of 4 rows lack features: no bin of the input lies there$'
expect_exit 0 factor-agg -R w.bed -O tsv --drop-missing m.model.avo
expect_lines stdout 2
expect_line stderr '3 of 4 rows lack features: .* and are left out'
printf 'chr1\t0\t100\ta\t0\t+\n' >w.bed
expect_exit 0 factor-agg -R w.bed --anchor tss --upstream 2000 -O tsv m.model.avo
[ "$(grep -c nan stdout)" -eq 1 ] || fail "$(cat stdout)"
expect_error 1 'no window of 50 bp holds a bin' factor-agg --window 50 -r chr1:99,990-100,000 m.model.avo
expect_no_leftovers .
