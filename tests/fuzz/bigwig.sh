# SPDX-License-Identifier: MIT
# The fuzz target of bigWigs over its corpus, and over seeded mutations of it.
. "$AVO_SRC/tests/lib/case.sh"

target=$AVO_BUILD/tests/fuzz/fuzz_bigwig
[ -x "$target" ] || fail "$target is not built"
expect_exit 0 "$target" "$AVO_SRC"/tests/fuzz/fuzz_bigwig.corpus/*.bw
mkdir m
"$PYTHON" - "$AVO_SRC"/tests/fuzz/fuzz_bigwig.corpus/*.bw <<'PY'
import random, sys
rng = random.Random(4)
for k, path in enumerate(sys.argv[1:]):
    whole = open(path, "rb").read()
    for i in range(60):
        b = bytearray(whole)
        for _ in range(rng.choice((1, 1, 2, 5))):
            at = rng.randrange(len(b))
            how = rng.randrange(4)
            if how == 0: b[at] ^= 1 << rng.randrange(8)
            elif how == 1: b[at] = rng.choice((0, 1, 127, 128, 255))
            elif how == 2: b[at:at + 4] = rng.choice((0, 1, 2**31, 2**32 - 1)).to_bytes(4, "little")
            else: b = b[:rng.randrange(len(b))] or bytearray(1)
        open("m/%d.%d" % (k, i), "wb").write(b)
PY
expect_exit 0 "$target" m/*
expect_empty stderr
