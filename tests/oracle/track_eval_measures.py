# SPDX-License-Identifier: MIT
"""The measures of track-eval, worked out by numpy, scipy and scikit-learn.

Data is {chromosome: array}, one float32 value a bin, NaN where there is none; positions of the bins
on the chromosome's grid come as {chromosome: bin numbers}. Ranks are scipy's, areas scikit-learn's,
correlations scipy's; nothing here is fast.
"""
import argparse
import csv
import gzip
import os
import sys
import warnings
from fractions import Fraction

import numpy as np
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import roc_auc_score

BIN = 25
MEASURES = ["mse", "mse1obs", "mse1imp", "mseprom", "msegene", "mseenh", "msevar", "pearson",
            "spearman", "match1", "catch1obs", "catch1imp", "aucobs1", "aucimp1", "catchpeakobs"]
OF_TOP_IMPUTED = ["mse1imp", "match1", "catch1obs", "catch1imp", "aucimp1"]
PROMOTER_BINS = 80
REGIONS = ["promoters", "genes", "enhancers"]
REGION_FILES = REGIONS + ["exclude", "peaks"]


# ---- the top p per cent

def top_set(x, percent, rule):
    """Which of x [n] are its top per cent: one of the four rules in use."""
    n = len(x)
    if n == 0:
        return np.zeros(0, bool)
    share = Fraction(percent * n, 100)
    if rule == "above":
        # numpy's percentile of doubles: linear between order statistics
        return x > np.percentile(x.astype(np.float64), 100 - percent)
    if rule == "at-least":
        return x >= np.sort(x)[::-1][max(1, int(share)) - 1]
    at = np.arange(n)
    if rule == "exact":
        order, count = np.lexsort((at, -x)), max(1, int(share))
    else:
        order, count = np.lexsort((-at, -x)), max(1, round(share))
    top = np.zeros(n, bool)
    top[order[:count]] = True
    return top


# ---- correlations and areas, NaN where undefined

def pearson(x, y):
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return np.nan
    return pearsonr(x.astype(np.float64), y.astype(np.float64))[0]


def spearman(x, y):
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return np.nan
    return spearmanr(x, y)[0]


def auc(score, label):
    if not label.any() or label.all():
        return np.nan
    return roc_auc_score(label, score)


# ---- measures of ranks: sums over parts (chromosomes), or over everything at once

class Ranked:
    """x [n] with its top sets, made once and used against several others."""

    def __init__(self, x, rule):
        self.x = x
        self.top1, self.top5 = top_set(x, 1, rule), top_set(x, 5, rule)


def rank_part(x, y, peak, catch_peak="auc"):
    """x observed, y imputed (Ranked); peak: bool [n] or None. Sums that add up over parts.
    catch_peak: "auc" (as ChromImpute and PREDICTD have it) or "top5", the share of peak bins in
    the imputed top 5%."""
    e2 = (x.x.astype(np.float64) - y.x) ** 2
    n = len(e2)
    rho, obs, imp = spearman(x.x, y.x), auc(y.x, x.top1), auc(x.x, y.top1)
    both = x.top1 & y.top1
    out = {"mse1obs": (e2[x.top1].sum(), x.top1.sum()),
           "mse1imp": (e2[y.top1].sum(), y.top1.sum()),
           "match1": (both.sum(), x.top1.sum()),
           "catch1obs": ((x.top1 & y.top5).sum(), x.top1.sum()),
           "catch1imp": ((y.top1 & x.top5).sum(), y.top1.sum())}
    means = {"spearman": rho, "aucobs1": obs, "aucimp1": imp}
    if peak is not None and catch_peak == "top5":
        out["catchpeakobs"] = ((peak & y.top5).sum(), peak.sum())
    else:
        means["catchpeakobs"] = auc(y.x, peak) if peak is not None else np.nan
    for name, value in means.items():
        out[name] = (0, 0) if np.isnan(value) else (n * value, n)
    return out


