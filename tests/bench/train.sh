#!/bin/sh
# SPDX-License-Identifier: MIT
# train.sh: avo-train against the same step in PyTorch, then avo-impute and track-eval on their own.
# QUICK=1: fewer bins. THREADS: of both (all cores).
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
PYTHON=${PYTHON:-/usr/bin/python3}
"$PYTHON" -c '' 2>/dev/null || {
    printf 'avo-train / PyTorch\t-\tnot installed\t-\n'
    exit 0
}
build=$(cd "${AVO_BUILD:-build}" && pwd)
PATH=$build:$build/examples:$PATH PYTHONDONTWRITEBYTECODE=1 \
    exec "$PYTHON" "$src/tests/bench/train.py" "${QUICK:+quick}"
