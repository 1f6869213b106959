# SPDX-License-Identifier: MIT
# Intervals of no length, as UCSC's programs write them, are passed over, counted and said once a
# file: in bigWigs of all three kinds of block and in bedGraph; the values are those without them.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
cat >make.py <<'END'
import random
import struct
from ucscbigwig import Writer, write

sizes = {"chr1": 2500000, "chr2": 1000, "chr3": 500}
rng = random.Random(8)
items, at = [], 0
while at < sizes["chr1"] - 4000:
    end = at + rng.randrange(1, 4000)
    items.append(("chr1", at, end, rng.randrange(1, 999) / 8))
    at = end + rng.choice((0, 0, 60))
items += [("chr2", 0, 400, 2.5), ("chr2", 500, 1000, 1.0)]
write("clean.bw", sizes, items)
# at starts, ends and inside of gaps; at 1000000, where one read ends and the next begins; alone on
# a chromosome; at the very ends
zeros = [("chr1", i[1], i[1], 7.0) for i in items[::5]] + \
    [("chr1", i[2], i[2], 7.0) for i in items[2::5] if i[0] == "chr1"] + \
    [("chr2", 0, 0, 1.0), ("chr2", 450, 450, 1.0), ("chr2", 1000, 1000, 9.0),
     ("chr3", 0, 0, 5.0), ("chr3", 250, 250, 5.0), ("chr3", 500, 500, 5.0)]
both = sorted(items + zeros, key=lambda i: i[:3])
for name, per_slot in (("whole", 1024), ("threes", 3), ("single", 1)):
    write(f"{name}.bw", sizes, both, per_slot=per_slot, fanout=8)
for name, rows in (("clean", items), ("zero", both)):
    with open(name + ".bedGraph", "w") as f:
        f.writelines(f"{c}\t{b}\t{e}\t{v}\n" for c, b, e, v in rows)
open("sizes.txt", "w").writelines(f"{c}\t{n}\n" for c, n in sizes.items())
print(len(zeros))

# a variableStep and a fixedStep block of span 0 beside one of values
w = Writer("steps.bw", sizes)
blocks = [(0, 0, 100) + w.put(struct.pack("<IIIIIBBHIIf", 0, 0, 100, 0, 0, 1, 0, 1, 0, 100, 2)),
          (0, 100, 130) + w.put(struct.pack("<IIIIIBBHIfIf", 0, 100, 130, 0, 0, 2, 0, 2,
                                            100, 1, 130, 1)),
          (0, 200, 220) + w.put(struct.pack("<IIIIIBBHfff", 0, 200, 220, 10, 0, 3, 0, 3,
                                            1, 1, 1))]
w.close([("chr1", 0, 100, 2.0)], blocks)
# what stays an error: an end before its start
w = Writer("negative.bw", sizes)
blocks = [(0, 50, 60) + w.put(struct.pack("<IIIIIBBHIIfIIf", 0, 50, 60, 0, 0, 1, 0, 2,
                                          50, 60, 2, 60, 55, 1))]
w.close([("chr1", 0, 100, 2.0)], blocks)
END
n=$("$PYTHON" make.py)
[ "$n" -gt 200 ] || fail "$n zero-length intervals"
printf 'C\tA\tclean.bw\n' >clean.tsv
bw2tensor -q --no-provenance --dtype f32 -r chr1,chr2 -o want.avo clean.tsv
for f in whole threes single; do
    printf 'C\tA\t%s.bw\n' $f >$f.tsv
    bw2tensor --no-provenance --dtype f32 -r chr1,chr2 -o got.avo $f.tsv 2>stderr
    expect_same want.avo got.avo
    bw2tensor --dtype f32 --all-bins -@ 4 -o all.avo $f.tsv 2>stderr
    [ "$(grep -c zero-length stderr)" = 1 ] || fail "said more than once"
    expect_line stderr "^bw2tensor: $f\.bw: $n zero-length intervals are passed over\$"
done
bw2tensor --qc -o qc.tsv whole.tsv 2>stderr
expect_line stderr "whole\.bw: $n zero-length"
printf 'C\tA\tzero.bedGraph\n' >b.tsv
bw2tensor --no-provenance --dtype f32 -g sizes.txt -r chr1,chr2 -o got.avo b.tsv 2>stderr
expect_line stderr "^bw2tensor: zero\.bedGraph: $n zero-length intervals are passed over\$"
printf 'C\tA\tclean.bedGraph\n' >c.tsv
bw2tensor -q --no-provenance --dtype f32 -g sizes.txt -r chr1,chr2 -o same.avo c.tsv
expect_same same.avo got.avo
track-eval --observed whole.tsv --imputed clean.tsv -o eval.tsv 2>stderr
[ "$(grep -c zero-length stderr)" = 1 ] || fail "track-eval: $(cat stderr)"
expect_line stderr "track-eval: .*whole\.bw: $n zero-length"
printf 'C\tA\tsteps.bw\n' >s.tsv
bw2tensor --transform none -r chr1 -o s.avo s.tsv 2>stderr
expect_line stderr 'steps\.bw: 5 zero-length'
avo-view -O bedgraph -o s.txt s.avo
printf 'chr1\t0\t100\t2\n' >want
grep -v '^track' s.txt | cut -f 1-4 >got
expect_same want got
printf 'C\tA\tnegative.bw\n' >t.tsv
expect_error 1 'negative\.bw: chr1:61: an interval that ends before it starts' \
    bw2tensor -q -o x.avo t.tsv
