# SPDX-License-Identifier: MIT
# timeout: 300
# The same bytes with any number of processes; rows, columns and labels from every kind of file;
# groups; folds that lack a class; a process that dies.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy
export PYTHONDONTWRITEBYTECODE=1
oracle() { "$PYTHON" "$AVO_SRC/tests/oracle/ap_eval.py" "$@"; }

mkdir d
oracle make d 4
fast='--folds 4 --trees 20'
xgb="ap-eval -q --model xgboost $fast"
logistic='ap-eval -q --model logistic --folds 4 --repeats 2'

# ---- processes ----
for n in 1 2 5; do
    $xgb -@ $n --labels d/y.npy a=d/a.npy b=d/b.npy --per-fold p$n --scores-out s$n -o o$n \
        --tests t$n --curve c$n --report r$n
    $logistic -@ $n --labels d/y.npy b=d/b.npy -o l$n
    for f in p s o t c r l; do
        expect_same ${f}1 $f$n
    done
done
expect_lines p1 13
expect_lines s1 623
expect_lines o1 4
expect_lines t1 4
[ "$(grep -c '<svg role="img"' r1)" -eq 2 ] || fail 'figures of the report'
refute_line r1 'https?:|nan|NaN'

# ---- the same rows from a table ----
sed 's/^a\t/x\t/' o1 | grep '^x\|^set' >want
ap-eval -q --model xgboost $fast --features x=d/a.tsv --columns 'f*' -o got
grep '^x\|^set' got >got.rows
expect_same want got.rows
cut -f 5-12 d/a.tsv | ap-eval -q --model xgboost $fast x=- | grep '^x\|^set' >got.rows
expect_same want got.rows
gzip -c d/a.tsv >a.gz
cut -f 12 d/a.tsv >labels.tsv
ap-eval -q --model xgboost $fast --features x=a.gz --columns 'f*' --labels labels.tsv |
    grep '^x\|^set' >got.rows
expect_same want got.rows
ap-eval -q --model xgboost $fast x=d/a.npy --labels d/a.tsv --label-column label |
    grep '^x\|^set' >got.rows
expect_same want got.rows
# without a pattern a column of words is an error, a column named as label or group is none
expect_error 1 '^ap-eval: d/a.tsv:2: column gene: "g0" is not a number' $xgb d/a.tsv
expect_exit 0 $xgb d/a.tsv --group gene
awk -F '\t' 'NR == 2 && $5 != 8 {exit 1}' stdout || fail 'features of the table'

# ---- rows ----
"$PYTHON" -c 'import numpy as n; a = n.load("d/a.npy"); y = n.load("d/y.npy")
n.save("a.npy", a[10:200]); n.save("y.npy", y[10:200])'
$xgb --labels d/y.npy a=d/a.npy --rows 11-200 -o got
$xgb --labels y.npy a=a.npy -o want
expect_same want got
$xgb --features a=d/a.tsv --columns 'f*' --rows 11-200 -o got
expect_same want got
expect_error 1 '^ap-eval: d/a.npy: 311 rows \(--rows asks for 300-312\)$' \
    $xgb --labels d/y.npy d/a.npy --rows 300-312

# ---- groups ----
# whole FOLDS COLUMN: rows of one chromosome or gene are in one fold, in every repeat
whole() {
    awk -F '\t' -v c="$2" 'NR == FNR {g[FNR] = $c; next}
        FNR > 1 {for (i = 2; i <= NF; i++) {k = g[FNR] " " i; if (k in f && f[k] != $i) exit 1
            f[k] = $i}}' d/a.tsv "$1" || fail "$1: groups are torn apart"
}
$xgb --features d/a.tsv --columns 'f*' --group chrom --folds-out f -o got
whole f 1
ap-eval -q --model logistic --features d/a.tsv --columns 'f*' --group gene --stratify \
    --folds-out f -o got
whole f 4
expect_line f '^row(	repeat[0-9]+){20}$'
! (whole f 1) >/dev/null || fail 'whole() sees nothing'
expect_error 1 '^ap-eval: --group chrom: 9 groups cannot fill 10 folds$' \
    $xgb --features d/a.tsv --columns 'f*' --group chrom --folds 10
# pairs: 40 rows of 20 enhancers and 3 promoters are 3 groups
awk 'BEGIN {print "enhancer\tpromoter\tf\tlabel"
    for (i = 0; i < 60; i++) print "e" i % 30 "\tp" i % 3 "\t" i * i % 11 "\t" (i % 7 < 2)}' >pairs
expect_exit 0 $xgb --features pairs --columns f --group pairs --folds 3 --folds-out f
awk 'NR > 1 {k = ($1 - 1) % 3; if (k in f && f[k] != $2) exit 1; f[k] = $2}' f ||
    fail 'connected pairs are torn apart'
expect_exit 0 $xgb --features pairs --columns f --group pairs:enhancer,promoter --folds 3
expect_error 1 'group pairs: 3 groups' $xgb --features pairs --columns f --group pairs
expect_error 1 'no input has pairs of intervals or columns "enhancer" and "promoter"' \
    $xgb d/a.npy --labels d/y.npy --group pairs
expect_error 1 'no input has a column "no such"' $xgb d/a.npy --labels d/y.npy --group 'no such'

# ---- folds that lack a class ----
awk 'BEGIN {print "f\tlabel"; for (i = 0; i < 40; i++) print i % 9 "\t" (i == 3 || i == 5)}' >few
expect_exit 0 ap-eval --model logistic --repeats 1 few --per-fold p
expect_line stderr 'warning: [34] of 5 folds test no positive row'
expect_line p '^few	1	[1-5]	32	0	8	0	.*	NA$'
expect_exit 0 ap-eval --model xgboost --folds 20 few -O text --per-fold p
refute_line stdout 'nan'
awk 'NR > 1 {print NR - 1 "\t" ($2 == 1 ? 1 : 2 + NR % 2)}' few | sed '1i row\tr' >given
expect_exit 0 ap-eval --model logistic few --folds-in given
expect_line stderr 'warning: 2 of 3 folds test no positive row'
expect_line stderr 'warning: 1 of 3 folds have no positive row to learn from'

# ---- a process that is killed: one line, no output ----
ap-eval -q --model xgboost --folds 3 --trees 100000 --patience 100000 -@ 1 --labels d/y.npy \
    a=d/a.npy -o late 2>err &
parent=$!
sleep 1
killed=
for _ in 1 2 3 4 5; do
    for s in /proc/[0-9]*/stat; do
        # pid (name) state parent
        # shellcheck disable=SC2046
        set -- $(cat "$s" 2>/dev/null || :)
        [ "${4:-}" != "$parent" ] || { kill -9 "$1" 2>/dev/null && killed=$1; }
    done
    kill -0 $parent 2>/dev/null || break
    sleep 0.1
done
[ -n "$killed" ] || { kill $parent; fail 'no child was found'; }
rc=0
wait $parent || rc=$?
[ $rc -eq 1 ] || { cat err; fail "exit status $rc (want 1)"; }
expect_line err '^ap-eval: a, repeat [0-9]+, fold [0-9]+: its process died \(signal 9, Killed\)$'
expect_missing late
