# SPDX-License-Identifier: MIT
# Real tracks, the pilot region of chr20: the baselines of four test tracks as numpy gives them, from
# the bigWigs and from a stream, and leave-one-out over all 20 by one command.
. "$AVO_SRC/tests/lib/case.sh"
need_real_data
need_python numpy pyBigWig scipy.stats sklearn.metrics
export PYTHONDONTWRITEBYTECODE=1
data=$AVO_REAL_DATA
tests='--test E003:H3K4me3 --test E017:H3K27me3 --test E065:H3K4me1 --test E116:H3K36me3'
grep '^chr20' "$data/annotation/pilot_bins.bed" >r.bed
track-eval -q --observed "$data/pilot-chr20/tracks.tsv" -R r.bed --baseline-only $tests -o four.tsv
track-eval -q --observed "$data/pilot-chr20/tracks.tsv" -R r.bed --baseline-only -o all.tsv
expect_lines all.tsv 157        # (20 tracks, 5 assays, all) x 3 methods x 2 scopes, and the names
bw2tensor -q --dtype f32 -R r.bed -o s.avo "$data/pilot-chr20/tracks.tsv"
track-eval -q --observed s.avo --baseline-only $tests -o stream.tsv
expect_same four.tsv stream.tsv
check() {
    "$PYTHON" "$AVO_SRC/tests/oracle/track_eval_real.py" "$data/pilot-chr20" --bins r.bed "$@"
}
check four.tsv $tests
check all.tsv
