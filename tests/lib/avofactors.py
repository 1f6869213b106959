# SPDX-License-Identifier: MIT
"""Reads models' genome factors, signal and streams of features as avo-stream(5) describes them
(checksums are left to the programs), as dense numpy arrays for small genomes."""
import struct
import urllib.parse

import numpy as np

from avosignal import pad64


def records(path):
    """(type, chromosome index, payload) of every record."""
    data = open(path, "rb").read()
    assert data[:8] == b"\x89AVO\r\n\x1a\n", f"{path}: magic"
    at, last = 64, None
    while at < len(data):
        kind, _, _, _, length, _, chrom = struct.unpack_from("<IIIIQII", data, at)
        yield kind, chrom, data[at + 64:at + 64 + length]
        at += 64 + pad64(length)
        last = kind
    assert last == 7, f"{path}: no END"


def header_lines(payload):
    out = []
    for line in payload.decode().splitlines():
        tag, *fields = line.split("\t")
        out.append((tag, {k: urllib.parse.unquote(v)
                          for k, v in (f.split(":", 1) for f in fields)}))
    return out


class Source:
    """One input, dense. blocks: [(names of columns, bins a row)]; there[chrom]: [bins] bool;
    values[chrom][block]: [bins][width], each bin with the row that it reads; NaN elsewhere;
    extents: (chrom, beg, end) in bins."""

    def __init__(self, paths, raw=False):
        self.there, self.values, self.chroms, self.extents = {}, {}, {}, []
        for path in paths:
            self.read(path, raw)

    def read(self, path, raw):
        lines, names = None, []
        for kind, chrom, payload in records(path):
            if kind == 1:
                lines = header_lines(payload)
                names = [(f["name"], int(f["length"])) for t, f in lines if t == "@CHROM"]
                self.start(lines, names)
            elif kind in (2, 4):
                read = self.signal if kind == 2 else self.genome
                read(names[chrom][0], payload, raw)

    def start(self, lines, names):
        of = {t: f for t, f in lines}
        self.bin_bp = int(of["@BIN"]["bp"])
        self.coarse = int(of["@BIN"]["coarse"])
        self.transform = of["@SPACE"]["transform"]
        if of["@AVO"]["content"] == "signal":
            self.blocks = [([f"{f['celltype']}:{f['assay']}" for t, f in lines
                             if t == "@TRACK"], 1)]
        else:
            self.blocks = [([f"{f['name']}.{i}" for i in range(int(f["width"]))],
                            int(f["bins"])) for t, f in lines
                           if t == "@BLOCK" and f["kind"] == "genome"]
        self.extents += [(f["chrom"], int(f["beg"]), int(f["end"])) for t, f in lines
                         if t == "@EXTENT"]
        for name, length in names:
            if name in self.there:
                continue
            n = length // self.bin_bp
            self.chroms[name] = length
            self.there[name] = np.zeros(n, bool)
            self.values[name] = [np.full((n, len(c)), np.nan) for c, _ in self.blocks]

    @staticmethod
    def bins(payload, n_runs, at):
        runs = np.frombuffer(payload, "<u4", 2 * n_runs, at).reshape(-1, 2).astype(int)
        return np.concatenate([np.arange(b, b + n) for b, n in runs])

    def signal(self, chrom, payload, raw):
        n_runs, n_bins, n_tracks, kind = struct.unpack_from("<IIII", payload)
        bins = self.bins(payload, n_runs, 16)
        x = np.frombuffer(payload, {2: "<f2", 3: "<f4"}[kind], n_bins * n_tracks,
                          pad64(16 + 8 * n_runs)).reshape(n_bins, n_tracks).astype(float)
        if raw:
            x = {"arcsinh": np.sinh, "log1p": np.expm1, "none": lambda v: v}[self.transform](x)
        self.there[chrom][bins] = True
        self.values[chrom][0][bins] = x

    def genome(self, chrom, payload, _):
        n_runs, n_bins, n_blocks = struct.unpack_from("<III", payload, 16)
        n_rows = struct.unpack_from(f"<{n_blocks}I", payload, 32)
        bins = self.bins(payload, n_runs, 32 + 4 * n_blocks)
        at = pad64(32 + 4 * n_blocks + 8 * n_runs)
        assert len(bins) == n_bins
        self.there[chrom][bins] = True
        for k, (columns, per) in enumerate(self.blocks):
            x = np.frombuffer(payload, "<f4", n_rows[k] * len(columns), at)
            at = pad64(at + x.nbytes)
            rows, which = np.unique(bins // per, return_inverse=True)
            assert len(rows) == n_rows[k]
            self.values[chrom][k][bins] = x.reshape(-1, len(columns))[which]


class Features:
    """names; columns; rows: (chrom, beg, end, name, label, group, *columns); x [rows][features]."""

    def __init__(self, path):
        self.rows, parts = [], []
        for kind, _, payload in records(path):
            if kind == 1:
                self.header = header_lines(payload)
                self.names = [f["name"] for t, f in self.header if t == "@feature"]
                self.columns = [f["name"] for t, f in self.header if t == "@column"]
            elif kind == 6:
                n, width, n_text = struct.unpack_from("<IIQ", payload)
                assert width == len(self.names)
                parts.append(np.frombuffer(payload, "<f4", n * width, 64).reshape(n, width))
                text = payload[pad64(64 + 4 * n * width):]
                assert len(text) == n_text
                for line in text.decode().splitlines():
                    f = [urllib.parse.unquote(v) for v in line.split("\t")]
                    self.rows.append((f[0], int(f[1]), int(f[2]), *f[3:]))
        self.x = np.concatenate(parts) if parts else np.zeros((0, len(self.names)), "f4")
        assert len(self.rows) == len(self.x)
