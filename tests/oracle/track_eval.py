# SPDX-License-Identifier: MIT
"""Scores of track-eval worked out again in numpy, from the text files alone.

  track_eval.py make DIR [SEED]        a random compendium as bedGraph: tables observed.tsv,
                                       one.tsv, two.tsv, sizes in chrom.sizes; genes.bed, genes.gtf,
                                       tss.bed, enhancers.bed, exclude.bed, peaks.tsv
  track_eval.py check DIR TSV [OPTION...]
      --missing-nan --tolerance X --methods NAME=TABLE,...
      --test CELL:ASSAY                compares every row of TSV (-O tsv) with numpy's value
      --genes F --promoters F --enhancers F --overlaps O --peaks F --exclude F --top T --ranks R
      --space S --mean-space S --tss-bin --challenge (its convention)
                                       as track-eval has them, files in DIR
"""
import csv
import os
import sys

import numpy as np

import track_eval_measures as measures
from track_eval_measures import BIN

CHROMS = {"chr2": 60013, "chr10": 12610, "chrX": 1724}
CELLS = ["A", "B:b", "C", "D"]
OBSERVED = [("A", "x"), ("B:b", "x"), ("C", "x"), ("D", "x"), ("A", "y 1"), ("B:b", "y 1"),
            ("C", "flat"), ("D", "z")]
IMPUTED = [("A", "x"), ("C", "x"), ("D", "x"), ("B:b", "y 1"), ("C", "flat"), ("D", "z"),
           ("Z", "x")]
KINDS = {("observed", "C", "flat"): "flat", ("one", "D", "z"): "chrX", ("two", "A", "x"): "chr2"}
PEAKS = [("A", "x"), ("D", "x"), ("B:b", "y 1"), ("C", "flat")]


def write_track(path, rng, kind, holes):
    """Intervals of 5 to 90 bases; kind "flat": one value everywhere, or in the chromosome that the
    kind names; else many ties."""
    with open(path, "w") as f:
        for chrom, size in CHROMS.items():
            at = 0
            flat = kind in ("flat", chrom)
            while at < size:
                end = min(size, at + int(rng.integers(5, 90)))
                value = 2.5 if flat else int(rng.gamma(0.5, 8)) / 4
                hole = any(c == chrom and at >= b and at < e for c, b, e in holes)
                if flat or (not hole and rng.random() > 0.2):
                    f.write(f"{chrom}\t{at}\t{end}\t{value}\n")
                at = end


def write_table(folder, name, tracks, rng, holes, roles=None):
    with open(f"{folder}/{name}.tsv", "w") as t:
        t.write("celltype\tassay\tpath" + ("\trole" if roles else "") + "\n")
        for i, (cell, assay) in enumerate(tracks):
            path = f"{name}.{i}.bedGraph"
            kind = KINDS.get((name, cell, assay), "ties")
            write_track(f"{folder}/{path}", rng, kind, holes)
            row = [cell, assay, path] + ([roles.get((cell, assay), "train")] if roles else [])
            t.write("\t".join(row) + "\n")


def random_intervals(rng, n, longest):
    """n intervals that may overlap, some at the very ends of a chromosome."""
    for i in range(n):
        chrom = list(CHROMS)[int(rng.choice(3, p=[0.7, 0.2, 0.1]))]
        size = CHROMS[chrom]
        length = min(size, int(rng.integers(1, longest)))
        beg = int(rng.integers(0, size - length + 1))
        if i % 10 == 0:
            beg = 0 if i % 20 == 0 else size - length
        if i % 7 == 0:
            beg, length = beg // BIN * BIN, max(BIN, length // BIN * BIN)
        yield chrom, beg, min(size, beg + length)


def write_regions(folder, rng):
    with open(f"{folder}/genes.bed", "w") as bed, open(f"{folder}/genes.gtf", "w") as gtf:
        for i, (chrom, beg, end) in enumerate(random_intervals(rng, 40, 3000)):
            strand = "+-"[i % 2]
            bed.write(f"{chrom}\t{beg}\t{end}\tg{i}\t0\t{strand}\n")
            gtf.write(f"{chrom}\tx\tgene\t{beg + 1}\t{end}\t.\t{strand}\t.\tgene_id \"g{i}\";\n")
    with open(f"{folder}/tss.bed", "w") as f:
        for i, (chrom, beg, _) in enumerate(random_intervals(rng, 50, 2)):
            f.write(f"{chrom}\t{beg}\t{beg + 1}\tt{i}\t0\t{'+-'[i % 2]}\n")
    for name, n, longest in (("enhancers", 60, 400), ("exclude", 12, 1500)):
        with open(f"{folder}/{name}.bed", "w") as f:
            for chrom, beg, end in random_intervals(rng, n, longest):
                f.write(f"{chrom}\t{beg}\t{end}\n")
    with open(f"{folder}/peaks.tsv", "w") as t:
        t.write("celltype\tassay\tpath\n")
        for i, (cell, assay) in enumerate(PEAKS):
            t.write(f"{cell}\t{assay}\tpeaks.{i}.bed\n")
            with open(f"{folder}/peaks.{i}.bed", "w") as f:
                for chrom, beg, end in random_intervals(rng, 30, 900):
                    f.write(f"{chrom}\t{beg}\t{end}\n")


