# SPDX-License-Identifier: MIT
# Off a terminal a run ends with a line that says which stage, how long and the errors that its table
# (--log) has; -q silences it. The same for every way of training.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_signal t
train() {
    avo-train --device cpu-ref --epochs 2 "$@" 2>stderr
}
# of the last pass: training and watched error, as the line prints them
errors() {
    awk -F '\t' 'NR > 1 {x = $3; v = $4} END {printf "training error %.4g", x
        if (v != "NA" && v != "") printf ", [a-z ]*%.4g", v}' "$1"
}
train --hidden 8 --stage2-epochs 1 --log one.tsv -o one.avo t/signal.avo
expect_line stderr "^avo-train: stage 1 done in [0-9]*s, $(errors one.tsv)"
train --init one.avo --train genome -o two.avo t/signal.avo
expect_line stderr '^avo-train: stage 2 done in [0-9]*s, training error [0-9.]*$'
train --preset observed --log three.tsv -o three.avo t/signal.avo
expect_line stderr "^avo-train: training done in [0-9]*s, $(errors three.tsv)"
avo-train -q --device cpu-ref --epochs 2 --hidden 8 --stage2-epochs 1 -o four.avo t/signal.avo \
    2>stderr
[ ! -s stderr ] || fail "-q is not quiet: $(cat stderr)"
