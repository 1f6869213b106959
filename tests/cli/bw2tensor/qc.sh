#!/bin/sh
# SPDX-License-Identifier: MIT
# --qc beyond the plain figures (select.sh): rms, scales and residuals against numpy; -O.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
cat >check.py <<'END'
import subprocess
import numpy as np
from avosignal import *

# Two groups: A, B, C share assays x, y, z; D and E share w alone. F has a test track only.
pairs = [("A", "x", "train"), ("A", "y", ""), ("B", "x", "valid"), ("B", "z", "train"),
         ("C", "y", "train"), ("C", "z", "train"), ("C", "x", "test"), ("D", "w", "train"),
         ("E", "w", "train"), ("F", "z", "test"), ("E", "v", "test"), ("D", "z", "test")]
chroms = [("chr1", 400000), ("chr2", 100010)]
rng = np.random.default_rng(11)
depth = rng.uniform(0.2, 6, len(pairs))
with open("tracks.tsv", "w") as table:
    print("celltype\tassay\tpath\trole", file=table)
    for i, (c, a, role) in enumerate(pairs):
        ivs = [(*iv[:3], iv[3] * depth[i]) for iv in random_intervals(rng, chroms, 3000)]
        write_bigwig(f"{i}.bw", chroms, ivs)
        print(c, a, f"{i}.bw", role, sep="\t", file=table)

def qc(*options):
    text = subprocess.run(["bw2tensor", "-q", "--qc", *options, "tracks.tsv"], check=True,
                          capture_output=True, text=True).stdout.splitlines()
    names = text[0].split("\t")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in text[1:]]

def near(row, key, want, tolerance):
    if not abs(float(row[key]) - want) <= tolerance * (1 + abs(want)):
        fail(f"{row['celltype']}:{row['assay']}: {key} {row[key]}, numpy has {want}")

raw = [np.concatenate([binned(f"{i}.bw", c)[0] for c in ("chr1", "chr2")])
       for i in range(len(pairs))]
assert all((r == 0).any() for r in raw), "no uncovered bin in the fixture"
for transform, f in (("arcsinh", np.arcsinh), ("log1p", np.log1p), ("none", lambda x: x)):
    rows = qc("--transform", transform)
    rms = np.array([np.sqrt(np.mean(f(r) ** 2)) for r in raw])
    # lstsq gives the solution of least norm: any other differs within a group by a constant
    fit = [i for i, p in enumerate(pairs) if p[2] != "test"]
    cells, assays = sorted({p[0] for p in pairs}), sorted({p[1] for p in pairs})
    m = np.zeros((len(pairs), len(cells) + len(assays)))
    for i, (c, a, _) in enumerate(pairs):
        m[i, cells.index(c)] = m[i, len(cells) + assays.index(a)] = 1
    x = np.linalg.lstsq(m[fit], np.log(rms[fit]), rcond=None)[0]
    u = dict(zip(cells, x))
    for group in ("ABC", "DE"):
        mean = np.mean([u[c] for c in group])
        u.update({c: u[c] - mean for c in group})
    for i, row in enumerate(rows):
        near(row, "rms", rms[i], 5e-6)
        c, a = pairs[i][:2]
        if c == "F":
            assert row["celltype_scale"] == "nan" and row["scale_group"] == "."
        else:
            near(row, "celltype_scale", np.exp(u[c]), 5e-6)
            assert row["scale_group"] == ("1" if c in "ABC" else "2"), row
        if c == "F" or a == "v" or (c, a) == ("D", "z"):
            assert row["residual"] == "nan", row
        else:
            near(row, "residual", np.log(rms[i]) - m[i] @ x, 2e-6)
assert float(rows[7]["residual"]) == 0 and "-0.000000" not in {r["residual"] for r in rows}
END
"$PYTHON" check.py

# The threads and the order of the columns.
bw2tensor -q -@1 --qc tracks.tsv >one
bw2tensor -q -@4 --qc -O tsv tracks.tsv >four
expect_same one four
head -n 1 one | tr '\t' ' ' >got
echo 'celltype assay path bins coverage missing depth max saturation z_celltype z_assay outlier rms' \
    'celltype_scale scale_group residual' >want
expect_same got want

bw2tensor -q --qc -O matrix tracks.tsv >got
cat >want <<'END'
celltype	x	y	z	w	v
A	train	yes	.	.	.
B	valid	.	train	.	.
C	test	train	train	.	.
D	.	.	test	train	.
E	.	.	.	train	test
F	.	.	test	.	.
END
expect_same got want

bw2tensor -q --qc -O text -o text tracks.tsv
sed -n '1,9p' text >got
cat >want <<'END'
measured: x train or no role, v valid, t test
           x     y     z     w     v   all
A          x     x     .     .     .     2
B          v     .     x     .     .     2
C          t     x     x     .     .     3
D          .     .     t     x     .     2
E          .     .     .     x     t     2
F          .     .     t     .     .     1
all        3     2     4     2     1    12
END
expect_same got want
expect_line text '^D +2 +2 +[0-9.]+ +\+0\.00  w$'
expect_line text '^F +1 +\.$'
expect_lines text 32
awk 'length($0) > 100 { exit 1 }' text || fail 'a line of more than 100 columns'

# Assays whose names need more room than there is stand upright, whole characters.
awk 'BEGIN { for (i = 0; i < 30; i++) printf "cell\tlong-name-%02d-\303\244\t0.bw\n", i }' >wide.tsv
bw2tensor -q --qc -O text wide.tsv >text
sed -n '2p' text | tr -d ' ' >got
awk 'BEGIN { for (i = 0; i < 30; i++) printf "l"; print "" }' >want
expect_same got want
expect_line text '^ +( ä){30}   all$'
sed -n '16p' text | tr -d ' ' >got
awk 'BEGIN { printf "cell"; for (i = 0; i < 30; i++) printf "x"; print "30" }' >want
expect_same got want

expect_error 2 '^bw2tensor: -O is for --qc' bw2tensor -O text tracks.tsv
expect_error 2 '^bw2tensor: -O: "json" is not tsv, text or matrix' bw2tensor --qc -O json tracks.tsv
for form in tsv text matrix; do
    expect_error 1 'No space left on device' sh -c "exec bw2tensor -q --qc -O $form tracks.tsv >/dev/full"
done
