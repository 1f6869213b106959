# SPDX-License-Identifier: MIT
"""Called by cuda.py eager|compile STEPS: samples per second of the reference model restated in
PyTorch on the card, at the sizes of cuda_rates.c, as a practised user would write it: signal and
tables on the card, bf16 products (autocast), fused Adam over all parameters (dense for the genome
tables, as Keras has it). Prints "what TAB rate" lines; exit 77 without PyTorch or a card."""
import sys
import time

BATCH, BINS, PAIRS = 40000, 80000, 64
CELLTYPES, ASSAYS = 127, 24
WIDTHS = (32, 256, 25, 40, 45)
HIDDEN = 2048

try:
    import torch
except ImportError:
    print("PyTorch is not installed", file=sys.stderr)
    sys.exit(77)
if not torch.cuda.is_available():
    print(f"PyTorch {torch.__version__} finds no card", file=sys.stderr)
    sys.exit(77)


class Avocado(torch.nn.Module):
    def __init__(self):
        super().__init__()
        rows = (CELLTYPES, ASSAYS, BINS, BINS // 10 + 1, BINS // 200 + 1)
        self.tables = torch.nn.ModuleList(
            torch.nn.Embedding(n, w) for n, w in zip(rows, WIDTHS))
        self.net = torch.nn.Sequential(
            torch.nn.Linear(sum(WIDTHS), HIDDEN), torch.nn.ReLU(),
            torch.nn.Linear(HIDDEN, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, 1))

    def forward(self, cell, assay, place):
        ids = (cell, assay, place, place // 10, place // 200)
        x = torch.cat([t(i) for t, i in zip(self.tables, ids)], dim=1)
        return self.net(x)[:, 0]


def timed(step, n):
    for i in range(6):
        step(i)
    torch.cuda.synchronize()
    began = time.perf_counter()
    for i in range(6, n + 6):
        step(i)
    torch.cuda.synchronize()
    return n / (time.perf_counter() - began)


def training(model, forward, signal, steps, genome_only):
    for p in model.parameters():
        p.requires_grad_(not genome_only)
    for t in model.tables[2:]:
        t.weight.requires_grad_(True)
    learned = [p for p in model.parameters() if p.requires_grad]
    adam = torch.optim.Adam(learned, lr=1e-3, eps=1e-7, fused=True)
    n_tracks = signal.shape[1]
    bins = torch.arange(BATCH, device="cuda")

    def step(i):
        place = (bins + i * BATCH) % BINS
        track = torch.randint(n_tracks, (BATCH,), device="cuda")
        with torch.autocast("cuda", dtype=torch.bfloat16):
            y = forward(track // ASSAYS, track % ASSAYS, place)
        loss = torch.nn.functional.mse_loss(y.float(), signal[place, track].float())
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()

    return BATCH * timed(step, steps)


def imputing(forward, steps):
    bins = torch.arange(BATCH, device="cuda")

    @torch.no_grad()
    def step(i):
        place = (bins + i * BATCH) % BINS
        cell = torch.full_like(place, i % CELLTYPES)
        with torch.autocast("cuda", dtype=torch.bfloat16):
            return forward(cell, torch.full_like(place, i % ASSAYS), place)

    return BATCH * timed(step, steps)


def main():
    steps = int(sys.argv[2])
    torch.manual_seed(1)
    model = Avocado().cuda()
    forward = torch.compile(model) if sys.argv[1] == "compile" else model
    signal = torch.rand(BINS, CELLTYPES * ASSAYS * 4 // 5, device="cuda").half()
    for name, frozen in (("stage 1", False), ("stage 2", True)):
        print(name, f"{training(model, forward, signal, steps, frozen):.0f}", sep="\t", flush=True)
    print("imputation", f"{imputing(forward, steps):.0f}", sep="\t", flush=True)


main()
