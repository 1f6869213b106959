#!/bin/sh
# SPDX-License-Identifier: MIT
# -r and -R give the values of the whole, tiles stay on their grid, the table keeps all chromosomes.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
printf 'chr2\t999999\t1000001\nchr1\t4990\t5010\nchr2\t2500000\t3100025\n' >r.bed
gzip -k r.bed
cat >check.py <<'END'
import subprocess
import numpy as np
from avosignal import *

chroms = [("chr1", 60000), ("chr2", 3100030)]
compendium(".", chroms, [("A", "x"), ("B", "x")], n=120000)

def run(*options):
    subprocess.run(["bw2tensor", "-q", "-o", "s.avo", *options, "tracks.tsv"], check=True)
    return Stream("s.avo")

whole = run()
assert [(t[1][0] // 40000, t[1][-1] // 40000) for t in whole.tiles] == \
    [(0, 0), (0, 0), (1, 1), (2, 2), (3, 3)]

def compare(cut, extents):
    assert cut.extents == extents, cut.extents
    assert cut.chroms == whole.chroms
    for name, _ in chroms:
        bins, values = whole.chrom_values(name)
        keep = np.zeros(len(bins), bool)
        for chrom, beg, end in extents:
            keep |= (chrom == name) & (bins >= beg) & (bins < end)
        got_bins, got = cut.chrom_values(name)
        if not np.array_equal(got_bins, bins[keep]) or not np.array_equal(got, values[keep]):
            fail(f"{name}: values of a region differ from those of the whole")
    for tile in cut.tiles:
        assert tile[1][0] // 40000 == tile[1][-1] // 40000, "a tile crosses the grid"

compare(run("-r", "chr2:1,000,001-2,000,000,chr1:26-26"), [("chr1", 1, 2), ("chr2", 40000, 80000)])
compare(run("-r", "chr2:900,000-1,100,000"), [("chr2", 35999, 44000)])
bed = [("chr1", 199, 201), ("chr2", 39999, 40001), ("chr2", 100000, 124001)]
compare(run("-R", "r.bed"), bed)
assert open("s.avo", "rb").read() == (run("-R", "r.bed.gz"), open("s.avo", "rb").read())[1]
compare(run("-r", "chr1"), [("chr1", 0, 2400)])
# smaller coarse rows: whole groups in a tile still
s = run("--coarse", "30", "--mid", "15")
assert {t[1][0] // 39990 == t[1][-1] // 39990 for t in s.tiles} == {True}
END
"$PYTHON" check.py
expect_error 2 'unknown chromosome "1"' bw2tensor -q -o x.avo -r 1 tracks.tsv
expect_line stderr 'hint: .*"chr1"'
expect_error 2 'past the end of chromosome "chr1"' bw2tensor -q -o x.avo -r chr1:1-60001 tracks.tsv
expect_error 1 'no whole bin' bw2tensor -q -o x.avo -r chr2:3100026-3100030 tracks.tsv
printf 'chr1\t0\t10\nchr3\t5\t6\n' >bad.bed
expect_error 1 'bad.bed:2: unknown chromosome "chr3"' \
    bw2tensor -q -o x.avo -R bad.bed --strict tracks.tsv
expect_missing x.avo
expect_no_leftovers .
