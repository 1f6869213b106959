# SPDX-License-Identifier: MIT
# An assembly of 33,000 contigs through every program: a bigWig that is written has a chromosome
# tree of several levels, which other readers and ours read alike.
# timeout: 300
. "$AVO_SRC/tests/lib/case.sh"
need_python pyBigWig
n=33000
awk -v n=$n 'BEGIN {
    for (i = 0; i < n; i++) {
        len = 100 + i % 25
        printf "contig_%d\t%d\n", i, len >"sizes.txt"
        printf "contig_%d\t%d\t%d\t%d\n", i, 25 * (i % 2), 75 + 25 * (i % 2), i % 9 + 1 >"a.bedGraph"
        printf "contig_%d\t0\t100\t%d\n", i, i % 7 + 1 >"b.bedGraph"
        printf "contig_%d\t0\t50\tw%d\n", i, i >"w.bed"
    }
}' </dev/null
printf 'A\tx\ta.bedGraph\nA\ty\tb.bedGraph\nB\tx\tb.bedGraph\n' >tracks.tsv
bw2tensor -q -g sizes.txt -o s.avo tracks.tsv
avo-train -q --epochs 1 --hidden 4 --factors celltype=2,assay=2,fine=1,mid=1,coarse=1 \
    -o m.avo s.avo
avo-impute -q -t B:y -O bigwig -o i.bw m.avo
avo-impute -q -t B:y -O bedgraph -o i.bedGraph m.avo
"$PYTHON" - $n <<'END'
import struct
import sys
import pyBigWig

n = int(sys.argv[1])
bw = pyBigWig.open("i.bw")
assert bw.chroms() == {f"contig_{i}": 100 + i % 25 for i in range(n)}
got = {}
for line in open("i.bedGraph"):
    c, b, e, v = line.split()
    for k in range(int(b) // 25, int(e) // 25):
        got[c, k] = struct.unpack("f", struct.pack("f", float(v)))[0]
assert len(got) == sum((100 + i % 25) // 25 for i in range(n))
for i in range(0, n, 97):
    c, length = f"contig_{i}", 100 + i % 25
    values = bw.values(c, 0, length // 25 * 25)
    assert values == [got[c, k // 25] for k in range(len(values))], c
END
printf 'B\ty\ti.bw\n' >i.tsv
printf 'B\ty\ti.bedGraph\n' >t.tsv
bw2tensor -q --dtype f32 -o bw.avo i.tsv
bw2tensor -q --dtype f32 -g sizes.txt -o text.avo t.tsv
avo-view -O bedgraph -o bw.txt bw.avo
avo-view -O bedgraph -o text.txt text.avo
# text holds decimals of the floats in the bigWig
[ "$(wc -l <bw.txt)" -gt $n ] || fail "too little in the bigWig"
paste bw.txt text.txt | awk -F '\t' 'NF != 8 || $1 != $5 || $2 != $6 || $3 != $7 ||
    ($4 - $8) ^ 2 > 1e-12 { exit 1 }' || fail "bw.txt and text.txt differ"
factor-agg -q -R w.bed -O tsv -o f.tsv m.avo
expect_lines f.tsv $((n + 1))
avo-view -H m.avo | grep -c '^@CHROM' >count
[ "$(cat count)" = $n ] || fail "$(cat count) chromosomes"
