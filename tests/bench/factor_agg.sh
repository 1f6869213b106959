#!/bin/sh
# SPDX-License-Identifier: MIT
# factor_agg.sh: factors of a million windows on an axis of chr1's length (25 + 40 + 45 columns),
# beside one pass that only reads and verifies the same model (avo-view --check), and beside numpy
# with running sums over the factors in memory. QUICK=1: a tenth of the axis and of the windows.
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
PYTHON=${PYTHON:-/usr/bin/python3}
build=$(cd "${AVO_BUILD:-build}" && pwd)
make_model=$build/tests/lib/make_model
[ -x "$make_model" ] || {
    printf 'factor-agg\t-\tmake_model is not built\t-\n'
    exit 0
}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/factor_agg.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
bins=9970024 windows=1000000
[ -z "${QUICK:-}" ] || bins=997000 windows=100000
"$make_model" -w 25,40,45 -l $((bins * 25)) -r chr1:0-$bins m.avo
PATH=$build:$PATH "$PYTHON" "$src/tests/bench/factor_agg.py" $bins $windows
