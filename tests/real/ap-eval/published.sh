# SPDX-License-Identifier: MIT
# timeout: 1800
# The authors' feature matrices under the paper's protocol: mean average precision of every set
# within one standard error of what the paper's own settings gave in Python (data/README.md).
. "$AVO_SRC/tests/lib/case.sh"
need_real_data
need_python numpy xgboost sklearn.metrics
ap-eval --help | grep -q xgboost || skip 'no XGBoost'
export PYTHONDONTWRITEBYTECODE=1
p=$AVO_REAL_DATA/downstream/published

# near FILE SET MEAN ERROR: the row of the summary
near() {
    awk -F '\t' -v s="$2" -v want="$3" -v e="$4" '$1 == s {n++; d = $7 - want
        printf "%s: %.4f (want %s +- %s)\n", s, $7, want, e; if (d > e || d < -e) exit 1}
        END {if (n != 1) exit 1}' "$1" || fail "$1: $2"
}

ap-eval -q --model xgboost --labels "$p/FIREs.E116.y.npy" --rows 1-3000 \
    Roadmap="$p/FIREs.E116.Roadmap.npy" ChromImpute="$p/FIREs.E116.ChromImpute.npy" \
    PREDICTD="$p/FIREs.E116.PREDICTD.npy" AvocadoImp="$p/FIREs.E116.AvocadoImp.npy" \
    AvocadoFac="$p/FIREs.E116.AvocadoFac.npy" -o fires.tsv --report fires.html
near fires.tsv Roadmap .467 .026
near fires.tsv ChromImpute .378 .027
near fires.tsv PREDICTD .422 .029
near fires.tsv AvocadoImp .423 .025
near fires.tsv AvocadoFac .478 .031
near fires.tsv majority .078 .0005

ap-eval -q --model xgboost --labels "$p/RNAseq.E017.y.npy" --label-threshold 0.5 \
    Roadmap="$p/RNAseq.E017.Roadmap.npy" ChromImpute="$p/RNAseq.E017.ChromImpute.npy" \
    PREDICTD="$p/RNAseq.E017.PREDICTD.npy" AvocadoImp="$p/RNAseq.E017.AvocadoImp.npy" -o rna.tsv
near rna.tsv Roadmap .470 .008
near rna.tsv ChromImpute .461 .009
near rna.tsv PREDICTD .430 .010
near rna.tsv AvocadoImp .473 .010
near rna.tsv majority .172 .0005

# score by score as XGBoost's Python, on the same folds
mkdir d
"$PYTHON" -c 'import numpy as n, sys; n.save("d/y.npy", n.load(sys.argv[1])[:3000])' \
    "$p/FIREs.E116.y.npy"
ap-eval -q --model xgboost --labels d/y.npy Roadmap="$p/FIREs.E116.Roadmap.npy" \
    --folds-out d/folds.tsv --per-fold d/per_fold.tsv --scores-out d/scores.tsv -o d/summary.tsv
"$PYTHON" "$AVO_SRC/tests/oracle/ap_eval.py" xgboost d Roadmap="$p/FIREs.E116.Roadmap.npy"
grep '^Roadmap' fires.tsv >want
grep '^Roadmap' d/summary.tsv >got
expect_same want got
