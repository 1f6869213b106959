# SPDX-License-Identifier: MIT
# timeout: 1800
# Table 1 of Schreiber et al. (2020) on the pilot regions: five folds of a small network, scored as
# one result over the 20 tracks, each against baselines that know what its own fold's model knew.
# With the default preset (leave out --hidden and --epochs) a fold takes about a quarter of an hour.
. "$AVO_SRC/tests/lib/case.sh"
need_real_data
a=$AVO_REAL_DATA/annotation
bw2tensor -q -R "$a/pilot_bins.bed" -o s.avo "$AVO_REAL_DATA/pilot/tracks.tsv"
for k in 0 1 2 3 4; do
    avo-train -q --folds 5 --fold $k --hidden 128,128 --epochs 5 s.avo |
        avo-impute -q --missing -o "cv/fold$k/{celltype}.{assay}.bw"
done
te() { track-eval -q --observed s.avo --scope genome "$@"; }
te --imputed avocado='cv/fold*/tracks.tsv' --genes "$a/refseq_genes.pilot.bed" \
    --enhancers "$a/fantom5_enhancers.pilot.bed" -o scores.tsv
te --imputed avocado='cv/fold*/tracks.tsv' --genes "$a/refseq_genes.pilot.bed" \
    --enhancers "$a/fantom5_enhancers.pilot.bed" \
    --measures mse,mse1obs,mse1imp,mseprom,msegene,mseenh -O text

[ "$(awk -F '\t' '$1 == "track" && $8 == "avocado" && $6 == "test" && $7 == "no"' scores.tsv |
    wc -l)" -eq 20 ] || fail 'not 20 tracks'
# the baselines of a fold are those of its withheld tracks alone
for k in 0 1 2 3 4; do
    tests=$(awk -F '\t' 'NR > 1 && $3 == "test" {print "--test " $1 ":" $2}' \
        cv/fold$k/model_tracks.*.tsv)
    # shellcheck disable=SC2086 # names without blanks
    te --baseline-only --ranks none --measures mse $tests -o base.tsv
    awk -F '\t' '$1 == "track" {print $4, $5, $8, $12}' base.tsv >>bases
done
awk -F '\t' '$1 == "track" && $8 != "avocado" {print $4, $5, $8, $12}' scores.tsv | sort >got
sort bases >want
expect_same want got
# closer to the measured tracks than the track's own constant, and than the mean, on average
awk -F '\t' '$1 == "overall" && $7 == "no" {v[$8] = $12}
    END {printf "MSEglobal: avocado %.4f, mean %.4f, scaled mean %.4f, constant %.4f\n",
             v["avocado"], v["mean"], v["scaled-mean"], v["constant"]
         exit !(v["avocado"] < v["mean"] && v["avocado"] < v["constant"])}' scores.tsv ||
    fail 'not below the mean over the other cell types'
