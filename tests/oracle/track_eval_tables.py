# SPDX-License-Identifier: MIT
"""The further tables of track-eval once more in numpy and scipy: variable positions, attributions,
relations between assays, depths.

  track_eval_tables.py DIR PREFIX     DIR from track_eval.py make; the run was with --imputed
                                      one=, two=, --genes, --peaks, --relations relations.tsv
                                      (triplets included), --attribution a=one b=two
"""
import csv
import sys

import numpy as np
from scipy.stats import spearmanr

import track_eval as made
import track_eval_measures as measures

THRESHOLD = np.float32(np.arcsinh(2))


def rows(path):
    with open(path) as f:
        return list(csv.DictReader(f, delimiter="\t"))


def same(what, got, want):
    if not measures.close(got, want, 1e-6):
        sys.exit(f"{what}: {got}, numpy has {want!r}")


def read(folder):
    """Observed tracks, {method: {track: columns}}, {track: bins that count}; one array a track."""
    whole = {name: made.read_table(folder, name, False, False) for name in ("observed", "one", "two")}
    observed = whole["observed"]
    scored = [t for t in made.OBSERVED if t in whole["one"]]
    methods = {name: {t: whole[name][t] for t in scored} for name in ("one", "two")}
    for name in ("mean", "scaled-mean"):
        methods[name] = {}
        for t in scored:
            y = measures.baselines(observed, t, made.OBSERVED)[name]
            methods[name][t] = measures.rounded(y) if y is not None else None
    methods["constant"] = {t: measures.constant_of(observed[t]) for t in scored}
    use = {}
    for t in scored:
        use[t] = {c: ~np.isnan(observed[t][c]) for c in made.CHROMS}
        for m in methods.values():
            if m[t] is not None:
                use[t] = {c: use[t][c] & ~np.isnan(m[t][c]) for c in made.CHROMS}
    return observed, methods, use, scored


