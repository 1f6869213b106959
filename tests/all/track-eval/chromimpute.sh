# SPDX-License-Identifier: MIT
# timeout: 300
# ChromImpute's Eval agrees on each of its measures within its rounding: data without ties, with a
# few and with many; its ranking is over the genome, its top exactly int(p N / 100) bins.
. "$AVO_SRC/tests/lib/case.sh"
need java
need_python numpy
jar=/usr/share/java/chromimpute.jar
[ -f "$jar" ] || skip "no chromimpute"
export PYTHONDONTWRITEBYTECODE=1
oracle="$AVO_SRC/tests/oracle/chromimpute.py"

# te DIR TOP OUT
te() {
    track-eval -q -g "$1/chrom.sizes" --transform none --observed "$1/observed.tsv" \
        --imputed "./$1/imputed.tsv" --ranks genome --top "$2" --peaks "$1/peaks.tsv" -o "$3"
}
for seed in 1 2 3 4; do
    for digits in 4 2 1 0; do
        d=s$seed.$digits
        "$PYTHON" "$oracle" make $d $seed $digits
        te $d exact $d.tsv
        "$PYTHON" "$oracle" compare $d $d.tsv "$jar"
        # without ties all bins >= the n-th largest are the same bins; with many they are not
        te $d at-least least.tsv
        if [ $digits -eq 4 ]; then
            "$PYTHON" "$oracle" compare $d least.tsv "$jar"
        elif [ $digits -eq 0 ]; then
            ! "$PYTHON" "$oracle" compare $d least.tsv "$jar" >/dev/null 2>&1 ||
                fail "seed $seed: ties make no difference"
        fi
    done
done
