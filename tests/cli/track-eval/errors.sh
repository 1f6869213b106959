# SPDX-License-Identifier: MIT
# Inputs that do not fit together, damaged ones, and bad command lines: one line each.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy
"$PYTHON" "$AVO_SRC/tests/oracle/track_eval.py" make d 9
bw() { bw2tensor -q -g d/chrom.sizes "$@"; }
bw -o o.avo d/observed.tsv
bw -o i.avo d/one.tsv

te() { track-eval -q --observed o.avo --imputed i.avo "$@"; }

# command lines
expect_error 2 '--observed is missing' track-eval -q --imputed i.avo
expect_error 2 '--imputed is missing' track-eval -q --observed o.avo
expect_line stderr 'hint: --baseline-only'
expect_error 2 'exclude each other' track-eval -q --observed o.avo --imputed i.avo --baseline-only
expect_error 2 'two methods are called "imputed"' track-eval -q --observed o.avo --imputed i.avo \
    --imputed i.avo
expect_error 2 'a baseline' track-eval -q --observed o.avo --imputed mean=i.avo
expect_error 2 'only one input can be "-"' track-eval -q --observed - --imputed -
expect_error 2 '-O: "html" is not tsv, long or text' track-eval -q --observed o.avo --imputed i.avo -O html
expect_error 2 '--scope: "x" is not genome, chrom or both$' te --scope x
expect_error 2 '--transform: "log" is not arcsinh, log1p or none$' te --transform log
expect_error 2 'given with --observed' track-eval -q o.avo i.avo
expect_error 2 'CELLTYPE:ASSAY' track-eval -q --observed o.avo --baseline-only --test A
expect_error 1 'no "A:xx"' track-eval -q --observed o.avo --baseline-only --test A:xx
expect_line stderr 'hint: did you mean "A:x"'
expect_error 1 'missing.avo' track-eval -q --observed missing.avo --imputed i.avo

# options that need one another, and words that are none
expect_error 2 'a baseline' track-eval -q --observed o.avo --imputed scaled-mean=i.avo
expect_error 2 'what the measured signal is called' track-eval -q --observed o.avo \
    --imputed observed=i.avo
expect_error 2 '--top: "half" is not at-least, exact, round or above$' te --top half
expect_error 2 '--ranks: "" is not chrom, genome or none$' te --ranks ''
expect_error 2 '"mses" is none' te --measures mse,mses
expect_error 2 'msegene needs --genes' te --measures msegene
expect_error 2 'catchpeakobs needs --peaks' te --measures mse,catchpeakobs
expect_error 1 'msevar needs at least two training tracks' te --measures msevar --test A:x \
    --test B:b:x --test C:x
expect_error 2 '--space: "log" is not model or raw$' te --space log
expect_error 2 '--convention: "mine" is not challenge$' te --convention mine
expect_error 2 'want NAME=FILE' te --attribution i.avo
expect_error 2 'need --genes' te --relations d/genes.bed
expect_error 2 'need --genes' te --auxiliary i.avo
expect_error 2 'needs --peaks' te --attribution a=i.avo
expect_error 2 'names regions for --report' te --show chr2
expect_error 2 'chooses transcripts' te --primary Ensembl_canonical
expect_error 2 '--upstream' te --upstream 0
expect_error 2 '--max-memory' te --max-memory some
expect_error 2 'only one input can be "-"' te --attribution a=- --auxiliary - --peaks d/peaks.tsv \
    --genes d/genes.bed

# regions, peaks, relations and lists that do not fit
expect_error 1 'nowhere.bed' te --genes nowhere.bed
printf 'chr2\t100\t90\tg\t0\t+\n' >bad.bed
expect_error 1 'bad.bed:1: ' te --genes bad.bed
printf 'chr2\t100\t90000\tg\t0\t+\n' >bad.bed
expect_error 1 'bad.bed:1: .*past the end' te --strict --enhancers bad.bed
printf '2\t100\t200\tg\t0\t+\n' >bad.bed
expect_error 1 'bad.bed: .*chromosome' te --genes bad.bed
expect_error 1 'bad.bed: .*chromosome' te --exclude bad.bed
expect_error 1 'bad.bed' te --promoters bad.bed
printf 'celltype\tassay\tpath\nA\tx\tbad.bed\n' >bad.tsv
expect_error 1 'bad.bed: .*chromosome' te --peaks bad.tsv
printf 'chr2\t100\t70000\n' >bad.bed
expect_error 1 'bad.bed:1: .*past the end' te --strict --peaks bad.tsv
printf 'celltype\tassay\tpath\nZ\tx\tbad.bed\n' >bad.tsv
printf 'chr2\t100\t700\n' >bad.bed
expect_error 1 'no scored track has' te --peaks bad.tsv
printf 'assay\tregion\tassay2\tregion2\tsign\nx\tintron\ty\tgene\t+\n' >bad.tsv
expect_error 1 'bad.tsv:2: .*intron' te --genes d/genes.bed --relations bad.tsv
expect_error 1 'Ensembl_canonical' te --genes d/genes.gtf --primary Ensembl_canonical
expect_error 1 'a stream has no partial last bins' te --convention challenge
expect_error 1 '/nowhere/at/all' env TMPDIR=/nowhere/at/all track-eval -q --observed o.avo \
    --imputed i.avo --max-memory 1
