# SPDX-License-Identifier: MIT
# impute.sh: avo-impute of the models that train.sh left. Leaves imputed/ (bigWig of the tracks that
# are missing), staged.avo (the same from the models of stage 2) and attribution/.

use impute.track avo-impute -t C02:H3K4me1 model.avo
use impute.verbose avo-impute -v --device cpu -t C02:H3K4me1 -t C02:H3K27me3 -o two.avo model.avo
made impute.verbose two.avo
use impute.all avo-impute --all -o all.avo model.avo
made impute.all all.avo
use impute.missing avo-impute --missing -o missing.avo model.avo
made impute.missing missing.avo
printf 'C01\tH3K4me3\n# none\nC03\tH3K36me3\n' >wanted.tsv
use impute.list avo-impute -T wanted.tsv -t C02:H3K4me1 model.avo
use impute.cpu-ref avo-impute --device cpu-ref -t C02:H3K4me1 -r chr21 model.avo
use impute.region avo-impute -t C02:H3K4me1 -r chr20:30,001-60,000,chr21 model.avo
use impute.regions avo-impute -t C02:H3K4me1 -R tracks/pilot.bed --no-provenance model.avo
use impute.no-clip avo-impute -t C02:H3K4me1 --no-clip model.avo
use impute.min-tracks avo-impute -t C02:H3K4me1 --min-tracks 4 model.avo
use impute.dropout avo-impute --missing dropout.avo
use impute.blocks avo-impute --missing blocks.avo
for model in paper reference watched nan fold1 several; do
    use impute.$model avo-impute -t C02:H3K4me1 $model.avo
done

# Files for browsers.
use impute.bedgraph avo-impute -t C02:H3K4me1 -O bedgraph model.avo
use impute.bedgraph.gz avo-impute -t C02:H3K4me1 -o C02.bedGraph.gz model.avo
made impute.bedgraph.gz C02.bedGraph.gz
use impute.bedgraphs avo-impute --missing -o 'bedgraph/{celltype}/{assay}.bdg' model.avo
made impute.bedgraphs bedgraph/*/* bedgraph/*.tsv
use impute.last-bin avo-impute -t C02:H3K4me1 -r chr21 --last-bin -O bedgraph model.avo
use impute.bigwig avo-impute --missing -O bigwig -o 'imputed/{celltype}.{assay}.bw' model.avo
made impute.bigwig imputed/*
use impute.bigwig.last-bin avo-impute -t C02:H3K4me1 --last-bin -o last.bigWig model.avo
made impute.bigwig.last-bin last.bigWig
use impute.bigwig.rounds avo-impute --all --max-memory 1M \
    -o 'rounds/{celltype}.{assay}.bw' model.avo
made impute.bigwig.rounds rounds/*

# Several files as one model: chromosomes, and new cell types and assays.
use impute.chromosomes avo-impute --missing -o staged.avo chr21.avo chr20.avo
made impute.chromosomes staged.avo
use impute.joined avo-impute --missing both.avo
use impute.cell avo-impute -t C05:H3K36me3 -O bedgraph cell.avo chr21.avo
use impute.assay avo-impute -t C02:ATAC chr20.avo assay.avo
use impute.new avo-impute -t C05:ATAC new.avo pilot.avo
use impute.wide avo-impute --missing -O bigwig -o 'wide/{celltype}/{assay}.bw' wide.avo
made impute.wide wide/*/* wide/*.tsv
use impute.pipe sh -c 'avo-impute -q --missing <model.avo | avo-view -r chr21 -'
for run in chr20 chr21; do
    use impute.table.$run avo-impute --missing -o "table/{celltype}.{assay}.$run.bw" $run.avo
done
made impute.table table/*

# Attributions.
use impute.attribution avo-impute -t C02:H3K4me1 --attribution --steps 10 -O bigwig \
    -o 'attribution/{component}/{celltype}.{assay}.bw' model.avo
made impute.attribution attribution/*/*
use impute.attribution.avo avo-impute --missing --attribution --steps 4 --baseline zero \
    -o '{component}.attribution.avo' -r chr21 model.avo
made impute.attribution.avo ./*.attribution.avo
use impute.attribution.one avo-impute -t C02:H3K4me1 --attribution --component fine --steps 5 \
    -O bedgraph model.avo
use impute.attribution.pilot avo-impute -t C02:H3K4me1 --attribution --component coarse --steps 5 \
    --baseline pilot.avo chr21.avo
