# SPDX-License-Identifier: MIT
# --attribution: the components against numpy, where they are written, that they depend on neither
# region, threads, rounds nor the order of files, and what is refused.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
need_python numpy pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
make_model=$AVO_BUILD/tests/lib/make_model
names='celltype assay fine mid coarse'
ai() { avo-impute -q "$@"; }
oracle() { "$PYTHON" "$AVO_SRC/tests/cli/avo-impute/attribution.py" "$@"; }

# ---- values ----
bins='-r chr1:0-1500 -r chr2:300-710 -r chrX:3990-4000 -x chr2:350-351 -x chr2:400-600'
for device in cpu cpu-ref; do
    for model in "none 16,8" "arcsinh 24"; do
        # shellcheck disable=SC2086
        set -- $model
        # shellcheck disable=SC2086
        $make_model $bins -f "$1" -H "$2" m.avo
        ai --all --no-clip -o p.avo m.avo
        for baseline in mean zero; do
            ai --all --attribution --baseline $baseline --steps 400 --device $device \
                -o 'x.{component}.avo' m.avo
            oracle m.avo p.avo x $baseline
        done
    done
done
# trained, with cell types dropped (of standardised tracks: avo-train/standardize.sh)
tiny_signal t
avo-train -q --standardize none --epochs 2 --hidden 16 -o t/model.avo t/signal.avo
avo-view --tensor hyper t/model.avo | grep -Eq '^celltype_dropout	0\.[1-9]' || fail 'no dropout'
ai --all --no-clip -o p.avo t/model.avo
ai --all --attribution -o 'x.{component}.avo' t/model.avo
oracle t/model.avo p.avo x mean

# ---- what does not matter ----
# shellcheck disable=SC2086
$make_model $bins m.avo
$make_model -n -C NEW -A MORE -r chr1:0-1500 ext.avo
$make_model -g 1 -r chr1:0-1500 one.avo
# shellcheck disable=SC2086
$make_model -r chr2:300-710 -r chrX:3990-4000 -x chr2:350-351 -x chr2:400-600 two.avo
ai -@ 1 --all --attribution -o 'a.{component}.avo' m.avo
ai -@ 3 --all --attribution -o 'b.{component}.avo' m.avo
ai -T /dev/stdin --attribution --no-provenance -o 'c.{component}.avo' two.avo ext.avo one.avo <<'X'
A	H3K4me3
B	H3K4me3
X
ai -t A:H3K4me3 -t B:H3K4me3 --attribution --no-provenance -o 'd.{component}.avo' m.avo
ai --all --attribution -r chr2 -o 'r.{component}.avo' m.avo
ai --all --attribution -r chr1:7,026-20,000 -o 'q.{component}.avo' m.avo
for c in $names; do
    expect_same a.$c.avo b.$c.avo
    avo-view c.$c.avo >1
    avo-view d.$c.avo >2
    expect_same 1 2
    avo-view -r chr2 a.$c.avo >1
    avo-view r.$c.avo >2
    expect_same 1 2
    avo-view -r chr1:7,026-20,000 a.$c.avo >1
    avo-view q.$c.avo >2
    expect_same 1 2
    avo-view -H a.$c.avo >head
    expect_line head "^@attribution	component:$c	baseline:mean	value:[-0-9.e]+	steps:50	space:arcsinh$"
    expect_line head '^@SPACE	transform:none	missing:zero$'
    expect_line head '^@PG.*	attribution:integrated-gradients	steps:50	baseline:mean	backend:'
done

# ---- baselines ----
cp one.avo pilot.avo
ai --all --attribution --baseline pilot.avo -o 'f.{component}.avo' - <two.avo
avo-view -H f.fine.avo >head
expect_line head '	baseline:mean of [0-9a-f]{32}	'
ai --all --attribution --baseline two.avo --no-provenance -o 'g.{component}.avo' two.avo
ai --all --attribution --baseline mean --no-provenance -o 'h.{component}.avo' two.avo
for c in $names; do
    avo-view f.$c.avo >1
    avo-view g.$c.avo >2
    avo-view h.$c.avo >3
    expect_same 2 3
    [ $c = celltype ] || expect_differ 1 2
