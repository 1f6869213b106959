# SPDX-License-Identifier: MIT
# -r and -R cut signal and models to the bins that they touch, as text and as streams.
. "$AVO_SRC/tests/lib/case.sh"

good=$AVO_SRC/tests/streams/good
avo-view "$good/signal.avo" | tail -n +2 >all

avo-view -r chr1:126-9,751 "$good/signal.avo" | tail -n +2 | cut -f 2 | tr '\n' ' ' >got
[ "$(cat got)" = '125 150 9750 ' ] || fail "bins: $(cat got)"
printf 'chrX\t4999\t5001\nchr1\t0\t76\n' >r.bed
avo-view -R r.bed "$good/signal.avo" | tail -n +2 | cut -f 1,2 | tr '\t\n' ': ' >got
[ "$(cat got)" = 'chr1:75 chrX:4975 chrX:5000 ' ] || fail "bins: $(cat got)"
expect_error 2 'unknown chromosome "chr7"' avo-view -r chr7 "$good/signal.avo"
expect_error 1 'nothing of the selected' avo-view -r chrX:1-50 "$good/signal.avo"

# As a stream: the header says what is left, and it shows the same bins.
avo-view -O avo -o cut.avo -r chr1:126-9,751,chrX "$good/signal.avo"
avo-view --check cut.avo >check
expect_line check 'ok: signal, 3 records, 5 bins, 2 tracks'
avo-view -H cut.avo >header
expect_line header '^@EXTENT	chrom:chr1	beg:5	end:391$'
expect_line header '^@PG	program:avo-view	.*region:chr1:126-9,751,chrX$'
avo-view cut.avo | tail -n +2 >got
sed -n '3,5p;17,18p' all | diff - got

# One track of it.
avo-view -O avo -o one.avo -t 'IMR 90/b:DNase' "$good/signal.avo"
avo-view one.avo | tail -n +2 | cut -f 4 >got
cut -f 5 all | diff - got
avo-view -H one.avo >header
[ "$(grep -c ^@TRACK header)" -eq 1 ] || fail "tracks"

# A model: rows of the bins that are left.
avo-view -O avo -o m.avo -r chr1:126-150,chr1:10001-10100 "$good/model.avo"
avo-view --check m.avo >check
expect_line check 'ok: model, 5 records, 3 bins'
avo-view m.avo | tail -n +2 | cut -f 2,4- >got
printf '125\tfine\t0.5\t0.625\n10000\tfine\t3.5\t3.625\n10025\tfine\t3.75\t3.875\n' >want
printf '0\tmid\t4\t4.125\n10000\tmid\t4.5\t4.625\n0\tcoarse\t5\n10000\tcoarse\t5.25\n' >>want
diff want got
