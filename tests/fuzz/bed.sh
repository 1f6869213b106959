# SPDX-License-Identifier: MIT
# The fuzz target of BED, BEDPE and GTF over its corpus, and over seeded mutations of it.
. "$AVO_SRC/tests/lib/case.sh"

target=$AVO_BUILD/tests/fuzz/fuzz_bed
[ -x "$target" ] || fail "$target is not built"
expect_exit 0 "$target" "$AVO_SRC"/tests/fuzz/fuzz_bed.corpus/*
"$PYTHON" "$AVO_SRC/tests/lib/mutate_text.py" m 11 "$AVO_SRC"/tests/fuzz/fuzz_bed.corpus/*
expect_exit 0 "$target" m/*
expect_empty stderr
