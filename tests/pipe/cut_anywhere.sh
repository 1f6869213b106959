# SPDX-License-Identifier: MIT
# A stream that ends too early, or is damaged behind what a program needs of it, is an error of
# every program in every way of reading, and no output is left.
# timeout: 240
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_model t
printf 'chr1\t1000\t5000\n' >r.bed
awk 'BEGIN {
    for (i = 0; i < 50; i++)
        printf "chr1\t%d\t%d\t%d\n", 1000 * i, 1000 * i + 800, i % 3 == 1
}' >l.bed
sed 's/^brain/lung/' t/tracks.tsv >t/lung.tsv
bw2tensor -q -g t/sizes -o lung.avo t/lung.tsv
factor-agg -q -R l.bed --label-column 4 -o f.avo t/model.avo
for s in t/signal t/model f; do
    "$PYTHON" "$AVO_SRC/tests/lib/cut_stream.py" $s.avo cut.$(basename $s)
done
n=0

# broken KIND COMMAND: fails on each bad copy of the stream KIND, whose name replaces BAD, and works
# on the stream itself.
broken() {
    kind=$1
    shift
    whole=t/$kind.avo
    [ -e $whole ] || whole=$kind.avo
    expect_exit 0 sh -c "$(echo "$*" | sed "s|BAD|$whole|g")"
    rm -rf out*
    for bad in cut.$kind/*; do
        rc=0
        sh -c "$(echo "$*" | sed "s|BAD|$bad|g")" >stdout 2>stderr || rc=$?
        [ $rc -eq 1 ] || fail "$bad: exit status $rc (want 1): $*"
        expect_line stderr 'truncated|damaged'
        [ -z "$(find . -name 'out*' -type f)" ] || fail "$bad: an output was left: $*"
        n=$((n + 1))
    done
}

for r in '' '-r chr1:1-5000'; do
    broken signal "avo-view $r -o out BAD"
    broken signal "avo-view $r -O avo -o out BAD"
    broken signal "avo-view $r -t heart:H3K4me3 -O bedgraph -o out BAD"
    broken model "avo-view $r -o out BAD"
    broken model "avo-impute -q -t heart:DNase $r -O bedgraph -o out BAD"
    broken model "avo-impute -q --all $r -o out BAD"
    broken model "avo-impute -q -t heart:DNase $r -O bigwig -o out BAD"
    broken model "avo-impute -q -t heart:DNase $r --baseline BAD \
        --attribution --component celltype --steps 2 -o out t/model.avo"
    broken signal "track-eval -q --baseline-only --observed BAD $r -o out"
    broken signal "track-eval -q --observed t/signal.avo --imputed BAD $r -o out"
done
broken model 'avo-view -H -o out BAD'
broken signal 'avo-view -H -o out BAD'
broken model 'avo-view --tensors -o out BAD'
broken model 'avo-view --tensor range -o out BAD'
broken model 'avo-view --check -o out BAD'
broken signal 'avo-train -q --epochs 1 --hidden 4 -o out BAD'
broken signal 'avo-train -q --epochs 1 --hidden 4 --stage1 r.bed --stage2-epochs 1 -o out BAD'
broken signal 'avo-train -q --epochs 1 --train genome --init t/model.avo -o out BAD'
broken model 'avo-train -q --epochs 1 --train genome --init BAD -o out t/signal.avo'
broken model 'avo-train -q --epochs 1 --hidden 16 --warm --init BAD -o out t/signal.avo'
broken model 'avo-train -q --epochs 1 --train celltypes --init BAD -o out lung.avo'
broken model 'factor-agg -q -R l.bed -o out BAD'
broken model 'factor-agg -q --window 1000 -o out BAD'
broken signal 'factor-agg -q --window 1000 -r chr1:1-5000 -o out BAD'
broken signal 'factor-agg -q -R l.bed -o out BAD'
broken signal 'factor-agg -q -R l.bed --label-from BAD:heart:H3K4me3 -o out t/model.avo'
broken model 'factor-agg -q --celltypes -o out BAD'
broken model 'factor-agg -q --assays -o out BAD'
broken f 'avo-view -o out BAD'
broken f 'avo-view -H -o out BAD'
broken f 'avo-view -O npy -o out BAD'
broken f 'ap-eval -q --model logistic --folds 2 --repeats 1 -o out BAD'
broken f 'ap-eval -q --model logistic --folds 2 --repeats 1 --rows 1-30 -o out BAD'
[ $n -gt 200 ] || fail "only $n bad streams were read"
