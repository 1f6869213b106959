# SPDX-License-Identifier: MIT
# -@1, -@2 and -@3 give the same bytes, on both backends, in every way of training.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_signal d
grep -v brain d/tracks.tsv >d/few.tsv
bw2tensor -q -g d/sizes -o few.avo d/few.tsv
for dev in cpu cpu-ref; do
    small="-q --device $dev --hidden 17,9 --dropout 0.3 --celltype-dropout 0.25 --batch 700"
    for n in 1 2 3; do
        avo-train $small -@$n --epochs 2 --valid brain:DNase -o all.$n d/signal.avo
        avo-train $small -@$n --epochs 1 -o few.$n few.avo
        avo-train -q --device $dev -@$n --init few.$n --train genome --epochs 3 -o gen.$n few.avo
        avo-train -q --device $dev -@$n --init few.$n --train celltypes --epochs 2 -o new.$n \
            d/signal.avo
        avo-impute -q --device $dev -@$n --all -o imp.$n all.$n
    done
    for what in all gen new imp; do
        cmp $what.1 $what.2 || fail "$dev $what: -@1 and -@2 differ"
        cmp $what.1 $what.3 || fail "$dev $what: -@1 and -@3 differ"
    done
done
# the order of a run's samples changes its result: the comparison above can fail
avo-train -q --hidden 17,9 --epochs 2 --seed 1 -o other d/signal.avo
! cmp -s other all.1 || fail "another seed gave the same model"
