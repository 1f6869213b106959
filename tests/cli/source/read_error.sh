#!/bin/sh
# SPDX-License-Identifier: MIT
# A read error is told as one, whatever a file was to be and wherever it comes.
. "$AVO_SRC/tests/lib/case.sh"
mem=/proc/self/mem      # opens, and every read of its beginning fails
[ -r "$mem" ] && ! cat "$mem" >/dev/null 2>&1 || skip "no $mem"
printf 'chr1\t1000\n' >sizes
printf 'chr1\t0\t100\t1\n' >g.bedGraph
printf 'a\tx\tg.bedGraph\n' >t.tsv
printf 'a\tx\t%s\n' $mem >m.tsv
io() {
    expect_error 1 "$mem(: cannot read.*)?: Input/output error" "$@"
    refute_line stderr 'not a text|record stream'
}
io bw2tensor $mem
io bw2tensor -g $mem t.tsv
io bw2tensor -g sizes m.tsv
expect_line stderr 'm.tsv:1: column 3: '
io bw2tensor -g sizes -R $mem t.tsv
io bw2tensor -g sizes --exclude $mem t.tsv
io avo-train -o m.avo $mem
io avo-impute --all -o x.avo $mem
io avo-view $mem
io factor-agg --window 500 $mem
io ap-eval --scores $mem
io track-eval --observed $mem --imputed t.tsv
io track-eval -g sizes --observed m.tsv --baseline-only
for option in --peaks --genes --enhancers --exclude -R; do
    io track-eval -g sizes --observed t.tsv --baseline-only $option $mem
done
# one read that fails, the first of the file, and none after it
if command -v strace >/dev/null 2>&1 && strace -o /dev/null true 2>/dev/null; then
    bw2tensor -q -g sizes -o s.avo t.tsv
    for f in t.tsv s.avo; do
        expect_error 1 "$f(: cannot read.*)?: Input/output error" strace -f -o trace -P "$PWD/$f" \
            -e trace=read -e inject=read:error=EIO:when=1 \
            track-eval -g sizes --observed "$PWD/$f" --baseline-only
    done
fi
expect_missing m.avo x.avo