done
expect_error 1 'a pipe cannot be read again' ai --all --attribution -o '{component}.no' - <m.avo
expect_line stderr 'hint: .*--baseline zero'
ai --all --attribution --baseline zero --component fine - <m.avo >z.avo
avo-view -H z.avo >head
expect_line head '	component:fine	baseline:zero	'
$make_model -s 9 -r chr1:0-20 other.avo
expect_error 1 '--baseline other.avo: a model of another root \([0-9a-f]{32}, the models have' \
    ai --all --attribution --baseline other.avo -o '{component}.no' m.avo
expect_error 1 '--baseline none.avo: none.avo: ' \
    ai --all --attribution --baseline none.avo -o '{component}.no' m.avo
expect_error 1 '--baseline ext.avo: ext.avo: no GENOME' \
    ai --all --attribution --baseline ext.avo -o '{component}.no' m.avo

# ---- files ----
ai --all --attribution -O bigwig -o 'bw/{component}/{celltype}.{assay}.bw' m.avo
ai --all --attribution -O bedgraph -o 'bg/{component}/{celltype}.{assay}.bg' m.avo
(ulimit -n 60 && avo-impute -v --all --attribution --max-memory 1 -O bigwig \
    -o 'few/{component}/{celltype}.{assay}.bw' m.avo 2>log)
expect_line log 'models read [2-6] times'
find bw -type f | wc -l >count
expect_line count '^40$'
for f in $(cd bw && find . -type f); do
    expect_same bw/$f few/$f
