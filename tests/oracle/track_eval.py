# SPDX-License-Identifier: MIT
"""Scores of track-eval worked out again in numpy, from the text files alone.

  track_eval.py make DIR [SEED]        a random compendium as bedGraph: tables observed.tsv,
                                       one.tsv, two.tsv, sizes in chrom.sizes
  track_eval.py check DIR TSV [OPTION...]
      --missing-nan --tolerance X --methods NAME=TABLE,...
      --test CELL:ASSAY                compares every row of TSV (-O tsv) with numpy's value
"""
import csv
import os
import sys

import numpy as np

CHROMS = {"chr2": 60013, "chr10": 12610, "chrX": 1724}
BIN = 25
CELLS = ["A", "B:b", "C", "D"]
OBSERVED = [("A", "x"), ("B:b", "x"), ("C", "x"), ("D", "x"), ("A", "y 1"), ("B:b", "y 1"),
            ("C", "flat"), ("D", "z")]
IMPUTED = [("A", "x"), ("C", "x"), ("D", "x"), ("B:b", "y 1"), ("C", "flat"), ("D", "z"),
           ("Z", "x")]


def write_track(path, rng, kind, holes):
    """Intervals of 5 to 90 bases; kind "flat": one value everywhere; else many ties."""
    with open(path, "w") as f:
        for chrom, size in CHROMS.items():
            at = 0
            while at < size:
                end = min(size, at + int(rng.integers(5, 90)))
                value = 2.5 if kind == "flat" else int(rng.gamma(0.5, 8)) / 4
                hole = any(c == chrom and at >= b and at < e for c, b, e in holes)
                if kind == "flat" or (not hole and rng.random() > 0.2):
                    f.write(f"{chrom}\t{at}\t{end}\t{value}\n")
                at = end


def write_table(folder, name, tracks, rng, holes, roles=None):
    with open(f"{folder}/{name}.tsv", "w") as t:
        t.write("celltype\tassay\tpath" + ("\trole" if roles else "") + "\n")
        for i, (cell, assay) in enumerate(tracks):
            path = f"{name}.{i}.bedGraph"
            kind = "flat" if assay == "flat" and name == "observed" else "ties"
            write_track(f"{folder}/{path}", rng, kind, holes)
            row = [cell, assay, path] + ([roles.get((cell, assay), "train")] if roles else [])
            t.write("\t".join(row) + "\n")


def make(folder, seed):
    rng = np.random.default_rng(seed)
    with open(f"{folder}/chrom.sizes", "w") as f:
        for chrom, size in CHROMS.items():
            f.write(f"{chrom}\t{size}\n")
    write_table(folder, "observed", OBSERVED, rng, [])
    write_table(folder, "one", IMPUTED, rng, [])
    write_table(folder, "two", IMPUTED, rng, [("chr2", 20000, 24000), ("chr10", 0, 12610)])


def read_track(path, missing_nan):
    """Per chromosome: arcsinh of the bin means, and which bins any base of the file covers."""
    out = {}
    base = {c: (np.zeros(n), np.zeros(n, bool)) for c, n in CHROMS.items()}
    for line in open(path):
        chrom, beg, end, value = line.split("\t")
        base[chrom][0][int(beg):int(end)] = float(value)
        base[chrom][1][int(beg):int(end)] = True
    for chrom, size in CHROMS.items():
        n = size // BIN
        value, there = (a[:n * BIN].reshape(n, BIN) for a in base[chrom])
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = value.sum(1) / (there.sum(1) if missing_nan else BIN)
        out[chrom] = (np.arcsinh(mean), there.any(1))
    return out


def read_table(folder, name, missing_nan, only=None):
    """{track: {chrom: values}}, NaN in bins that no track of the table covers."""
    tracks = {}
    with open(f"{folder}/{name}.tsv") as f:
        for row in csv.DictReader(f, delimiter="\t"):
            key = (row["celltype"], row["assay"])
            if only is None or key in only:
                tracks[key] = read_track(f"{folder}/{row['path']}", missing_nan)
    for chrom in CHROMS:
        covered = np.any([t[chrom][1] for t in tracks.values()], axis=0)
        for t in tracks.values():
            t[chrom] = np.where(covered, t[chrom][0], np.nan)
    return tracks


def mean_of_others(observed, track, tests):
    others = [o for o in observed if o != track and o[1] == track[1] and o not in tests]
    if not others:
        return None
    out = {}
    for chrom in CHROMS:
        stack = np.array([observed[o][chrom] for o in others])
        n = (~np.isnan(stack)).sum(0)
        with np.errstate(invalid="ignore", divide="ignore"):
            out[chrom] = np.where(n > 0, np.nansum(stack, 0) / n, np.nan)
    return out


