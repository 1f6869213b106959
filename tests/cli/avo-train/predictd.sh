# SPDX-License-Identifier: MIT
# --preset predictd: it learns; values are the equation of the manual; the same bytes for any number
# of threads and after a resume; cpu and cpu-ref agree; stage 2, transfer, factors; what is refused.
# timeout: 300
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
"$AVO_BUILD/examples/make-compendium" -q --celltypes 5 --assays 4 --chrom chr20:400000 --test 0 -o c
bw2tensor -q -o s.avo c/tracks.tsv
train="avo-train -q --device cpu --preset predictd"
cell=$(sed -n 2p c/tracks.tsv | cut -f 1)
assay=$(sed -n 2p c/tracks.tsv | cut -f 2)

$train --factors rank=9 --log log -@1 -o m.1 s.avo
awk -F '\t' '$1 == "stage1" {x[++n] = $3} END {exit !(n > 10 && x[n] < .75 * x[1])}' log ||
    fail "the training error does not fall: $(cut -f 3 log | tr '\n' ' ')"
for n in 2 3; do
    $train --factors rank=9 -@$n -o m.$n s.avo
    expect_same m.1 m.$n
done
expect_exit 0 avo-view --check m.1
expect_line stdout 'ok: model, '
avo-view -H m.1 >header
expect_line header '^@AVO	version:1.1	'
expect_line header '^@MODEL	root:[0-9a-f]*	form:parafac$'
for block in celltype assay fine; do
    expect_line header "^@BLOCK	name:$block	kind:[a-z]*	width:10"
done
avo-view --tensors m.1 >tensors
refute_line tensors 'weight'

# value MODEL CELL ASSAY >BED: mu + biases + the sum of products, from the model's own numbers
value() {
    for t in layer.0.bias block.0 block.1 celltypes assays; do
        avo-view --tensor $t "$1" | grep -v '^#' >t.$t
    done
    row_c=$(grep -nx "$2" t.celltypes | cut -d : -f 1)
    row_a=$(grep -nx "$3" t.assays | cut -d : -f 1)
    avo-view "$1" | grep -v '^#' >t.fine
    awk -v c="$row_c" -v a="$row_a" '
        FILENAME == "t.layer.0.bias" {mu = $1}
        FILENAME == "t.block.0" && FNR == c {L = NF - 1; for (i = 1; i <= NF; i++) C[i] = $i}
        FILENAME == "t.block.1" && FNR == a {for (i = 1; i <= NF; i++) A[i] = $i}
        FILENAME == "t.fine" {
            y = mu + C[L + 1] + A[L + 1] + $(4 + L + 1)
            for (i = 1; i <= L; i++) y += C[i] * A[i] * $(4 + i)
            printf "%s\t%d\t%.9g\n", $1, $2, (exp(y) - exp(-y)) / 2
        }' t.layer.0.bias t.block.0 t.block.1 t.fine
}
check_values() {
    value "$1" "$2" "$3" >want
    avo-impute -q --device "$4" --no-clip -O bedgraph -t "$2:$3" "$1" >got
    awk 'NR == FNR {want[$1, $2] = $3; next}
        {d = $4 - want[$1, $2]; if (d < 0) d = -d; n++
         if (!(($1, $2) in want) || d > 1e-5 * (1 + $4 * $4)) {print; exit 1}}
        END {exit !(n > 10000)}' want got || fail "$1, $2:$3: not the equation's values ($4)"
}
check_values m.1 "$cell" "$assay" cpu
check_values m.1 "$cell" "$assay" cpu-ref

# plain loops and the fast ones: after some steps weights differ by rounding alone
for dev in cpu cpu-ref; do
    avo-train -q --preset predictd --device $dev --factors rank=3 --epochs 1 --batch 700 \
        -o $dev.m s.avo
    for t in layer.0.bias block.0 block.1; do
        avo-view --tensor $t $dev.m | grep -v '^#' | tr '\t' '\n'
    done >$dev.values
done
paste cpu.values cpu-ref.values | awk '{d = $1 - $2; if (d < 0) d = -d; if (d > 1e-4) exit 1; n++}
    END {exit !(n == 37)}' || fail "cpu and cpu-ref differ"

# stage 2: the same tables, factors of other bins, the same bytes for any threads
bw2tensor -q -r chr20:1-200,000 -o half.avo c/tracks.tsv
$train --factors rank=9 -o half.m half.avo
for n in 1 3; do
    avo-train -q --device cpu --init half.m --train genome --epochs 20 -@$n -o g.$n s.avo
done
expect_same g.1 g.3
avo-view --tensor block.0 half.m >a
avo-view --tensor block.0 g.1 >b
expect_same a b
check_values g.1 "$cell" "$assay" cpu

# a run that is broken off and resumed gives the unbroken one's bytes
slow="$train --factors rank=40 --batch 64 --epochs 60 -@1"
$slow -o whole s.avo
$slow --checkpoint state -o x s.avo &
pid=$!
until [ -s state ] || ! kill -0 $pid 2>/dev/null; do sleep 0.02; done
kill -TERM $pid 2>/dev/null || true
wait $pid || true
[ ! -e x ] || fail "the run was over before it could be broken off"
$slow --checkpoint state --resume -o x s.avo
expect_same x whole
rm x

# a new cell type is learned on top, everything else being kept
grep -v '^C05' c/tracks.tsv >c/few.tsv
grep -e '^celltype' -e '^C05' c/tracks.tsv >c/new.tsv
bw2tensor -q -o few.avo c/few.tsv
bw2tensor -q -o new.avo c/new.tsv
$train --factors rank=9 -o few.m few.avo
avo-train -q --device cpu --init few.m --train celltypes -o ext new.avo
avo-view -O avo -o both few.m ext
avo-view --tensor block.1 few.m >a
avo-view --tensor block.1 ext >b
expect_same a b
check_values both C05 "$(sed -n 2p c/new.tsv | cut -f 2)" cpu

# factors of positions are features as any model's: products and, last, the bias
printf 'chr20\t50000\t51000\nchr20\t60000\t61000\n' >w.bed
factor-agg -q -R w.bed -O tsv m.1 >features
awk -F '\t' 'NR == 1 {n = 0; for (i = 1; i <= NF; i++) n += $i ~ /^fine/} END {exit n != 10}' \
    features || fail "factor-agg does not give ten columns: $(head -n 1 features)"

# what is refused, in one line
expect_error 2 '--factors: got "fine=3", want rank=L' $train --factors fine=3 -o x s.avo
expect_error 2 '--factors: got "rank=0", want rank=L' $train --factors rank=0 -o x s.avo
expect_error 2 'attribution is for models with a network' \
    avo-impute --device cpu --attribution -t "$cell:$assay" -o x m.1
expect_error 1 'another shape' $train --factors rank=8 --batch 64 --epochs 60 \
    --checkpoint state --resume -o x s.avo
expect_error 1 '--warm: the model to start from has other sizes' \
    avo-train --device cpu --init m.1 --warm -o x s.avo
expect_missing x
avo-train --device cpu --preset predictd --epochs 1 --hidden 8 --dropout .2 --hide .1 -o i s.avo \
    2>stderr
expect_line stderr 'warning: --dropout, --hidden, --hide: not read by --preset predictd$'

