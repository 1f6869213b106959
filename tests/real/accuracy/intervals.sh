# SPDX-License-Identifier: MIT
# timeout: 3600
# serial
# Intervals of the family observed on real tracks, all 20 withheld once in the protocol's six folds:
# those of 0.9 hold what man/avo-impute.1 says of each assay, of each tenth of the bins by prediction
# and of each track.
. "$AVO_SRC/tests/lib/case.sh"
need_real_data
need_python numpy
bw2tensor -q -R "$AVO_REAL_DATA/annotation/pilot_bins.bed" -o s.avo "$AVO_REAL_DATA/pilot/tracks.tsv"
# fold NAME TRACK...: the model that has not seen the tracks imputes them
fold() {
    name=$1 test='' pairs=''
    shift
    for t; do
        test="$test --test $t" pairs="$pairs -t $t"
    done
    # shellcheck disable=SC2086
    avo-train -q --preset observed --seed 1 $test -o m.avo s.avo
    # shellcheck disable=SC2086
    avo-impute -q $pairs -o "$name.avo" --uncertainty "$name.{bound}.avo" m.avo s.avo
}
fold A E017:H3K36me3 E065:H3K4me3 E116:H3K27me3 E003:H3K4me1
fold B E117:H3K4me3 E003:H3K27me3 E065:H3K36me3 E116:H3K9me3
fold C E003:H3K4me3 E017:H3K27me3 E065:H3K4me1 E116:H3K36me3
fold D E003:H3K9me3 E017:H3K4me1 E116:H3K4me3 E117:H3K27me3
fold E E065:H3K9me3 E117:H3K4me1
fold G E017:H3K9me3 E117:H3K36me3
"$PYTHON" "$AVO_SRC/tests/oracle/intervals.py" s.avo A B C D E G | tee table
awk -F '\t' '
    $1 == "assay" {n++; bad += $3 < .86 || $3 > .97}
    $1 == "decile" {n++; bad += $3 < .87 || $3 > .96}
    $1 == "track" {n++; bad += $3 < .76 || $3 > .995}
    $1 == "all" {n++; bad += $3 < .9 || $3 > .94}
    END {exit !(n == 5 + 10 + 20 + 1 && bad == 0)}' table || fail "shares of the intervals"
