# SPDX-License-Identifier: MIT
# The demo takes under three minutes of two cores, writes what it says, and models of both families
# beat the mean over the other cell types on the withheld tracks on average.
# timeout: 400
# serial
. "$AVO_SRC/tests/lib/case.sh"
[ -x "$AVO_BUILD/avo-train" ] || skip "avo-train is not built"
slow=${AVO_TIMEOUT_SCALE:-1}     # above 1 under sanitizers and valgrind: only what leaks is asked
[ "$slow" -eq 1 ] || export AVO_DEMO_EPOCHS=2
AVO_DEMO=demo expect_exit 0 sh "$AVO_SRC"/examples/demo.sh
# Seconds of two cores, whatever else the machine does.
times >times
took=$(awk 'END { split($1 "m" $2, t, /[ms]+/); print int(t[1] * 60 + t[2] + t[3] * 60 + t[4]) }' times)
echo "$took s of processor time"
[ "$slow" -gt 1 ] || [ "$took" -lt 360 ] || fail "$took s"

n=$(grep -c '	test	' demo/tracks/tracks.tsv)
[ "$n" -eq 6 ] || fail "$n test tracks"
for folder in imputed observed bedgraph; do
    [ "$(find demo/$folder -name '*.b*' | wc -l)" -eq "$n" ] || fail "files in $folder"
done
[ "$slow" -eq 1 ] || exit 0
# mse METHOD: of the average over the withheld tracks
mse() {
    awk -F '\t' -v m="$1" '
        NR == 1 { for (i = 1; i <= NF; i++) col[$i] = i; next }
        $col["level"] == "overall" && $col["scope"] == "genome" && $col["method"] == m {
            print $col["mse"]
        }' demo/evaluation.tsv
}
echo "mean $(mse mean), constant $(mse constant)"
for family in avocado signal; do
    echo "$family $(mse $family)"
    [ -n "$(mse $family)" ] && [ -n "$(mse mean)" ] || fail "no overall row"
    awk -v a="$(mse $family)" -v b="$(mse mean)" 'BEGIN { exit !(a > 0 && a < b) }' ||
        fail "the model does not beat the mean"
done
# and the table scores the tracks as unseen
refute_line demo/evaluation.tsv '^track	.*	test	(train|valid)	(avocado|signal)'