def ratio(pairs):
    """Sums (a, b) of parts: sum a / sum b."""
    a, b = (sum(float(p[i]) for p in pairs) for i in (0, 1))
    return a / b if b > 0 else np.nan


def plain(x, y, weights):
    """Measures that need no ranks. weights: {measure: [n] or None}."""
    e2 = (x.astype(np.float64) - y) ** 2
    out = {"mse": e2.mean() if len(e2) else np.nan, "pearson": pearson(x, y)}
    for name, w in weights.items():
        out[name] = np.nan if w is None else ratio([((w * e2).sum(), w.sum())])
    return out


# ---- one track

def measure_track(x, y, use, options):
    """x, y, use: {chrom: array}, use says which bins count. options: ranks ("chrom", "genome",
    "none"), top, weights {measure: {chrom: array}}, peaks {chrom: bool array} or None.
    {scope: {measure: value}}; y None: the method has no prediction."""
    chroms = list(x)
    peaks = options.get("peaks")
    cut = {c: (x[c][use[c]], y[c][use[c]]) for c in chroms} if y is not None else None
    parts, out = {}, {}
    for scope in chroms + ["genome"]:
        if y is None:
            out[scope] = dict.fromkeys(MEASURES, np.nan)
            continue
        some = chroms if scope == "genome" else [scope]
        xs, ys = (np.concatenate([cut[c][i] for c in some]) for i in (0, 1))
        w = {name: np.concatenate([v[c][use[c]] for c in some]) if v is not None else None
             for name, v in options["weights"].items()}
        out[scope] = plain(xs, ys, w)
        peak = np.concatenate([peaks[c][use[c]] for c in some]) if peaks is not None else None
        whole = options["ranks"] == "genome"
        if options["ranks"] == "none" or (whole and scope != "genome"):
            ranks = []
        elif scope != "genome" or whole:
            ranks = [rank_part(Ranked(xs, options["top"]), Ranked(ys, options["top"]), peak,
                               options.get("catch_peak", "auc"))]
            parts[scope] = ranks[0]
        else:
            ranks = [parts[c] for c in chroms]
        for name in MEASURES:
            if name not in out[scope]:
                out[scope][name] = ratio([r[name] for r in ranks]) if ranks else np.nan
        if len(ys) and np.ptp(ys) == 0:     # one value everywhere has no top
            out[scope].update(dict.fromkeys(OF_TOP_IMPUTED, np.nan))
    return out


# ---- regions

def read_intervals(path):
    """(chrom, beg, end, strand) of a BED file, plain or gzip; strand is "." where it has none."""
    with (gzip.open(path, "rt") if path.endswith(".gz") else open(path)) as f:
        for line in f:
            fields = line.rstrip("\n").split("\t")
            if len(fields) >= 3 and not line.startswith(("#", "track", "browser")):
                strand = fields[5] if len(fields) > 5 else "."
                yield fields[0], int(fields[1]), int(fields[2]), strand


def touched(beg, end, how):
    """First and last + 1 of the bins that hold a base of [beg, end)."""
    if how == "challenge":
        return beg // BIN, end // BIN + 1
    return beg // BIN, (end - 1) // BIN + 1


def promoter(beg, end, strand, how):
    """80 bins upstream of the bin that holds the transcription start; how "tss": with that bin.
    "challenge": as the scripts of the challenge slice arrays, where a negative index takes none."""
    if how == "challenge":
        a, b = beg // BIN, end // BIN + 1
        if strand == "+":
            return (a - PROMOTER_BINS, a) if a >= PROMOTER_BINS else (0, 0)
        return b, b + PROMOTER_BINS
    own = how == "tss"
    if strand == "-":
        b = (end - 1) // BIN
        return b + 1 - own, b + 1 + PROMOTER_BINS
    return beg // BIN - PROMOTER_BINS, beg // BIN + own


def read_gtf(path):
    """(chrom, beg, end, strand) of the genes of a GTF file."""
    for line in open(path):
        fields = line.split("\t")
        if fields[2] == "gene":
            yield fields[0], int(fields[3]) - 1, int(fields[4]), fields[6]


