# SPDX-License-Identifier: MIT
# What a model of the family observed is worth where it was not trained, on the 20 real tracks:
#   positions    trained on chr1 to chr19 against trained on all, scored on chr20 to chr22
#   cell types   one left out of training whole, each of its tracks then imputed from its other ones
#                and the model's cell types, against a model that was trained on those other tracks
# by track-eval, beside the mean and the scaled mean over the other cell types.
#   new.sh 'OPTIONS OF avo-train' ("make protocol")
# Environment: AVO_BUILD, AVO_REAL_DATA, SEEDS, WORK (kept; a temporary folder).
set -eu
build=$(cd "${AVO_BUILD:-build}" && pwd)
data=${AVO_REAL_DATA:?where the real tracks are}
seeds=${SEEDS:-1 2 3}
options=${1:---preset observed}
work=${WORK:-$(mktemp -d)}
[ -n "${WORK:-}" ] || trap 'rm -rf "$work"' EXIT
mkdir -p "$work"
PATH=$build:$PATH
bed=$data/annotation/pilot_bins.bed
table=$work/tracks.tsv
late=chr20,chr21,chr22

# each OPTION NAME ...: OPTION before every name
each() {
    _option=$1
    shift
    for t; do printf ' %s %s' "$_option" "$t"; done
}

# signal FILE BED TABLE
signal() {
    [ -e "$1" ] || bw2tensor -q -R "$2" -o "$1" "$3"
}

# errors FILE: method, MSE and r, averaged over tracks, of track-eval's table
errors() {
    awk -F '\t' -v OFS='\t' '
        NR == 1 {for (i = 1; i <= NF; i++) at[$i] = i}
        $1 == "overall" && $at["method"] != "constant" {
            print $at["method"], $at["mse"], $at["pearson"]}' "$1"
}

# rows TITLE < lines of method, MSE and r: their averages by method; a seed's name is cut off
rows() {
    awk -F '\t' -v title="$1" '
        {
            sub(/\.[0-9]+$/, "", $1)
            if (!($1 in n)) order[++m] = $1
            n[$1]++
            mse[$1] += $2
            r[$1] += $3
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
        avo-train -q $options --seed "$seed" $(each --test $held) -o "$out.model.avo" \
            "$work/$from.signal.avo"
        # shellcheck disable=SC2046,SC2086
        avo-impute -q -r $late $(each -t $held) -o "$out.signal.avo" "$out.model.avo" "$all"
    done
done
# shellcheck disable=SC2046,SC2086
track-eval -q -r $late --observed "$all" $(each --test $held) $imputed --scope genome \
    -o "$work/positions.tsv"
errors "$work/positions.tsv" | rows positions

# ---- cell types ----

# leave_one_out CELL SEED: a cell type's tracks, each from all others, by a model that never saw the
# cell type (left out), and by models that were trained on its others.
leave_one_out() {
    cell=$1 seed=$2 out=$work/cell.$1.$2
    tracks=$(awk -F '\t' -v c="$cell" '$1 == c {print $1 ":" $2}' "$table")
    if [ ! -e "$out.left-out.avo" ]; then
        awk -F '\t' -v c="$cell" '$1 != c' "$table" >"$work/others.tsv"
        signal "$work/without.$cell.avo" "$bed" "$work/others.tsv"
        # shellcheck disable=SC2086
        avo-train -q $options --seed "$seed" -o "$out.model.avo" "$work/without.$cell.avo"
        # shellcheck disable=SC2046,SC2086
        avo-impute -q $(each -t $tracks) -o "$out.left-out.avo" "$out.model.avo" "$all"
    fi
    for t in $tracks; do
        one=$out.${t#*:}
        if [ ! -e "$one.tsv" ]; then
            avo-train -q $options --seed "$seed" --test "$t" -o "$one.model.avo" "$all"
            avo-impute -q -t "$t" -o "$one.avo" "$one.model.avo" "$all"
            avo-view -q -O avo -o "$one.left-out.avo" -t "$t" "$out.left-out.avo"
            track-eval -q --observed "$all" --test "$t" --imputed "trained=$one.avo" \
                --imputed "left-out=$one.left-out.avo" --scope genome -o "$one.tsv"
        fi
        errors "$one.tsv"
    done
}
for cell in $cells; do
    for seed in $seeds; do
        leave_one_out "$cell" "$seed"
    done | rows "$cell" | tee -a "$work/cells.txt"
done
