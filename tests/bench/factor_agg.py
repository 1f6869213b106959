# SPDX-License-Identifier: MIT
"""factor_agg.py BINS WINDOWS: times factor-agg on ./m.avo (chr1 whole), see factor_agg.sh. Medians
of five, in turn. numpy, where it is installed: the reading not counted."""
import os
import random
import statistics
import subprocess
import sys
import time

N_BINS, N_WINDOWS = int(sys.argv[1]), int(sys.argv[2])


def write_bed(name, starts):
    with open(name, "w") as f:
        f.writelines(f"chr1\t{b}\t{b + 2000}\tw{i}\n" for i, b in enumerate(starts))


def timed(*command):
    begun = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begun


def numpy_time(starts):
    """Running sums of every column, two look-ups a window: the fine factors alone."""
    try:
        import numpy as np
    except ImportError:
        return None
    x = np.random.default_rng(1).standard_normal((N_BINS, 25), dtype=np.float32)
    s = np.array(starts)
    beg, end = s // 25, np.minimum(-(-(s + 2000) // 25), N_BINS)
    begun = time.monotonic()
    total = np.zeros((N_BINS + 1, 25))
    np.cumsum(x, axis=0, out=total[1:])
    mean = (total[end] - total[beg]) / (end - beg)[:, None]
    mean.astype(np.float32)
    return time.monotonic() - begun


def main():
    rng = random.Random(1)
    starts = [rng.randrange(N_BINS * 25 - 2000) for _ in range(N_WINDOWS)]
    write_bed("random.bed", starts)
    write_bed("sorted.bed", sorted(starts))
    jobs = {"read": ("avo-view", "--check", "m.avo")}
    for kind in ("sorted", "random"):
        jobs[kind] = ("factor-agg", "-q", "-R", kind + ".bed", "-o", "out.avo", "m.avo")
    jobs["one"] = ("factor-agg", "-q", "--window", "1000000000", "-o", "out.avo", "m.avo")
    jobs["fine"] = ("factor-agg", "-q", "--scales", "fine", "-R", "sorted.bed", "-o", "out.avo",
                    "m.avo")
    times = {k: [] for k in jobs}
    for _ in range(5):
        for k, command in jobs.items():
            times[k].append(timed(*command))
    t = {k: statistics.median(v) for k, v in times.items()}
    size = os.path.getsize("m.avo") / 1e6
    n = f"{N_WINDOWS / 1e6:g} M windows of 2 kbp, {size:.0f} MB of factors"
    print(f"factor-agg, one window over all / reading alone, {size:.0f} MB", f"{t['one']:.2f} s",
          f"{t['read']:.2f} s", f"{t['read'] / t['one']:.2f}", sep="\t")
    for kind in ("sorted", "random"):
        print(f"factor-agg, {n}, {kind} / reading alone", f"{t[kind]:.2f} s",
              f"{t['read']:.2f} s", f"{t['read'] / t[kind]:.2f}", sep="\t")
    theirs = numpy_time(starts)
    if theirs:
        print("factor-agg, the fine factors alone / numpy cumsum, without reading",
              f"{t['fine']:.2f} s", f"{theirs:.2f} s", f"{theirs / t['fine']:.2f}", sep="\t")


main()
