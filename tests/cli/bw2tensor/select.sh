#!/bin/sh
# SPDX-License-Identifier: MIT
# --exclude, --sample, --min-assays, --min-celltypes, --replicates, --qc.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
cat >check.py <<'END'
import subprocess
import numpy as np
from avosignal import *

chroms = [("chr1", 1500000), ("chr2", 500000)]
compendium(".", chroms, [("A", "x"), ("A", "y"), ("B", "x"), ("B", "z")], n=80000)

def run(*options, table="tracks.tsv"):
    subprocess.run(["bw2tensor", "-q", "-o", "s.avo", *options, table], check=True)
    return Stream("s.avo")

def same(got, want):
    return np.array_equal(got[0], want[0]) and np.array_equal(got[1], want[1], equal_nan=True)

whole = run()
# --exclude: the bins are left out; with --all-bins they are missing in all tracks
open("x.bed", "w").write("chr1\t1000030\t1200000\nchr1\t0\t10\nchrUn_1\t0\t50\n")
bins, values = whole.chrom_values("chr1")
out = ((bins >= 40001) & (bins < 48000)) | (bins == 0)
cut = run("--exclude", "x.bed")
assert same(cut.chrom_values("chr1"), (bins[~out], values[~out])), "--exclude"
assert same(cut.chrom_values("chr2"), whole.chrom_values("chr2"))
assert cut.extents == whole.extents
full = run("--exclude", "x.bed", "--all-bins", "--missing", "nan").chrom_values("chr1")[1]
assert len(full) == 60000 and np.isnan(full[40001:48000]).all() and np.isnan(full[0]).all()
full = run("--exclude", "x.bed", "--all-bins").chrom_values("chr1")[1]
assert (full[40001:48000] == 0).all() and (full[48000:] != 0).any()

# --sample: whole blocks, reproducible, the same whatever else is asked for
s = run("--sample", "20%", "--seed", "9")
first = open("s.avo", "rb").read()
run("--sample", "0.2", "--seed", "9")
assert open("s.avo", "rb").read() == first, "--sample is not reproducible"
assert all(b % 200 == 0 and (e % 200 == 0 or e == 20000) for _, b, e in s.extents)
blocks = sum(e - b for _, b, e in s.extents) / 200
assert 80 - 5 * 8 < blocks < 80 + 5 * 8, blocks
assert same(run("--sample", "20%", "--seed", "9", "-r", "chr2").chrom_values("chr2"),
            s.chrom_values("chr2"))
assert run("--sample", "20%", "--seed", "10").extents != s.extents
bins, values = whole.chrom_values("chr2")
keep = np.isin(bins, np.concatenate([np.arange(b, e) for c, b, e in s.extents if c == "chr2"]))
assert same(s.chrom_values("chr2"), (bins[keep], values[keep]))

# --min-assays, --min-celltypes: y and z have one cell type; without them nothing has two assays
assert run("--min-celltypes", "2").tracks == [("A", "x"), ("B", "x")]
rc = subprocess.run(["bw2tensor", "-q", "-o", "n.avo", "--min-celltypes", "2", "--min-assays", "2",
                     "tracks.tsv"], capture_output=True)
assert rc.returncode == 1 and b"no cell type with 2 assays" in rc.stderr, rc.stderr

# --replicates: in raw space, by pyBigWig
open("rep.tsv", "w").write("celltype\tassay\tpath\taccession\nA\tx\t0.bw\tE1\nB\tx\t2.bw\tE2\n"
                           "A\tx\t1.bw\tE3\n")
rc = subprocess.run(["bw2tensor", "-q", "-o", "n.avo", "rep.tsv"], capture_output=True)
assert rc.returncode == 1 and b"rep.tsv:4: " in rc.stderr, rc.stderr
for nan in (False, True):
    for how in ("mean", "max"):
        s = run("--replicates", how, "--dtype", "f32", "--all-bins", "--missing",
                "nan" if nan else "zero", table="rep.tsv")
        assert s.tracks == [("A", "x"), ("B", "x")]
        assert [f.get("x-accession") for f in s.lines("@TRACK")] == ["E1,E3", "E2"]
        both = np.array([binned(f"{i}.bw", "chr1", 25, nan)[0] for i in (0, 1)])
        with np.testing.suppress_warnings() as sup:
            sup.filter(RuntimeWarning)
            want = np.arcsinh((np.nanmean if how == "mean" else np.nanmax)(both, axis=0))
        got = s.chrom_values("chr1")[1][:, 0]
        if not np.allclose(got, want, rtol=3e-7, atol=1e-12, equal_nan=True):
            fail(f"--replicates {how} nan {nan}")

# --qc against numpy
text = subprocess.run(["bw2tensor", "-q", "--qc", "-r", "chr2", "tracks.tsv"], check=True,
                      capture_output=True, text=True).stdout.splitlines()
names = text[0].split("\t")
for i, line in enumerate(text[1:]):
    row = dict(zip(names, line.split("\t")))
    mean, covered = binned(f"{i}.bw", "chr2")
    has = covered > 0
    for key, want in (("bins", 20000), ("coverage", covered.sum() / 500000),
                      ("missing", 1 - has.mean()), ("depth", mean.mean()),
                      ("max", mean[has].max()),
                      ("saturation", (mean[has] == mean[has].max()).mean())):
        if not abs(float(row[key]) - want) <= 1e-5 * abs(want) + 1e-6:
            fail(f"--qc: {key} {row[key]}, numpy has {want}")
    assert row["path"].endswith(f"{i}.bw") and row["outlier"] == "."
assert len(text) == 5

# an outlier among tracks of one assay, whose depths are 1.0, 1.1, ... but for one of 40
ivs = random_intervals(np.random.default_rng(5), chroms, 2000)
with open("deep.tsv", "w") as table:
    for i in range(8):
        depth = 40 if i == 5 else 1 + i / 10
        write_bigwig(f"deep{i}.bw", chroms, [(*iv[:3], iv[3] * depth) for iv in ivs])
        print(f"C{i}\tx\tdeep{i}.bw", file=table)
text = subprocess.run(["bw2tensor", "-q", "--qc", "deep.tsv"], check=True, capture_output=True,
                      text=True).stdout.splitlines()
flags = [line.split("\t")[11] for line in text[1:]]
assert flags[5] == "assay" and flags.count(".") == 7, flags
END
"$PYTHON" check.py
