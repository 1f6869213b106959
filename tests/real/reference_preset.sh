#!/bin/sh
# SPDX-License-Identifier: MIT
# Preset reference on the 19 pilot tracks less E065:H3K4me3: five seeds against the five recorded ones
# of the PyTorch restatement (tests/oracle/README.md). At epochs 1, 5 and 10, the means of training
# error and of the withheld track's error differ by at most 4 standard errors of the difference.
# timeout: 3600
# serial
. "$AVO_SRC/tests/lib/case.sh"
need_real_data
data=$AVO_REAL_DATA
bw2tensor -q -R "$data/annotation/pilot_bins.bed" -o signal.avo "$data/pilot/tracks.tsv"

# Its rate is constant: a run of 5 epochs is the beginning of one of 10. The last row of the log is
# the epoch's training error.
printf 'seed\tepoch\ttrain_mse\twithheld_mse\n' >ours.tsv
for seed in 1 2 3 4 5; do
    for epochs in 1 5 10; do
        avo-train -q --preset reference --seed $seed --epochs $epochs --test E065:H3K4me3 \
            --log log.tsv -o model.avo signal.avo
        avo-impute -q --no-clip -t E065:H3K4me3 -o imputed.avo model.avo
        track-eval -q --observed signal.avo --imputed imputed.avo --scope genome -o eval.tsv
        train=$(awk -F'\t' 'NR > 1 {x = $3} END {print x}' log.tsv)
        withheld=$(awk -F'\t' '$1 == "track" && $8 == "imputed" {print $12}' eval.tsv)
        printf '%s\t%s\t%s\t%s\n' $seed $epochs "$train" "$withheld" | tee -a ours.tsv
        cut -f 1-3 log.tsv >"log.$seed.$epochs"
    done
    for epochs in 1 5; do
        head -n $((epochs + 1)) "log.$seed.10" >prefix
        expect_same prefix "log.$seed.$epochs"
    done
done

# compare COLUMN NAME: a line an epoch; fails beyond 4 standard errors.
compare() {
    awk -F'\t' -v col="$1" -v name="$2" '
        /^#/ || $1 == "seed" {next}
        $2 == 1 || $2 == 5 || $2 == 10 {
            k = (FILENAME == ARGV[1]) + 0
            n[k, $2]++
            s[k, $2] += $col
            q[k, $2] += $col * $col
        }
        END {
            split("1 5 10", epochs, " ")
            for (i = 1; i <= 3; i++) {
                e = epochs[i]
                for (k = 0; k < 2; k++) {
                    if (n[k, e] != 5) {print name, "epoch", e, "lacks seeds"; exit 1}
                    m[k] = s[k, e] / 5
                    v[k] = (q[k, e] - 5 * m[k] * m[k]) / 4
                }
                se = sqrt(v[0] / 5 + v[1] / 5)
                d = m[1] - m[0]
                printf "%s epoch %d: %.5f (sd %.5f), PyTorch %.5f (sd %.5f), %+.2f standard errors\n",
                    name, e, m[1], sqrt(v[1]), m[0], sqrt(v[0]), d / se
                if (d > 4 * se || d < -4 * se) bad = 1
            }
            exit bad + 0
        }' ours.tsv "$AVO_SRC/tests/oracle/reference_torch.tsv"
}
status=0
compare 3 'training error' || status=1
compare 4 'withheld error' || status=1
[ $status -eq 0 ] || fail 'means differ by more than 4 standard errors'
