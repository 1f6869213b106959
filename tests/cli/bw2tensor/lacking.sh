#!/bin/sh
# SPDX-License-Identifier: MIT
# A chromosome that one file does not name: left out by default, and a note says how to ask for it;
# where -r, -R or -g ask for it, it is uncovered in that file. And -R with rows that do not fit.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
cat >make.py <<'END'
from avosignal import *

chroms = [("chr1", 30000), ("chr2", 20010), ("chrY", 10000)]
for name, n in (("male", 3), ("female", 2), ("other", 2)):
    ivs = random_intervals(np.random.default_rng(n), chroms[:n], 900)
    write_bigwig(name + ".bw", chroms[:n], ivs)
open("sizes", "w").write("".join(f"{c}\t{n}\n" for c, n in chroms + [("chr9", 5000)]))
open("t.tsv", "w").write("m\tx\tmale.bw\nf\tx\tfemale.bw\no\tx\tother.bw\n")
END
cat >check.py <<'END'
import sys
from avosignal import *
s, y = Stream("s.avo"), Stream(sys.argv[1])
want = sys.argv[2].split(",")
assert [c for c, _ in y.chroms] == want, y.chroms
if "chrY" in want and any(e[0] == "chrY" for e in y.extents):
    bins, values = y.chrom_values("chrY")
    assert len(bins) > 50 and np.any(values[:, 0] != 0), values
    assert np.all(values[:, 1:] == 0)           # uncovered in the files that lack it
    assert len(s.chrom_values("chrY")[0]) == 0 if "chrY" in [c for c, _ in s.chroms] else True
for c, beg, end in y.extents:
    if c not in ("chr1", "chr2"):
        continue
    a, b = s.chrom_values(c), y.chrom_values(c)
    keep = (a[0] >= beg) & (a[0] < end)
    if sum(e[0] == c for e in y.extents) == 1:
        assert np.array_equal(a[0][keep], b[0]) and np.array_equal(a[1][keep], b[1])
END
"$PYTHON" make.py
check() {
    "$PYTHON" check.py "$@"
}
expect_exit 0 bw2tensor -o s.avo t.tsv
expect_line stderr 'chromosome "chrY" is left out: 2 of 3 files lack it \(female.bw, other.bw\)'
expect_line stderr '-r, -R or -g \(chromosome sizes\) that names such a chromosome takes it'
check s.avo chr1,chr2
for how in '-r chr1:1-5000,chrY' '-R y.bed'; do
    printf 'chrY\t0\t10000\nchr1\t0\t5000\n' >y.bed
    # shellcheck disable=SC2086
    expect_exit 0 bw2tensor -o y.avo $how t.tsv
    [ "$(grep -c 'does not name chrY: uncovered there' stderr)" -eq 2 ] || fail "said $how"
    expect_line stderr 'female.bw: does not name chrY'
    check y.avo chr1,chr2,chrY
done
# -g: the chromosomes that it and a file name are taken; one that no file names has a length only
expect_exit 0 bw2tensor -g sizes -o g.avo t.tsv
check g.avo chr1,chr2,chrY
expect_line stderr 'other.bw: does not name chrY'
expect_exit 0 bw2tensor -g sizes -r chr9,chr1 -o g.avo t.tsv
expect_line stderr 'male.bw: does not name chr9: uncovered there'
check g.avo chr1,chr2,chr9,chrY
expect_error 2 'unknown chromosome "chr9"' bw2tensor -q -o x.avo -r chr9 t.tsv
# whatever one file lacks of another assembly is told
printf 'chr1\t30000\nchr2\t20010\nchrY\t9999\n' >short
expect_error 1 'chromosome "chrY" has 10000 bp in male.bw and 9999 bp in short' \
    bw2tensor -q -g short -o x.avo t.tsv
printf 'chr1\t30000\nlong\t5000000000\n' >huge
expect_error 1 'huge:2: chromosome "long" has 5000000000 bp; at most 4294967295 ' \
    bw2tensor -q -g huge -o x.avo t.tsv
printf 'chr1\t30000\nchr2\t20010\nchr1\t30000\n' >twice
expect_error 1 'twice:3: chr1 is given twice' bw2tensor -q -g twice -o x.avo t.tsv
# no chromosome in common is no obstacle to asking for one
printf 'm\tx\tmale.bw\nn\tx\tonly9.bw\n' >apart.tsv
printf 'chr9\t5000\n' >nine
"$PYTHON" -c "
from avosignal import *
write_bigwig('only9.bw', [('chr9', 5000)], random_intervals(np.random.default_rng(1), [('chr9', 5000)], 50))"
expect_error 1 'no chromosome is common to all files' bw2tensor -q -o x.avo apart.tsv
expect_exit 0 bw2tensor -o a.avo -r chr9,chr2 apart.tsv
expect_line stderr 'only9.bw: does not name chr2: uncovered there'
expect_line stderr 'male.bw: does not name chr9: uncovered there'

# ---- rows of BED that do not fit ----
printf 'chr1\t100\t900\nchr7\t0\t100\nchr2\t20000\t30000\nchr2\t90000\t90001\nchr1\t5000\t6000\n' >p.bed
expect_exit 0 bw2tensor -o p.avo -R p.bed t.tsv
expect_line stderr 'p.bed: 2 of 5 rows left out \(1 on chromosomes not known here, the first "chr7", 1 beyond the end of theirs\), 1 cut at the end of their chromosome'
[ "$(grep -c 'p.bed' stderr)" -eq 1 ] || fail 'more than one line'
grep -v 'chr7\|90000' p.bed | sed 's/30000/20010/' >fit.bed
expect_exit 0 bw2tensor -o fit.avo -R fit.bed --strict t.tsv
expect_same p.avo fit.avo
expect_error 1 'p.bed:2: unknown chromosome "chr7"' bw2tensor -q -o x.avo -R p.bed --strict t.tsv
sed 2d p.bed >q.bed
expect_error 1 'q.bed:2: 30000 is past the end of chromosome "chr2" \(20010 bp\)' \
    bw2tensor -q -o x.avo -R q.bed --strict t.tsv
printf 'chr7\t0\t100\n' >none.bed
expect_error 1 'none.bed: none of its chromosomes is known here' \
    bw2tensor -q -o x.avo -R none.bed t.tsv
# the same for --exclude, of which nothing need be left
expect_exit 0 bw2tensor -o p.avo --exclude p.bed t.tsv
expect_line stderr 'p.bed: 2 of 5 rows left out'
expect_exit 0 bw2tensor -o fit.avo --exclude fit.bed t.tsv
expect_same p.avo fit.avo
expect_error 1 'p.bed:2: unknown chromosome "chr7"' \
    bw2tensor -q -o x.avo --exclude p.bed --strict t.tsv
expect_missing x.avo
expect_no_leftovers .
