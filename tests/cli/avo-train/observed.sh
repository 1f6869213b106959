# SPDX-License-Identifier: MIT
# --preset observed: it learns more than the mean over other cell types; the same bytes for any number
# of threads; cpu and cpu-ref agree; withheld tracks take no part; new cell types; what is refused.
# timeout: 400
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
"$AVO_BUILD/examples/make-compendium" -q --celltypes 5 --assays 4 --chrom chr20:400000 --test 0 -o c
bw2tensor -q -o s.avo c/tracks.tsv
train="avo-train -q --device cpu --preset observed"
error_of() { awk -F '\t' -v phase=observed '$1 == phase {x = $3} END {print x}' "$1"; }

# At a rate of nothing the network is the mean over the other cell types; the training error, of the
# same draws, falls to less than .85 of its.
$train --lr 1e-12 --log mean.log -o mean.avo s.avo
$train --log log -@1 -o m.1 s.avo
[ "$(grep -c '^observed' log)" -eq 3 ] || fail "the log has no line for each pass"
awk -v x="$(error_of log)" -v m="$(error_of mean.log)" 'BEGIN {exit !(x > 0 && x < .85 * m)}' ||
    fail "training error $(error_of log), of the mean $(error_of mean.log)"

for n in 2 3; do
    $train -@$n -o m.$n s.avo
    expect_same m.1 m.$n
done
# without the means that are weighted by similarity: eight columns less, nothing of them in CORE
$train --samples 2000 --similar no -o plain s.avo
$train --samples 2000 --similar yes -o similar s.avo
$train --samples 2000 -o default s.avo
avo-view --tensor layer.0.weight similar >a
avo-view --tensor layer.0.weight default >b
expect_same a b
for m in plain similar; do
    avo-view --tensor layer.0.weight $m >$m.w
    avo-view --tensor observed $m >$m.observed
done
[ $(($(wc -l <similar.w) - $(wc -l <plain.w))) -eq 8 ] || fail "not eight columns more"
expect_line similar.observed '^similar	1$'
refute_line plain.observed similar
avo-view --tensor stats.similar similar | grep -v '^#' >r
[ "$(awk '$1 < -1 || $1 > 1 {exit 1} END {print NR}' r)" -ge 20 ] || fail "no similarities in CORE"
expect_error 1 'no tensor' avo-view --tensor stats.similar plain
$train --seed 1 -o other s.avo
expect_differ other m.1
expect_exit 0 avo-view --check m.1
expect_line stdout 'ok: model, .* 0 bins'
avo-view -H m.1 >header
expect_line header '^@AVO	version:1.1	'
expect_line header '^@BLOCK	name:own	kind:own	width:36$'

# plain loops and the fast ones: after 24 steps weights differ by rounding alone
small="avo-train -q --preset observed --hidden 9 --samples 500 --batch 61 --windows 0,3,40"
for dev in cpu cpu-ref; do
    for n in 1 2 3; do
        $small --device $dev -@$n -o $dev.$n s.avo
        expect_same $dev.1 $dev.$n
    done
    for t in layer.0.weight layer.1.weight block.3 count; do
        avo-view --tensor $t $dev.1 | grep -v '^#' | tr '\t' '\n'
    done >$dev.values
done
paste cpu.values cpu-ref.values | awk '{d = $1 - $2; if (d < 0) d = -d; if (d > 1e-3) exit 1; n++}
    END {exit !(n > 500)}' || fail "cpu and cpu-ref differ"

# a withheld track changes nothing when its values do; watched ones are measured and no more
cell=$(sed -n 2p c/tracks.tsv | cut -f 1)
assay=$(sed -n 2p c/tracks.tsv | cut -f 2)
other=$(awk -F '\t' 'NR == 4 {print $3}' c/tracks.tsv)
awk -F '\t' -v OFS='\t' -v o="$other" 'NR == 2 {$3 = o} {print}' c/tracks.tsv >c/swap.tsv
bw2tensor -q -o swap.avo c/swap.tsv
for i in s swap; do
    $train --no-provenance --samples 2000 --test "$cell:$assay" -o t.$i $i.avo
    $train --no-provenance --samples 2000 --valid "$cell:$assay" --log v.log.$i -o v.$i $i.avo
    for f in t v; do
        avo-view --tensor layer.0.weight $f.$i >$f.$i.w
        avo-view --tensor stats.scale $f.$i >$f.$i.s
    done
