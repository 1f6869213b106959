# SPDX-License-Identifier: MIT
"""Called by track_eval.sh: makes compendia, runs track-eval and numpy on them, compares.

  track_eval.py [quick]             rows of the table of run.sh
  track_eval.py numpy FOLDER N [tuned]
                                    the measures of the arrays in FOLDER, on N processes: seconds of
                                    reading and of measuring, and every value, as JSON in one line

The numpy side is vectorised: float32 columns, the mean and the variance of the others from one sum
and one sum of squares an assay, one ranking of each column (scipy's rankdata) that serves Spearman
and all three areas, tops by argpartition; a track's own ranking and tops serve all methods. "tuned"
takes ranks and tops from one argsort by hand. spearmanr and roc_auc_score, which sort anew at each
call, would be several times slower.
"""
import json
import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from scipy.stats import rankdata

BIN = 25
CELLTYPES, ASSAYS, CHROMS = 5, 4, 11
BINS = 1100000
REPEATS = 3
THREADS = int(os.environ.get("THREADS") or len(os.sched_getaffinity(0)))
REGIONS = ("promoters", "genes", "enhancers")
NAMES = ("mse", "mse1obs", "mse1imp", "mseprom", "msegene", "mseenh", "msevar", "pearson",
         "spearman", "match1", "catch1obs", "catch1imp", "aucobs1", "aucimp1", "catchpeakobs")
NAMES_OF_RANKS = [n for n in NAMES if n not in ("mse", "mseprom", "msegene", "mseenh", "msevar",
                                                "pearson")]
G = {}                  # what the processes of the numpy side inherit


# ---- numpy: one column of one chromosome

