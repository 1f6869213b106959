# SPDX-License-Identifier: MIT
"""values.py ORACLE.tsv STREAM.avo FOLDER TRANSFORM LO HI: a stream, the bedGraphs and the bigWigs
of FOLDER against "chrom bin cell assay value" lines, clipped to [LO, HI]."""
import os
import sys

import numpy as np
import pyBigWig

sys.path.insert(0, os.path.join(os.environ["AVO_SRC"], "tests/lib"))
from avosignal import Stream  # noqa: E402

INVERT = {"arcsinh": np.sinh, "log1p": np.expm1, "none": lambda x: x}


def oracle(path):
    out = {}
    for line in open(path):
        chrom, b, cell, assay, value = line.rstrip("\n").split("\t")
        out.setdefault((cell, assay), {})[(chrom, int(b))] = float(value)
    return out


def stream_values(s):
    out = {t: {} for t in s.tracks}
    for chrom, bins, values in s.tiles:
        for j, track in enumerate(s.tracks):
            out[track].update(zip(((s.chroms[chrom][0], int(b)) for b in bins),
                                  values[:, j].astype(float)))
    return out


def bedgraph(path):
    out = {}
    for line in open(path):
        chrom, beg, end, value = line.split("\t")
        assert int(beg) % 25 == 0 and int(end) % 25 == 0 and int(beg) < int(end), line
        for b in range(int(beg) // 25, int(end) // 25):
            assert (chrom, b) not in out, line
            out[(chrom, b)] = float(np.float32(value))
    return out


def bigwig(path):
    out = {}
    with pyBigWig.open(path) as bw:
        for chrom in bw.chroms():
            for beg, end, value in bw.intervals(chrom) or ():
                for b in range(beg // 25, end // 25):
                    out[(chrom, b)] = value
    return out


def close(got, want, rel, abs_, what):
    assert got.keys() == want.keys(), f"{what}: other bins ({len(got)}, want {len(want)})"
    for k, v in want.items():
        assert abs(got[k] - v) <= rel * abs(v) + abs_, f"{what} {k}: {got[k]}, want {v}"


def main():
    path, stream, folder, transform, lo, hi = sys.argv[1:]
    lo, hi = float(lo), float(hi)
    want = oracle(path)
    s = Stream(stream)
    got = stream_values(s)
    assert set(got) <= set(want) and got, "tracks"
    clipped = 0
    for track, values in got.items():
        target = {k: min(max(v, lo), hi) for k, v in want[track].items()}
        clipped += sum(target[k] != v for k, v in want[track].items())
        # 2^-11: half an ulp of binary16
        rel = 2.0 ** -11 if transform != "none" else 2e-6
        close(values, target, rel, 2e-6, f"stream {track}")
        name = f"{folder}/{track[0]}.{track[1]}"
        bw, bed = bigwig(name + ".bw"), bedgraph(name + ".bedGraph")
        assert bw == bed, f"{name}: bigWig and bedGraph differ"
        raw = {k: float(INVERT[transform](v)) for k, v in target.items()}
        slope = 1 + max(abs(v) for v in raw.values())
        close(bw, raw, 1e-6, 3e-6 * slope, name)
    print(len(got), "tracks,", clipped, "clipped")


main()
