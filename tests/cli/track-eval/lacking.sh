#!/bin/sh
# SPDX-License-Identifier: MIT
# Chromosomes that one file of a table does not name, and rows of BED that do not fit, in track-eval,
# avo-impute, avo-view and avo-train: the same rule as in bw2tensor.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
need_python numpy pyBigWig
tiny_model d
# chr3 is in one file only
"$PYTHON" - <<'END'
import pyBigWig
def write(name, chroms, value):
    bw = pyBigWig.open(name, "w")
    bw.addHeader(chroms)
    for i, (c, n) in enumerate(chroms):
        starts = list(range(0, n - 24, 25))
        bw.addEntries([c] * len(starts), starts, ends=[s + 25 for s in starts],
                      values=[value + i + (s // 25) % 7 for s in starts])
    bw.close()
both, more = [("chr1", 5000), ("chr2", 4000)], [("chr1", 5000), ("chr2", 4000), ("chr3", 3000)]
write("a.bw", more, 1.0)
write("b.bw", both, 2.0)
write("ia.bw", both, 1.5)
write("ib.bw", more, 2.5)
END
printf 'a\tx\ta.bw\nb\tx\tb.bw\n' >o.tsv
printf 'a\tx\tia.bw\nb\tx\tib.bw\n' >i.tsv
run() {
    expect_exit 0 track-eval --observed o.tsv --imputed i.tsv --measures mse --scope chrom "$@"
}
run
expect_line stderr 'chromosome "chr3" is left out: 1 of 2 files lack it \(b.bw\)'
refute_line stdout 'chr3'
run -r chr3
expect_line stderr 'b.bw: does not name chr3: uncovered there'
expect_line stderr 'ia.bw: does not name chr3: uncovered there'
expect_line stdout 'chr3'
refute_line stdout 'chr1	'
cp stdout r.tsv
printf 'chr3\t0\t3000\nchr9\t0\t5\n' >three.bed
run -R three.bed
expect_line stderr 'three.bed: 1 of 2 rows left out'
expect_same stdout r.tsv
printf 'chr1\t5000\nchr2\t4000\nchr3\t3000\n' >sizes
run -g sizes
expect_line stdout 'chr3'
grep -F "$(grep chr3 r.tsv | head -n 1)" stdout >/dev/null || fail 'chr3 by -g'
# the method has chr3 in one file: the other counts as 0 there
"$PYTHON" - <<'END'
import math
rows = [l.rstrip("\n").split("\t") for l in open("r.tsv") if not l.startswith("#")]
head, rows = rows[0], rows[1:]
c = {k: i for i, k in enumerate(head)}
method = c.get("method", 0)
t = lambda x: math.asinh(x)
a = [t(1.0 + 2 + i % 7) for i in range(120)]
want = {"a": sum(x * x for x in a) / 120, "b": sum(t(2.5 + 2 + i % 7) ** 2 for i in range(120)) / 120}
seen = 0
for r in rows:
    if "i" in (r[method], r[method].split(".")[0]) or r[method] == "imputed":
        cell = r[c["celltype"]]
        if cell not in want:
            continue            # means over tracks
        got = float(r[c["mse"]])
        assert abs(got / want[cell] - 1) < 1e-5, (r, want)
        seen += 1
assert seen == 2, (head, rows)
END
# BED in every option that takes it
printf 'chr1\t100\t900\tg\t0\t+\nchr9\t0\t100\th\t0\t+\nchr2\t3900\t9000\ti\t0\t-\n' >g.bed
said='g.bed: 1 of 3 rows left out \(1 on chromosomes not known here, the first "chr9", 0 beyond the end of theirs\), 1 cut'
printf 'a\tx\tg.bed\n' >peaks.tsv
for option in --genes --promoters --enhancers --exclude -R; do
    expect_exit 0 track-eval --observed o.tsv --imputed i.tsv $option g.bed
    expect_line stderr "$said"
    [ "$(grep -c 'g.bed' stderr)" -eq 1 ] || fail "said more than once: $option"
    expect_error 1 'g.bed:2: unknown chromosome "chr9"' \
        track-eval -q --strict --observed o.tsv --imputed i.tsv $option g.bed
done
expect_exit 0 track-eval --observed o.tsv --imputed i.tsv --peaks peaks.tsv
expect_line stderr "$said"
expect_error 1 'g.bed:2: unknown chromosome "chr9"' \
    track-eval -q --strict --observed o.tsv --imputed i.tsv --peaks peaks.tsv
for p in 'avo-view -o v.avo d/signal.avo' 'avo-view -o v.avo d/model.avo' \
    'avo-impute --all -o v.avo d/model.avo'; do
    # shellcheck disable=SC2086
    expect_exit 0 $p -R g.bed
    expect_line stderr 'g.bed: 1 of 3 rows left out'
    # shellcheck disable=SC2086
    expect_error 1 'g.bed:2: unknown chromosome "chr9"' $p -q -R g.bed --strict
done
expect_exit 0 avo-train --epochs 1 --hidden 8 --stage1 g.bed -o s1.avo d/signal.avo
expect_line stderr 'g.bed: 1 of 3 rows left out'
expect_error 1 'g.bed:2: unknown chromosome "chr9"' \
    avo-train -q --strict --epochs 1 --hidden 8 --stage1 g.bed -o s2.avo d/signal.avo
