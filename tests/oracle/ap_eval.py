# SPDX-License-Identifier: MIT
"""ap_eval.py: ap-eval against numpy, scipy, scikit-learn, XGBoost's and liblinear's own Python.

  ap_eval.py make DIR SEED          generated features, labels, groups, scores
  ap_eval.py scores OUT THRESHOLD FILE...   --scores: average precision (THRESHOLD "none": 0/1)
  ap_eval.py curve CURVE FILE       --curve of one file of scores
  ap_eval.py folds FOLDS K N SEED [LABELS]  --folds-out; LABELS: stratified
  ap_eval.py xgboost DIR SETS [regression] [best]   scores.tsv, per_fold.tsv, folds.tsv of DIR
  ap_eval.py logistic DIR SETS SEED [accuracy]      the same
  ap_eval.py summary DIR            summary.tsv and tests.tsv from per_fold.tsv
SETS: NAME=X.npy,... ; labels are DIR/y.npy. Exits 1 and says what differs.
"""
import os
import sys
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import numpy as np

warnings.simplefilter("ignore")


def fail(text):
    sys.exit("ap_eval.py: " + text)


def near(got, want, tolerance, what):
    if np.isnan(got) and np.isnan(want):
        return
    if not abs(got - want) <= tolerance:
        fail("%s: got %.17g, want %.17g" % (what, got, want))


def table(path):
    with open(path) as f:
        lines = [line.rstrip("\n").split("\t") for line in f]
    return [dict(zip(lines[0], row)) for row in lines[1:]]


def number(text):
    return np.nan if text == "NA" else float(text)


# ---- data ----

def make(folder, seed):
    r = np.random.RandomState(seed)
    n = 311
    X = r.normal(size=(n, 7)).astype(np.float32)
    X[:, 6] = 3                                         # never varies
    X[:, 2] = np.round(X[:, 2])                         # ties
    z = X[:, 0] + 0.7 * X[:, 1] * X[:, 2] + 0.8 * r.normal(size=n)
    y = (z > np.quantile(z, 0.75)).astype(float)
    np.save(folder + "/y.npy", y)
    np.save(folder + "/z.npy", z)
    np.save(folder + "/a.npy", X)
    np.save(folder + "/b.npy", np.asfortranarray(X[:, 1:4].astype(np.float64)))
    holes = X.copy()
    holes[r.rand(n, 7) < 0.1] = np.nan
    np.save(folder + "/holes.npy", holes)
    with open(folder + "/a.tsv", "w") as f:
        f.write("#chrom\tstart\tend\tgene\t" + "\t".join("f%d" % i for i in range(7)) +
                "\tlabel\tz\n")
        for i in range(n):
            f.write("chr%d\t%d\t%d\tg%d\t" % (1 + i % 9, 1000 * i, 1000 * i + 500, i % 40) +
                    "\t".join("%.9g" % v for v in X[i]) + "\t%d\t%.17g\n" % (y[i], z[i]))
    for kind, score in (("ties", np.round(z)), ("plain", z), ("constant", np.full(n, 0.5)),
                        ("zeros", np.where(r.rand(n) < 0.3, -0.0, np.where(
                            r.rand(n) < 0.3, 0.0, z))),
                        ("huge", z * 10.0 ** r.randint(-300, 300, n))):
        np.savetxt("%s/%s.scores" % (folder, kind), np.c_[y, score], "%.17g", "\t")
    np.savetxt(folder + "/ones.scores", np.c_[np.ones(n), z], "%.17g", "\t")
    np.savetxt(folder + "/none.scores", np.c_[np.zeros(n), z], "%.17g", "\t")
    np.save(folder + "/plain.scores.npy", np.c_[y, z])


def read_scores(path, threshold):
    v = np.load(path) if path.endswith(".npy") else np.loadtxt(path, delimiter="\t", ndmin=2)
    return (v[:, 0] >= threshold).astype(int), v[:, 1]


# ---- scores ----

