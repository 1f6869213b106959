#!/bin/sh
# SPDX-License-Identifier: MIT
# A damaged, foreign or unfinished bigWig ends in one line of ours: libBigWig prints nothing beside
# it, nothing is left behind, and a summary that lies is no more than a warning.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
cat >make.py <<'END'
import struct
from avosignal import write_bigwig

chroms = [("chr1", 200000), ("chr2", 5000)]
write_bigwig("ok.bw", chroms, [("chr1", i * 40, i * 40 + 30, float(i % 9)) for i in range(4000)])
ok = open("ok.bw", "rb").read()
chrom_at, data_at, index_at = struct.unpack_from("<QQQ", ok, 8)
summary_at, = struct.unpack_from("<Q", ok, 44)


def write(name, at, new):
    open(name + ".bw", "wb").write(ok[:at] + new + ok[at + len(new):])


for name, keep in (("head", 40), ("half", len(ok) // 2), ("last", len(ok) - 1)):
    open(f"cut-{name}.bw", "wb").write(ok[:keep])
write("big-endian", 0, ok[3::-1])
write("bigbed", 0, struct.pack("<I", 0x8789F2EB))
write("version", 4, struct.pack("<H", 9))
write("chroms", chrom_at, b"\0\0\0\0")
write("many-chroms", chrom_at + 16, struct.pack("<Q", 1 << 40))
write("index", index_at, b"\0\0\0\0")
write("loop", index_at + 48, struct.pack("<BBHIIIIQ", 0, 0, 1, 0, 0, 0, 159990, index_at + 48))
write("block", data_at + 100, bytes([ok[data_at + 100] ^ 4]))
write("huge-block", 52, struct.pack("<I", 1 << 31))
write("summary", summary_at, b"\xff" * 8)
END
"$PYTHON" make.py
refused() {
    printf 'C\tA\t%s.bw\n' "$1" >t.tsv
    expect_error 1 "$1\\.bw: $2" bw2tensor -q -o out/x.avo t.tsv
    expect_missing out/x.avo
    expect_no_leftovers .
}
refused cut-head 'the header .*truncated'
refused cut-half '.*truncated'
refused cut-last '.*truncated'
refused big-endian 'a bigWig with swapped bytes'
refused bigbed 'a bigBed'
refused version 'bigWig version 9'
refused chroms 'no chromosome tree'
refused many-chroms 'chromosome tree: 1099511627776 chromosomes'
refused index 'no index'
refused loop 'index: '
refused block 'the block of chr1:.*damaged'
refused huge-block 'blocks of 2147483648 bytes'
printf 'C\tA\tok.bw\n' >t.tsv
bw2tensor -q -o want.avo --no-provenance t.tsv
avo-view -O bedgraph -o want.txt want.avo
printf 'C\tA\tsummary.bw\n' >t.tsv
expect_exit 0 bw2tensor -o got.avo --no-provenance t.tsv
expect_line stderr 'warning: .*summary\.bw: .*summary cannot be true'
avo-view -O bedgraph -o got.txt got.avo
expect_same want.txt got.txt
