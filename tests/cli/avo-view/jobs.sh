# SPDX-License-Identifier: MIT
# Jobs of bw2tensor for regions and for parts of the table, joined, are the records of one run; a
# region cut out of the whole is what bw2tensor makes of it. END alone differs: its notes hold digests
# of what each run has read.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
[ -x "$AVO_BUILD/bw2tensor" ] || skip "bw2tensor is not built"

tiny_tracks t
make_signal() { bw2tensor -q --no-provenance -g t/sizes "$@"; }
make_signal -o whole.avo t/tracks.tsv

# same A B: all records but END are equal (the digest covers the heads, and they the payloads).
same() {
    for f in "$1" "$2"; do
        avo-view --check "$f" >check
        sed 's/.*digest //' check
    done >digests
    [ "$(uniq digests | wc -l)" -eq 1 ] || fail "$1 and $2 differ: $(cat digests)"
}

# By region, with cuts inside groups of bins, named in any order.
make_signal -r chr1:1-12340 -o r1.avo t/tracks.tsv
make_signal -r chr1:12351-60000 -o r2.avo t/tracks.tsv
make_signal -r chr2 -o r3.avo t/tracks.tsv
avo-view -O avo -o joined.avo r3.avo r1.avo r2.avo
same joined.avo whole.avo

# By track.
head -n 2 t/tracks.tsv >t/first.tsv
tail -n +3 t/tracks.tsv >t/second.tsv
make_signal -o s1.avo t/first.tsv
make_signal -o s2.avo t/second.tsv
avo-view -O avo -o joined.avo s1.avo s2.avo
avo-view joined.avo >got
tracks=$(sed -n '1s/^#chrom.beg.end.//p' got)
set --
for track in $(sed -n '1s/^#chrom.beg.end.//p' got); do set -- "$@" -t "$track"; done
[ $# -eq 10 ] || fail "tracks: $tracks"
avo-view "$@" whole.avo | diff - got

# A region of the whole.
make_signal -r chr1:7000-30001,chr2:1-100 -o want.avo t/tracks.tsv
avo-view -O avo --no-provenance -r chr1:7000-30001,chr2:1-100 -o got.avo whole.avo
same got.avo want.avo
