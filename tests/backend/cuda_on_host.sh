# SPDX-License-Identifier: MIT
# timeout: 600
# The cases that `make check-cuda` runs on a card, on the stand-in for one: both programs with the
# CUDA backend, whose device, kernels and products work in ordinary memory.
. "$AVO_SRC/tests/lib/case.sh"
host=$AVO_BUILD/tests/backend/host
[ -x "$host/avo-train" ] || fail "$host/avo-train: missing"
for name in bytes values; do
    mkdir $name
    (cd $name && PATH=$host:$PATH exec sh "$AVO_SRC/tests/cuda/$name.sh") || fail "$name"
done
