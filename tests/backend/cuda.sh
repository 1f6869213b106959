# SPDX-License-Identifier: MIT
# What asks for a card and gets none ends with status 3 and one line that names the cause; auto takes
# the CPU and says why; a precision that the device lacks is refused by name. Ends as a skip where
# there is no card: `make check-cuda` is for one.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_signal t
train="avo-train --epochs 1 --hidden 4"

# What every build does.
expect_error 2 'got "abacus", want auto, cpu, cpu-ref or cuda\[:N\]' \
    $train -q --device abacus -o x t/signal.avo
expect_error 2 '"x" is not a whole number' $train -q --device cuda:x -o x t/signal.avo
expect_error 2 'got "f16", want auto, f32, tf32 or bf16' $train -q --precision f16 -o x t/signal.avo
for device in cpu cpu-ref; do
    for precision in bf16 tf32; do
        expect_error 2 "--precision $precision: the device $device computes in f32 only" \
            $train -q --device $device --precision $precision -o x t/signal.avo
    done
    $train -q --device $device --precision f32 -o m.$device t/signal.avo
    avo-view -H m.$device | grep -q "backend:$device.*precision:f32" || fail "provenance: $device"
done
expect_missing x
expect_error 2 '--precision bf16: the device cpu computes in f32 only' \
    avo-impute -q --all --device cpu --precision bf16 m.cpu
$train -v --device cpu -o m t/signal.avo 2>stderr
expect_line stderr 'device: cpu:.*\(asked for\)'

built=no reason='built without CUDA'
if avo-train --version | grep -q '^CUDA: yes$'; then
    built=yes
    if $train -q --device cuda -o m.cuda t/signal.avo 2>stderr; then
        exit 0      # a card: the rest is check-cuda's
    fi
    reason=$(sed -n 's/^avo-train: --device cuda: //p' stderr)
    [ -n "$reason" ] || fail "no cause: $(cat stderr)"
fi
for device in cuda cuda:0 cuda:1; do
    expect_error 3 "--device $device: " $train -q --device $device -o m.cuda t/signal.avo
    expect_error 3 "--device $device: " avo-impute -q --all --device $device m.cpu
done
expect_error 3 "--device cuda: $reason" $train -q --device cuda -o m.cuda t/signal.avo
expect_error 3 "--device cuda: " avo-impute -q --all --attribution --device cuda \
    -o 'no/{component}.avo' m.cpu
expect_missing m.cuda no

# auto: under -v where CUDA was left out, always (but for -q) where a card was to be expected.
$train -v --device auto -o m.auto t/signal.avo 2>stderr
expect_line stderr "device: cpu:.*\($reason\)"
expect_same m.auto m.cpu
$train -o m t/signal.avo 2>stderr
avo-impute --all -o i m.cpu 2>stderr.impute
for said in stderr stderr.impute; do
    if [ $built = yes ]; then
        expect_line $said "device: cpu:.*\($reason\)"
    else
        refute_line $said 'device:'
    fi
done
$train -q -o m t/signal.avo 2>stderr
expect_empty stderr
expect_error 2 "--precision bf16: the device cpu computes in f32 only" \
    $train -q --precision bf16 -o x t/signal.avo
expect_missing x
skip "no GPU: $reason"
