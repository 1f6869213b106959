#!/bin/sh
# SPDX-License-Identifier: MIT
# ap_eval.sh: average precision of 10 M rows against scikit-learn (arrays in memory: neither reads a
# file while measured), and the paper's folds against XGBoost's Python. QUICK=1: fewer rows.
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
PYTHON=${PYTHON:-/usr/bin/python3}
"$PYTHON" -c 'import numpy, sklearn.metrics, xgboost' 2>/dev/null || {
    printf 'ap-eval / scikit-learn, XGBoost\t-\tnot installed\t-\n'
    exit 0
}
build=$(cd "${AVO_BUILD:-build}" && pwd)
PATH=$build:$build/tests/bench:$PATH PYTHONDONTWRITEBYTECODE=1 \
    exec "$PYTHON" "$src/tests/bench/ap_eval.py" ${QUICK:+quick}
