#!/bin/sh
# SPDX-License-Identifier: MIT
# Values against pyBigWig and numpy: transforms, bin sizes, missing bases, left-out bins.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
cat >check.py <<'END'
import subprocess
import numpy as np
from avosignal import *

chroms = [("chr2", 260013), ("chr10", 90020), ("chr1", 150000)]
pairs = [("A", "x"), ("A", "y"), ("B", "x")]
compendium(".", chroms, pairs)
inverse = {"arcsinh": np.arcsinh, "log1p": np.log1p, "none": lambda x: x}

def run(*options):
    subprocess.run(["bw2tensor", "-q", "-o", "s.avo", *options, "tracks.tsv"], check=True)
    return Stream("s.avo")

def compare(s, bin_bp, transform, nan, all_bins, rtol):
    for name, length in chroms:
        got_bins, got = s.chrom_values(name)
        want = [binned(f"{i}.bw", name, bin_bp, nan) for i in range(len(pairs))]
        covered = np.array([w[1] > 0 for w in want]).any(axis=0)
        bins = np.arange(length // bin_bp) if all_bins else np.flatnonzero(covered)
        if not np.array_equal(got_bins, bins):
            fail(f"{name}: bins differ ({len(got_bins)} against {len(bins)})")
        for t, (mean, _) in enumerate(want):
            x, y = inverse[transform](mean[bins]), got[:, t].astype(float)
            if not np.array_equal(np.isnan(x), np.isnan(y)):
                fail(f"{name} track {t}: NaN elsewhere")
            off = np.nanmax(np.abs(x - y) - rtol * np.abs(x))
            if off > 1e-7:
                fail(f"{name} track {t} {transform} {bin_bp}: off by {off}")

for transform in inverse:
    for bin_bp in (25, 1, 7, 1000):
        for dtype, rtol in (("f32", 2e-7), ("f16", 2.0 ** -11)):
            s = run("--transform", transform, "-b", str(bin_bp), "--dtype", dtype)
            assert s.dtype() == {"f16": np.float16, "f32": np.float32}[dtype]
            compare(s, bin_bp, transform, False, False, rtol)
        s = run("--transform", transform, "-b", str(bin_bp), "--missing", "nan", "--dtype", "f32")
        assert s.lines("@SPACE")[0]["missing"] == "nan"
        compare(s, bin_bp, transform, True, False, 2e-7)
s = run("--all-bins", "--dtype", "f32")
compare(s, 25, "arcsinh", False, True, 2e-7)
s = run("--all-bins", "--dtype", "f32", "--missing", "nan")
compare(s, 25, "arcsinh", True, True, 2e-7)

# defaults, order of chromosomes, table in the header
assert run().dtype() == np.float16 and run("--transform", "none").dtype() == np.float32
assert [c[0] for c in s.chroms] == ["chr1", "chr2", "chr10"], s.chroms
assert s.tracks == pairs, s.tracks
assert s.extents == [("chr1", 0, 6000), ("chr2", 0, 10400), ("chr10", 0, 3600)], s.extents
assert [t[0] for t in s.tiles] == sorted(t[0] for t in s.tiles)
END
"$PYTHON" check.py
