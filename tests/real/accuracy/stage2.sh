# SPDX-License-Identifier: MIT
# timeout: 3600
# serial
# Stage 1 on chr1-19 of the pilot regions, then network, cell types and assays frozen and chr20-22
# streamed through pipes, four tracks withheld throughout; the average there beside the mean over
# the other cell types. In one stream and in three jobs: the same rows. A new cell type from one
# and from two tracks, a new assay from two cell types, everything else frozen.
. "$AVO_SRC/tests/lib/case.sh"
need_real_data
d=$AVO_REAL_DATA
bed=$d/annotation/pilot_bins.bed
awk '$1 != "chr20" && $1 != "chr21" && $1 != "chr22"' "$bed" >first.bed
awk '$1 == "chr20" || $1 == "chr21" || $1 == "chr22"' "$bed" >last.bed
four='E003:H3K4me3 E017:H3K27me3 E065:H3K4me1 E116:H3K36me3'
# each WORD LIST: -WORD before every name
each() {
    for t in $2; do printf ' %s %s' "$1" "$t"; done
}
bw2tensor -q -R last.bed -o last.avo "$d/pilot/tracks.tsv"
bw2tensor -q -R first.bed "$d/pilot/tracks.tsv" |
    avo-train -q --seed 1 $(each --test "$four") -o one.avo
bw2tensor -q -R last.bed "$d/pilot/tracks.tsv" |
    avo-train -q --init one.avo --train genome -o two.avo
avo-impute -q $(each -t "$four") -o imputed.avo two.avo
track-eval -q --observed last.avo --imputed stage2=imputed.avo --scope genome -O text
track-eval -q --observed last.avo --imputed stage2=imputed.avo --scope genome -o scores.tsv
for c in chr20 chr21 chr22; do
    grep "^$c" last.bed >$c.bed
    bw2tensor -q -R $c.bed "$d/pilot/tracks.tsv" |
        avo-train -q --init one.avo --train genome | avo-view - | grep -v '^#'
done >jobs.rows
avo-view two.avo | grep -v '^#' | cmp - jobs.rows || fail "three jobs give other rows than one stream"

# transfer NAME WHAT TRACKS...: trains without the cell type or assay NAME, adds it from TRACKS
# (a pattern of cell type and assay), imputes its other tracks on the pilot regions.
transfer() {
    name=$1 what=$2 known=$3
    grep -v "$name" "$d/pilot/tracks.tsv" >base.tsv
    grep "$name" "$d/pilot/tracks.tsv" | grep -E "$known" >new.tsv
    grep "$name" "$d/pilot/tracks.tsv" | grep -vE "$known" | awk '{print $1 ":" $2}' >others
    sed -i "s#\\([^\t]*\\)\$#$d/pilot/\\1#" base.tsv new.tsv
    [ -e base.$name.avo ] ||
        bw2tensor -q -R "$bed" base.tsv | avo-train -q --seed 1 -o base.$name.avo
    bw2tensor -q -R "$bed" new.tsv |
        avo-train -q --init base.$name.avo --train $what -o new.avo
    avo-impute -q $(each -t "$(cat others)") -o t.avo new.avo base.$name.avo
    echo "new $name from $(cut -f 1,2 new.tsv | tr '\t\n' ': ')"
    track-eval -q --observed all.avo $(each --test "$(cat others)") --imputed transfer=t.avo \
        --scope genome -O text | sed -n '/^MSE:/,/^$/p'
}
bw2tensor -q -R "$bed" -o all.avo "$d/pilot/tracks.tsv"
transfer E116 celltypes 'H3K4me3'
transfer E116 celltypes 'H3K4me3|H3K9me3'
transfer H3K36me3 assays 'E017|E117'
awk -F '\t' '$1 == "overall" && $8 == "stage2" {x = $12} $1 == "overall" && $8 == "mean" {b = $12}
    END {printf "stage 2 %.4f, mean over the other cell types %.4f\n", x, b; exit !(x < b)}' \
    scores.tsv || fail "stage 2 is not below the mean over the other cell types"
