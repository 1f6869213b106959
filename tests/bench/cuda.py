# SPDX-License-Identifier: MIT
"""Called by cuda.sh BUILD [quick]: prints, as Markdown, what this card, driver and build measure:
every product and kernel against its floor, and samples per second of stage 1, stage 2 and
imputation beside PyTorch's, eager and compiled, where PyTorch with CUDA is installed."""
import datetime
import os
import subprocess
import sys

BUILD = sys.argv[1]
QUICK = "quick" in sys.argv[2:]
STEPS = "40" if QUICK else "200"
TORCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cuda_torch.py")
TABLE = os.path.join(BUILD, "cuda-algorithms.tsv")
TARGETS = {"stage 1": 23e6, "stage 2": 35e6, "imputation": 75e6}    # on an H200, bf16


def run(*command, algorithms=False):
    """-> lines of output; exits with the program's words where it fails"""
    env = dict(os.environ, AVO_CUDA_ALGOS=TABLE if algorithms else "")
    if os.environ.get("AVO_LIBRARIES"):
        env["LD_LIBRARY_PATH"] = ":".join(
            x for x in (os.environ["AVO_LIBRARIES"], os.environ.get("LD_LIBRARY_PATH")) if x)
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout.splitlines()


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for r in rows:
        print("| " + " | ".join(r) + " |", flush=True)
    print()


def kernels():
    lines = run(os.path.join(BUILD, "tests/bench/cuda_kernels"), TABLE)
    print(f"{datetime.date.today()}: {lines[0].lstrip('# ')}\n")
    rows = []
    for line in lines[1:]:
        what, us, floor, bound, note = line.split("\t")
        share = f"{100 * float(floor) / float(us):.0f}%"
        rows.append((what, us, floor, bound, share, note))
    table(("product or kernel", "us", "floor, us", "bound by", "of the floor", "note"), rows)


def rates(precision, algorithms):
    lines = run(os.path.join(BUILD, "tests/bench/cuda_rates"), precision, STEPS,
                algorithms=algorithms)
    return {f[0]: float(f[1]) for f in (l.split("\t") for l in lines) if len(f) == 2}


def torch_rates(mode):
    """-> rates, or why there are none"""
    done = subprocess.run([sys.executable, TORCH, mode, STEPS], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    return {f[0]: float(f[1]) for f in (l.split("\t") for l in done.stdout.splitlines())
            if len(f) == 2}


def main():
    kernels()
    ways = {"bf16, algorithms of the table": rates("bf16", True),
            "bf16, first algorithms": rates("bf16", False),
            "tf32": rates("tf32", False), "f32": rates("f32", False),
            "PyTorch bf16, eager": torch_rates("eager"),
            "PyTorch bf16, compiled": torch_rates("compile")}
    rows = []
    for name, r in ways.items():
        if isinstance(r, str):
            rows.append((name, r, "", ""))
        else:
            rows.append((name,) + tuple(f"{r[k] / 1e6:.2f}" for k in TARGETS))
    rows.append(("target on an H200",) + tuple(f"{t / 1e6:.0f}" for t in TARGETS.values()))
    table(("million samples/s",) + tuple(TARGETS), rows)
    print(f"Table of algorithms: {TABLE}")


main()
