# SPDX-License-Identifier: MIT
# timeout: 3600
# serial
# The default preset on real tracks: four withheld tracks of 20, three seeds; each seed's average is
# below that of the mean over the other cell types. Prints the table per track.
. "$AVO_SRC/tests/lib/case.sh"
need_real_data
tests='E003:H3K4me3 E017:H3K27me3 E065:H3K4me1 E116:H3K36me3'
bw2tensor -q -R "$AVO_REAL_DATA/annotation/pilot_bins.bed" -o s.avo "$AVO_REAL_DATA/pilot/tracks.tsv"
roles=$(for t in $tests; do printf ' --test %s' "$t"; done)
pairs=$(for t in $tests; do printf ' -t %s' "$t"; done)
for seed in 1 2 3; do
    t0=$(date +%s)
    avo-train -q --seed $seed $roles s.avo | avo-impute -q $pairs -o i.$seed.avo
    echo "seed $seed: $(($(date +%s) - t0)) s"
done
track-eval -q --observed s.avo --imputed seed1=i.1.avo --imputed seed2=i.2.avo \
    --imputed seed3=i.3.avo --scope genome -o scores.tsv
track-eval -q --observed s.avo --imputed seed1=i.1.avo --imputed seed2=i.2.avo \
    --imputed seed3=i.3.avo --scope genome -O text
for seed in 1 2 3; do
    awk -F '\t' -v m=seed$seed '
        $1 == "overall" && $8 == m {x = $12; n++}
        $1 == "overall" && $8 == "mean" {b = $12}
        END {printf "%s %.4f, mean over the other cell types %.4f\n", m, x, b
             exit !(n == 1 && b > .2093 && b < .2095 && x < b)}' scores.tsv ||
        fail "seed $seed: not below the mean over the other cell types"
done
