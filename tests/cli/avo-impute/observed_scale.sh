# SPDX-License-Identifier: MIT
# Where the scale of a track that is not measured comes from (family observed): not from tracks of one
# value, and not from tracks that are withheld in training or at use.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
train() { avo-train -q --device cpu-ref --preset observed --epochs 1 --samples 600 "$@"; }
bed() { avo-impute -q --device cpu-ref --no-clip -O bedgraph "$@"; }
greatest() { cut -f 4 "$1" | sort -g | tail -n 1; }

# a track of zeroes among the training tracks: once it made 1e8 of its neighbours
tiny_signal t
printf 'chr1\t0\t25\t0\n' >t/zero.bedGraph
sed 's/brain\.H3K4me3[^\t]*/zero.bedGraph/' t/tracks.tsv >t/zero.tsv
bw2tensor -q -g t/sizes -o zero.avo t/zero.tsv
avo-train --device cpu-ref --preset observed --epochs 1 --samples 600 -o z.model.avo zero.avo 2>stderr
expect_line stderr '^avo-train: brain:H3K4me3 holds one value everywhere$'
train -o m.model.avo t/signal.avo
bed -t heart:DNase z.model.avo zero.avo >z.bed
bed -t heart:DNase m.model.avo t/signal.avo >m.bed
awk -v z="$(greatest z.bed)" -v m="$(greatest m.bed)" 'BEGIN {exit !(z < 20 * m)}' ||
    fail "greatest value $(greatest z.bed), without the zeroes $(greatest m.bed)"

# a cell type that the model withheld, then learned as an extension: its tracks are training tracks
train --test brain:DNase --test brain:H3K4me3 -o base.avo t/signal.avo 2>/dev/null
avo-train -q --device cpu-ref --init base.avo --train celltypes -o ext.avo t/signal.avo
avo-view -H ext.avo >header
[ "$(grep -c 'brain.*role:train' header)" -eq 2 ] || fail "brain's tracks: $(grep brain header)"

# one of them withheld at use: as if the extension had never seen it
awk -F '\t' -v OFS='\t' 'NR == 1 {print "celltype", "assay", "path", "role"}
    {print $1, $2, $3, $1 == "brain" && $2 == "DNase" ? "test" : "train"}' t/tracks.tsv >t/roles.tsv
bw2tensor -q -g t/sizes -o roles.avo t/roles.tsv
train --test brain:H3K4me3 --test brain:DNase -o base.avo t/signal.avo 2>/dev/null
avo-train -q --device cpu-ref --init base.avo --train celltypes -o less.avo roles.avo
bed -t heart:DNase -r chr1 ext.avo roles.avo >a
bed -t heart:DNase -r chr1 less.avo roles.avo >b
expect_same a b
