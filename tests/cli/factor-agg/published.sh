# SPDX-License-Identifier: MIT
# Real windows: the published promoter means of E017's tracks (in arcsinh space) come out again, and
# the files of FIREs and of promoter-enhancer pairs are read as they are meant.
. "$AVO_SRC/tests/lib/case.sh"
need_real_data
need_python numpy

down=$AVO_REAL_DATA/downstream
grep E017 "$AVO_REAL_DATA/pilot/tracks.tsv" >rows.tsv
sed "s|\t\([^/\t]*bigWig\)|\t$AVO_REAL_DATA/pilot/\1|" rows.tsv >tracks.tsv
bw2tensor -q -R "$AVO_REAL_DATA/annotation/pilot_bins.bed" -o e017.signal.avo tracks.tsv

awk -F '\t' -v OFS='\t' '
NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; print "chrom", "start", "end", "name", "strand",
    "label", "H3K27me3", "H3K36me3", "H3K4me1", "H3K9me3"; next }
{ print $c["chrom"], $c["win_start"], $c["win_end"], $c["gene_id"], $c["strand"], $c["label"],
    $c["H3K27me3.Roadmap"], $c["H3K36me3.Roadmap"], $c["H3K4me1.Roadmap"], $c["H3K9me3.Roadmap"] }
' "$down/expression_E017.pilot.tsv" >genes.bed
factor-agg -R genes.bed -O tsv e017.signal.avo >genes.tsv
"$PYTHON" - <<'EOF'
import csv
import numpy as np
rows = list(csv.DictReader(open("genes.tsv"), delimiter="\t"))
assert len(rows) == 308 and sum(r["label"] == "1" for r in rows) == 54
for assay in ("H3K27me3", "H3K36me3", "H3K4me1", "H3K9me3"):
    x = np.array([float(r["E017:" + assay]) for r in rows])
    y = np.array([float(r["@" + assay]) for r in rows])
    # the authors binned the signal themselves; the means are 0.01 to 2
    assert (np.abs(x - y) <= 2e-4).all(), (assay, np.abs(x - y).max())
    print(assay, "largest difference", np.abs(x - y).max())
EOF

factor-agg -R "$down/fires_E116.pilot.bed" --label-column 4 --group-column 5 -O tsv e017.signal.avo |
    cut -f 4-6 >got
[ "$(tail -n +2 got | wc -l)" -eq 662 ] || fail 'FIREs'
[ "$(cut -f 2 got | grep -c 1)" -eq 50 ] || fail 'FIREs that are positive'
expect_line got "$(printf '^\t1\tENr231$')"

awk -F '\t' -v OFS='\t' 'NR > 1 { split($2, e, /[:-]/); split($3, p, /[:-]/)
    print e[1], e[2], e[3], p[1], p[2], p[3], $5, $4 }' "$down/targetfinder_pairs.pilot.tsv" >pairs.bedpe
factor-agg -q -R pairs.bedpe --pairs --label-column 7 --group-column 8 -o pairs.feature.avo \
    e017.signal.avo
avo-view pairs.feature.avo >got
expect_lines got 1393
[ "$(cut -f 5 got | grep -c '^1$')" -eq 64 ] || fail 'pairs that interact'
