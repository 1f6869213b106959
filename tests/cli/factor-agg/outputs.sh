# SPDX-License-Identifier: MIT
# Formats, pipes, orders, tables of cell types, the paper's 565 features; nothing left behind.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy
make_model=$AVO_BUILD/tests/lib/make_model

"$PYTHON" "$AVO_SRC/tests/cli/factor-agg/windows.py" 3 . 1250010 chr1 chr2 chr10 chrX
$make_model -w 25,40,45 -l 1250010 -r chr1:0-41000 -r chr2:100-900 m.model.avo

# 8 tiles of 250 bp: 8 (25 + 40) + 45
factor-agg -q -R tiled.bed --tiles 8x250 m.model.avo >tiled.avo
[ "$(avo-view -H tiled.avo | grep -c '^@feature')" -eq 565 ] || fail "not 565 features"
avo-view --check tiled.avo >/dev/null
"$PYTHON" "$AVO_SRC/tests/oracle/factor_agg.py" tiled.avo --source m.model.avo --bed tiled.bed \
    --tiles 8x250

# text is what avo-view makes of the stream; npy is its numbers
factor-agg -q -R any.bed m.model.avo >any.avo
factor-agg -q -R any.bed -O tsv m.model.avo >any.tsv
avo-view any.avo | cmp - any.tsv
factor-agg -q -R any.bed -O npy m.model.avo | cat >any.npy
avo-view -O npy -o view.npy any.avo
expect_same any.npy view.npy
"$PYTHON" - <<'EOF'
import csv
import numpy as np
x = np.load("any.npy")
rows = list(csv.reader(open("any.tsv"), delimiter="\t"))
assert rows[0][:8] == ["chrom", "start", "end", "name", "label", "group", "@score", "@strand"]
assert rows[0][8] == "fine.0" and len(rows[0]) == 8 + 110 and x.shape == (300, 110)
y = np.array([[float(v) for v in r[8:]] for r in rows[1:]], dtype=np.float32)
assert np.array_equal(x, y, equal_nan=True)
bed = [line.rstrip("\n").split("\t") for line in open("any.bed") if line[0] != "#"]
assert [r[:3] + r[6:8] for r in rows[1:]] == [b[:3] + b[4:6] for b in bed]
EOF
# a pipe in, a pipe of both, a file of both
factor-agg -q -R any.bed <m.model.avo | cmp - any.avo
cat m.model.avo | factor-agg -q -R any.bed - | cmp - any.avo
cat any.bed | factor-agg -q -R - m.model.avo | cmp - any.avo
gzip -c any.bed >any.bed.gz
factor-agg -q -R any.bed.gz m.model.avo | cmp - any.avo
sed 's/$/\r/' any.bed >crlf.bed
factor-agg -q -R crlf.bed m.model.avo | cmp - any.avo
# two pipes of different kinds, where each is told by its content
avo-impute -q -t A:DNase m.model.avo >s.signal.avo
factor-agg -q -R any.bed m.model.avo s.signal.avo >both.avo
mkfifo a b
cat m.model.avo >a &
cat s.signal.avo >b &
factor-agg -q -R any.bed a b | cmp - both.avo
wait

# what is not needed of a model's factors is not read: a flipped bit there is not noticed
printf 'chr2\t2500\t2600\n' >chr2.bed
size=$(wc -c <m.model.avo)
cp m.model.avo bent.model.avo
printf '\377' | dd of=bent.model.avo bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
factor-agg -q -R chr2.bed -O tsv bent.model.avo >got
factor-agg -q -R chr2.bed -O tsv m.model.avo | cmp - got
expect_error 1 'bent.model.avo: record .* damaged' factor-agg -R any.bed -o none.avo bent.model.avo
expect_missing none.avo

# order: a file's rows may come in any, and each is the same row
{ grep -v '^#' any.bed | sort -R --random-source=/bin/ls; } >mixed.bed
factor-agg -q -R mixed.bed -O tsv m.model.avo | tail -n +2 | sort >got
tail -n +2 any.tsv | sort | cmp - got
factor-agg -q --sort -R mixed.bed m.model.avo >sorted.avo
"$PYTHON" "$AVO_SRC/tests/oracle/factor_agg.py" sorted.avo --source m.model.avo --bed mixed.bed \
    --sort

# labels and groups from columns, by number and by name; numpy labels
printf 'chrom\tstart\tend\ty\tregion\nchr1\t0\t500\t1\tr1\nchr2\t5000\t9000\t0\tr2\n' >l.bed
factor-agg -q -R l.bed --label-column y --group-column 5 -O tsv --scales coarse \
    --labels-out y.npy m.model.avo | cut -f 1-7 >got
printf 'chrom\tstart\tend\tname\tlabel\tgroup\tcoarse.0\nchr1\t0\t500\t\t1\tr1\n' >want
head -n 2 got | cut -f 1-6 >head
{ head -n 1 want | cut -f 1-6; tail -n 1 want; } | cmp - head
[ "$("$PYTHON" -c 'import numpy; print(numpy.load("y.npy").tolist())')" = '[1.0, 0.0]' ] ||
    fail 'y.npy'
expect_error 1 'y.npy: the label "r1" of row 1 is not a number' factor-agg -q -R l.bed \
    --label-column region --labels-out y.npy -O npy -o x.npy m.model.avo
expect_missing x.npy

# the tables of the model
factor-agg --celltypes -O tsv m.model.avo >got
[ "$(cut -f 4 got | tr '\n' ' ')" = 'name A B C ' ] || fail "$(cut -f 4 got)"
avo-view --tensor block.0 m.model.avo >want
tail -n +2 got | cut -f 7- | cmp - want
factor-agg --assays -O tsv m.model.avo | tail -n +2 | cut -f 7- >got
avo-view --tensor block.1 m.model.avo | cmp - got
$make_model -w 25,40,45 -l 1250010 -C D -n ext.model.avo
[ "$(factor-agg --celltypes -O tsv m.model.avo ext.model.avo | cut -f 4 | tr '\n' ' ')" = \
    'name A B C D ' ] || fail 'the extension'

# provenance tells what determines the rows, and nothing else
avo-view -H any.avo | grep -q '^@PG.program:factor-agg.*windows:[0-9a-f]\{32\}' || fail provenance
factor-agg -q --no-provenance -R any.bed m.model.avo | avo-view -H >got
refute_line got '^@PG'
expect_no_leftovers .