done
for f in t v; do
    expect_same $f.s.w $f.swap.w
    expect_same $f.s.s $f.swap.s
done
expect_same t.s.w v.s.w
expect_differ v.log.s v.log.swap

# a new cell type: statistics alone, which join
sed 's/^C05/new/' c/tracks.tsv | grep -e '^celltype' -e '^new' >c/new.tsv
grep -v '^C05' c/tracks.tsv >c/few.tsv
bw2tensor -q -o new.avo c/new.tsv
bw2tensor -q -o few.avo c/few.tsv
$train --samples 2000 -o root.avo few.avo
expect_exit 0 avo-train --init root.avo --train celltypes -o ext.avo new.avo
expect_line stderr 'new cell type: new$'
avo-view -O avo -o both.avo root.avo ext.avo
n_new=$(grep -c '^new' c/new.tsv)
n_few=$(avo-view --tensor stats.tracks root.avo | wc -l)
n_both=$(avo-view --tensor stats.tracks both.avo | wc -l)
[ "$n_both" -eq $((n_few + n_new)) ] || fail "$n_few tracks and $n_new make $n_both"
avo-view --tensor layer.0.weight root.avo >a
avo-view --tensor layer.0.weight ext.avo >b
expect_same a b

# a batch holds no more bins than there are: no memory is planned for more
expect_exit 0 $train --batch 100000000 --epochs 1 --samples 600 -o big.avo s.avo

# what is refused, in one line
expect_error 1 'no genome factors to learn$' avo-train --device cpu --init m.1 --train genome -o x s.avo
expect_error 1 'takes no new assays yet$' avo-train --device cpu --init root.avo --train assays -o x new.avo
expect_error 1 'no cell type that the model lacks$' avo-train --device cpu --init m.1 --train celltypes -o x s.avo
expect_error 2 '--windows: got "1,2"' $train --windows 1,2 -o x s.avo
expect_error 2 '--windows: got "0,5,5"' $train --windows 0,5,5 -o x s.avo
expect_error 2 '--hide: ' $train --hide 1.5 -o x s.avo
expect_error 2 '--similar: ' $train --similar maybe -o x s.avo
expect_error 2 '--samples: ' $train --samples 0 -o x s.avo
expect_error 2 '--hidden: got "8,8", want one layer' $train --hidden 8,8 -o x s.avo
expect_error 2 '--factors: got "fine=3", want assay=WIDTH' $train --factors fine=3 -o x s.avo
expect_error 2 '--factors: got "own=3", want assay=WIDTH' $train --factors own=3 -o x s.avo
expect_error 2 '--stage1 and --refit: not with --preset observed' $train --refit -o x s.avo
awk -F '\t' 'NR == 1 || $1 == "C01"' c/tracks.tsv >c/one.tsv
bw2tensor -q -o one.avo c/one.tsv
expect_error 1 'no assay has training tracks of two cell types$' $train -o x one.avo
expect_error 1 'loss is not finite' $train --lr 10 --network-decay 10 --epochs 40 -o x s.avo
avo-train --device cpu --preset observed --epochs 1 --samples 600 --patience 3 --order random \
    -o i s.avo 2>stderr
expect_line stderr 'warning: --order, --patience: not read by --preset observed$'
avo-train --device cpu --epochs 1 --hidden 8 --windows 0,1 -o i s.avo 2>stderr
expect_line stderr 'warning: --windows: not read by --preset default$'
expect_missing x
# another width of the embedding, other windows
$train --samples 600 --factors assay=7 --windows 0 -o wide s.avo
avo-view -H wide >header
expect_line header '^@BLOCK	name:assay	kind:assay	width:7$'
expect_line header '^@BLOCK	name:target	kind:target	width:6$'
