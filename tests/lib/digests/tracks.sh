# SPDX-License-Identifier: MIT
# tracks.sh: track-eval of what impute.sh left.

# evaluate NAME OPTIONS...
evaluate() {
    _name=$1
    shift
    use "track-eval.$_name" track-eval "$@"
}

evaluate files --observed tracks/tracks.tsv --imputed imputed/tracks.tsv
evaluate streams -v --ranks none --observed signal.avo --imputed missing.avo
evaluate text --observed signal.avo --imputed imputed/tracks.tsv -O text
evaluate long --observed signal.avo --imputed missing.avo -O long --scope chrom
evaluate raw --observed signal.avo --imputed missing.avo --space raw --mean-space raw
for top in exact round above; do
    evaluate top-$top --observed signal.avo --imputed missing.avo --top $top --ranks genome \
        --scope genome
done
evaluate bin50 -b 50 --transform log1p --observed tracks/tracks.tsv --imputed imputed/tracks.tsv
evaluate nan --missing nan --observed tracks/tracks.tsv --imputed imputed/tracks.tsv
evaluate baselines --baseline-only --observed bare.signal.avo --scope genome
evaluate tests --baseline-only --test C01:H3K4me1 --test C03:H3K36me3 --observed tracks/bare.tsv
evaluate region -r chr20:30,001-90,000 --observed signal.avo --imputed missing.avo
evaluate regions -R tracks/pilot.bed --observed signal.avo --imputed staged.avo \
    --measures mse,pearson,aucobs1
evaluate pipe --observed signal.avo --imputed missing.avo -g tracks/chrom.sizes --max-memory 20K
use track-eval.stdin sh -c 'avo-impute -q --missing <model.avo |
    track-eval --observed tracks/tracks.tsv --imputed - --scope genome'

# The whole picture: several methods, elements, peaks, relations, attributions, and every output.
for c in C01 C02 C03; do
    avo-view -q -O bedgraph -t $c:H3K4me1 signal.avo | awk '$4 > 1' >$c.peaks.bed
    printf '%s\tH3K4me1\t%s.peaks.bed\n' $c $c
done >peaks.tsv
printf 'chr20\t0\t9000\nchr21\t50000\t60000\n' >blacklist.bed
awk -v OFS='\t' '{print $1, $3, $3 + 700}' tracks/pilot.bed >enhancers.bed
printf 'assay\tregion\tassay2\tregion2\tsign\tassay3\tregion3\tsign3\n' >relations.tsv
printf 'H3K4me1\tpromoter\tH3K36me3\tgene\t+\t.\t.\t.\n' >>relations.tsv
printf 'H3K27me3\tgene\tH3K36me3\tgene\t-\tH3K4me1\tpromoter\t+\n' >>relations.tsv
printf 'C02\tRNA\ttracks/C01.H3K27me3.bw\nC01\tRNA\ttracks/C03.H3K4me1.bw\n' >auxiliary.tsv
evaluate all --observed tracks/tracks.tsv --imputed one=imputed/tracks.tsv \
    --imputed two=staged.avo --genes tracks/genes.bed --enhancers enhancers.bed \
    --peaks peaks.tsv --relations relations.tsv --exclude blacklist.bed \
    --attribution celltype=attribution/celltype/tracks.tsv \
    --attribution fine=attribution/fine/tracks.tsv \
    --auxiliary auxiliary.tsv --tables tables/x --json whole.json --report whole.html -o whole.tsv
made track-eval.all whole.tsv whole.json whole.html tables/*
evaluate shown --observed signal.avo --imputed missing.avo --report shown.html.gz \
    --show chr21:1-20,000 --title 'One region' -o shown.txt
made track-eval.shown shown.html.gz shown.txt
evaluate gtf --observed signal.avo --imputed missing.avo --genes genes.gtf --primary basic \
    --upstream 1000 --tss-bin --overlaps once --peak-threshold 1
evaluate challenge --convention challenge --observed tracks/tracks.tsv \
    --imputed imputed/tracks.tsv --exclude blacklist.bed --genes tracks/genes.bed
evaluate bedgraph -g tiny/sizes --observed tiny/tracks.tsv --baseline-only -O text
for k in 0 1 2; do
    avo-impute -q --missing -o "cv/fold$k/{celltype}.{assay}.bw" fold$k.avo
done
evaluate folds --observed bare.signal.avo --imputed cv='cv/fold*/tracks.tsv' --json cv.json
made track-eval.folds cv.json
