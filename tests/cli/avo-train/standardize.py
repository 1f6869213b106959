#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Standardised tracks by numpy.
    standardize.py make DIR   DIR/tracks.tsv of bedGraph -> DIR/z, the same tracks as z = (x - m) / s,
                              and DIR/scales.tsv: m and s of each, and of pairs that are not there
    standardize.py compare SCALES Z X [differences]   imputed z (bedGraph per pair in folder Z) put
                              back as m + s z is what folder X has; differences: m left out"""
import os
import sys
import numpy as np

BIN = 25


def read(path, lengths):
    x = {c: np.zeros(n // BIN) for c, n in lengths.items()}
    for line in open(path):
        c, beg, end, v = line.split()
        x[c][int(beg) // BIN:int(end) // BIN] = float(v)
    return x


def smooth(x, half=10):
    n = len(x)
    return np.array([x[max(0, i - half):i + half + 1].mean() for i in range(n)])


def predict(stats, celltype, assay):
    """Two-way ridge on log m and log s; at most a factor of 4 beyond the assay's own."""
    tracks = sorted(t for t in stats if t != (celltype, assay))
    cells, assays = sorted({c for c, _ in tracks}), sorted({a for _, a in tracks})
    names = [("c", c) for c in cells] + [("a", a) for a in assays]
    rows = np.array([[n in (("c", c), ("a", a)) for n in names] for c, a in tracks], float)
    out = []
    for k in (0, 1):
        y = np.log([stats[t][k] for t in tracks])
        w = np.linalg.solve(rows.T @ rows + .09 * np.eye(len(names)), rows.T @ (y - y.mean()))
        got = y.mean() + sum(w[names.index(n)] for n in (("c", celltype), ("a", assay))
                             if n in names)
        same = y[[a == assay for _, a in tracks]]
        same = same if len(same) else y
        out.append(np.exp(np.clip(got, same.min() - np.log(4), same.max() + np.log(4))))
    return tuple(out)


def make(folder):
    lengths = {c: int(n) // BIN * BIN for c, n in
               (line.split() for line in open(f"{folder}/sizes"))}
    tracks = [line.split("\t") for line in open(f"{folder}/tracks.tsv").read().splitlines()]
    stats, values = {}, {}
    for c, a, path in tracks:
        x = read(f"{folder}/{path}", lengths)
        x = {k: v.astype(np.float32).astype(float) for k, v in x.items()}
        box = np.concatenate([smooth(v) for v in x.values()])
        stats[c, a] = np.concatenate(list(x.values())).mean(), box.std()
        values[c, a] = x
    os.makedirs(f"{folder}/z", exist_ok=True)
    with open(f"{folder}/z/tracks.tsv", "w") as table:
        for c, a, path in tracks:
            table.write(f"{c}\t{a}\t{path}\n")
            m, s = stats[c, a]
            with open(f"{folder}/z/{path}", "w") as f:
                for chrom, x in values[c, a].items():
                    for i, v in enumerate(x):
                        f.write(f"{chrom}\t{i * BIN}\t{(i + 1) * BIN}\t{(v - m) / s:.9g}\n")
    with open(f"{folder}/scales.tsv", "w") as f:
        for c in sorted({t[0] for t in stats}):
            for a in sorted({t[1] for t in stats}):
                m, s = stats.get((c, a)) or predict(stats, c, a)
                f.write(f"{c}\t{a}\t{m:.9g}\t{s:.9g}\n")


def column(path):
    """(chromosome, base) -> value, by bin."""
    out = {}
    for line in open(path):
        c, beg, end, v = line.split()
        for b in range(int(beg), int(end), BIN):
            out[c, b] = float(v)
    return out


def compare(scales, z, x, differences):
    n = 0
    for line in open(scales):
        c, a, m, s = line.split("\t")
        m, s = 0 if differences else float(m), float(s)
        if not os.path.exists(f"{x}/{c}.{a}"):
            continue
        want, got = column(f"{z}/{c}.{a}"), column(f"{x}/{c}.{a}")
        assert want.keys() == got.keys() and len(got) > 1000, (c, a, len(want), len(got))
        off = max(abs(m + s * want[k] - got[k]) for k in got)
        assert off < 2e-3 * s, f"{c}:{a}: off by {off} (scale {s})"
        assert max(got.values()) - min(got.values()) > .05 * s, f"{c}:{a} is flat"
        n += 1
    assert n >= 2, n
    print(n, "tracks")


if sys.argv[1] == "make":
    make(sys.argv[2])
else:
    compare(*sys.argv[2:5], "differences" in sys.argv)
