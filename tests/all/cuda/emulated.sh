# SPDX-License-Identifier: MIT
# timeout: 600
# More of tests/backend/cuda_emulated.sh: precisions, learning curves, stage 2, threads.
. "$AVO_SRC/tests/lib/case.sh"
programs=$AVO_BUILD/tests/backend/emulated
[ -x "$programs/check_backend" ] || skip 'no GPU, and no C++ compiler to emulate one'
for name in backend stage2 cuda_step; do
    "$programs/check_$name" >out 2>&1 || { cat out; fail "$name"; }
done
