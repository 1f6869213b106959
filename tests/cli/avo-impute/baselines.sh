# SPDX-License-Identifier: MIT
# --model mean, scaled-mean: tracks that track-eval scores as its own baselines, to the last digit
# without a transform, where files hold the same numbers, and to 1e-7 with one; from regions, files,
# pipes and threads alike; wrong use is one line.
# timeout: 300
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
impute() { avo-impute -q --min-tracks 0 "$@"; }

# both SIGNAL NAME [TRANSFORM]: the baselines of all tracks as bigWigs, and track-eval's rows of
# them beside its own under the same names, in NAME.got and NAME.want
both() {
    for _m in mean scaled-mean; do
        impute --model $_m --all -O bigwig -o "$2/$_m/{celltype}.{assay}.bw" "$1"
    done
    track-eval -q ${3:+--transform "$3"} --observed "$1" --imputed m="$2/mean/tracks.tsv" \
        --imputed s="$2/scaled-mean/tracks.tsv" --scope genome -o "$2/scores.tsv"
    awk -F '\t' -v OFS='\t' 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == "method") at = i; next}
        $at == "m" {$at = "mean"; print > got; next}
        $at == "s" {$at = "scaled-mean"; print > got; next}
        $at == "mean" || $at == "scaled-mean" {print > want}' \
        got="$2/got" want="$2/want" "$2/scores.tsv"
    sort "$2/got" >"$2.got"
    sort "$2/want" >"$2.want"
    [ -s "$2.want" ] || fail "nothing scored"
}

# near WANT GOT
near() {
    paste "$1" "$2" | awk -F '\t' '{
        for (i = 1; i <= NF / 2; i++) {
            x = $i; y = $(NF / 2 + i)
            if (x != y && !((x - y) ^ 2 <= (1e-7 * x) ^ 2)) {print x, y; bad = 1}
        }} END {exit bad}' || fail "$1 and $2 differ"
}

# ---- as track-eval scores them ----

# three cell types of other depths, and an assay more, so that scales differ
tiny_tracks t
for c in liver brain heart; do
    awk -v OFS='\t' -v c=$c '{ print $1, $2, $3, 2 + (c == "liver" ? 3 : 1) * $4 }' \
        "t/$c.H3K4me3.bedGraph" >"t/$c.H3K27ac.bedGraph"
    printf '%s\tH3K27ac\t%s.H3K27ac.bedGraph\n' $c $c >>t/tracks.tsv
done
bw2tensor -q -g t/sizes -o signal.avo t/tracks.tsv
both signal.avo all
near all.want all.got
[ "$(grep -c '^track' all.got)" -eq 16 ] || fail "tracks scored: $(grep -c '^track' all.got)"
expect_differ all/mean/heart.H3K4me3.bw all/scaled-mean/heart.H3K4me3.bw
# roles: test tracks are in no mean, valid ones are
awk -F '\t' -v OFS='\t' 'BEGIN {print "celltype", "assay", "path", "role"}
    {print $0, $1 $2 == "liverH3K4me3" ? "test" : $1 $2 == "brainH3K27ac" ? "valid" : "train"}' \
    t/tracks.tsv >t/roles.tsv
bw2tensor -q -g t/sizes -o roles.avo t/roles.tsv
both roles.avo roles
near roles.want roles.got
expect_differ all.got roles.got
expect_exit 0 avo-impute --model mean --min-tracks 0 --missing -o x.avo roles.avo
expect_line stderr '7 of 8 tracks of the signal are inputs: 1 others are test, 0 imputed$'
avo-view --header x.avo >header
[ "$(grep -c 'kind:imputed' header)" -eq 3 ] || fail "missing: not measured, valid, test"
# holes
grep -v '^chr1	1[0-4][0-9][0-9][0-9]	' t/liver.H3K4me3.bedGraph >t/hole.bedGraph
sed 's/liver.H3K4me3.bedGraph/hole.bedGraph/' t/tracks.tsv >t/hole.tsv
bw2tensor -q --missing nan -g t/sizes -o hole.avo t/hole.tsv
both hole.avo hole
near hole.want hole.got
for t in tracks roles hole; do
    bw2tensor -q --transform none --missing nan -g t/sizes -o none.avo t/$t.tsv
    both none.avo none none
    expect_same none.want none.got
    rm -r none
done

# ---- values ----

# by hand: the two others, 0 where there are none
bw2tensor -q --transform none -g t/sizes -o none.avo t/tracks.tsv
impute --model mean -t heart:H3K4me3 -O bedgraph -r chr1 none.avo >got.bed
paste t/liver.H3K4me3.bedGraph t/brain.H3K4me3.bedGraph | awk '$1 == "chr1" {
    print $1, $2, $3, ($4 + $8) / 2}' >want
