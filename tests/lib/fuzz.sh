#!/bin/sh
# SPDX-License-Identifier: MIT
# fuzz.sh TARGET...: runs each fuzz target FUZZ_SECONDS seconds on its corpus
# (tests/fuzz/NAME.corpus/); new inputs and what fails stay beside the target. `make fuzz`.
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || { echo 'fuzz.sh: no targets'; exit 1; }
for target; do
    name=$(basename "$target")
    mkdir -p "$target.corpus"
    seeds=
    [ ! -d "tests/fuzz/$name.corpus" ] || seeds=tests/fuzz/$name.corpus
    # shellcheck disable=SC2086
    "$target" -max_total_time="${FUZZ_SECONDS:-60}" -print_final_stats=1 \
        -artifact_prefix="$(dirname "$target")/" "$target.corpus" $seeds
done