class Column:
    """Ranks, deviations and tops of x [n]."""

    def __init__(self, x):
        n = len(x)
        self.x = x
        kth = [n - max(1, n // 100), n - max(1, 5 * n // 100)]
        if G["tuned"]:
            order = np.argsort(x)
            s = x[order]
            edge = np.concatenate([[0], np.flatnonzero(s[1:] != s[:-1]) + 1, [n]])
            self.rank = np.empty(n)
            self.rank[order] = np.repeat((edge[1:] + edge[:-1] + 1) / 2, np.diff(edge))
            high = s[kth]
        else:
            self.rank = rankdata(x)
            high = x[np.argpartition(x, kth)[kth]]
        self.top1, self.is_top5 = np.flatnonzero(x >= high[0]), x >= high[1]
        self.rank_dev = self.rank - (n + 1) / 2
        self.rank_norm = np.sqrt(self.rank_dev @ self.rank_dev)
        self.flat = self.rank_norm == 0


def area(rank, chosen):
    """ROC area of ranked scores for the bins chosen (their numbers)."""
    p, n = len(chosen), len(rank)
    if p == 0 or p == n:
        return np.nan
    return (rank[chosen].sum() - p * (p + 1) / 2) / (p * (n - p))


def flat_sums(x, e2, peak):
    """The same for a prediction that is one value everywhere, which has no top."""
    n, none = len(e2), (0, 0)
    out = dict.fromkeys(NAMES_OF_RANKS, none)
    out["mse1obs"] = (e2[x.top1].sum(), len(x.top1))
    out["aucobs1"] = (n / 2, n) if 0 < len(x.top1) < n else none
    out["catchpeakobs"] = (n / 2, n) if 0 < len(peak) < n else none
    return out


def rank_sums(x, y, e2, peak):
    """{measure: (sum, weight)} of one chromosome."""
    n = len(e2)
    both = np.zeros(n, bool)
    both[y.top1] = True
    rho = np.nan if x.flat or y.flat else \
        (x.rank_dev @ y.rank_dev) / (x.rank_norm * y.rank_norm)
    out = {"mse1obs": (e2[x.top1].sum(), len(x.top1)), "mse1imp": (e2[y.top1].sum(), len(y.top1)),
           "match1": (both[x.top1].sum(), len(x.top1)),
           "catch1obs": (y.is_top5[x.top1].sum(), len(x.top1)),
           "catch1imp": (x.is_top5[y.top1].sum(), len(y.top1))}
    for name, value in (("spearman", rho), ("aucobs1", area(y.rank, x.top1)),
                        ("aucimp1", area(x.rank, y.top1)), ("catchpeakobs", area(y.rank, peak))):
        out[name] = (0, 0) if np.isnan(value) else (n * value, n)
    if y.flat:                                  # one value everywhere has no top
        out.update(dict.fromkeys(("mse1imp", "match1", "catch1obs", "catch1imp", "aucimp1"),
                                 (0, 0)))
    return out


# ---- numpy: one track

def moments(x, y, e2):
    """Sums behind MSE and Pearson."""
    x, y = x.astype(np.float64), y.astype(np.float64)
    return np.array([len(x), e2.sum(), x.sum(), y.sum(), x @ x, y @ y, x @ y])


def finish(m, weighted, ranks):
    n, sse, sx, sy, sxx, syy, sxy = m
    vx, vy = sxx - sx * sx / n, syy - sy * sy / n
    flat = vy <= 1e-9 * syy
    out = {"mse": sse / n, "pearson": np.nan if flat else (sxy - sx * sy / n) / np.sqrt(vx * vy)}
    for name, (value, weight) in list(weighted.items()) + list(ranks.items()):
        out[name] = value / weight if weight > 0 else np.nan
    return [float(out[name]) for name in NAMES]


def predictions(t):
    """Columns of the methods for track t, and the variance over the others."""
    x = G["observed"][t]
    a, s = G["assay"][t], G["scale"][t]
    others = [u for u in np.flatnonzero(G["assay"] == a) if u != t]
    n = len(others)
    mean = (G["sum"][a] - x) / n
    variance = np.maximum((G["square"][a] - np.square(x, dtype=np.float64)) / n - mean * mean, 0)
    scaled = np.zeros(len(x))
    for u in others:
        scaled += np.multiply(G["observed"][u], s[t] / s[u] / n, dtype=np.float64)
    constant = np.full(len(x), x.mean(dtype=np.float64), np.float32)
    return [G["imputed"][t], mean.astype(np.float32), scaled.astype(np.float32), constant], variance


def add(total, more):
    for name, (value, weight) in more.items():
        a, b = total.get(name, (0.0, 0.0))
        total[name] = (a + value, b + weight)


def measure_track(t):
    """[method][measure] for all chromosomes together, and one list for each chromosome."""
    columns, variance = predictions(t)
    x = G["observed"][t]
    sums = [[np.zeros(7), {}, {}] for _ in columns]
    rows = []
    for beg, end in zip(G["edges"][:-1], G["edges"][1:]):
        part = slice(beg, end)
        ranked, weights = Column(x[part]), [w[part] for w in G["weights"]] + [variance[part]]
        peak = np.flatnonzero(G["peaks"][t][part])
        for (total, weighted, ranks), y in zip(sums, columns):
            e2 = np.square(np.subtract(x[part], y[part], dtype=np.float64))
            m = moments(x[part], y[part], e2)
            w = {name: (w @ e2, w.sum())
                 for name, w in zip(("mseprom", "msegene", "mseenh", "msevar"), weights)}
            flat = y is columns[-1]     # the constant
            r = flat_sums(ranked, e2, peak) if flat else \
                rank_sums(ranked, Column(y[part]), e2, peak)
            rows.append(finish(m, w, r))
            total += m
            add(weighted, w)
            add(ranks, r)
    return [finish(*s) for s in sums], rows


def log_scales(x, cells, assays):
    """[left out][track]: the scale of the track's cell type, by least squares of log RMS over all
    tracks but one."""
    level = np.log(np.sqrt([np.square(v, dtype=np.float64).mean() for v in x]))
    design = np.concatenate([cells[:, None] == np.unique(cells), assays[:, None]
                             == np.unique(assays)], axis=1).astype(float)
    out = []
    for t in range(len(x)):
        keep = np.arange(len(x)) != t
        effect = np.linalg.lstsq(design[keep], level[keep], rcond=None)[0]
        out.append(np.exp(effect[:cells.max() + 1])[cells])
    return out


def numpy_side(folder, processes, tuned):
    began = time.perf_counter()
    G["tuned"] = tuned
    # a row a track, so that columns lie together
    for name in ("observed", "imputed"):
        G[name] = np.ascontiguousarray(np.load(f"{folder}/{name}.npy").T)
    plan = json.load(open(f"{folder}/plan.json"))
    G["weights"] = list(np.load(f"{folder}/weights.npy").astype(np.float64))
    G["peaks"] = np.load(f"{folder}/peaks.npy")
    read = time.perf_counter()
    x, G["edges"] = G["observed"], plan["edges"]
    cells, assays = np.array(plan["cells"]), np.array(plan["assays"])
    G["assay"], G["scale"] = assays, log_scales(x, cells, assays)
    for a in range(assays.max() + 1):
        own = np.flatnonzero(assays == a)
        G.setdefault("sum", []).append(sum(x[t].astype(np.float64) for t in own))
        G.setdefault("square", []).append(sum(np.square(x[t], dtype=np.float64) for t in own))
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        result = pool.map(measure_track, range(len(x)), chunksize=1)
    done = time.perf_counter()
    print(json.dumps({"reading": read - began, "measuring": done - read,
                      "genome": [r[0] for r in result]}))


# ---- data

def make_stream(folder, name, seed, cells, assays, bins):
    """bigWigs, a stream of them and an array of the same values."""
    each = bins // CHROMS
    chroms = [w for c in range(CHROMS) for w in ("--chrom", f"chr{c + 1}:{each * BIN}")]
    subprocess.run(["make-compendium", "-q", "-o", f"{folder}/{name}", "--seed", str(seed),
                    "--celltypes", str(cells), "--assays", str(assays), "--missing", "0",
                    "--test", "0", *chroms], check=True)
    # no roles: the imputed tracks would count as seen, and the observed all as training anyway
    table = [line.split("\t") for line in open(f"{folder}/{name}/tracks.tsv")]
    place = {k.strip().lstrip("#"): i for i, k in enumerate(table[0])}
    keep = [place[k] for k in ("celltype", "assay", "path")]
    with open(f"{folder}/{name}/plain.tsv", "w") as f:
        f.writelines("\t".join(row[i].strip() for i in keep) + "\n" for row in table)
    subprocess.run(["bw2tensor", "-q", "--all-bins", "--dtype", "f32", "-o", f"{folder}/{name}.avo",
                    f"{folder}/{name}/plain.tsv"], check=True)
    subprocess.run(["avo-view", "-O", "npy", "-o", f"{folder}/{name}.npy", f"{folder}/{name}.avo"],
                   check=True)
    return each, [[row[i].strip() for i in keep] for row in table[1:]]


def write_regions(folder, rng, each):
    """Genes with strands, enhancers: BED files, and how many of them lie over each bin."""
    weights = np.zeros((3, CHROMS, each), np.uint16)
    with open(f"{folder}/genes.bed", "w") as genes, \
            open(f"{folder}/enhancers.bed", "w") as enhancers:
        for c in range(CHROMS):
            for i, at in enumerate(np.sort(rng.integers(100, each - 2000, each // 1000))):
                end = int(at + rng.integers(20, 1900))
                strand = "+-"[i % 2]
                genes.write(f"chr{c + 1}\t{at * BIN}\t{end * BIN}\tg{i}\t0\t{strand}\n")
                weights[1, c, at:end] += 1
                if strand == "+":
                    weights[0, c, at - 80:at] += 1
                else:
                    weights[0, c, end:end + 80] += 1
            for at in np.sort(rng.integers(0, each - 100, each // 1000)):
                enhancers.write(f"chr{c + 1}\t{at * BIN}\t{(at + 12) * BIN}\n")
                weights[2, c, at:at + 12] += 1
    np.save(f"{folder}/weights.npy", weights.reshape(3, -1))


def write_peaks(folder, tracks, each):
    """The bins above the threshold of the paper are the called peaks of each track."""
    peak = np.ascontiguousarray(np.load(f"{folder}/observed.npy").T > np.arcsinh(2))
    np.save(f"{folder}/peaks.npy", peak)
    with open(f"{folder}/peaks.tsv", "w") as table:
        table.write("celltype\tassay\tpath\n")
        for t, (cell, assay, _) in enumerate(tracks):
            table.write(f"{cell}\t{assay}\tpeaks.{t}.bed\n")
            with open(f"{folder}/peaks.{t}.bed", "w") as bed:
                for c in range(CHROMS):
                    p = np.concatenate([[0], peak[t, c * each:(c + 1) * each], [0]]).astype(np.int8)
                    step = np.diff(p)
                    for beg, end in zip(np.flatnonzero(step == 1), np.flatnonzero(step == -1)):
                        bed.write(f"chr{c + 1}\t{beg * BIN}\t{end * BIN}\n")


def make(folder, cells, assays, bins):
    os.makedirs(folder)
    each, tracks = make_stream(folder, "observed", 1, cells, assays, bins)
    make_stream(folder, "imputed", 2, cells, assays, bins)
    write_regions(folder, np.random.default_rng(1), each)
    write_peaks(folder, tracks, each)
    cell_names, assay_names = (sorted({t[i] for t in tracks}) for i in (0, 1))
    with open(f"{folder}/plan.json", "w") as f:
        json.dump({"edges": [c * each for c in range(CHROMS + 1)],
                   "cells": [cell_names.index(t[0]) for t in tracks],
                   "assays": [assay_names.index(t[1]) for t in tracks]}, f)
    return tracks


# ---- runs

# A process's greatest memory counts that of the one that forked it, so a small one runs track-eval
# and prints its seconds and kilobytes.
RUNNER = """
import os, sys, time
began = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(pid, 0)
print(time.perf_counter() - began, used.ru_maxrss)
sys.exit(status != 0)
"""


def ours(folder, observed="observed.avo", imputed="imputed.avo"):
    """-> seconds (whole, measuring, reading), MB, by track-eval's own account of itself."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", RUNNER, "track-eval", "-v", "--progress", "never", "-@",
         str(THREADS), "--observed", f"{folder}/{observed}", "--imputed", f"{folder}/{imputed}",
         "--genes", f"{folder}/genes.bed", "--enhancers", f"{folder}/enhancers.bed", "--peaks",
         f"{folder}/peaks.tsv", "-o", f"{folder}/ours.tsv"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said = re.search(r"measured .* in ([0-9.]+) s \(reading ([0-9.]+) s\)", done.stderr)
    if done.returncode or not said:
        sys.exit(f"track_eval.py: track-eval failed, or -v says no times:\n{done.stderr}")
    whole, kilobytes = done.stdout.split()
    return {"whole": float(whole), "measuring": float(said[1]), "reading": float(said[2]),
            "memory": float(kilobytes) / 1024}


def theirs(folder, *how):
    began = time.perf_counter()
    done = subprocess.run([sys.executable, __file__, "numpy", folder, str(THREADS), *how],
                          check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout), whole=time.perf_counter() - began)


def check_values(folder, tracks, genome):
    """Both computed the same: rows of tracks over all chromosomes, every measure and method."""
    place = {tuple(t[:2]): i for i, t in enumerate(tracks)}
    methods = ["imputed", "mean", "scaled-mean", "constant"]
    rows = 0
    with open(f"{folder}/ours.tsv") as f:
        names = f.readline().rstrip("\n").split("\t")
        for line in f:
            row = dict(zip(names, line.rstrip("\n").split("\t")))
            if row["level"] != "track" or row["scope"] != "genome":
                continue
            want = genome[place[row["celltype"], row["assay"]]][methods.index(row["method"])]
            for name, w in zip(NAMES, want):
                got = float("nan" if row[name] == "NA" else row[name])
                if not np.isclose(got, w, rtol=1e-5, atol=1e-8, equal_nan=True):
                    sys.exit(f"track_eval.py: {row['celltype']} {row['assay']} {row['method']}: "
                             f"{name}: track-eval {got!r}, numpy {w!r}")
            rows += 1
    if rows != len(tracks) * len(methods):
        sys.exit(f"track_eval.py: {rows} rows of tracks")


def row(what, a="-", b="-", ratio="-"):
    print(what, a, b, ratio, sep="\t", flush=True)


def compare(folder, tracks, bins):
    a, b, tuned = [], [], []
    for _ in range(REPEATS):
        a.append(ours(folder))
        b.append(theirs(folder))
        tuned.append(theirs(folder, "tuned"))
    check_values(folder, tracks, b[0]["genome"])
    check_values(folder, tracks, tuned[0]["genome"])
    row(f"track-eval / numpy, {len(tracks)} tracks x {bins / 1e6:.2f} M bins, {THREADS} threads")
    for name, label, other in (("measuring", "    measuring / rankdata, argpartition", b),
                               ("measuring", "    measuring / by hand from one argsort", tuned),
                               ("reading", "    reading (streams, npy)", b),
                               ("whole", "    the whole run / rankdata, argpartition", b)):
        x, y = (statistics.median(r[name] for r in side) for side in (a, other))
        row(label, f"{x:.2f} s", f"{y:.2f} s", f"{y / max(x, 1e-9):.2f}")
    row("    memory of track-eval", f"{max(r['memory'] for r in a):.0f} MB", "1000 MB allowed")
    x = statistics.median(ours(folder, "observed/plain.tsv", "imputed/plain.tsv")["whole"]
                          for _ in range(REPEATS))
    row("    the whole run from bigWigs", f"{x:.2f} s")


def growth(sizes, label):
    """Seconds a million bins and tracks as the data grow, with the first size as theirs."""
    first = None
    for cells, assays, bins, times in sizes:
        with tempfile.TemporaryDirectory(dir=".") as folder:
            data = os.path.join(folder, "data")
            tracks = make(data, cells, assays, bins)
            runs = [ours(data) for _ in range(REPEATS)]
        cost = statistics.median(r["whole"] for r in runs) / (len(tracks) * bins / 1e6)
        first = first or cost
        row(f"    {label} {times}x ({len(tracks)} x {bins / 1e6:.2f} M): "
            f"{max(r['memory'] for r in runs):.0f} MB", f"{cost * 1000:.1f} ms/M",
            f"{first * 1000:.1f} ms/M", f"{first / cost:.2f}")


def main():
    bins = BINS // 4 if "quick" in sys.argv[1:] else BINS
    bins -= bins % CHROMS
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        compare("data", make("data", CELLTYPES, ASSAYS, bins), bins)
        row("track-eval alone, whole run for a million bins and tracks")
        base = bins // 4 - bins // 4 % CHROMS
        growth([(CELLTYPES, ASSAYS, base * n, n) for n in (1, 4, 16)], "bins")
        growth([(CELLTYPES, ASSAYS * n, base, n) for n in (1, 4, 16)], "tracks, by assays,")
        growth([(CELLTYPES * n, ASSAYS, base, n) for n in (1, 4)], "tracks, by cell types,")
        os.chdir("/")


if __name__ == "__main__":
    if sys.argv[1:2] == ["numpy"]:
        numpy_side(sys.argv[2], int(sys.argv[3]), "tuned" in sys.argv[4:])
    else:
        main()
