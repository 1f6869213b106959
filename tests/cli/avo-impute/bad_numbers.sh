# SPDX-License-Identifier: MIT
# A number in a model that makes no sense is a damaged input (status 1), not wrong usage, in every
# program that reads models.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"

need_python numpy
tiny_model t
patch() {
    "$PYTHON" "$AVO_SRC/tests/lib/patch_stream.py" t/model.avo "$@" || fail "patch: $*"
}
patch same.avo 'beta2\t0.999' 'beta2\t0.999'
expect_same same.avo t/model.avo
patch word.avo 'beta2\t0.999' 'beta2\tx.999'
patch range.avo 'beta2\t0.999' 'beta2\t9.999'
patch hidden.avo 'hidden\t16' 'hidden\t-1'
patch name.avo 'order\tseq' 'order\tSeq'
for bad in word:beta2 range:beta2 hidden:hidden name:order; do
    f=${bad%:*}.avo
    expect_error 1 "^avo-impute: $f: .*${bad#*:}" avo-impute -q --all -o out $f
    expect_error 1 "^avo-train: $f: .*${bad#*:}" \
        avo-train -q --init $f --train genome -o out t/signal.avo
    expect_error 1 "^factor-agg: $f: .*${bad#*:}" factor-agg -q --celltypes -o out $f
    expect_missing out
done
