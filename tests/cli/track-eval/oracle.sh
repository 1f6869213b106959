# SPDX-License-Identifier: MIT
# Every row of every table against numpy: tables of bedGraph files, two methods, regions that a
# method lacks, missing values, test tracks, baselines alone.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy
oracle="$AVO_SRC/tests/oracle/track_eval.py"

for seed in 1 2 3; do
    rm -rf d
    "$PYTHON" "$oracle" make d $seed
    t="track-eval -q -g d/chrom.sizes --observed d/observed.tsv"
    $t --imputed one=d/one.tsv --imputed two=d/two.tsv -o both.tsv
    "$PYTHON" "$oracle" check d both.tsv --methods one=one,two=two
    $t --imputed ./d/one.tsv --test 'B:b:y 1' --test A:x --missing nan -o nan.tsv
    "$PYTHON" "$oracle" check d nan.tsv --methods imputed=one --test 'B:b:y 1' --test A:x \
        --missing-nan
    $t --baseline-only -o all.tsv
    "$PYTHON" "$oracle" check d all.tsv
    $t --baseline-only --test A:x --test D:x -o test.tsv
    "$PYTHON" "$oracle" check d test.tsv --test A:x --test D:x
done

# The oracle notices a wrong digit, a missing row and a NA.
awk -F '\t' -v OFS='\t' 'NR == 2 {$11 *= 1.00001} {print}' both.tsv >wrong.tsv
! "$PYTHON" "$oracle" check d wrong.tsv --methods one=one,two=two 2>/dev/null || fail 'digit'
sed 7d both.tsv >wrong.tsv
! "$PYTHON" "$oracle" check d wrong.tsv --methods one=one,two=two 2>/dev/null || fail 'row'
awk -F '\t' -v OFS='\t' 'NR == 3 {$13 = "NA"} {print}' both.tsv >wrong.tsv
! "$PYTHON" "$oracle" check d wrong.tsv --methods one=one,two=two 2>/dev/null || fail 'NA'
