# SPDX-License-Identifier: MIT
# timeout: 600
# The same model imputed on CPU and card, and the same short training: as near as the precision
# allows. Attribution is refused by name on the card, and auto takes the CPU for it.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_signal t
s=t/signal.avo
small='--hidden 40,24 --batch 700 --epochs 4 --stage2-epochs 3'
avo-train -q --device cpu $small -o m.avo $s
avo-impute -q --device cpu --all -O bedgraph -o 'cpu/{celltype}.{assay}' --no-clip m.avo

# near DIR BOUND: relative squared difference of all values from those of cpu/, at most BOUND.
near() {
    for f in cpu/*.*; do
        [ "$f" = cpu/tracks.tsv ] || paste "$f" "$1/${f#cpu/}"
    done | awk -F '\t' -v what="$1" -v bound="$2" '
        $1 != $5 || $2 != $6 || $3 != $7 {print "other bins"; exit 1}
        {d = $4 - $8; e += d * d; n += $4 * $4; v++}
        END {printf "%s: %d values, relative squared difference %.3g\n", what, v, e / n
             exit !(v > 10000 && e / n <= bound)}' || fail "$1: further apart than $2"
}
# bf16 has 8 bits of mantissa, tf32 11: 2^-16 and 2^-22 a rounding, three layers deep.
for at in f32:1e-11 tf32:1e-7 bf16:1e-5; do
    precision=${at%:*}
    avo-impute -q --device cuda --precision $precision --all --no-clip -O bedgraph \
        -o "imputed.$precision/{celltype}.{assay}" m.avo
    near imputed.$precision "${at#*:}"
done
# Training: 4 epochs and their rehearsal, from the same start with the same draws.
for at in f32:1e-8 tf32:1e-4 bf16:1e-3; do
    precision=${at%:*}
    avo-train -q --device cuda --precision $precision $small -o trained.avo $s
    avo-impute -q --device cpu --all --no-clip -O bedgraph \
        -o "trained.$precision/{celltype}.{assay}" trained.avo
    near trained.$precision "${at#*:}"
done
# The memory plan.
avo-train -v --device cuda $small -o x $s 2>stderr
expect_line stderr 'device: cuda:.*\(asked for\)'
expect_line stderr 'signal of .* on the card, .* free'
# Attribution.
expect_error 3 'the device cuda cannot compute it' \
    avo-impute -q --device cuda --all --attribution -o 'no/{component}.avo' m.avo
expect_missing no
avo-impute -v --all --attribution -o 'yes/{component}.avo' m.avo 2>stderr
expect_line stderr 'device: cpu:.*attribution is computed there only'
# A number that no card has.
expect_error 3 '--device cuda:1023: no card number 1023' \
    avo-impute -q --device cuda:1023 --all m.avo
