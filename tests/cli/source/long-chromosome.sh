# SPDX-License-Identifier: MIT
# Chromosomes beyond 2^31 bases (up to 2^32 - 1, what a bigWig can hold) in bigWig, bedGraph and -g,
# -r, BED, and in what is written; a longer one is named with the limit.
. "$AVO_SRC/tests/lib/case.sh"
need_python pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
cat >make.py <<'END'
from ucscbigwig import write

sizes = {"chr1": 4294967295, "chr2": 2147483648}
items = [("chr1", 10, 60, 1.5), ("chr1", 2147483600, 2147483700, 2.0),
         ("chr1", 4294967200, 4294967295, 3.0), ("chr2", 2147483600, 2147483648, 4.0)]
write("x.bw", sizes, items, zooms=1)
open("x.bedGraph", "w").writelines(f"{c}\t{b}\t{e}\t{v}\n" for c, b, e, v in items)
open("sizes.txt", "w").writelines(f"{c}\t{n}\n" for c, n in sizes.items())
END
"$PYTHON" make.py
printf 'C\tA\tx.bw\n' >bw.tsv
printf 'C\tA\tx.bedGraph\n' >bg.tsv
r=chr1:2147483401-2147483800,chr1:4294967101-4294967295,chr2:2147483501-2147483648
printf 'chr1\t2147483400\t2147483800\nchr1\t4294967100\t4294967295\n' >r.bed
printf 'chr2\t2147483500\t2147483648\n' >>r.bed
cat >want <<'END'
chr1	2147483600	2147483700	2
chr1	4294967200	4294967275	3
chr2	2147483600	2147483625	4
END
lines() {
    avo-view -O bedgraph "$1" | grep -v '^track' | awk '$4 != 0' >got
    expect_same want got
}
set -- -q --transform none
bw2tensor "$@" -r $r -o s.avo bw.tsv
lines s.avo
bw2tensor "$@" -R r.bed -o s.avo bw.tsv
lines s.avo
bw2tensor "$@" -g sizes.txt -r $r -o g.avo bg.tsv
lines g.avo
avo-view -O avo -r chr1:4294967201-4294967250 -o part.avo s.avo
[ "$(avo-view -O bedgraph part.avo | awk '$4 == 3' | cut -f 2,3)" = "4294967200	4294967250" ] ||
    fail "avo-view -r"

# what is written: windows, bedGraph, bigWig
printf 'chr1\t4294967200\t4294967250\tw\n' >w.bed
factor-agg -q -R w.bed -O tsv -o f.tsv s.avo
expect_line f.tsv '^chr1	4294967200	4294967250	w	.*3'
"$AVO_BUILD"/tests/lib/make_model -l 4294967295 -r chr1:171798600-171798691 m.avo
avo-impute -q -t A:DNase -O bedgraph --last-bin -o i.bedGraph m.avo
avo-impute -q -t A:DNase -O bigwig --last-bin -o i.bw m.avo
expect_line i.bedGraph '^chr1	4294967250	4294967295	'
printf 'A\tDNase\ti.bw\n' >i.tsv
printf 'A\tDNase\ti.bedGraph\n' >ig.tsv
printf 'chr1\t4294967295\n' >one.txt
bw2tensor -q --dtype f32 -r chr1:4294965001-4294967295 -o a.avo i.tsv
bw2tensor -q --dtype f32 -g one.txt -r chr1:4294965001-4294967295 -o b.avo ig.tsv
avo-view -O bedgraph -o a.txt a.avo
avo-view -O bedgraph -o b.txt b.avo
paste a.txt b.txt | awk -F '\t' 'NF != 8 || $2 != $6 || $3 != $7 || ($4 - $8) ^ 2 > 1e-12 {
    exit 1 }' || fail "a.txt and b.txt differ"
[ "$("$PYTHON" -c "import pyBigWig
print(len(pyBigWig.open('i.bw').intervals('chr1', 4294965000, 4294967295)))")" = 92 ] || fail bigWig

# beyond the limit
printf 'chr1\t4294967296\n' >long.txt
expect_error 1 'long\.txt:1: chromosome "chr1" has 4294967296 bp; at most 4294967295 \(2\^32 - 1\)' \
    bw2tensor -q -g long.txt -o x.avo bg.tsv
"$AVO_BUILD"/tests/lib/make_model -l 4294967296 -r chr1:171798600-171798691 long.avo
expect_error 1 'chromosome chr1 has 4294967296 bases, a bigWig holds at most 4294967295' \
    avo-impute -q -t A:DNase -O bigwig -o x.bw long.avo
avo-impute -q -t A:DNase -O bedgraph -o long.bedGraph long.avo
expect_line long.bedGraph '^chr1	4294967250	4294967275	'
