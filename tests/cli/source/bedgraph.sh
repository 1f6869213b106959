#!/bin/sh
# SPDX-License-Identifier: MIT
# The same intervals as bigWig, as bedGraph, as gzip and as BGZF give the same bins; what bedGraph
# must not hold is refused with file and line.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
cat >make.py <<'END'
import gzip
import struct
import zlib
import numpy as np
from avosignal import write_bigwig

rng = np.random.default_rng(5)
chroms = [("chr1", 400010), ("chr2", 90000), ("HLA-A*01:01", 3503), ("chrUn_1.2", 60000)]
ivs = []
for name, length in chroms:
    edges = np.sort(rng.choice(length, length // 20, replace=False)).tolist()
    keep = rng.random(len(edges)) < 0.7
    ivs += [(name, b, e, float(np.float32(v))) for b, e, k, v in
            zip(edges, edges[1:], keep, rng.gamma(0.5, 4, len(edges))) if k]
write_bigwig("x.bw", chroms, ivs)
by_chrom = {n: [i for i in ivs if i[0] == n] for n, _ in chroms}
text = "browser hide all\ntrack type=bedGraph\n" + "".join(
    f"{c}\t{b}\t{e}\t{v:.17g}\n" for n, _ in reversed(chroms) for c, b, e, v in by_chrom[n])
raw = text.encode()
open("x.bedGraph", "wb").write(raw)
gzip.open("x.bedGraph.gz", "wb").write(raw)


def bgzf(data):
    """BGZF as its specification lays it out: members with their size in an extra field."""
    out = b""
    for i in list(range(0, len(data), 60000)) + [len(data)]:
        part = data[i:i + 60000]
        z = zlib.compressobj(6, zlib.DEFLATED, -15)
        body = z.compress(part) + z.flush()
        out += struct.pack("<4BI2BH2BHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(body) + 25)
        out += body + struct.pack("<II", zlib.crc32(part), len(part))
    return out


whole = bgzf(raw)
open("x.bgzf", "wb").write(whole)
open("cut.bgzf", "wb").write(whole[:-28])
open("sizes", "w").write("".join(f"{n}\t{length}\n" for n, length in chroms))
END
"$PYTHON" make.py
for f in x.bw x.bedGraph x.bedGraph.gz x.bgzf; do
    printf 'C\tA\t%s\n' "$f" >t.tsv
    for r in '' '-r chr1:200001-300000,chr2'; do
        # shellcheck disable=SC2086
        bw2tensor -q -g sizes --dtype f32 --transform none $r -o s.avo t.tsv
        avo-view -O bedgraph -o "$f.out" s.avo
        [ -s "$f.out" ] || fail "$f: nothing came"
        [ "$f" != x.bw ] || cp "$f.out" "want$r"
        expect_same "want$r" "$f.out"
    done
done

refused() {
    printf 'C\tA\t%s\n' "$1" >t.tsv
    expect_error 1 "$2" bw2tensor -q -g sizes -o out.avo t.tsv
    expect_missing out.avo
}
refused cut.bgzf 'cut\.bgzf: BGZF end mark missing'
head -c 3000 x.bedGraph.gz >cut.gz
refused cut.gz 'cut\.gz: gzip data cut short'
head -c 3001 x.bedGraph >cut.txt
refused cut.txt 'cut\.txt:[0-9]*: '
printf 'chr1\t10\t20\t1\nchr1\t15\t30\t1\n' >overlap.txt
refused overlap.txt 'overlap\.txt:2: intervals out of order or overlapping'
printf 'fixedStep chrom=chr1 start=1 step=25\n1\n1 2\n' >x.wig
refused x.wig 'x\.wig:3: want one value a line, as fixedStep says'
printf 'C\tA\tx.bedGraph\n' >t.tsv
expect_error 1 'bedGraph and wig do not say' bw2tensor -q -o out.avo t.tsv
expect_line stderr 'hint: .*-g'
