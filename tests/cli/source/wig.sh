#!/bin/sh
# SPDX-License-Identifier: MIT
# wig text, plain and compressed, gives what bedGraph and bigWig of the same intervals give: fixed and
# variable steps, spans, several track lines, comments, the form that ChromImpute reads and writes.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
cat >make.py <<'END'
import gzip
from avosignal import *

rng = np.random.default_rng(5)
chroms = [("chr1", 60010), ("chr2", 20020)]
open("sizes", "w").write("".join(f"{c}\t{n}\n" for c, n in chroms))
open("t.tsv", "w").write("w\tx\ta.wig\ng\tx\ta.wig.gz\nb\tx\ta.bedGraph\nB\tx\ta.bw\nm\tx\ta.bom.bedGraph\n")

def both(wig, ivs, name="a"):
    bom = "\ufeff"
    open(name + ".wig", "w").write(wig)
    gzip.open(name + ".wig.gz", "wt").write(bom + wig)
    bed = "".join(f"{c}\t{b}\t{e}\t{v!r}\n" for c, b, e, v in ivs)
    open(name + ".bedGraph", "w").write(bed)
    open(name + ".bom.bedGraph", "w").write(bom + bed)
    write_bigwig(name + ".bw", chroms, ivs)

# several declarations a chromosome, both kinds, with and without step and span
wig, ivs = "browser position chr1:1-100\ntrack type=wiggle_0 name=\"caf\u00e9\"\n# note\n", []
for chrom, length in chroms:
    at = 0
    while at < length - 3000:
        n, span = int(rng.integers(1, 40)), int(rng.choice([1, 7, 25, 40]))
        values = [round(float(v), 3) for v in rng.gamma(1, 2, n)]
        if rng.random() < 0.5:
            step = span + int(rng.choice([0, 3]))
            keys = f" step={step}" * (step > 1) + f" span={span}" * (span > 1)
            wig += f"fixedStep chrom={chrom} start={at + 1}{keys}\n"
            starts = [at + i * step for i in range(n)]
            wig += "".join(f"{v}\n" for v in values)
        else:
            wig += f"variableStep chrom={chrom}" + f" span={span}" * (span > 1) + "\n"
            starts = np.cumsum([at] + list(rng.integers(span, span + 50, n - 1))).tolist()
            wig += "".join(f"{b + 1}{' '}{v}\n" for b, v in zip(starts, values))
        ivs += [(chrom, b, b + span, v) for b, v in zip(starts, values)]
        at = ivs[-1][2] + int(rng.integers(0, 200))
        if rng.random() < 0.1:
            wig += "track type=wiggle_0\n"
both(wig, ivs)
# as ChromImpute has it: one declaration a chromosome, the last span past the end, which is cut
wig, ivs = 'track type=wiggle_0 name="E001_H3K4me3"\n', []
for chrom, length in chroms:
    wig += f"fixedStep  chrom={chrom} start=1 step=25 span=25\n"      # two blanks
    for b in range(0, length, 25):
        v = round(float(rng.gamma(1, 2)), 2)
        wig += f"{v}\n"
        ivs.append((chrom, b, min(b + 25, length), v))
both(wig, ivs, "chromimpute")
open("c.tsv", "w").write(open("t.tsv").read().replace("a.", "chromimpute."))
END
cat >long.py <<'END'
from avosignal import *
import pyBigWig
n = 500000                          # several megabytes of text: places within it are entered
values = (np.arange(n) * 7919 % 1009 / 8).tolist()
open("long.sizes", "w").write(f"chr1\t{5 * n}\nchr2\t100\n")
for kind in "fixed", "variable":
    with open(kind + ".wig", "w") as f:
        f.write("fixedStep chrom=chr1 start=1 step=5 span=5\n" if kind == "fixed" else
                "variableStep chrom=chr1 span=5\n")
        f.write("".join(f"{v}\n" if kind == "fixed" else f"{5 * i + 1} {v}\n"
                        for i, v in enumerate(values)))
        f.write("fixedStep chrom=chr2 start=1 step=25 span=25\n1\n2\n3\n4\n")
bw = pyBigWig.open("long.bw", "w")
bw.addHeader([("chr1", 5 * n), ("chr2", 100)])
bw.addEntries("chr1", 0, values=values, span=5, step=5)
bw.addEntries("chr2", 0, values=[1.0, 2.0, 3.0, 4.0], span=25, step=25)
bw.close()
open("long.tsv", "w").write("f\tx\tfixed.wig\nv\tx\tvariable.wig\nb\tx\tlong.bw\n")
END
cat >check.py <<'END'
import sys
from avosignal import *
s = Stream("s.avo")
for name, n in s.chroms:
    values = s.chrom_values(name)[1]
    assert len(values) > int(sys.argv[1]), len(values)
    for t in range(1, len(s.tracks)):
        assert np.array_equal(values[:, 0], values[:, t]), f"{name} track {t}"
