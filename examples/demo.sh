#!/bin/sh
# SPDX-License-Identifier: MIT
# demo.sh: the main job on made-up data; run by `make demo`. Writes into build/demo.
set -eu
build=${AVO_BUILD:-build}
build=$(cd "$build" && pwd)
PATH=$build:$build/examples:$PATH
demo=${AVO_DEMO:-$build/demo}
epochs=${AVO_DEMO_EPOCHS:+ --epochs $AVO_DEMO_EPOCHS}

say() {
    printf '\n== %s\n' "$*"
}

# run COMMAND: shows a command line and runs it.
run() {
    printf '$ %s\n' "$1"
    sh -c "$1"
}

rm -rf "$demo"
mkdir -p "$demo"
cd "$demo"
demo=$(pwd)

say "A made-up compendium: 16 cell types x 8 assays on 1 Mbp, a fifth of the tracks missing."
run 'make-compendium -o tracks --celltypes 16 --assays 8 --chrom chr20:1000000 --test 6'
echo "Six more tracks are withheld (role test), to see how well they are imputed:"
grep '	test	' tracks/tracks.tsv | cut -f 1-4

test_pairs=$(awk -F '\t' '$4 == "test" {printf " -t %s:%s", $1, $2}' tracks/tracks.tsv)

say "From bigWigs to a model, and from the model to bigWigs of the withheld tracks."
run "bw2tensor tracks/tracks.tsv | avo-train$epochs | tee model.avo |
    avo-impute$test_pairs -O bigwig -o 'imputed/{celltype}.{assay}.bw'"

say "The same tracks by the other family of models, which sees the other tracks around a bin."
run "bw2tensor -o signal.avo tracks/tracks.tsv"
run "avo-train --preset observed -o observed.avo signal.avo"
run "avo-impute$test_pairs -O bigwig -o 'observed/{celltype}.{assay}.bw' observed.avo signal.avo"

say "The first ones as bedGraph, from the model that was kept on the way."
run "avo-impute$test_pairs -O bedgraph -o 'bedgraph/{celltype}.{assay}.bedgraph' model.avo"

say "How good they are: mean squared error beside the mean over the other cell types' tracks."
run 'track-eval --observed tracks/tracks.tsv --imputed avocado=imputed/tracks.tsv \
    --imputed signal=observed/tracks.tsv --genes tracks/genes.bed \
    --report evaluation.html -o evaluation.tsv'
run 'track-eval --observed tracks/tracks.tsv --imputed avocado=imputed/tracks.tsv \
    --imputed signal=observed/tracks.tsv -O text --measures mse,mse1obs,pearson'

say "The files are in $demo"
cat <<END
tracks/       measured tracks (bigWig), tracks.tsv, chrom.sizes, genes.bed
model.avo     the trained model: avo-view -H model.avo; observed.avo: that of the other family
imputed/      the imputed tracks (bigWig), tracks.tsv; bedgraph/: the same as text
observed/     the other family's
evaluation.html all measures and pictures: open it in a browser; evaluation.tsv: for programs
In IGV: Genomes > Load Genome from File: tracks/chrom.sizes; then File > Load from File:
tracks/genes.bed, a measured track of tracks/ and the imputed track of the same name in imputed/.
END
