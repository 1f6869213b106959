#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The released Avocado's training, restated in PyTorch: the yardstick of `--preset reference`.

Trains the model of the reference preset on the pilot tracks, one track withheld, and writes
training and withheld error by epoch for a number of seeds.  The recorded figures lie in
reference_torch.tsv beside this script; README.md says how they were made and how they are used.

    AVO_REAL_DATA=... nice -n 5 tests/oracle/reference_torch.py --jobs 2 -o reference_torch.tsv

Shapes in the comments: B batch, F concatenated factors, H hidden units, G bins.
"""
import os
import sys

if __name__ == "__main__" and "OMP_NUM_THREADS" not in os.environ:
    os.environ["OMP_NUM_THREADS"] = "1"     # read when the library is loaded: one core per job

import argparse
import datetime
import math
import multiprocessing
import time

import numpy as np
import torch
from torch.nn.functional import embedding

BLOCKS = (("celltype", 32), ("assay", 24), ("fine", 10), ("mid", 20), ("coarse", 30))
HIDDEN = (128,)
BATCH = 10000
STEPS_PER_EPOCH = 113
BIN_BP, BINS_PER_MID, BINS_PER_COARSE = 25, 10, 200
WITHHELD = ("E065", "H3K4me3")
FACTOR_BOUND = 0.05
EVALUATED = (1, 5, 10)


class DenseAdam:
    """Adam in Keras's form on every element at every step, whether it has a gradient or not.

    lr_t = lr sqrt(1 - b2^t) / (1 - b1^t);  w -= lr_t m / (sqrt(v) + eps).  Works in place, on
    pieces that stay in the processor's cache.
    """
    PIECE = 1 << 16

    def __init__(self, params, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-7):
        self.params = params
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t = 0
        self.m = [torch.zeros_like(p) for p in params]
        self.v = [torch.zeros_like(p) for p in params]
        self.scratch = torch.empty(self.PIECE, dtype=params[0].dtype)

    def step(self, grads):
        """One step; grads[i] = (rows, g): g [len(rows)][width], all other rows having gradient 0;
        rows None: g is the gradient of the whole tensor."""
        self.t += 1
        lr_t = self.lr * math.sqrt(1 - self.beta2 ** self.t) / (1 - self.beta1 ** self.t)
        for p, m, v, (rows, g) in zip(self.params, self.m, self.v, grads):
            # The gradient goes in before the decay, hence divided by it.
            self._add(m, rows, g * ((1 - self.beta1) / self.beta1))
            self._add(v, rows, g * g * ((1 - self.beta2) / self.beta2))
            p, m, v = p.view(-1), m.view(-1), v.view(-1)
            for i in range(0, p.numel(), self.PIECE):
                self._piece(p[i:i + self.PIECE], m[i:i + self.PIECE], v[i:i + self.PIECE], lr_t)

    @staticmethod
    def _add(t, rows, g):
        if rows is None:
            t.add_(g)
        else:
            t.index_put_((rows,), t[rows].add_(g))      # rows are unique

    def _piece(self, p, m, v, lr_t):
        root = self.scratch[:p.numel()]
        m.mul_(self.beta1)
        v.mul_(self.beta2)
        torch.sqrt(v, out=root)
        root.add_(self.eps)
        p.addcdiv_(m, root, value=-lr_t)


class Avocado:
    """Factor tables, one per block, and a ReLU network on their concatenation.

    blocks: (name, rows, width) in the order of concatenation; hidden: widths of the hidden layers.
    """

    def __init__(self, blocks, hidden, seed):
        self.rng = torch.Generator().manual_seed(seed)
        self.names = [name for name, _, _ in blocks]
        self.tables = [self._uniform((rows, width), FACTOR_BOUND) for _, rows, width in blocks]
        sizes = [sum(width for _, _, width in blocks), *hidden, 1]
        self.weights, self.biases = [], []
        for n_in, n_out in zip(sizes, sizes[1:]):
            self.weights.append(self._uniform((n_out, n_in), math.sqrt(6 / (n_in + n_out))))
            self.biases.append(torch.zeros(n_out))
        self.adam = DenseAdam(self.tables + self.weights + self.biases)

    def _uniform(self, shape, bound):
        return torch.empty(shape).uniform_(-bound, bound, generator=self.rng)

    def network(self, x, weights, biases):
        """x [B][F] -> [B]"""
        for w, b in zip(weights[:-1], biases[:-1]):
            x = torch.relu(torch.addmm(b, x, w.t()))
        return torch.addmm(biases[-1], x, weights[-1].t())[:, 0]

    def predict(self, ids):
        """ids: one [B] tensor of row numbers per block."""
        with torch.no_grad():
            x = torch.cat([t[i] for t, i in zip(self.tables, ids)], 1)
            return self.network(x, self.weights, self.biases)

    def gradients(self, ids, y):
        """-> loss = (1/B) sum (prediction - y)^2, and what DenseAdam.step takes."""
        touched = [i.unique(return_inverse=True) for i in ids]
        rows = [t[r].requires_grad_() for t, (r, _) in zip(self.tables, touched)]
        weights = [w.detach().requires_grad_() for w in self.weights]
        biases = [b.detach().requires_grad_() for b in self.biases]
        x = torch.cat([embedding(at, r) for r, (_, at) in zip(rows, touched)], 1)
        loss = (self.network(x, weights, biases) - y).square().mean()
        grads = torch.autograd.grad(loss, rows + weights + biases)
        where = [r for r, _ in touched] + [None] * (len(weights) + len(biases))
        return loss.item(), list(zip(where, grads))

    def train_step(self, ids, y):
        loss, grads = self.gradients(ids, y)
        if not math.isfinite(loss):
            raise ArithmeticError(f"loss is {loss} at step {self.adam.t + 1}")
        self.adam.step(grads)
        return loss


def read_bins(path):
    """BED of whole bins -> [(chromosome, first bin, end bin)], chromosomes by number."""
    with open(path) as f:
        rows = [line.split()[:3] for line in f if line.strip() and line[0] != "#"]
    regions = [(c, int(s) // BIN_BP, int(e) // BIN_BP) for c, s, e in rows]
    return sorted(regions, key=lambda r: (int(r[0][3:]), r[1]))


def row_numbers(regions):
    """-> (n_rows, row of every bin) for fine, mid and coarse; rows by the bin's coordinate."""
    chrom = np.concatenate([np.full(e - s, int(c[3:])) for c, s, e in regions])
    grid = np.concatenate([np.arange(s, e) for _, s, e in regions])
    out = []
    for per_row in (1, BINS_PER_MID, BINS_PER_COARSE):
        keys, rows = np.unique(chrom * 10 ** 9 + grid // per_row, return_inverse=True)
        out.append((len(keys), torch.from_numpy(rows)))
    return out


def read_track(path, regions):
    """-> arcsinh of every bin's mean, uncovered bases as 0, rounded to float16."""
    import pyBigWig
    bw = pyBigWig.open(path)
    parts = [bw.values(c, s * BIN_BP, e * BIN_BP, numpy=True) for c, s, e in regions]
    bw.close()
    bases = np.nan_to_num(np.concatenate(parts).astype(np.float64), nan=0.0)
    return np.arcsinh(bases.reshape(-1, BIN_BP).mean(1)).astype(np.float16)


class Pilot:
    """The pilot tracks: training signal [tracks][G], the withheld track [G], row numbers."""

    def __init__(self, data):
        regions = read_bins(os.path.join(data, "annotation", "pilot_bins.bed"))
        self.scales = row_numbers(regions)
        self.n_bins = len(self.scales[0][1])
        with open(os.path.join(data, "pilot", "tracks.tsv")) as f:
            table = [line.rstrip("\n").split("\t")[:3] for line in f if line.strip()]
        signal = {(c, a): read_track(os.path.join(data, "pilot", name), regions)
                  for c, a, name in table}
        self.withheld = torch.from_numpy(signal.pop(WITHHELD)).float()
        self.names = list(signal)
        self.signal = torch.from_numpy(np.stack(list(signal.values())))
        self.celltypes = sorted({c for c, _ in self.names})
        self.assays = sorted({a for _, a in self.names})
        self.pair = torch.tensor([self.rows_of(*name) for name in self.names])

    def rows_of(self, celltype, assay):
        return self.celltypes.index(celltype), self.assays.index(assay)

    def blocks(self):
        rows = [len(self.celltypes), len(self.assays)] + [n for n, _ in self.scales]
        return [(name, n, width) for (name, width), n in zip(BLOCKS, rows)]

    def ids(self, pair, bins):
        """pair [B][2] rows of cell type and assay, bins [B] -> one [B] tensor per block"""
        return [pair[:, 0], pair[:, 1]] + [rows[bins] for _, rows in self.scales]


def withheld_error(model, pilot):
    """Mean squared error of the withheld track over all bins."""
    pair = torch.tensor([pilot.rows_of(*WITHHELD)])
    total = 0.0
    for start in range(0, pilot.n_bins, 50000):
        bins = torch.arange(start, min(start + 50000, pilot.n_bins))
        guess = model.predict(pilot.ids(pair.expand(len(bins), 2), bins))
        total += (guess - pilot.withheld[bins]).double().square().sum().item()
    return total / pilot.n_bins


def train(pilot, seed, epochs):
    """-> [(seed, epoch, train_mse, withheld_mse or None)]; errors of an epoch are those met while
    training, before each step."""
    model = Avocado(pilot.blocks(), HIDDEN, seed)
    results, start, began = [], 0, time.time()
    for epoch in range(1, epochs + 1):
        loss = 0.0
        for _ in range(STEPS_PER_EPOCH):
            bins = torch.arange(start, start + BATCH) % pilot.n_bins
            start = (start + BATCH) % pilot.n_bins      # a window begins where the last ended
            track = torch.randint(len(pilot.names), (BATCH,), generator=model.rng)
            y = pilot.signal[track, bins].float()
            loss += model.train_step(pilot.ids(pilot.pair[track], bins), y)
        withheld = withheld_error(model, pilot) if epoch in EVALUATED else None
        results.append((seed, epoch, loss / STEPS_PER_EPOCH, withheld))
        print(f"seed {seed} epoch {epoch} train {results[-1][2]:.6f} withheld {withheld} "
              f"{time.time() - began:.0f} s", file=sys.stderr, flush=True)
    return results


def write_table(path, pilot, rows, args):
    def field(x):
        return "NA" if x is None else f"{x:.7f}"
    constant = (pilot.withheld - pilot.withheld.mean()).square().mean().item()
    with open(path, "w") as f:
        f.write(f"# Made by reference_torch.py on {datetime.date.today()}: Python "
                f"{sys.version.split()[0]}, PyTorch {torch.__version__}, numpy {np.__version__}, "
                f"float32, {args.jobs} jobs of one thread.\n"
                f"# {len(pilot.names)} training tracks, {pilot.n_bins} bins, withheld "
                f"{':'.join(WITHHELD)} (its own constant scores {constant:.7f}).\n"
                "# train_mse: mean over the epoch's 113 steps; withheld_mse: over all bins, after "
                "the epoch; NA: not measured.\n")
        f.write("seed\tepoch\ttrain_mse\twithheld_mse\n")
        for seed, epoch, train_mse, withheld_mse in sorted(rows):
            f.write(f"{seed}\t{epoch}\t{field(train_mse)}\t{field(withheld_mse)}\n")


def self_check():
    """DenseAdam and the gathered gradients against torch.optim.Adam and plain autograd, float64.

    PyTorch adds eps to sqrt(v / (1 - b2^t)): scaling its eps at each step gives Keras's form.
    """
    torch.set_default_dtype(torch.float64)
    model = Avocado([("celltype", 3, 4), ("fine", 40, 5)], (7, 6), 11)
    mine = model.adam.params
    theirs = [p.clone().requires_grad_() for p in mine]
    model.adam.PIECE = 16
    optim = torch.optim.Adam(theirs, lr=1e-3, betas=(0.9, 0.999))
    for t in range(1, 201):
        ids = [torch.randint(3, (8,), generator=model.rng), torch.arange(8 * t, 8 * t + 8) % 40]
        y = torch.rand(8, generator=model.rng)
        x = torch.cat([theirs[0][ids[0]], theirs[1][ids[1]]], 1)
        loss = (model.network(x, theirs[2:5], theirs[5:]) - y).square().mean()
        optim.zero_grad()
        loss.backward()
        optim.param_groups[0]["eps"] = 1e-7 / math.sqrt(1 - 0.999 ** t)
        optim.step()
        model.train_step(ids, y)
    worst = max((a - b).abs().max().item() for a, b in zip(mine, theirs))
    if not worst < 1e-12:
        sys.exit(f"self-check: differs by {worst:.3g} after 200 steps (want below 1e-12)")
    print(f"self-check: differs by {worst:.3g} after 200 steps")


def run_seed(job):
    data, seed, epochs = job
    pilot = Pilot(data)
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.set_flush_denormal(True)
    return train(pilot, seed, epochs)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--seeds", default="1,2,3,4,5", help="comma-separated [%(default)s]")
    p.add_argument("--epochs", type=int, default=10, help="[%(default)s]")
    p.add_argument("--jobs", type=int, default=1, help="seeds trained at a time [%(default)s]")
    p.add_argument("--check", action="store_true", help="only check the optimizer")
    p.add_argument("-o", "--output", help="table to write")
    args = p.parse_args()
    if args.check:
        return self_check()
    data = os.environ.get("AVO_REAL_DATA")
    if not data:
        print("AVO_REAL_DATA is not set", file=sys.stderr)
        sys.exit(77)
    if not args.output:
        p.error("-o FILE is needed")
    jobs = [(data, int(seed), args.epochs) for seed in args.seeds.split(",")]
    with multiprocessing.get_context("spawn").Pool(args.jobs) as pool:
        rows = [row for result in pool.imap(run_seed, jobs) for row in result]
    write_table(args.output, Pilot(data), rows, args)


if __name__ == "__main__":
    main()