def scores_of(observed, predictions, track):
    """{(scope, method): (n_bins, n_left_out, mse, pearson, mse1obs)}; the constant comes last."""
    x = {c: observed[track][c] for c in CHROMS}
    use = {}
    for c in CHROMS:
        use[c] = ~np.isnan(x[c])
        for p in predictions.values():
            if p is not None:
                use[c] = use[c] & ~np.isnan(p[c])
    constant = np.concatenate([x[c][use[c]] for c in CHROMS]).mean()
    methods = dict(predictions)
    methods["constant"] = {c: np.full(len(x[c]), constant) for c in CHROMS}
    out = {}
    for scope in list(CHROMS) + ["genome"]:
        chroms = list(CHROMS) if scope == "genome" else [scope]
        xs = np.concatenate([x[c][use[c]] for c in chroms])
        left = sum(int((~np.isnan(x[c]) & ~use[c]).sum()) for c in chroms)
        top = np.concatenate([top_bins(x[c][use[c]]) for c in chroms])
        for name, p in methods.items():
            if p is None:
                out[scope, name] = (len(xs), left, np.nan, np.nan, np.nan)
                continue
            ys = np.concatenate([p[c][use[c]] for c in chroms])
            out[scope, name] = (len(xs), left) + measure(xs, ys, top)
    return out


def top_bins(x):
    """All bins >= the int(0.01 N)-th largest, in the type that track-eval compares in."""
    x = x.astype(np.float32)
    return x >= np.sort(x)[::-1][max(1, int(0.01 * len(x))) - 1] if len(x) else x > 0


def measure(x, y, top):
    if len(x) == 0:
        return (np.nan, np.nan, np.nan)
    flat = np.ptp(x) == 0 or np.ptp(y) == 0
    return (((x - y) ** 2).mean(), np.nan if flat else np.corrcoef(x, y)[0, 1],
            ((x - y)[top] ** 2).mean())


def close(got, want, tolerance):
    if np.isnan(want):
        return got == "NA"
    return got != "NA" and abs(float(got) - want) <= tolerance * (1 + abs(want))


def averages(table, scored, measure_at):
    """{(level, scope, assay, method): value}; NaN if a track lacks the method."""
    out = {}
    whole = [t for t in scored if not np.isnan(table[t]["genome", "mean"][2])]
    groups = [("assay", a, [t for t in scored if t[1] == a]) for a in {t[1] for t in scored}]
    groups.append(("overall", ".", scored))
    if 0 < len(whole) < len(scored):
        groups.append(("overall-paired", ".", whole))
    for level, assay, tracks in groups:
        for scope, method in table[scored[0]]:
            v = np.array([table[t][scope, method][measure_at] for t in tracks])
            lacks = [t for t in tracks if method == "mean" and t not in whole]
            out[level, scope, assay, method] = np.nan if lacks or np.isnan(v).all() \
                else np.nanmean(v)
    return out


def check(folder, tsv, options):
    missing_nan = "--missing-nan" in options
    tolerance = float(options[options.index("--tolerance") + 1]) if "--tolerance" in options \
        else 1e-6
    tests = [tuple(options[i + 1].rsplit(":", 1)) for i, o in enumerate(options) if o == "--test"]
    methods = {}
    if "--methods" in options:
        for pair in options[options.index("--methods") + 1].split(","):
            name, table = pair.split("=")
            methods[name] = read_table(folder, table, missing_nan, only=OBSERVED)
    observed = read_table(folder, "observed", missing_nan)
    scored = [t for t in OBSERVED if all(t in m for m in methods.values())]
    if not methods and tests:
        scored = [t for t in scored if t in tests]
    want = {}
    for track in scored:
        predictions = {name: m[track] for name, m in methods.items()}
        predictions["mean"] = mean_of_others(observed, track, tests)
        want[track] = scores_of(observed, predictions, track)
    compare(tsv, want, scored, tolerance)


def compare(tsv, want, scored, tolerance):
    columns = ["n_bins", "n_left_out", "mse", "pearson", "mse1obs"]
    means = {c: averages(want, scored, i) for i, c in enumerate(columns) if i >= 2}
    n_rows = 0
    with open(tsv) as f:
        for row in csv.DictReader(f, delimiter="\t"):
            n_rows += 1
            for i, c in enumerate(columns):
                if row["level"] == "track":
                    value = want[row["celltype"], row["assay"]][row["scope"], row["method"]][i]
                elif i < 2:
                    continue
                else:
                    value = means[c][row["level"], row["scope"], row["assay"], row["method"]]
                if not close(row[c], value, 0 if i < 2 else tolerance):
                    sys.exit(f"{tsv}: {row}: {c}: numpy has {value!r}")
    n_methods = len(next(iter(want.values()))) // (len(CHROMS) + 1)
    n_assays = len({t[1] for t in scored})
    n_paired = sum(level == "overall-paired" for level, *_ in means["mse"]) > 0
    expected = (len(scored) + n_assays + 1 + n_paired) * n_methods * (len(CHROMS) + 1)
    if n_rows != expected:
        sys.exit(f"{tsv}: {n_rows} rows, want {expected}")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        os.makedirs(sys.argv[2], exist_ok=True)
        make(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    else:
        check(sys.argv[2], sys.argv[3], sys.argv[4:])
