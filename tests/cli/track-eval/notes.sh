# SPDX-License-Identifier: MIT
# Relations between assays that nothing can be said of: a note says what is missing.
. "$AVO_SRC/tests/lib/case.sh"
make_model=$AVO_BUILD/tests/lib/make_model
$make_model -r chr1:0-800 -c A -c B -a H3K4me3 -a H3K27me3 -a DNase m.avo
avo-impute -q --all -o i.avo m.avo
for n in 1 2 3 4 5 6 7 8; do
    echo "chr1	$((n * 2000))	$((n * 2000 + 900))	g$n"
done >none.bed
awk -v OFS='\t' '{print $0, 0, "+"}' none.bed >plus.bed
awk -v OFS='\t' '{print $0, 0, NR == 1 ? "." : "-"}' none.bed >mixed.bed
te() { track-eval --observed i.avo --imputed i.avo --scope genome --tables t/x "$@" -o out.tsv 2>err; }
# all well: scores, and not a word of genes
te --genes plus.bed
refute_line err 'strand|relations'
[ "$(awk -F '\t' 'NR > 1 && $7 != "NA"' t/x.relations.tsv | wc -l)" -gt 0 ] || fail 'no scores'
te --genes none.bed
expect_line err 'none.bed: 8 of 8 genes have no strand \(column 6\), so no promoter: MSEProm and relations in promoters are not there$'
expect_line err 'relations between assays: none of [0-9]+ rows has a score: fewer than three genes'
te --genes mixed.bed
expect_line err 'mixed.bed: 1 of 8 genes has no strand \(column 6\), so no promoter: MSEProm and relations in promoters are of the others$'
refute_line err 'relations between'
# promoters from another file serve MSEProm; relations take the genes' own
te --genes none.bed --promoters plus.bed
expect_line err 'none.bed: 8 of 8 genes .*: relations in promoters are not there$'
expect_error 1 'none.bed:1: no strand \(want \+ or - in column 6' \
    track-eval --observed i.avo --imputed i.avo --genes plus.bed --promoters none.bed
# no tracks for any relation: which assays are missing
$make_model -r chr1:0-800 -c A -c B -a H3K4me3 -a DNase less.avo
avo-impute -q --all -o i.avo less.avo
te --genes plus.bed
expect_lines t/x.relations.tsv 1
expect_line err 'relations between assays: none can be checked, .* \(there is none of H3K27me3, H3K4me1, H3K36me3, RNA-seq\)$'
