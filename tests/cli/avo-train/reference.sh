#!/bin/sh
# SPDX-License-Identifier: MIT
# Preset reference on the real tracks of one region (20,002 bins, 3 steps an epoch, E065:H3K4me3
# withheld): figures recorded from seed 1, cpu-ref and cpu. tests/real/reference_preset.sh compares
# the preset with PyTorch on all regions.
. "$AVO_SRC/tests/lib/case.sh"
need_real_data
bw2tensor -q -o s.avo "$AVO_REAL_DATA/pilot-chr20/tracks.tsv"

# check FILE COLUMN ROW WANT: to 2e-4 of it, which covers processors' rounding over 150 steps.
check() {
    awk -F'\t' -v col="$2" -v want="$4" "$3"' {got = $col; n++}
        END {printf "%.6f, want %s\n", got, want
             exit !(n == 1 && got > want * 0.9998 && got < want * 1.0002)}' "$1" ||
        fail "$1: not the recorded value"
}
for device in cpu cpu-ref; do
    epochs=50
    [ $device = cpu ] || epochs=2
    avo-train -q --device $device --preset reference --epochs $epochs --seed 1 \
        --test E065:H3K4me3 --log log.tsv -o m.avo s.avo
    check log.tsv 3 '$2 == 1' 0.606628
    check log.tsv 3 '$2 == 2' 0.575052
    [ $device = cpu ] || continue
    check log.tsv 3 '$2 == 50' 0.280089
    avo-impute -q --no-clip -t E065:H3K4me3 -o i.avo m.avo
    track-eval -q --observed s.avo --imputed i.avo --scope genome -o e.tsv
    check e.tsv 12 '$1 == "track" && $8 == "imputed"' 0.161630
done
