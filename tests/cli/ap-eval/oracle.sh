# SPDX-License-Identifier: MIT
# timeout: 300
# Scores, folds and measures against XGBoost's and liblinear's own Python, scikit-learn, scipy and
# numpy: both learners, regression, missing features, strata, several sets on the same folds.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy scipy.stats sklearn.metrics xgboost liblinear
export PYTHONDONTWRITEBYTECODE=1
oracle() { "$PYTHON" "$AVO_SRC/tests/oracle/ap_eval.py" "$@"; }
# The same command line for all, so that the oracle finds its files.
ap() {
    ap-eval -q --folds-out d/folds.tsv --per-fold d/per_fold.tsv --scores-out d/scores.tsv \
        --tests d/tests.tsv -o d/summary.tsv "$@"
}

mkdir d
oracle make d 1

# the paper's 20 folds; a Fortran-ordered float64 file; missing features
ap --model xgboost --labels d/y.npy a=d/a.npy b=d/b.npy d/holes.npy
oracle folds d/folds.tsv 20 1 0
oracle xgboost d a=d/a.npy,b=d/b.npy,holes=d/holes.npy
oracle summary d
# another seed, by threshold, the best trees only; then the recorded folds with another model
ap --model xgboost --labels d/z.npy --label-threshold 0.5 --seed 3 --folds 4 --repeats 2 \
    --predict best a=d/a.npy
"$PYTHON" -c 'import numpy as n; n.save("d/y.npy", (n.load("d/z.npy") >= 0.5).astype(float))'
oracle folds d/folds.tsv 4 2 3
oracle xgboost d a=d/a.npy best
oracle summary d
cp d/folds.tsv kept.tsv
ap --model logistic --labels d/y.npy --folds-in kept.tsv b=d/b.npy --seed 9
expect_same kept.tsv d/folds.tsv
oracle logistic d b=d/b.npy 9
ap --model xgboost --task regression --labels d/z.npy --folds 5 --repeats 2 a=d/a.npy b=d/b.npy
oracle xgboost d a=d/a.npy,b=d/b.npy regression
oracle summary d
# a column that never varies; strata; the paper's way to choose would be either
ap --model logistic --labels d/y.npy --stratify --repeats 2 --seed 7 a=d/a.npy b=d/b.npy
oracle folds d/folds.tsv 5 2 7 d/y.npy
oracle logistic d a=d/a.npy,b=d/b.npy 7
oracle summary d
ap --model logistic --labels d/y.npy --repeats 1 --inner-score accuracy a=d/a.npy
oracle logistic d a=d/a.npy 0 accuracy

# The oracle notices a score, a measure, a fold, a strength and a mean that are wrong.
wrong() {   # FILE COLUMN: adds a little to one number of it
    cp "$1" saved
    awk -F '\t' -v OFS='\t' -v c="$2" 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == c) k = i}
        NR == 3 {$k = sprintf("%.9g", $k + 1e-5)} {print}' saved >"$1"
}
unnoticed() { fail "the oracle does not see a wrong $1"; }
wrong d/scores.tsv score
! oracle logistic d a=d/a.npy 0 accuracy 2>/dev/null || unnoticed score
cp saved d/scores.tsv
wrong d/per_fold.tsv average_precision
! oracle logistic d a=d/a.npy 0 accuracy 2>/dev/null || unnoticed measure
! oracle summary d 2>/dev/null || unnoticed mean
cp saved d/per_fold.tsv
oracle logistic d a=d/a.npy 0 accuracy
! oracle logistic d a=d/a.npy 1 accuracy 2>/dev/null || unnoticed seed
! oracle folds d/folds.tsv 5 1 1 2>/dev/null || unnoticed fold
