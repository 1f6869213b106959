# SPDX-License-Identifier: MIT
# The fuzz target of features as text over its corpus, and over seeded mutations of it.
. "$AVO_SRC/tests/lib/case.sh"

target=$AVO_BUILD/tests/fuzz/fuzz_features
[ -x "$target" ] || fail "$target is not built"
expect_exit 0 "$target" "$AVO_SRC"/tests/fuzz/fuzz_features.corpus/*
mkdir m
"$PYTHON" - "$AVO_SRC"/tests/fuzz/fuzz_features.corpus/* <<'PY'
import random, sys
rng = random.Random(5)
for k, path in enumerate(sys.argv[1:]):
    whole = open(path, "rb").read()
    for i in range(60):
        b = bytearray(whole)
        for _ in range(rng.choice((1, 1, 2, 5))):
            at = rng.randrange(len(b) or 1)
            how = rng.randrange(5)
            if how == 0: b[at:at + 1] = bytes([rng.randrange(256)])
            elif how == 1: b[at:at + 1] = rng.choice((b"\t", b"\n", b"@", b"%", b"#", b"0", b"'"))
            elif how == 2: b[at:at] = rng.choice((b"99999999999", b"%00", b"%41", b"nan", b"\t\t"))
            elif how == 3: del b[at:at + rng.choice((1, 4, 64))]
            else: b = b[:at] + b[at // 2:]
        open("m/%d.%d" % (k, i), "wb").write(b)
PY
expect_exit 0 "$target" m/*
expect_empty stderr
