#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Training samples per second of the reference model in PyTorch: what `make bench` compares with.

Synthetic signal, sizes as arguments, dense Adam as in the released code.  Prints one line of
TAB-separated name=value fields, samples_per_s first.  `--optimizer` chooses between our in-place
Adam (the quicker, hence the fair comparison) and torch.optim.Adam, what a user would write.

    tests/bench/torch_step.py --threads 2 --hidden 128 --factors 32,24,10,20,30 --tracks 19
"""
import argparse
import os
import sys
import time


def sizes(text):
    values = [int(x) for x in text.split(",")]
    if min(values) < 1:
        raise argparse.ArgumentTypeError(f"sizes must be positive: '{text}'")
    return values


def positive(text):
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be positive: '{text}'")
    return int(text)


def parse():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--hidden", type=sizes, default=[128], help="hidden layers [128]")
    p.add_argument("--factors", type=sizes, default=[32, 24, 10, 20, 30],
                   help="widths: celltype,assay,fine,mid,coarse [32,24,10,20,30]")
    p.add_argument("--batch", type=positive, default=10000, help="[%(default)s]")
    p.add_argument("--tracks", type=positive, default=19, help="[%(default)s]")
    p.add_argument("--bins", type=positive, default=1126469, help="[%(default)s]")
    p.add_argument("--seconds", type=float, default=10, help="measured time [%(default)s]")
    p.add_argument("--threads", type=positive, default=2, help="OMP_NUM_THREADS [%(default)s]")
    p.add_argument("--optimizer", choices=("inplace", "torch"), default="inplace",
                   help="[%(default)s]")
    args = p.parse_args()
    if len(args.factors) != 5:
        p.error(f"--factors: got {len(args.factors)} widths, want 5")
    if args.batch > args.bins:
        p.error(f"--batch {args.batch} is more than --bins {args.bins}")
    return args


def synthetic(args, ref, torch):
    """-> signal [tracks][bins] float16, pairs [tracks][2], (rows, row of every bin) by scale"""
    rng = torch.Generator().manual_seed(1)
    signal = torch.empty(args.tracks, args.bins, dtype=torch.float16)
    for row in signal:
        row.copy_(torch.rand(args.bins, generator=rng).pow_(4).mul_(3))
    n_assays = max(1, round(args.tracks ** 0.5))
    track = torch.arange(args.tracks)
    pairs = torch.stack([torch.div(track, n_assays, rounding_mode="floor"), track % n_assays], 1)
    scales = []
    for per_row in (1, ref.BINS_PER_MID, ref.BINS_PER_COARSE):
        rows = torch.div(torch.arange(args.bins), per_row, rounding_mode="floor")
        scales.append((int(rows[-1]) + 1, rows))
    return signal, pairs, scales


class TorchOptim:
    """torch.optim.Adam behind the interface of ref.DenseAdam, gradients made dense for it."""

    def __init__(self, params, torch):
        self.params = params
        self.optim = torch.optim.Adam(params, lr=1e-3, eps=1e-7)
        self.t = 0

    def step(self, grads):
        self.t += 1
        for p, (rows, g) in zip(self.params, grads):
            if rows is None:
                p.grad = g
                continue
            if p.grad is None:
                p.grad = p.new_zeros(p.shape)
            p.grad.zero_()
            p.grad[rows] = g
        self.optim.step()


def measure(args, ref, torch):
    """-> (steps, seconds, CPU seconds, last loss)"""
    signal, pairs, scales = synthetic(args, ref, torch)
    rows = [int(pairs[:, 0].max()) + 1, int(pairs[:, 1].max()) + 1] + [n for n, _ in scales]
    names = [name for name, _ in ref.BLOCKS]
    model = ref.Avocado(list(zip(names, rows, args.factors)), args.hidden, 1)
    if args.optimizer == "torch":
        model.adam = TorchOptim(model.adam.params, torch)
    start, steps, began = 0, -3, None
    while began is None or time.perf_counter() - began < args.seconds or steps < 3:
        if steps == 0:
            began, cpu = time.perf_counter(), time.process_time()
        bins = torch.arange(start, start + args.batch) % args.bins
        start = (start + args.batch) % args.bins
        track = torch.randint(args.tracks, (args.batch,), generator=model.rng)
        pair = pairs[track]
        ids = [pair[:, 0], pair[:, 1]] + [row[bins] for _, row in scales]
        loss = model.train_step(ids, signal[track, bins].float())
        steps += 1
    return steps, time.perf_counter() - began, time.process_time() - cpu, loss


def main():
    args = parse()
    os.environ["OMP_NUM_THREADS"] = str(args.threads)   # before the libraries are loaded
    # Threads that spin at barriers stall each other as soon as another program needs a core.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, os.path.join(here, "..", "oracle"))
    sys.dont_write_bytecode = True
    try:
        import torch
        import reference_torch as ref
    except ImportError as e:
        print(f"torch_step.py: {e}", file=sys.stderr)
        sys.exit(77)
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    ref.DenseAdam.PIECE *= args.threads
    steps, seconds, cpu, loss = measure(args, ref, torch)
    print(f"samples_per_s={steps * args.batch / seconds:.0f}",
          f"samples_per_cpu_s={steps * args.batch / cpu:.0f}", f"steps={steps}",
          f"seconds={seconds:.3f}", f"threads={args.threads}", f"optimizer={args.optimizer}",
          f"loss={loss:.4f}", f"torch={torch.__version__}", sep="\t")


if __name__ == "__main__":
    main()