awk '{for (b = $2; b < $3; b += 25) print $1, b, b + 25, $4}' got.bed | paste -d ' ' - want |
    awk '($4 - $8) ^ 2 > 1e-10 || $2 != $6 {bad = 1} END {exit bad || NR != 2400}' ||
    fail "the mean of two tracks"
grep -v 'H3K4me3' t/hole.tsv >t/one.tsv
grep -E 'heart.H3K4me3|hole' t/hole.tsv >>t/one.tsv
bw2tensor -q --missing nan -g t/sizes -o one.avo t/one.tsv
impute --model mean -t heart:H3K4me3 -O bedgraph -r chr1:10001-15000 one.avo >got.bed
printf 'chr1\t10000\t15000\t0\n' >want.bed
expect_same want.bed got.bed

# ---- regions, threads, files, pipes ----

for m in mean scaled-mean; do
    for n in 1 2 3; do
        impute --model $m -@ $n --all -o $n.avo signal.avo
    done
    expect_same 1.avo 2.avo
    expect_same 1.avo 3.avo
    impute --model $m -t heart:DNase -O bedgraph signal.avo >whole.bed
    impute --model $m -t heart:DNase -O bedgraph -r chr2:1-2500 signal.avo >got.bed
    awk '$1 == "chr2" && $2 < 2500' whole.bed >want.bed
    expect_same want.bed got.bed
    head -n 3 t/tracks.tsv >t/a.tsv
    tail -n +4 t/tracks.tsv >t/b.tsv
    bw2tensor -q -g t/sizes -o a.avo t/a.tsv
    bw2tensor -q -g t/sizes -o b.avo t/b.tsv
    impute --model $m -t heart:DNase -O bedgraph b.avo a.avo >got.bed
    expect_same whole.bed got.bed
    impute --model $m --all --max-memory 1 -O bigwig -o "$m/{celltype}.{assay}.bw" signal.avo
    for f in "$m"/*; do
        expect_same "$f" "all/$f"
    done
done
impute --model mean -t heart:DNase -O bedgraph signal.avo >whole.bed
impute --model mean -t heart:DNase -O bedgraph <signal.avo >got.bed
expect_same whole.bed got.bed
impute --model mean -t heart:DNase -O bedgraph - <signal.avo >got.bed
expect_same whole.bed got.bed
impute --model scaled-mean -t heart:DNase -o x.avo signal.avo
avo-view --header x.avo >header
expect_line header '^@PG.*program:avo-impute.*model:scaled-mean$'
expect_line header 'heart.*DNase.*kind:imputed'

# ---- wrong use ----

mkdir out
cp signal.avo out/signal.avo
expect_error 1 'the depth of all tracks first, and a pipe cannot be read twice' \
    sh -c 'avo-impute -q --model scaled-mean --all -o out/x - <signal.avo'
expect_error 1 'cell type "hearth" is not in the signal \(nearest: "heart"\)' \
    avo-impute -q --model mean -t hearth:DNase -o out/x signal.avo
expect_error 2 'attribution is for models, not for --model' \
    avo-impute -q --model mean --attribution --all -o out/x signal.avo
expect_error 2 'no-clip is for models, not for --model' \
    avo-impute -q --model mean --no-clip --all -o out/x signal.avo
expect_error 2 'model' avo-impute -q --model median --all -o out/x signal.avo
avo-train -q --epochs 1 --hidden 4 -o m.avo signal.avo
expect_error 2 'm.avo: --model takes signal alone, and this is none' \
    avo-impute -q --model mean --all -o out/x m.avo signal.avo
# a cell type of one track: that track, left out, has nothing that tells its depth
{ grep -v heart t/tracks.tsv; grep 'heart.H3K4me3' t/tracks.tsv; } >t/heart.tsv
bw2tensor -q -g t/sizes -o heart.avo t/heart.tsv
expect_error 1 'heart:H3K4me3 has no scaled mean: no other track of the signal tells how deep' \
    avo-impute -q --model scaled-mean -t heart:H3K4me3 -o out/x heart.avo
expect_exit 0 avo-impute --min-tracks 0 --model scaled-mean --all -o x.avo heart.avo
expect_line stderr '1 tracks are left out: the depth of their cell type is not known'
expect_exit 0 avo-impute -q --min-tracks 0 --model mean -t heart:H3K4me3 -o x.avo heart.avo
head -c 5000 signal.avo >cut.avo
for m in mean scaled-mean; do
    expect_error 1 'cut.avo: ' avo-impute -q --model $m --all -o out/x cut.avo
done
[ "$(ls -A out)" = signal.avo ] || fail "left behind: $(ls -A out)"
