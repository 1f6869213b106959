#!/bin/sh
# SPDX-License-Identifier: MIT
# track_eval.sh: every measure of track-eval for 20 tracks x 1.1 M bins against vectorised numpy on
# as many processes as cores, reading and measuring apart; memory; cost against bins and tracks.
# QUICK=1: a quarter of the bins. THREADS: of both (all cores).
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
PYTHON=${PYTHON:-/usr/bin/python3}
"$PYTHON" -c 'import numpy, scipy.stats' 2>/dev/null || {
    printf 'track-eval / numpy\t-\tnot installed\t-\n'
    exit 0
}
build=$(cd "${AVO_BUILD:-build}" && pwd)
# one thread a process: the processes share the cores
PATH=$build:$build/examples:$PATH PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1 \
    OPENBLAS_NUM_THREADS=1 exec "$PYTHON" "$src/tests/bench/track_eval.py" "${QUICK:+quick}"
