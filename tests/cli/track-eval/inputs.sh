# SPDX-License-Identifier: MIT
# Streams and tables of the same files give the same bytes, from files, BGZF, pipes and a gzipped
# table, in any mixture; so does any number of threads; regions cut both alike.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy
oracle="$AVO_SRC/tests/oracle/track_eval.py"
"$PYTHON" "$oracle" make d 7
for f in observed one two; do
    bw2tensor -q --dtype f32 -g d/chrom.sizes -o $f.avo d/$f.tsv
done
te() { track-eval -q -g d/chrom.sizes "$@"; }

te --observed d/observed.tsv --imputed one=d/one.tsv --imputed two=d/two.tsv -o want.tsv
te --observed observed.avo --imputed one=one.avo --imputed two=two.avo -o got.tsv
expect_same want.tsv got.tsv
te --observed observed.avo --imputed one=d/one.tsv --imputed two=two.avo >got.tsv
expect_same want.tsv got.tsv
te --observed d/observed.tsv --imputed one=- --imputed two=two.avo <one.avo >got.tsv
expect_same want.tsv got.tsv
cat observed.avo | te --observed - --imputed one=one.avo --imputed two=two.avo >got.tsv
expect_same want.tsv got.tsv
mkfifo pipe
cat observed.avo >pipe &
te --observed pipe --imputed one=one.avo --imputed two=two.avo >got.tsv
expect_same want.tsv got.tsv
te --observed - --imputed one=one.avo --imputed two=two.avo <observed.avo >got.tsv
expect_same want.tsv got.tsv
for n in 1 2 3 5; do
    te -@ $n --observed d/observed.tsv --imputed one=d/one.tsv --imputed two=two.avo >got.tsv
    expect_same want.tsv got.tsv
done
gzip -k d/observed.tsv
te --observed d/observed.tsv.gz --imputed one=one.avo --imputed two=two.avo -o got.tsv
expect_same want.tsv got.tsv
if command -v bgzip >/dev/null 2>&1; then
    bgzip -c observed.avo >observed.avo.gz
    te --observed observed.avo.gz --imputed one=one.avo --imputed two=two.avo -o got.tsv
    expect_same want.tsv got.tsv
fi

# half floats: the same within their precision
bw2tensor -q -g d/chrom.sizes -o half.avo d/observed.tsv
te --observed half.avo --imputed one=one.avo --imputed two=two.avo -o got.tsv
expect_differ want.tsv got.tsv
"$PYTHON" - want.tsv got.tsv <<'END'
import sys
for a, b in zip(open(sys.argv[1]), open(sys.argv[2])):
    for x, y in zip(a.split("\t")[11:12], b.split("\t")[11:12]):
        if x != y:
            assert abs(float(x) - float(y)) < 1e-3, (a, b)
END

# regions: of a stream that has more, of tables, of a stream made with them
r=chr2:10001-30000,chrX
te -r $r --observed observed.avo --imputed one=one.avo --imputed two=d/two.tsv -o a.tsv
te -r $r --observed d/observed.tsv --imputed one=d/one.tsv --imputed two=two.avo -o b.tsv
expect_same a.tsv b.tsv
bw2tensor -q --dtype f32 -g d/chrom.sizes -r $r -o cut.avo d/observed.tsv
te --observed cut.avo --imputed one=one.avo --imputed two=two.avo -o b.tsv
expect_same a.tsv b.tsv
printf 'chr2\t10000\t30000\nchrX\t0\t1724\n' >r.bed
te -R r.bed --observed observed.avo --imputed one=one.avo --imputed two=two.avo -o b.tsv
expect_same a.tsv b.tsv
refute_line a.tsv 'chr10'
expect_line a.tsv '^track	chr2	all	A	x	.	no	one	1	'
awk 'BEGIN {for (b = 300; b < 59000; b += 900) printf "chr2\t%d\t%d\n", b, b + 300 + b % 700
    print "chrX\t10\t20"; print "chrX\t1000\t1100"}' >many.bed
te -R many.bed --observed observed.avo --imputed one=one.avo --imputed two=d/two.tsv -o a.tsv
te -R many.bed --observed d/observed.tsv --imputed one=d/one.tsv --imputed two=two.avo -o b.tsv
expect_same a.tsv b.tsv
bw2tensor -q --dtype f32 -g d/chrom.sizes -R many.bed -o many.avo d/observed.tsv
te --observed many.avo --imputed one=one.avo --imputed two=two.avo -o b.tsv
expect_same a.tsv b.tsv
[ "$(awk -F '\t' '$2 == "chrX" && $1 == "track" {print $10; exit}' a.tsv)" -eq 5 ] ||
    fail 'bins of chrX: 1 and 4'

# scopes and forms
te --scope chrom --observed cut.avo --imputed one.avo -o c.tsv
refute_line c.tsv 'genome'
te --scope genome --observed cut.avo --imputed one.avo -o g.tsv
refute_line g.tsv 'chr'
te --observed cut.avo --imputed one.avo -o w.tsv
{ head -n 1 g.tsv; sed 1d g.tsv; sed 1d c.tsv; } | cmp - w.tsv || fail 'both scopes'
te -O long --scope genome --observed cut.avo --imputed one.avo -o l.tsv
[ "$(sed 1d l.tsv | wc -l)" -eq $((15 * $(sed 1d g.tsv | wc -l))) ] || fail 'rows of -O long'
awk -F '\t' '$10 == "pearson" {print $11}' l.tsv >a
sed 1d g.tsv | cut -f 19 >b
expect_same a b
te -O text --observed cut.avo --imputed one.avo -o t.txt
expect_line t.txt '^MSEglobal: '
expect_line t.txt '^AucObs1: '
te --scope genome --measures pearson,mse --observed cut.avo --imputed one.avo -o two.tsv
cut -f 1-12,19 g.tsv >want.two.tsv
expect_same want.two.tsv two.tsv
refute_line t.txt '^MSEProm: '
expect_line t.txt '^A:x  .*\.  '
expect_line t.txt '^average, x \(3 tracks\)  '
expect_line t.txt '^average, all, paired \(2 tracks\)'
