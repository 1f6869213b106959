# SPDX-License-Identifier: MIT
# Every stream of tests/streams/good passes --check; every one of bad/ fails with the message that
# the README lists, whole, through a pipe, and (where a skipped payload is not what is wrong) under -r.
. "$AVO_SRC/tests/lib/case.sh"

streams=$AVO_SRC/tests/streams
n=0
for f in "$streams"/good/*.avo; do
    n=$((n + 1))
    grep -q "^| $(basename "$f" .avo) | [^|]* |\$" "$streams/README.md" || fail "README lacks $f"
    expect_exit 0 avo-view --check "$f"
    expect_line stdout "^$f: ok: "
    expect_exit 0 sh -c "cat '$f' | avo-view --check"
    expect_line stdout '^<stdin>: ok: '
done
[ "$n" -ge 8 ] || fail "$n good streams"

n=0
for f in "$streams"/bad/*.avo; do
    n=$((n + 1))
    name=$(basename "$f" .avo)
    message=$(sed -n "s/^| $name | [^|]* | \(.*\) |\$/\1/p" "$streams/README.md")
    [ -n "$message" ] || fail "README lacks $name"
    for how in "$f" -; do
        rc=0
        if [ "$how" = - ]; then
            cat "$f" | avo-view --check >stdout 2>stderr || rc=$?
            where='<stdin>'
        else
            avo-view --check "$f" >stdout 2>stderr || rc=$?
            where=$f
        fi
        [ "$rc" -eq 1 ] || fail "$name ($where): exit status $rc (want 1)"
        head -n 1 stderr | grep -qF "avo-view: $where: $message" ||
            fail "$name ($where): $(cat stderr) (want $message)"
        expect_empty stdout
    done
    # Copying it fails as well, and leaves nothing behind.
    expect_exit 1 avo-view -O avo -o copy.avo "$f"
    [ ! -e copy.avo ] || fail "$name: an output was left"
    [ -z "$(ls | grep -v -e stdout -e stderr)" ] || fail "$name: files were left: $(ls)"
done
[ "$n" -ge 58 ] || fail "$n bad streams"

# Under -r payloads elsewhere are not looked at, but heads, order and END are.
for name in head-crc swapped dropped doubled no-end cut-payload end-crc trailing group-twice; do
    expect_exit 1 avo-view -r a:1-25 "$streams/bad/$name.avo"
    expect_line stderr "bad/$name.avo: record "
done
expect_exit 0 avo-view -r a:226-300 "$streams/bad/payload-crc.avo"
expect_exit 1 avo-view -r a:1-25 "$streams/bad/payload-crc.avo"

# Lengths are believed only as far as bytes arrive: 300 MB of address space are enough.
if [ -z "${AVO_VARIANT:-}" ]; then
    for f in "$streams"/bad/huge-*.avo "$streams"/bad/genome-huge-rows.avo; do
        expect_exit 1 sh -c "ulimit -v 300000; avo-view --check '$f'"
        refute_line stderr 'out of memory'
    done
fi