def peak_masks(folder):
    grid = {c: np.arange(n // made.BIN) for c, n in made.CHROMS.items()}
    return {(r["celltype"], r["assay"]): measures.cover(f"{folder}/{r['path']}", grid, once=True)
            for r in rows(f"{folder}/peaks.tsv")}


def joined(track):
    return np.concatenate([track[c] for c in made.CHROMS])


def check_variable(folder, prefix, data):
    observed, methods, use, scored = data
    peaks = {t: joined(v) for t, v in peak_masks(folder).items()}
    n_seen = 0
    for r in rows(f"{prefix}.variable.tsv"):
        n_seen += 1
        assay, k = r["assay"], int(r["k"])
        tracks = [t for t in scored if t[1] == assay and t in peaks and
                  r["celltype"] in (".", t[0])]
        count = sum(p.astype(int) for t, p in peaks.items() if t[1] == assay)
        sse = n = tp = called = inside = 0
        for t in tracks:
            y = observed[t] if r["method"] == "observed" else methods[r["method"]][t]
            if y is None:
                sse = n = tp = called = inside = 0
                break
            at = (count == k) & joined(use[t])
            x, y, p = joined(observed[t])[at], joined(y)[at], peaks[t][at] > 0
            sse += ((x.astype(float) - y) ** 2).sum()
            n += len(x)
            tp += (p & (y >= THRESHOLD)).sum()
            called += (y >= THRESHOLD).sum()
            inside += p.sum()
        want = {"n_bins": n, "n_peak": inside, "n_called": called,
                "mse": sse / n if n and r["method"] != "observed" else np.nan,
                "precision": tp / called if called else np.nan,
                "recall": tp / inside if inside else np.nan}
        for name, value in want.items():
            same(f"variable {r} {name}", r[name], value)
    assert n_seen > 20, n_seen


def check_attribution(folder, prefix, data):
    observed, methods, use, scored = data
    peaks = {t: joined(v) for t, v in peak_masks(folder).items()}
    # attributions are read as they are: differences in model space already
    table = {component: made.read_table(folder, name, False, False, transform=lambda x: x)
             for component, name in (("a", "one"), ("b", "two"))}
    n_seen = 0
    for r in rows(f"{prefix}.attribution.tsv"):
        n_seen += 1
        count = sum(p.astype(int) for t, p in peaks.items() if t[1] == r["assay"])
        values = []
        for t in scored:
            if t[1] == r["assay"] and t in peaks:
                at = (count == int(r["k"])) & joined(use[t])
                at &= (peaks[t] > 0) == (r["peak"] == "yes")
                values.append(joined(table[r["component"]][t])[at].astype(float))
        values = np.concatenate(values)
        values = values[~np.isnan(values)]
        same(f"attribution {r}", r["n_bins"], len(values))
        same(f"attribution {r}", r["mean"], values.mean() if len(values) else np.nan)
    assert n_seen > 4, n_seen


def gene_means(folder, track, use, region):
    """Mean of a column over the bins that count of each gene's region; NaN where there is none."""
    out = []
    for chrom, beg, end, strand in sorted(measures.read_intervals(f"{folder}/genes.bed"),
                                          key=lambda g: (list(made.CHROMS).index(g[0]), g[1:3])):
        if region == "gene":
            a, b = measures.touched(beg, end, "default")
        else:
            a, b = measures.promoter(beg, end, strand, "default") if strand in "+-" else (0, 0)
        v = track[chrom][max(a, 0):max(b, 0)].astype(float)
        there = use[chrom][max(a, 0):max(b, 0)] & ~np.isnan(v)
        out.append(v[there].mean() if there.any() else np.nan)
    return np.array(out)


def check_relations(folder, prefix, data, relations):
    observed, methods, use, scored = data
    there = {t: use.get(t) or {c: ~np.isnan(observed[t][c]) for c in made.CHROMS}
             for t in observed}
    n_seen = 0
    for r in rows(f"{prefix}.relations.tsv"):
        n_seen += 1
        first, *partners = r["relation"].split(" / ")
        terms = [first.rsplit(" ", 1)] + [p.rsplit(" ", 2)[:2] for p in partners]
        signs = [p.rsplit(" ", 1)[1] for p in partners]
        means = []
        for assay, region in terms:
            t = (r["celltype"], assay)
            y = observed[t] if r["method"] == "observed" or t not in scored \
                else methods[r["method"]][t]
            means.append(gene_means(folder, y, there[t], region))
        whole = ~np.isnan(np.sum(means, axis=0))
        same(f"relation {r}", r["n_genes"], whole.sum())
        scores = []
        for column, m, sign in zip(("rho", "rho2"), means[1:], signs):
            a, b = means[0][whole], m[whole]
            flat = len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0
            rho = np.nan if flat else spearmanr(a, b)[0]
            same(f"relation {r} {column}", r[column], rho)
            scores.append({"+": rho, "-": -rho, "0": -abs(rho)}[sign])
        same(f"relation {r} score", r["score"], np.mean(scores))
    assert n_seen >= 2 * relations, n_seen


def residuals(observed):
    """{track: ln RMS less its fit on cell type + assay}."""
    tracks = list(observed)
    kinds = sorted({("cell", t[0]) for t in tracks} | {("assay", t[1]) for t in tracks})
    design = np.array([[k in (("cell", t[0]), ("assay", t[1])) for k in kinds] for t in tracks],
                      float)
    level = np.log([measures.rms(observed[t]) for t in tracks])
    fit = design @ np.linalg.lstsq(design, level, rcond=None)[0]
    return dict(zip(tracks, level - fit))


def check_depth(prefix, data):
    observed = data[0]
    left = residuals(observed)
    known = measures.components(made.OBSERVED)
    scale = measures.depth_scales(observed, made.OBSERVED)
    for r in rows(f"{prefix}.depth.tsv"):
        t = (r["celltype"], r["assay"])
        x = joined(observed[t])
        x = x[~np.isnan(x)].astype(float)
        same(f"depth {r}", r["n_bins"], len(x))
        same(f"depth {r}", r["mean"], x.mean())
        same(f"depth {r}", r["rms"], np.sqrt((x ** 2).mean()))
        cells = [c for c in scale if known["cell", c] == known["cell", t[0]]]
        centre = np.exp(np.mean([np.log(scale[c]) for c in cells]))
        same(f"depth {r}", r["celltype_scale"], scale[t[0]] / centre)
        same(f"depth {r}", r["residual"], left[t])


if __name__ == "__main__":
    folder, prefix = sys.argv[1:3]
    data = read(folder)
    check_variable(folder, prefix, data)
    check_attribution(folder, prefix, data)
    check_relations(folder, prefix, data, len(rows(f"{folder}/relations.tsv")))
    check_depth(prefix, data)
