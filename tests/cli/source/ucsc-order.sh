# SPDX-License-Identifier: MIT
# bigWigs of current UCSC programs: chromosomes numbered by name, blocks in the order of the input.
# Every chromosome's values, whole and by region, under indexes of one to five levels; orders that
# no program writes; an order within a chromosome that nobody may write.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
cat >make.py <<'END'
import json
import random
from ucscbigwig import Writer, write

names = [f"chr{i}" for i in range(1, 23)] + ["chrX", "chrY", "chrM"]
rng = random.Random(5)
sizes = {n: 4000 + 1000 * rng.randrange(9) + 7 for n in names}
items = []
for n in names:
    at = rng.randrange(60)
    while at < sizes[n] - 100:
        end = at + rng.randrange(1, 90)
        items.append((n, at, end, rng.randrange(1, 4000) / 32))
        at = end + rng.choice((0, 0, 30))
json.dump((sizes, items), open("truth.json", "w"))
by_name = sorted(items, key=lambda i: i[:2])
write("natural.bw", sizes, items, zooms=3)
write("deep.bw", sizes, items, per_slot=7, fanout=3)
write("twos.bw", sizes, items, per_slot=5, fanout=2, version=3, zooms=0)
write("ends.bw", sizes, items, per_slot=7, fanout=4, bounds="ends")
write("byname.bw", sizes, by_name, per_slot=7, fanout=3)
write("numbered.bw", sizes, items, per_slot=7, fanout=3, numbered=names)
write("plain.bw", sizes, items, per_slot=7, fanout=3, packed=False)
mixed = rng.sample(names, len(names))
write("mixed.bw", sizes, sorted(items, key=lambda i: (mixed.index(i[0]), i[1])),
      per_slot=4, fanout=5)
w = Writer("scattered.bw", sizes, per_slot=9, fanout=3)
blocks = list(w.sections(items))
taken = {n: iter([b for b in blocks if b[0] == w.ids[n]]) for n in names}
w.close(items, [b for _ in blocks for n in names for b in [next(taken[n], None)] if b])
w = Writer("backward.bw", sizes, per_slot=9, fanout=3)
blocks = list(w.sections(items))
blocks[3:5] = blocks[4:2:-1]
w.close(items, blocks)
# a block's entry that names a chromosome without data: found whatever is asked for
sizes["none"] = 5000
w = Writer("hidden.bw", sizes, per_slot=100000, fanout=3)
blocks = list(w.sections(items))
blocks[4] = (w.ids["none"],) + blocks[4][1:]
w.close(items, blocks)
END
"$PYTHON" make.py
cat >compare.py <<'END'
import json
import sys
import numpy as np
from avosignal import Stream

sizes, items = json.load(open("truth.json"))
want = {}
for name, bp in sizes.items():
    base = np.zeros(bp)
    for n, beg, end, value in items:
        if n == name:
            base[beg:end] = value
    want[name] = base[:bp // 25 * 25].reshape(-1, 25).mean(axis=1)


def check(path):
    s = Stream(path)
    for name, b, e in s.extents:
        bins, got = s.chrom_values(name)
        assert len(bins) > 0.7 * (e - b), (path, name, len(bins))
        assert not np.delete(want[name][b:e], bins - b).any(), (path, name)
        assert np.abs(got[:, 0] - want[name][bins]).max() < 1e-4, (path, name)
    return len(s.extents)


for path in sys.argv[1:]:
    n = check(path)
    assert n == (23 if "all" in path else 4), (path, n)
END
for f in natural deep twos ends byname numbered plain mixed scattered; do
    printf 'C\tA\t%s.bw\n' "$f" >t.tsv
    bw2tensor -q --dtype f32 --transform none -o "$f.all.avo" t.tsv
    bw2tensor -q --dtype f32 --transform none -r chrM,chr10,chr2:1001-2000,chrY \
        -o "$f.part.avo" t.tsv
done
"$PYTHON" compare.py ./*.avo
printf 'C\tA\tbackward.bw\n' >t.tsv
expect_error 1 'backward\.bw: index: entry 4 \(chr1:[0-9]*\) is out of order' \
    bw2tensor -q -o x.avo t.tsv
printf 'C\tA\thidden.bw\n' >t.tsv
for r in chr5 none chr4 chr6; do
    expect_error 1 'hidden\.bw: the index and the data block at byte .* disagree' \
        bw2tensor -q -r "$r" -o x.avo t.tsv
done
