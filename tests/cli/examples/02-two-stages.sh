# SPDX-License-Identifier: MIT
# examples/02-two-stages.sh runs; its imputed tracks cover the stage 2 chromosomes.
. "$AVO_SRC/tests/lib/case.sh"
[ -x "$AVO_BUILD/track-eval" ] || skip "track-eval is not built"
expect_exit 0 sh "$AVO_SRC"/examples/02-two-stages.sh .
expect_line stdout 'H3K'
need_python pyBigWig
"$PYTHON" - <<'END'
import pyBigWig
rows = [line.rstrip('\n').split('\t') for line in open('imputed/tracks.tsv')]
assert len(rows) > 2, rows
bw = pyBigWig.open('imputed/' + rows[1][2])
assert list(bw.chroms()) == ['chr20', 'chr21'], bw.chroms()
END