END
"$PYTHON" make.py
for table in t.tsv c.tsv; do
    for how in '' '-r chr2:3,001-9,000,chr1:40,000-59,000' '-@ 1 -b 200'; do
        # shellcheck disable=SC2086
        expect_exit 0 bw2tensor -g sizes $how -o s.avo $table
        "$PYTHON" check.py 50
    done
done
"$PYTHON" long.py
expect_exit 0 bw2tensor -g long.sizes -r chr1:1-25,chr1:1,900,001-1,910,000,chr1:2,400,001-2,410,000,chr2 \
    -o s.avo long.tsv
"$PYTHON" check.py 3
expect_error 1 'a.wig: bedGraph and wig do not say how long' bw2tensor -q -o x.avo t.tsv
expect_line stderr '^bw2tensor: hint: .* -g'
# observed and imputed tables of track-eval: wig against the bigWig of the same values
printf 'a\tx\tchromimpute.bw\n' >o.tsv
printf 'a\tx\tchromimpute.wig.gz\n' >i.tsv
expect_exit 0 track-eval -q --observed o.tsv --imputed i.tsv -g sizes --measures mse --scope genome
expect_line stdout '	0(	|$)'

# ---- what is wrong is told with its line ----
bad() {
    _want=$1
    shift
    # shellcheck disable=SC2059
    printf "$@" >bad.wig
    printf 'b\tx\tbad.wig\n' >b.tsv
    expect_error 1 "$_want" bw2tensor -q -g sizes -o x.avo b.tsv
}
bad 'bad.wig:2: want one value a line, as fixedStep says \(got "2"\)' 'fixedStep chrom=chr1 start=1\n1 2\n'
bad 'bad.wig:1: fixedStep without a start' 'fixedStep chrom=chr1 step=5\n1\n'
bad 'bad.wig:1: start is not a number from 1 on \(got "0"\)' 'fixedStep chrom=chr1 start=0\n1\n'
bad 'bad.wig:1: the declaration names no chromosome' 'variableStep span=5\n1 1\n'
bad 'bad.wig:1: a chromosome that the genome file lacks \(got "chr9"\)' 'variableStep chrom=chr9\n1 1\n'
bad 'bad.wig:1: span 25 is longer than step 10' 'fixedStep chrom=chr1 start=1 step=10 span=25\n1\n'
bad 'bad.wig:1: not a key of this declaration .*got "step"' 'variableStep chrom=chr1 step=5\n1 1\n'
bad 'bad.wig:3: intervals out of order or overlapping' 'variableStep chrom=chr1 span=5\n1 1\n4 1\n'
bad 'bad.wig:2: not a position, which count from 1' 'variableStep chrom=chr1\n0 1\n'
bad 'bad.wig:3: position 60011 lies past the end' 'fixedStep chrom=chr1 start=60010\n1\n2\n'
bad 'bad.wig:2: value is not a number \(got "1x"\)' 'fixedStep chrom=chr1 start=5\n1x\n'
bad 'bad.wig:2: infinite value' 'fixedStep chrom=chr1 start=5\ninf\n'
bad 'bad.wig:6: this chromosome.s lines are not in one piece' \
    'fixedStep chrom=chr1 start=1\n1\nfixedStep chrom=chr2 start=1\n1\nfixedStep chrom=chr1 start=9\n1\n'
bad 'bad.wig:4: want four columns' 'fixedStep chrom=chr1 start=1\n1\ntrack type=wiggle_0\n2\n'
bad 'bad.wig: no intervals in it' 'track type=wiggle_0\nfixedStep chrom=chr1 start=1\n'
# intervals of no length are passed over and counted
printf 'chr1\t0\t25\t1\nchr1\t25\t25\t7\nchr1\t25\t50\t2\nchr1\t60\t60\t7\n' >z.bedGraph
printf 'z\tx\tz.bedGraph\n' >z.tsv
expect_exit 0 bw2tensor -g sizes -o z.avo z.tsv
expect_line stderr 'z.bedGraph: 2 zero-length intervals are passed over'
expect_missing x.avo

# ---- wig and bigWig that others made ----
if [ -n "${AVO_REAL_DATA:-}" ] && [ -f "$AVO_REAL_DATA/interop/WiggleTools.fixedStep.wig" ]; then
    for kind in fixedStep variableStep; do
        i=$AVO_REAL_DATA/interop/WiggleTools.$kind
        "$PYTHON" -c "
import pyBigWig
for c, n in pyBigWig.open('$i.bw').chroms().items(): print(c, n)" >theirs
        printf 'w\tx\t%s\nb\tx\t%s\n' "$i.wig" "$i.bw" >w.tsv
        expect_exit 0 bw2tensor -g theirs -b 1 -o s.avo w.tsv
        "$PYTHON" check.py 4
    done
fi
