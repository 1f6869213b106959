#!/bin/sh
# SPDX-License-Identifier: MIT
# fuzz.sh: builds tests/fuzz/fuzz_*.c with clang's libFuzzer and runs each FUZZ_SECONDS seconds on
# its corpus (tests/fuzz/NAME.corpus/); new inputs stay under the build folder. `make fuzz`.
set -eu
cd "$(dirname "$0")/../.."
out=${BUILD:-build}/fuzz
mkdir -p "$out"
found=0
for target in tests/fuzz/fuzz_*.c; do
    [ -e "$target" ] || continue
    found=1
    name=$(basename "$target" .c)
    mkdir -p "$out/$name.corpus"
    clang -std=c11 -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -iquote . -O1 -g -pthread \
        -DAVO_VERSION='"fuzz"' -fsanitize=fuzzer,address,undefined -o "$out/$name" "$target" \
        libcommon/base/*.c libcommon/stream/*.c libcommon/genome/*.c -lBigWig -lhts -lz -lnettle -lm
    seeds=
    [ ! -d "tests/fuzz/$name.corpus" ] || seeds=tests/fuzz/$name.corpus
    # shellcheck disable=SC2086
    "$out/$name" -max_total_time="${FUZZ_SECONDS:-60}" -print_final_stats=1 \
        -artifact_prefix="$out/" "$out/$name.corpus" $seeds
done
[ "$found" = 1 ] || { echo 'fuzz.sh: no targets under tests/fuzz'; exit 1; }
