# SPDX-License-Identifier: MIT
# How good ways of imputing are with many cell types, on generated compendia: lineages, most pairs
# not measured, some tracks withheld; scored by track-eval beside the mean and the scaled mean.
#   generated.sh NAME='OPTIONS OF avo-train' ...     ("make protocol" says which)
# Environment: AVO_BUILD, CELLTYPES, ASSAYS, MISSING, TEST (tracks withheld), LENGTH (bases), SEEDS
# (of compendium and training alike), WORK (kept; a temporary folder).
set -eu
. "$(dirname "$0")/common.sh"

# compendium SEED
compendium() {
    [ ! -e "$work/$1.signal.avo" ] || return 0
    make-compendium -q --celltypes "${CELLTYPES:-40}" --assays "${ASSAYS:-10}" \
        --missing "${MISSING:-.6}" --test "${TEST:-20}" --chrom "chr20:${LENGTH:-2000000}" \
        --seed "$1" -o "$work/$1"
    awk -F '\t' '$4 == "test" {print $1 "\t" $2}' "$work/$1/tracks.tsv" >"$work/$1.test"
    bw2tensor -q -o "$work/$1.signal.avo" "$work/$1/tracks.tsv"
    rm -r "$work/$1"
}

# run NAME SEED OPTIONS: trains and imputes the withheld tracks.
run() {
    out=$work/$1.$2
    [ ! -e "$out.imputed.avo" ] || return 0
    train "$2" "$3" "$out.model.avo" "$work/$2.signal.avo"
    impute "$3" "$out.imputed.avo" "$out.model.avo" "$work/$2.signal.avo" -T "$work/$2.test"
}

for seed in $seeds; do
    compendium "$seed"
    imputed=
    for arg; do
        run "${arg%%=*}" "$seed" "${arg#*=}"
        imputed="$imputed --imputed ${arg%%=*}=$work/${arg%%=*}.$seed.imputed.avo"
    done
    # shellcheck disable=SC2086
    track-eval -q --observed "$work/$seed.signal.avo" $imputed --scope genome -o "$work/$seed.tsv"
done

# A row a seed and method; then methods over the seeds.
for seed in $seeds; do
    scores "$seed" "$work/$seed.tsv"
done | tee "$work/seeds.tsv" | awk -F '\t' '
    {
        if (!($2 in n)) order[++n_names] = $2
        n[$2]++
        for (i = 3; i <= 6; i++) sum[$2, i] += $i
        each[$2] = each[$2] sprintf(" %7.4f", $3)
    }
    END {
        printf "%-16s | %7s %6s %7s %7s | MSE of each seed\n", "", "MSE", "r", "mse1obs", "mse1imp"
        for (j = 1; j <= n_names; j++) {
            name = order[j]
            printf "%-16s | %7.4f %6.3f %7.3f %7.3f |%s\n", name, sum[name, 3] / n[name],
                sum[name, 4] / n[name], sum[name, 5] / n[name], sum[name, 6] / n[name], each[name]
        }
    }'
