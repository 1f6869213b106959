# SPDX-License-Identifier: MIT
# Means weighted by similarity: they count; the same bytes for any number of threads; R of new cell
# types comes from an extension or from a pass over the signal, the same either way, and is unknown
# where a pipe brings what neither has.
# timeout: 300
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
make_observed=$AVO_BUILD/tests/lib/make_observed
bed() { avo-impute -q --device cpu -O bedgraph "$@"; }
"$AVO_BUILD/examples/make-compendium" -q --celltypes 6 --assays 4 --chrom chr20:50000 --missing .1 \
    --test 0 -o c
bw2tensor -q -o s.avo c/tracks.tsv
cell=$(sed -n 2p c/tracks.tsv | cut -f 1)
assay=$(sed -n 2p c/tracks.tsv | cut -f 2)

$make_observed -w s.avo m.avo
$make_observed s.avo plain.avo
for n in 1 2 3; do
    avo-impute -q --device cpu --all --no-provenance -@$n -o all.$n m.avo s.avo
    expect_same all.1 all.$n
done
bed -t "$cell:$assay" m.avo s.avo >whole.bed
bed -t "$cell:$assay" m.avo - <s.avo >got.bed
expect_same whole.bed got.bed
# a track's own prediction does not depend on it: neither its values nor its similarities
awk -F '\t' -v OFS='\t' -v o="$(awk -F '\t' 'NR == 4 {print $3}' c/tracks.tsv)" \
    'NR == 2 {$3 = o} {print}' c/tracks.tsv >c/swap.tsv
bw2tensor -q -o swap.avo c/swap.tsv
bed --device cpu-ref -t "$cell:$assay" m.avo s.avo >want.bed
bed --device cpu-ref -t "$cell:$assay" m.avo swap.avo >got.bed
expect_same want.bed got.bed

# new cell types, in one extension or two
few() { grep -v -e '^C05' -e '^C06' c/tracks.tsv; }
few >c/few.tsv
grep -v '^C06' c/tracks.tsv >c/five.tsv
(few && grep '^C06' c/tracks.tsv) >c/six.tsv
for t in few five six; do
    bw2tensor -q -o $t.avo c/$t.tsv
done
$make_observed -w few.avo root.avo
expect_exit 0 avo-impute --device cpu --min-tracks 0 -O bedgraph -t C05:H3K4me3 -o own.bedGraph root.avo five.avo
expect_line stderr 'statistics of [0-9]+ tracks that the model lacks are measured on 1200 bins'
avo-train -q --init root.avo --train celltypes -o ext5.avo five.avo
bed -t C05:H3K4me3 root.avo ext5.avo - <five.avo >piped.bed
expect_same own.bedGraph piped.bed
for n in 2 3; do
    avo-train -q -@$n --init root.avo --train celltypes -o ext5.$n five.avo
    expect_same ext5.avo ext5.$n
done
avo-train -q --init root.avo --train celltypes -o ext6.avo six.avo
expect_exit 0 sh -c 'avo-impute --device cpu --min-tracks 0 -O bedgraph -t C05:H3K4me3 -o piped.bedGraph \
    root.avo ext5.avo ext6.avo - <s.avo'
expect_line stderr 'similarity of [0-9]+ pairs of tracks is not known, and a pipe cannot be read twice'
expect_exit 0 avo-impute --device cpu --min-tracks 0 -O bedgraph -t C05:H3K4me3 -o read.bedGraph \
    root.avo ext6.avo ext5.avo s.avo
expect_line stderr 'similarity of [0-9]+ tracks, which the model lacks, is measured on 1200 bins'
expect_differ piped.bedGraph read.bedGraph

[ "$(avo-view --tensor stats.similar root.avo | grep -c .)" -gt 3 ] || fail "no similarities"
bed -t "$cell:$assay" plain.avo s.avo >plain.bed
expect_differ plain.bed whole.bed
