#!/bin/sh
# SPDX-License-Identifier: MIT
# cuda.sh: `make bench-cuda`: kernels and products against their floors, samples per second beside
# PyTorch, on card 0. Needs no make: AVO_BUILD=build/carry sh tests/bench/cuda.sh. Writes
# $AVO_BUILD/cuda-algorithms.tsv, which AVO_CUDA_ALGOS then names. QUICK=1: fewer steps.
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${AVO_BUILD:-build}" && pwd)
PYTHON=${PYTHON:-python3}
[ ! -d "$build/lib" ] || export AVO_LIBRARIES="$build/lib"
exec "$PYTHON" "$src/tests/bench/cuda.py" "$build" "${QUICK:+quick}"
