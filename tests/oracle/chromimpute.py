# SPDX-License-Identifier: MIT
"""ChromImpute's Eval (Debian package chromimpute) against track-eval.

  chromimpute.py make DIR SEED DIGITS     observed and imputed signal of three chromosomes, rounded
                                          to so many digits (0: many ties), as bedGraph with tables
                                          and as the wig.gz files of ChromImpute; peaks
  chromimpute.py compare DIR TSV JAR      every measure that Eval prints against the row of TSV,
                                          within half a unit of its last digit

Facts, from its behaviour (version 1.0.3): Eval reads CHROM_NAME.wig.gz, skips two lines, and then
has one value a bin; all chromosomes together are one ranking; the top p per cent are exactly
int(p N / 100) bins, of equal ones the earlier first (chromosomes in the order of their names);
areas count ties half; with -f it prints the area under the ROC curve of the imputed signal for the
bins that a peak touches, and nothing else.
"""
import csv
import gzip
import os
import subprocess
import sys

import numpy as np

BIN = 25
CHROMS = {"chr1": 4321, "chr2": 3010, "chr3": 1207}
COLUMNS = {"BOTH_1.0": ("match1", 100), "IMPUTE_1.0_OBSERVED_5.0": ("catch1imp", 100),
           "OBSERVED_1.0_IMPUTE_5.0": ("catch1obs", 100), "Correlation": ("pearson", 1),
           "IMPUTE_1.0_AUC_PREDICT_OBSERVE": ("aucimp1", 1),
           "OBSERVED_1.0_AUC_PREDICT_IMPUTE": ("aucobs1", 1)}


def write(folder, name, values):
    with open(f"{folder}/{name}.tsv", "w") as table:
        table.write(f"A\tx\t{name}.bedGraph\n")
    with open(f"{folder}/{name}.bedGraph", "w") as bed:
        for chrom, v in values.items():
            with gzip.open(f"{folder}/{chrom}_{name}.wig.gz", "wt") as wig:
                wig.write(f"track type=wiggle_0 name={name}\n")
                wig.write(f"fixedStep chrom={chrom} start=1 step={BIN} span={BIN}\n")
                for i, x in enumerate(v):
                    wig.write(f"{x:.6g}\n")
                    bed.write(f"{chrom}\t{i * BIN}\t{i * BIN + BIN}\t{x:.6g}\n")


def make(folder, seed, digits):
    os.makedirs(folder, exist_ok=True)
    rng = np.random.default_rng(seed)
    observed, imputed = {}, {}
    with open(f"{folder}/chrom.sizes", "w") as sizes:
        for chrom, n in CHROMS.items():
            sizes.write(f"{chrom}\t{n * BIN}\n")
            z = rng.normal(size=n)
            observed[chrom] = np.round(np.exp(z), digits)
            imputed[chrom] = np.round(np.exp(z + rng.normal(size=n) * 0.7), digits)
    write(folder, "observed", observed)
    write(folder, "imputed", imputed)
    with open(f"{folder}/peaks.tsv", "w") as table:
        table.write("celltype\tassay\tpath\nA\tx\tpeaks.bed\n")
    with open(f"{folder}/peaks.bed", "w") as bed:
        for chrom, x in observed.items():
            # runs of high bins, neither end on a bin's edge; they do not touch
            p = np.diff(np.concatenate([[0], x > 2.5, [0]]).astype(np.int8))
            for beg, end in zip(np.flatnonzero(p == 1), np.flatnonzero(p == -1)):
                if rng.random() < 0.8:
                    bed.write(f"{chrom}\t{beg * BIN + 3}\t{end * BIN - 2}\n")


def evaluate(folder, jar, options):
    done = subprocess.run(["java", "-jar", jar, "Eval", *options, ".", "observed.wig.gz", ".",
                           "imputed.wig.gz", "chrom.sizes"], cwd=folder, check=True,
                          stdout=subprocess.PIPE, text=True)
    names, values = (line.split("\t") for line in done.stdout.strip().split("\n")[:2])
    return dict(zip(names, values))


def compare(folder, tsv, jar):
    rows = [r for r in csv.DictReader(open(tsv), delimiter="\t")
            if (r["level"], r["scope"], r["method"]) == ("track", "genome", "imputed")]
    if len(rows) != 1:
        sys.exit(f"{tsv}: {len(rows)} rows")
    theirs = evaluate(folder, jar, [])
    (peaks,) = evaluate(folder, jar, ["-f", "peaks.bed"]).values()
    pairs = [(name, theirs[column], factor) for column, (name, factor) in COLUMNS.items()]
    for name, text, factor in pairs + [("catchpeakobs", peaks, 1)]:
        got = float(rows[0][name]) * factor
        # it prints without trailing zeros: at most four decimals
        if abs(got - float(text)) > 0.5000001 * 10.0 ** -4:
            sys.exit(f"{folder}: {name}: track-eval {got}, ChromImpute {text}")
        print(f"{name}: {got:.6f} {text}")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        compare(*sys.argv[2:5])
