# SPDX-License-Identifier: MIT
# --uncertainty: bounds beside tracks of the family observed hold the share of the measured values
# that they say, in every format, for any number of threads; wrong use is one line.
# timeout: 300
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
"$AVO_BUILD/examples/make-compendium" -q --celltypes 5 --assays 3 --chrom chr20:400000 --test 0 -o c
bw2tensor -q -o s.avo c/tracks.tsv
avo-train -q --device cpu --preset observed --hidden 16 --samples 4000 --batch 100 -o m.avo s.avo
impute() { avo-impute -q --device cpu "$@"; }

# values STREAM [TRACK]: one a line, bin by bin
values() { avo-view ${2:+-t "$2"} "$1" | grep -v '^#' | cut -f 4- | tr '\t' '\n'; }
# held LOWER UPPER: the share of the signal's values that lies between
held() {
    values "$1" >lo
    values "$2" >hi
    paste lo want hi | awk '$1 > $3 {bad = 1} {n++; in_it += $2 >= $1 && $2 <= $3}
        END {printf "%.3f\n", bad ? -1 : in_it / n}'
}
values s.avo >want
cut -f 1,2 c/tracks.tsv >measured
impute -T measured -o alone.avo m.avo s.avo
for n in 1 2 3; do
    impute -@$n -T measured -o $n.avo --uncertainty "$n.{bound}.avo" m.avo s.avo
    expect_same $n.avo alone.avo
    expect_same $n.lower.avo 1.lower.avo
    expect_same $n.upper.avo 1.upper.avo
done
impute -T measured -o half.avo --interval .5 --uncertainty 'half.{bound}.avo' m.avo s.avo
share=$(held 1.lower.avo 1.upper.avo) narrow=$(held half.lower.avo half.upper.avo)
awk -v a="$share" -v b="$narrow" 'BEGIN {exit !(a > .85 && a < .95 && b > .43 && b < .6)}' ||
    fail "intervals of .9 and .5 hold $share and $narrow"
avo-view -H half.upper.avo >header
expect_line header '^@interval	bound:upper	quantile:0.75$'
avo-view -H 1.lower.avo >header
expect_line header '^@interval	bound:lower	quantile:0.05$'
[ "$(grep -c 'kind:imputed' header)" -gt 9 ] || fail "the bounds' tracks"

# files: each bound has a table; they hold what the stream does
impute -T measured -O bigwig -o 'all/{celltype}.{assay}.bw' \
    --uncertainty 'all/{bound}/{celltype}.{assay}.bw' m.avo s.avo
impute -T measured -O bigwig --max-memory 1 -o 'one/{celltype}.{assay}.bw' \
    --uncertainty 'one/{bound}/{celltype}.{assay}.bw' m.avo s.avo
for f in all/*.bw all/*/*.bw; do
    expect_same "$f" "one/${f#all/}"
done
pair=$(awk -F '\t' 'NR == 2 {print $1 ":" $2}' c/tracks.tsv)
for b in lower upper; do
    [ "$(grep -c '^C0' all/$b/tracks.tsv)" -eq "$(grep -c '^C0' all/tracks.tsv)" ] ||
        fail "the table of the $b bounds"
    bw2tensor -q -o back.avo all/$b/tracks.tsv
    values back.avo "$pair" >got
    values 1.$b.avo "$pair" | paste - got | awk '{d = $1 - $2; if (d > .01 || d < -.01) exit 1}' ||
        fail "$b: bigWig and stream differ"
done
impute -t "$pair" -O bedgraph -o one.bg --uncertainty 'one.{bound}.bg' m.avo s.avo
[ -s one.lower.bg ] && [ -s one.upper.bg ] || fail "a single track's bounds"

# an extension carries the residuals on
sed 's/^C05/new/' c/tracks.tsv | grep -e '^celltype' -e '^new' >c/new.tsv
bw2tensor -q -o new.avo c/new.tsv
avo-train -q --device cpu --init m.avo --train celltypes -o e.avo new.avo
for f in m e; do
    avo-view --tensor residuals $f.avo | grep -v '^#' >$f.residuals
done
[ "$(tr '\t' '\n' <m.residuals | grep -c .)" -ge 4000 ] || fail "fewer than 2 x 20 x 100 residuals"
expect_same m.residuals e.residuals

# ---- what is refused ----

"$AVO_BUILD/tests/lib/make_observed" s.avo old.avo
tiny_model d
expect_error 1 'the model has no residuals' avo-impute -q --device cpu --all -o x.avo \
    --uncertainty 'x.{bound}.avo' old.avo s.avo
expect_error 1 'the model has no residuals' avo-impute -q --device cpu --all -o x.avo \
    --uncertainty 'x.{bound}.avo' d/model.avo
expect_error 2 'want \{bound\} in the name' avo-impute -q --all -o x.avo --uncertainty y.avo m.avo s.avo
expect_error 2 'only there' avo-impute -q --all -O bigwig -o 'x/{celltype}.{assay}.bw' \
    --uncertainty 'x.{bound}.bw' m.avo s.avo
expect_error 2 'in the folder before' avo-impute -q --all -O bigwig -o 'x/{celltype}.{assay}.bw' \
    --uncertainty 'x/{celltype}.{assay}.{bound}.bw' m.avo s.avo
expect_error 2 '\{bound\} alone' avo-impute -q --all -o x.avo \
    --uncertainty '{bound}/{celltype}.{assay}.avo' m.avo s.avo
expect_error 2 '--interval is for --uncertainty' avo-impute -q --all --interval .5 -o x.avo m.avo s.avo
expect_error 2 'interval' avo-impute -q --all --interval .99 -o x.avo \
    --uncertainty 'x.{bound}.avo' m.avo s.avo
expect_error 2 'is not for --attribution' avo-impute -q --all --attribution -o x.avo \
    --uncertainty 'x.{bound}.avo' m.avo s.avo
expect_error 2 'lower.avo' avo-impute -q --all -o lower.avo --uncertainty '{bound}.avo' m.avo s.avo
expect_no_leftovers .
