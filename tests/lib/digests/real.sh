# SPDX-License-Identifier: MIT
# real.sh: the pilot region of chromosome 20 in 20 real tracks, from the files to features.
# shellcheck disable=SC2154   # the caller has it
ln -s "$real" real
t=real/pilot-chr20/tracks.tsv
a=real/annotation

use real.bw2tensor bw2tensor -r chr20:33,841,476-34,341,525 -o real.avo $t
made real.bw2tensor real.avo
use real.qc bw2tensor --qc -r chr20:33,841,476-34,341,525 $t
use real.train avo-train --epochs 3 --test E003:H3K4me3 --test E017:H3K27me3 --valid E116:H3K36me3 \
    --log real.log.tsv -o real.model.avo real.avo
made real.train real.model.avo real.log.tsv
use real.impute avo-impute --missing -O bigwig -o 'real.imputed/{celltype}.{assay}.bw' \
    real.model.avo
made real.impute real.imputed/*
for f in real/peaks-derived/*.bed; do
    name=$(basename "$f" .pilot.thr2.bed)
    printf '%s\t%s\t%s\n' "${name%-*}" "${name#*-}" "$f"
done >real.peaks.tsv
use real.track-eval track-eval --observed $t --imputed real.imputed/tracks.tsv \
    -r chr20:33,841,476-34,341,525 --genes $a/refseq_genes.pilot.bed \
    --promoters $a/gencode_v19_tss.pilot.bed --enhancers $a/fantom5_enhancers.pilot.bed \
    --peaks real.peaks.tsv --json real.json --report real.html --tables real.tables/x -o real.tsv
made real.track-eval real.tsv real.json real.html real.tables/*
use real.factor-agg factor-agg --window 1000 --label-from real.avo:E003:H3K4me3 \
    --label-threshold 2 -o real.features.avo real.model.avo
made real.factor-agg real.features.avo
use real.promoters factor-agg -R $a/gencode_v19_tss.pilot.bed --anchor tss --upstream 2000 \
    --drop-missing -O tsv real.model.avo
for model in logistic xgboost; do
    use real.ap-eval.$model ap-eval --drop-missing --model $model --folds 5 --repeats 1 --stratify \
        --report real.$model.html real.features.avo
    made real.ap-eval.$model real.$model.html
done
use real.interop avo-view -O tsv real.avo -r chr20:33,900,001-33,910,000
