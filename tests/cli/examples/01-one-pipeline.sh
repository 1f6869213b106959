# SPDX-License-Identifier: MIT
# examples/01-one-pipeline.sh runs, and what it wrote is a track of the whole chromosome.
. "$AVO_SRC/tests/lib/case.sh"
[ -x "$AVO_BUILD/avo-impute" ] || skip "avo-impute is not built"
expect_exit 0 sh "$AVO_SRC"/examples/01-one-pipeline.sh .
need_python pyBigWig
"$PYTHON" - <<'END'
import pyBigWig
import numpy as np
bw = pyBigWig.open('imputed.bw')
x = bw.values('chr20', 0, 200000, numpy=True)
# the generator leaves two stretches of 10 kbp without data
assert 170000 <= np.isfinite(x).sum() <= 180000, np.isfinite(x).sum()
assert np.nanmin(x) >= 0 and np.nanmax(x) > np.nanmin(x)
assert bw.header()['nLevels'] > 0
END
expect_lines imputed.bedgraph 40
expect_line imputed.bedgraph '^chr20	50000	50025	[0-9]'
