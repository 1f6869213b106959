# SPDX-License-Identifier: MIT
# How good ways of imputing are on the 20 real tracks: six folds of withheld tracks, several seeds,
# scored by track-eval beside the mean and the scaled mean over the other cell types.
#   folds.sh NAME='OPTIONS OF avo-train' ...     ("make protocol" says which)
# Environment: AVO_BUILD, AVO_REAL_DATA, FOLDS, SEEDS, WORK (kept; a temporary folder).
# Folds A to C are those that choices were first made on and D, E and G hold the eight tracks that
# they never withhold: a choice is judged on all six.
set -eu
data=${AVO_REAL_DATA:?where the real tracks are}
folds=${FOLDS:-A B C D E G}
. "$(dirname "$0")/common.sh"

withheld() {
    case $1 in
    A) echo E017:H3K36me3 E065:H3K4me3 E116:H3K27me3 E003:H3K4me1 ;;
    B) echo E117:H3K4me3 E003:H3K27me3 E065:H3K36me3 E116:H3K9me3 ;;
    C) echo E003:H3K4me3 E017:H3K27me3 E065:H3K4me1 E116:H3K36me3 ;;
    D) echo E003:H3K9me3 E017:H3K4me1 E116:H3K4me3 E117:H3K27me3 ;;
    E) echo E065:H3K9me3 E117:H3K4me1 ;;
    G) echo E017:H3K9me3 E117:H3K36me3 ;;
    *) echo "fold $1: want A, B, C, D, E or G" >&2; exit 2 ;;
    esac
}

# run FOLD NAME SEED OPTIONS: trains and imputes the withheld tracks.
run() {
    out=$work/$1.$2.$3
    [ ! -e "$out.signal.avo" ] || return 0
    tracks=$(withheld "$1")
    # shellcheck disable=SC2046,SC2086
    train "$3" "$4" "$out.model.avo" "$signal" $(each --test $tracks)
    # shellcheck disable=SC2046,SC2086
    impute "$4" "$out.signal.avo" "$out.model.avo" "$signal" $(each -t $tracks)
}

signal=$work/pilot.signal.avo
[ -e "$signal" ] || bw2tensor -q -R "$data/annotation/pilot_bins.bed" -o "$signal" \
    "$data/pilot/tracks.tsv"
for fold in $folds; do
    imputed=
    for arg; do
        for seed in $seeds; do
            run "$fold" "${arg%%=*}" "$seed" "${arg#*=}"
            imputed="$imputed --imputed ${arg%%=*}.$seed=$work/$fold.${arg%%=*}.$seed.signal.avo"
        done
    done
    # shellcheck disable=SC2046,SC2086
    track-eval -q --observed "$signal" $(each --test $(withheld "$fold")) $imputed \
        --scope genome -o "$work/$fold.tsv"
done

# A row a fold and method (and seed); then methods over their seeds and the folds.
for fold in $folds; do
    scores "$fold" "$work/$fold.tsv"
done | tee "$work/folds.tsv" | awk -F '\t' -v folds="$folds" '
    function group(f) {return f ~ /[ABC]/ ? "A-C" : "D-G"}
    {
        name = $2
        sub(/\.[0-9]+$/, "", name)
        if (!(name in seen)) order[++n_names] = name
        seen[name]
        for (i = 3; i <= 6; i++) {
            fold[name, $1, i] += $i
            all[name, group($1), i] += $i
        }
        square[name, $1] += $3 * $3
        n[name, $1]++
        N[name, group($1)]++
    }
    END {
        n_folds = split(folds, f, " ")
        printf "%-16s", "MSE"
        for (k = 1; k <= n_folds; k++) printf " %7s", f[k]
        printf " | %7s %6s %7s %7s | %7s %6s %7s %7s | seeds\n", "A-C", "r", "mse1obs", "mse1imp",
            "D-G", "r", "mse1obs", "mse1imp"
        for (j = 1; j <= n_names; j++) {
            name = order[j]
            printf "%-16s", name
            spread = 0
            for (k = 1; k <= n_folds; k++) {
                m = n[name, f[k]]
                if (!m) continue
                mean = fold[name, f[k], 3] / m
                printf " %7.4f", mean
                if (m > 1) spread += (square[name, f[k]] - m * mean * mean) / (m - 1) / n_folds
            }
            for (k = 1; k <= 2; k++) {
                g = k == 1 ? "A-C" : "D-G"
                m = N[name, g]
                if (m) printf " | %7.4f %6.3f %7.3f %7.3f", all[name, g, 3] / m, all[name, g, 4] / m,
                    all[name, g, 5] / m, all[name, g, 6] / m
                else printf " | %30s", ""
            }
            printf " | %.4f\n", sqrt(spread > 0 ? spread : 0)
        }
    }'
