# SPDX-License-Identifier: MIT
# bigWigs of the writer, read back by pyBigWig: constant and empty chromosomes, odd names, partial
# last bins, long runs, scattered bins; values, summary, zoom levels.
. "$AVO_SRC/tests/lib/case.sh"
need_python pyBigWig numpy
"$AVO_BUILD"/tests/unit/check_bwwrite --write .
[ "$("$PYTHON" "$AVO_SRC"/tests/cli/bwwrite/readback.py .)" = ok ] || fail "see above"
