# SPDX-License-Identifier: MIT
# Models of the family observed: the values of a bin depend on the signal around it alone, tracks
# that are withheld are no inputs, a target does not see itself; wrong use is one line.
# timeout: 300
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
make_observed=$AVO_BUILD/tests/lib/make_observed
impute() { avo-impute -q --device cpu "$@"; }
bed() { impute -O bedgraph "$@"; }

# long_tracks DIR: tracks of 45,000 bins, more than are worked on at once: chr1 is cut after 40,000
long_tracks() {
    mkdir "$1"
    printf 'chr1\t1125000\nchr2\t30010\n' >"$1/sizes"
    for _t in liver:DNase liver:H3K4me3 brain:DNase brain:H3K4me3 heart:H3K4me3; do
        awk -v name="$_t" 'BEGIN {
            for (i = 1; i <= length(name); i++)
                x = (x * 31 + index("abcdefghijklmnopqrstuvwxyzHDNKme34", substr(name, i, 1))) % 65521
            for (c = 1; c <= 2; c++)
                for (b = 0; b < (c == 1 ? 1125000 : 30000); b += 25) {
                    x = (x * 171 + 11213) % 53125
                    peak = b % 4000 < 600 ? 3 : 0.2
                    printf "chr%d\t%d\t%d\t%.2f\n", c, b, b + 25, peak * (0.5 + x / 53125)
                }
        }' >"$1/$_t.bedGraph"
        printf '%s\t%s\t%s\n' "${_t%:*}" "${_t#*:}" "$_t.bedGraph" >>"$1/tracks.tsv"
    done
    bw2tensor -q -g "$1/sizes" -o "$1/signal.avo" "$1/tracks.tsv"
}

# ---- regions, threads, pipes ----

long_tracks d
$make_observed d/signal.avo m.avo
bed -t heart:DNase m.avo d/signal.avo >whole.bed
awk '{ n += $3 - $2 } END { exit n != 1155000 }' whole.bed || fail "bins are missing"
[ "$(cut -f 4 whole.bed | sort -u | wc -l)" -gt 1000 ] || fail "too few values"
for n in 1 2 3; do
    impute -@ $n --all -o $n.avo m.avo d/signal.avo
    bed -@ $n -t heart:DNase m.avo - <d/signal.avo >got.bed
    expect_same whole.bed got.bed
done
expect_same 1.avo 2.avo
expect_same 1.avo 3.avo
cat m.avo | bed -t heart:DNase - d/signal.avo >got.bed
expect_same whole.bed got.bed
avo-view --check 1.avo >/dev/null
avo-view --header 1.avo >header
[ "$(grep -c 'kind:imputed' header)" -eq 6 ] || fail "6 tracks in the header"
# across the edge of what is worked on at once; two regions in a group of bins
printf 'chr1\t7500\t7501\nchr1\t7600\t7626\nchr1\t999000\t1001000\nchr2\t25\t50\n' >r.bed
awk '$1 == "chr1" && ($2 == 7500 || $2 >= 7600 && $3 <= 7650 || $2 >= 999000 && $3 <= 1001000) ||
     $1 == "chr2" && $2 == 25' whole.bed >want.bed
bed -R r.bed -t heart:DNase m.avo d/signal.avo >got.bed
expect_same want.bed got.bed
bed -R r.bed -t heart:DNase m.avo - <d/signal.avo >got.bed
expect_same want.bed got.bed
# a signal that holds no more than the context: 10 bins on either side
awk '$1 == "chr1" && $2 >= 999000 && $3 <= 1001000' whole.bed >want.bed
bw2tensor -q -g d/sizes -r chr1:998751-1001250 d/tracks.tsv |
    bed -r chr1:999001-1001000 -t heart:DNase m.avo - >got.bed
expect_same want.bed got.bed
bw2tensor -q -g d/sizes -r chr1:999001-1001000 --flank 250 d/tracks.tsv |
    bed -r chr1:999001-1001000 -t heart:DNase m.avo - >got.bed
