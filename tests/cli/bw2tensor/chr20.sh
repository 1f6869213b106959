#!/bin/sh
# SPDX-License-Identifier: MIT
# Real tracks of chromosome 20's pilot region: 20,002 bins, the values of pyBigWig and numpy.
. "$AVO_SRC/tests/lib/case.sh"
need_real_data
need_python numpy pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
cat >check.py <<'END'
import os
import subprocess
import pyBigWig
from avosignal import *

folder = os.environ["AVO_REAL_DATA"] + "/pilot-chr20/"
subprocess.run(["bw2tensor", "-q", "-o", "s.avo", folder + "tracks.tsv"], check=True)
s = Stream("s.avo")
bins, values = s.chrom_values("chr20")
assert s.n_bins == len(bins) == 20002, s.n_bins
beg, end = int(bins[0]), int(bins[-1]) + 1
rows = [line.split("\t") for line in open(folder + "tracks.tsv").read().splitlines()]
assert s.tracks == [tuple(r[:2]) for r in rows] and len(rows) == 20
for track, (_, _, name) in enumerate(rows):
    with pyBigWig.open(folder + name) as bw:
        base = bw.values("chr20", beg * 25, end * 25, numpy=True).reshape(-1, 25)
    want = np.arcsinh(np.nansum(base.astype(float), axis=1) / 25)[bins - beg]
    if not np.allclose(values[:, track], want, rtol=2.0 ** -11, atol=1e-7):
        fail(name)
END
"$PYTHON" check.py
