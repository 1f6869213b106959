# SPDX-License-Identifier: MIT
"""Called by train.sh: samples per second of avo-train and of torch_step.py with the same sizes and
threads, by the clock and by processor time; values per second of avo-impute and track-eval."""
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

QUICK = "quick" in sys.argv[1:]
BINS = 300000 if QUICK else 1126400     # as in the pilot regions
REPEATS = 3
SECONDS = 4 if QUICK else 10            # of one PyTorch run
THREADS = int(os.environ.get("THREADS") or len(os.sched_getaffinity(0)))
BATCH = 10000
CELLTYPES, ASSAYS = 5, 4                # one of the 20 tracks is withheld, as in the tests
WIDTHS = ("celltype", "assay", "fine", "mid", "coarse")
SIZES = (("128", "32,24,10,20,30"), ("256,256", "32,256,25,40,45"))
TORCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torch_step.py")


def row(what, ours, theirs, unit):
    """theirs None: nothing to compare with; a string: why not."""
    known = isinstance(theirs, float)
    print(what, f"{ours:,.0f} {unit}", f"{theirs:,.0f} {unit}" if known else theirs or "-",
          f"{ours / theirs:.2f}" if known else "-", sep="\t", flush=True)


def timed(*command):
    """-> seconds by the clock, processor seconds; output is thrown away"""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu, clock = used.ru_utime + used.ru_stime, time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    clock = time.perf_counter() - clock
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return clock, used.ru_utime + used.ru_stime - cpu


def make_signal():
    subprocess.run(["make-compendium", "-q", "-o", "tracks", "--celltypes", str(CELLTYPES),
                    "--assays", str(ASSAYS), "--missing", "0", "--test", "1", "--chrom",
                    f"chr20:{BINS * 25}"], check=True)
    subprocess.run(["bw2tensor", "-q", "--all-bins", "-o", "signal.avo", "tracks/tracks.tsv"],
                   check=True)


def train(options, epochs):
    return timed("avo-train", "-q", "--device", "cpu", "-@", str(THREADS), *options, "--epochs",
                 str(epochs), "-o", "model.avo", "signal.avo")


def our_rates(options):
    """Samples per second and per processor second: two runs, whose difference holds no start-up."""
    few, many = train(options, 1), train(options, 4)
    steps = -(-BINS // BATCH)
    samples = 3 * (steps * BATCH if "reference" in options else BINS)
    return samples / (many[0] - few[0]), samples / (many[1] - few[1])


def torch_rates(hidden, factors, optimizer):
    """-> the same two rates, or None where PyTorch is missing"""
    env = dict(os.environ, OMP_NUM_THREADS=str(THREADS))
    done = subprocess.run(
        [sys.executable, TORCH, "--threads", str(THREADS), "--hidden", hidden, "--factors", factors,
         "--batch", str(BATCH), "--tracks", str(CELLTYPES * ASSAYS - 1), "--bins", str(BINS),
         "--seconds", str(SECONDS), "--optimizer", optimizer], env=env, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    if done.returncode == 77:
        return None
    if done.returncode:
        sys.exit(done.stderr)
    fields = dict(f.split("=", 1) for f in done.stdout.split())
    return float(fields["samples_per_s"]), float(fields["samples_per_cpu_s"])


def median(rates, i):
    return statistics.median(r[i] for r in rates) if all(rates) else "not installed"


def compare(hidden, factors):
    widths = [f"{n}={w}" for n, w in zip(WIDTHS, factors.split(","))]
    options = ["--preset", "reference", "--hidden", hidden, "--batch", str(BATCH)]
    for w in widths:
        options += ["--factors", w]
    ours, theirs = [], {"inplace": [], "torch": []}
    for _ in range(REPEATS):
        ours.append(our_rates(options))
        for optimizer, rates in theirs.items():
            rates.append(torch_rates(hidden, factors, optimizer))
    name = f"avo-train {hidden}, {factors.replace(chr(44), chr(47))} / PyTorch"
    for optimizer, rates in theirs.items():
        adam = "Adam in place" if optimizer == "inplace" else "torch.optim"
        row(f"{name}, {adam}", median(ours, 0), median(rates, 0), "/s")
        row("    the same by processor time", median(ours, 1), median(rates, 1), "/s")


def alone():
    """What has no counterpart here."""
    rates = [our_rates([]) for _ in range(REPEATS)]
    row("avo-train, default preset, samples", median(rates, 0), None, "/s")
    n_pairs = CELLTYPES * ASSAYS
    impute = ["avo-impute", "-q", "-@", str(THREADS), "--all"]
    seconds = statistics.median(timed(*impute, "model.avo")[0] for _ in range(REPEATS))
    row("avo-impute, default preset, values", BINS * n_pairs / seconds, None, "/s")
    subprocess.run([*impute, "-o", "imputed.avo", "model.avo"], check=True)
    seconds = statistics.median(
        timed("track-eval", "-q", "-@", str(THREADS), "--observed", "signal.avo", "--imputed",
              "imputed.avo")[0] for _ in range(REPEATS))
    row("track-eval, values of both", 2 * BINS * n_pairs / seconds, None, "/s")


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        make_signal()
        print(f"training: {BINS:,} bins, {CELLTYPES * ASSAYS - 1} tracks, {THREADS} threads",
              "", "", "", sep="\t", flush=True)
        for hidden, factors in SIZES:
            compare(hidden, factors)
        alone()


main()
