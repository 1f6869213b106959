# SPDX-License-Identifier: MIT
# The format of an output follows from its name; .gz is BGZF; a stated format wins.
. "$AVO_SRC/tests/lib/case.sh"
make_model=$AVO_BUILD/tests/lib/make_model

# is_bgzf FILE: gzip in blocks, with the empty block at the end
is_bgzf() {
    [ "$(head -c 14 "$1" | tail -c 2)" = BC ] || fail "$1: not BGZF"
    [ "$(tail -c 28 "$1" | cksum)" = '843062169 28' ] || fail "$1: no block at its end"
}
$make_model -r chr1:0-600 -c A -c B -a x -a y -k A:x=train m.avo

# avo-impute
im() { avo-impute -q -t B:x "$@" m.avo; }
im -O bedgraph -o want.bg
im -O bigwig -o want.bw
im -O avo -o want.avo
for name in a.bedGraph a.BEDGRAPH a.bg d/a.bdg; do
    im -o $name
    expect_same $name want.bg
done
for name in a.bw a.bigWig a.BW; do
    im -o $name
    expect_same $name want.bw
done
for name in a.avo a.AVO a a.v2; do
    im -o $name
    expect_same $name want.avo
done
for name in a.bedGraph.gz a.bg.GZ; do
    im -o $name
    is_bgzf $name
    gzip -dc <$name | cmp - want.bg || fail $name
done
im -o a.avo.gz
is_bgzf a.avo.gz
gzip -dc <a.avo.gz | cmp - want.avo || fail 'a.avo.gz'
avo-view --check a.avo.gz >check
expect_line check ' ok: signal'
avo-impute -q --all -o 'all/{celltype}.{assay}.bedGraph.gz' m.avo
is_bgzf all/A.y.bedGraph.gz
expect_line all/tracks.tsv '^A	y	A.y.bedGraph.gz	'
printf 'chr1\t1000000\n' >sizes
bw2tensor -q -g sizes -r chr1 -o back.avo all/tracks.tsv
expect_error 2 '^avo-impute: -o a.tsv: the name says tsv; what is written here is avo, bedgraph or bigwig$' \
    im -o a.tsv
expect_error 2 'a.bw.gz: bigwig is not packed in gzip' im -o a.bw.gz
expect_error 2 '"bw" is not avo, bedgraph or bigwig' im -O bw -o a
expect_line stderr 'hint: did you mean bigwig'
expect_missing a.tsv a.bw.gz
expect_exit 0 avo-impute -t B:x -O bedgraph -o lie.bw m.avo
expect_line stderr 'warning: -o lie.bw: the name says bigwig, but -O says bedgraph, which is written'
expect_same lie.bw want.bg
expect_exit 0 avo-impute -t B:x -O bedGraph -o fine.txt m.avo
refute_line stderr 'the name says'

# avo-view
avo-view -O bedgraph want.avo >want
avo-view -o v.bedgraph want.avo
expect_same v.bedgraph want
avo-view -o v.bg.gz want.avo
gzip -dc <v.bg.gz | cmp - want || fail 'v.bg.gz'
avo-view want.avo >want
for name in v.tsv v.txt v; do
    avo-view -o $name want.avo
    expect_same $name want
done
avo-view -O npy -o want.npy want.avo
avo-view -o v.npy want.avo
expect_same v.npy want.npy
avo-view -O avo -o want.cut.avo want.avo
avo-view -o v.avo want.avo
expect_same v.avo want.cut.avo
expect_error 2 'v.bw: the name says bigwig; what is written here is tsv, bedgraph, npy or avo' \
    avo-view -o v.bw want.avo

# factor-agg
factor-agg -q --window 5000 -O tsv -o want.tsv m.avo
factor-agg -q --window 5000 -o f.tsv m.avo
expect_same f.tsv want.tsv
factor-agg -q --window 5000 -o f.tsv.gz m.avo
is_bgzf f.tsv.gz
gzip -dc <f.tsv.gz | cmp - want.tsv || fail 'f.tsv.gz'
factor-agg -q --window 5000 -O npy -o want.npy m.avo
factor-agg -q --window 5000 -o f.npy m.avo
expect_same f.npy want.npy
expect_error 2 'f.csv: the name says csv' factor-agg --window 5000 -o f.csv m.avo

# bw2tensor: a stream has one form, the table of --qc has three
bw2tensor -q -g sizes -r chr1 -o t.avo.gz all/tracks.tsv
is_bgzf t.avo.gz
expect_error 2 't.tsv: the name says tsv; what is written here is avo' \
    bw2tensor -g sizes -o t.tsv all/tracks.tsv
bw2tensor -q --qc -g sizes -r chr1 -O text -o want all/tracks.tsv
bw2tensor -q --qc -g sizes -r chr1 -o q.txt all/tracks.tsv
expect_same q.txt want
bw2tensor -q --qc -g sizes -r chr1 -o q.tsv.gz all/tracks.tsv
gzip -dc <q.tsv.gz | head -n 1 >first
expect_line first '^celltype	assay	'

# the tables of track-eval and ap-eval
te() { track-eval -q --observed back.avo --baseline-only "$@"; }
te -O tsv >want
te -o e.tsv
expect_same e.tsv want
te -o e.tsv.gz --tables t/x --json e.json.gz
gzip -dc <e.tsv.gz | cmp - want || fail 'e.tsv.gz'
is_bgzf e.json.gz
te -O text >want
te -o e.txt
expect_same e.txt want
expect_error 2 'e.json: the name says json; what is written here is tsv, long or text' te -o e.json
printf '1\t0.9\n0\t0.2\n1\t0.8\n0\t0.1\n' >s.scores
ap-eval -q --scores s=s.scores --bootstrap 0 -O text >want
ap-eval -q --scores s=s.scores --bootstrap 0 -o p.txt --curve c.tsv.gz
expect_same p.txt want
is_bgzf c.tsv.gz
expect_error 2 'p.npy: the name says npy; what is written here is tsv or text' \
    ap-eval --scores s=s.scores -o p.npy

# a full disk under compression is an error
expect_no_leftovers .
ln -s /dev/full full.gz
expect_error 1 'full.gz: cannot write compressed data: No space left' te -o full.gz
