# SPDX-License-Identifier: MIT
# Real tracks of chr20, a small model, an unmeasured track: its bigWig as pyBigWig and rtracklayer
# read it, the bedGraph and the stream hold the same values, within the range of the training data.
# timeout: 600
. "$AVO_SRC/tests/lib/case.sh"
need_real_data
need_python numpy pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1

bw2tensor -q -o signal.avo "$AVO_REAL_DATA/pilot-chr20/tracks.tsv"
avo-train -q --epochs 60 --batch 500 --hidden 32 --dropout 0 --celltype-dropout 0 \
    --test E065:H3K4me3 -o model.avo signal.avo
avo-impute -q -t E065:H3K4me3 -o imputed.avo model.avo
avo-impute -q -t E065:H3K4me3 -O bedgraph -o imputed.bedGraph model.avo
avo-impute -q -t E065:H3K4me3 -O bigwig -o imputed.bw model.avo
avo-impute -q -t E065:H3K4me3 --no-clip -o free.avo model.avo
for n in 1 2 3; do
    avo-impute -q -@ $n --missing -O bigwig -o "at$n/{celltype}.{assay}.bw" model.avo
done
for f in at1/*; do
    expect_same "$f" "at2/${f#at1/}"
    expect_same "$f" "at3/${f#at1/}"
done
expect_line at1/tracks.tsv '^E065	H3K4me3	E065.H3K4me3.bw	test	'
expect_same at1/E065.H3K4me3.bw imputed.bw
track-eval --observed "$AVO_REAL_DATA/pilot-chr20/tracks.tsv" --imputed at1/tracks.tsv >scores.tsv
expect_line scores.tsv 'E065.*H3K4me3'

cat >check.py <<'END'
import pyBigWig
from avosignal import *

signal, imputed, free = Stream("signal.avo"), Stream("imputed.avo"), Stream("free.avo")
chrom = "chr20" if "chr20" in dict(signal.chroms) else "20"


def column(s, track):
    j = s.tracks.index(track)
    return (np.concatenate([b for _, b, _ in s.tiles]),
            np.concatenate([v[:, j].astype(float) for _, _, v in s.tiles]))


bins, model = column(imputed, ("E065", "H3K4me3"))
assert len(bins) > 20000, len(bins)
train = [t for t in signal.tracks if t[1] == "H3K4me3" and t[0] != "E065"]
lo = min(column(signal, t)[1].min() for t in train)
hi = max(column(signal, t)[1].max() for t in train)
assert lo <= model.min() and model.max() <= hi, (lo, model.min(), model.max(), hi)
unclipped = column(free, ("E065", "H3K4me3"))[1]
assert (np.clip(unclipped, lo, hi) == model).all()
assert unclipped.min() < lo, "no value was clipped: nothing is shown"
with pyBigWig.open("imputed.bw") as bw:
    assert bw.chroms(chrom) == dict(signal.chroms)[chrom]
    assert bw.header()["nLevels"] >= 1
    got = bw.intervals(chrom)
    table = [line.split("\t") for line in open("imputed.bedGraph")]
    want = {b: np.float32(v) for c, beg, end, v in table
            for b in range(int(beg) // 25, int(end) // 25)}
    spread = [(b, v) for beg, end, v in got for b in range(beg // 25, end // 25)]
    assert [b for b, _ in spread] == list(bins)
    assert all(want[b] == v for b, v in spread) and len(want) == len(spread)
    raw = np.sinh(model)
    values = np.array([v for _, v in spread])
    assert (np.abs(values - raw) <= 2.0 ** -10 * (1 + np.abs(raw)) * np.abs(model) + 1e-6).all()
    beg, end = int(bins[0]) * 25, int(bins[-1] + 1) * 25
    zoomed = bw.stats(chrom, beg, end, type="mean", nBins=10)
    exact = bw.stats(chrom, beg, end, type="mean", nBins=10, exact=True)
    for z, e in zip(zoomed, exact):
        assert (z is None) == (e is None) and (z is None or abs(z - e) < 0.05 * (1 + abs(e)))
np.savetxt("want.txt", np.column_stack([bins * 25 + 1, values]), fmt="%.9g")
print(f"{len(bins)} bins, model space {model.min():.3f} to {model.max():.3f} "
      f"(training {lo:.3f} to {hi:.3f}, before clipping {unclipped.min():.3f} to "
      f"{unclipped.max():.3f})")
END
"$PYTHON" check.py

if [ -d /usr/lib/R/site-library/rtracklayer ]; then
    cat >check.R <<'END'
suppressPackageStartupMessages(library(rtracklayer))
got <- import("imputed.bw")
want <- read.table("want.txt")
stopifnot(length(got) == nrow(want), all(start(got) == want[[1]]), all(width(got) == 25),
          all(abs(score(got) - want[[2]]) <= 1e-7 * abs(want[[2]])))
cat("rtracklayer:", length(got), "intervals\n")
END
    Rscript --vanilla check.R
else
    echo 'no rtracklayer: read by pyBigWig only'
fi
