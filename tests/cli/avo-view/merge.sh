# SPDX-License-Identifier: MIT
# -O avo A B: streams cut by position, by track and by both become the stream they were cut from,
# in whatever order they are named.
. "$AVO_SRC/tests/lib/case.sh"

good=$AVO_SRC/tests/streams/good
all=$good/signal.avo

# A copy is the same bytes; so is one through a pipe, and through compression.
for f in signal signal-nan signal-skip model empty feature feature-pairs; do
    avo-view -O avo "$good/$f.avo" | cmp - "$good/$f.avo"
done
avo-view -O avo --bgzf "$all" | avo-view -O avo | cmp - "$all"
avo-view -O avo --no-provenance "$all" | avo-view -H >header
refute_line header '^@PG'

cut() { avo-view --no-provenance -O avo -o "$@"; }
cut whole.avo "$all"
cut p1.avo -r chr1:1-5000 "$all"
cut p2.avo -r chr1:5001-30000 "$all"
cut p3.avo -r chrX "$all"
cut whole2.avo whole.avo
cmp whole.avo whole2.avo
for order in 'p1.avo p2.avo p3.avo' 'p3.avo p1.avo p2.avo' 'p2.avo p3.avo p1.avo'; do
    avo-view -O avo -o joined.avo $order
    cmp joined.avo whole.avo
    avo-view $order | diff - all.tsv 2>/dev/null || avo-view $order >all.tsv
done
avo-view whole.avo | diff all.tsv -

# By track. A bin that one of them lacks holds what uncovered bins hold.
cut t1.avo -t E065:H3K4me3 "$all"
cut t2.avo -t 'IMR 90/b:DNase' "$all"
avo-view -O avo -o joined.avo t1.avo t2.avo
cmp joined.avo whole.avo
avo-view -O avo -o joined.avo t2.avo t1.avo
cmp joined.avo whole.avo

# By both.
cut a.avo -t E065:H3K4me3 p1.avo
cut b.avo -t 'IMR 90/b:DNase' p1.avo
cut c.avo -t E065:H3K4me3 p2.avo p3.avo
cut d.avo -t 'IMR 90/b:DNase' p2.avo p3.avo
avo-view -O avo -o joined.avo d.avo a.avo c.avo b.avo
cmp joined.avo whole.avo

# What cannot be joined.
expect_error 1 'p1.avo and .*whole.avo both hold chr1, bin 3|whole.avo and .*p1.avo both hold' \
    avo-view -O avo p1.avo whole.avo
expect_error 1 'does not cover all' avo-view -O avo a.avo d.avo
expect_error 1 'differ in what missing bins hold' avo-view -O avo p1.avo "$good/signal-nan.avo"
expect_error 1 'differ in their content' avo-view -O avo "$all" "$good/model.avo"
expect_error 2 'stdin is named twice' avo-view -O avo - -
expect_exit 1 avo-view -O avo -o no.avo p1.avo "$AVO_SRC/tests/streams/bad/no-end.avo"
[ ! -e no.avo ] || fail "an output was left"

# Models of one root: CORE once, GENOME by position.
m=$good/model.avo
cut g1.avo -r chr1:1-5000 "$m"
cut g2.avo -r chr1:5001-30000 "$m"
avo-view -O avo -o joined.avo g2.avo g1.avo
avo-view --check joined.avo >check
expect_line check 'ok: model, 5 records, 16 bins'
avo-view --tensors joined.avo >got
printf 'CORE\thyper\tu8\t9\nCORE\tlayer1.weight\tf32\t4x5\n' | diff - got
avo-view -O npy -o 1.npy joined.avo
avo-view -O npy -o 2.npy "$m"
cmp 1.npy 2.npy
expect_error 1 'GENOME tile at chr1, bin 3 that another input holds too' avo-view -O avo "$m" g1.avo
