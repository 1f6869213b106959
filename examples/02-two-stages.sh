#!/bin/sh
# SPDX-License-Identifier: MIT
# 02: train on a small part of the genome, then let every chromosome stream through the trained
# network; impute what was not measured, and see how good it is.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
build=${AVO_BUILD:-$source/build}
PATH=$build:$build/examples:$PATH
cd "${1:-$(mktemp -d)}"

make-compendium -o tracks --celltypes 4 --assays 4 --test 2 \
    --chrom chr19:300000 --chrom chr20:100000 --chrom chr21:100000

# Stage 1: everything is trained, here on the regions of pilot.bed that lie on chr19.
grep '^chr19' tracks/pilot.bed >pilot.bed
bw2tensor -R pilot.bed tracks/tracks.tsv | avo-train --epochs 5 -o pilot.model.avo

# Stage 2: network, cell types and assays stay; each chromosome is a job of its own, and could run
# on a machine of its own.
for chrom in chr20 chr21; do
    bw2tensor -r $chrom tracks/tracks.tsv |
        avo-train --init pilot.model.avo --train genome --epochs 5 -o $chrom.model.avo
done

# Every pair without a training track, on all chromosomes that models were given for.
avo-impute --missing -O bigwig -o 'imputed/{celltype}.{assay}.bw' chr20.model.avo chr21.model.avo

bw2tensor -r chr20,chr21 -o observed.signal.avo tracks/tracks.tsv
track-eval --observed observed.signal.avo --imputed imputed/tracks.tsv
