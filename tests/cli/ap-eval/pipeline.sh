# SPDX-License-Identifier: MIT
# From factors to a test of them in one pipe: FEATURE from stdin, a file, gzip and as a table give
# the same; rows without a label or a feature are left out when asked.
. "$AVO_SRC/tests/lib/case.sh"
for p in bw2tensor avo-train factor-agg; do
    [ -x "$AVO_BUILD/$p" ] || skip "$p is not built"
done

"$AVO_BUILD"/examples/make-compendium -o . --celltypes 5 --assays 6 --missing 0.2 --test 2 \
    --seed 2 --chrom chr20:100000 --chrom chr21:60000
bw2tensor -q -o signal.avo tracks.tsv
avo-train -q --hidden 16 --epochs 2 -o model.avo signal.avo
to='--window 2000 --label-from signal.avo:C01:DNase --label-threshold 0.5'
factor-agg -q $to -o f.avo model.avo
factor-agg -q $to -O tsv -o f.tsv model.avo
gzip -c f.avo >f.avo.gz
ap='ap-eval -q --model xgboost --folds 5 --drop-missing'

expect_exit 0 $ap f=f.avo
cp stdout want
awk -F '\t' 'NR == 2 && !($1 == "f" && $3 > 40 && $3 < 80 && $5 > 60) {exit 1}' want || fail rows
for f in f.avo f.avo.gz; do
    cat $f | $ap f=- >got
    expect_same want got
done
factor-agg -q $to model.avo | $ap | sed 's/^stdin/f/' >got
expect_same want got
for f in f.tsv f.avo.gz; do
    $ap f=$f >got
    expect_same want got
done
$ap --labels f.tsv f=f.avo >got
expect_same want got
# A set's missing features are no obstacle to trees; lines say what was left out.
expect_error 1 '^ap-eval: f.avo: row 1: no label$' ap-eval --model xgboost f.avo
expect_error 1 "^ap-eval: f.avo: row 1: feature fine.0 is missing$" ap-eval --model logistic f.avo
expect_exit 0 ap-eval --model logistic --repeats 1 --drop-missing all=f.avo --features mid=f.avo \
    --columns 'mid.*' --group chrom --folds 2
expect_line stderr '^ap-eval: [0-9]+ rows lack a label or a feature: left out; [0-9]+ rows are kept'
awk -F '\t' '{n[$1] = $5} END {exit !(n["all"] > n["mid"] && n["mid"] > 0)}' stdout || fail columns
# a stream that was cut off leaves nothing
head -c 3000 f.avo >cut.avo
expect_error 1 '^ap-eval: cut.avo: ' $ap cut.avo -o none
expect_missing none
expect_error 1 '^ap-eval: model.avo: holds a model' $ap model.avo
