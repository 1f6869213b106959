# SPDX-License-Identifier: MIT
"""factor_agg.py FEATURES.avo [options]: every number of a stream of features against numpy, from
the models' and the signal's own numbers and the text of the windows.

  --source PATH[,PATH...]   a model (its files) or the signal of one list of tracks; in order
  --raw                     signal back to raw
  --bed FILE | --bedpe FILE | --fixed BP
  --anchor WHERE,UP,DOWN    --tiles NxBP    --stats mean,std,...    --scales fine,mid,...
  --label SIGNAL --threshold X
  --sort                    rows in genome order
  --drop                    rows without any NaN
Prints the greatest difference in units of the last place of binary32."""
import argparse
import math
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.environ["AVO_SRC"], "tests/lib"))
from avofactors import Features, Source  # noqa: E402


def parse():
    p = argparse.ArgumentParser()
    p.add_argument("features")
    p.add_argument("--source", action="append", default=[])
    p.add_argument("--raw", action="store_true")
    p.add_argument("--bed")
    p.add_argument("--bedpe")
    p.add_argument("--fixed", type=int)
    p.add_argument("--anchor")
    p.add_argument("--tiles")
    p.add_argument("--stats", default="mean")
    p.add_argument("--scales")
    p.add_argument("--label")
    p.add_argument("--threshold", type=float)
    p.add_argument("--sort", action="store_true")
    p.add_argument("--drop", action="store_true")
    return p.parse_args()


