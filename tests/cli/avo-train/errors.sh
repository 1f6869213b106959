# SPDX-License-Identifier: MIT
# What avo-train refuses, and in which words; roles and folds.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_model d
s=d/signal.avo m=d/model.avo
expect_exit 2 avo-train --train genome $s
expect_line stderr 'need --init'
expect_exit 2 avo-train --preset best $s
expect_line stderr 'default, paper, reference, observed or predictd'
expect_exit 2 avo-train --factors 60bp=3 $s
expect_line stderr 'unknown block "60bp"'
expect_exit 2 avo-train --epochs 0 $s
expect_error 2 '--order: "upwards" is not sequential, permuted or random$' avo-train --order upwards $s
expect_error 2 '--train: "some" is not all, genome, celltypes, assays or celltypes,assays$' \
    avo-train --train some $s
expect_exit 2 avo-train --folds 3 --fold 3 $s
expect_exit 3 avo-train --device cuda:1023 -o x $s
expect_line stderr '--device cuda:1023: '
expect_exit 1 avo-train --test brain:DNAse -o x $s
expect_line stderr 'brain:DNase'
expect_exit 1 avo-train -o x $m
expect_line stderr 'not SIGNAL'
expect_exit 1 avo-train --init $s --train genome -o x $s
expect_exit 1 avo-train --init $m --train celltypes -o x $s
expect_line stderr 'no cell type that the model lacks'
# a cell type that the model lacks, in stage 2
sed 's/^brain/lung/' d/tracks.tsv >d/lung.tsv
bw2tensor -q -g d/sizes -o lung.avo d/lung.tsv
expect_exit 1 avo-train --init $m --train genome -o x lung.avo
expect_line stderr '"lung"'
expect_line stderr '--train celltypes'
# other bins
bw2tensor -q -b 50 -g d/sizes -o b50.avo d/tracks.tsv
expect_exit 1 avo-train --init $m --train genome -o x b50.avo
expect_line stderr "bins are not the model's"
# a truncated input leaves nothing
head -c 20000 $s >cut.avo
expect_exit 1 avo-train -q --epochs 1 -o x cut.avo
expect_exit 1 avo-train -q --init $m --train genome --epochs 1 -o x cut.avo
[ -z "$(ls | grep '^x')" ] || fail "a partial output"
# roles: a test track changes nothing when its values change
sed 's/^brain\tDNase\tbrain.DNase/brain\tDNase\theart.H3K4me3/' d/tracks.tsv >d/swap.tsv
bw2tensor -q -g d/sizes -o swap.avo d/swap.tsv
for i in $s swap.avo; do
    avo-train -q --no-provenance --epochs 2 --hidden 8 --test brain:DNase -o r.$(basename $i) $i
done
avo-view r.signal.avo | grep -v '^#' >a
avo-view r.swap.avo | grep -v '^#' >b
cmp a b || fail "a withheld track took part in training"
# folds: every fold withholds something else, and each cell type and assay stays trained
for k in 0 1; do
    avo-train -v --epochs 1 --hidden 8 --folds 2 --fold $k -o f.$k $s 2>log.$k
    grep withheld log.$k >w.$k || fail "fold $k withholds nothing"
done
! cmp -s w.0 w.1 || fail "two folds withhold the same"
# --stage1: the same rows as by hand
printf 'chr1\t0\t20000\n' >p.bed
avo-train -q --epochs 2 --hidden 8 --stage1 p.bed --stage2-epochs 3 -o by.stage1 $s
bw2tensor -q -g d/sizes -R p.bed d/tracks.tsv |
    avo-train -q --epochs 2 --hidden 8 --stage2-epochs 3 -o p.avo
avo-train -q --init p.avo --train genome -o by.hand $s
avo-view by.stage1 | grep -v '^#' >a
avo-view by.hand | grep -v '^#' >b
cmp a b || fail "--stage1 differs from the two commands"
# --log
avo-train -q --epochs 3 --hidden 8 --valid brain:DNase --log log.tsv -o l $s
[ "$(grep -c '^stage1' log.tsv)" -eq 3 ] || fail "the log has no line per epoch"
expect_line log.tsv '^rehearsal'
# --watch: as many tracks as asked for, the same for a seed
avo-train --epochs 1 --hidden 8 --watch 2 -o w1 $s 2>w1.log
avo-train --epochs 1 --hidden 8 --watch 2 -o w2 $s 2>w2.log
[ "$(grep -c watched: w1.log)" -eq 2 ] || fail "--watch 2 watches other than two tracks"
cmp w1 w2 || fail "--watch differs between runs"
expect_exit 1 avo-train --epochs 1 --watch 4 -o x $s
expect_line stderr 'can be spared'
