# SPDX-License-Identifier: MIT
"""Called by bw2tensor.sh: makes two bigWigs, times both programs on them, compares the values."""
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import pyBigWig

from avosignal import Stream

MB = 20 if "quick" in sys.argv[1:] else 100
CHROMS = [("chr1", MB * 1000000)]


def smooth_noise(rng, n):
    """Like -log10 p: positive, three decimals, neighbours alike."""
    x = np.convolve(rng.gamma(0.3, 2.0, n), np.ones(8) / 8, "same")
    return np.round(x, 3)


def make_fixed(path, rng):
    with pyBigWig.open(path, "w") as bw:
        bw.addHeader(CHROMS)
        bw.addEntries("chr1", 0, values=smooth_noise(rng, MB * 40000), span=25, step=25)


def make_irregular(path, rng):
    ends = np.cumsum(rng.integers(1, 80, MB * 25000))
    ends = ends[ends <= CHROMS[0][1]]
    starts = np.concatenate([[0], ends[:-1]])
    with pyBigWig.open(path, "w") as bw:
        bw.addHeader(CHROMS)
        bw.addEntries(["chr1"] * len(ends), starts, ends=ends,
                      values=smooth_noise(rng, len(ends)))


def by_pybigwig(path):
    out = []
    with pyBigWig.open(path) as bw:
        for beg in range(0, CHROMS[0][1], 1000000):
            v = bw.values("chr1", beg, beg + 1000000, numpy=True)
            out.append(np.nan_to_num(v).reshape(-1, 25).mean(axis=1))
    return np.arcsinh(np.concatenate(out)).astype(np.float16)


def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, make in (("fixed steps", make_fixed), ("irregular", make_irregular)):
            make("x.bw", np.random.default_rng(1))
            with open("t.tsv", "w") as table:
                table.write("C\tx\tx.bw\n")
            ours, theirs = [], []
            for _ in range(3):
                t = cpu_of_children()
                subprocess.run(["bw2tensor", "-q", "-@1", "--all-bins", "-o", "x.avo", "t.tsv"],
                               check=True)
                ours.append(cpu_of_children() - t)
                t = time.process_time()
                want = by_pybigwig("x.bw")
                theirs.append(time.process_time() - t)
            got = Stream("x.avo").chrom_values("chr1")[1][:, 0]
            assert np.allclose(got.astype(float), want.astype(float), rtol=2e-3, atol=1e-6)
            a, b = statistics.median(ours), statistics.median(theirs)
            bins = MB * 40000 / 1e6
            print(f"bw2tensor -@1 / pyBigWig + numpy: {name}, CPU time", f"{bins / a:.1f} M bins/s",
                  f"{bins / b:.1f} M bins/s", f"{b / a:.2f}", sep="\t")


main()