def check_scores(out, threshold, paths):
    from sklearn.metrics import average_precision_score
    rows = table(out)
    if len(rows) != len(paths):
        fail("%d rows (want %d)" % (len(rows), len(paths)))
    for row, path in zip(rows, paths):
        y, s = read_scores(path, 0.5 if threshold == "none" else float(threshold))
        want = average_precision_score(y, s) if y.any() else np.nan
        near(number(row["average_precision"]), want, 1e-12, path)
        near(float(row["n_rows"]), len(y), 0, path)
        near(float(row["n_positive"]), y.sum(), 0, path)
        near(float(row["prevalence"]), y.mean(), 1e-9, path)
        low, high = number(row["low"]), number(row["high"])
        if int(row["n_resamples"]) == 0:
            near(low, np.nan, 0, path)
            continue
        # an interval of its own: only to a few standard errors of its ends
        r = np.random.RandomState(1)
        own = []
        for _ in range(1000):
            k = r.randint(0, len(y), len(y))
            if y[k].any():
                own.append(average_precision_score(y[k], s[k]))
        spread = np.std(own)
        near(low, np.quantile(own, 0.025), 0.35 * spread + 1e-12, path + " low")
        near(high, np.quantile(own, 0.975), 0.35 * spread + 1e-12, path + " high")


def check_curve(curve, path):
    from sklearn.metrics import precision_recall_curve
    y, s = read_scores(path, 0.5)
    precision, recall, score = precision_recall_curve(y, s)
    rows = table(curve)
    # scikit-learn goes up, and leaves out what lies below full recall
    p = np.array([float(r["precision"]) for r in rows])
    c = np.array([float(r["recall"]) for r in rows])
    t = np.array([float(r["score"]) for r in rows])
    if len(t) != len(np.unique(s)) or not (np.diff(t) < 0).all():
        fail("points: %d (want %d, descending)" % (len(t), len(np.unique(s))))
    for want_p, want_r, want_t in zip(precision[:-1], recall[:-1], score):
        i = int(np.flatnonzero(t == want_t)[0])
        near(p[i], want_p, 1e-12, "precision at %g" % want_t)
        near(c[i], want_r, 1e-12, "recall at %g" % want_t)


# ---- folds ----

def deal(rows, k):
    fold = np.empty(len(rows), int)
    for f in range(k):
        fold[rows[f::k]] = f
    return fold


def order_of(state, n, stratum):
    p = state.permutation(n)
    return p if stratum is None else np.concatenate([p[stratum[p] == 1], p[stratum[p] == 0]])


def read_folds(path):
    v = np.loadtxt(path, delimiter="\t", skiprows=1, dtype=int, ndmin=2)
    if not (v[:, 0] == np.arange(1, len(v) + 1)).all():
        fail("rows of folds are not numbered")
    return v[:, 1:].T - 1


def check_folds(path, k, n_repeats, seed, labels):
    got = read_folds(path)
    stratum = None if labels is None else np.load(labels).astype(int)
    state = np.random.RandomState(seed)
    if got.shape[0] != n_repeats:
        fail("%d repeats" % got.shape[0])
    for r in range(n_repeats):
        want = deal(order_of(state, got.shape[1], stratum), k)
        if not (got[r] == want).all():
            fail("repeat %d has other folds" % (r + 1))


def splits(folds, with_valid):
    k = folds.max() + 1
    for repeat in range(folds.shape[0]):
        for f in range(k):
            v = (f + 1) % k if with_valid else -1
            at = folds[repeat]
            yield (repeat, f, np.flatnonzero((at != f) & (at != v)), np.flatnonzero(at == v),
                   np.flatnonzero(at == f))


# ---- learners ----

def results(folder):
    scores = {}
    for row in table(folder + "/scores.tsv"):
        scores[row["set"], int(row["repeat"]) - 1, int(row["row"]) - 1] = float(row["score"])
    folds = {(row["set"], int(row["repeat"]) - 1, int(row["fold"]) - 1): row
             for row in table(folder + "/per_fold.tsv")}
    return scores, folds


def parse_sets(text):
    return [part.split("=", 1) for part in text.split(",")]


def check_measures(row, y, score, regression, what):
    if regression:
        near(number(row["r2"]), 1 - ((y - score) ** 2).sum() / ((y - y.mean()) ** 2).sum(), 1e-9,
             what)
        near(number(row["mse"]), ((y - score) ** 2).mean(), 1e-9, what)
        near(number(row["pearson"]), np.corrcoef(y, score)[0, 1], 1e-9, what)
        return
    from sklearn.metrics import average_precision_score
    want = average_precision_score(y, score) if y.any() else np.nan
    near(number(row["average_precision"]), want, 1e-12, what)


def compare(what, got, want, tolerance):
    worst = np.abs(got - want).max()
    if not worst <= tolerance:
        fail("%s: scores differ by %g" % (what, worst))
    return worst


