# SPDX-License-Identifier: MIT
# bw2tensor is killed while the pipe is full: whoever reads it fails, says that the stream is cut,
# and leaves no output. So does every program that reads a file which was cut.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
[ -x "$AVO_BUILD/bw2tensor" ] || skip "bw2tensor is not built"

"$AVO_BUILD"/examples/make-compendium -o big --celltypes 3 --assays 3 --missing 0 --test 0 \
    --chrom chr20:12000000 >log 2>&1 || { cat log; fail "make-compendium"; }
mkfifo in

# Passes the first 400 KiB on, then waits until the producer is dead before it passes on the rest.
relay() {
    dd bs=4096 count=100 iflag=fullblock 2>/dev/null
    : >ready
    while [ ! -e killed ]; do sleep 0.1; done
    cat
}

# cut_short COMMAND...: a reader of standard input whose producer is killed.
cut_short() {
    rm -f ready killed status
    { rc=0; relay <in | "$@" >stdout 2>stderr || rc=$?; echo "$rc" >status; } &
    bw2tensor -q big/tracks.tsv >in 2>producer &
    producer=$!
    while [ ! -e ready ]; do sleep 0.1; done
    sleep 0.5
    kill -9 "$producer" || fail "the producer did not fill the pipe"
    : >killed
    rc=0
    wait "$producer" || rc=$?
    [ "$rc" -eq 137 ] || fail "producer: exit status $rc (want 137): $(cat producer)"
    wait
    [ "$(cat status)" -eq 1 ] || fail "$*: exit status $(cat status) (want 1)"
    expect_line stderr "^$1: .*<stdin>: record [0-9]+ \\(byte [0-9]+\\): truncated"
    [ ! -e out.avo ] || fail "$*: an output was left"
    rm -f ready killed status producer
    [ -z "$(ls | grep -v -x -e in -e big -e log -e stdout -e stderr)" ] ||
        fail "$*: files were left: $(ls)"
}

cut_short avo-view -O avo -o out.avo
cut_short avo-view -r chr20:1-1000 -O avo -o out.avo
cut_short avo-view -O bedgraph -t C01:H3K4me3 -o out.avo
if [ -x "$AVO_BUILD/avo-train" ]; then
    cut_short avo-train -q --epochs 1 --hidden 8 -o out.avo
fi

# Cut files: between records (all but END is there) and inside the last tile.
tiny_signal t
size=$(wc -c <t/signal.avo)
head -c $((size - 384)) t/signal.avo >t/cut.avo
expect_exit 1 avo-view -r chr1:1-25 t/cut.avo
expect_line stderr 'truncated'
[ ! -x "$AVO_BUILD/avo-train" ] ||
    expect_error 1 'truncated' avo-train -q --epochs 1 --hidden 8 -o out.avo t/cut.avo
[ ! -e out.avo ] || fail "an output was left"
