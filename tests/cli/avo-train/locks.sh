# SPDX-License-Identifier: MIT
# Two runs on one output, checkpoint or log: the second says who works on it and exits 1, the first
# ends as if alone. A killed run's lock and temporary files are no hindrance; damaged remains are
# set aside and never preferred to good work.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_model d
s=d/signal.avo
two='avo-train -q --init d/model.avo --train genome --epochs 3'
one='avo-train -q --hidden 8 --epochs 3'
$two -o whole.avo $s
$one -o whole1.avo $s
mkfifo in

# wait_for FILE
wait_for() {
    _i=0
    until [ -e "$1" ]; do
        _i=$((_i + 1))
        [ $_i -lt 600 ] || fail "$1 does not appear"
        sleep 0.1
    done
}

# beside LOCK HELD COMMAND...: while a run that holds LOCK waits for its input, the command is
# refused with a message about HELD; then the first gets its input and ends.
beside() {
    lock=$1 held=$2
    shift 2
    exec 3>in
    wait_for "$lock"
    expect_error 1 "$held: another run works on it \(process $first on " "$@"
    [ ! -e other.avo ] || fail "the second wrote something"
    cat $s >&3
    exec 3>&-
    wait $first || fail "the first run failed"
    expect_missing "$lock"
}
$two --checkpoint a.state -o a.avo - <in & first=$!
beside .a.avo.lock a.avo $two --checkpoint b.state --resume -o a.avo $s
expect_same a.avo whole.avo
$two --checkpoint a.state -o a.avo - <in & first=$!
beside .a.state.lock a.state $one --checkpoint a.state -o other.avo $s
$one --checkpoint a.state -o a.avo - <in & first=$!
beside .a.state.lock a.state $one --checkpoint a.state --resume -o other.avo $s
expect_same a.avo whole1.avo
$one --log a.log -o a.avo - <in & first=$!
beside .a.log.lock ./a.log $one --log ./a.log -o other.avo $s
[ "$(grep -c stage1 a.log)" -eq 3 ] || fail "the log of the first has other rows"
rm -f a.*

# killed: the lock is free with its process, and goes with the next run
$two --checkpoint a.state -o a.avo - <in & first=$!
exec 3>in
wait_for .a.avo.lock
kill -KILL $first
wait $first 2>/dev/null || :
exec 3>&-
[ -e .a.avo.lock ] || fail "no lock file was left: the test is void"
$two --checkpoint a.state --resume -o a.avo $s
expect_same a.avo whole.avo
[ "$(ls -A | grep -c 'a\.avo\|a\.state')" -eq 1 ] || fail "left: $(ls -A)"

# remains of stage 2
head -c $(($(wc -c <whole.avo) - 1000)) whole.avo >good     # the first tile, and part of the last
resume="avo-train --init d/model.avo --train genome --epochs 3 --checkpoint a.state --resume"
resume="$resume -o a.avo $s"
# remains OLD PARTIAL TILES DAMAGED: what the run finds, takes over and sets aside ('-': none)
remains() {
    rm -f a.avo*
    [ "$1" = - ] || cp "$1" a.avo.partial.old
    [ "$2" = - ] || cp "$2" a.avo.partial
    expect_exit 0 $resume
    expect_same a.avo whole.avo
    if [ "$3" -gt 0 ]; then
        expect_line stderr "$3 finished tile"
    else
        refute_line stderr 'finished tile'
    fi
    if [ "$4" = - ]; then
        expect_missing a.avo.partial.damaged
    else
        expect_line stderr "$4: empty or damaged, now a.avo.partial.damaged"
        [ -e a.avo.partial.damaged ] || fail "nothing was set aside"
    fi
    expect_missing a.avo.partial a.avo.partial.old
}
: >empty
printf 'something else, longer than the preamble of a record stream, which has 64 bytes' >damaged
head -c 3000 whole.avo >early
remains - - 0 -
remains - good 1 -
remains good - 1 -
remains - whole.avo 2 -
remains empty good 1 a.avo.partial.old
remains damaged good 1 a.avo.partial.old
remains early good 1 a.avo.partial.old
remains good whole.avo 2 -
remains whole.avo good 2 -
remains good empty 1 -
remains good damaged 1 a.avo.partial
remains empty - 0 a.avo.partial.old
remains - empty 0 -
remains - early 0 -
remains - damaged 0 a.avo.partial
remains damaged early 0 a.avo.partial.old

# temporary files: of killed runs on the same output only
need flock
mkdir out
for f in .x.avo.123-0123abcd.tmp .x.avo.99999999-fedcba98.tmp; do echo old >"out/$f"; done
for f in .y.avo.123-0123abcd.tmp .x.avo.123.tmp x.avo.tmp .x.avo.1-0123abc.tmp; do
    echo >"out/$f"
done
echo held >out/.x.avo.124-0123abcd.tmp
(
    flock -x 9
    avo-view -O avo -o out/x.avo $s
) 9>>out/.x.avo.124-0123abcd.tmp
[ "$(ls -A out | sort | tr '\n' ' ')" = "$(printf '%s\n' .x.avo.1-0123abc.tmp .x.avo.123.tmp \
    .x.avo.124-0123abcd.tmp .y.avo.123-0123abcd.tmp x.avo x.avo.tmp | sort | tr '\n' ' ')" ] ||
    fail "out holds $(ls -A out)"
$one -o out/x.avo $s
expect_missing out/.x.avo.124-0123abcd.tmp
echo old >out/.y.bw.7-0123abcd.tmp
avo-impute -q -t heart:DNase -O bigwig -o out/y.bw d/model.avo
expect_missing out/.y.bw.7-0123abcd.tmp
