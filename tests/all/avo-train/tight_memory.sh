# SPDX-License-Identifier: MIT
# Every program but ap-eval under limits of the address space in steps of 1 MB: whole or a message.
# timeout: 1800
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_model t
printf 'chr1\t1000\t5000\n' >r.bed
tight() { "$PYTHON" "$AVO_SRC/tests/lib/tight_memory.py" "$@" || fail "$*"; }
tight 1 avo-train -q -@2 --epochs 1 --hidden 16 -o x.avo t/signal.avo
tight 1 avo-train -q -@1 --train genome --init t/model.avo --epochs 2 -o x.avo t/signal.avo
tight 2 avo-train -q -@4 --epochs 1 --hidden 256,256 --batch 20000 -o x.avo t/signal.avo
tight 1 avo-impute -q -@2 --all -o x.avo t/model.avo
tight 1 avo-impute -q -@2 --all -O bigwig -o 'i/{celltype}.{assay}.bw' t/model.avo
tight 1 avo-impute -q -t heart:DNase --attribution --component celltype --steps 2 \
    -o x.avo t/model.avo
tight 1 bw2tensor -q -@2 -g t/sizes -o x.avo t/tracks.tsv
tight 1 factor-agg -q -@2 -R r.bed -o x.avo t/model.avo
tight 1 track-eval -q -@2 --baseline-only --observed t/signal.avo -o x.tsv
tight 1 avo-view -q -O avo -o x.avo t/signal.avo
expect_no_leftovers .
