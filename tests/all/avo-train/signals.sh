# SPDX-License-Identifier: MIT
# Runs broken off by TERM, by INT and by KILL over every way of training: 16 of each here, CYCLES=100
# by hand.
# timeout: 3600
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
. "$AVO_SRC/tests/lib/broken_runs.sh"
n=${CYCLES:-16}
broken_runs "TERM=$n" "INT=$n" "KILL=$n"
