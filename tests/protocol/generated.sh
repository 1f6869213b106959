# SPDX-License-Identifier: MIT
# How good ways of imputing are with many cell types, on generated compendia: lineages, most pairs
# not measured, some tracks withheld; scored by track-eval beside the mean and the scaled mean.
#   generated.sh NAME='OPTIONS OF avo-train' ...     ("make protocol" says which)
# Environment: AVO_BUILD, CELLTYPES, ASSAYS, MISSING, TEST (tracks withheld), LENGTH (bases), SEEDS
# (of compendium and training alike), WORK (kept; a temporary folder).
set -eu
build=$(cd "${AVO_BUILD:-build}" && pwd)
seeds=${SEEDS:-1 2 3}
work=${WORK:-$(mktemp -d)}
[ -n "${WORK:-}" ] || trap 'rm -rf "$work"' EXIT
mkdir -p "$work"
PATH=$build:$build/examples:$PATH

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
    # shellcheck disable=SC2086
    avo-train -q --seed "$2" $3 -o "$out.model.avo" "$work/$2.signal.avo"
    sees=
    case $3 in *observed*) sees=$work/$2.signal.avo ;; esac
    # shellcheck disable=SC2086
    avo-impute -q -T "$work/$2.test" -o "$out.imputed.avo" "$out.model.avo" $sees
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
    awk -F '\t' -v OFS='\t' -v seed="$seed" '
        NR == 1 {for (i = 1; i <= NF; i++) at[$i] = i}
        $1 == "overall" && $at["method"] != "constant" {
            print seed, $at["method"], $at["mse"], $at["pearson"], $at["mse1obs"], $at["mse1imp"]}' \
        "$work/$seed.tsv"
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
