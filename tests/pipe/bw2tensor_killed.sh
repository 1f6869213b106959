# SPDX-License-Identifier: MIT
# bw2tensor killed in the middle, or stopped by a damaged block: its consumer fails and leaves no
# output; its own output file never has the final name.
. "$AVO_SRC/tests/lib/case.sh"
need mkfifo
need_python numpy pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
"$PYTHON" - <<'END'
from avosignal import *
compendium(".", [("chr1", 3000000)], [("A", "x"), ("B", "x")], n=90000)
data = bytearray(open("1.bw", "rb").read())
index = int.from_bytes(data[24:32], "little")
data[index - 3000] ^= 16                # a block near the end of the chromosome
open("damaged.bw", "wb").write(data)
open("damaged.tsv", "w").write("A\tx\t0.bw\nB\tx\tdamaged.bw\n")
END

for signal in KILL TERM; do
    rm -f fifo
    mkfifo fifo
    # so many bytes that the pipe cannot hold them: it is still writing when the signal comes
    bw2tensor -q --all-bins -b 1 tracks.tsv >fifo &
    producer=$!
    rc=0
    { head -c 3000000; kill -s $signal $producer; cat; } <fifo |
        avo-view -O avo -o out.avo 2>stderr || rc=$?
    wait $producer && fail "$signal: the producer ended well"
    [ "$rc" -eq 1 ] || fail "$signal: the consumer's exit status is $rc (want 1)"
    expect_line stderr 'avo-view: <stdin>: .*truncated'
    expect_missing out.avo
    expect_no_leftovers .
done

rc=0
bw2tensor -q damaged.tsv 2>err | avo-view -O avo -o out.avo 2>stderr || rc=$?
[ "$rc" -eq 1 ] || fail "damaged: the consumer's exit status is $rc (want 1)"
expect_line err 'bw2tensor: damaged\.bw: '
expect_line stderr 'avo-view: <stdin>: .*truncated'
expect_missing out.avo
expect_no_leftovers .

# to a file: TERM removes what was begun; on a busy machine it may come too late, and again then
rc=0
for try in 1 2 3 4 5; do
    rm -f file.avo
    bw2tensor -q --all-bins -b 1 -o file.avo tracks.tsv &
    producer=$!
    while [ -z "$(find . -name '.*.tmp')" ] && kill -s 0 $producer 2>kill.log; do
        sleep 0.02
    done
    kill -s TERM $producer 2>kill.log || :
    rc=0
    wait $producer || rc=$?
    [ "$rc" -eq 0 ] || break
    echo "try $try: it ended before it could be stopped"
done
[ "$rc" -eq 143 ] || fail "TERM: exit status $rc (want 143)"
expect_missing file.avo
expect_no_leftovers .
