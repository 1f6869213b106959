#!/bin/sh
# SPDX-License-Identifier: MIT
# carry.sh BUILD TO PROGRAM...: copies programs, without what debuggers need, and the shared
# libraries that a bare machine may lack, to a folder for another machine. Called by `make carry`.
# Left out: the C and C++ libraries, which every machine has, and CUDA's.
set -eu
build=$1 to=$2
shift 2
rm -rf "$to"
mkdir -p "$to/lib"
for program in "$@"; do
    name=${program#"$build/"}
    mkdir -p "$(dirname "$to/$name")"
    cp "$program" "$to/$name"
    strip -g "$to/$name"
    ldd "$program"
done | awk '$2 == "=>" && $3 ~ /^\// {print $3}' | sort -u |
    grep -vE '/(libc|libm|libdl|librt|libpthread|libstdc\+\+|libgcc_s|libresolv)\.so' |
    while IFS= read -r library; do
        cp -L "$library" "$to/lib/"
    done
du -sh "$to"
