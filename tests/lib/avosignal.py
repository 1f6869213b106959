# SPDX-License-Identifier: MIT
"""Reads a SIGNAL stream as avo-stream(5) describes it (checksums are left to the programs), makes
small bigWigs, and bins bigWigs with pyBigWig and numpy: what the cases compare bw2tensor with."""
import struct
import sys
import urllib.parse

import numpy as np


def pad64(n):
    return (n + 63) // 64 * 64


class Stream:
    """header: lines as (tag, {key: value}); tiles: (chrom, bins [n], values [n][tracks])."""

    def __init__(self, path):
        data = open(path, "rb").read()
        assert data[:8] == b"\x89AVO\r\n\x1a\n", "magic"
        at, self.tiles, self.header, self.notes, ended = 64, [], [], {}, False
        while at < len(data):
            kind, _, _, _, length, _, chrom = struct.unpack_from("<IIIIQII", data, at)
            payload = data[at + 64:at + 64 + length]
            at += 64 + pad64(length)
            if kind == 1:
                self.parse_header(payload.decode())
            elif kind == 2:
                self.tiles.append(self.parse_tile(chrom, payload))
            elif kind == 7:
                ended = True
                self.n_records, self.n_bins = struct.unpack_from("<QQ", payload)
                self.notes = dict(line.split(":", 1)
                                  for line in payload[32:].decode().splitlines())
        assert ended, "no END"
        self.chroms = [(f["name"], int(f["length"])) for f in self.lines("@CHROM")]
        self.extents = [(f["chrom"], int(f["beg"]), int(f["end"])) for f in self.lines("@EXTENT")]
        self.tracks = [(f["celltype"], f["assay"]) for f in self.lines("@TRACK")]
        assert self.n_bins == sum(len(t[1]) for t in self.tiles), "END counts bins"

    def parse_header(self, text):
        for line in text.splitlines():
            tag, *fields = line.split("\t")
            pairs = (f.split(":", 1) for f in fields)
            self.header.append((tag, {k: urllib.parse.unquote(v) for k, v in pairs}))

    def lines(self, tag):
        return [f for t, f in self.header if t == tag]

    @staticmethod
    def parse_tile(chrom, payload):
        n_runs, n_bins, n_tracks, kind = struct.unpack_from("<IIII", payload)
        runs = np.frombuffer(payload, "<u4", 2 * n_runs, 16).reshape(-1, 2)
        bins = np.concatenate([np.arange(b, b + n) for b, n in runs]).astype(np.int64)
        assert len(bins) == n_bins
        dtype = {2: "<f2", 3: "<f4"}[kind]
        values = np.frombuffer(payload, dtype, n_bins * n_tracks, pad64(16 + 8 * n_runs))
        return chrom, bins, values.reshape(n_bins, n_tracks)

    def dtype(self):
        return self.tiles[0][2].dtype

    def chrom_values(self, name):
        """bins [n], values [n][tracks] of a chromosome, in stream order."""
        index = [c[0] for c in self.chroms].index(name)
        tiles = [t for t in self.tiles if t[0] == index]
        if not tiles:
            return np.zeros(0, np.int64), np.zeros((0, len(self.tracks)), self.dtype())
        return (np.concatenate([t[1] for t in tiles]), np.concatenate([t[2] for t in tiles]))


def binned(path, chrom, bin_bp=25, missing_nan=False):
    """Mean [n] and covered bases [n] of each whole bin, by pyBigWig's per-base values."""
    import pyBigWig
    with pyBigWig.open(path) as bw:
        n = bw.chroms(chrom) // bin_bp
        base = np.empty(n * bin_bp)
        for beg in range(0, n * bin_bp, 1000000):
            end = min(beg + 1000000, n * bin_bp)
            base[beg:end] = bw.values(chrom, beg, end, numpy=True)
    base = base.reshape(n, bin_bp)
    covered = (~np.isnan(base)).sum(axis=1)
    total = np.nansum(base, axis=1)
    if missing_nan:
        with np.errstate(invalid="ignore", divide="ignore"):
            return total / covered, covered
    return total / bin_bp, covered


def write_bigwig(path, chroms, intervals):
    """intervals: (chrom, beg, end, value), ascending."""
    import pyBigWig
    with pyBigWig.open(path, "w") as bw:
        bw.addHeader(chroms)
        for name, _ in chroms:
            mine = [iv for iv in intervals if iv[0] == name]
            if mine:
                bw.addEntries([name] * len(mine), [iv[1] for iv in mine],
                              ends=[iv[2] for iv in mine], values=[float(iv[3]) for iv in mine])


def random_intervals(rng, chroms, n, gap=40, width=60, scale=5.0):
    """About n intervals over the chromosomes, with gaps; values of many sizes."""
    out = []
    for name, length in chroms:
        at = int(rng.integers(0, gap))
        for _ in range(max(1, n * length // sum(c[1] for c in chroms))):
            end = at + int(rng.integers(1, width))
            if end > length:
                break
            out.append((name, at, end, np.float32(rng.gamma(0.5, scale))))
            at = end + int(rng.integers(0, gap)) * int(rng.integers(0, 2))
    return out


def compendium(folder, chroms, pairs, n=4000, seed=1, **how):
    """Writes FOLDER/NAME.bw for each (celltype, assay) and FOLDER/tracks.tsv."""
    rng = np.random.default_rng(seed)
    with open(f"{folder}/tracks.tsv", "w") as table:
        for i, (celltype, assay) in enumerate(pairs):
            write_bigwig(f"{folder}/{i}.bw", chroms, random_intervals(rng, chroms, n, **how))
            print(celltype, assay, f"{i}.bw", sep="\t", file=table)


def fail(text):
    sys.exit(f"FAIL: {text}")
