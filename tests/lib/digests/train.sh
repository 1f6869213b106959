# SPDX-License-Identifier: MIT
# train.sh: avo-train, and avo-view of models. Leaves model.avo (all bins), pilot.avo (stage 1),
# chr20.avo and chr21.avo (stage 2 of it), cell.avo and assay.avo (transfer).

# train NAME OPTIONS...: a small network for three epochs, its model as NAME.avo.
train() {
    _model=$1
    shift
    use "train.$_model" avo-train --epochs 3 --hidden 16 -o "$_model.avo" "$@"
    made "train.$_model" "$_model.avo"
}

[ -e signal.avo ] || bw2tensor -q -o signal.avo tracks/tracks.tsv
use train.default avo-train --epochs 2 -v -o model.avo signal.avo
made train.default model.avo
use train.pipe sh -c 'bw2tensor -q tracks/tracks.tsv | avo-train --epochs 1 | avo-view -'
train paper --preset paper --batch 300 --lr 0.001 signal.avo
train reference --preset reference --batch 500 signal.avo
bw2tensor -q -r chr21 -o chr21.signal.avo tracks/tracks.tsv
bw2tensor -q -r chr20 -o chr20.signal.avo tracks/tracks.tsv
train cpu-ref --device cpu-ref chr21.signal.avo
train cpu --device cpu --precision f32 chr21.signal.avo
train seed --seed 7 --no-provenance chr21.signal.avo
train permuted --order permuted chr21.signal.avo
train random --order random chr21.signal.avo
train dropout --dropout 0.5 --celltype-dropout 0.25 chr21.signal.avo
train decay --decay 0.01 --network-decay 0.001 --schedule linear chr21.signal.avo
train constant --schedule constant --init-range 0.2 --batch 100 --lr 0.003 chr21.signal.avo
train blocks --factors celltype=4,assay=5,fine=3,mid=0,coarse=6,500bp=4 --hidden 8,12 \
    chr21.signal.avo
train nan nan.signal.avo
train several chr21.signal.avo chr20.signal.avo

# Roles: watched and withheld tracks, folds, and what the log says of them.
train watched --watch 2 --valid C04:H3K4me1 --test C01:H3K27me3 --valid-share 0.3 \
    --log watched.tsv signal.avo
made train.watched watched.tsv
train refit --refit --patience 1 --epochs 6 --log refit.tsv signal.avo
made train.refit refit.tsv
bw2tensor -q -o bare.signal.avo tracks/bare.tsv
for k in 0 1 2; do
    train fold$k -v --folds 3 --fold $k bare.signal.avo
done

# Stage 1 and stage 2, in one command and in several.
use train.pilot.input bw2tensor -R tracks/pilot.bed -o pilot.signal.avo tracks/tracks.tsv
train pilot --stage2-epochs 4 -v pilot.signal.avo
for c in chr20 chr21; do
    train $c --init pilot.avo --train genome --log $c.tsv $c.signal.avo
    made train.$c $c.tsv
done
train clock -v --init pilot.avo --train genome --clock chromosome chr21.signal.avo
train stage1 --stage1 tracks/pilot.bed --stage2-epochs 2 --log stage1.tsv signal.avo
made train.stage1 stage1.tsv
train warm --init pilot.avo --warm pilot.signal.avo

# Transfer: a new cell type, a new assay, both.
sed -n '1p; s/^C04/C05/p' tracks/tracks.tsv >tracks/cell.tsv
sed -n '1p; s/	H3K27me3/	ATAC/p' tracks/tracks.tsv >tracks/assay.tsv
{
    cat tracks/cell.tsv
    sed 1d tracks/assay.tsv
} >tracks/new.tsv
for what in cell assay new; do
    bw2tensor -q -R tracks/pilot.bed -o $what.signal.avo tracks/$what.tsv
done
train cell --init pilot.avo --train celltypes cell.signal.avo
train assay --init pilot.avo --train assays assay.signal.avo
train new --init pilot.avo --train celltypes,assays new.signal.avo
train extended --init pilot.avo --init assay.avo --train celltypes cell.signal.avo

# Checkpoints: the state after a whole run; broken off by TERM at any moment, and gone on with.
train checkpoint --checkpoint whole.state --every 2 --log whole.tsv chr21.signal.avo
made train.checkpoint whole.state whole.tsv
use train.resume.whole avo-train --epochs 3 --hidden 16 --checkpoint whole.state --every 2 \
    --resume -o again.avo chr21.signal.avo
made train.resume.whole again.avo
# broken NAME AWAITED OPTIONS...: TERM as soon as there is a file AWAITED, then --resume.
broken() {
    _run=$1 _awaited=$2
    shift 2
    avo-train -q "$@" --checkpoint "$_run.state" -o "$_run.avo" chr20.signal.avo &
    while kill -0 $! 2>/dev/null && [ ! -s "$_awaited" ]; do
        sleep 0.02
    done
    kill -TERM $! 2>/dev/null
    wait $! 2>/dev/null
    use "train.$_run" avo-train -q "$@" --checkpoint "$_run.state" --resume -o "$_run.avo" \
        chr20.signal.avo
    made "train.$_run" "$_run.avo"
}
broken resumed resumed.state --epochs 40 --hidden 16 --log resumed.tsv
made train.resumed resumed.tsv
broken resumed2 resumed2.avo.partial --epochs 30 --init pilot.avo --train genome

# avo-view of models.
use view.model avo-view model.avo
use view.model.header avo-view -H chr20.avo chr21.avo
use view.model.tensors avo-view --tensors model.avo
avo-view --tensors model.avo | awk -F '\t' '$1 == "CORE" {print $2}' >names
while IFS= read -r name; do
    use "view.model.tensor.$name" avo-view --tensor "$name" model.avo
done <names
use view.model.tensor.npy avo-view -O npy --tensor "$(grep -v name names | tail -n 1)" model.avo
use view.model.npy avo-view -O npy model.avo
use view.model.region avo-view -r chr21:20,001-30,000 model.avo
use view.model.avo avo-view -O avo -r chr20 model.avo
use view.model.column avo-view --column coarse.0 -o coarse.bedGraph model.avo
made view.model.column coarse.bedGraph
use view.model.columns avo-view --column fine.1 --column mid.2 -o 'columns/{column}.bdg' model.avo
made view.model.columns columns/*
use view.model.join avo-view -O avo -o both.avo chr21.avo chr20.avo
made view.model.join both.avo
use view.model.extend avo-view -O avo -o wide.avo assay.avo pilot.avo extended.avo
made view.model.extend wide.avo
use view.model.check avo-view --check model.avo both.avo wide.avo cell.avo
