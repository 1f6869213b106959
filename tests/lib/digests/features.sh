# SPDX-License-Identifier: MIT
# features.sh: factor-agg of models and signals, and ap-eval of features and scores.

# aggregate NAME OPTIONS...: as a stream, as text and for numpy.
aggregate() {
    _set=$1
    shift
    use "factor-agg.$_set" factor-agg -o "$_set.avo" "$@"
    made "factor-agg.$_set" "$_set.avo"
    use "factor-agg.$_set.tsv" factor-agg -q -O tsv "$@"
    use "factor-agg.$_set.npy" factor-agg -q -o "$_set.npy" "$@"
    made "factor-agg.$_set.npy" "$_set.npy"*
}

awk -v OFS='\t' 'NR % 2 {g++} {print $0, NR % 3 == 0, "g" g}' tracks/genes.bed >genes.bed
printf '%s\t%s\t%s\t%s\t%s\t%s\tp%s\t%s\tr%s\n' chr20 31000 33000 chr20 60000 61000 1 1 1 \
    chr21 20200 20900 chr21 45000 47000 2 0 2 chr20 32500 34500 chr20 90000 90100 3 0 1 >pairs.bedpe
printf 'chr20\tx\tgene\t15553\t21909\t.\t+\t.\tgene_id "G1"; gene_name "A";\n' >genes.gtf
printf 'chr20\tx\ttranscript\t15600\t21909\t.\t+\t.\tgene_id "G1"; tag "basic";\n' >>genes.gtf
printf 'chr21\tx\tgene\t30001\t41000\t.\t-\t.\tgene_id "G2"; gene_name "B";\n' >>genes.gtf
aggregate rows -R genes.bed model.avo
aggregate labelled -R genes.bed --label-column 7 --group-column 8 model.avo
aggregate promoters -R genes.bed --anchor tss --upstream 2000 --downstream 500 model.avo
aggregate tiles -R genes.bed --anchor tss --upstream 2000 --tiles 8x250 model.avo
aggregate center -R genes.bed --anchor center --upstream 1000 --downstream 1000 \
    --stat mean,std,max --scales fine,5kbp model.avo
aggregate windows --window 2000 model.avo
aggregate where --window 1000 -r chr20:30,001-70,000,chr21 model.avo
aggregate pairs -R pairs.bedpe --pairs --label-column 8 --group-column 9 --name-column 7 model.avo
aggregate gtf -R genes.gtf --anchor start --downstream 1000 --sort model.avo
aggregate basic -R genes.gtf --primary basic model.avo
aggregate celltypes --celltypes model.avo
aggregate assays --assays model.avo
aggregate tracks --window 2000 --label-from signal.avo:C02:H3K4me3 --label-threshold 1 \
    -t C01:H3K4me1 -t C03:H3K4me1 signal.avo
aggregate raw -R genes.bed --tracks-of C03 --space raw --stat min,max signal.avo
aggregate holes --window 5000 --drop-missing --tracks-of C01 nan.signal.avo
aggregate beside --window 4000 chr20.avo chr21.avo staged.avo
aggregate factors --window 2000 --label-from signal.avo:C02:H3K4me3 --label-threshold 1 model.avo
use factor-agg.labels-out factor-agg -q -R genes.bed --label-column 7 --labels-out labels.npy \
    -O tsv model.avo
made factor-agg.labels-out labels.npy
use factor-agg.expression factor-agg -R genes.bed --label-from raw.signal.avo:C02:H3K36me3 -O tsv \
    --no-provenance model.avo
use factor-agg.stdin sh -c 'factor-agg -O tsv --window 10000 <model.avo'
use factor-agg.bed.stdin sh -c 'gzip -nc genes.bed | factor-agg -O tsv -R - model.avo'
use factor-agg.gz factor-agg --window 3000 -o features.tsv.gz model.avo
made factor-agg.gz features.tsv.gz
use view.features avo-view --with-header labelled.avo
use view.features.pairs avo-view pairs.avo
use view.features.npy avo-view -O npy -r chr21 factors.avo
use view.features.column avo-view --column fine.0 -o fine.bedGraph windows.avo
made view.features.column fine.bedGraph
use view.features.avo avo-view -O avo -r chr20 windows.avo