def make(folder, seed):
    rng = np.random.default_rng(seed)
    with open(f"{folder}/chrom.sizes", "w") as f:
        for chrom, size in CHROMS.items():
            f.write(f"{chrom}\t{size}\n")
    write_table(folder, "observed", OBSERVED, rng, [])
    write_table(folder, "one", IMPUTED, rng, [])
    write_table(folder, "two", IMPUTED, rng, [("chr2", 20000, 24000), ("chr10", 0, 12610)])
    write_regions(folder, rng)


def n_bins_of(size, challenge):
    """Whole bins; the challenge's arrays have the partial last one too."""
    return -(-size // BIN) if challenge else size // BIN


def read_track(path, missing_nan, challenge, transform=np.arcsinh):
    """Per chromosome: transform of the bin means, and which bins any base of the file covers."""
    out = {}
    base = {c: (np.zeros(n + BIN), np.zeros(n + BIN, bool)) for c, n in CHROMS.items()}
    for line in open(path):
        chrom, beg, end, value = line.split("\t")
        base[chrom][0][int(beg):int(end)] = float(value)
        base[chrom][1][int(beg):int(end)] = True
    for chrom, size in CHROMS.items():
        n = n_bins_of(size, challenge)
        value, there = (a[:n * BIN].reshape(n, BIN) for a in base[chrom])
        with np.errstate(invalid="ignore", divide="ignore"):
            bases = np.full(n, BIN)
            bases[-1] = min(size, n * BIN) - (n - 1) * BIN
            mean = value.sum(1) / (there.sum(1) if missing_nan else bases)
        out[chrom] = (transform(mean).astype(np.float32), there.any(1))
    return out


def read_table(folder, name, missing_nan, challenge, only=None, transform=np.arcsinh):
    """{track: {chrom: values}}, NaN in bins that no track of the table covers."""
    tracks = {}
    with open(f"{folder}/{name}.tsv") as f:
        for row in csv.DictReader(f, delimiter="\t"):
            key = (row["celltype"], row["assay"])
            if only is None or key in only:
                tracks[key] = read_track(f"{folder}/{row['path']}", missing_nan, challenge,
                                         transform)
    for chrom in CHROMS:
        covered = challenge | np.any([t[chrom][1] for t in tracks.values()], axis=0)
        for t in tracks.values():
            t[chrom] = np.where(covered, t[chrom][0], np.float32(np.nan))
    return tracks


def check(argv):
    parser = measures.arguments()
    parser.add_argument("--missing-nan", action="store_true")
    parser.add_argument("--methods", default="")
    o = parser.parse_args(argv)
    for name in measures.REGION_FILES:
        if getattr(o, name):
            setattr(o, name, f"{o.folder}/{getattr(o, name)}")
    tests = [tuple(t.rsplit(":", 1)) for t in o.test]
    methods = {}
    for pair in filter(None, o.methods.split(",")):
        name, table = pair.split("=")
        methods[name] = read_table(o.folder, table, o.missing_nan, o.challenge, only=OBSERVED)
    observed = read_table(o.folder, "observed", o.missing_nan, o.challenge)
    scored = [t for t in OBSERVED if all(t in m for m in methods.values())]
    if not methods and tests:
        scored = [t for t in scored if t in tests]
    options = measures.options_of(o, {c: np.arange(n_bins_of(n, o.challenge))
                                      for c, n in CHROMS.items()})
    training = [t for t in OBSERVED if t not in tests]
    want = {t: measures.measure_all(observed, methods, t, training, options) for t in scored}
    measures.compare(o.tsv, want, scored, o.tolerance)


if __name__ == "__main__":
    measures.ignore_warnings()
    if sys.argv[1] == "make":
        os.makedirs(sys.argv[2], exist_ok=True)
        make(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    else:
        check(sys.argv[2:])
