# SPDX-License-Identifier: MIT
# TERM leaves a checkpoint, and what a checkpoint or finished tiles of another run are refused for
# (signals.sh breaks runs off at random moments).
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_signal d
s=d/signal.avo
avo-train -q --hidden 32 --epochs 2 -o init.avo $s
two="avo-train -q -@1 --init init.avo --train genome --epochs 60"
$two -o whole2.avo $s

# TERM ends the process by that signal, with a checkpoint.
avo-train -q --hidden 64 --epochs 10000 --checkpoint t.state -o t.avo $s &
pid=$!
until [ -s t.state ]; do sleep 0.1; done
kill -TERM $pid
rc=0
wait $pid || rc=$?
[ $rc -eq 143 ] || fail "TERM gave status $rc (want 143)"
[ -s t.state ] && [ ! -e t.avo ] || fail "TERM left no checkpoint, or an output"

# a checkpoint of another run is refused by name
long="avo-train -q --epochs 10000 --checkpoint t.state --resume -o t.avo"
expect_exit 1 $long --hidden 64 --seed 9 $s
expect_line stderr 'other options'
expect_exit 1 $long --hidden 64 --epochs 9999 $s
expect_line stderr 'other options'
expect_exit 1 $long --hidden 64 --standardize none $s
expect_line stderr 'other options'
expect_exit 1 $long --hidden 32 $s
expect_line stderr 'another shape'
bw2tensor -q -g d/sizes -r chr1 -o chr1.avo d/tracks.tsv
expect_exit 1 $long --hidden 64 chr1.avo
expect_line stderr 'another input'
expect_exit 1 $long --hidden 32 --init init.avo --warm $s
expect_line stderr 'another input or start'
avo-train -q --hidden 64 --epochs 10000 --checkpoint t.state --resume --test heart:H3K4me3 -o t.avo \
    $s 2>stderr && fail "a checkpoint was resumed with another track withheld"
expect_line stderr 'other tracks or roles'

# finished tiles of stage 2 likewise: another number of passes, another track withheld
kept() {
    rm -f k.*
    avo-train -q -@1 --init init.avo --train genome --epochs 60 --checkpoint k.state -o k.avo $s &
    pid=$!
    until [ -s k.avo.partial ] || ! kill -0 $pid 2>/dev/null; do sleep 0.01; done
    kill -KILL $pid 2>/dev/null || true
    wait $pid || true
    [ -e k.avo.partial ] || fail "nothing was left to resume"
}
resumed="avo-train -q --init init.avo --train genome --checkpoint k.state --resume -o k.avo"
kept
expect_exit 1 $resumed --epochs 61 $s
expect_line stderr 'a run with other options'
kept
expect_exit 1 $resumed --epochs 60 --test heart:H3K4me3 $s
expect_line stderr 'a run with other options'
kept
$resumed --epochs 60 $s
cmp k.avo whole2.avo || fail "the right options do not give the unbroken run's bytes"
