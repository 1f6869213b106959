# SPDX-License-Identifier: MIT
"""track_eval_real.py PILOT TSV --bins BED [OPTION...]: the baselines of real tracks once more, by
pyBigWig, numpy, scipy and scikit-learn: every row of the table of track-eval --baseline-only.

PILOT holds tracks.tsv and its bigWigs; BED the regions as whole bins. Options as in track_eval.py,
with whole paths."""
import multiprocessing
import os
import sys

import numpy as np
import pyBigWig

import track_eval_measures as measures
from track_eval_measures import BIN

G = {}              # what the processes inherit


def read(folder, bed):
    """-> {track: {chrom: float32}}, {chrom: bin numbers}"""
    regions = [(c, int(b), int(e)) for c, b, e in (line.split()[:3] for line in open(bed))]
    grid, tracks = {}, {}
    for chrom, beg, end in regions:
        grid.setdefault(chrom, []).append(np.arange(beg // BIN, end // BIN))
    for row in open(f"{folder}/tracks.tsv"):
        cell, assay, path = row.rstrip("\n").split("\t")
        values = {}
        with pyBigWig.open(f"{folder}/{path}") as bw:
            for chrom, beg, end in regions:
                v = np.nan_to_num(bw.values(chrom, beg, end, numpy=True).astype(np.float64))
                mean = np.arcsinh(v.reshape(-1, BIN).mean(1)).astype(np.float32)
                values.setdefault(chrom, []).append(mean)
        tracks[cell, assay] = {c: np.concatenate(v) for c, v in values.items()}
    return tracks, {c: np.concatenate(v) for c, v in grid.items()}


def measure(track):
    return measures.measure_all(G["tracks"], {}, track, G["training"], G["options"])


def main():
    measures.ignore_warnings()
    parser = measures.arguments()
    parser.add_argument("--bins", required=True)
    o = parser.parse_args()
    tests = [tuple(t.rsplit(":", 1)) for t in o.test]
    G["tracks"], grid = read(o.folder, o.bins)
    G["options"] = measures.options_of(o, grid)
    G["training"] = [t for t in G["tracks"] if t not in tests]
    scored = tests or list(G["tracks"])
    if not all(t in G["tracks"] for t in tests):
        sys.exit("unknown test track")
    with multiprocessing.get_context("fork").Pool(len(os.sched_getaffinity(0))) as pool:
        table = dict(zip(scored, pool.map(measure, scored, chunksize=1)))
    measures.compare(o.tsv, table, scored, o.tolerance)


if __name__ == "__main__":
    main()
