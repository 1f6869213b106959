#!/bin/sh
# SPDX-License-Identifier: MIT
# The same bytes for any -@, to a file, a pipe and a redirected stdout; --no-provenance.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
"$PYTHON" -c '
from avosignal import *
compendium(".", [("chr1", 2000000), ("chr2", 1500000)],
           [(c, a) for c in "ABC" for a in "xyz"], n=30000)'
bw2tensor -q -@1 -o 1.avo tracks.tsv
for n in 2 3 7; do
    bw2tensor -q -@"$n" -o n.avo tracks.tsv
    expect_same 1.avo n.avo
done
# nine slabs, one written while the next is read
bw2tensor -q -b 1 -@1 tracks.tsv | cksum >1.sum
bw2tensor -q -b 1 -@2 tracks.tsv | cksum >2.sum
expect_same 1.sum 2.sum
bw2tensor -q tracks.tsv >n.avo
expect_same 1.avo n.avo
bw2tensor -q -@3 - <tracks.tsv | cat >n.avo
expect_same 1.avo n.avo
mkdir elsewhere
cp ./*.bw tracks.tsv elsewhere
bw2tensor -q -o n.avo elsewhere/tracks.tsv      # paths are relative to the table, not recorded
expect_same 1.avo n.avo
grep -qa '^@PG' 1.avo || fail 'no provenance'
bw2tensor -q --no-provenance -o n.avo tracks.tsv
! grep -qa '^@PG' n.avo || fail 'provenance is there'
bw2tensor -q --no-provenance -@3 --seed 5 -o m.avo tracks.tsv
expect_same m.avo n.avo
# hardly any descriptors: all files but the one in use are closed
(ulimit -n 20 && bw2tensor -q -@2 -o n.avo tracks.tsv)
expect_same 1.avo n.avo
# a message about what will come, before it comes
bw2tensor -o n.avo tracks.tsv 2>err
expect_line err '9 tracks, at most 140000 bins of 25 bp in 4 tiles, 2.52 MB'
