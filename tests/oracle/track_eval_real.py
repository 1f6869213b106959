# SPDX-License-Identifier: MIT
"""track_eval_real.py FOLDER BED FOUR.tsv ALL.tsv: baselines of real tracks by pyBigWig and numpy.

FOUR.tsv: --baseline-only with the four test tracks; ALL.tsv: leave-one-out over all tracks."""
import csv
import sys

import numpy as np
import pyBigWig

TESTS = {("E003", "H3K4me3"), ("E017", "H3K27me3"), ("E065", "H3K4me1"), ("E116", "H3K36me3")}


def read(folder, bed):
    regions = [line.split()[:3] for line in open(bed)]
    tracks, chroms = {}, []
    for row in open(f"{folder}/tracks.tsv"):
        cell, assay, path = row.rstrip("\n").split("\t")
        bw = pyBigWig.open(f"{folder}/{path}")
        values = {}
        for c, b, e in regions:
            v = np.nan_to_num(bw.values(c, int(b), int(e), numpy=True).astype(np.float64))
            values.setdefault(c, []).append(np.arcsinh(v.reshape(-1, 25).mean(1)))
        tracks[cell, assay] = {c: np.concatenate(v) for c, v in values.items()}
        chroms = list(values)
    return tracks, chroms


def scores(x, y):
    """Lists of one array a chromosome: mse, pearson, mse1obs (top bins of each chromosome)."""
    top = []
    for v in x:
        v = v.astype(np.float32)
        n = int(0.01 * len(v))
        top.append(v >= np.partition(v, len(v) - n)[len(v) - n])
    x, y, top = np.concatenate(x), np.concatenate(y), np.concatenate(top)
    r = np.corrcoef(x, y)[0, 1] if np.ptp(y) > 0 else np.nan
    return {"mse": ((x - y) ** 2).mean(), "pearson": r, "mse1obs": ((x - y)[top] ** 2).mean()}


def predict(tracks, chroms, track, tests, method):
    if method == "constant":
        mean = np.concatenate(list(tracks[track].values())).mean()
        return {c: np.full(len(tracks[track][c]), mean) for c in chroms}
    others = [t for t in tracks if t != track and t[1] == track[1] and t not in tests]
    return {c: np.mean([tracks[t][c] for t in others], axis=0) for c in chroms}


def check(tsv, tracks, chroms, tests):
    n, cache = 0, {}
    for row in csv.DictReader(open(tsv), delimiter="\t"):
        if row["level"] != "track":
            continue
        track, method, scope = (row["celltype"], row["assay"]), row["method"], row["scope"]
        if (track, method) not in cache:
            cache.clear()
            cache[track, method] = predict(tracks, chroms, track, tests, method)
        use = chroms if scope == "genome" else [scope]
        want = scores([tracks[track][c] for c in use],
                      [cache[track, method][c] for c in use])
        for name, value in want.items():
            got = float("nan") if row[name] == "NA" else float(row[name])
            if not (np.isnan(value) and np.isnan(got)) and not abs(got - value) <= 1e-6:
                sys.exit(f"{tsv}: {row}: {name}: numpy has {value!r}")
        n += 1
    want = (len(tests) or len(tracks)) * 2 * (len(chroms) + 1)
    if n != want:
        sys.exit(f"{tsv}: {n} rows of tracks, want {want}")


if __name__ == "__main__":
    folder, bed, four, everything = sys.argv[1:]
    tracks, chroms = read(folder, bed)
    check(four, tracks, chroms, TESTS)
    check(everything, tracks, chroms, set())
