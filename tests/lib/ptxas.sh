#!/bin/sh
# SPDX-License-Identifier: MIT
# ptxas.sh FILE...: judges what `ptxas -v` said of kernels: nothing spilled, no stack, at most 128
# registers, so that two blocks of 256 threads have room beside each other. Prints what breaks that,
# and "N kernels, at most R registers".
set -eu
awk '
/Compiling entry function/ {kernel = $0; sub(/.*function ./, "", kernel); n++}
/bytes stack frame/ {
    if ($1 + $5 + $9 > 0) { print kernel ": " $0; bad = 1 }
    seen++
}
/Used [0-9]+ registers/ {
    for (i = 1; i < NF; i++)
        if ($i == "Used") r = $(i + 1)
    if (r > 128) { print kernel ": " r " registers"; bad = 1 }
    most = r > most ? r : most
    counted++
}
END {
    print n + 0 " kernels, at most " most + 0 " registers"
    exit bad || n < 1 || counted != n || seen < n
}' "$@"
