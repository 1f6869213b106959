# SPDX-License-Identifier: MIT
# A hundred runs broken off by TERM, a hundred by INT and a hundred by KILL over every way of
# training (CYCLES=N: N of each).
# timeout: 3600
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
. "$AVO_SRC/tests/lib/broken_runs.sh"
n=${CYCLES:-100}
broken_runs "TERM=$n" "INT=$n" "KILL=$n"
