# SPDX-License-Identifier: MIT
# A producer that dies in the middle never looks like one that has finished: its consumer fails, and
# no output is left.
. "$AVO_SRC/tests/lib/case.sh"

good=$AVO_SRC/tests/streams/good
size=$(wc -c <"$good/signal.avo")
for n in 1 63 64 100 500 $((size - 200)) $((size - 1)); do
    rc=0
    head -c "$n" "$good/signal.avo" | avo-view -O avo -o out.avo 2>stderr || rc=$?
    [ "$rc" -eq 1 ] || fail "$n bytes: exit status $rc (want 1)"
    expect_line stderr 'avo-view: <stdin>: .*truncated'
    [ ! -e out.avo ] || fail "$n bytes: an output was left"
    [ "$(ls)" = stderr ] || fail "$n bytes: files were left: $(ls)"
done

# Killed while it writes: the pipe is far too small for all of it.
need mkfifo
mkfifo in
avo-view -O avo -o out.avo <in 2>stderr &
consumer=$!
exec 3>in
head -c 900 "$good/signal.avo" >&3
sh -c 'echo $$ >pid; exec sleep 60' >&3 &
while [ ! -s pid ]; do sleep 0.1; done
exec 3>&-
kill -9 "$(cat pid)"
rc=0
wait "$consumer" || rc=$?
[ "$rc" -eq 1 ] || fail "exit status $rc (want 1)"
expect_line stderr 'truncated'
[ ! -e out.avo ] || fail "an output was left"