def read_windows(o, sources, order):
    """[(places, name)]; a place: chrom, beg, end, strand."""
    if o.fixed:
        out = set()
        for s in sources:
            for chrom, beg, end in s.extents:
                for k in np.unique(np.arange(beg * s.bin_bp, end * s.bin_bp) // o.fixed):
                    out.add((chrom, int(k)))
        out = sorted(out, key=lambda x: (order.index(x[0]), x[1]))
        length = {c: s.chroms[c] for s in sources for c in s.chroms}
        return [([(c, k * o.fixed, min((k + 1) * o.fixed, length[c]), ".")], "") for c, k in out]
    out = []
    for line in open(o.bed or o.bedpe):
        f = line.rstrip("\n").split("\t")
        if line.startswith("#") or not f[1].isdigit():
            continue
        if o.bed:
            f += [""] * (6 - len(f))
            strand = f[5] if f[5] in ("+", "-") else "."
            out.append(([(f[0], int(f[1]), int(f[2]), strand)], f[3]))
        else:
            f += [""] * (10 - len(f))
            ends = [(f[3 * k], int(f[3 * k + 1]), int(f[3 * k + 2]),
                     f[8 + k] if f[8 + k] in ("+", "-") else ".") for k in (0, 1)]
            out.append((ends, f[6]))
    return out


def window_of(o, place):
    chrom, beg, end, strand = place
    if not o.anchor:
        return beg, end
    where, up, down = o.anchor.split(",")
    up, down = int(up), int(down)
    p = {"start": beg, "end": end, "center": (beg + end) // 2,
         "tss": end if strand == "-" else beg}[where]
    return (p - down, p + up) if strand == "-" else (p - up, p + down)


def pieces(o, place):
    """(name, beg, end, tiled) of every part of a window; tiled None: all blocks."""
    beg, end = window_of(o, place)
    if not o.tiles:
        return [("", beg, end, None)]
    n, bp = (int(x) for x in o.tiles.split("x"))
    assert end - beg == n * bp or o.fixed       # the last one of a chromosome
    parts = [(beg + k * bp, beg + (k + 1) * bp) for k in range(n)]
    if place[3] == "-":
        parts.reverse()
    return ([(f"tile{k}.", b, e, True) for k, (b, e) in enumerate(parts)] +
            [("", beg, end, False)])


STATS = {"mean": np.mean, "std": np.std, "min": np.min, "max": np.max}


def column(stat, x):
    x = x[~np.isnan(x)]
    return STATS[stat](x) if len(x) else math.nan


def features_of(o, source, place):
    names, out = [], []
    stats = [s for s in ("mean", "std", "min", "max") if s in o.stats.split(",")]
    there = source.there.get(place[0], np.zeros(0, bool))
    for tile, beg, end, tiled in pieces(o, place):
        b = max(beg, 0) // source.bin_bp
        e = min(-(-max(end, 0) // source.bin_bp), len(there))
        bins = b + np.flatnonzero(there[b:e]) if b < e else np.zeros(0, int)
        for k, (columns, per) in enumerate(source.blocks):
            if tiled is not None and tiled != (per < source.coarse):
                continue
            if o.scales and per > 0 and columns[0].rsplit(".", 1)[0] not in o.scales.split(",") \
                    and ":" not in columns[0]:
                continue
            x = source.values[place[0]][k][bins] if len(bins) else np.zeros((0, len(columns)))
            for stat in stats:
                for i, c in enumerate(columns):
                    names.append(tile + ("" if stat == "mean" else stat + ".") + c)
                    out.append(column(stat, x[:, i]))
    return names, out


def label_of(o, source, place):
    b, e = place[1] // source.bin_bp, -(-place[2] // source.bin_bp)
    there = source.there[place[0]]
    bins = b + np.flatnonzero(there[b:min(e, len(there))])
    y = column("mean", source.values[place[0]][0][bins, 0]) if len(bins) else math.nan
    if math.isnan(y):
        return ""
    return y if o.threshold is None else str(int(y >= o.threshold))


def compare_numbers(got, want, scale, what):
    """Greatest difference in ulps of binary32; scale bounds what cancels in std."""
    want32 = want.astype(np.float32)
    assert got.shape == want.shape, f"{what}: {got.shape}, want {want.shape}"
    assert (np.isnan(got) == np.isnan(want)).all(), f"{what}: NaN elsewhere"
    ok = ~np.isnan(want)
    ulp = np.maximum(np.spacing(np.abs(want32[ok])), np.float32(scale))
    return float(np.max(np.abs(got[ok].astype(float) - want[ok]) / ulp)) if ok.any() else 0.0


def check_label(o, got, want):
    if o.threshold is not None or want == "":
        assert got == want, f"label {got}, want {want}"
    else:
        assert abs(float(got) - want) <= 3e-7 * abs(want) + 1e-12, f"label {got}, want {want}"


def main():
    o = parse()
    f = Features(o.features)
    order = [x["name"] for t, x in f.header if t == "@CHROM"]
    sources = [Source(s.split(","), o.raw) for s in o.source]
    label = Source([o.label], True) if o.label else None
    windows = read_windows(o, sources, order)
    if o.sort:
        start = [window_of(o, w[0][0])[0] for w in windows]
        index = sorted(range(len(windows)),
                       key=lambda i: (order.index(windows[i][0][0][0]), max(start[i], 0), i))
        windows = [windows[i] for i in index]
    want, rows, names = [], [], []
    for places, name in windows:
        names, x = [], []
        for side, place in enumerate(places):
            for s in sources:
                n, y = features_of(o, s, place)
                names += [("" if len(places) == 1 else ("left.", "right.")[side]) + c for c in n]
                x += y
        if o.drop and (any(math.isnan(v) for v in x) or
                       (label and label_of(o, label, places[0]) == "")):
            continue
        rows.append((places, name))
        want.append(x)
    assert len(set(names)) == len(names), "names repeat"
    assert f.names == names, f"names: {f.names[:3]}..., want {names[:3]}..."
    assert len(f.rows) == len(rows), f"{len(f.rows)} rows, want {len(rows)}"
    for got, (places, name) in zip(f.rows, rows):
        assert got[:3] == places[0][:3], f"{got[:3]}, want {places[0][:3]}"
        assert got[3] == name, f"{got[3]}, want {name}"
        if len(places) == 2:
            right = [got[6 + f.columns.index("right." + k)] for k in ("chrom", "start", "end")]
            assert right == [str(v) for v in places[1][:3]], right
        if label:
            check_label(o, got[4], label_of(o, label, places[0]))
    want = np.array(want, float).reshape(len(rows), len(names))
    worst = compare_numbers(f.x, want, 1e-9 if "std" not in o.stats else 3e-8, "features")
    assert worst <= 1.01, f"{worst} ulp"
    print(f"{want.shape[0]} rows, {want.shape[1]} features, {int(np.isnan(want).any(axis=1).sum())}"
          f" with NaN, {worst:.3f} ulp")


main()
