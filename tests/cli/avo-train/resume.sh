# SPDX-License-Identifier: MIT
# Killed at random moments and resumed, a run ends with the bytes of an unbroken one: 20 cycles,
# by KILL and by TERM, stage 1 (with watched tracks and refit) and streamed stage 2.
# timeout: 300
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_signal d
s=d/signal.avo
one="avo-train -q -@2 --hidden 32,32 --batch 500 --epochs 30 --patience 0 --valid brain:DNase --refit"
$one -o whole.avo $s
avo-train -q --hidden 32 --epochs 2 -o init.avo $s
two="avo-train -q -@1 --init init.avo --train genome --epochs 60"
$two -o whole2.avo $s

# cycle NAME SIGNAL FRACTION WHOLE COMMAND...: kills the command several times, then lets it end.
kills=0
cycle() {
    name=$1 sig=$2 delay=$3 whole=$4
    shift 4
    rm -f "$name" "$name".*
    for try in 1 2 3; do
        "$@" --checkpoint "$name.state" --resume -o "$name" $s &
        pid=$!
        sleep "$delay"
        if kill "-$sig" $pid 2>/dev/null; then
            rc=0
            wait $pid || rc=$?
            [ $rc -eq 0 ] || kills=$((kills + 1))
            # A signal between the renaming and the end of the process: then it is the whole one.
            [ $rc -eq 0 ] || [ ! -e "$name" ] || cmp -s "$name" "$whole" ||
                fail "$name: a partial output exists after $sig"
        else
            wait $pid || fail "$name: the resumed run failed"
        fi
        [ ! -e "$name" ] || break
    done
    [ -e "$name" ] || "$@" --checkpoint "$name.state" --resume -o "$name" $s
    cmp "$name" "$whole" || fail "$name: other bytes after $kills kills ($sig after $delay s)"
    [ ! -e "$name.partial" ] && [ ! -e "$name.partial.old" ] || fail "$name: leftovers"
}
for i in 1 2 3 4 5 6 7; do
    cycle a.$i KILL "0.$((i * 7 % 10 + 1))" whole.avo $one
    cycle b.$i TERM "0.$((i * 3 % 7 + 1))" whole.avo $one
    cycle c.$i KILL "0.0$((i * 5 % 9 + 1))" whole2.avo $two
done
[ $kills -ge 10 ] || fail "only $kills runs were killed: make the model larger"

# TERM ends the process by that signal, with a checkpoint.
avo-train -q --hidden 64 --epochs 10000 --checkpoint t.state -o t.avo $s &
pid=$!
sleep 0.5
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
expect_exit 1 $long --hidden 32 $s
expect_line stderr 'another shape'
bw2tensor -q -g d/sizes -r chr1 -o chr1.avo d/tracks.tsv
expect_exit 1 $long --hidden 64 chr1.avo
expect_line stderr 'another input'
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
