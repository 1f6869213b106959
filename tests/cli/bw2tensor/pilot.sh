#!/bin/sh
# SPDX-License-Identifier: MIT
# The published pilot regions on tracks without chrX: its two regions are left out and counted.
. "$AVO_SRC/tests/lib/case.sh"
need_real_data
bed=$AVO_REAL_DATA/annotation/encode_pilot_hg19.bed
table=$AVO_REAL_DATA/pilot/tracks.tsv
[ -f "$bed" ] && [ -f "$table" ] || skip "no real data"
expect_exit 0 bw2tensor -R "$bed" -o pilot.avo "$table"
expect_line stderr ': 2 of 44 rows left out \(2 on chromosomes not known here, the first "chrX", 0 '
expect_line stderr '20 tracks, at most 1126426 bins of 25 bp'
grep -v chrX "$bed" >autosomes.bed
expect_exit 0 bw2tensor -q -R autosomes.bed --strict -o same.avo "$table"
expect_same pilot.avo same.avo
expect_error 1 'encode_pilot_hg19.bed:43: unknown chromosome "chrX"' \
    bw2tensor -q -R "$bed" --strict -o x.avo "$table"
