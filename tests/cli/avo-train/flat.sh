# SPDX-License-Identifier: MIT
# A rate that kills every hidden unit: the model imputes one value, which each way of training says at
# its end and avo-impute repeats. A model that has learned is passed over in silence.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_signal d
s=d/signal.avo
flat='warning: the model imputes one value at every position'
one='warning: imputed as one value at every position.*:'
sed 's/^brain/lung/' d/tracks.tsv | grep lung >d/lung.tsv
bw2tensor -q -g d/sizes -o d/lung.avo d/lung.tsv
train='avo-train --standardize none --hidden 8 --batch 500 --stage2-epochs 2'
# shellcheck disable=SC2086
expect_exit 0 $train --lr 10 --epochs 4 -o dead.avo $s
expect_line stderr "$flat \(all hidden units are dead"
# ... and it does
avo-impute -q --no-clip -t liver:DNase -O bedgraph dead.avo | cut -f 4 | sort -u >values
expect_lines values 1
expect_exit 0 avo-impute -t liver:DNase -t heart:DNase -o x.avo dead.avo
expect_line stderr "$one liver:DNase, heart:DNase$"
expect_exit 0 avo-impute --all -O bedgraph -o 'i/{celltype}.{assay}' dead.avo
expect_line stderr "$one liver:H3K4me3, .*heart:DNase$"
# with a watched track the best epoch counts
# shellcheck disable=SC2086
expect_exit 0 $train --lr 10 --epochs 4 --valid liver:DNase -o watched.avo $s
avo-impute -q --no-clip -t liver:DNase -O bedgraph watched.avo | cut -f 4 | sort -u >values
[ "$(wc -l <values)" -eq 1 ] && want=1 || want=0
[ "$(grep -c "$flat" stderr)" -eq "$want" ] || fail 'the warning is not about the best epoch'
expect_exit 0 avo-train --init dead.avo --train genome --epochs 2 -o x.avo $s
expect_line stderr "$flat \(the network of --init"
expect_exit 0 avo-train --init dead.avo --train celltypes --epochs 2 -o ext.avo d/lung.avo
expect_line stderr "$flat \(the network of --init, or its new rows"
# one bin cannot tell; quiet says nothing
expect_exit 0 avo-impute -r chr1:1001-1025 -t liver:DNase -o x.avo dead.avo
refute_line stderr 'one value'
expect_exit 0 avo-impute -q -t liver:DNase -o x.avo dead.avo
expect_empty stderr
# alive
# shellcheck disable=SC2086
expect_exit 0 $train --epochs 2 -o alive.avo $s
refute_line stderr 'one value'
for way in "genome $s" 'celltypes d/lung.avo'; do
    expect_exit 0 avo-train --init alive.avo --train "${way% *}" --epochs 2 -o x.avo "${way#* }"
    refute_line stderr 'one value'
done
expect_exit 0 avo-impute --all -o x.avo alive.avo
refute_line stderr 'one value'
