#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes torch_vectors.txt: a tiny model's gradients and integrated gradients and an Adam trace, by
PyTorch in float64.

    tests/oracle/make_torch_vectors.py > tests/oracle/torch_vectors.txt

One line per tensor: name, number of dimensions, the dimensions, then all values in row-major
order, separated by single spaces; lines that begin with # are comments.  README.md names the
tensors.
"""
import math
import sys

import torch
from torch.nn.functional import embedding

SEED_MODEL, SEED_ADAM = 4, 21
BLOCKS = (("celltype", 2, 3), ("assay", 3, 4), ("fine", 6, 2), ("mid", 4, 3), ("coarse", 3, 2))
HIDDEN = (5, 4)
IDS = {     # every table but fine has a row that several samples share, and assay 1 is idle
    "celltype": [0, 1, 1, 0, 1, 0],
    "assay": [0, 2, 0, 2, 2, 0],
    "fine": [0, 1, 2, 3, 4, 5],
    "mid": [0, 0, 1, 1, 2, 3],
    "coarse": [0, 0, 0, 1, 1, 2],
}
LR, BETA1, BETA2, EPS = 1e-3, 0.9, 0.999, 1e-7
ADAM_STEPS = 50
IG_STEPS = 200000


def put(name, t):
    if t.is_floating_point():
        values = [f"{x:.17g}" for x in t.detach().reshape(-1).tolist()]
    else:
        values = [str(x) for x in t.reshape(-1).tolist()]
    print(name, t.dim(), *t.shape, *values)


def forward(x, layers):
    """-> prediction [B], and the hidden layers' values before the ReLU"""
    before = []
    for w, b in layers[:-1]:
        before.append(x @ w.t() + b)
        x = before[-1].relu()
    return (x @ layers[-1][0].t() + layers[-1][1])[:, 0], before


def model_vectors():
    rng = torch.Generator().manual_seed(SEED_MODEL)

    def leaf(*shape, scale):
        return torch.empty(shape).uniform_(-scale, scale, generator=rng).requires_grad_()

    tables = {name: leaf(rows, width, scale=1.0) for name, rows, width in BLOCKS}
    sizes = [sum(width for _, _, width in BLOCKS), *HIDDEN, 1]
    layers = [(leaf(o, i, scale=1.0), leaf(o, scale=0.3)) for i, o in zip(sizes, sizes[1:])]
    target = torch.empty(len(IDS["fine"])).uniform_(0, 3, generator=rng)

    x = torch.cat([embedding(torch.tensor(IDS[n]), tables[n]) for n, _, _ in BLOCKS], 1)
    x.retain_grad()
    y, before = forward(x, layers)
    loss = (y - target).square().sum() / len(target)
    loss.backward()
    check_kinks(before)

    for name, _, _ in BLOCKS:
        put(f"ids.{name}", torch.tensor(IDS[name]))
        put(f"table.{name}", tables[name])
    for i, (w, b) in enumerate(layers, 1):
        put(f"w{i}", w)
        put(f"b{i}", b)
    put("target", target)
    put("x", x)
    put("y", y)
    put("loss", loss.reshape(1))
    put("grad.x", x.grad)
    for name, _, _ in BLOCKS:
        put(f"grad.table.{name}", tables[name].grad)
    for i, (w, b) in enumerate(layers, 1):
        put(f"grad.w{i}", w.grad)
        put(f"grad.b{i}", b.grad)
    return tables, [(w.detach(), b.detach()) for w, b in layers], x.detach()


def integrated_gradients(x, x0, layers):
    """[samples][blocks]: (x - x0) times the mean gradient at the midpoints of IG_STEPS steps."""
    alpha = (torch.arange(IG_STEPS) + 0.5) / IG_STEPS
    out = []
    for sample in x:
        path = (x0 + alpha[:, None] * (sample - x0)).requires_grad_()
        y, _ = forward(path, layers)
        y.sum().backward()
        parts = (sample - x0) * path.grad.mean(0)
        out.append(torch.stack([p.sum() for p in parts.split([w for _, _, w in BLOCKS])]))
        gap = out[-1].sum() - forward(torch.stack([sample, x0]), layers)[0] @ torch.tensor([1., -1.])
        if abs(gap) > 1e-5:
            sys.exit(f"integrated gradients miss f(x) - f(x0) by {gap}: more steps")
    return torch.stack(out)


def attribution_vectors(tables, layers, x):
    """From the mean of every table's rows, from zero, and from the mean without the cell type."""
    mean = torch.cat([tables[name].detach().mean(0) for name, _, _ in BLOCKS])
    known = torch.ones_like(mean)
    known[:BLOCKS[0][2]] = 0
    put("ig.mean", integrated_gradients(x, mean, layers))
    put("ig.zero", integrated_gradients(x, torch.zeros_like(mean), layers))
    put("ig.none", integrated_gradients(x * known, mean * known, layers))


def check_kinks(before):
    """Every hidden unit and every sample must take part in the gradient, some units must be off
    for some samples, and none may lie so near 0 that float32 could move it over."""
    for h in before:
        on = h > 0
        if not (on.any(0).all() and on.any(1).all() and on.double().mean() < 0.75):
            sys.exit("a hidden unit or a sample without gradient: take another seed")
        if h.abs().min() < 0.01:
            sys.exit("a hidden unit too near 0: take another seed")


def adam_gradients(rng):
    """[steps][4]: always; once and then idle; every seventh step; small, so that eps counts"""
    g = torch.randn(ADAM_STEPS, 4, generator=rng) * torch.tensor([0.5, 0.1, 1e-4, 1e-7])
    step = torch.arange(ADAM_STEPS)
    g[step != 0, 1] = 0
    g[step % 7 != 3, 2] = 0
    return g


def adam_vectors():
    rng = torch.Generator().manual_seed(SEED_ADAM)
    w = torch.empty(4).uniform_(-0.05, 0.05, generator=rng).requires_grad_()
    g = adam_gradients(rng)
    put("adam.w0", w)
    put("adam.g", g)
    optim = torch.optim.Adam([w], lr=LR, betas=(BETA1, BETA2))
    trace, m, v = [], [], []
    for t in range(1, ADAM_STEPS + 1):
        w.grad = g[t - 1].clone()
        # PyTorch adds eps to sqrt(v / (1 - b2^t)); scaled so, it is Keras's eps beside sqrt(v).
        optim.param_groups[0]["eps"] = EPS / math.sqrt(1 - BETA2 ** t)
        optim.step()
        trace.append(w.detach().clone())
        m.append(optim.state[w]["exp_avg"].clone())
        v.append(optim.state[w]["exp_avg_sq"].clone())
    put("adam.w", torch.stack(trace))
    put("adam.m", torch.stack(m))
    put("adam.v", torch.stack(v))


def main():
    torch.set_default_dtype(torch.float64)
    print(f"# Made by make_torch_vectors.py, PyTorch {torch.__version__}, float64, seeds "
          f"{SEED_MODEL} (model) and {SEED_ADAM} (Adam).")
    print("# name, number of dimensions, dimensions, values in row-major order; w is [out][in].")
    print("# Tiny model: loss = (1/B) sum (y - target)^2.")
    model = model_vectors()
    print(f"# Adam, Keras's form: lr {LR}, beta {BETA1} {BETA2}, eps {EPS}; row t-1 of g is the "
          "gradient of step t; row t-1 of w, m, v is the state after it.")
    adam_vectors()
    print(f"# Integrated gradients of the tiny model, {IG_STEPS} midpoint steps.")
    attribution_vectors(*model)


if __name__ == "__main__":
    main()
