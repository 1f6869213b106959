#!/bin/sh
# SPDX-License-Identifier: MIT
# Real tracks: every value of the pilot regions, and every file of other programs, against pyBigWig
# and numpy; chromosome 20 has 20,002 bins.
# timeout: 600
. "$AVO_SRC/tests/lib/case.sh"
need_real_data
need_python numpy pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
cat >check.py <<'END'
import glob
import os
import subprocess
import pyBigWig
from avosignal import *

real = os.environ["AVO_REAL_DATA"]


def run(table, *options, ok=True):
    return subprocess.run(["bw2tensor", "-q", "-o", "s.avo", *options, table], check=ok,
                          capture_output=not ok, text=True)


def agree(s, track, path, chrom, beg, end, missing_nan=False):
    """All bins asked for in [beg, end): the stream's, or uncovered in every file."""
    with pyBigWig.open(path) as bw:
        base = bw.values(chrom, beg * 25, end * 25, numpy=True).astype(float).reshape(-1, 25)
    covered = ~np.isnan(base)
    want = np.nansum(base, axis=1) / 25
    size = np.nansum(np.abs(base), axis=1) / 25
    bins, values = s.chrom_values(chrom)
    inside = (bins >= beg) & (bins < end)
    got = np.zeros(end - beg)
    got[bins[inside] - beg] = values[inside, track]
    there = np.zeros(end - beg, bool)
    there[bins[inside] - beg] = True
    if (covered.any(axis=1) & ~there).any():
        fail(f"{path}: {chrom}: covered bins are left out")
    off = np.abs(got - want) - 1e-6 * size
    if not off.max() <= 0:
        fail(f"{path}: {chrom}: off by {off.max()} at bin {beg + off.argmax()}")
    return int(inside.sum())


# the pilot regions, all 20 tracks
table = f"{real}/pilot/tracks.tsv"
run(table, "--dtype", "f32", "--transform", "none", "-R", f"{real}/annotation/pilot_bins.bed")
s = Stream("s.avo")
assert s.n_bins == 1126469, s.n_bins
paths = [f"{real}/pilot/" + line.split("\t")[2] for line in open(table).read().splitlines()]
for track, path in enumerate(paths):
    n = sum(agree(s, track, path, *extent) for extent in s.extents)
    assert n == 1126469, (path, n)

# chr20 alone, float16 and arcsinh: the bins that the files cover, whole chromosome asked for
table = f"{real}/pilot-chr20/tracks.tsv"
run(table)
s = Stream("s.avo")
bins, values = s.chrom_values("chr20")
assert len(bins) == 20002, len(bins)
paths = [f"{real}/pilot-chr20/" + line.split("\t")[2] for line in open(table).read().splitlines()]
for track, path in enumerate(paths):
    mean, covered = binned(path, "chr20")
    assert np.array_equal(np.flatnonzero(covered), bins), path
    assert np.allclose(values[:, track], np.arcsinh(mean[bins]), rtol=2.0 ** -11, atol=1e-7), path

# files that other programs wrote: agreement, or an error that says why
taken, refused = [], []
for path in sorted(glob.glob(f"{real}/interop/*.b[wi]*")):
    with pyBigWig.open(path) as bw:
        chroms = bw.chroms()
    open("t.tsv", "w").write(f"C\tx\t{path}\n")
    largest = max(chroms.values())
    names = sorted(chroms, key=chroms.get)
    picks = {names[-1], names[len(names) // 2], names[0]}
    picks = [c for c in picks if chroms[c] >= 25]
    if largest < 25:
        rc = run("t.tsv", "--dtype", "f32", "--transform", "none", ok=False)
        assert rc.returncode == 1 and len(rc.stderr.splitlines()) <= 2, rc
        assert "no whole bin" in rc.stderr or os.path.basename(path) in rc.stderr, rc.stderr
        refused.append(os.path.basename(path))
        continue
    open("r.bed", "w").write("".join(f"{c}\t0\t{chroms[c]}\n" for c in picks))
    run("t.tsv", "--dtype", "f32", "--transform", "none", "-R", "r.bed")
    s = Stream("s.avo")
    for chrom, beg, end in s.extents:
        for part in range(beg, end, 400000):
            agree(s, 0, path, chrom, part, min(end, part + 400000))
    taken.append(os.path.basename(path))
print(len(taken), "files agree:", *taken)
print(len(refused), "files are refused:", *refused)
assert (len(taken), len(refused)) == (11, 3), (taken, refused)

# a bedGraph of another program, against a bigWig of its lines
path = f"{real}/interop/bigtools.multi_chrom.bedGraph"
ivs = [(c, int(b), int(e), float(v)) for c, b, e, v in (line.split() for line in open(path))]
chroms = {}
for c, _, e, _ in ivs:
    chroms[c] = max(chroms.get(c, 0), e + 100)
write_bigwig("same.bw", list(chroms.items()), ivs)
open("sizes", "w").write("".join(f"{c}\t{n}\n" for c, n in chroms.items()))
open("t.tsv", "w").write(f"C\tbedGraph\t{path}\nC\tbigWig\tsame.bw\n")
run("t.tsv", "-g", "sizes", "--dtype", "f32")
s = Stream("s.avo")
assert s.n_bins > 10000        # a bigWig rounds values to float32, text is not rounded
assert all(np.allclose(t[2][:, 0], t[2][:, 1], rtol=1e-6, atol=0) for t in s.tiles)
END
"$PYTHON" check.py
