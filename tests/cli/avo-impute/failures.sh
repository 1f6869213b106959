# SPDX-License-Identifier: MIT
# Truncated and damaged models, values that do not fit, full disks: one line, nothing left behind.
. "$AVO_SRC/tests/lib/case.sh"
make_model=$AVO_BUILD/tests/lib/make_model

$make_model -r chr1:0-4000 -r chr2:0-4000 m.avo
size=$(wc -c <m.avo)
mkdir out
for part in 10 64 100 3000 $((size / 2)) $((size - 100)) $((size - 1)); do
    head -c "$part" m.avo >cut.avo
    for format in 'avo out/x.avo' 'bedgraph out/x.bg' 'bigwig out/x.bw'; do
        # shellcheck disable=SC2086
        set -- $format
        expect_error 1 'cut.avo: ' avo-impute -q -t A:DNase -O "$1" -o "$2" cut.avo
        expect_error 1 '<stdin>: ' avo-impute -q -t A:DNase -O "$1" -o "$2" <cut.avo
    done
    # a region whose tile is whole does not hide it
    expect_error 1 'cut.avo: ' avo-impute -q -t A:DNase -r chr1:1-100 -o out/x.avo cut.avo
done
expect_error 1 'cut.avo: ' avo-impute -q --all -O bigwig -o 'out/{celltype}.{assay}.bw' cut.avo
[ -z "$(ls -A out)" ] || fail "left behind: $(ls -A out)"

# a flipped byte in a tile
"${PYTHON}" - $((size / 2)) <<'END'
import sys
b = bytearray(open("m.avo", "rb").read())
b[int(sys.argv[1])] ^= 16
open("flip.avo", "wb").write(b)
END
expect_error 1 'flip.avo: record [0-9]+ \(byte [0-9]+\): ' \
    avo-impute -q --all -O bigwig -o 'out/{celltype}.{assay}.bw' flip.avo
[ -z "$(ls -A out)" ] || fail "left behind: $(ls -A out)"

# stopped in the middle: the temporary file goes too
mkfifo pipe
for signal in TERM HUP; do
    avo-impute -q -t A:DNase -O bigwig -o out/x.bw <pipe &
    pid=$!
    { head -c $((size / 2)) m.avo; sleep 1; kill -$signal $pid; sleep 1; } >pipe
    rc=0
    wait $pid || rc=$?
    [ "$rc" -gt 128 ] || fail "$signal: exit status $rc"
    [ -z "$(ls -A out)" ] || fail "left behind: $(ls -A out)"
done

# values beyond what raw signal and binary16 hold
$make_model -z 1e4 -r chr1:0-50 big.avo
expect_error 1 'too large for raw signal' \
    avo-impute -q -t A:DNase --no-clip -O bedgraph -o out/x.bg big.avo
expect_line stderr 'hint: without --no-clip'
expect_error 1 'too large for raw signal' \
    avo-impute -q -t A:DNase --no-clip -O bigwig -o out/x.bw big.avo
$make_model -z 1e8 -r chr1:0-50 big.avo
expect_error 1 ':DNase at chr1:1: the value .* \(model space\) is too large for binary16' \
    avo-impute -q -t A:DNase --no-clip -o out/x.avo big.avo
[ -z "$(ls -A out)" ] || fail "left behind: $(ls -A out)"
$make_model -f none -z 1e8 -r chr1:0-50 big.avo
avo-impute -q -t A:DNase --no-clip big.avo >/dev/null

# no room
for format in avo bedgraph bigwig; do
    expect_error 1 '(File too large|No space|x.out: cannot write)' \
        sh -c "ulimit -f 8; exec avo-impute -q -t A:DNase -O $format -o out/x.out m.avo"
done
[ -z "$(ls -A out)" ] || fail "left behind: $(ls -A out)"
expect_error 1 'No space left' sh -c 'exec avo-impute -q -t A:DNase m.avo >/dev/full'
expect_error 1 'No space left' sh -c 'exec avo-impute -q -t A:DNase -O bedgraph m.avo >/dev/full'

# the reader went away: death by SIGPIPE, which a pipeline takes as the end
{ avo-impute -q -t A:DNase -O bedgraph m.avo || echo "$?" >status; } | head -n 1 >line
expect_lines line 1
[ "$(cat status 2>/dev/null || echo 141)" -eq 141 ] || fail 'closed pipe'

# devices and precision
expect_error 2 'want auto, cpu' avo-impute -q --all --device abacus m.avo
expect_error 2 'bf16: the device cpu-ref computes in f32 only' avo-impute --device cpu-ref -q --all --precision bf16 m.avo
