# SPDX-License-Identifier: MIT
# signal.sh: bw2tensor, and avo-view of what it wrote. Leaves signal.avo, which other parts use.

use bw2tensor.bigwig bw2tensor -o signal.avo tracks/tracks.tsv
made bw2tensor.bigwig signal.avo
use bw2tensor.stdout bw2tensor -v tracks/tracks.tsv
use bw2tensor.pipe sh -c 'cd tracks && bw2tensor -q <tracks.tsv | cat | avo-view -'
use bw2tensor.region bw2tensor -r chr20:50,001-120,000,chr21 tracks/tracks.tsv
use bw2tensor.regions bw2tensor -R tracks/pilot.bed tracks/tracks.tsv
use bw2tensor.both bw2tensor -r chr21:90,001-100,010 -R tracks/pilot.bed tracks/tracks.tsv
use bw2tensor.bin50 bw2tensor -b 50 --mid 4 --coarse 40 -o bin50.signal.avo tracks/tracks.tsv
made bw2tensor.bin50 bin50.signal.avo
use bw2tensor.log1p bw2tensor --transform log1p tracks/tracks.tsv
use bw2tensor.none bw2tensor --transform none -o raw.signal.avo tracks/tracks.tsv
made bw2tensor.none raw.signal.avo
use bw2tensor.f32 bw2tensor --dtype f32 tracks/tracks.tsv
use bw2tensor.nan bw2tensor --missing nan -o nan.signal.avo tracks/tracks.tsv
made bw2tensor.nan nan.signal.avo
use bw2tensor.all-bins bw2tensor --all-bins tracks/tracks.tsv
use bw2tensor.exclude bw2tensor --exclude tracks/genes.bed tracks/tracks.tsv
use bw2tensor.sample bw2tensor --sample 30% --seed 3 tracks/tracks.tsv
use bw2tensor.least bw2tensor --min-assays 3 --min-celltypes 2 tracks/tracks.tsv
use bw2tensor.bgzf bw2tensor --bgzf -o signal.avo.gz tracks/tracks.tsv
made bw2tensor.bgzf signal.avo.gz
use bw2tensor.no-provenance bw2tensor --no-provenance tracks/tracks.tsv
sed '5s/C02/C04/' tracks/bare.tsv | sed -n '4,5p; s/H3K4me3/H3K36me3/p' | sort -u >tracks/twice.tsv
printf 'C04\tH3K4me3\tC01.H3K4me1.bw\nC04\tH3K4me3\tC03.H3K4me1.bw\n' >>tracks/twice.tsv
for how in mean max; do
    use bw2tensor.replicates-$how bw2tensor --replicates $how tracks/twice.tsv
    use bw2tensor.replicates-$how-nan bw2tensor --replicates $how --missing nan tracks/twice.tsv
done
use bw2tensor.qc bw2tensor --qc tracks/tracks.tsv
use bw2tensor.qc-text bw2tensor --qc -O text tracks/tracks.tsv
use bw2tensor.qc-matrix bw2tensor --qc -O matrix tracks/tracks.tsv
use bw2tensor.qc-name bw2tensor --qc -o qc.txt.gz tracks/bare.tsv
made bw2tensor.qc-name qc.txt.gz

# Text: bedGraph and wig, plain and compressed, a chromosome that one file lacks.
use bw2tensor.bedgraph bw2tensor -g tiny/sizes -o tiny/signal.avo tiny/tracks.tsv
made bw2tensor.bedgraph tiny/signal.avo
gzip -n <tiny/liver.DNase.bedGraph >tiny/liver.gz
grep -v chr2 tiny/brain.DNase.bedGraph >tiny/brain.chr1
awk '$1 != c || $2 != e {print "fixedStep chrom=" $1 " start=" $2 + 1 " step=25 span=25"}
    {print $4; c = $1; e = $3}' tiny/heart.H3K4me3.bedGraph >tiny/heart.wig
printf '%s\t%s\t%s\n' liver DNase liver.gz brain DNase brain.chr1 heart H3K4me3 heart.wig \
    >tiny/mixed.tsv
use bw2tensor.mixed bw2tensor -g tiny/sizes tiny/mixed.tsv
use bw2tensor.lacking bw2tensor tiny/mixed.tsv -g tiny/sizes -r chr2
grep -v brain tiny/mixed.tsv >tiny/two.tsv
use bw2tensor.wig bw2tensor -g tiny/sizes tiny/two.tsv

# avo-view of signals.
use view.header avo-view -H signal.avo
use view.header.nan avo-view -H nan.signal.avo
use view.tsv avo-view signal.avo
use view.tsv.nan avo-view --with-header nan.signal.avo
use view.tsv.cut avo-view -r chr20:30,001-31,000 -t C03:H3K4me1 -t C01:H3K27me3 signal.avo
use view.tsv.raw avo-view --space raw -R tracks/pilot.bed signal.avo
use view.bedgraph avo-view -O bedgraph -t C01:H3K4me1 signal.avo
use view.bedgraph.model avo-view -t C02:H3K4me3 --space model -o one.bedGraph.gz nan.signal.avo
made view.bedgraph.model one.bedGraph.gz
use view.npy avo-view -O npy signal.avo
use view.npy.raw avo-view --space raw -r chr21 -o raw.npy signal.avo
made view.npy.raw raw.npy
use view.avo avo-view -O avo signal.avo
use view.avo.cut avo-view -O avo -r chr20:100,001-140,000 -t C04:H3K4me1 signal.avo
use view.avo.plain avo-view -O avo signal.avo.gz
use view.avo.bgzf avo-view -O avo --bgzf --no-provenance signal.avo
use view.check avo-view --check signal.avo signal.avo.gz nan.signal.avo raw.signal.avo \
    tiny/signal.avo
sed '1p; /^C0[12]/!d' tracks/tracks.tsv >tracks/first.tsv
sed '1p; /^C0[34]/!d' tracks/tracks.tsv >tracks/last.tsv
bw2tensor -q -r chr20:1-150,000 -o first.avo tracks/tracks.tsv
bw2tensor -q -r chr20:150,001-200,000,chr21 -o last.avo tracks/tracks.tsv
use view.join.position avo-view -O avo last.avo first.avo
use view.join.text sh -c 'avo-view first.avo last.avo | cksum'
bw2tensor -q -o upper.avo tracks/first.tsv
bw2tensor -q -o lower.avo tracks/last.tsv
use view.join.track avo-view -O avo -o joined.avo lower.avo upper.avo
made view.join.track joined.avo

# Streams of every kind that tests keep, those of a coming version among them.
cp -R "$AVO_SRC/tests/streams" streams
for f in streams/good/*.avo; do
    name=$(basename "$f" .avo)
    use "view.good.$name" avo-view --with-header "$f"
    use "view.good.$name.avo" avo-view -O avo "$f"
    use "view.good.$name.check" avo-view --check "$f"
done
