# SPDX-License-Identifier: MIT
# --scores against scikit-learn: ties, constant scores, zeros of both signs, one class only, files
# of text (with and without names, gzip, stdin) and npy; curves; the interval.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy sklearn.metrics
export PYTHONDONTWRITEBYTECODE=1
oracle() { "$PYTHON" "$AVO_SRC/tests/oracle/ap_eval.py" "$@"; }

mkdir d
oracle make d 2
all='d/ties.scores d/plain.scores d/constant.scores d/zeros.scores d/huge.scores d/ones.scores'
all="$all d/none.scores"
set --
for f in $all; do
    set -- "$@" --scores "$f"
done
all="$all d/plain.scores.npy"
expect_exit 0 ap-eval "$@" --scores npy=d/plain.scores.npy -o out.tsv
expect_line stderr '^ap-eval: warning: d/none.scores: no row is positive'
oracle scores out.tsv none $all
expect_line out.tsv '^constant.scores	311	78	0.250803859	0.2508038585209	'
expect_line out.tsv '^none.scores	311	0	0	NA	NA	NA	0$'
for f in ties zeros huge constant; do
    ap-eval --scores d/$f.scores --bootstrap 0 --curve curve.tsv -o one.tsv
    oracle scores one.tsv none d/$f.scores
    oracle curve curve.tsv d/$f.scores
done

# the same rows in other forms
ap-eval --scores s=d/ties.scores -o want.tsv
{ printf '#name\tscore\tlabel\n'
    awk -F '\t' -v OFS='\t' '{print "x", $2, $1} NR == 5 {print "# a remark"}' d/ties.scores
} >named.tsv
gzip -c named.tsv >named.gz
for f in named.tsv named.gz; do
    ap-eval --scores s=$f -o got.tsv
    expect_same want.tsv got.tsv
done
ap-eval --scores s=- <named.tsv >got.tsv
expect_same want.tsv got.tsv
cat d/ties.scores | ap-eval --scores s=- >got.tsv
expect_same want.tsv got.tsv
# order of rows, threads: the same bytes; another seed: another interval
sort -R --random-source=want.tsv d/ties.scores >mixed.scores
ap-eval --scores s=mixed.scores -@ 1 -o got.tsv
expect_same want.tsv got.tsv
ap-eval --scores s=d/ties.scores -@ 3 -o got.tsv
expect_same want.tsv got.tsv
ap-eval --scores s=d/ties.scores --seed 1 -o got.tsv
expect_differ want.tsv got.tsv
# labels by threshold: 2 is positive too
awk -F '\t' -v OFS='\t' '{print 2 * $1, $2}' d/ties.scores >twice.scores
ap-eval --scores s=twice.scores --label-threshold 1.5 -o got.tsv
expect_same want.tsv got.tsv
expect_error 1 '^ap-eval: twice.scores:[0-9]+: label 2 is neither 0 nor 1$' \
    ap-eval --scores twice.scores
# a page and a table for eyes
ap-eval --scores one=d/ties.scores --scores 'two <b>'=d/zeros.scores -O text --report r.html -o t
expect_line t '^two <b> +311 +78 +0.2508 +0\.[0-9]+ +0\.[0-9]+ \.\. 0\.[0-9]+$'
expect_line r.html 'two &lt;b&gt;'
refute_line r.html '<b>two|https?:|nan|NaN'
[ "$(grep -c '<svg role="img"' r.html)" -eq 2 ] || fail 'figures of r.html'

printf '1\t0.5\n0\tnan\n' >bad
expect_error 1 '^ap-eval: bad:2: score is not a number$' ap-eval --scores bad
printf '1\t0.5\n0.5\t1\n' >bad
expect_error 1 '^ap-eval: bad:2: label 0.5' ap-eval --scores bad
printf '1\t0.5\n0\n' >bad
expect_error 1 '^ap-eval: bad:2: too few columns' ap-eval --scores bad
printf 'label\tvalue\n1\t2\n' >bad
expect_error 1 '^ap-eval: bad:1: want columns' ap-eval --scores bad
printf '1\t2\t3\n' >bad
expect_error 1 '^ap-eval: bad:1: want columns' ap-eval --scores bad
printf 'label\tscore\n' >bad
expect_error 1 '^ap-eval: bad: no rows' ap-eval --scores bad
expect_error 1 '^ap-eval: d/y.npy: 1 columns' ap-eval --scores d/y.npy
