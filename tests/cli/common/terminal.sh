# SPDX-License-Identifier: MIT
# A terminal as stdin gets the short usage, binary output to a terminal is refused: exit 2.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"

need script
script -qec true /dev/null >script.out 2>&1 </dev/null || skip "no pseudo-terminal: $(tail -n 1 script.out)"
# on_terminal COMMAND: runs it with 0, 1 and 2 on a pseudo-terminal unless redirected.
on_terminal() {
    timeout 20 script -qec "$1" /dev/null </dev/null
}

[ -n "$(programs)" ] || skip "no programs are built"
for p in $(programs); do
    case $p in
    bw2tensor | track-eval) continue ;;    # they read a table that is always named
    avo-impute) args=--all ;;
    factor-agg) args='--window 1000' ;;
    *) args= ;;
    esac
    expect_exit 2 on_terminal "$p $args >out 2>err"
    expect_line err "^Usage: $p |^$p: .*terminal"
    expect_empty out
done

tiny_tracks t
if [ -x "$AVO_BUILD/bw2tensor" ]; then
    expect_exit 2 on_terminal 'bw2tensor -q -g t/sizes t/tracks.tsv 2>err'
    expect_line err '^bw2tensor: .*terminal'
    tiny_signal t
fi
if [ -x "$AVO_BUILD/avo-train" ]; then
    expect_exit 2 on_terminal 'avo-train -q --epochs 1 --hidden 8 t/signal.avo 2>err'
    expect_line err '^avo-train: .*terminal'
    tiny_model t
fi
if [ -x "$AVO_BUILD/avo-impute" ] && [ -f t/model.avo ]; then
    expect_exit 2 on_terminal 'avo-impute -q --all t/model.avo 2>err'
    expect_line err '^avo-impute: .*terminal'
    # Text may go there.
    expect_exit 0 on_terminal 'avo-impute -q -t heart:DNase -O bedgraph t/model.avo'
    expect_line stdout '^chr2[[:space:]]'
fi
