# SPDX-License-Identifier: MIT
# --attribution with models of the family observed: the components add up to the prediction before
# it is cut off at 0 and clipped, in every format, region and number of threads.
# timeout: 300
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
parts="own target elsewhere context assay track"
impute() { avo-impute -q --device cpu --min-tracks 0 "$@"; }

# add_up PREDICTION FORMAT: streams as $parts.avo, seen as $parts.tsv: each row's sum
add_up() {
    paste own.tsv target.tsv elsewhere.tsv context.tsv assay.tsv track.tsv "$1" | awk -v f="$2" '
        NR == 1 {n = NF / 7; next}
        {for (c = 4; c <= n; c++) {
            s = 0
            for (k = 0; k < 6; k++) s += $(k * n + c)
            y = $(6 * n + c)
            below += s < -0.1
            if (((s > 0 ? s : 0) - y) ^ 2 > (1e-3 * (1 + y)) ^ 2) {print f, NR, s, y; bad = 1}
        }} END {print below + 0 >"below"; exit bad || NR < 100}' || fail "$2: parts do not add up"
}

tiny_signal t
avo-train -q --device cpu --preset observed --epochs 3 --samples 2000 --windows 0,2,10,40 \
    -o m.avo t/signal.avo
impute --all --no-clip -o all.avo m.avo t/signal.avo
avo-view all.avo >all.tsv
for d in cpu cpu-ref; do
    avo-impute -q --device $d --min-tracks 0 --all --attribution -o '{component}.avo' m.avo \
        t/signal.avo
    for c in $parts; do
        avo-view $c.avo >$c.tsv
        mv $c.avo $c.$d
    done
    add_up all.tsv $d
done
# random weights: often below 0
"$AVO_BUILD/tests/lib/make_observed" t/signal.avo r.avo
impute --all --no-clip -o r.all.avo r.avo t/signal.avo
avo-view r.all.avo >r.all.tsv
mkdir r
impute --all --attribution -o 'r/{component}.avo' r.avo t/signal.avo
for c in $parts; do
    mv $c.tsv kept.$c
    avo-view r/$c.avo >$c.tsv
done
add_up r.all.tsv random
[ "$(cat below)" -gt 100 ] || fail "no sum below 0: $(cat below)"
for c in $parts; do
    mv kept.$c $c.tsv
done
# what is context has values of its own; the track's level is one value a track
[ "$(cut -f 4 context.tsv | sort -u | wc -l)" -gt 100 ] || fail "context"
for column in 4 5 6 7 8 9; do
    [ "$(tail -n +2 track.tsv | cut -f $column | sort -u | wc -l)" -eq 1 ] || fail "track"
done
avo-view --header own.cpu >header
expect_line header '^@SPACE.*transform:none'
expect_line header '^@attribution.component:own.baseline:mean.value:0.steps:1.space:arcsinh$'
expect_line header '^@PG.*attribution:integrated-gradients.steps:1.baseline:mean.backend:cpu'
# threads, a region, a pipe, one component
for n in 1 2 3; do
    impute -@ $n --all --attribution -o "$n.{component}.avo" m.avo t/signal.avo
    for c in $parts; do
        expect_same $c.cpu $n.$c.avo
    done
done
impute --attribution --component own -t heart:DNase -O bedgraph m.avo t/signal.avo >whole.bed
impute --attribution --component own -t heart:DNase -O bedgraph -r chr2:1-2500 m.avo - \
    <t/signal.avo >got.bed
awk '$1 == "chr2" && $2 < 2500' whole.bed >want.bed
expect_same want.bed got.bed
[ "$(cut -f 4 want.bed | sort -u | wc -l)" -gt 50 ] || fail "too few values"
# bigWigs with their tables, in one round and in many
impute --all --attribution -O bigwig -o 'a/{component}/{celltype}.{assay}.bw' m.avo t/signal.avo
impute --all --attribution --max-memory 1 -O bigwig -o 'b/{component}/{celltype}.{assay}.bw' m.avo \
    t/signal.avo
for f in a/*/*.bw; do
    expect_same "$f" "b/${f#a/}"
done
expect_line a/context/tracks.tsv '^heart	DNase	heart.DNase.bw	none	.*	context	arcsinh	'
# another beginning moves the row's share and the track's, not the signal's sum with them
impute --all --attribution --baseline zero -o '{component}.avo' m.avo t/signal.avo
for c in $parts; do
    avo-view $c.avo >$c.tsv
done
add_up all.tsv zero
expect_differ assay.avo assay.cpu
avo-view --header own.avo >header
expect_line header 'baseline:zero'
# track-eval takes them
avo-impute -q --device cpu --min-tracks 0 --all -o all.avo m.avo t/signal.avo
awk '$1 == "chr1" && $2 % 4000 < 600' t/liver.H3K4me3.bedGraph | cut -f 1-3 >liver.bed
awk '$1 == "chr1" && $2 % 4000 < 1200' t/liver.H3K4me3.bedGraph | cut -f 1-3 >brain.bed
printf '%s\tH3K4me3\t%s.bed\n' liver liver brain brain >peaks.tsv
track-eval -q --observed t/signal.avo --imputed m=all.avo --attribution own=a/own/tracks.tsv \
    --peaks peaks.tsv --tables means -o x.tsv
[ -s means.attribution.tsv ] || fail "no means of attributions"
