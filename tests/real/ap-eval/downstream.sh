# SPDX-License-Identifier: MIT
# timeout: 900
# Three tasks on real data: expression (308 genes, E017), FIREs (662 bins, E116) and promoter-enhancer
# pairs (1,392 of four cell types, and the 354 of E117): factors of a model trained on the pilot
# tracks against the cell type's own measured tracks and all tracks, five stratified folds twenty
# times; pairs also with connected promoters and enhancers kept together. The tables are printed;
# what is asserted is far from any of them.
. "$AVO_SRC/tests/lib/case.sh"
need_real_data
data=$AVO_REAL_DATA
[ -x "$AVO_BUILD/ap-eval" ] && ap-eval --help | grep -q xgboost || skip "no xgboost"
d=$data/downstream
awk -F '\t' -v OFS='\t' 'NR > 1 {print $4, $8, $9, $2, 0, $6, $11}' "$d/expression_E017.pilot.tsv" \
    >expression.bed
awk -F '\t' -v OFS='\t' '{print $1, $2, $3, "w" NR, 0, ".", $4}' "$d/fires_E116.pilot.bed" >fires.bed
awk -F '\t' -v OFS='\t' 'NR > 1 {split($2, e, /[:-]/); split($3, p, /[:-]/)
    print e[1], e[2], e[3], p[1], p[2], p[3], "pair" NR, $5, $1}' "$d/targetfinder_pairs.pilot.tsv" \
    >pairs.bedpe
awk -F '\t' '$9 == "E117"' pairs.bedpe >E117.bedpe
bw2tensor -q -R "$data/annotation/pilot_bins.bed" -o signal.avo "$data/pilot/tracks.tsv"
avo-train -q -o model.avo signal.avo

# features TASK CELLTYPE OPTION...: three sets of the same windows
features() {
    task=$1
    own=$2
    shift 2
    factor-agg -q "$@" -o $task.factors.avo model.avo
    factor-agg -q "$@" --tracks-of "$own" -o $task.own.avo signal.avo
    factor-agg -q "$@" -o $task.all.avo signal.avo
}
features expression E017 -R expression.bed --label-column 7
features fires E116 -R fires.bed --label-column 7
features E117 E117 --pairs -R E117.bedpe --label-column 8
factor-agg -q --pairs -R pairs.bedpe --label-column 8 -o pairs.factors.avo model.avo
factor-agg -q --pairs -R pairs.bedpe --label-column 8 -o pairs.all.avo signal.avo
# table NAME TASK OPTION...
table() {
    name=$1
    task=$2
    shift 2
    sets="factors=$task.factors.avo all=$task.all.avo"
    [ ! -f $task.own.avo ] || sets="$sets own=$task.own.avo"
    ap-eval -q --model xgboost --folds 5 --repeats 20 --tests $name.tests.tsv -o $name.tsv "$@" $sets
    echo "== $name"
    cat $name.tsv $name.tests.tsv
}
table expression expression --stratify
table fires fires --stratify
table pairs pairs --stratify
table pairs-apart pairs --group pairs --stratify
table pairs-E117 E117 --stratify
table pairs-E117-apart E117 --group pairs --stratify

# mean NAME SET
mean() {
    awk -F '\t' -v s="$2" 'NR == 1 {for (i = 1; i <= NF; i++) c[$i] = i}
        $c["set"] == s {print $c["mean"]}' $1.tsv
}
above() {
    awk -v a="$1" -v b="$2" 'BEGIN {exit !(a > b)}' || fail "$3: $1 is not above $2"
}
for t in expression fires pairs pairs-E117; do
    for s in factors all; do
        above "$(mean $t $s)" "$(mean $t majority | awk '{print 2 * $1}')" "$t, $s, twice the majority"
    done
done
# The bias of the benchmark: what factors seem to know of pairs is where a promoter lies.
above "$(mean pairs factors)" 0.5 'pairs, random folds'
above 0.15 "$(mean pairs-apart factors)" 'pairs kept apart'
