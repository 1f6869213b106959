# SPDX-License-Identifier: MIT
# bigWigs of the writer, read by rtracklayer (UCSC's own code): values, lengths, zoomed summaries.
# timeout: 300
. "$AVO_SRC/tests/lib/case.sh"
need Rscript
[ -d /usr/lib/R/site-library/rtracklayer ] || skip "no rtracklayer"
"$AVO_BUILD"/tests/unit/check_bwwrite --write .
Rscript --vanilla "$AVO_SRC"/tests/all/bwwrite/readback.R >out 2>&1 || { tail -n 20 out; fail R; }
expect_line out '^all equal$'
