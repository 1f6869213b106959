# SPDX-License-Identifier: MIT
# Stage 2: a genome in one stream, in jobs per chromosome, and a region cut at block edges give the
# same GENOME rows, batch sizes that are no multiple of 200 included; several inputs are joined.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_tracks d
sig() { bw2tensor -q -g d/sizes "$@" d/tracks.tsv; }
sig -o all.avo
sig -r chr1 -o chr1.avo
sig -r chr2 -o chr2.avo
sig -r chr1:10001-30000 -o part.avo
rows() { avo-view --no-provenance "$@" 2>/dev/null || avo-view "$@"; }
for batch in 400 333 1999; do
    for clock in stage1 chromosome; do
        avo-train -q --hidden 16 --epochs 2 --batch $batch --clock $clock -o init.avo all.avo
        two="avo-train -q --init init.avo --train genome --epochs 4"
        $two -o g.all all.avo
        $two -o g.1 chr1.avo
        $two -o g.2 chr2.avo
        $two -o g.part part.avo
        sig | $two >g.pipe
        cmp g.all g.pipe || fail "batch $batch $clock: a pipe gives other bytes than a file"
        avo-view g.all | grep -v '^#' >rows.all
        avo-view g.1 | grep -v '^#' >rows.1
        avo-view g.2 | grep -v '^#' >rows.2
        avo-view g.part | grep -v '^#' >rows.part
        avo-view -r chr1:10001-30000 g.all | grep -v '^#' >rows.cut
        [ -s rows.part ] || fail "no rows"
        cat rows.1 rows.2 | cmp - rows.all || fail "batch $batch $clock: jobs per chromosome differ"
        cmp rows.part rows.cut || fail "batch $batch $clock: a region differs"
    done
done
$two -o g.join chr2.avo chr1.avo
avo-view g.join | grep -v '^#' | cmp - rows.all || fail "two inputs, other rows than one"
