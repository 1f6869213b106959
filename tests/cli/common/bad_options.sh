# SPDX-License-Identifier: MIT
# Every program: a bad option is one line on stderr, exit 2, nothing on stdout.
. "$AVO_SRC/tests/lib/case.sh"

n=0
for p in $(programs); do
    n=$((n + 1))
    expect_error 2 "^$p: unknown option --no-such-option" "$p" --no-such-option
    expect_empty stdout
    expect_error 2 "^$p: unknown option --verbse \\(nearest: --verbose\\)" "$p" --verbse
    expect_error 2 "^$p: unknown option -\\?" "$p" '-?'
    expect_error 2 "^$p: --progress: \"maybe\"" "$p" --progress maybe
    expect_error 2 "^$p: option --progress needs a value" "$p" --progress
    if "$p" --help | grep -q -- --threads; then
        expect_error 2 "^$p: --threads: \"0\"" "$p" -@ 0
        expect_error 2 "^$p: --threads: \"2x\"" "$p" --threads=2x
    fi
    if "$p" --help | grep -q -- --seed; then
        expect_error 2 "^$p: --seed: \"-1\"" "$p" --seed -1
    fi
done
[ "$n" -gt 0 ] || skip "no programs are built"
