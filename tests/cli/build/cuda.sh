# SPDX-License-Identifier: MIT
# timeout: 300
# The kernels as they were compiled: no register spilled, no local memory, few enough registers; the
# programs load no CUDA library when they start; a build without nvcc.
. "$AVO_SRC/tests/lib/case.sh"

# Without nvcc: auto does without, 1 says what is missing; NVCC=false stands for a bad one.
mkdir bin
for tool in $(printf 'sh sed tr paste grep awk find mkdir uname dirname basename env python3 cat'); do
    ln -s "$(command -v $tool)" bin/$tool 2>/dev/null || :
done
ln -s "$(command -v "${CC:-gcc}")" bin/gcc
for linker in as ld; do
    ln -s "$(command -v $linker)" bin/$linker
done
unset MAKEFLAGS
make=$(command -v make)
expect_exit 0 env PATH="$PWD/bin" "$make" -n -C "$AVO_SRC" BUILD="$PWD/b" DEPS=0 all
expect_line stdout 'CUDA no \(no nvcc\)'
refute_line stdout 'nvcc -'
expect_exit 2 env PATH="$PWD/bin" "$make" -n -C "$AVO_SRC" BUILD="$PWD/b" DEPS=0 CUDA=1 all
expect_line stderr 'CUDA=1: no nvcc; use CUDA=auto or 0'
expect_exit 0 "$make" -n -C "$AVO_SRC" BUILD="$PWD/b" DEPS=0 CUDA=0 all
expect_line stdout 'CUDA no \(CUDA=0\)'
for goal in check-cuda bench-cuda carry; do
    expect_exit 2 "$make" -n -C "$AVO_SRC" BUILD="$PWD/b" DEPS=0 CUDA=0 $goal
    expect_line stderr "$goal needs a build with CUDA: CUDA=0"
done

for program in "$AVO_BUILD"/avo-* "$AVO_BUILD"/track-eval "$AVO_BUILD"/bw2tensor; do
    [ -x "$program" ] || continue
    ldd "$program" >ldd.out 2>&1 || :
    refute_line ldd.out 'lib(cuda|cublas|cudnn|nv)'
done
if ! avo-train --version | grep -q '^CUDA: yes$'; then
    expect_missing "$AVO_BUILD/cuda/kernels_rows.o"
    exit 0
fi
for source in "$AVO_SRC"/cuda/*.cu; do
    said=$AVO_BUILD/cuda/$(basename "$source" .cu).ptxas
    [ -e "$said" ] || fail "$said: missing"
    cat "$said"
done >ptxas
sh "$AVO_SRC/tests/lib/ptxas.sh" ptxas || fail 'a kernel spills or takes too many registers'
# The check itself notices.
sed 's/ 0 bytes spill stores/ 8 bytes spill stores/' ptxas >bad
expect_exit 1 sh "$AVO_SRC/tests/lib/ptxas.sh" bad
sed 's/Used [0-9]* registers/Used 200 registers/' ptxas >bad
expect_exit 1 sh "$AVO_SRC/tests/lib/ptxas.sh" bad
expect_exit 1 sh "$AVO_SRC/tests/lib/ptxas.sh" /dev/null
