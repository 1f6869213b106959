# SPDX-License-Identifier: MIT
# What factor-agg carries through is no feature in any form: a label among the columns of a BED,
# strands and scores change nothing, and a table gives what its stream gives, to the last digit.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"

tiny_model .
ap='ap-eval -q --model xgboost --folds 3 --trees 30'
awk 'BEGIN {for (i = 0; i < 59; i++)
    print "chr1\t" i * 1000 "\t" i * 1000 + 700 "\tg " i "\t" (i * 37 % 11 > 6) "\t" (i % 3 ? "+" : "-")
    }' >w.bed
{ printf '#chrom\tstart\tend\tname\tlabel\tstrand\ty\t%%x\n'
  awk -F '\t' -v OFS='\t' '{print $0, $5, $5 * 2 - 0.5}' w.bed; } >h.bed
awk -F '\t' -v OFS='\t' '{e = $2 / 2 - $2 / 2 % 4000; print $1, $2, $3, "chr2", e / 2, e / 2 + 900, $4,
    0, $6, "-", $5}' w.bed >p.bedpe

# same NAME OPTION...: the stream, its table from both programs, with its header, by a pipe
same() {
    f=$1
    shift
    $ap "$@" x="$f.avo" >want
    awk -F '\t' 'NR == 2 && $7 < .9 {n++} END {exit !n}' want || fail "$f: a label is known"
    avo-view -o "$f.view.tsv" "$f.avo"
    avo-view --with-header -o "$f.header.tsv" "$f.avo"
    for t in "$f.tsv" "$f.view.tsv" "$f.header.tsv"; do
        expect_exit 0 $ap "$@" x="$t"
        expect_same want stdout
    done
    avo-view "$f.avo" | $ap "$@" x=- >got
    expect_same want got
    expect_exit 0 $ap "$@" --features x="$f.tsv" --columns '*'
    expect_same want stdout
}
both() {
    f=$1
    shift
    factor-agg -q "$@" -o "$f.avo" model.avo
    factor-agg -q "$@" -O tsv -o "$f.tsv" model.avo
}
both six -R w.bed --label-column 5
both header -R h.bed
both pairs -R p.bedpe --pairs --label-column 11
same six
same header
same header --label-column y
same header --label-column '%x' --label-threshold 1
same pairs --group pairs
factor-agg -q -R h.bed -O npy -o header.npy model.avo
$ap x=header.avo >want
$ap --labels header.tsv x=header.npy >got
expect_same want got
$ap --labels header.tsv --label-column y x=header.avo >got
expect_same want got

# By hand, without a mark, it is a feature like any other: said if it is the label itself.
sed '1s/@y/y/; 1s/@%25x/x/; 1s/@strand/strand/; s/	[+-]	/	0	/' header.tsv >hand.tsv
expect_exit 0 ap-eval --model logistic --repeats 1 --folds 3 hand.tsv
expect_line stderr '^ap-eval: warning: hand.tsv: feature y is the label in every row'
awk -F '\t' 'NR == 2 && $7 == 1 {n++} END {exit !n}' stdout || fail 'not known by hand'
expect_exit 0 ap-eval --model xgboost --folds 3 header.tsv
expect_empty stderr
