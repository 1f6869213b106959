# SPDX-License-Identifier: MIT
# broken_runs.sh: sourced after case.sh and fixture.sh: broken_runs SIGNAL=CYCLES... makes the inputs
# of broken_runs.py and runs it.
broken_runs() {
    tiny_signal runs
    sed 's/^brain/lung/' runs/tracks.tsv | grep -v '^heart' >runs/lung.tsv
    bw2tensor -q -g runs/sizes -o runs/lung.avo runs/lung.tsv
    printf 'chr1\t10000\t40000\n' >runs/pilot.bed
    avo-train -q --hidden 32 --epochs 2 -o runs/init.avo runs/signal.avo
    "$PYTHON" "$AVO_SRC/tests/lib/broken_runs.py" runs "$@" || fail "runs broken off: $*"
}
