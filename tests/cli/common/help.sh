# SPDX-License-Identifier: MIT
# Every program: help and version on stdout, exit 0, nothing on stderr, at most 80 columns.
. "$AVO_SRC/tests/lib/case.sh"

version=$(sed -n 's/^VERSION := //p' "$AVO_SRC/Makefile")
n=0
for p in $(programs); do
    n=$((n + 1))
    for option in -h --help; do
        expect_exit 0 "$p" "$option"
        expect_empty stderr
        expect_line stdout "^Usage: $p "
        expect_line stdout "^Example:"
        expect_line stdout '--version'
        refute_line stdout '^.{81,}'
    done
    lines=$(wc -l <stdout)
    echo "$p: help has $lines lines"
    for option in -V --version; do
        expect_exit 0 "$p" "$option"
        expect_empty stderr
        [ "$(head -n 1 stdout)" = "$p $version" ] || fail "$p $option: $(head -n 1 stdout)"
        expect_line stdout '^record stream [0-9]+\.[0-9]+$'
        expect_line stdout '^CUDA: (yes|no)$'
        expect_line stdout '^oneDNN: (yes|no)$'
    done
    # Both win over what follows, and go nowhere else.
    expect_exit 0 "$p" -h --no-such-option
    expect_exit 1 sh -c "$p -h >/dev/full"
    expect_line stderr "^$p: <stdout>: cannot write .*No space left on device"
done
[ "$n" -gt 0 ] || skip "no programs are built"
