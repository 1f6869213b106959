# SPDX-License-Identifier: MIT
# Memory that runs out: the main jobs of every program with the n-th allocation failing end with
# status 1, one line and nothing left behind. Some n here, all in tests/all/inject/alloc.sh. On the
# CPU: CUDA's runtime lies within the programs, and does not bear it.
# timeout: 240
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
case ${AVO_VARIANT:-} in
asan | sanitized | tsan | valgrind) echo "an allocator of our own is beyond ${AVO_VARIANT}"; exit 0 ;;
esac
need_python numpy
"$AVO_BUILD"/examples/make-compendium -o bw --celltypes 2 --assays 2 --missing 0 --test 0 \
    --chrom chr1:50000
tiny_model t
grep '^heart' t/tracks.tsv | sed 's/heart	/kidney	/' >t/new.tsv
bw2tensor -q -g t/sizes -o t/new.avo t/new.tsv
factor-agg -q --window 500 --label-from t/signal.avo:liver:DNase --label-threshold 1 \
    -o t/feature.avo t/model.avo
avo-view t/feature.avo >t/feature.tsv
avo-impute -q --device cpu --all -O bedgraph -o 'i/{celltype}.{assay}.bedGraph' t/model.avo
printf 'chr1\t1000\t5000\ta\t1\t+\nchr2\t2000\t9000\tb\t0\t-\n' >genes.bed
awk 'BEGIN {for (i = 0; i < 60; i++) print (i % 3 == 0) "\t" i * 37 % 50 }' >scores
awk 'BEGIN {for (i = 0; i < 80; i++) print (i % 3 == 0) "\t" i * 37 % 50 "\t" i * 11 % 17}' |
    sed '1i label\tone\ttwo' >table
trees=
! ldd "$AVO_BUILD/ap-eval" | grep -q libxgboost ||
    trees='ap-eval -q --model xgboost --trees 3 --folds 4 -o {out}/s table'
"$PYTHON" "$AVO_SRC/tests/inject/alloc.py" "${AVO_INJECT:-quick}" <<JOBS || fail "see above"
bw2tensor -q -o {out}/signal.avo bw/tracks.tsv
bw2tensor -q --qc -g t/sizes -R genes.bed -o {out}/qc t/tracks.tsv
avo-train -q --device cpu --epochs 2 --hidden 8 --valid liver:DNase -o {out}/m t/signal.avo
avo-train -q --device cpu --epochs 1 --init t/model.avo --train genome -o {out}/m t/signal.avo
avo-train -q --device cpu --epochs 1 --init t/model.avo --train celltypes -o {out}/m t/new.avo
avo-impute -q --device cpu --all -o {out}/i t/model.avo
avo-impute -q --device cpu --missing -O bigwig -o {out}/{celltype}.{assay}.bw t/model.avo
avo-impute -q --device cpu --missing --attribution --steps 2 -r chr2 -o {out}/{component}.avo t/model.avo
factor-agg -q -R genes.bed --anchor tss --upstream 2000 -o {out}/f t/model.avo
factor-agg -q --window 5000 -O tsv -o {out}/f t/signal.avo
ap-eval -q --scores scores --bootstrap 20 --report {out}/r.html -o {out}/s
ap-eval -q --model logistic --folds 2 --repeats 1 --report {out}/r.html -o {out}/s table
$trees
track-eval -q -g t/sizes --observed t/tracks.tsv --imputed i/tracks.tsv --genes genes.bed --report {out}/r.html --json {out}/j -o {out}/s
avo-view -q -r chr2 -o {out}/v t/signal.avo
avo-view -q -O npy -o {out}/v.npy t/signal.avo
avo-view -q -O bedgraph -t liver:DNase -o {out}/v.bedGraph t/signal.avo
JOBS
