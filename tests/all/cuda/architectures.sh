# SPDX-License-Identifier: MIT
# timeout: 900
# Every architecture from sm_80 on that this nvcc knows: no warning, no spilled register.
. "$AVO_SRC/tests/lib/case.sh"
avo-train --version | grep -q '^CUDA: yes$' || { echo 'built without CUDA: nothing to compile'; exit 0; }
nvcc=${NVCC:-nvcc}
archs=$($nvcc --list-gpu-arch | sed -n 's/^compute_/sm_/p' | sort -t _ -k 2n | awk -F _ '$2 >= 80' |
    paste -s -d ' ')
[ -n "$archs" ] || fail 'nvcc lists no architecture'
echo "$archs"
unset MAKEFLAGS
objects=$(for f in "$AVO_SRC"/cuda/*.cu; do echo "$PWD/b/cuda/$(basename "$f" .cu).o"; done)
# shellcheck disable=SC2086
make -j2 -C "$AVO_SRC" BUILD="$PWD/b" DEPS=0 CUDA=1 CUDA_ARCH="$archs" $objects >made 2>&1 ||
    { cat made; fail build; }
cat b/cuda/*.ptxas >ptxas
sh "$AVO_SRC/tests/lib/ptxas.sh" ptxas || fail 'a kernel spills or takes too many registers'
refute_line ptxas 'warning'
for arch in $archs; do
    grep -q "for '$arch'" ptxas || fail "$arch: no kernels"
done
