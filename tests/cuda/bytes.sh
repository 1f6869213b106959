# SPDX-License-Identifier: MIT
# timeout: 1200
# The card gives the same bytes twice, for any number of threads, in one piece or resumed: stage 1 in
# every order, dropout, stage 2, transfer, imputation whole and by region, in each precision.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_signal t
s=t/signal.avo
small='--hidden 33,17 --batch 700 --epochs 3 --stage2-epochs 2'

# twice NAME COMMAND...: the same bytes with one thread and with four.
twice() {
    name=$1
    shift
    "$@" -@1 -o "$name" && "$@" -@4 -o "$name.again" || fail "$name"
    expect_same "$name" "$name.again"
}
for precision in bf16 tf32 f32; do
    c="--device cuda --precision $precision"
    for order in sequential permuted random; do
        twice $order.$precision avo-train -q $c $small --order $order $s
    done
    expect_differ sequential.$precision permuted.$precision
    twice drop.$precision avo-train -q $c $small --dropout 0.3 --celltype-dropout 0.25 \
        --valid brain:DNase $s
    expect_differ drop.$precision sequential.$precision
    twice genome.$precision avo-train -q $c --init sequential.$precision --train genome \
        --batch 500 --epochs 2 $s
    twice all.$precision avo-impute -q $c --all sequential.$precision
    avo-view -H sequential.$precision | grep -q "backend:cuda:.*precision:$precision" ||
        fail "provenance of $precision"
done
expect_differ all.bf16 all.f32
avo-train -q --device cuda $small -o auto $s
expect_same auto sequential.bf16

# In parts: a region has the values that the whole has, and tiles do not depend on each other.
one="avo-impute -q --device cuda -t brain:DNase --no-clip -O bedgraph"
$one -o whole.bed sequential.bf16
$one -r chr1:5026-30000,chr2:1-25 -o part.bed sequential.bf16
awk -F '\t' 'NR == FNR {seen[$0] = 1; next} !seen[$0] {print; bad = 1} END {exit bad}' \
    whole.bed part.bed >other || { head -n 5 other; fail 'a region differs from the whole'; }
[ -s part.bed ] || fail 'an empty region'

# Transfer: new rows alone are learned.
grep -v heart t/tracks.tsv >t/few.tsv
grep heart t/tracks.tsv >t/new.tsv
bw2tensor -q -g t/sizes -o few.avo t/few.tsv
bw2tensor -q -g t/sizes -o new.avo t/new.tsv
avo-train -q --device cuda $small -o few.model few.avo
twice heart avo-train -q --device cuda --init few.model --train celltypes --epochs 3 new.avo

# A checkpoint, a stop in the middle, and on: the bytes of an unbroken run.
long='--hidden 33,17 --batch 700 --epochs 150 --patience 0 --stage2-epochs 2'
avo-train -q --device cuda $long --valid brain:DNase -o unbroken $s
avo-train -q --device cuda $long --valid brain:DNase --checkpoint point -o broken $s &
pid=$!
while [ ! -s point ] && kill -0 $pid 2>/dev/null; do sleep 0.05; done
kill -TERM $pid 2>/dev/null || :
wait $pid || :
[ -s point ] || fail 'no checkpoint'
avo-train -q --device cuda $long --valid brain:DNase --checkpoint point --resume -o broken $s
expect_same unbroken broken
