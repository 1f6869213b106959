# SPDX-License-Identifier: MIT
# Every mode against numpy, on windows that cross the ends of groups, tiles, regions and chromosomes.
# timeout: 300
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy
make_model=$AVO_BUILD/tests/lib/make_model
oracle() { "$PYTHON" "$AVO_SRC/tests/oracle/factor_agg.py" "$@"; }

"$PYTHON" "$AVO_SRC/tests/cli/factor-agg/windows.py" 1 . 1250010 chr1 chr2 chr10 chrX
# chr1 whole across two tiles, with a bin, a mid row, parts of both and some groups missing; chr2 in
# a few regions; chr10 up to its end; chrX only at its end
$make_model -l 1250010 -r chr1:0-50000 -r chr2:300-710 -r chr2:39990-45000 -r chr10:20000-50000 \
    -r chrX:49990-50000 -x chr1:77-78 -x chr1:110-120 -x chr1:1003-1017 -x chr1:39999-40000 \
    -x chr1:41000-43000 -x chr2:400-600 all.model.avo
for r in chr1:0-50000 chr2:300-45000; do
    $make_model -g 2 -l 1250010 -r $r ${r%%:*}.model.avo
done
bw2tensor -q -g chrom.sizes tracks.tsv -o zero.signal.avo
bw2tensor -q -g chrom.sizes --missing nan tracks.tsv -o nan.signal.avo
avo-impute -q -t A:DNase -t B:H3K4me3 -o imputed.signal.avo all.model.avo

n=0
# check INPUTS OPTIONS... -- ORACLE...: one run, also as text, as npy and with other threads
check() {
    n=$((n + 1))
    inputs=$1
    shift
    set -- "$@"
    ours=
    while [ "$1" != -- ]; do
        ours="$ours $1"
        shift
    done
    shift
    # shellcheck disable=SC2086
    factor-agg -q $ours -@ 1 $inputs >out.avo
    # shellcheck disable=SC2086
    factor-agg -q $ours -@ 3 -o other.avo $inputs
    expect_same out.avo other.avo
    oracle out.avo "$@" >figures || fail "check $n: $ours: $(cat figures)"
    echo "$ours: $(cat figures)"
}

check all.model.avo -R any.bed -- --source all.model.avo --bed any.bed
refute_line figures ' 0 with NaN'
check all.model.avo -R any.bed --drop-missing -- --source all.model.avo --bed any.bed --drop
expect_line figures ' 0 with NaN'
check all.model.avo -R any.bed --sort -- --source all.model.avo --bed any.bed --sort
check all.model.avo -R any.bed --scales coarse,25bp -- \
    --source all.model.avo --bed any.bed --scales fine,coarse
check all.model.avo -R any.bed --stat max,mean,min,std -- \
    --source all.model.avo --bed any.bed --stats mean,std,min,max
for a in tss,2000,0 center,250,250 start,100,1 end,0,30000; do
    up=${a#*,}
    check all.model.avo -R any.bed --anchor ${a%%,*} --upstream ${up%,*} --downstream ${up#*,} -- \
        --source all.model.avo --bed any.bed --anchor $a
done
check all.model.avo -R tiled.bed --tiles 8x250 -- \
    --source all.model.avo --bed tiled.bed --tiles 8x250
check all.model.avo -R any.bed --anchor tss --upstream 1500 --downstream 500 --tiles 8x250 \
    --stat mean,max -- --source all.model.avo --bed any.bed --anchor tss,1500,500 --tiles 8x250 \
    --stats mean,max
check all.model.avo --window 40000 -- --source all.model.avo --fixed 40000
check all.model.avo --window 777 --tiles 3x259 -- --source all.model.avo --fixed 777 --tiles 3x259
check all.model.avo -R pairs.bedpe --pairs -- --source all.model.avo --bedpe pairs.bedpe
check all.model.avo -R pairs.bedpe --pairs --anchor center --upstream 1000 --downstream 1000 \
    --tiles 8x250 -- \
    --source all.model.avo --bedpe pairs.bedpe --anchor center,1000,1000 --tiles 8x250
# several files of one model, in any order
check 'chr2.model.avo chr1.model.avo' -R any.bed -- \
    --source chr1.model.avo,chr2.model.avo --bed any.bed
# signal: model space, raw, uncovered bins 0 or missing
check zero.signal.avo -R any.bed -- --source zero.signal.avo --bed any.bed
check nan.signal.avo -R any.bed --stat mean,std,min,max -- \
    --source nan.signal.avo --bed any.bed --stats mean,std,min,max
check nan.signal.avo -R any.bed --space raw --stat mean,max -- \
    --source nan.signal.avo --bed any.bed --raw --stats mean,max
check imputed.signal.avo -R tiled.bed --tiles 4x500 --space raw -- \
    --source imputed.signal.avo --bed tiled.bed --tiles 4x500 --raw
# several sources side by side
check 'all.model.avo imputed.signal.avo' -R any.bed -- \
    --source all.model.avo --source imputed.signal.avo --bed any.bed
check 'all.model.avo zero.signal.avo' -R tiled.bed --tiles 8x250 -- \
    --source all.model.avo --source zero.signal.avo --bed tiled.bed --tiles 8x250
# labels
avo-view -O avo -t B:DNase nan.signal.avo >B.signal.avo
avo-view -O avo -t 'A:H3 K4me3' nan.signal.avo >one.signal.avo
check all.model.avo -R any.bed --anchor tss --upstream 2000 --label-from one.signal.avo -- \
    --source all.model.avo --bed any.bed --anchor tss,2000,0 --label one.signal.avo
check all.model.avo -R any.bed --label-from 'nan.signal.avo:B:DNase' --label-threshold 1.5 \
    --drop-missing -- --source all.model.avo --bed any.bed --label B.signal.avo --threshold 1.5 \
    --drop
[ "$n" -ge 24 ] || fail "$n checks"

# A negative control: the oracle notices another number.
factor-agg -q -R any.bed --scales fine all.model.avo >out.avo
factor-agg -q -R any.bed --scales fine chr1.model.avo >other.avo
oracle out.avo --source all.model.avo --bed any.bed --scales fine >/dev/null
if oracle other.avo --source all.model.avo --bed any.bed --scales fine >figures 2>&1; then
    fail 'the oracle takes any numbers'
fi
