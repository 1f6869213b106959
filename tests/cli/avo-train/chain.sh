# SPDX-License-Identifier: MIT
# Extensions chain: a new assay, a new cell type on top of it, both in one run; what belongs together
# is joined in any order, what does not is refused by name.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_tracks d
cp d/heart.H3K4me3.bedGraph d/liver.H3K27ac.bedGraph
cp d/liver.DNase.bedGraph d/brain.H3K27ac.bedGraph
# table NAME CELL.ASSAY...: d/NAME.avo
table() {
    _name=$1
    shift
    for _t; do
        printf '%s\t%s\t%s.bedGraph\n' "${_t%%.*}" "${_t#*.}" "$_t"
    done | sed 's/lung\.H3K27ac.bed/brain.H3K4me3.bed/; s/lung\.DNase.bed/heart.H3K4me3.bed/
                s/lung\.H3K4me3.bed/brain.DNase.bed/' >"d/$_name.tsv"
    bw2tensor -q -g d/sizes -o "d/$_name.avo" "d/$_name.tsv"
}
table base liver.H3K4me3 liver.DNase brain.H3K4me3 brain.DNase
table assay liver.H3K27ac brain.H3K27ac
table cell lung.H3K4me3 lung.DNase lung.H3K27ac
table old lung.H3K4me3 lung.DNase
table both liver.H3K27ac brain.H3K27ac lung.H3K4me3 lung.DNase lung.H3K27ac
train='avo-train -q --epochs 2'
$train --hidden 8 --batch 1000 -o base.avo d/base.avo
$train --init base.avo --train assays -o assay.avo d/assay.avo
new='--train celltypes'
# shellcheck disable=SC2086
$train --init base.avo --init assay.avo $new -o cell.avo d/cell.avo
# shellcheck disable=SC2086
$train --init assay.avo --init base.avo $new -o turned.avo d/cell.avo
expect_same cell.avo turned.avo
# shellcheck disable=SC2086
expect_error 1 'the model has no assay "H3K27ac"' $train --init base.avo $new -o x d/cell.avo
# shellcheck disable=SC2086
expect_error 1 'assay.avo: the model has no genome factors' $train --init assay.avo $new -o x \
    d/cell.avo
expect_line stderr 'hint: an extension needs its base beside it: --init BASE --init assay.avo'

# the first rows are those of the base and of the assay's extension, to the bit
tensor() { avo-view --tensor "$1" "$2"; }
for k in 0 1; do
    tensor block.$k base.avo >rows.base
    tensor block.$k assay.avo >rows.assay
    tensor block.$k cell.avo >rows.cell
    head -n "$(wc -l <rows.base)" rows.cell | cmp - rows.base || fail "block $k: rows of the base"
    head -n "$(wc -l <rows.assay)" rows.cell | cmp - rows.assay || fail "block $k: rows of the assay"
done
# a cell type learned from the base's assays is the same on top of another extension
# shellcheck disable=SC2086
$train --init base.avo $new -o alone.avo d/old.avo
# shellcheck disable=SC2086
$train --init base.avo --init assay.avo $new -o above.avo d/old.avo
tensor block.0 alone.avo >a
tensor block.0 above.avo | cmp - a || fail 'the new row depends on an extension it does not use'

# imputed values: with all parts, with those that are needed, in any order, from one joined model
tracks='-t lung:H3K27ac -t lung:DNase -t liver:H3K27ac -t liver:DNase'
# shellcheck disable=SC2086
values() { avo-impute -q --no-provenance -O avo $tracks "$@" | avo-view - | grep -v '^#@'; }
values base.avo assay.avo cell.avo >all
values base.avo cell.avo | cmp - all || fail 'the last link alone imputes something else'
values cell.avo base.avo assay.avo | cmp - all || fail 'the order of the files matters'
avo-view -O avo -o one.avo base.avo assay.avo cell.avo
avo-view -O avo -o eno.avo cell.avo base.avo assay.avo
expect_same one.avo eno.avo
avo-view --check one.avo >/dev/null
values one.avo | cmp - all || fail 'the joined model imputes something else'
[ "$(sort -u all | wc -l)" -gt 100 ] || fail 'nothing is imputed'
avo-impute -q --no-provenance -t liver:DNase base.avo | avo-view - >a
avo-impute -q --no-provenance -t liver:DNase one.avo | avo-view - | cmp - a ||
    fail "the base's own tracks change"
# links without their base are one extension, too
avo-view -O avo -o links.avo assay.avo alone.avo
expect_exit 0 avo-impute -q -t lung:H3K27ac -o x.avo base.avo links.avo
expect_exit 2 avo-view -O avo -r chr1:1-5000 -o x.avo base.avo assay.avo
expect_line stderr 'join the model and its extensions first'
expect_exit 1 avo-view base.avo assay.avo
expect_line stderr 'hint: avo-view -O avo MODEL EXTENSION'

# both kinds in one run
expect_exit 0 avo-train --epochs 2 --init base.avo --train celltypes,assays -o both.avo d/both.avo
expect_line stderr 'new cell type: lung'
expect_line stderr 'new assay: H3K27ac'
values base.avo both.avo >both
[ "$(sort -u both | wc -l)" -gt 100 ] || fail 'nothing is imputed'
# shellcheck disable=SC2086
$train --init base.avo --init both.avo --train genome -o two.avo d/base.avo
values two.avo >a
[ "$(wc -l <a)" -eq "$(wc -l <both)" ] || fail 'stage 2 of an extended model lacks its rows'
expect_error 1 'the input has no cell type or assay that the model lacks' \
    $train --init base.avo --train assays,celltypes -o x d/base.avo

# one name with two rows; another root
expect_error 1 'both.avo: (cell type "lung"|assay "H3K27ac") has two different rows' \
    avo-impute --all base.avo cell.avo both.avo
expect_error 1 'both.avo: (cell type "lung"|assay "H3K27ac") has two different rows' \
    avo-view -O avo -o x base.avo cell.avo both.avo
$train --hidden 8 --batch 1000 --seed 2 -o other.avo d/base.avo
expect_error 1 'assay.avo: a model of another root \([0-9a-f]{32}, other.avo has [0-9a-f]{32}\)' \
    $train --init other.avo --init assay.avo --train celltypes -o x d/cell.avo
expect_error 2 'stdin is asked for both' avo-train --init base.avo --init - --train celltypes -o x
expect_missing x
