# SPDX-License-Identifier: MIT
# examples/03-new-cell-type.sh runs and writes the two tracks of the new cell type.
. "$AVO_SRC/tests/lib/case.sh"
[ -x "$AVO_BUILD/avo-impute" ] || skip "avo-impute is not built"
expect_exit 0 sh "$AVO_SRC"/examples/03-new-cell-type.sh .
for f in imputed/C05.H3K36me3.bw imputed/C05.H3K27me3.bw; do
    [ -s "$f" ] || fail "$f is missing"
done
