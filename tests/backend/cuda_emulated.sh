# SPDX-License-Identifier: MIT
# timeout: 300
# The card's kernels, as nvcc compiles them, run thread by thread on the CPU in the backend's step:
# gradients and orders against cpu-ref in every shape. tests/all/cuda/emulated.sh has the rest.
. "$AVO_SRC/tests/lib/case.sh"
programs=$AVO_BUILD/tests/backend/emulated
case ${AVO_VARIANT:-} in
asan | sanitized | tsan | valgrind) echo "coroutines are beyond ${AVO_VARIANT}"; exit 0 ;;
esac
[ -x "$programs/check_gradients" ] || skip 'no GPU, and no C++ compiler to emulate one'
export CK_DEFAULT_TIMEOUT=250
for name in gradients cuda_kernels; do
    "$programs/check_$name" || fail "$name"
done