expect_error 1 '/nowhere/at/all' sh -c 'cat o.avo |
    TMPDIR=/nowhere/at/all track-eval -q --observed - --imputed i.avo'

# a report, a table or a document that cannot be written: one line, and nothing left
for o in '--report /dev/full' '--json /dev/full' '--report no/where' '--tables no/where' \
    '--json no/where'; do
    : >no
    expect_error 1 'No space left|no/where|Not a folder|Not a directory' te $o -o out.tsv
    rm no
    expect_missing out.tsv
done
# columns that go nowhere at all, and chromosomes without a bin of an element
printf 'chrX\t10\t20\tg\t0\t+\n' >far.bed
expect_exit 0 te -r chr2 --genes far.bed --enhancers far.bed -o far.tsv
awk -F '\t' 'NR > 1 && ($15 != "NA" || $16 != "NA" || $17 != "NA") {exit 1}' far.tsv ||
    fail 'regions without bins'
printf 'chr2\t0\t60013\nchr10\t0\t12610\nchrX\t0\t1724\n' >everything.bed
te --exclude everything.bed -o none.tsv
awk -F '\t' '$1 == "track" && $3 == "kept" && ($10 != 0 || $12 != "NA") {exit 1}' none.tsv ||
    fail 'all bins excluded'

# inputs that do not fit
bw -b 50 -o b50.avo d/one.tsv
expect_error 1 'o.avo and b50.avo differ in bin size' track-eval -q --observed o.avo --imputed b50.avo
expect_line stderr 'hint: o.avo has bins of 25 bp, b50.avo of 50 bp'
expect_error 1 'differ in bin size' track-eval -q -g d/chrom.sizes --observed d/observed.tsv \
    --imputed b50.avo
bw --transform none -o none.avo d/one.tsv
expect_error 1 'differ in transform' track-eval -q --observed o.avo --imputed none.avo
sed 's/60013/60014/' d/chrom.sizes >longer
bw2tensor -q -g longer -o longer.avo d/one.tsv
expect_error 1 'chromosome "chr2" has 60013 bp in o.avo and 60014 bp in longer.avo' \
    track-eval -q --observed o.avo --imputed longer.avo
grep -v chr10 d/chrom.sizes >fewer
mkdir f
for n in 0 1 2 3 4 5 6; do
    grep -v chr10 d/one.$n.bedGraph >f/one.$n.bedGraph
    sed 's/^chr//' d/one.$n.bedGraph >f/bare.$n.bedGraph
done
cp d/one.tsv f/one.tsv
sed 's/one/bare/' d/one.tsv >f/bare.tsv
sed 's/^chr//' d/chrom.sizes >bare
bw2tensor -q -g fewer -o fewer.avo f/one.tsv
expect_error 1 'fewer.avo has no chromosome "chr10", of which o.avo has bins' \
    track-eval -q --observed o.avo --imputed fewer.avo
expect_exit 0 track-eval -r chr2 --observed o.avo --imputed fewer.avo
# a table's files may leave a chromosome out: bins that it lacks
expect_exit 0 track-eval -g fewer --observed o.avo --imputed f/one.tsv
expect_line stderr 'lacks up to 504 observed bins'
expect_error 1 'no chromosome in common \("chr2", "2"\)' \
    track-eval -q -g bare --observed o.avo --imputed f/bare.tsv
sed '1s/$/	unit/; 2,$s/$/	fold change/' d/one.tsv >d/fold.tsv
sed '1s/$/	unit/; 2,$s/$/	-log10 p/' d/observed.tsv >d/p.tsv
expect_error 1 'differ in unit' track-eval -q -g d/chrom.sizes --observed d/p.tsv --imputed d/fold.tsv
printf 'Z\tq\tone.0.bedGraph\n' >d/other.tsv
expect_error 1 'both observed and imputed' track-eval -q -g d/chrom.sizes --observed o.avo \
    --imputed d/other.tsv
expect_error 1 'none of the regions asked for is in the stream' \
    sh -c 'bw2tensor -q -g d/chrom.sizes -r chrX d/observed.tsv |
        track-eval -q --observed - -r chr2 --imputed i.avo'
bw -r chr10 -o chr10.avo d/one.tsv
expect_exit 0 track-eval --observed o.avo --imputed chr10.avo
expect_line stderr 'lacks up to 24[0-9][0-9] observed bins'

# damaged and truncated inputs, no output under the final name
head -c 3000 i.avo >cut.avo
expect_error 1 'cut.avo' track-eval -q --observed o.avo --imputed cut.avo -o out.tsv
expect_missing out.tsv
expect_error 1 'stdin' sh -c 'head -c 3000 o.avo | track-eval -q --observed - --imputed i.avo -o out.tsv'
expect_missing out.tsv
expect_no_leftovers .
# regions do not save a stream without END
size=$(wc -c <o.avo)
head -c $((size - 64)) o.avo >noend.avo
expect_error 1 'noend.avo' track-eval -q -r chr2:1-1000 --observed noend.avo --imputed i.avo
expect_error 1 'noend.avo' track-eval -q -r chr2:1-1000 --observed i.avo --imputed noend.avo
printf 'chr2\t0\t100\tinf\n' >d/one.0.bedGraph
expect_error 1 'one.0.bedGraph' track-eval -q -g d/chrom.sizes --observed o.avo --imputed d/one.tsv
printf '' >empty.tsv
expect_error 1 'empty.tsv' track-eval -q --observed empty.tsv --imputed i.avo
