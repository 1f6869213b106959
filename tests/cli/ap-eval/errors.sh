# SPDX-License-Identifier: MIT
# Options that make no sense together (2) and files that do not fit each other (1): one line each.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy
export PYTHONDONTWRITEBYTECODE=1

"$PYTHON" "$AVO_SRC/tests/oracle/ap_eval.py" make . 1
usage() {
    _regex=$1
    shift
    expect_error 2 "^ap-eval: $_regex" ap-eval "$@"
    expect_empty stdout
}
data() {
    _regex=$1
    shift
    expect_error 1 "^ap-eval: $_regex" ap-eval -o out "$@"
    expect_missing out
}

usage '--model is missing' a.npy
usage '--model: "forest" is not xgboost or logistic$' a.npy --model forest
usage '--task: "ranking" is not classification or regression$' a.npy --model xgboost --task ranking
usage '-O: "json"' a.npy --model xgboost -O json
usage '--rows: "5"' a.npy --rows 5
usage '--rows: "0"' a.npy --rows 0-5
usage '--rows: "3"' a.npy --rows 5-3
usage '--folds: "1"' a.npy --folds 1
usage '--columns stands behind' --columns 'f*' --features a.tsv
usage '--scores are evaluated as they are' --scores ties.scores --model xgboost
usage '--scores are evaluated as they are' --scores ties.scores a.npy
usage '--labels, --rows' --scores ties.scores --labels y.npy
usage '--labels, --rows' --scores ties.scores --folds-in f
usage 'two sets are called "a"' --model xgboost a.npy ./a.npy
usage '"majority" is the baseline' --model xgboost majority=a.npy
usage 'only one input can be' --model xgboost x=- y=-
usage '--folds-in takes the place' --model xgboost a.npy --folds-in f --stratify
usage '--model xgboost needs 3 folds' --model xgboost a.npy --folds 2
usage '--trees, ' --model logistic a.npy --depth 3
usage '--inner-score is for' --model xgboost a.npy --inner-score ap
usage '--inner-score: "auc" is not ap or accuracy$' --model logistic a.npy --inner-score auc
usage '--task regression is for' --model logistic a.npy --task regression
usage '--stratify, --curve' --model xgboost a.npy --task regression --stratify
usage '--group: "pairs:a"' --model xgboost a.npy --labels y.npy --group pairs:a
usage 'a.npy: --columns' --model xgboost --features a.npy --columns 'f*'
usage 'y.npy: --label-column' --model xgboost a.npy --labels y.npy --label-column y
usage '--bootstrap: "-1"' --scores ties.scores --bootstrap -1

data 'nowhere.npy: cannot open' --model xgboost nowhere.npy
data 'no input has a column "label"' --model xgboost a.npy
data 'z.npy: row 1: label .* is neither' --model xgboost a.npy --labels z.npy
data 'a.npy: 7 columns' --model xgboost a.npy --labels a.npy
data '0 of 311 rows are positive' --model xgboost a.npy --labels z.npy --label-threshold 99
data '311 of 311 rows are positive' --model xgboost a.npy --labels z.npy --label-threshold -99
data 'holes.npy: row [0-9]+: feature [1-7] is missing' --model logistic holes.npy --labels y.npy
data '.* 311 rows cannot fill 312 folds|311 rows cannot fill' --model xgboost a.npy \
    --labels y.npy --folds 312
head -n 100 a.tsv >short.tsv
data 'short.tsv: 99 rows \(a.tsv has 311\)' --model xgboost --features a.tsv --columns 'f*' \
    --features short.tsv --columns 'f*'
sed '7s/chr[0-9]/chr20/' a.tsv >other.tsv
data 'other.tsv: row 6: chrom is chr20 \(a.tsv has chr6\)' --model xgboost --features a.tsv \
    --columns 'f*' --features other.tsv --columns 'f*'
sed '5s/[01]\(	[^	]*\)$/\1/' a.tsv >unlabelled.tsv
data 'unlabelled.tsv: row 4: no label' --model xgboost --features unlabelled.tsv --columns 'f*'
printf 'row\tr\n1\t1\n' >f
data 'f: 1 rows \(want the 311' --model xgboost a.npy --labels y.npy --folds-in f
awk 'BEGIN {print "row\tr"; for (i = 1; i <= 311; i++) print i "\t" 1 + i % 2}' >f
data 'f: 2 folds \(--model xgboost needs 3' --model xgboost a.npy --labels y.npy --folds-in f
data '.*no-such-dir|.*/proc/none' --model xgboost a.npy --labels y.npy --folds 3 --trees 1 \
    --report /proc/none/r.html
head -c 400 a.npy >cut.npy
data 'cut.npy: npy: the file ends too early' --model xgboost cut.npy --labels y.npy

# what is given but not understood
printf '\211AVO\r\n\032\nrubbish' >broken.avo
data 'broken.avo: ' --model xgboost broken.avo
