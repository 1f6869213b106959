# SPDX-License-Identifier: MIT
"""Called by accuracy.sh SIGNAL TRACK...: trains with the tracks withheld, on the CPU in float32 and on
the card in each precision, seed by seed, and compares the mean squared errors of the withheld tracks
(track-eval, all chromosomes). Seeds are added until the standard error of the mean relative
difference is at most 1%, three at least. Plain Python: machines with cards may lack NumPy."""
import csv
import math
import os
import subprocess
import sys

MOST = max(3, int(os.environ.get("AVO_SEEDS", "16")))
EPOCHS = os.environ.get("AVO_EPOCHS", "40")
HIDDEN = os.environ.get("AVO_HIDDEN", "256,256")
SIZES = ["--hidden", HIDDEN, "--batch", "2000", "--epochs", EPOCHS, "--stage2-epochs", "10"]
WAYS = ("bf16", "tf32", "f32")
MARGIN = 0.005


def run(*command):
    subprocess.run(command, check=True)


def error_of(signal, tracks, seed, device):
    """Stage 1 on everything, then the genome factors anew: -> error after each stage"""
    name = f"{seed}.{device[1]}.{device[-1]}"
    pick = [x for t in tracks for x in ("-t", t)]
    roles = [x for t in tracks for x in ("--test", t)]
    run("avo-train", "-q", *device, "--seed", str(seed), *SIZES, *roles, "-o", f"{name}.one",
        signal)
    run("avo-train", "-q", *device, "--init", f"{name}.one", "--train", "genome", "--epochs", "10",
        "-o", f"{name}.two", signal)
    errors = []
    for stage in ("one", "two"):
        run("avo-impute", "-q", *device, *pick, "-o", f"{name}.i", f"{name}.{stage}")
        run("track-eval", "-q", "--observed", signal, *roles, "--imputed", f"x={name}.i", "--scope",
            "genome", "-o", "scores.tsv")
        with open("scores.tsv", newline="") as f:
            rows = [r for r in csv.reader((l for l in f if not l.startswith("#")), delimiter="\t")]
        head = next(r for r in rows if "method" in r)
        found = [r for r in rows if r[0] == "overall" and r[head.index("method")] == "x"]
        if len(found) != 1:
            sys.exit(f"{len(found)} rows of errors in scores.tsv (want 1)")
        errors.append(float(found[0][head.index("mse")]))
    return errors


def spread(x):
    """-> mean, standard error of the mean"""
    m = sum(x) / len(x)
    return m, math.sqrt(sum((v - m) ** 2 for v in x) / (len(x) - 1) / len(x))


def main():
    signal, tracks = sys.argv[1], sys.argv[2:]
    diffs = {(way, stage): [] for way in WAYS for stage in (1, 2)}
    for seed in range(1, MOST + 1):
        cpu = error_of(signal, tracks, seed, ["--device", "cpu"])
        for way in WAYS:
            card = error_of(signal, tracks, seed, ["--device", "cuda", "--precision", way])
            for stage in (1, 2):
                diffs[way, stage].append(card[stage - 1] / cpu[stage - 1] - 1)
            print(f"seed {seed} {way}: CPU {cpu[0]:.5f} {cpu[1]:.5f} card {card[0]:.5f} "
                  f"{card[1]:.5f}", flush=True)
        if seed >= 3 and all(spread(d)[1] <= 0.01 for d in diffs.values()):
            break
    bad = 0
    for (way, stage), d in diffs.items():
        mean, se = spread(d)
        allowed = max(MARGIN, 2 * se)
        verdict = "ok" if abs(mean) <= allowed and se <= 0.01 else "TOO FAR"
        bad += verdict != "ok"
        print(f"stage {stage}, {way}: {100 * mean:+.3f}% (standard error {100 * se:.3f}%, "
              f"{len(d)} seeds), allowed {100 * allowed:.3f}%: {verdict}")
    sys.exit(bad > 0)


main()
