#!/bin/sh
# SPDX-License-Identifier: MIT
# 03: a new cell type, measured by two assays, into a model that was trained without it.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
build=${AVO_BUILD:-$source/build}
PATH=$build:$build/examples:$PATH
cd "${1:-$(mktemp -d)}"

make-compendium -o tracks --celltypes 5 --assays 4 --missing 0 --test 0 --chrom chr20:200000

# known.tsv: the first four cell types; new.tsv: two tracks of the fifth.
grep -v '^C05' tracks/tracks.tsv >tracks/known.tsv
{ head -n 1 tracks/tracks.tsv; grep '^C05.*H3K4me[13]' tracks/tracks.tsv; } >tracks/new.tsv

bw2tensor tracks/known.tsv | avo-train --epochs 5 -o known.model.avo

# Only the new cell type's factors are learned, everything else is kept: no GPU, little data.
bw2tensor tracks/new.tsv |
    avo-train --init known.model.avo --train celltypes --epochs 5 -o new.model.avo

# Its other assays: the extended tables from new.model.avo, the genome factors from the old model.
avo-impute -t C05:H3K36me3 -t C05:H3K27me3 -O bigwig -o 'imputed/{celltype}.{assay}.bw' \
    new.model.avo known.model.avo
ls imputed