# test_features NAME OPTIONS...: all outputs of a cross-validation.
test_features() {
    _test=$1
    shift
    use "ap-eval.$_test" ap-eval --drop-missing -o "$_test.tsv" --per-fold "$_test.folds.tsv" \
        --folds-out "$_test.dealt.tsv" --tests "$_test.tests.tsv" \
        --scores-out "$_test.scores.tsv" --report "$_test.html" "$@"
    made "ap-eval.$_test" "$_test.tsv" "$_test.folds.tsv" "$_test.dealt.tsv" "$_test.tests.tsv" \
        "$_test.scores.tsv" "$_test.html"
}
test_features logistic --model logistic --repeats 2 --folds 4 --curve curve.tsv factors.avo
made ap-eval.logistic curve.tsv
test_features trees --model xgboost --folds 4 --trees 40 --stratify factors.avo
test_features best --model xgboost --folds 3 --trees 30 --depth 3 --eta 0.3 --patience 3 \
    --predict best --seed 4 factors.avo
test_features sets --model logistic --repeats 2 --folds 4 --stratify --inner-score accuracy \
    --title 'Two sets' factors=factors.avo tracks=tracks.avo
test_features chromosomes --model logistic --folds 2 --group chrom --repeats 2 \
    tracks.avo factors.avo
test_features carried --model xgboost --folds-in trees.dealt.tsv --trees 20 factors.avo
factor-agg -q --window 2000 --label-from signal.avo:C02:H3K4me3 -O tsv -o numbers.tsv model.avo
test_features regression --model xgboost --task regression --folds 4 --trees 30 numbers.tsv
use ap-eval.text ap-eval --drop-missing --model logistic --repeats 2 --folds 4 -O text tracks.avo
use ap-eval.columns ap-eval --drop-missing --model logistic --repeats 1 --folds 4 \
    --features fine=numbers.tsv --columns 'fine.*' --features numbers.tsv --label-threshold 1
use ap-eval.pipe sh -c 'cat factors.avo |
    ap-eval --model xgboost --folds 4 --trees 20 --drop-missing'
awk -v OFS='\t' 'NR > 1 {if ($4 == "") $4 = "x"} {print}' numbers.tsv >named.tsv
use ap-eval.rows ap-eval --rows 1-90 --drop-missing --model xgboost --folds 4 --trees 20 \
    --label-threshold 1 named.tsv
awk -v OFS='\t' 'BEGIN {print "enhancer", "promoter", "a", "b", "y"
    for (i = 0; i < 120; i++) print "e" i % 20, "p" i % 40, i * 37 % 100, i * 53 % 41 + i % 4,
        i % 4 == 0}' >contacts.tsv
use ap-eval.groups ap-eval --model logistic --folds 4 --repeats 2 --group pairs --label-column y \
    --features contacts.tsv --columns '[ab]'
avo-view -q -O npy factors.avo >factors.npy
awk 'NR > 1 {print $1, $2}' contacts.tsv | awk 'BEGIN {print "label"} {print NR % 5 == 0}' >y.tsv
cut -f 3,4 contacts.tsv >ab.tsv
use ap-eval.labels ap-eval --model xgboost --folds 4 --trees 20 --labels y.tsv ab.tsv
use ap-eval.npy ap-eval --model logistic --repeats 1 --rows 1-8 --folds 2 \
    --labels labels.npy rows.npy

# Scores of classifiers.
awk -v OFS='\t' 'BEGIN {for (i = 0; i < 300; i++) {y = i % 7 == 0
    print y, (i * 37 % 100) / 100 + y / 3}}' >one.tsv
awk -v OFS='\t' '{print $1, int(10 * $2) / 10}' one.tsv >rounded.tsv
use ap-eval.scores ap-eval --scores one.tsv --scores rounded=rounded.tsv --report scores.html \
    --curve scores.curve.tsv
made ap-eval.scores scores.html scores.curve.tsv
use ap-eval.scores.text ap-eval --scores one.tsv --bootstrap 50 --seed 2 -O text
use ap-eval.scores.none ap-eval --scores one.tsv --bootstrap 0 -o scores.txt
made ap-eval.scores.none scores.txt