def cover(path, grid, as_promoters=False, once=False, how="default"):
    """{chrom: number of intervals of a file over each bin}; grid {chrom: bin numbers}."""
    by_chrom = {c: [] for c in grid}
    for chrom, *where in read_gtf(path) if path.endswith(".gtf") else read_intervals(path):
        if chrom in grid:
            by_chrom[chrom].append(promoter(*where, how) if as_promoters
                                   else touched(*where[:2], how))
    out = {}
    for chrom, places in by_chrom.items():
        count = np.zeros(grid[chrom].max() + 1 if len(grid[chrom]) else 0, np.int64)
        for a, b in places:
            count[max(0, a):max(0, b)] += 1
        out[chrom] = np.minimum(count, 1)[grid[chrom]] if once else count[grid[chrom]]
    return out


# ---- baselines

def finite_mean(stack, axis=0):
    """Mean of the values that are there, NaN where there is none, and how many there are."""
    n = (~np.isnan(stack)).sum(axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(n > 0, np.nansum(stack, axis, dtype=np.float64) / n, np.nan), n


def mean_of(tracks, factors=None):
    """Mean in double precision over {chrom: float32} tracks, each times its factor first."""
    out = {}
    for c in tracks[0]:
        stack = np.array([t[c].astype(np.float64) for t in tracks])
        if factors is not None:
            stack = stack * np.array(factors)[:, None]
        out[c] = finite_mean(stack)[0]
    return out


def variance_of(tracks):
    """Population variance over the tracks at each bin (0 where fewer than two are there)."""
    out = {}
    for c in tracks[0]:
        stack = np.array([t[c].astype(np.float64) for t in tracks])
        mean, n = finite_mean(stack)
        v = finite_mean((stack - mean) ** 2)[0]
        out[c] = np.where(n > 1, np.nan_to_num(v), 0)
    return out


def components(pairs):
    """{cell type or ("assay", name): number} of the connected parts of the graph of pairs."""
    part = {}
    for cell, assay in pairs:
        part.setdefault(("cell", cell), len(part))
        part.setdefault(("assay", assay), len(part))
    for _ in part:
        for cell, assay in pairs:
            low = min(part["cell", cell], part["assay", assay])
            part["cell", cell] = part["assay", assay] = low
    return part


def rms(track):
    x = np.concatenate(list(track.values())).astype(np.float64)
    x = x[~np.isnan(x)]
    return np.sqrt((x ** 2).mean()) if len(x) else np.nan


def depth_scales(observed, training):
    """{cell type: scale}: least squares of log RMS on cell type + assay, training tracks."""
    training = [t for t in training if rms(observed[t]) > 0]
    cells, assays = (sorted({t[i] for t in training}) for i in (0, 1))
    design = np.zeros((len(training), len(cells) + len(assays)))
    for i, (cell, assay) in enumerate(training):
        design[i, cells.index(cell)] = design[i, len(cells) + assays.index(assay)] = 1
    level = np.log([rms(observed[t]) for t in training])
    effect = np.linalg.lstsq(design, level, rcond=None)[0]
    return dict(zip(cells, np.exp(effect)))


def baselines(observed, track, training):
    """Both means, {chrom: float64} or None, of one track; training: the tracks that are not test.
    The track itself has no part in either mean, nor in the scales."""
    others = [t for t in training if t != track and t[1] == track[1]]
    out = {"mean": None, "scaled-mean": None}
    if others:
        out["mean"] = mean_of([observed[t] for t in others])
        known = [t for t in training if t != track]
        part, scale = components(known), depth_scales(observed, known)
        if part.get(("cell", track[0])) == part["assay", track[1]]:
            out["scaled-mean"] = mean_of([observed[t] for t in others],
                                         [scale[track[0]] / scale[t[0]] for t in others])
    return out


def constant_of(track):
    x = np.concatenate(list(track.values())).astype(np.float64)
    constant = np.float32(x[~np.isnan(x)].mean()) if (~np.isnan(x)).any() else np.float32(np.nan)
    return {c: np.full(len(v), constant) for c, v in track.items()}


def rounded(track, function=lambda x: x):
    """A function of {chrom: values}, computed in double precision, as float32."""
    if track is None:
        return None
    return {c: function(v.astype(np.float64)).astype(np.float32) for c, v in track.items()}


def raw(track):
    """The inverse transform."""
    return rounded(track, np.sinh)


# ---- everything of one track

def measure_all(observed, imputed, track, training, options):
    """Rows of one track: {(scope, bins, method): {measure: value, n_bins, n_left_out}}.
    imputed {name: {track: {chrom: float32}}}. options as in measure_track, and: space "model" or
    "raw", regions {name: {chrom: weights} or None}, exclude {chrom: bool} or None, peaks {track:
    {chrom: bool}}."""
    predictions = {name: m[track] for name, m in imputed.items()}
    x = observed[track]
    space = raw if options["space"] == "raw" else lambda t: t
    predictions = {name: space(y) for name, y in predictions.items()}
    if options["mean_space"] == "model":
        for name, y in baselines(observed, track, training).items():
            predictions[name] = space(rounded(y))
    else:
        # from raw signal to the space that is scored in one step
        to_scored = np.arcsinh if options["space"] == "model" else lambda v: v
        signal = {t: raw(v) for t, v in observed.items()}
        for name, y in baselines(signal, track, training).items():
            predictions[name] = rounded(y, to_scored)
    predictions["constant"] = constant_of(space(x))
    others = [t for t in training if t != track and t[1] == track[1]]
    use = {}
    for c in x:
        use[c] = ~np.isnan(x[c])
        for p in predictions.values():
            if p is not None:
                use[c] &= ~np.isnan(p[c])
    weights = {"mse" + short: options["regions"].get(name)
               for name, short in zip(REGIONS, ("prom", "gene", "enh"))}
    weights["msevar"] = variance_of([space(observed[t]) for t in others]) \
        if len(others) >= 2 else None
    one = dict(options, weights=weights, peaks=options["peaks"].get(track))
    x_there = {c: ~np.isnan(x[c]) for c in x}
    kinds = {"all": x_there}
    if options["exclude"] is not None:
        kinds["kept"] = {c: x_there[c] & ~options["exclude"][c] for c in x}
        if options["never"]:
            kinds = {"all": kinds["kept"]}
    out = {}
    for bins, there in kinds.items():
        count = {c: use[c] & there[c] for c in x}
        for method, y in predictions.items():
            values = measure_track(space(x), y, count, one)
            for scope, v in values.items():
                some = list(x) if scope == "genome" else [scope]
                v["n_bins"] = sum(int(count[c].sum()) for c in some)
                v["n_left_out"] = sum(int((there[c] & ~use[c]).sum()) for c in some)
                out[scope, bins, method] = v
    return out


# ---- the options of track-eval that change a value

def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("folder")
    p.add_argument("tsv")
    p.add_argument("--test", action="append", default=[])
    for name in REGION_FILES:
        p.add_argument("--" + name)
    p.add_argument("--overlaps", default="repeat")
    p.add_argument("--top", default="at-least")
    p.add_argument("--ranks", default="chrom")
    p.add_argument("--space", default="model")
    p.add_argument("--mean-space", default="model")
    p.add_argument("--tss-bin", action="store_true")
    p.add_argument("--challenge", action="store_true")
    p.add_argument("--catch-peak", default="auc")
    p.add_argument("--tolerance", type=float, default=1e-6)
    return p


def options_of(o, grid):
    """What measure_all wants, from parsed arguments; grid {chrom: bin numbers}."""
    once = {"once": o.overlaps == "once",
            "how": "challenge" if o.challenge else "tss" if o.tss_bin else "default"}
    genes, promoters = o.genes, o.promoters or o.genes
    regions = {"promoters": cover(promoters, grid, True, **once) if promoters else None,
               "genes": cover(genes, grid, **once) if genes else None,
               "enhancers": cover(o.enhancers, grid, **once) if o.enhancers else None}
    peaks = {}
    if o.peaks:
        for row in csv.DictReader(open(o.peaks), delimiter="\t"):
            path = os.path.join(os.path.dirname(o.peaks), row["path"])
            peaks[row["celltype"], row["assay"]] = {c: v > 0 for c, v in cover(path, grid).items()}
    exclude = {c: v > 0 for c, v in cover(o.exclude, grid).items()} if o.exclude else None
    return {"regions": regions, "peaks": peaks, "exclude": exclude, "top": o.top,
            "ranks": "genome" if o.challenge else o.ranks,
            "space": "raw" if o.challenge else o.space, "mean_space": o.mean_space,
            "never": o.challenge, "catch_peak": o.catch_peak}


# ---- a table against numpy's values

def close(got, want, tolerance):
    if np.isnan(want):
        return got == "NA"
    return got != "NA" and abs(float(got) - want) <= tolerance * abs(want) + 1e-9


def averages(table, scored):
    """{(level, scope, bins, assay, method): {measure: value}}; NaN if a track lacks the method."""
    methods = list(dict.fromkeys(m for _, _, m in table[scored[0]]))
    lacks = {(t, m) for t in scored for m in methods
             if np.isnan(table[t]["genome", "all", m]["mse"])}
    assays = sorted({t[1] for t in scored})
    groups = [("assay", a, [t for t in scored if t[1] == a]) for a in assays]
    groups.append(("overall", ".", scored))
    for level, assay, tracks in list(groups):
        whole = [t for t in tracks if not any((t, m) in lacks for m in methods)]
        if 0 < len(whole) < len(tracks):
            groups.append((level + "-paired", assay, whole))
    out = {}
    for level, assay, tracks in groups:
        for scope, bins, method in table[scored[0]]:
            row = {"n_tracks": len(tracks)}
            for name in MEASURES:
                v = np.array([table[t][scope, bins, method][name] for t in tracks])
                undefined = any((t, method) in lacks for t in tracks) or np.isnan(v).all()
                row[name] = np.nan if undefined else np.nanmean(v)
            out[level, scope, bins, assay, method] = row
    return out


def compare(tsv, table, scored, tolerance):
    """Ends the program unless every row of the wide table is there and as it should be."""
    want = {("track", scope, bins, *t, method): v for t in scored
            for (scope, bins, method), v in table[t].items()}
    for (level, scope, bins, assay, method), v in averages(table, scored).items():
        want[level, scope, bins, ".", assay, method] = v
    seen, worst = set(), (0.0, "", ())
    for row in csv.DictReader(open(tsv), delimiter="\t", quoting=csv.QUOTE_NONE):
        key = tuple(row[k] for k in ("level", "scope", "bins", "celltype", "assay", "method"))
        if key not in want or key in seen:
            sys.exit(f"{tsv}: {key}: " + ("twice" if key in seen else "not in numpy's table"))
        seen.add(key)
        for name, value in want[key].items():
            exact = name.startswith("n_")
            if not close(row[name], value, 0 if exact else tolerance):
                sys.exit(f"{tsv}: {key}: {name}: {row[name]}, numpy has {value!r}")
            if not exact and not np.isnan(value):
                difference = abs(float(row[name]) - value) / max(1e-9, abs(value))
                worst = max(worst, (difference, name, key))
    missing = [k for k in want if k not in seen]
    if missing:
        sys.exit(f"{tsv}: {len(missing)} of {len(want)} rows missing, first {missing[0]}")
    print(f"{tsv}: {len(seen)} rows equal numpy's, greatest relative difference {worst[0]:.1e}:",
          worst[1], worst[2])


def ignore_warnings():
    """scipy and scikit-learn warn about constant columns, which are dealt with here."""
    warnings.filterwarnings("ignore")
