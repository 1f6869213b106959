#!/bin/sh
# SPDX-License-Identifier: MIT
# What the table says reaches the header: odd names, roles, unit, assembly, further columns; and
# bedGraph, plain and compressed, gives what a bigWig of the same intervals gives.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
cat >check.py <<'END'
import gzip
import os
import subprocess
from avosignal import *

chroms = [("chr1", 30000), ("chr2", 20010)]
ivs = random_intervals(np.random.default_rng(3), chroms, 1500)
os.mkdir("a folder, with: odd %s")
write_bigwig("a folder, with: odd %s/x.bw", chroms, ivs)
lines = "".join(f"{c}\t{b}\t{e}\t{v!r}\n" for c, b, e, v in
                ((c, b, e, float(v)) for c, b, e, v in ivs))
open("plain.bedGraph", "w").write("track type=bedGraph\n" + lines)
gzip.open("packed.bedGraph.gz", "wt").write(lines)
open("sizes", "w").write("".join(f"{c}\t{n}\n" for c, n in chroms))
odd = [("T cell, CD4+ / naive: 1", "H3K4me3 (a)"), ("tab\tname", "100%"), ("\u00e9t\u00e9", "C:D")]
open("t.tsv", "w", encoding="utf-8-sig", newline="").write(
    "celltype\tassay\tpath\trole\tunit\tassembly\taccession\tsex: at birth\r\n"
    "# a comment\r\n\r\n"
    f"{odd[0][0]}\t{odd[0][1]}\ta folder, with: odd %25s/x.bw\ttrain\t-log10 p\thg19\tE1\tF\r\n"
    "tab%09name\t100%25\tplain.bedGraph\tvalid\t-log10 p\t\tE2\t\r\n"
    f"{odd[2][0]}\t{odd[2][1]}\tpacked.bedGraph.gz\ttest\t\t\t\t\r\n")
subprocess.run(["bw2tensor", "-q", "-g", "sizes", "-o", "s.avo", "t.tsv"], check=True)
s = Stream("s.avo")
assert s.tracks == odd, s.tracks
rows = s.lines("@TRACK")
assert [r["role"] for r in rows] == ["train", "valid", "test"]
assert rows[0]["x-accession"] == "E1" and rows[0]["x-sex%3A at birth"] == "F", rows[0]
assert "x-accession" not in rows[2]
space = s.lines("@SPACE")[0]
assert space["unit"] == "-log10 p" and space["assembly"] == "hg19", space
for name, _ in chroms:
    values = s.chrom_values(name)[1]
    assert len(values) > 100
    for t in (1, 2):
        assert np.array_equal(values[:, 0], values[:, t]), f"{name} track {t}"
# the digests of inputs that give equal values are equal, and others are not
assert s.notes["track1"] == s.notes["track2"] == s.notes["track3"] and len(s.notes) == 3
first = s.notes["track1"]
subprocess.run(["bw2tensor", "-q", "-g", "sizes", "-o", "s.avo", "-r", "chr2", "t.tsv"], check=True)
assert Stream("s.avo").notes["track1"] != first
END
"$PYTHON" check.py
expect_error 1 'plain\.bedGraph' bw2tensor -q -o x.avo t.tsv
expect_missing x.avo
