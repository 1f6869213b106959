# SPDX-License-Identifier: MIT
"""mutate_text.py OUT SEED FILE...: seeded mutations of text files, 80 of each, for the replays of
fuzz targets."""
import gzip
import os
import random
import sys

out, seed, paths = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
rng = random.Random(seed)
words = (b"\t", b"\n", b"\r\n", b" ", b"0", b"-1", b"1", b"2147483647", b"2147483648",
         b"99999999999999999999", b"nan", b"inf", b"1e309", b"chr1", b"chrUn", b".", b"", b"\x00",
         b"\xff", b"\xef\xbb\xbf", b"%", b"%0", b"\"", b";", b"=", b"#", b"track", b"+")
os.makedirs(out, exist_ok=True)
for k, path in enumerate(paths):
    whole = open(path, "rb").read()
    for i in range(80):
        b = bytearray(whole)
        for _ in range(rng.choice((1, 1, 2, 5))):
            at = rng.randrange(len(b) + 1)
            how = rng.randrange(4)
            if how == 0:
                b[at:at] = rng.choice(words)
            elif how == 1:
                b[at:at + rng.choice((1, 3, 9))] = rng.choice(words)
            elif how == 2:
                lines = bytes(b).split(b"\n")
                x, y = rng.randrange(len(lines)), rng.randrange(len(lines))
                lines[x], lines[y] = lines[y], lines[x]
                b = bytearray(b"\n".join(lines))
            else:
                del b[at:]
        if rng.random() < 0.1:
            packed = bytearray(gzip.compress(bytes(b), mtime=0))
            if rng.random() < 0.5:
                packed[rng.randrange(len(packed))] ^= 1 << rng.randrange(8)
            b = packed
        open(os.path.join(out, f"{k}.{i}"), "wb").write(b)
