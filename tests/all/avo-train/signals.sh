# SPDX-License-Identifier: MIT
# A hundred runs broken off by TERM, a hundred by INT and a hundred by KILL over every way of training
# (CYCLES=N: N of each).
# timeout: 3600
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
. "$AVO_SRC/tests/lib/broken_runs.sh"
for signal in TERM INT KILL; do
    broken_runs $signal "${CYCLES:-100}"
done
