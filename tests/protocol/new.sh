# SPDX-License-Identifier: MIT
# What a model of the family observed is worth where it was not trained, on the 20 real tracks:
#   positions    trained on chr1 to chr19 against trained on all, scored on chr20 to chr22
#   cell types   one left out of training whole, each of its tracks then imputed from its other ones
#                and the model's cell types, against a model that was trained on those other tracks
# by track-eval, beside the mean and the scaled mean over the other cell types.
#   new.sh 'OPTIONS OF avo-train' ("make protocol")
# Environment: AVO_BUILD, AVO_REAL_DATA, SEEDS, WORK (kept; a temporary folder).
set -eu
data=${AVO_REAL_DATA:?where the real tracks are}
options=${1:---preset observed}
. "$(dirname "$0")/common.sh"
bed=$data/annotation/pilot_bins.bed
table=$work/tracks.tsv
late=chr20,chr21,chr22

# signal FILE BED TABLE
signal() {
    [ -e "$1" ] || bw2tensor -q -R "$2" -o "$1" "$3"
}

# rows < lines of scores: MSE and r, averaged by method; a seed's name is cut off
rows() {
    awk -F '\t' '
        {
            sub(/\.[0-9]+$/, "", $2)
            if (!($2 in n)) order[++m] = $2
            n[$2]++
            mse[$2] += $3
            r[$2] += $4
            title = $1
        }
        END {
            for (i = 1; i <= m; i++)
                printf "%-10s %-12s MSE %.4f r %.3f\n", title, order[i], mse[order[i]] / n[order[i]],
                    r[order[i]] / n[order[i]]
        }'
}

{
    printf 'celltype\tassay\tpath\n'
    awk -F '\t' -v OFS='\t' -v dir="$data/pilot/" '$1 != "celltype" {print $1, $2, dir $3}' \
        "$data/pilot/tracks.tsv"
} >"$table"
cells=$(tail -n +2 "$table" | cut -f 1 | sort -u)
all=$work/all.signal.avo
signal "$all" "$bed" "$table"

# ---- positions ----

awk '$1 !~ /^chr2[0-2]$/' "$bed" >"$work/early.bed"
signal "$work/early.signal.avo" "$work/early.bed" "$table"
held='E017:H3K36me3 E065:H3K4me3 E116:H3K27me3 E003:H3K4me1'
imputed=
for seed in $seeds; do
    for from in all early; do
        out=$work/positions.$from.$seed
        imputed="$imputed --imputed $from.$seed=$out.signal.avo"
        [ ! -e "$out.signal.avo" ] || continue
        # shellcheck disable=SC2046,SC2086
        train "$seed" "$options" "$out.model.avo" "$work/$from.signal.avo" $(each --test $held)
        # shellcheck disable=SC2046,SC2086
        impute "$options" "$out.signal.avo" "$out.model.avo" "$all" -r $late $(each -t $held)
    done
done
# shellcheck disable=SC2046,SC2086
track-eval -q -r $late --observed "$all" $(each --test $held) $imputed --scope genome \
    -o "$work/positions.tsv"
scores positions "$work/positions.tsv" | rows

# ---- cell types ----

# leave_one_out CELL SEED: a cell type's tracks, each from all others, by a model that never saw the
# cell type (left out), and by models that were trained on its others.
leave_one_out() {
    cell=$1 seed=$2 out=$work/cell.$1.$2
    tracks=$(awk -F '\t' -v c="$cell" '$1 == c {print $1 ":" $2}' "$table")
    if [ ! -e "$out.left-out.avo" ]; then
        awk -F '\t' -v c="$cell" '$1 != c' "$table" >"$work/others.tsv"
        signal "$work/without.$cell.avo" "$bed" "$work/others.tsv"
        train "$seed" "$options" "$out.model.avo" "$work/without.$cell.avo"
        # shellcheck disable=SC2046,SC2086
        impute "$options" "$out.left-out.avo" "$out.model.avo" "$all" $(each -t $tracks)
    fi
    for t in $tracks; do
        one=$out.${t#*:}
        if [ ! -e "$one.tsv" ]; then
            train "$seed" "$options" "$one.model.avo" "$all" --test "$t"
            impute "$options" "$one.avo" "$one.model.avo" "$all" -t "$t"
            avo-view -q -O avo -o "$one.left-out.avo" -t "$t" "$out.left-out.avo"
            track-eval -q --observed "$all" --test "$t" --imputed "trained=$one.avo" \
                --imputed "left-out=$one.left-out.avo" --scope genome -o "$one.tsv"
        fi
        scores "$cell" "$one.tsv"
    done
}
for cell in $cells; do
    for seed in $seeds; do
        leave_one_out "$cell" "$seed"
    done | rows | tee -a "$work/cells.txt"
done
