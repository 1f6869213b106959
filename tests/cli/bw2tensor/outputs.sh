#!/bin/sh
# SPDX-License-Identifier: MIT
# Where the stream goes: BGZF, full disks, closed pipes, new folders; and a stream without signal.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
"$PYTHON" -c '
from avosignal import *
compendium(".", [("chr1", 3000000), ("chr2", 500000)], [("A", "x"), ("B", "x")], n=60000)'
bw2tensor -q -o plain.avo tracks.tsv
bw2tensor -q --bgzf -o a/new/folder/packed.avo tracks.tsv
gzip -cd <a/new/folder/packed.avo >unpacked.avo
expect_same plain.avo unpacked.avo
# htslib's bgzf_close keeps its memory where the last write fails: no matter of ours
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
export ASAN_OPTIONS
for _n in 1 2; do
    for _o in '' --bgzf; do
        _rc=0
        # shellcheck disable=SC2086
        bw2tensor -q $_o -@"$_n" tracks.tsv >/dev/full 2>stderr || _rc=$?
        [ "$_rc" -eq 1 ] || fail "full disk: exit status $_rc"
        expect_lines stderr 1
        expect_line stderr '<stdout>: .*No space left'
    done
    # a reader that goes away ends the program by SIGPIPE, without a word
    {
        _rc=0
        bw2tensor -@"$_n" -q --all-bins -b 1 tracks.tsv 2>stderr || _rc=$?
        echo $_rc >rc
    } | head -c 100 >part
    [ "$(cat rc)" -eq 141 ] || fail "closed pipe: exit status $(cat rc)"
    expect_empty stderr
done
unset ASAN_OPTIONS
mkdir readonly.avo
expect_error 1 'readonly\.avo' bw2tensor -q -o readonly.avo tracks.tsv
expect_no_leftovers .

# nothing covered: an empty stream that says so; everything kept: zeros
"$PYTHON" -c '
from avosignal import *
write_bigwig("end.bw", [("chr1", 100000), ("chr2", 50000)], [("chr2", 0, 25, 1.0)])'
printf 'A\tx\tend.bw\n' >end.tsv
bw2tensor -r chr1 -o empty.avo end.tsv 2>stderr
expect_line stderr 'warning: no track covers any of the 4000 bins'
bw2tensor -q -r chr1 --all-bins -o zeros.avo end.tsv
"$PYTHON" - <<'END'
from avosignal import *
assert Stream("empty.avo").tiles == [] and Stream("empty.avo").n_bins == 0
zeros = Stream("zeros.avo").chrom_values("chr1")[1]
assert zeros.shape == (4000, 1) and (zeros == 0).all()
END
