# SPDX-License-Identifier: MIT
# timeout: 1200
# Real tracks, all pilot regions: every measure of the baselines of 20 tracks left out in turn as
# numpy, scipy and scikit-learn give it, in each chromosome and over all; the four test tracks also
# with ranks over the genome, without blacklisted bins, and on raw signal.
. "$AVO_SRC/tests/lib/case.sh"
need_real_data
need_python numpy pyBigWig scipy.stats sklearn.metrics
export PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
data=$AVO_REAL_DATA
tests='--test E003:H3K4me3 --test E017:H3K27me3 --test E065:H3K4me1 --test E116:H3K36me3'
{
    printf 'celltype\tassay\tpath\n'
    for f in "$data"/peaks-derived/*.bed; do
        name=$(basename "$f" .pilot.thr2.bed)
        printf '%s\t%s\t%s\n' "${name%-*}" "${name#*-}" "$f"
    done
} >peaks.tsv
expect_lines peaks.tsv 21
a=$data/annotation
regions="--promoters $a/gencode_v19_tss.pilot.bed --genes $a/refseq_genes.pilot.bed
    --enhancers $a/fantom5_enhancers.pilot.bed --peaks peaks.tsv"
te() {
    track-eval -q --observed "$data/pilot/tracks.tsv" -R "$a/pilot_bins.bed" --baseline-only "$@"
}
check() {
    "$PYTHON" "$AVO_SRC/tests/oracle/track_eval_real.py" "$data/pilot" --bins "$a/pilot_bins.bed" \
        "$@"
}

te $regions -o all.tsv
te $regions -@1 -o one.tsv
expect_same all.tsv one.tsv
check all.tsv $regions
for top in exact above; do
    te $tests $regions --ranks genome --top $top -o genome.tsv
    check genome.tsv $tests $regions --ranks genome --top $top
done
te $tests $regions --space raw --overlaps once --exclude "$a/hg19-blacklist.v2.bed" -o raw.tsv
check raw.tsv $tests $regions --space raw --overlaps once --exclude "$a/hg19-blacklist.v2.bed"
