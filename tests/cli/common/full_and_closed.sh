# SPDX-License-Identifier: MIT
# Every program, writing to a full device, a closed pipe and a closed stdout: an error that says so
# (or, for the pipe, death by SIGPIPE without a word), never success.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"

[ -n "$(programs)" ] || skip "no programs are built"

# holds COMMAND: as above for a command line that writes to stdout.
holds() {
    p=${1%% *}
    expect_exit 0 sh -c "$1"
    [ -s stdout ] || fail "no output: $1"
    expect_exit 1 sh -c "$1 >/dev/full"
    expect_line stderr "^$p: .*<stdout>.*No space left on device"
    expect_exit 1 $1 -o /dev/full
    expect_line stderr "^$p: .*/dev/full.*No space left on device"
    expect_exit 1 sh -c "$1 >&-"
    expect_line stderr "^$p: .*<stdout>"
    expect_exit 0 sh -c "{ sleep 0.3; $1; echo \$? >status; } | true"
    [ "$(cat status)" -eq 141 ] || fail "exit status $(cat status) (want 141): $1 | true"
    expect_empty stderr
    # The same where the parent ignores SIGPIPE, as Python and some CI systems do.
    expect_exit 0 sh -c "trap '' PIPE; { sleep 0.3; $1; echo \$? >status; } | true"
    [ "$(cat status)" -eq 141 ] || fail "exit status $(cat status) (want 141): ignored SIGPIPE"
    expect_empty stderr
}

has() {
    [ -x "$AVO_BUILD/$1" ]
}

tiny_tracks t
if has bw2tensor; then
    holds 'bw2tensor -q -g t/sizes t/tracks.tsv'
    tiny_signal t
fi
if has avo-view && [ -f t/signal.avo ]; then
    holds 'avo-view -q t/signal.avo'
    holds 'avo-view -q -H t/signal.avo'
fi
if has avo-train; then
    holds 'avo-train -q --epochs 1 --hidden 8 t/signal.avo'
    tiny_model t
fi
if has avo-impute && [ -f t/model.avo ]; then
    holds 'avo-impute -q --all t/model.avo'
    holds 'avo-impute -q -O bedgraph -t heart:DNase t/model.avo'
fi
if has factor-agg && [ -f t/model.avo ]; then
    holds 'factor-agg -q --window 1000 t/model.avo'
    holds 'factor-agg -q --window 1000 -O tsv t/model.avo'
    holds 'factor-agg -q --celltypes t/model.avo'
fi
if has track-eval && has avo-impute && [ -f t/model.avo ]; then
    avo-impute -q --all -O bedgraph -o 'i/{celltype}.{assay}.bedGraph' t/model.avo
    holds 'track-eval -q -g t/sizes --observed t/tracks.tsv --imputed i/tracks.tsv'
fi
if has ap-eval; then
    printf '1\t0.5\n0\t0.2\n' >scores
    holds 'ap-eval -q --scores scores'
fi
