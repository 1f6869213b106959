# SPDX-License-Identifier: MIT
# --preset observed: TERM leaves a checkpoint; what a checkpoint is refused for; what is resumed has
# the bytes and the log of an unbroken run (signals.sh breaks runs off at random moments).
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_signal d
s=d/signal.avo
run="avo-train -q --device cpu --preset observed --samples 2000 --batch 64 --valid brain:DNase"
$run --epochs 400 --log whole.log -o whole $s

$run --epochs 400 --checkpoint t.state --log log -o out $s &
pid=$!
until [ -s t.state ] || ! kill -0 $pid 2>/dev/null; do sleep 0.02; done
kill -TERM $pid
rc=0
wait $pid || rc=$?
[ $rc -eq 143 ] || fail "TERM gave status $rc (want 143)"
[ -s t.state ] && [ ! -e out ] || fail "TERM left no checkpoint, or an output"
cp t.state kept.state

refused() {
    _why=$1
    shift
    expect_error 1 "^avo-train: t.state: .*$_why" $run --epochs 400 --checkpoint t.state --resume \
        -o out "$@"
    expect_same t.state kept.state
}
refused 'other options$' --seed 2 $s
refused 'other options$' --epochs 399 $s
refused 'other options$' --hide 0.2 $s
refused 'other options$' --windows 0,2 $s
refused 'other options$' --samples 1900 $s
refused 'other options$' --lr 0.001 $s
refused 'another shape$' --hidden 32 $s
refused 'another shape$' --factors assay=5 $s
refused 'other tracks or roles$' --test heart:H3K4me3 $s
bw2tensor -q -g d/sizes -r chr1 -o chr1.avo d/tracks.tsv
refused 'another input or start$' chr1.avo
refused 'another input or start$' --init whole --warm $s

$run --epochs 400 --checkpoint t.state --resume --log log -o out $s
expect_same out whole
expect_same log whole.log

# a checkpoint of the other family
avo-train -q --epochs 2 --hidden 8 --checkpoint t.state -o one $s
cp t.state kept.state
refused 'other options$' $s
$run --epochs 3 --checkpoint t.state -o three $s
expect_error 1 'progress cannot be read$' avo-train -q --epochs 2 --hidden 8 --checkpoint t.state \
    --resume -o out2 $s
