# SPDX-License-Identifier: MIT
"""Streams of attributions against numpy: the baseline, its prediction, each component's integral,
and that they add up to the prediction.

  attribution.py MODEL PREDICTION.avo PREFIX mean|zero [TOLERANCE]
                                            components in PREFIX.NAME.avo
"""
import subprocess
import sys

import numpy as np
from avosignal import Stream

STEPS = 20000       # of the midpoint rule here


def tensor(name):
    run = subprocess.run(["avo-view", "--tensor", name, MODEL], stdout=subprocess.PIPE, check=True)
    return np.array([[float(v) for v in line.split("\t")]
                     for line in run.stdout.decode().splitlines()])


def text(name):
    run = subprocess.run(["avo-view", "--tensor", name, MODEL], stdout=subprocess.PIPE, check=True)
    return run.stdout.decode().splitlines()


def values(stream):
    return np.concatenate([v.astype(float) for _, _, v in stream.tiles])


MODEL, prediction, prefix, baseline = sys.argv[1:5]
tolerance = float(sys.argv[5]) if len(sys.argv) > 5 else 5e-5
predicted = Stream(prediction)
head = subprocess.run(["avo-view", "-H", MODEL], stdout=subprocess.PIPE, check=True).stdout.decode()
blocks = [dict(f.split(":", 1) for f in line.split("\t")[1:])
          for line in head.splitlines() if line.startswith("@BLOCK")]
hyper = dict(line.split("\t") for line in text("hyper"))
q = float(hyper["celltype_dropout"])
n_layers = len(hyper["hidden"].split(",")) + 1
layers = [(tensor(f"layer.{i}.weight"), tensor(f"layer.{i}.bias")[0]) for i in range(n_layers)]
subprocess.run(["avo-view", "-O", "npy", "-o", "factors.npy", MODEL], check=True)
genome = np.load("factors.npy").astype(float)
where = np.array([(c, b) for c, bins, _ in predicted.tiles for b in bins])
assert len(where) == len(genome) == len(values(predicted))

# what the network sees, block by block, and the baseline's rows
parts, x0, at = [], [], 0
for k, b in enumerate(blocks):
    width = int(b["width"])
    if b["kind"] == "genome":
        rows = genome[:, at:at + width]
        at += width
        _, first = np.unique(where // np.array([1, int(b["bins"])]), axis=0, return_index=True)
        parts.append(rows)
        x0.append(rows[first].mean(0))
    else:
        root = int(hyper["root_celltypes" if b["kind"] == "celltype" else "root_assays"])
        parts.append(tensor(f"block.{k}"))
        x0.append(parts[-1][:root].mean(0))
x0 = np.concatenate(x0) * (baseline == "mean")
edges = np.cumsum([0] + [int(b["width"]) for b in blocks])
cells, assays = text("celltypes"), text("assays")


def forward(x):
    before = []
    for w, bias in layers:
        before.append(x @ w + bias)
        x = np.maximum(before[-1], 0)
    return before[-1][..., 0], before[:-1]


def integrated(x, start):
    """[blocks] of one x [F]."""
    alpha = (np.arange(STEPS) + 0.5) / STEPS
    _, before = forward(start + alpha[:, None] * (x - start))
    g = np.broadcast_to(layers[-1][0][:, 0], before[-1].shape)
    for z, (w, _) in zip(before[::-1], layers[-2::-1]):
        g = (g * (z > 0)) @ w.T
    return np.add.reduceat((x - start) * g.mean(0), edges[:-1])


def known(x, with_cell):
    x = x.copy()
    for k, b in enumerate(blocks):
        if b["kind"] == "celltype" and not with_cell:
            x[edges[k]:edges[k + 1]] = 0
    return x


value = (1 - q) * forward(x0)[0] + q * forward(known(x0, False))[0]
got = []
for b in blocks:
    s = Stream(f"{prefix}.{b['name']}.avo")
    line = s.lines("@attribution")[0]
    assert line["component"] == b["name"] and s.lines("@SPACE")[0]["transform"] == "none"
    assert abs(float(line["value"]) - value) < 1e-6 * (1 + abs(value)), (line, value)
    assert s.tracks == predicted.tracks and s.extents == predicted.extents
    assert s.tiles[0][2].dtype == np.float32
    got.append(values(s))
got = np.array(got)                                 # [blocks][bins][tracks]
difference = values(predicted) - value
gap = np.abs(got.sum(0) - difference)
spacing = 2.0 ** -11 if predicted.tiles[0][2].dtype == np.float16 else 2e-6
assert (gap <= spacing * (0.01 + np.abs(values(predicted))) + 2e-5).all(), gap.max()
ratio = gap / (0.01 * np.abs(difference) + 1e-3)
assert ratio.max() <= 1

worst = 0
for t, (cell, assay) in enumerate(predicted.tracks):
    for i in range(3 + t, len(where), max(1, len(where) // 7)):
        x = np.concatenate([p[i] if b["kind"] == "genome" else
                            p[cells.index(cell) if b["kind"] == "celltype" else assays.index(assay)]
                            for p, b in zip(parts, blocks)])
        want = (1 - q) * integrated(x, x0)
        if q:
            want += q * integrated(known(x, False), known(x0, False))
        worst = max(worst, np.abs(got[:, i, t] - want).max())
print(f"{got.shape}: worst gap {gap.max():.2g} ({ratio.max():.2g} of 1% + 1e-3), "
      f"worst difference to numpy {worst:.2g}, prediction at the baseline {value:.4g}")
assert worst < tolerance, worst
