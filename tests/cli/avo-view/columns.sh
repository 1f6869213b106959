# SPDX-License-Identifier: MIT
# Columns of factors and features as bedGraph, one or a file each: what bedGraph holds is what npy
# and text hold, bin for bin, and bw2tensor reads it back. Rows of features by region.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
need_python numpy

tiny_model .
# ---- factors ----
avo-view -O npy -o all.npy model.avo
avo-view -o 'all/{column}.bedGraph' model.avo
avo-view -O npy -r chr1:1001-3012,chr2 -o part.npy model.avo
avo-view -O bedgraph -r chr1:1001-3012,chr2 -o 'part/{column}.bedGraph' model.avo
cat >check.py <<'END'
import os
import sys
import numpy as np
names = [l.split("\t") for l in os.popen("avo-view -H model.avo") if l.startswith("@BLOCK")]
fields = [dict(f.strip().split(":", 1) for f in l[1:]) for l in names]
names = ["%s.%d" % (f["name"], i) for f in fields if f["kind"] == "genome"
         for i in range(int(f["width"]))]
bins = {"all": [("chr1", 0, 2400), ("chr2", 0, 1200)],
        "part": [("chr1", 40, 121), ("chr2", 0, 1200)]}
for what in bins:
    want = np.load(what + ".npy")
    assert sorted(os.listdir(what)) == sorted(n + ".bedGraph" for n in names), what
    for k, name in enumerate(names):
        got, last = [], {}
        for line in open("%s/%s.bedGraph" % (what, name)):
            chrom, beg, end, v = line.split("\t")
            beg, end = int(beg), int(end)
            assert beg >= last.get(chrom, 0) and beg % 25 == 0 and end % 25 == 0, line
            last[chrom] = end
            got += [(chrom, b, v) for b in range(beg // 25, end // 25)]
        assert [g[:2] for g in got] == [(c, b) for c, x, y in bins[what] for b in range(x, y)], name
        assert (np.array([g[2] for g in got], "f4") == want[:, k]).all(), name
END
"$PYTHON" check.py || fail 'bedGraph and npy differ'
expect_exit 0 avo-view -O bedgraph --column fine.3 model.avo
expect_same stdout all/fine.3.bedGraph
avo-view --column fine.3 --column coarse.0 -o 'two/{column}.bg.gz' model.avo
[ "$(ls two | tr '\n' ' ')" = 'coarse.0.bg.gz fine.3.bg.gz ' ] || fail "$(ls two)"
gzip -dc two/fine.3.bg.gz | cmp - all/fine.3.bedGraph || fail 'fine.3 of two'
# what a browser or ChromHMM would read, read by our own reader
printf 'factors\tfine.3\tall/fine.3.bedGraph\n' >back.tsv
bw2tensor -q -g sizes --transform none --dtype f32 back.tsv | avo-view | cut -f 4 | tail -n +2 >got
avo-view model.avo | awk -F '\t' '$4 == "fine" {print $8}' >want
expect_same got want

expect_error 2 'writes one column a file: [0-9]+ are asked for' avo-view -O bedgraph model.avo
expect_line stderr "hint: --column fine.0 chooses one; -o 'dir/\{column\}.bedGraph' writes all"
expect_error 2 'no column "fine.03"' avo-view -O bedgraph --column fine.03 model.avo
expect_line stderr 'did you mean fine.[03]\?'
expect_error 2 'column fine.3 is given twice' avo-view -O bedgraph --column fine.3 --column fine.3 \
    -o '{column}.bg' model.avo
expect_error 2 'goes with signal; .* --column' avo-view -O bedgraph -t liver:DNase model.avo
expect_error 2 'go with factors and features' avo-view -O bedgraph --column fine.3 signal.avo
expect_error 2 'shows one track' avo-view -O bedgraph signal.avo
expect_line stderr "hint: choose it: -t 'liver:H3K4me3'"
expect_error 2 '.column. in -o goes with' avo-view -o '{column}.tsv' model.avo
expect_error 2 '--column goes with' avo-view --column fine.3 model.avo
head -c "$(($(wc -c <model.avo) - 200))" model.avo >cut.avo
expect_exit 1 avo-view -O bedgraph -o 'cut/{column}.bedGraph' cut.avo
[ -z "$(ls -A cut)" ] || fail "left: $(ls -A cut)"

# ---- features ----
factor-agg -q --window 1000 -o w.avo model.avo
avo-view -o 'w/{column}.bedGraph' w.avo
avo-view w.avo | awk -F '\t' 'NR > 1 {print $1 "\t" $2 "\t" $3 "\t" $7}' >want
expect_same w/fine.0.bedGraph want
printf 'chr1\t100\t600\ta\nchr2\t29990\t30010\tb\nchr1\t2000\t2900\tc\nchr1\t500\t2100\td\n' >rows.bed
factor-agg -q -R rows.bed -o rows.avo model.avo
# names REGION-OPTION...: the rows that are left, as text and as a stream
names() {
    avo-view "$@" rows.avo | tail -n +2 | cut -f 4 | tr -d '\n' >text
    avo-view -O avo "$@" rows.avo | avo-view | tail -n +2 | cut -f 4 | tr -d '\n' >stream
    expect_same text stream
    avo-view -O npy -o n.npy "$@" rows.avo
    head -c 128 n.npy | grep -aq "'shape': ($(wc -c <text), " || fail "npy: $*"
    cat text
}
[ "$(names)" = abcd ] || fail "all: $(names)"
[ "$(names -r chr1)" = acd ] || fail "chr1: $(names -r chr1)"
[ "$(names -r chr1:1-525)" = ad ] || fail "chr1:1-525"
[ "$(names -r chr1:1-500)" = a ] || fail "chr1:1-500"
[ "$(names -r chr1:601-2000)" = d ] || fail "chr1:601-2000"
[ "$(names -r chr2)" = b ] || fail 'the end of chr2'
printf 'chr1\t2500\t2600\nchr2\t0\t30010\n' >r.bed
[ "$(names -R r.bed)" = bc ] || fail "-R: $(names -R r.bed)"
expect_error 1 'no row of the features touches' avo-view -O avo -o none.avo -r chr2:1-100 rows.avo
expect_missing none.avo
avo-view -O avo rows.avo | cmp - rows.avo || fail 'a copy differs'
printf 'chr1\t0\t50\tchr2\t100\t200\tp\nchr1\t900\t950\tchr1\t1000\t1100\tq\n' >p.bedpe
factor-agg -q -R p.bedpe --pairs -o rows.avo model.avo
[ "$(names -r chr2)" = p ] && [ "$(names -r chr1:901-1100)" = q ] || fail pairs
expect_error 1 'pairs of intervals' avo-view -O bedgraph --column left.fine.0 rows.avo
factor-agg -q -R rows.bed -o rows.avo model.avo
expect_error 1 'row 3 \(chr1:2001-2900\) overlaps or precedes one before it' \
    avo-view -o 'r/{column}.bg' rows.avo
