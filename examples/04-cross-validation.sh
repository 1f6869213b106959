#!/bin/sh
# SPDX-License-Identifier: MIT
# 04: five-fold cross-validation: each track is withheld once, and all are scored together, each
# against baselines that know what the model of its own fold knew.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
build=${AVO_BUILD:-$source/build}
PATH=$build:$build/examples:$PATH
cd "${1:-$(mktemp -d)}"

make-compendium -o tracks --celltypes 4 --assays 4 --test 0 --chrom chr20:100000 --chrom chr21:50000

# Cell type, assay and file alone: without roles every track is in one of the folds.
cut -f 1-3 tracks/tracks.tsv >tracks/all.tsv
bw2tensor -o observed.signal.avo tracks/all.tsv

# A line for each fold; they could run on five machines.
for k in 0 1 2 3 4; do
    avo-train --folds 5 --fold $k --epochs 4 observed.signal.avo |
        avo-impute --missing -o "cv/fold$k/{celltype}.{assay}.bw"
done

# And one to score.
track-eval --observed observed.signal.avo --imputed avocado='cv/fold*/tracks.tsv' -o scores.tsv
track-eval --observed observed.signal.avo --imputed avocado='cv/fold*/tracks.tsv' \
    --measures mse,pearson -O text
