# SPDX-License-Identifier: MIT
# The generator's tracks have the statistics that synth.c states: quantiles, autocorrelation,
# correlation between cell types, as wide bounds around what real tracks have.
. "$AVO_SRC/tests/lib/case.sh"
need_python pyBigWig numpy
"$AVO_BUILD"/examples/make-compendium -o t --celltypes 5 --assays 5 --missing 0 --test 0 --chrom chr20:2000000
"$PYTHON" - <<'END'
import numpy as np
import pyBigWig
x = {}
for line in list(open('t/tracks.tsv'))[1:]:
    cell, assay, path = line.split('\t')[:3]
    v = pyBigWig.open('t/' + path).values('chr20', 0, 2000000, numpy=True)[::25]
    raw = v[np.isfinite(v)]
    assert raw.size == 79200, raw.size
    assert np.all(np.abs(raw * 1000 - np.round(raw * 1000)) < 0.1)     # three decimals
    q50, q90, q99, q100 = np.percentile(raw, [50, 90, 99, 100])
    assert 0.02 < q50 < 0.8 and 0.4 < q90 < 8 and 1.5 < q99 < 150 and 5 < q100 < 1500, line
    x[cell, assay] = np.arcsinh(raw)
def r(a, b):
    return np.corrcoef(a, b)[0, 1]
near = {k: r(v[:-1], v[1:]) for k, v in x.items()}
far = {k: r(v[:-200], v[200:]) for k, v in x.items()}
assert min(near.values()) > 0.85, near
cells = ['C01', 'C02', 'C03', 'C04', 'C05']
def between(assay):
    return np.mean([r(x[a, assay], x[b, assay]) for a in cells for b in cells if a < b])
assert 0.4 < between('H3K4me3') < 0.85, between('H3K4me3')
for assay in ('H3K4me1', 'H3K36me3', 'H3K27me3', 'H3K9me3'):
    assert 0.05 < between(assay) < between('H3K4me3'), (assay, between(assay))
def far_mean(assay):
    return np.mean([far[c, assay] for c in cells])
assert far_mean('H3K4me3') < 0.15 < far_mean('H3K27me3'), far      # sharp against broad
END