done
expect_line bw/fine/tracks.tsv '^celltype	assay	path	role	model	component	space	model_tracks	region$'
expect_line bw/fine/tracks.tsv '^A	H3K4me3	A.H3K4me3.bw	none	[0-9a-f]{32}	fine	arcsinh	'
"$PYTHON" - $names <<'END'
import sys
import numpy as np, pyBigWig
from avosignal import Stream
for c in sys.argv[1:]:
    s = Stream(f"a.{c}.avo")
    for t, (cell, assay) in enumerate(s.tracks):
        want = {(s.chroms[k][0], b): v for k, bins, x in s.tiles for b, v in zip(bins, x[:, t])}
        with pyBigWig.open(f"bw/{c}/{cell}.{assay}.bw") as bw:
            got = {(k, b): np.float32(v) for k in bw.chroms() if bw.intervals(k)
                   for beg, end, v in bw.intervals(k) for b in range(beg // 25, end // 25)}
        text = [line.split("\t") for line in open(f"bg/{c}/{cell}.{assay}.bg")]
        bed = {(k, b): np.float32(v) for k, beg, end, v in text
               for b in range(int(beg) // 25, int(end) // 25)}
        assert got == want == bed and min(want.values()) < 0, (c, cell, assay)
END
ai -t A:H3K4me3 --attribution --component mid -O bedgraph m.avo >mid.bg
expect_same mid.bg bg/mid/A.H3K4me3.bg
ai -t A:H3K4me3 --attribution --component mid --component assay -O bedgraph -o 's/{component}.bg' \
    m.avo
expect_same s/mid.bg bg/mid/A.H3K4me3.bg
expect_missing s/fine.bg s/tracks.tsv

# ---- to the table of attributions by peak state ----
mkdir peaks
for c in liver brain heart; do
    awk -v c=$c 'BEGIN {for (i = 0; i < 12; i++) if (c != "heart" || i % 2)
        printf "chr1\t%d\t%d\n", i * 4000, i * 4000 + 600}' >peaks/$c.bed
    echo "$c	H3K4me3	$c.bed" >>peaks/peaks.tsv
done
ai --all -o p.avo t/model.avo
ai --all --attribution -O bigwig -o 't/attr/{component}/{celltype}.{assay}.bw' t/model.avo
ai --all --attribution -o 't/attr.{component}.avo' t/model.avo
te() { track-eval -q -g t/sizes --observed t/tracks.tsv --imputed p.avo --peaks peaks/peaks.tsv \
    -o /dev/null "$@"; }
tables= streams=
for c in $names; do
    tables="$tables --attribution $c=t/attr/$c/tracks.tsv"
    streams="$streams --attribution $c=t/attr.$c.avo"
done
# shellcheck disable=SC2086
te --tables e/a $tables
# shellcheck disable=SC2086
te --tables e/b $streams
expect_same e/a.attribution.tsv e/b.attribution.tsv
"$PYTHON" - e/a.attribution.tsv <<'END'
import csv, sys
import numpy as np
from avosignal import Stream
peak = {}
for cell in ("liver", "brain", "heart"):
    peak[cell] = np.zeros(2400, bool)
    for line in open(f"peaks/{cell}.bed"):
        _, beg, end = line.split()
        peak[cell][int(beg) // 25:-(-int(end) // 25)] = True
count, n = sum(p.astype(int) for p in peak.values()), 0
for r in csv.DictReader(open(sys.argv[1]), delimiter="\t"):
    s = Stream(f"t/attr.{r['component']}.avo")
    x = {t: np.concatenate([v[:, i] for c, _, v in s.tiles if c == 0]) for i, t in
         enumerate(s.tracks)}
    want = np.concatenate([x[c, "H3K4me3"][(count == int(r["k"])) & (p == (r["peak"] == "yes"))]
                           for c, p in peak.items()]).astype(float)
    assert len(want) == int(r["n_bins"]), (r, len(want))
    if len(want):
        assert abs(want.mean() - float(r["mean"])) < 1e-6 + 1e-5 * abs(want.mean()), (r, want.mean())
        n += 1
assert n >= 15, n
END
# a stream of attributions is no imputation
expect_error 1 'differ in transform' track-eval -q -g t/sizes --observed t/tracks.tsv \
    --imputed t/attr.fine.avo

# ---- what is refused ----
expect_error 2 '5 components need \{component\} in -o \(got no -o\)' ai --all --attribution m.avo
expect_error 2 '5 components need \{component\} in -o \(got x.avo\)' \
    ai --all --attribution -o x.avo m.avo
expect_error 2 '\{component\} must be in the folder before' \
    ai --all --attribution -O bigwig -o 'no/{component}.{celltype}.{assay}.bw' m.avo
expect_error 2 '6 tracks need \{celltype\} and \{assay\}' \
    ai --all --attribution -O bigwig -o 'no/{component}.bw' m.avo
expect_error 2 '-O avo writes one stream' \
    ai --all --attribution -o 'no/{component}/{celltype}.avo' m.avo
expect_error 1 "--component best: the model's input blocks are celltype, assay, fine, mid, coarse" \
    ai --all --attribution --component best m.avo
expect_error 1 '--component fine is given twice' \
    ai --all --attribution --component fine --component fine m.avo
for option in '--component fine' '--steps 3' '--baseline zero' '-o no/{component}'; do
    # shellcheck disable=SC2086
    expect_error 2 'is for --attribution' ai --all $option m.avo
done
expect_error 2 '--steps' ai --all --attribution --steps 0 m.avo
expect_error 2 '--baseline' ai --all --attribution --baseline - --component fine m.avo
mkdir own
printf 'celltype\tassay\tpath\nA\tDNase\tA.bw\n' >own/tracks.tsv
cp own/tracks.tsv before.tsv
expect_error 1 'own/tracks.tsv: exists and is no list of attributions' \
    ai --all --attribution --component fine -O bedgraph -o 'own/{celltype}.{assay}.bg' m.avo
expect_same own/tracks.tsv before.tsv
head -c $(($(wc -c <m.avo) / 2)) m.avo >cut.avo
expect_error 1 'cut.avo: ' ai --all --attribution -o 'no/{component}.avo' cut.avo
expect_error 1 '<stdin>: ' ai --all --attribution --baseline zero -O bigwig \
    -o 'no/{component}/{celltype}.{assay}.bw' - <cut.avo
[ ! -e no ] || [ -z "$(find no -type f)" ] || fail "left behind: $(find no -type f)"
