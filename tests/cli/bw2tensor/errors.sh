#!/bin/sh
# SPDX-License-Identifier: MIT
# Inputs that cannot be taken: exit status, one line that says where and what, no output left.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
cat >make.py <<'END'
from avosignal import *
chroms = [("chr1", 10000), ("chr2", 5000)]
write_bigwig("ok.bw", chroms, [("chr1", 0, 1000, 1.5), ("chr2", 100, 200, 2.0)])
write_bigwig("big.bw", chroms, [("chr1", 0, 2000, 1.0), ("chr1", 2000, 2010, 70000.0),
                                ("chr1", 2010, 2025, 1e5)])
write_bigwig("neg.bw", chroms, [("chr2", 0, 25, -1.0)])
write_bigwig("inf.bw", chroms, [("chr1", 50, 75, float("inf"))])
write_bigwig("longer.bw", [("chr1", 10001), ("chr2", 5000)], [("chr1", 0, 1000, 1.5)])
write_bigwig("fewer.bw", [("chr1", 10000), ("chr3", 70)], [("chr1", 0, 1000, 1.5)])
write_bigwig("other.bw", [("1", 10000)], [("1", 0, 1000, 1.5)])
END
"$PYTHON" make.py
table() {
    : >t.tsv
    for _t in "$@"; do
        printf 'C\t%s\t%s.bw\n' "$_t" "$_t" >>t.tsv
    done
}
b2t() {
    bw2tensor -q -o out/x.avo "$@"
}

# values that the type or the transform cannot hold
table ok big
expect_error 1 'big\.bw: chr1:2001-2025: .*88000' b2t --transform none --dtype f16 t.tsv
expect_line stderr 'hint: .*--dtype f32'
b2t --transform none t.tsv              # f32 holds it
b2t t.tsv                               # and so does arcsinh in f16
rm -r out
table ok neg
expect_error 1 'neg\.bw: chr2:1-25: .*-1 .*log1p' b2t --transform log1p t.tsv
table ok inf
expect_error 1 'inf\.bw: .*chr1' b2t t.tsv

# chromosomes
table ok longer
expect_error 1 'chromosome "chr1" has 10000 bp in .*ok\.bw and 10001 bp in .*longer\.bw' b2t t.tsv
table ok other
expect_error 1 'no chromosome is common .*ok\.bw.*other\.bw' b2t t.tsv
table ok fewer
bw2tensor -o two.avo t.tsv 2>stderr
expect_line stderr 'chromosome "chr2" is left out: 1 of 2 files lack it \(.*fewer\.bw\)'
expect_line stderr 'chromosome "chr3" is left out: 1 of 2 files lack it \(.*ok\.bw\)'
"$PYTHON" -c 'from avosignal import *; assert Stream("two.avo").chroms == [("chr1", 10000)]'

# files; the first bad one of the table is named, whichever thread found it
head -c 3000 ok.bw | head -c -200 >cut.bw
echo 'not a bigWig' >text.bw
table ok cut
expect_error 1 'cut\.bw' b2t t.tsv
table ok missing text
for _n in 1 2 5; do
    expect_error 1 'missing\.bw' b2t -@"$_n" t.tsv
done
table text
expect_error 1 'text\.bw' b2t t.tsv
printf 'C\tx\thttp://127.0.0.1:9/x.bw\n' >t.tsv
expect_error '1|2' '--remote' b2t t.tsv

# damage inside a block shows when the block is read, late: no output, and a pipe without END
"$PYTHON" - <<'END'
from avosignal import *
rng = np.random.default_rng(4)
chroms = [("chr1", 3000000)]
write_bigwig("late.bw", chroms, random_intervals(rng, chroms, 90000))
data = bytearray(open("late.bw", "rb").read())
with open("late.bw", "rb") as f:
    f.seek(24)
    index = int.from_bytes(f.read(8), "little")
data[index - 3000] ^= 16                # in the last blocks before the index
open("late.bw", "wb").write(data)
END
table late
for _n in 1 2; do
    expect_error 1 'late\.bw: ' b2t -@"$_n" t.tsv
    expect_error 1 'late\.bw: ' bw2tensor -q -@"$_n" t.tsv
    [ "$(head -c 4 stdout | tail -c 3)" = AVO ] || fail 'the stream was not begun'
    ! "$PYTHON" -c 'from avosignal import *; Stream("stdout")' 2>/dev/null || fail 'END is there'
done
expect_missing out/x.avo

# the table
expect_error 1 'none\.tsv' b2t none.tsv
printf 'C\tx\n' >t.tsv
expect_error 1 't\.tsv:1: 2 columns' b2t t.tsv
printf 'C\tx\tok.bw\nC\tx\tok.bw\n' >t.tsv
expect_error 1 't\.tsv:2: cell type "C", assay "x" is in line 1 already' b2t t.tsv

# the command line
table ok
expect_error 2 '--missing: "maybe" is not zero or nan$' b2t --missing maybe t.tsv
expect_error 2 '--transform: "sqrt" is not arcsinh, log1p or none$' b2t --transform sqrt t.tsv
expect_error 2 '--dtype: "f64" is not f16 or f32$' b2t --dtype f64 t.tsv
expect_error 2 '-b: "0"' b2t -b 0 t.tsv
expect_error 2 '--sample: "0%"' b2t --sample 0% t.tsv
expect_error 2 '--flank widens the regions of -r and -R' b2t --flank 25 t.tsv
expect_error 2 '--sample: "2"' b2t --sample 2 t.tsv
expect_error 2 'does not divide' b2t --mid 7 t.tsv
expect_error 2 'one table' b2t t.tsv t.tsv
expect_error 1 'x\.bed' b2t --exclude x.bed t.tsv
expect_missing out/x.avo
[ ! -d out ] || expect_no_leftovers out
