# SPDX-License-Identifier: MIT
# timeout: 1800
# serial
# The family observed on real tracks: all 20 withheld once, in six folds, as `make protocol` does it.
# Its mean error and correlation on folds A to C and on D, E and G are those of the recipe it follows
# (README.md), and every track is closer than by the scaled mean over the other cell types.
. "$AVO_SRC/tests/lib/case.sh"
need_real_data
SEEDS=1 WORK=$PWD/protocol sh "$AVO_SRC/tests/protocol/folds.sh" \
    recipe='--preset observed' | tee table
awk '$1 == "recipe" {ok = $9 < .155 && $10 > .575 && $14 < .169 && $15 > .5} END {exit !ok}' table ||
    fail "folds A to C: want below .155 and above .575, D to G: below .169 and above .5"
n=$(cat protocol/[A-G].tsv | awk -F '\t' '
    $1 == "track" && $8 == "recipe.1" {x[$4, $5] = $12}
    $1 == "track" && $8 == "scaled-mean" {y[$4, $5] = $12}
    END {for (t in x) n += x[t] < y[t]; print n + 0}')
[ "$n" = 20 ] || fail "closer than the scaled mean: $n tracks of 20"
