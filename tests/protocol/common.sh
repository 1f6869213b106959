# SPDX-License-Identifier: MIT
# common.sh: what the protocols source. Sets $work, $seeds and PATH, and the functions below.
build=$(cd "${AVO_BUILD:-build}" && pwd)
seeds=${SEEDS:-1 2 3}
work=${WORK:-$(mktemp -d)}
[ -n "${WORK:-}" ] || trap 'rm -rf "$work"' EXIT
mkdir -p "$work"
PATH=$build:$build/examples:$PATH

# each OPTION NAME ...: OPTION before every name
each() {
    _option=$1
    shift
    for _name; do printf ' %s %s' "$_option" "$_name"; done
}

# train SEED OPTIONS MODEL SIGNAL [OPTION ...]
train() {
    _seed=$1 _options=$2 _model=$3 _signal=$4
    shift 4
    # shellcheck disable=SC2086
    avo-train -q --seed "$_seed" "$@" $_options -o "$_model" "$_signal"
}

# impute OPTIONS OUTPUT MODEL SIGNAL [OPTION ...]: by a model that was trained with OPTIONS; one that
# sees the signal gets it.
impute() {
    _options=$1 _output=$2 _model=$3 _signal=$4
    shift 4
    case $_options in *observed*) ;; *) _signal= ;; esac
    avo-impute -q "$@" -o "$_output" "$_model" ${_signal:+"$_signal"}
}

# scores NAME FILE: NAME, method, MSE, r, MSE1obs and MSE1imp of track-eval's table, over its tracks
scores() {
    awk -F '\t' -v OFS='\t' -v name="$1" '
        NR == 1 {for (i = 1; i <= NF; i++) at[$i] = i}
        $1 == "overall" && $at["method"] != "constant" {
            print name, $at["method"], $at["mse"], $at["pearson"], $at["mse1obs"],
                $at["mse1imp"]}' "$2"
}