expect_same want.bed got.bed
# tracks and chromosomes in files of their own, in any order
head -n 2 d/tracks.tsv >d/a.tsv
tail -n +3 d/tracks.tsv >d/b.tsv
bw2tensor -q -g d/sizes -o a.avo d/a.tsv
bw2tensor -q -g d/sizes -r chr1 -o b1.avo d/b.tsv
bw2tensor -q -g d/sizes -r chr2 -o b2.avo d/b.tsv
bed -t heart:DNase b2.avo a.avo m.avo b1.avo >got.bed
expect_same whole.bed got.bed
# bigWigs hold the same; a table lies beside them; rounds where the signal can be read again
impute --all -O bigwig -o 'one/{celltype}.{assay}.bw' m.avo d/signal.avo
impute --all --max-memory 1 -O bigwig -o 'more/{celltype}.{assay}.bw' m.avo d/signal.avo
for f in one/*; do
    expect_same "$f" "more/${f#one/}"
done
grep -q '^heart	DNase	heart.DNase.bw	none	' one/tracks.tsv || fail "tracks.tsv"
expect_error 1 '6 files at once are too many \(at most 1\)' sh -c \
    "avo-impute -q --all --max-memory 1 -O bigwig -o 'no/{celltype}.{assay}.bw' m.avo - <d/signal.avo"

# ---- who sees what ----

tiny_signal t
$make_observed t/signal.avo m.avo
# the one pair that is missing
impute --missing -o missing.avo m.avo t/signal.avo
bed --missing m.avo t/signal.avo >want.bed
bed -t heart:DNase m.avo t/signal.avo >got.bed
expect_same want.bed got.bed
# perturbed: a track's own prediction is the same, others are not. (The fast backend takes a track
# out of the sum over all: what is left of it there is rounding, here of binary16.)
awk -v OFS='\t' '{ print $1, $2, $3, 9 - $4 }' t/liver.H3K4me3.bedGraph >t/other.bedGraph
sed 's/liver.H3K4me3.bedGraph/other.bedGraph/' t/tracks.tsv >t/other.tsv
bw2tensor -q -g t/sizes -o other.avo t/other.tsv
bed --device cpu-ref -t liver:H3K4me3 m.avo t/signal.avo >want.bed
bed --device cpu-ref -t liver:H3K4me3 m.avo other.avo >got.bed
expect_same want.bed got.bed
for t in liver:DNase brain:H3K4me3; do
    bed -t $t m.avo t/signal.avo >want.bed
    bed -t $t m.avo other.avo >got.bed
    expect_differ want.bed got.bed
done
impute --all -o all.avo m.avo t/signal.avo
impute --all -o perturbed.avo m.avo other.avo
avo-view -t liver:H3K4me3 all.avo >want.tsv
avo-view -t liver:H3K4me3 perturbed.avo >got.tsv
paste want.tsv got.tsv | awk 'NR > 1 && ($1 != $5 || $2 != $6 || ($4 - $8) ^ 2 > 1e-5) { bad = 1 }
    END { exit bad || NR != 3601 }' || fail "a track sees itself"

# withheld by the signal's table, or by the model: no input either way
awk -v OFS='\t' 'BEGIN { print "celltype", "assay", "path", "role" }
    { print $0, $1 == "liver" && $2 == "H3K4me3" ? "test" : "train" }' t/tracks.tsv >t/roles.tsv
awk -v OFS='\t' 'BEGIN { print "celltype", "assay", "path", "role" }
    { print $0, $1 == "liver" && $2 == "H3K4me3" ? "test" : "train" }' t/other.tsv >t/other-roles.tsv
bw2tensor -q -g t/sizes -o roles.avo t/roles.tsv
bw2tensor -q -g t/sizes -o other-roles.avo t/other-roles.tsv
$make_observed roles.avo withheld.avo
for model in m.avo withheld.avo; do
    impute --missing --no-provenance -o want.avo $model roles.avo
    impute --missing --no-provenance -o got.avo $model other-roles.avo
    avo-view want.avo >want.tsv
    avo-view got.avo >got.tsv
    expect_same want.tsv got.tsv
done
impute --missing --no-provenance -o got.avo withheld.avo t/signal.avo
avo-view got.avo >got.tsv
expect_same want.tsv got.tsv
avo-view --header got.avo >header
expect_line header 'liver.*H3K4me3.*role:test'
expect_exit 0 avo-impute --device cpu --min-tracks 0 --missing -o x.avo withheld.avo roles.avo
expect_line stderr '4 of 5 tracks of the signal are inputs: 1 others are valid or test, 0 imputed'
expect_exit 0 avo-impute --device cpu --min-tracks 0 --missing -o x.avo m.avo roles.avo
expect_line stderr 'warning: tracks that the model was trained on are no inputs here: liver:H3K4me3$'

# imputed tracks are no inputs
impute -t heart:DNase -o heart.avo m.avo t/signal.avo
expect_error 1 'no track of the signal is an input: 0 are valid or test, 1 imputed' \
    avo-impute -q -t liver:DNase -o x m.avo heart.avo

# ---- what the model has not seen ----

# without heart and without its one track: the signal brings them, and their statistics
grep -v heart t/tracks.tsv >t/known.tsv
bw2tensor -q -g t/sizes -o known.avo t/known.tsv
$make_observed known.avo known-model.avo
bed -t heart:DNase known-model.avo t/signal.avo >got.bed
[ "$(cut -f 4 got.bed | sort -u | wc -l)" -gt 1000 ] || fail "too few values"
expect_error 1 'cell type "heart" is not in the model' \
    avo-impute -q -t heart:DNase known-model.avo known.avo
expect_error 1 'lacks the statistics of heart:H3K4me3, and a pipe cannot be read twice' \
    sh -c 'avo-impute -q -t heart:DNase -o x known-model.avo - <t/signal.avo'
expect_line stderr 'hint: .*--train celltypes'
# what an extension brings is what that pass measures; then a pipe will do
avo-train -q --init known-model.avo --train celltypes -o heart-model.avo t/signal.avo
bed -t heart:DNase known-model.avo heart-model.avo - <t/signal.avo >want.bed
expect_same want.bed got.bed
# a new assay: from other cell types that have it
for c in liver brain; do
    printf '%s\tnew\t%s.DNase.bedGraph\n' $c $c
done >t/new.tsv
cat t/tracks.tsv t/new.tsv >t/with-new.tsv
bw2tensor -q -g t/sizes -o with-new.avo t/with-new.tsv
bed -t heart:new m.avo with-new.avo >got.bed
[ "$(cut -f 4 got.bed | sort -u | wc -l)" -gt 1000 ] || fail "too few values"
bed -t heart:DNase m.avo t/signal.avo >want.bed
expect_differ want.bed got.bed
# an assay of one cell type: an error by name, left out and counted otherwise
head -n 1 t/new.tsv | cat t/tracks.tsv - >t/one-new.tsv
bw2tensor -q -g t/sizes -o one-new.avo t/one-new.tsv
expect_error 1 'liver:new cannot be imputed: no other cell type of the signal has this assay' \
    avo-impute -q -t liver:new -o x m.avo one-new.avo
expect_exit 0 avo-impute --device cpu --min-tracks 0 --all -o all.avo m.avo one-new.avo
expect_line stderr '1 tracks are left out: no other cell type of the signal has their assay'

# one cell type: nothing to impute from
grep liver t/tracks.tsv >t/liver.tsv
bw2tensor -q -g t/sizes -o liver.avo t/liver.tsv
$make_observed liver.avo liver-model.avo
expect_error 1 'no track can be imputed: no assay was measured in another cell type' \
    avo-impute -q --all -o x liver-model.avo liver.avo
expect_exit 0 avo-impute --device cpu --min-tracks 0 --all -o x.avo m.avo liver.avo
expect_line stderr '2 tracks are left out'

# ---- missing values ----

# a hole in one track: every bin is imputed, and those out of reach of it as without it
grep -v '^chr1	1[0-4][0-9][0-9][0-9]	' t/liver.H3K4me3.bedGraph >t/hole.bedGraph
sed 's/liver.H3K4me3.bedGraph/hole.bedGraph/' t/tracks.tsv >t/hole.tsv
for t in tracks hole; do
    bw2tensor -q --missing nan -g t/sizes -o $t.avo t/$t.tsv
done
$make_observed tracks.avo nan-model.avo
for t in tracks hole; do
    impute -t heart:DNase -o x.avo nan-model.avo $t.avo
    avo-view x.avo >$t.all
    awk '$1 != "chr1" || $3 <= 9750 || $2 >= 15250' $t.all >$t.far
done
expect_lines hole.all 3601
expect_differ tracks.all hole.all
expect_same tracks.far hole.far
refute_line hole.all 'nan'

# ---- wrong use ----

mkdir out
avo-train -q --epochs 1 --hidden 4 -o avocado.avo t/signal.avo
expect_error 1 'of the family observed, which imputes from signal' \
    avo-impute -q --all -o out/x m.avo
expect_line stderr 'hint: give the signal, too'
expect_error 1 'signal.avo: signal is for models of the family observed' \
    avo-impute -q --all -o out/x avocado.avo t/signal.avo
expect_error 1 'm.avo: a model of the family observed has no factors of positions' \
    factor-agg --window 5000 -o out/x m.avo
expect_error 1 'a model of another family' avo-impute -q --all -o out/x m.avo avocado.avo t/signal.avo
expect_error 1 'holds signal \(want a model' avo-impute -q --all -o out/x t/signal.avo
expect_error 2 'steps is not for models of the family observed' \
    avo-impute -q --all --attribution --component assay --steps 9 -o out/x m.avo t/signal.avo
expect_error 2 'baseline m.avo: of a model of the family observed it is mean or zero' \
    avo-impute -q --all --attribution --component assay --baseline m.avo -o out/x m.avo t/signal.avo
expect_error 1 'component fine: .* are own, target, elsewhere, context, assay, track$' \
    avo-impute -q --all --attribution --component fine -o out/x m.avo t/signal.avo
bw2tensor -q --transform log1p -g t/sizes -o log1p.avo t/tracks.tsv
expect_error 1 "transform is not the model's \(got log1p, want arcsinh\)" \
    avo-impute -q --all -o out/x m.avo log1p.avo
bw2tensor -q --bin 50 -g t/sizes -o bins.avo t/tracks.tsv
expect_error 1 "bins are not the model's \(got 50 bp, want 25 bp\)" \
    avo-impute -q --all -o out/x m.avo bins.avo
printf 'chr1\t60025\nchr2\t30010\n' >sizes
bw2tensor -q -g sizes -o longer.avo t/tracks.tsv
expect_error 1 'chromosome chr1 has another length than in the model' \
    avo-impute -q --all -o out/x m.avo longer.avo
bw2tensor -q -g t/sizes -r chr1 -o chr1.avo t/tracks.tsv
expect_error 1 'the signal has no bins in the regions' \
    avo-impute -q --all -r chr2 -o out/x m.avo chr1.avo
size=$(wc -c <t/signal.avo)
for part in 3000 $((size / 2)) $((size - 1)); do
    head -c $part t/signal.avo >cut.avo
    expect_error 1 'cut.avo: ' avo-impute -q --all -o out/x m.avo cut.avo
    expect_error 1 'cut.avo: ' \
        avo-impute -q --all -O bigwig -o 'out/{celltype}.{assay}.bw' m.avo cut.avo
    expect_error 1 '<stdin>: ' sh -c 'avo-impute -q -t heart:DNase -r chr1:1-25 -o out/x m.avo - <cut.avo'
done
[ -z "$(ls -A out)" ] || fail "left behind: $(ls -A out)"
