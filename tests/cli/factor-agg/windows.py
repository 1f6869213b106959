# SPDX-License-Identifier: MIT
"""windows.py SEED FOLDER LENGTH CHROM...: windows of many sizes at the places where tiles, regions
and chromosomes end, as any.bed (with strand), tiled.bed (2000 bp) and pairs.bedpe; signal with gaps
as tracks.tsv of bedGraph files and chrom.sizes."""
import random
import sys

rng = random.Random(int(sys.argv[1]))
folder, length, chroms = sys.argv[2], int(sys.argv[3]), sys.argv[4:]
# bins at which something ends: groups, tiles of 40,000 bins, the extents of the test's models
edges = [0, 25, 250, 5000, 1000000, 2000000, 1125000, 300 * 25, 710 * 25, 39990 * 25, length]


def place(n):
    """An interval of n bases that often touches an edge."""
    beg = rng.choice(edges) - rng.randrange(n + 1) if rng.random() < 0.6 else rng.randrange(length)
    beg = min(max(beg, 0), length - n)
    return beg, beg + n


def size():
    return rng.choice([1, 25, rng.randrange(1, 300), rng.randrange(1, 20000), 40000, 1200000])


with open(f"{folder}/any.bed", "w") as f:
    print("# some windows", file=f)
    for i in range(300):
        beg, end = place(size())
        print(rng.choice(chroms), beg, end, f"w{i} %x", rng.randrange(9), rng.choice("+-"),
              sep="\t", file=f)
with open(f"{folder}/tiled.bed", "w") as f:
    for i in range(200):
        beg, end = place(2000)
        print(rng.choice(chroms), beg, end, f"t{i}", 0, rng.choice("+-."), sep="\t", file=f)
with open(f"{folder}/pairs.bedpe", "w") as f:
    for i in range(200):
        a, b = place(size()), place(size())
        print(rng.choice(chroms), *a, rng.choice(chroms), *b, f"p{i}", i, rng.choice("+-"),
              rng.choice("+-"), sep="\t", file=f)
with open(f"{folder}/chrom.sizes", "w") as f:
    for c in chroms:
        print(c, length, sep="\t", file=f)
with open(f"{folder}/tracks.tsv", "w") as table:
    for cell, assay in (("A", "DNase"), ("A", "H3 K4me3"), ("B", "DNase")):
        name = f"{cell}.{assay}.bedGraph".replace(" ", "_")
        print(cell, assay, name, sep="\t", file=table)
        with open(f"{folder}/{name}", "w") as f:
            for c in chroms:
                at = 0
                while True:
                    at += rng.choice([0, 0, 7, 300, 4000])
                    end = at + rng.choice([25, 60, 500, 9000])
                    if end > length:
                        break
                    print(c, at, end, round(rng.expovariate(0.3), 3), sep="\t", file=f)
                    at = end
