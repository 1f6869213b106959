#!/bin/sh
# SPDX-License-Identifier: MIT
# timeout: 300
# The CUDA backend on a card of ordinary memory: the conformance programs, and every way of training
# against the CPU, watched errors and the rehearsal of stage 2 included.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
host=$AVO_BUILD/tests/backend/host
for program in check_backend check_gradients check_stage2; do
    "$host/$program" || fail "$program"
done
tiny_signal t

# run DEVICE PRECISION NAME OPTION...: NAME.avo and NAME.tsv
run() {
    device=$1 precision=$2 name=$3
    shift 3
    "$host/avo-train" -q --device "$device" --precision "$precision" --log "$name.tsv" \
        -o "$name.avo" "$@"
}

# close A B RELATIVE: the logs' errors agree, line for line.
close() {
    paste "$1" "$2" | awk -F '\t' -v bound="$3" '
        function off(x, y) { return (x > y ? x - y : y - x) > bound * y + 2e-6 }
        NR > 1 && ($1 != $8 || $2 != $9 || off($3, $10) || ($4 != "nan" && off($4, $11))) {
            print; bad = 1 }
        END { exit bad || NR < 3 }' || fail "$1 and $2 differ"
}

# near A B BOUND: the values of two streams.
near() {
    avo-view "$1" >a
    avo-view "$2" >b
    paste a b | awk -F '\t' -v bound="$3" '{
            n = NF / 2
            for (i = 4; i <= n; i++) {
                d = $i - $(i + n)
                bad = bad || d > bound || d < -bound
            }
        }
        END { exit bad || NR < 3600 }' || fail "$1 and $2 differ"
}

# Stage 1 with a watched track, the rehearsal of stage 2, a second run on all tracks.
for order in sequential permuted random; do
    for device in cpu cuda; do
        run $device f32 $order.$device --valid liver:DNase --refit --epochs 12 --hidden 40,24 \
            --dropout 0.1 --order $order t/signal.avo
    done
    close $order.cuda.tsv $order.cpu.tsv 1e-3
done
run cuda bf16 bf16 --valid liver:DNase --refit --epochs 12 --hidden 40,24 --dropout 0.1 t/signal.avo
close bf16.tsv sequential.cpu.tsv 0.1

# Stage 2, and new rows, from the CPU's model.
for device in cpu cuda; do
    run $device f32 two.$device --init sequential.cpu.avo --train genome --epochs 7 \
        --valid heart:H3K4me3 t/signal.avo 2>two.$device.said
    avo-impute -q --device cpu --all -O avo -o two.$device.signal.avo two.$device.avo
done
near two.cuda.signal.avo two.cpu.signal.avo 2e-3
sed 's/^heart/kidney/; s/^\(liver\|brain\)/#/' t/tracks.tsv >t/new.tsv
bw2tensor -q -g t/sizes -o t/new.avo t/new.tsv
for device in cpu cuda; do
    run $device f32 new.$device --init sequential.cpu.avo --train celltypes --epochs 7 t/new.avo
done
close new.cuda.tsv new.cpu.tsv 1e-3
