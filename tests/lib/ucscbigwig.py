# SPDX-License-Identifier: MIT
"""Writes bigWigs as UCSC's programs do: chromosomes numbered by name, sections in the order of the
input, an index of several levels. Lists are (chrom, start, end, value), in the order wanted."""
import io
import struct
import zlib

BIGWIG, CHROMS, INDEX = 0x888FFC26, 0x78CA8C91, 0x2468ACE0


class Writer:
    """sizes: {name: length}, numbered by name or as `numbered` lists them. bounds: of inner nodes,
    "minmax" (UCSC) or "ends" (of the first and the last entry: libBigWig)."""

    def __init__(self, path, sizes, version=4, per_slot=1024, fanout=256, zooms=2, packed=True,
                 bounds="minmax", numbered=None):
        self.path, self.f = path, io.BytesIO()
        self.sizes, self.version, self.per_slot, self.fanout = sizes, version, per_slot, fanout
        self.packed, self.bounds, self.n_zooms, self.most = packed, bounds, zooms, 0
        self.ids = {name: i for i, name in enumerate(numbered or sorted(sizes))}
        self.f.write(bytes(64 + 24 * zooms))
        self.chrom_at = self.chrom_tree()
        self.data_at = self.f.tell()
        self.f.write(bytes(8))

    def chrom_tree(self):
        at, width = self.f.tell(), max(len(n) for n in self.sizes)
        names = sorted(self.sizes)
        size = min(len(names), 256)
        level = [(n, struct.pack("<II", self.ids[n], self.sizes[n])) for n in names]
        levels = [level]
        while len(levels[-1]) > size:
            levels.append([(levels[-1][i][0], i) for i in range(0, len(levels[-1]), size)])
        self.f.write(struct.pack("<IIIIQQ", CHROMS, size, width, 8, len(names), 0))
        slot = width + 8
        for depth in range(len(levels) - 1, -1, -1):
            items = levels[depth]
            nodes = range(0, len(items), size)
            below = self.f.tell() + 4 * len(nodes) + slot * len(items)
            for i in nodes:
                part = items[i:i + size]
                self.f.write(struct.pack("<BBH", depth == 0, 0, len(part)))
                for key, value in part:
                    if depth:       # where the child that begins with item `value` lies
                        value = struct.pack("<Q", below + value // size * (4 + size * slot))
                    self.f.write(key.encode().ljust(width, b"\0") + value)
        return at

    def put(self, raw):
        """One block into the file; returns its place and size."""
        at, data = self.f.tell(), zlib.compress(raw) if self.packed else raw
        self.most = max(self.most, len(raw))
        self.f.write(data)
        return at, len(data)

    def index(self, blocks, count):
        """blocks: (chrom, start, end, at, size)."""
        at, fan = self.f.tell(), self.fanout
        levels = [[(b[0], b[1], b[0], b[2]) for b in blocks]]
        while len(levels[-1]) > fan:
            below = levels[-1]
            levels.append([self.span(below[i:i + fan]) for i in range(0, len(below), fan)])
        top = self.span(levels[-1])
        self.f.write(struct.pack("<IIQIIIIQII", INDEX, fan, count, *top, at, self.per_slot, 0))
        for depth in range(len(levels) - 1, -1, -1):
            items = levels[depth]
            n_nodes = -(-len(items) // fan)
            below = self.f.tell() + 4 * n_nodes + (24 if depth else 32) * len(items)
            child = 4 + (24 if depth > 1 else 32) * fan
            for i in range(0, len(items), fan):
                part = items[i:i + fan]
                self.f.write(struct.pack("<BBH", depth == 0, 0, len(part)))
                for k, span in enumerate(part, i):
                    where = struct.pack("<Q", below + k * child) if depth else \
                        struct.pack("<QQ", *blocks[k][3:])
                    self.f.write(struct.pack("<IIII", *span) + where)
        return at

    def span(self, items):
        if self.bounds == "ends":
            return items[0][:2] + items[-1][2:]
        return min(i[:2] for i in items) + max(i[2:] for i in items)

    def section(self, items):
        """Items of one chromosome as a bedGraph block."""
        chrom = self.ids[items[0][0]]
        beg, end = items[0][1], items[-1][2]
        raw = struct.pack("<IIIIIBBH", chrom, beg, end, 0, 0, 1, 0, len(items))
        raw += b"".join(struct.pack("<IIf", *i[1:]) for i in items)
        return (chrom, beg, end) + self.put(raw)

    def sections(self, items):
        part = []
        for item in items:
            if part and (part[0][0] != item[0] or len(part) == self.per_slot):
                yield self.section(part)
                part = []
            part.append(item)
        yield self.section(part)

    def zoom(self, items, step):
        """A level of records, and its index."""
        records = []
        for chrom, beg, end, value in items:
            n, c = end - beg, self.ids[chrom]
            if n == 0:
                continue
            r = records[-1] if records else None
            if r and r[0] == c and r[1] // step == beg // step:
                r[2], r[3], r[4] = end, r[3] + n, min(r[4], value)
                r[5], r[6], r[7] = max(r[5], value), r[6] + value * n, r[7] + value * value * n
            else:
                records.append([c, beg, end, n, value, value, value * n, value * value * n])
        at = self.f.tell()
        self.f.write(struct.pack("<I", len(records)))
        blocks, part = [], []
        for r in records + [None]:
            if part and (r is None or r[0] != part[0][0] or len(part) == self.per_slot):
                raw = b"".join(struct.pack("<IIIIffff", *p) for p in part)
                blocks.append((part[0][0], part[0][1], part[-1][2]) + self.put(raw))
                part = []
            part.append(r)
        return at, self.index(blocks, len(records))

    def close(self, items, blocks=None):
        """Writes everything; blocks (of sections()): in an order of the caller's."""
        blocks = list(self.sections(items)) if blocks is None else blocks
        index_at = self.index(blocks, len(blocks))
        levels = [(40 * 4 ** i,) + self.zoom(items, 40 * 4 ** i) for i in range(self.n_zooms)]
        summary_at, real = self.f.tell(), [i for i in items if i[2] > i[1]]
        self.f.write(struct.pack(
            "<Qdddd", sum(i[2] - i[1] for i in real), min(i[3] for i in real),
            max(i[3] for i in real), sum((i[2] - i[1]) * i[3] for i in real),
            sum((i[2] - i[1]) * i[3] ** 2 for i in real)))
        if self.version >= 4:
            self.f.write(struct.pack("<I", BIGWIG))
        self.f.seek(self.data_at)
        self.f.write(struct.pack("<Q", len(blocks)))
        self.f.seek(0)
        self.f.write(struct.pack("<IHHQQQHHQQIQ", BIGWIG, self.version, self.n_zooms,
                                 self.chrom_at, self.data_at, index_at, 0, 0, 0, summary_at,
                                 self.most if self.packed else 0, 0))
        for step, data, index in levels:
            self.f.write(struct.pack("<IIQQ", step, 0, data, index))
        with open(self.path, "wb") as f:
            f.write(self.f.getbuffer())


def write(path, sizes, items, **options):
    Writer(path, sizes, **options).close(items)
