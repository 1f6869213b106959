# SPDX-License-Identifier: MIT
# timeout: 300
# Every row of every table against numpy, scipy and scikit-learn: tables of bedGraph files, two
# methods, regions that a method lacks, missing values, test tracks, baselines alone, genes,
# promoters, enhancers and peaks, excluded bins, the four rules of the top, ranks over the genome,
# raw signal, the challenge's convention.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy scipy.stats sklearn.metrics
export PYTHONDONTWRITEBYTECODE=1
oracle="$AVO_SRC/tests/oracle/track_eval.py"
check() { "$PYTHON" "$oracle" check d "$@"; }
te() { track-eval -q -g d/chrom.sizes --observed d/observed.tsv "$@"; }
two='--imputed one=d/one.tsv --imputed two=d/two.tsv'
regions='--genes d/genes.bed --promoters d/tss.bed --enhancers d/enhancers.bed --peaks d/peaks.tsv'
named='--genes genes.bed --promoters tss.bed --enhancers enhancers.bed --peaks peaks.tsv'

for seed in 1 2 3; do
    rm -rf d
    "$PYTHON" "$oracle" make d $seed
    te $two -o both.tsv
    check both.tsv --methods one=one,two=two
    te --imputed ./d/one.tsv --test 'B:b:y 1' --test A:x --missing nan $regions -o nan.tsv
    check nan.tsv --methods imputed=one --test 'B:b:y 1' --test A:x --missing-nan $named
    te --baseline-only $regions -o all.tsv
    check all.tsv $named
    te --baseline-only --test A:x --test D:x $regions -o test.tsv
    check test.tsv --test A:x --test D:x $named

    # genes alone give promoters too, from BED and from GTF; elements counted once; two sets of bins
    te $two --genes d/genes.bed --overlaps once --exclude d/exclude.bed -o genes.tsv
    check genes.tsv --methods one=one,two=two --genes genes.bed --overlaps once \
        --exclude exclude.bed
    te --baseline-only --genes d/genes.gtf --tss-bin -o gtf.tsv
    check gtf.tsv --genes genes.gtf --tss-bin
    te $two --convention challenge --genes d/genes.bed --enhancers d/enhancers.bed \
        --exclude d/exclude.bed -o challenge.tsv
    check challenge.tsv --methods one=one,two=two --challenge --genes genes.bed \
        --enhancers enhancers.bed --exclude exclude.bed
    for space in model raw; do
        te $two --mean-space raw --space $space -o mean.tsv
        check mean.tsv --methods one=one,two=two --mean-space raw --space $space
    done

    for top in at-least exact round above; do
        for ranks in chrom genome; do
            te $two $regions --top $top --ranks $ranks --exclude d/exclude.bed -o top.tsv
            check top.tsv --methods one=one,two=two $named --top $top --ranks $ranks \
                --exclude exclude.bed
        done
        te $two $regions --top $top --space raw -o raw.tsv
        check raw.tsv --methods one=one,two=two $named --top $top --space raw
    done
    te $two $regions --ranks none -o none.tsv
    check none.tsv --methods one=one,two=two $named --ranks none
done

# The oracle notices a wrong digit in any measure, a missing row and a NA.
check raw.tsv --methods one=one,two=two $named --top above --space raw
for column in $(head -n 1 raw.tsv | tr '\t' '\n' | sed -n '/^mse$/,$=' | tr '\n' ' '); do
    awk -F '\t' -v OFS='\t' -v k="$column" \
        '!done && NR > 1 && $k != "NA" && $k != 0 {$k = sprintf("%.9g", $k * 1.00001); done = 1}
        {print} END {if (!done) exit 1}' raw.tsv >wrong.tsv || fail "column $column: only NA"
    ! check wrong.tsv --methods one=one,two=two $named --top above --space raw >/dev/null 2>&1 ||
        fail "digit in column $column"
done
sed 7d both.tsv >wrong.tsv
! check wrong.tsv --methods one=one,two=two 2>/dev/null || fail 'row'
sed 2p both.tsv >wrong.tsv
! check wrong.tsv --methods one=one,two=two 2>/dev/null || fail 'a row twice'
awk -F '\t' -v OFS='\t' 'NR == 3 {for (i = 1; i <= NF; i++) if (h[i] == "mse") $i = "NA"}
    NR == 1 {for (i = 1; i <= NF; i++) h[i] = $i} {print}' both.tsv >wrong.tsv
! check wrong.tsv --methods one=one,two=two 2>/dev/null || fail 'NA'
