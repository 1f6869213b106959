# SPDX-License-Identifier: MIT
# Regions: the values of a bin depend neither on what else is asked for nor on threads.
. "$AVO_SRC/tests/lib/case.sh"
make_model=$AVO_BUILD/tests/lib/make_model

# 512 hidden units: large enough that libraries choose other kernels for other numbers of rows
$make_model -H 512,256 -r chr1:0-1500 -r chr2:0-700 -x chr2:100-250 m.avo
for device in cpu cpu-ref; do
    avo-impute -q -t A:DNase -O bedgraph --device $device m.avo >whole.bed
    awk '$1 == "chr1" && $3 > 5025 && $2 < 30000 || $1 == "chr2" && $2 < 25' whole.bed >want.bed
    avo-impute -q -t A:DNase -O bedgraph --device $device -r chr1:5026-30000,chr2:1-25 m.avo \
        >got.bed
    expect_same want.bed got.bed
    # bins in the middle, one by one, and a region between two of them
    awk '$1 == "chr1" && ($2 == 7500 || $2 == 25025 || $2 >= 25050 && $3 <= 25500)' whole.bed \
        >want.bed
    printf 'chr1\t7500\t7501\nchr1\t25030\t25500\n' >r.bed
    avo-impute -q -t A:DNase -O bedgraph --device $device -R r.bed m.avo >got.bed
    expect_same want.bed got.bed
done

# a model of fewer bins has the same values there
$make_model -H 512,256 -r chr1:1001-1002 one.avo
avo-impute -q -t A:DNase -O bedgraph one.avo >got.bed
avo-impute -q -t A:DNase -O bedgraph -r chr1:25026-25050 m.avo >want.bed
expect_same want.bed got.bed
expect_lines got.bed 1

# threads
for n in 1 2 3; do
    avo-impute -q --all -@ $n -o $n.avo m.avo
    avo-impute -q --all -@ $n -O bigwig -o "t$n/{celltype}.{assay}.bw" m.avo
done
for n in 2 3; do
    expect_same 1.avo $n.avo
    for f in t1/*; do
        expect_same "$f" "t$n/${f#t1/}"
    done
done

# bins without factors are counted once; a region without any is an error
expect_exit 0 avo-impute --device cpu -t A:DNase --min-tracks 0 m.avo
expect_line stderr '^avo-impute: 150 of 2200 bins asked for have no genome factors'
expect_lines stderr 1
expect_error 1 'no factors in the regions' avo-impute -q --all -r chr10 m.avo
expect_error 1 'no factors in the regions' avo-impute -q --all -r chr2:3000-5000 -o none.avo m.avo
expect_missing none.avo
expect_error '1|2' 'chr1' avo-impute -q --all -r chr11 m.avo
expect_error '1|2' 'chr10' avo-impute -q --all -r 10 m.avo

# so many tracks that a tile is written in parts: the same values, whole groups of bins
set -- -H 4,4 -l 300000 -r chr1:0-11000 -x chr1:4990-5020
for i in 1 2 3 4 5 6 7 8 9; do
    for j in 0 1 2 3 4; do
        set -- "$@" -c "C$i$j" -a "A$i$j"
    done
done
$make_model "$@" many.avo
avo-impute -q --all -o all.avo many.avo
avo-view --check all.avo >/dev/null
for track in C10:A10 C94:A94 C52:A31; do
    avo-impute -q -t $track -o one.avo many.avo
    avo-view -O bedgraph -t $track one.avo >want.bed
    avo-view -O bedgraph -t $track all.avo >got.bed
    [ "$(wc -l <got.bed)" -gt 1000 ] || fail "too few lines"
    expect_same want.bed got.bed
done
