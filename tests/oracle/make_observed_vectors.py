#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes observed_vectors.txt: a small batch of the family observed, from signal to gradients, by
numpy in float64; gradients are central differences of the loss.

    tests/oracle/make_observed_vectors.py > tests/oracle/observed_vectors.txt

Lines as in torch_vectors.txt. README.md names the tensors.
"""
import numpy as np

CELLS, ASSAYS, HIDDEN, WIDTH = 3, 3, 6, 4
WINDOWS = (0, 2, 10)
V = 2 * len(WINDOWS)
RUNS = (70, 40)                 # bins of two stretches
TRACKS = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0), (2, 2), (1, 2)]
UNSEEN = [(2, 1)]
HIDDEN_TRACK = 4                # not among the inputs, though a target
STEP = 1e-6
PATH = 20000                    # steps of integrated gradients


def put(name, x):
    x = np.asarray(x)
    print(name, x.ndim, *x.shape, *(f"{float(i):.9g}" for i in x.reshape(-1)))


def box(x, half):
    """Means over +-half bins of each stretch, of those that are not missing; 0 of none."""
    out, first = np.zeros(len(x)), 0
    for n in RUNS:
        for i in range(n):
            some = x[first + max(0, i - half):first + min(n, i + half + 1)]
            some = some[~np.isnan(some)]
            out[first + i] = some.mean() if len(some) else 0
        first += n
    if half == 0:
        out[np.isnan(x)] = np.nan
    return out


def rank_scores(x):
    known = x[~np.isnan(x)]
    n = len(known)
    mid = np.array([(known < v).sum() + (known == v).sum() / 2 for v in x])
    return np.where(np.isnan(x), np.nan, -np.log(1 - mid / n + .5 / n) - 1)


def two_way(y, cell, assay):
    """exp(mean + effects): ridge on indicators, the mean left alone."""
    x = np.zeros((len(TRACKS), CELLS + ASSAYS))
    for i, (c, a) in enumerate(TRACKS):
        x[i, c] = x[i, CELLS + a] = 1
    w = np.linalg.solve(x.T @ x + .09 * np.eye(x.shape[1]), x.T @ (y - y.mean()))
    return np.exp(y.mean() + w[cell] + w[CELLS + assay])


def similarities(z10):
    """R [track][track] of tracks of one assay (else NaN); z10 [track][bins]."""
    r = np.full((len(TRACKS), len(TRACKS)), np.nan)
    for b in range(ASSAYS):
        some = [i for i, (_, e) in enumerate(TRACKS) if e == b]
        e = z10[some] - z10[some].mean(0)
        norm = np.sqrt((e ** 2).sum(1))
        r[np.ix_(some, some)] = e @ e.T / np.outer(norm, norm)
    return r


def weighted(v, r, c, a):
    """The mean of v[:, a] over other cell types, weighted by their similarity to c; 0 of none."""
    seen = {t: i for i, t in enumerate(TRACKS) if i != HIDDEN_TRACK}
    rho, values = [], []
    for d in (d for d in range(CELLS) if d != c and (d, a) in seen):
        both = [r[seen[c, b], seen[d, b]] for b in range(ASSAYS)
                if b != a and (c, b) in seen and (d, b) in seen]
        rho.append(sum(both) / (len(both) + 1))
        values.append(np.nan_to_num(v[seen[d, a]]))
    if not rho:
        return np.zeros_like(v[0])
    w = np.exp(8 * np.array(rho))
    return np.tensordot(w / w.sum(), values, 1)


def target_inputs(v, r, c, a):
    """Inputs [bins][F but the assay's row], base [bins], k of a target; v [track][V][bins]."""
    visible = {t: np.nan_to_num(v[i]) for i, t in enumerate(TRACKS) if i != HIDDEN_TRACK}
    elsewhere, own, bits = [], [], []
    for b in range(ASSAYS):
        others = [x for (d, e), x in visible.items() if e == b and d != c]
        mu = np.mean(others, 0) if others else np.zeros_like(v[0])
        elsewhere.append(mu)
        mine = visible.get((c, b)) if b != a else None
        own.append(mine - mu if mine is not None and others else np.zeros_like(mu))
        bits.append(np.full(v.shape[2], mine is not None, float))
    others = [x for (d, e), x in visible.items() if e == a and d != c]
    sd = np.zeros_like(v[0])
    if len(others) > 1:
        sd = np.sqrt(np.maximum(np.var(others, 0), 1e-6))
    x = np.concatenate(elsewhere + own + [np.array(bits)] +
                       [elsewhere[a], sd, weighted(v, r, c, a) - elsewhere[a]])
    return x.T, elsewhere[a][len(WINDOWS)], len(others)


class Network:
    """Parameters in one vector, in the order of the model's tensors."""

    def __init__(self, n_inputs, rng):
        shapes = ((n_inputs, HIDDEN), (HIDDEN,), (HIDDEN,), (1,), (ASSAYS, WIDTH), (1,))
        ends = np.cumsum([0] + [int(np.prod(s)) for s in shapes])
        self.theta = rng.uniform(-.5, .5, ends[-1]).astype("f4").astype("f8")
        self.parts = [self.theta[i:j].reshape(s) for i, j, s in zip(ends, ends[1:], shapes)]

    def predict(self, x, base, k, a):
        w1, b1, w2, b2, rows, count = self.parts
        full = np.concatenate([x, np.tile(rows[a], (len(x), 1))], 1)
        h = np.maximum(full @ w1 + b1, 0)
        return (h @ w2 + b2[0] + base) * (1 + count[0] * (1 / max(k, 1) - .5))

    def parts_of(self, x, base, k, a):
        """[6][bins]: gradients along the path from no input, and the mean of the assays' rows, to x
        and the row, at the middles of its steps, times the way; what is there at its beginning."""
        w1, b1, w2, b2, rows, count = self.parts
        row0 = rows.mean(0)
        way = np.concatenate([x, np.tile(rows[a] - row0, (len(x), 1))], 1)
        start = np.concatenate([np.zeros(x.shape[1]), row0]) @ w1 + b1
        u, slope = way @ w1, 0
        for i in range(PATH):
            slope = slope + (start + (i + .5) / PATH * u > 0) / PATH
        each = way * ((slope * w2) @ w1.T)
        n = ASSAYS * V
        part = np.repeat([2, 0, 0, 1, 4], [n, n, ASSAYS, 3 * V, WIDTH])     # own, target, elsewhere
        part[a * V:(a + 1) * V] = 1
        signal = np.r_[0:2 * n, 2 * n + ASSAYS:2 * n + ASSAYS + 3 * V]
        value = np.tile(np.arange(V), len(signal) // V)
        part[signal[value % len(WINDOWS) == len(WINDOWS) - 1]] = 3          # context
        out = np.array([each[:, part == p].sum(1) for p in range(5)])
        out[1] += base
        out = np.concatenate([out, np.full((1, len(x)), np.maximum(start, 0) @ w2 + b2[0])])
        return out * (1 + count[0] * (1 / max(k, 1) - .5))

    def loss(self, targets, inputs, truth):
        """Mean squared error over targets with another cell type, and bins that are measured."""
        sums = [(np.nansum((self.predict(*i, a) - y) ** 2), (~np.isnan(y)).sum())
                for (_, a), i, y in zip(targets, inputs, truth) if i[2]]
        return sum(s for s, _ in sums) / sum(n for _, n in sums)


def main():
    rng = np.random.default_rng(12)
    n_bins = sum(RUNS)
    signal = np.round(4 * rng.gamma(.7, 1, (len(TRACKS), n_bins)), 0) / 4
    signal[rng.random(signal.shape) < .06] = np.nan
    mean = np.nanmean(signal, 1)
    sd = np.array([box(x, 10)[~np.isnan(x)].std() for x in signal])
    v = np.array([[box(y, h) for y in (rank_scores(x), (x - m) / s) for h in WINDOWS]
                  for x, m, s in zip(signal, mean, sd)])
    put("observed.tracks", TRACKS)
    put("observed.runs", RUNS)
    put("observed.hidden", [HIDDEN_TRACK])
    put("observed.unseen", UNSEEN)
    put("observed.signal", signal)
    put("observed.mean", mean)
    put("observed.sd", sd)
    put("observed.predicted", [[two_way(np.log(y), c, a) for y in (mean, sd)] for c, a in UNSEEN])
    every = np.arange(0, n_bins, 9)
    put("observed.values", v[:, :, every])
    z10 = np.array([box((x - m) / s, 10) for x, m, s in zip(signal, mean, sd)])
    r = similarities(z10)
    put("observed.similar", r)
    inputs = [target_inputs(v, r, c, a) for c, a in TRACKS + UNSEEN]
    put("observed.inputs", np.array([x[every] for x, _, _ in inputs]))
    net = Network(inputs[0][0].shape[1] + WIDTH, rng)
    put("observed.parameters", net.theta)
    put("observed.predictions", [net.predict(*i, a)[every]
                                 for i, (_, a) in zip(inputs, TRACKS + UNSEEN)])
    truth = v[:, len(WINDOWS)]
    put("observed.loss", [net.loss(TRACKS, inputs, truth)])
    grad = np.zeros_like(net.theta)
    for i in range(len(grad)):
        was = net.theta[i]
        net.theta[i] = was + STEP
        above = net.loss(TRACKS, inputs, truth)
        net.theta[i] = was - STEP
        below = net.loss(TRACKS, inputs, truth)
        net.theta[i] = was
        grad[i] = (above - below) / (2 * STEP)
    put("observed.gradient", grad)
    put("observed.parts", [net.parts_of(x[every], base[every], k, a)
                           for (x, base, k), (_, a) in zip(inputs, TRACKS + UNSEEN)])


print("# made by make_observed_vectors.py; seed 12")
main()
