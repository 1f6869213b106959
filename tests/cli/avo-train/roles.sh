# SPDX-License-Identifier: MIT
# Who trains, is watched, is withheld: folds of a table with roles, tracks named twice, cell types and
# assays that lose all their tracks, tables that do not fit the model.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_signal d
quick='--device cpu --epochs 1 --hidden 4 --batch 4000'

# with_roles ROLE...: d/roles.avo, the table with a role for each of its five tracks
with_roles() {
    printf 'celltype\tassay\tpath\trole\n' >d/roles.tsv
    printf '%s\n' "$@" | paste d/tracks.tsv - >>d/roles.tsv
    bw2tensor -q -g d/sizes -o d/roles.avo d/roles.tsv
}
roles_of() {
    avo-view -H "$1" | sed -n 's/^@TRACK.*celltype:\([^	]*\).*assay:\([^	]*\).*role:\([^	]*\).*/\1:\2 \3/p'
}

# folds: of the tracks with role train, and as without roles; what is withheld is said
with_roles train train train train train
for k in 0 1 2; do
    # shellcheck disable=SC2086
    avo-train $quick --folds 3 --fold $k -o f.$k d/roles.avo 2>log.$k
    # shellcheck disable=SC2086
    avo-train -q $quick --folds 3 --fold $k -o bare.$k d/signal.avo
    roles_of f.$k | sort >r.$k
    roles_of bare.$k | sort | cmp - r.$k || fail "fold $k: another split than without roles"
    sed -n 's/^avo-train: withheld: //p' log.$k | sort >w.$k
    sed -n 's/ test$//p' r.$k | cmp - w.$k || fail "fold $k: the withheld tracks are not those named"
done
[ "$(cat w.0 w.1 w.2 | wc -l)" -ge 2 ] || fail 'nothing is withheld'
[ -z "$(cat w.0 w.1 w.2 | sort | uniq -d)" ] || fail 'a track is withheld twice'
# heart has one track: it cannot be spared, which is said in its fold
cat log.0 log.1 log.2 >log
expect_line log '^avo-train: not withheld: heart:H3K4me3 '
[ $(($(cat w.0 w.1 w.2 | wc -l) + $(grep -c 'not withheld' log))) -eq 5 ] ||
    fail 'a track is neither withheld nor named'
# quiet means quiet
# shellcheck disable=SC2086
expect_exit 0 avo-train -q $quick --folds 3 --fold 0 -o q d/roles.avo
expect_empty stderr
# valid and test stay
with_roles train valid test train train
for k in 0 1; do
    # shellcheck disable=SC2086
    avo-train -q $quick --stage2-epochs 1 --folds 2 --fold $k -o v d/roles.avo
    roles_of v >r
    expect_line r '^liver:DNase valid$'
    expect_line r '^brain:H3K4me3 test$'
done
# the model's split holds in stage 2, with or without the options
with_roles train train train train train
for o in '' '--folds 3 --fold 0'; do
    # shellcheck disable=SC2086
    expect_exit 0 avo-train --init f.0 --train genome --epochs 1 $o -o g d/roles.avo
    roles_of g | sort | cmp - r.0 || fail "stage 2 has another split ($o)"
    sed -n 's/^avo-train: withheld: //p' stderr | sort | cmp - w.0 || fail "stage 2 names others ($o)"
    refute_line stderr 'warning'
done
# options that make no split
expect_error 2 '--fold needs --folds' avo-train --fold 1 d/signal.avo
expect_error 2 '--folds 3 needs --fold k, 0 to 2' avo-train --folds 3 d/signal.avo

# one track, two roles
expect_error 2 '--valid and --test both name brain:DNase' avo-train --valid brain:DNase \
    --test liver:DNase --test brain:DNase -o x d/signal.avo
expect_error 2 '--test names brain:DNase twice' avo-train --test brain:DNase --test brain:DNase \
    -o x d/signal.avo
expect_error 2 '--valid names brain:DNase twice' avo-train --valid brain:DNase \
    --valid brain:DNase -o x d/signal.avo

# all tracks of an assay, of a cell type
none="has no training track"
# shellcheck disable=SC2086
expect_exit 0 avo-train $quick --test liver:DNase --test brain:DNase -o lost d/signal.avo
expect_line stderr "warning: assay \"DNase\" $none \(2 withheld\): the model will not have it"
refute_line stderr 'warning: cell'
with_roles train train train train test
# shellcheck disable=SC2086
expect_exit 0 avo-train $quick -o lost d/roles.avo
expect_line stderr "warning: cell type \"heart\" $none \(1 withheld\)"
# ... cannot be watched
expect_error 1 'heart:H3K4me3 cannot be watched: no training track of cell type "heart" is left' \
    avo-train $quick --valid heart:H3K4me3 -o x d/signal.avo
expect_missing x

# stage 2 on a table that lacks tracks, or withholds what the model was trained on
sed '/brain.DNase/d' d/tracks.tsv >d/four.tsv
bw2tensor -q -g d/sizes -o d/four.avo d/four.tsv
# shellcheck disable=SC2086
avo-train -q $quick -o all.avo d/signal.avo
two='avo-train --init all.avo --train genome --epochs 1 -o x'
expect_exit 0 $two d/four.avo
expect_line stderr 'warning: 1 training track of the model missing in the input.*: brain:DNase$'
expect_exit 0 $two --test brain:DNase d/signal.avo
expect_line stderr 'warning: withheld here, but the model was trained on.*: brain:DNase$'
with_roles train train train test train
expect_exit 0 $two d/roles.avo
expect_line stderr 'warning: withheld in the table, but trained on, as the model.*: brain:DNase$'
expect_exit 0 $two d/signal.avo
refute_line stderr 'warning'
# what stage 2 does not read is said
expect_exit 0 $two --lr 0.1 --hidden 9 d/signal.avo
expect_line stderr 'warning: --lr, --hidden: not read by --train genome'
expect_error 2 'transfer watches no track' avo-train --init all.avo --train assays --watch 1 -o x \
    d/signal.avo
# --stage1 --watch watches no other tracks in its second stage
printf 'chr1\t0\t20000\n' >p.bed
# shellcheck disable=SC2086
avo-train -q $quick --stage1 p.bed --watch 1 --stage2-epochs 1 -o w d/signal.avo
[ "$(roles_of w | grep -c ' valid$')" -eq 1 ] || fail '--watch 1 watches two'

# what another model made up is learned from, but not without a word
avo-impute -q -t brain:DNase -t heart:H3K4me3 -o made.avo all.avo
# shellcheck disable=SC2086
expect_exit 0 avo-train $quick -o x made.avo
expect_line stderr 'warning: 2 training tracks are imputed, not measured: brain:DNase, heart:H3K4me3$'
