# SPDX-License-Identifier: MIT
"""broken_runs.py: every way of training, broken off at random moments and taken up again.

    broken_runs.py FOLDER SIGNAL=CYCLES...  SIGNAL: TERM, INT or KILL

FOLDER holds signal.avo, lung.avo (a cell type more), pilot.bed and init.avo. CYCLES runs are
broken off by each signal, shared among the ways; each must end by the signal, and what is resumed must end with
the bytes of an unbroken run and leave nothing beside its output. Moments are drawn by a fixed
seed within the unbroken run's time, so that a slow machine breaks as many runs as a fast one.
"""
import os
import random
import signal
import subprocess
import sys
import time

ALL = ["--hidden", "32,32", "--batch", "500", "--patience", "0", "-@2"]
WATCH = ["--valid", "brain:DNase"]
GENOME = ["--train", "genome", "--init", "init.avo"]
# name: options, input, takes up its work again
WAYS = {
    # sizes at which oneDNN's code keeps the stack pointer in the heap for a good part of the time
    "stage1": (["--hidden", "128,128", "--batch", "1000", "--epochs", "6", "-@1"], "signal.avo",
               True),
    "watched": (ALL + WATCH + ["--epochs", "12"], "signal.avo", True),
    "refit": (ALL + WATCH + ["--epochs", "12", "--refit"], "signal.avo", True),
    "warm": (["--init", "init.avo", "--warm", "--hidden", "32", "--epochs", "20"], "signal.avo",
             True),
    "observed": (["--preset", "observed", "--batch", "64", "--epochs", "4"] + WATCH, "signal.avo",
                 True),
    "genome": (GENOME + ["--epochs", "40"], "signal.avo", True),
    "pipe": (GENOME + ["--epochs", "40"], "-", True),
    "both": (["--hidden", "32", "--epochs", "12", "--stage1", "pilot.bed", "--stage2-epochs",
              "40"], "signal.avo", True),
    "transfer": (["--train", "celltypes", "--init", "init.avo", "--epochs", "60"], "lung.avo",
                 False),
}


def start(way, out, resume):
    options, path, _ = WAYS[way]
    command = ["avo-train", "-q"] + options + ["-o", out]
    if resume:
        command += ["--checkpoint", out + ".state", "--resume", "--log", out + ".log"]
    if path != "-":
        return subprocess.Popen(command + [path]), None
    cat = subprocess.Popen(["cat", "signal.avo"], stdout=subprocess.PIPE)
    run = subprocess.Popen(command, stdin=cat.stdout)
    cat.stdout.close()
    return run, cat


def end(run, cat):
    code = run.wait()
    if cat is not None:
        cat.wait()
    return code


def content(path):
    with open(path, "rb") as f:
        return f.read()


def check_log(path):
    """No epoch of a phase is there twice, and none is missing."""
    seen = {}
    with open(path) as f:
        rows = [line.split("\t")[:2] for line in f][1:]
    for phase, epoch in rows:
        if phase not in ("stage1", "refit", "observed"):
            continue
        want = seen.get(phase, 0) + 1
        assert int(epoch) == want, "%s: %s %s (want %d)" % (path, phase, epoch, want)
        seen[phase] = want


def finish(way, out, whole, n_broken):
    left = sorted(f for f in os.listdir(".") if out in f and f not in (out, out + ".state",
                                                                       out + ".log"))
    assert content(out) == whole, "%s: other bytes after %d breaks" % (out, n_broken)
    assert not left, "%s: left behind: %s" % (out, left)
    if WAYS[way][2] and way not in ("genome", "pipe"):
        check_log(out + ".log")


def unbroken(way):
    """Its bytes and how long it takes."""
    begun = time.time()
    run, cat = start(way, way + ".whole", False)
    assert end(run, cat) == 0, way
    return content(way + ".whole"), time.time() - begun


def cycles(way, sig, want, whole, span):
    rng = random.Random(int(sig))
    broken = tries = in_a_row = 0
    while broken < want:
        tries += 1
        assert tries <= 20 * want + 20, "%s: too few runs could be broken off" % way
        out = "%s.%d" % (way, tries)
        while True:
            run, cat = start(way, out, WAYS[way][2])
            if broken < want and in_a_row < 4:
                time.sleep(rng.uniform(0, span))
                run.send_signal(sig)
            code = end(run, cat)
            if code == 0:
                break
            assert code == -sig, "%s: status %d after %s" % (out, code, sig.name)
            broken += 1
            in_a_row += 1
        finish(way, out, whole, broken)
        in_a_row = 0
        for f in os.listdir("."):
            if f.startswith(out):
                os.remove(f)
    print("%s: %d runs broken off by %s in %d tries, unbroken %.2f s" % (
        way, broken, sig.name, tries, span), flush=True)


def main():
    os.chdir(sys.argv[1])
    signal.signal(signal.SIGINT, signal.default_int_handler)    # sh's background has it ignored
    for i, way in enumerate(WAYS):
        whole, span = unbroken(way)
        for name, n in (arg.split("=") for arg in sys.argv[2:]):
            share = int(n) * (i + 1) // len(WAYS) - int(n) * i // len(WAYS)
            cycles(way, signal.Signals["SIG" + name], share, whole, span)


main()
