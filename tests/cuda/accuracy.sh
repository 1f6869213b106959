# SPDX-License-Identifier: MIT
# timeout: 7200
# CPU and card, a fixed number of epochs, paired by seed: the errors of withheld tracks differ by at
# most 0.5% or two standard errors. Real tracks where AVO_REAL_DATA names them, else generated ones.
# AVO_SEEDS: most seeds (16, at least 3); AVO_EPOCHS: of stage 1 (40); AVO_HIDDEN: 256,256.
. "$AVO_SRC/tests/lib/case.sh"
if [ -n "${AVO_REAL_DATA:-}" ]; then
    bw2tensor -q -o signal.avo "$AVO_REAL_DATA/pilot-chr20/tracks.tsv"
    withheld='E003:H3K4me3 E017:H3K27me3 E065:H3K4me1 E116:H3K36me3'
else
    "$AVO_BUILD/examples/make-compendium" -q -o tracks --celltypes 5 --assays 4 --missing 0 \
        --test 0 --chrom chr20:500000
    bw2tensor -q --all-bins -o signal.avo tracks/tracks.tsv
    withheld=$(awk -F '\t' '$1 != "celltype" {print $1 ":" $2}' tracks/tracks.tsv |
        awk 'NR % 5 == 3' | paste -s -d ' ')
fi
"$PYTHON" "$AVO_SRC/tests/cuda/accuracy.py" signal.avo $withheld
