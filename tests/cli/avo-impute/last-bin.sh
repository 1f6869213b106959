# SPDX-License-Identifier: MIT
# --last-bin: the bases behind the last whole bin get its value, in bedGraph and bigWig, where that
# bin is written; everything else stays as it is. A record stream holds whole bins.
. "$AVO_SRC/tests/lib/case.sh"
need_python pyBigWig
make_model=$AVO_BUILD/tests/lib/make_model

$make_model -r chr1:3900-4000 -r chr2:0-100 -l 100010 m.avo
set -- -q -t A:DNase -t A:H3K4me3 m.avo
avo-impute -O bedgraph -o 'without/{celltype}.{assay}.bedGraph' "$@"
avo-impute -O bedgraph --last-bin -o 'with/{celltype}.{assay}.bedGraph' "$@"
avo-impute -O bigwig -o 'without/{celltype}.{assay}.bw' "$@"
avo-impute -O bigwig --last-bin -o 'with/{celltype}.{assay}.bw' "$@"
for a in A.DNase A.H3K4me3; do
    # only the line of the last bin of chr1 changes, and only its end
    sed 's/\t100000\t/\t100010\t/' without/$a.bedGraph >want
    expect_differ without/$a.bedGraph want
    expect_same want with/$a.bedGraph
done
"$PYTHON" - <<'END'
import math
import pyBigWig

for assay in ("A.DNase", "A.H3K4me3"):
    a, b = (pyBigWig.open(f"{d}/{assay}.bw") for d in ("without", "with"))
    assert a.chroms() == b.chroms() and a.chroms("chr1") == 100010
    was, now = (f.values("chr1", 97500, 100010) for f in (a, b))
    assert was[:2500] == now[:2500] and all(map(math.isnan, was[2500:]))
    assert now[2500:] == [now[2499]] * 10, now[2490:]
    assert a.intervals("chr2") == b.intervals("chr2")
    assert b.header()["nBasesCovered"] == a.header()["nBasesCovered"] + 10 == 200 * 25 + 10
    (mean,) = b.stats("chr1", 97500, 100010)
    assert abs(mean - sum(now) / 2510) < 1e-4 * abs(mean) + 1e-6, mean
    # text and bigWig say the same
    text = [l.split() for l in open(f"with/{assay}.bedGraph")]
    (last,) = (float(t[3]) for t in text if t[2] == "100010")
    assert abs(last - now[2499]) <= 1e-6 * abs(last)
END
# whole bins are read back as they were
for d in without with; do
    printf 'A\tDNase\t%s/A.DNase.bw\n' $d >t.tsv
    bw2tensor -q --dtype f32 --no-provenance -o $d.avo t.tsv
done
expect_same without.avo with.avo

# not where the last whole bin is not written, nor where nothing is left behind it
avo-impute -q -t A:DNase -O bedgraph -r chr1:97501-99975 m.avo >want
avo-impute -q -t A:DNase -O bedgraph --last-bin -r chr1:97501-99975 m.avo >got
expect_same want got
avo-impute -q -t A:DNase -O bedgraph --last-bin -r chr1:99990-99990 m.avo >got
expect_lines got 1
expect_line got '^chr1	99975	100010	'
$make_model -r chr1:3900-4000 -l 100000 even.avo
for f in bedgraph bigwig; do
    avo-impute -q -t A:DNase -O $f -o want.$f even.avo
    avo-impute -q -t A:DNase -O $f --last-bin -o got.$f even.avo
    expect_same want.$f got.$f
done
expect_error 2 'last-bin is for -O bedgraph and -O bigwig' avo-impute -t A:DNase --last-bin \
    -o x.avo m.avo