def check_xgboost(folder, sets, flags):
    import xgboost
    regression, best = "regression" in flags, "best" in flags
    y = np.load(folder + ("/z.npy" if regression else "/y.npy"))
    folds = read_folds(folder + "/folds.tsv")
    scores, per_fold = results(folder)
    param = {"objective": "reg:squarederror" if regression else "binary:logistic",
             "eval_metric": "rmse" if regression else "map", "tree_method": "exact",
             "max_depth": 6, "eta": 0.1, "nthread": 1, "base_score": 0.5}
    worst = 0
    for name, path in sets:
        X = np.load(path)[:len(y)]
        y = y[:len(X)]
        for repeat, f, train, valid, test in splits(folds, True):
            d = [xgboost.DMatrix(X[k].astype(np.float32), y[k], nthread=1)
                 for k in (train, valid, test)]
            b = xgboost.train(param, d[0], 5000, evals=[(d[1], "v")], early_stopping_rounds=20,
                              verbose_eval=False)
            last = b.best_iteration + 1 if best else b.num_boosted_rounds()
            want = b.predict(d[2], iteration_range=(0, last))
            got = np.array([scores[name, repeat, i] for i in test])
            what = "%s, repeat %d, fold %d" % (name, repeat + 1, f + 1)
            worst = max(worst, compare(what, got, want, 1e-6))
            row = per_fold[name, repeat, f]
            near(float(row["trees"]), b.num_boosted_rounds(), 0, what + " trees")
            near(float(row["best_tree"]), b.best_iteration + 1, 0, what + " best tree")
            check_measures(row, y[test], got, regression, what)
    print("scores differ by at most %g" % worst)


def train_liblinear(X, y, C):
    """Decision values' weights, by liblinear with a constant feature of 1e4."""
    import numpy.ctypeslib
    import scipy
    scipy.ctypeslib = numpy.ctypeslib       # what Debian's module expects to be there
    import liblinearutil
    m = liblinearutil.train(y, X, "-s 0 -c %.17g -e 1e-10 -B 1e4 -q" % C)
    w, b = m.get_decfun()
    sign = 1 if m.get_labels()[0] == 1 else -1
    w = np.r_[w, np.zeros(X.shape[1] - len(w))]     # the last features may be zero throughout
    return sign * w, sign * b


def train_newton(X, y, C):
    """The same without any penalty on the intercept, by Newton's method."""
    A = np.c_[X, np.ones(len(X))]
    R = np.ones(A.shape[1])
    R[-1] = 0
    w = np.zeros(A.shape[1])
    s = 2 * y - 1

    def loss(v):
        return 0.5 * (R * v) @ v + C * np.logaddexp(0, -s * (A @ v)).sum()

    for _ in range(200):
        p = 1 / (1 + np.exp(-(A @ w)))
        g = R * w + C * A.T @ (p - y)
        step = np.linalg.solve(np.diag(R) + C * (A.T * (p * (1 - p))) @ A, -g)
        t = 1.0
        while loss(w + t * step) > loss(w) + 1e-4 * t * (g @ step) and t > 1e-9:
            t /= 2
        w = w + t * step
        if np.abs(step).max() < 1e-12:
            break
    return w[:-1], w[-1]


def check_logistic(folder, sets, seed, accuracy):
    from sklearn.metrics import average_precision_score
    y = np.load(folder + "/y.npy")
    folds = read_folds(folder + "/folds.tsv")
    scores, per_fold = results(folder)
    strengths = 10.0 ** (-4 + 8.0 * np.arange(10) / 9)
    k = folds.max() + 1
    worst = worst_newton = 0
    for name, path in sets:
        X = np.load(path).astype(np.float32).astype(float)
        for repeat, f, train, _, test in splits(folds, False):
            mean, sd = X[train].mean(0), X[train].std(0)
            sd[sd == 0] = 1
            S, T, yt = (X[train] - mean) / sd, (X[test] - mean) / sd, y[train]
            state = np.random.RandomState([seed, repeat * k + f + 1])
            inner = deal(order_of(state, len(train), yt.astype(int)), 3)
            means = []
            for C in strengths:
                part = []
                for i in range(3):
                    w, b = train_liblinear(S[inner != i], yt[inner != i], C)
                    d = S[inner == i] @ w + b
                    part.append(np.mean((d > 0) == yt[inner == i]) if accuracy else
                                average_precision_score(yt[inner == i], d))
                means.append(np.mean(part))
            what = "%s, repeat %d, fold %d" % (name, repeat + 1, f + 1)
            C = float(per_fold[name, repeat, f]["strength"])
            chosen = int(np.argmin(np.abs(np.log(strengths / C))))
            # equal but for rounding: either is right
            if max(means) - means[chosen] > 1e-12:
                fail("%s: strength %g (want %g)" % (what, C, strengths[int(np.argmax(means))]))
            w, b = train_liblinear(S, yt, strengths[chosen])
            got = np.array([scores[name, repeat, i] for i in test])
            worst = max(worst, compare(what, got, T @ w + b, 1e-6))
            w, b = train_newton(S, yt, strengths[chosen])
            d = T @ w + b
            worst_newton = max(worst_newton, compare(what + " (Newton)", got, d,
                                                     1e-5 * (1 + np.abs(d).max())))
            check_measures(per_fold[name, repeat, f], y[test], got, False, what)
    print("scores differ by at most %g, from an unpenalised intercept's by %g"
          % (worst, worst_newton))


