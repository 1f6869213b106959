# SPDX-License-Identifier: MIT
"""ap_eval.py [quick]: average precision against scikit-learn, arrays in memory; folds of boosted
trees against XGBoost's Python in one process a core; a fold of logistic regression against the same
trainings by liblinear alone. Prints rows of run.sh."""
import os
import subprocess
import sys
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = "1"
import numpy as np

QUICK = len(sys.argv) > 1
ROUNDS = 3


def median(v):
    return sorted(v)[len(v) // 2]


def show(what, ours, theirs):
    print("%s\t%.3f s\t%.3f s\t%.1f" % (what, ours, theirs, theirs / ours), flush=True)


def rank(folder, kind, n, threads):
    from sklearn.metrics import average_precision_score
    r = np.random.RandomState(1)
    y = (r.rand(n) < 0.1).astype(np.uint8)
    s = 1 / (1 + np.exp(-4 * r.normal(size=n) - y))     # as a classifier's probabilities
    if kind == "two decimals":
        s = np.round(s, 2)
    path = folder + "/scores"
    with open(path, "wb") as f:
        s.tofile(f)
        y.tofile(f)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        out = subprocess.run(["average_precision", path, str(n), str(threads)], check=True,
                             stdout=subprocess.PIPE).stdout.split()
        ours.append(float(out[0]))
        begun = time.time()
        want = average_precision_score(y, s)
        theirs.append(time.time() - begun)
        if abs(float(out[1]) - want) > 1e-12:
            sys.exit("average precision differs: %s, %r" % (out[1], want))
    show("average precision, %d M rows, %s, %d thread%s" % (n // 1000000, kind, threads,
         "" if threads == 1 else "s"), median(ours), median(theirs))


def one_fold(task):
    import xgboost
    X, y, k = task
    parts = [np.concatenate([np.arange(f, len(y), 20) for f in which]) for which in
             ([f for f in range(20) if f not in (k, (k + 1) % 20)], [(k + 1) % 20], [k])]
    d = [xgboost.DMatrix(X[p], y[p], nthread=1) for p in parts]
    b = xgboost.train({"objective": "binary:logistic", "eval_metric": "map", "eta": 0.1,
                       "tree_method": "exact", "max_depth": 6, "nthread": 1}, d[0], 5000,
                      evals=[(d[1], "v")], early_stopping_rounds=20, verbose_eval=False)
    return b.predict(d[2]).sum()


def learn(folder, n):
    import multiprocessing
    r = np.random.RandomState(2)
    X = r.normal(size=(n, 24)).astype(np.float32)
    y = (X[:, :4].sum(1) + 2 * r.normal(size=n) > 3).astype(float)
    np.save(folder + "/x.npy", X)
    np.save(folder + "/y.npy", y)
    with open(folder + "/folds", "w") as f:
        f.write("row\tfolds\n" + "".join("%d\t%d\n" % (i + 1, i % 20 + 1) for i in range(n)))
    cores = len(os.sched_getaffinity(0))
    ours, theirs = [], []
    for _ in range(ROUNDS):
        begun = time.time()
        subprocess.run(["ap-eval", "-q", "--model", "xgboost", "--labels", folder + "/y.npy",
                        "--folds-in", folder + "/folds", "-o", folder + "/out",
                        "x=" + folder + "/x.npy"], check=True)
        ours.append(time.time() - begun)
        begun = time.time()
        with multiprocessing.Pool(cores) as pool:
            pool.map(one_fold, [(X, y, k) for k in range(20)], 1)
        theirs.append(time.time() - begun)
    show("ap-eval --model xgboost, %d rows x 24 / Python, %d processes" % (n, cores),
         median(ours), median(theirs))


def logistic(folder, n, n_cols):
    import numpy.ctypeslib
    import scipy
    scipy.ctypeslib = numpy.ctypeslib       # what Debian's module expects to be there
    import liblinearutil
    r = np.random.RandomState(3)
    X = r.normal(size=(n, n_cols)).astype(np.float32)
    X[:, n_cols // 2:] += 2 * X[:, :n_cols - n_cols // 2]
    # Far from separable in any third: there iterations grow without bound, and folds are dealt
    # out differently here and there.
    y = (X[:, :8].sum(1) + 8 * r.normal(size=n) > 0).astype(float)
    np.save(folder + "/lx.npy", X)
    np.save(folder + "/ly.npy", y)
    train = np.arange(n) % 2 == 0
    S = (X[train] - X[train].mean(0)) / X[train].std(0)
    S, y = S.astype(float), y[train]
    inner = np.arange(len(y)) % 3

    def problem(rows):
        return liblinearutil.problem(y[rows], S[rows])

    problems = [problem(inner != i) for i in range(3)], problem(inner < 3)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        begun = time.time()
        subprocess.run(["ap-eval", "-q", "-@", "1", "--model", "logistic", "--folds", "2",
                        "--repeats", "1", "--labels", folder + "/ly.npy", "-o", folder + "/out",
                        "x=" + folder + "/lx.npy"], check=True)
        ours.append((time.time() - begun) / 2)
        begun = time.time()
        for C in 10.0 ** (-4 + 8.0 * np.arange(10) / 9):
            for p in problems[0]:
                liblinearutil.train(p, "-s 0 -c %.17g -e 1e-10 -B 1e4 -q" % C)
        liblinearutil.train(problems[1], "-s 0 -c 0.01 -e 1e-10 -B 1e4 -q")
        theirs.append(time.time() - begun)
    show("ap-eval --model logistic, a fold of %d x %d / liblinear, 1 process" % (n // 2, n_cols),
         median(ours), median(theirs))


with tempfile.TemporaryDirectory() as where:
    rows = 2000000 if QUICK else 10000000
    for kind in ("probabilities", "two decimals"):
        for n_threads in (1, 2):
            rank(where, kind, rows, n_threads)
    learn(where, 1500 if QUICK else 6000)
    try:
        logistic(where, 1392, 128)
    except ImportError:
        print("ap-eval --model logistic / liblinear\t-\tnot installed\t-")
