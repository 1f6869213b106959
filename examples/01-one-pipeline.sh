#!/bin/sh
# SPDX-License-Identifier: MIT
# 01: from a table of bigWigs to an imputed bigWig in one pipeline. Works in the folder given, or
# in a new one.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
build=${AVO_BUILD:-$source/build}
PATH=$build:$build/examples:$PATH
cd "${1:-$(mktemp -d)}"

# Measured tracks; pairs that are not in the table, and those of role test, can be imputed.
make-compendium -o tracks --celltypes 4 --assays 4 --chrom chr20:200000 --test 1

# The pair whose role is test, as CELL:ASSAY.
pair=$(awk -F '\t' '$4 == "test" {print $1 ":" $2}' tracks/tracks.tsv)

bw2tensor -r chr20 tracks/tracks.tsv | avo-train --epochs 5 |
    avo-impute -t "$pair" -O bigwig -o imputed.bw

# The same as text: bedGraph on standard output.
bw2tensor -r chr20 tracks/tracks.tsv | avo-train --epochs 5 |
    avo-impute -t "$pair" -r chr20:50,001-51,000 -O bedgraph >imputed.bedgraph

ls -l "$PWD"
