# SPDX-License-Identifier: MIT
"""How much of measured tracks lies within the bounds of imputed ones, from the streams alone.

  intervals.py SIGNAL PREFIX...    for each PREFIX the streams PREFIX.avo, PREFIX.lower.avo and
                                   PREFIX.upper.avo, of the bins of SIGNAL

Rows: track, cell type:assay, share, width, shares of the tenths of the bins by prediction (ties in the
order of the bins); then assay, name, mean share; decile, number, mean share over all tracks; mean."""
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from avosignal import Stream  # noqa: E402


def tracks(path):
    s = Stream(path)
    values = np.concatenate([t[2] for t in s.tiles]).astype(np.float32)
    return {name: values[:, i] for i, name in enumerate(s.tracks)}


def main():
    observed = tracks(sys.argv[1])
    shares, tenths = {}, []
    for prefix in sys.argv[2:]:
        imputed, lower, upper = (tracks(f"{prefix}{b}.avo") for b in ("", ".lower", ".upper"))
        for name, y in imputed.items():
            x, lo, hi = observed[name], lower[name], upper[name]
            assert len(x) == len(y) and (lo <= hi).all()
            held = (lo <= x) & (x <= hi)
            order = np.argsort(y, kind="stable")
            tenths.append([part.mean() for part in np.array_split(held[order], 10)])
            shares.setdefault(name[1], []).append(held.mean())
            row = [f"{v:.4f}" for v in [held.mean(), (hi - lo).mean()] + tenths[-1]]
            print("track", ":".join(name), *row, sep="\t")
    for assay in sorted(shares):
        print("assay", assay, f"{np.mean(shares[assay]):.4f}", sep="\t")
    for k, v in enumerate(np.mean(tenths, axis=0)):
        print("decile", k + 1, f"{v:.4f}", sep="\t")
    print("all", ".", f"{np.mean(tenths):.4f}", sep="\t")


main()
