#!/bin/sh
# SPDX-License-Identifier: MIT
# timeout: 300
# The library's code for older processors: the product, gradients, and that a block's factors do not
# depend on its place, which once failed under AVX2 alone.
. "$AVO_SRC/tests/lib/case.sh"
for isa in SSE41 AVX2; do
    for program in unit/check_cpu_products backend/check_gradients backend/check_attribution \
        backend/check_observed backend/check_stage2; do
        DNNL_MAX_CPU_ISA=$isa "$AVO_BUILD/tests/$program" || fail "$program as on $isa"
    done
done
