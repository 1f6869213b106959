#!/bin/sh
# SPDX-License-Identifier: MIT
# bw2tensor.sh: bw2tensor with one thread against pyBigWig's values(numpy=True) in 1-Mb pieces binned
# by numpy, on a file of fixed steps and on one of irregular intervals (median of three alternating
# runs, processor time; the interpreter's start does not count). QUICK=1: shorter files.
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
PYTHON=${PYTHON:-/usr/bin/python3}
"$PYTHON" -c 'import numpy, pyBigWig' 2>/dev/null || {
    printf 'bw2tensor / pyBigWig\t-\tnot installed\t-\n'
    exit 0
}
build=$(cd "${AVO_BUILD:-build}" && pwd)
PATH=$build:$PATH PYTHONPATH=$src/tests/lib PYTHONDONTWRITEBYTECODE=1 \
    exec "$PYTHON" "$src/tests/bench/bw2tensor.py" "${QUICK:+quick}"
