# SPDX-License-Identifier: MIT
# Signal and models as TSV, bedGraph and npy; headers, tensors, spaces, tracks.
. "$AVO_SRC/tests/lib/case.sh"

good=$AVO_SRC/tests/streams/good

expect_exit 0 avo-view "$good/signal.avo"
expect_empty stderr
head -n 5 stdout >got
printf '#chrom\tbeg\tend\tE065:H3K4me3\tIMR 90/b:DNase\n' >want
printf 'chr1\t75\t100\t0\t0\nchr1\t100\t125\t0\t0.25\nchr1\t125\t150\t0.25\t0.25\n' >>want
printf 'chr1\t150\t175\t0.5\t0.5\n' >>want
diff want got
tail -n 1 stdout >got
printf 'chrX\t5000\t5025\t0\t0.333251953\n' >want
diff want got
[ "$(wc -l <stdout)" -eq 19 ] || fail "$(wc -l <stdout) lines"
cp stdout all.tsv

# From a pipe, and compressed, the same.
avo-view <"$good/signal.avo" | diff all.tsv -
cat "$good/signal-bgzf.avo" | avo-view - | diff all.tsv -

expect_exit 0 avo-view -H "$good/signal.avo"
expect_line stdout '^@AVO	version:1.0	content:signal$'
expect_line stdout '^@TRACK	celltype:E065	assay:H3K4me3	role:train	kind:observed	x-accession:ENC:1 %25$'
refute_line stdout '^chr'
expect_exit 0 avo-view --with-header "$good/signal.avo"
grep -v '^@' stdout | diff all.tsv -
expect_line stdout '^@PG	program:make_streams'

# Tracks, in the order asked for.
avo-view -t 'IMR 90/b:DNase' -t E065:H3K4me3 "$good/signal.avo" | cut -f 4,5 | tail -n +2 >got
tail -n +2 all.tsv | awk -F '\t' '{print $5 "\t" $4}' >want
diff want got
expect_error 1 'no track "E065:H3K4me1"' avo-view -t E065:H3K4me1 "$good/signal.avo"
expect_line stderr 'did you mean E065:H3K4me3'
expect_error 2 'given twice' avo-view -t E065:H3K4me3 -t E065:H3K4me3 "$good/signal.avo"
expect_error 2 '-O bedgraph shows one track' avo-view -O bedgraph "$good/signal.avo"

# bedGraph: equal neighbours joined, the signal's own unit unless told otherwise.
avo-view -O bedgraph --space model -t E065:H3K4me3 "$good/signal.avo" >got
printf 'chr1\t75\t125\t0\nchr1\t125\t150\t0.25\nchr1\t150\t175\t0.5\nchr1\t9750\t9775\t0.5\n' >want
head -n 4 got | diff want -
avo-view -O bedgraph -t E065:H3K4me3 "$good/signal.avo" >got
expect_line got '^chr1	125	150	0.252612323$'
avo-view -O bedgraph -t E065:H3K4me3 "$good/signal-nan.avo" >got
refute_line got nan

# Models.
avo-view "$good/model.avo" >got
expect_line got '^chr1	75	100	fine	0	0.125$'
expect_line got '^chr1	9750	10000	mid	4.25	4.375$'
expect_line got '^chr1	10000	15000	coarse	5.25$'
[ "$(wc -l <got)" -eq 23 ] || fail "$(wc -l <got) lines"
avo-view --tensors "$good/model.avo" >got
printf 'CORE\thyper\tu8\t9\nCORE\tlayer1.weight\tf32\t4x5\nSTATE\tsteps\tu32\t3\n' | diff - got
[ "$(avo-view --tensor hyper "$good/model.avo")" = lr:0.001 ] || fail "hyper"
avo-view --tensor steps "$good/model.avo" | tr '\n' ' ' >got
[ "$(cat got)" = '1 2 4000000000 ' ] || fail "steps: $(cat got)"
expect_error 1 'no tensor "nothing"' avo-view --tensor nothing "$good/model.avo"
expect_error 2 '-t goes with signal' avo-view -t a:b "$good/model.avo"

# Features: a line of names, then the rows; npy is the matrix alone.
expect_exit 0 avo-view "$good/feature-pairs.avo"
printf 'chrom\tstart\tend\tname\tlabel\tgroup\t@right.chrom\t@right.start\t@right.end\t@score\tf1\n' >want
printf 'a\t25\t75\tx%%25\t1\tg\ta\t0\t1000\t7\t1\n' >>want
expect_same stdout want
expect_exit 0 avo-view --with-header "$good/feature.avo"
expect_line stdout '^@feature'
[ "$(tail -n 1 stdout)" = "$(printf 'a\t0\t1000\t\t\t\tnan')" ] || fail "$(tail -n 1 stdout)"
avo-view -O npy -o f.npy "$good/feature.avo"
[ "$(tail -c 8 f.npy | od -An -tx1 | tr -d ' ')" = 0000803f0000c07f ] || fail 'f.npy'
head -c 128 f.npy | grep -q "'descr': '<f4', 'fortran_order': False, 'shape': (2, 1)" || fail 'its header'
expect_error 1 'row 2 \(a:1-1000\) overlaps or precedes one before it' \
    avo-view -O bedgraph "$good/feature.avo"
