# SPDX-License-Identifier: MIT
# readback.py DIR: reads what `check_bwwrite --write DIR` wrote, by pyBigWig, against its formulas.
import struct
import sys
import zlib

import numpy as np
import pyBigWig

BIN = 25


def constant(i):
    return np.full(i.size, 2.5)


def odd(i):
    return np.where(i % 5 == 3, np.nan, 0.125 - i % 17)


def runs(i):
    return np.where(i % 40000 < 100, np.nan, i * 7919 % 1000 / 8)


def scattered(i):
    missing = np.where(i < 200000, i % 2 == 1, i % 70 >= 35)
    return np.where(missing, np.nan, i % 1001 - 500.0)


FILES = {
    'constant.bw': [('chr1', 1000010, constant), ('chr2', 50000, None)],
    'odd.bw': [('1', 12345, odd), ('chrUn_KI270742.1', 5000, odd),
               ('HLA-A*01:01:01:01', 777, odd), ('a name, with; all', 2499, odd)],
    'runs.bw': [('chr7', 20000000, runs)],
    'scattered.bw': [('chr7', 10000000, scattered)],
    'contigs.bw': [('c%04d' % i, 1000 + i % 175, odd) for i in range(5000)],
}


def check_summary(name, bw, all_values):
    x = all_values[~np.isnan(all_values)]
    head = bw.header()
    # pyBigWig shows the header's floating-point fields as integers
    want = {'nBasesCovered': x.size * BIN, 'minVal': int(x.min()), 'maxVal': int(x.max()),
            'sumData': int(x.sum() * BIN)}
    for key, value in want.items():
        assert abs(head[key] - value) <= 1 + 1e-6 * abs(value), (name, key, head[key], value)
    assert head['nLevels'] >= 1, (name, head)


def check_zooms(name, bw, chrom, length, base):
    # 7 pieces: answered from the zoom levels on a long chromosome
    edges = [length * i // 7 for i in range(8)]
    for kind, exact in (('max', np.nanmax), ('min', np.nanmin), ('mean', np.nanmean)):
        got = bw.stats(chrom, 0, length, type=kind, nBins=7)
        for i in range(7):
            part = base[edges[i]:edges[i + 1]]
            want = exact(part)
            # zoom records do not end at the edges
            tolerance = 1e-6 + 0.01 * (np.nanmax(part) - np.nanmin(part))
            assert abs(got[i] - want) <= tolerance, (name, chrom, kind, i, got[i], want)


def check_short(name, bw, chrom, length, base):
    # one piece: the first zoom level's records, which end with the chromosome
    for kind, exact in (('max', np.nanmax), ('min', np.nanmin), ('mean', np.nanmean)):
        got, want = bw.stats(chrom, 0, length, type=kind)[0], exact(base)
        assert abs(got - want) <= 1e-5, (name, chrom, kind, got, want)


def check_file(folder, name, chroms):
    bw = pyBigWig.open(folder + '/' + name)
    assert bw.chroms() == {c: n for c, n, _ in chroms}, (name, bw.chroms())
    everything = []
    for chrom, length, formula in chroms:
        n_bins = length // BIN
        base = np.full(length, np.nan)
        if formula:
            base[:n_bins * BIN] = np.repeat(formula(np.arange(n_bins)), BIN)
        everything.append(base[:n_bins * BIN:BIN])
        got = bw.values(chrom, 0, length, numpy=True)
        assert np.array_equal(got, base.astype(np.float32), equal_nan=True), (name, chrom)
        if formula in (constant, runs, scattered):
            check_zooms(name, bw, chrom, length, base)
        if name == 'contigs.bw':
            check_short(name, bw, chrom, length, base)
            continue
        # pieces: the index must find every block and claim none that is not there
        for beg in range(0, length - 50, max(length // 23, 1)):
            part = bw.values(chrom, beg, beg + 50, numpy=True)
            assert np.array_equal(part, base[beg:beg + 50].astype(np.float32), equal_nan=True)
    check_summary(name, bw, np.concatenate(everything))


def check_first_block(path, kind, step, span):
    data = open(path, 'rb').read(1 << 16)
    at, = struct.unpack_from('<Q', data, 0x10)
    block = zlib.decompressobj().decompress(data[at + 8:])
    got = struct.unpack_from('<IIIIIB', block)[3:]
    assert got == (step, span, kind), (path, got)


# long runs are fixedStep blocks of the bin's width, lone bins share blocks of intervals
check_first_block(sys.argv[1] + '/constant.bw', 3, BIN, BIN)
check_first_block(sys.argv[1] + '/runs.bw', 3, BIN, BIN)
check_first_block(sys.argv[1] + '/scattered.bw', 1, 0, 0)
for file_name, table in FILES.items():
    check_file(sys.argv[1], file_name, table)
print('ok')