# ---- summaries ----

def check_summary(folder):
    import scipy.stats
    rows = table(folder + "/per_fold.tsv")
    measures = [m for m in ("average_precision", "r2", "mse", "pearson") if m in rows[0]]
    names = list(dict.fromkeys(r["set"] for r in rows))
    of = {(s, m): np.array([number(r[m]) for r in rows if r["set"] == s])
          for s in names for m in measures}
    ratio = {s: (sum(int(r["n_test"]) for r in rows if r["set"] == s) /
                 sum(int(r["n_train"]) for r in rows if r["set"] == s)) for s in names}
    seen = 0
    for row in table(folder + "/summary.tsv"):
        v = of[row["set"], row["measure"]]
        n = np.isfinite(v).sum()
        v = v[np.isfinite(v)]
        near(float(row["n_evaluations"]), n, 0, "n")
        if n:
            near(number(row["mean"]), v.mean(), 1e-12, "mean")
        if n > 1:
            near(number(row["sd"]), v.std(ddof=1), 1e-8, "sd")
            near(number(row["se"]), v.std(ddof=1) / n ** 0.5, 1e-8, "se")
            near(number(row["se_resampled"]),
                 v.std(ddof=1) * (1 / n + ratio[row["set"]]) ** 0.5, 1e-8, "se_resampled")
        seen += 1
    if seen != len(of):
        fail("%d rows of summary (want %d)" % (seen, len(of)))
    for row in table(folder + "/tests.tsv"):
        a, b = of[row["set_a"], row["measure"]], of[row["set_b"], row["measure"]]
        both = np.isfinite(a) & np.isfinite(b)
        a, b = a[both], b[both]
        if len(a) < 2:
            near(number(row["p_unadjusted"]), np.nan, 0, "p")
            continue
        t, p = scipy.stats.ttest_rel(a, b)
        near(number(row["mean_diff"]), (a - b).mean(), 1e-8, "difference")
        near(number(row["t"]), t, 1e-7 * (1 + abs(t)), "t")
        near(number(row["p_unadjusted"]), p, 1e-7 * p + 1e-300, "p")
        d = a - b
        t = d.mean() / (d.var(ddof=1) * (1 / len(d) + ratio[row["set_a"]])) ** 0.5
        near(number(row["t_resampled"]), t, 1e-7 * (1 + abs(t)), "t resampled")
        p = 2 * scipy.stats.t.sf(abs(t), len(d) - 1)
        near(number(row["p_resampled"]), p, 1e-7 * p + 1e-300, "p resampled")
        better = -1 if row["measure"] == "mse" else 1
        near(float(row["wins"]), (better * d > 0).sum(), 0, "wins")
        near(float(row["losses"]), (better * d < 0).sum(), 0, "losses")


def main(argv):
    what, rest = argv[0], argv[1:]
    if what == "make":
        make(rest[0], int(rest[1]))
    elif what == "scores":
        check_scores(rest[0], rest[1], rest[2:])
    elif what == "curve":
        check_curve(*rest)
    elif what == "folds":
        check_folds(rest[0], int(rest[1]), int(rest[2]), int(rest[3]),
                    rest[4] if len(rest) > 4 else None)
    elif what == "xgboost":
        check_xgboost(rest[0], parse_sets(rest[1]), rest[2:])
    elif what == "logistic":
        check_logistic(rest[0], parse_sets(rest[1]), int(rest[2]), "accuracy" in rest[3:])
    elif what == "summary":
        check_summary(rest[0])
    else:
        fail("unknown: " + what)


main(sys.argv[1:])
