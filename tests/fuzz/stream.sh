# SPDX-License-Identifier: MIT
# The fuzz target of record streams over tests/streams, and over seeded mutations of the good ones.
. "$AVO_SRC/tests/lib/case.sh"

target=$AVO_BUILD/tests/fuzz/fuzz_stream
[ -x "$target" ] || fail "$target is not built"
expect_exit 0 "$target" "$AVO_SRC"/tests/streams/good/*.avo "$AVO_SRC"/tests/streams/bad/*.avo
mkdir m
"$PYTHON" - "$AVO_SRC"/tests/streams/good/*.avo <<'PY'
import random, sys
rng = random.Random(3)
for k, path in enumerate(sys.argv[1:]):
    whole = open(path, "rb").read()
    for i in range(60):
        b = bytearray(whole)
        for _ in range(rng.choice((1, 1, 2, 5))):
            at = rng.randrange(64, len(b))
            how = rng.randrange(4)
            if how == 0: b[at] ^= 1 << rng.randrange(8)
            elif how == 1: b[at] = rng.choice((0, 1, 127, 128, 255))
            elif how == 2: b[at:at + 4] = rng.choice((0, 1, 2**31, 2**32 - 1)).to_bytes(4, "little")
            else: del b[at:at + rng.choice((1, 4, 64))]
        open("m/%d.%d" % (k, i), "wb").write(b)
PY
expect_exit 0 "$target" m/*
