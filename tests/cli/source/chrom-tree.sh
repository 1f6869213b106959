#!/bin/sh
# SPDX-License-Identifier: MIT
# A chromosome tree of several levels, as UCSC's programs write it for assemblies of many contigs.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
cat >make.py <<'END'
import struct
import pyBigWig
from avosignal import write_bigwig

chroms = [(f"ctg{i:04d}", 1000 + 25 * i) for i in range(300)]
write_bigwig("flat.bw", chroms, [(n, 25, 500 + i, float(i)) for i, (n, _) in enumerate(chroms)])
flat = bytearray(open("flat.bw", "rb").read())
KEY, FAN = 7, 8
tail = flat[-4:]
out = flat[:-4]


def node(leaf, items):
    """Appends a node; items are (key, 8 bytes). Returns where it lies."""
    at = len(out)
    out.extend(struct.pack("<BBH", leaf, 0, len(items)))
    for key, value in items:
        out.extend(key.encode().ljust(KEY, b"\0") + value)
    return at


# the head is written last, so the root has to follow it: reserve its place
head = len(out)
out.extend(struct.pack("<IIIIQQ", 0x78CA8C91, FAN, KEY, 8, len(chroms), 0))
root = len(out)
out.extend(bytes(4 + FAN * (KEY + 8)))
level = [(n, struct.pack("<II", i, length)) for i, (n, length) in enumerate(chroms)]
leaf = 1
while len(level) > FAN:
    level = [(level[i][0], struct.pack("<Q", node(leaf, level[i:i + FAN])))
             for i in range(0, len(level), FAN)]
    leaf = 0
top = struct.pack("<BBH", leaf, 0, len(level)) + b"".join(
    k.encode().ljust(KEY, b"\0") + v for k, v in level)
out[root:root + len(top)] = top
out.extend(tail)
struct.pack_into("<Q", out, 8, head)
open("deep.bw", "wb").write(out)
with pyBigWig.open("deep.bw") as bw:
    assert bw.chroms() == dict(chroms)
struct.pack_into("<Q", out, root + 4 + KEY, root)       # a node that is its own child
open("loop.bw", "wb").write(out)
END
"$PYTHON" make.py
for f in flat deep; do
    printf 'C\tA\t%s.bw\n' "$f" >t.tsv
    bw2tensor -q --dtype f32 --transform none -o s.avo t.tsv
    avo-view -O bedgraph -o "$f.txt" s.avo
done
[ "$(wc -l <deep.txt)" -gt 300 ] || fail "too little came"
expect_same flat.txt deep.txt
printf 'C\tA\tloop.bw\n' >t.tsv
expect_error 1 'loop\.bw: chromosome tree: ' bw2tensor -q -o x.avo t.tsv
