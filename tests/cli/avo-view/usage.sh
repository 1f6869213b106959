# SPDX-License-Identifier: MIT
# What avo-view refuses on its command line, and --check over several files.
. "$AVO_SRC/tests/lib/case.sh"

good=$AVO_SRC/tests/streams/good
bad=$AVO_SRC/tests/streams/bad
expect_error 2 '-O: "tvs" is not tsv, bedgraph, npy or avo' avo-view -O tvs "$good/signal.avo"
expect_line stderr 'did you mean tsv'
expect_error 2 '--bgzf goes with -O avo' avo-view --bgzf "$good/signal.avo"
expect_error 2 '--check looks at whole streams' avo-view --check -r chr1 "$good/signal.avo"
expect_error 2 'shows records' avo-view -H -O avo "$good/signal.avo"
expect_error 2 '--space: "log" is not model or raw$' avo-view --space log "$good/signal.avo"
expect_error 2 '"nocolon" is not CELLTYPE:ASSAY' avo-view -t nocolon "$good/signal.avo"
expect_error 1 'cannot open' avo-view nothing.avo
expect_error 1 'not an avotools record stream' avo-view "$AVO_SRC/Makefile"

expect_exit 1 avo-view --check "$good/signal.avo" "$bad/nan.avo" "$good/model.avo" "$bad/swapped.avo"
[ "$(wc -l <stdout)" -eq 2 ] || fail "ok lines: $(cat stdout)"
expect_line stderr 'bad/nan.avo: record 1'
expect_line stderr 'bad/swapped.avo: record 1'
expect_line stderr '2 of 4 files'

# htslib keeps its buffers when closing fails: leak checkers would name it.
[ -n "${AVO_VARIANT:-}" ] ||
    expect_error 1 '<stdout>: cannot write compressed data: No space left on device' \
        sh -c "avo-view -O avo --bgzf '$good/signal.avo' >/dev/full"
