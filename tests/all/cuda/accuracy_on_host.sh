# SPDX-License-Identifier: MIT
# timeout: 1200
# Withheld tracks are predicted as well by the CUDA backend, in each precision, as by the CPU: on the
# stand-in for a card, at small sizes. `make check-cuda` does it on a card.
. "$AVO_SRC/tests/lib/case.sh"
host=$AVO_BUILD/tests/backend/host
[ -x "$host/avo-train" ] || fail "$host/avo-train: missing"
PATH=$host:$PATH AVO_SEEDS=3 AVO_EPOCHS=4 AVO_HIDDEN=64,48 exec sh "$AVO_SRC/tests/cuda/accuracy.sh"
