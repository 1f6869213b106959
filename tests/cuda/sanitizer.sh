# SPDX-License-Identifier: MIT
# timeout: 3000
# compute-sanitizer finds nothing: memory, uninitialised values, races in shared memory, barriers, in
# the conformance tests and in both programs. AVO_NO_SANITIZER=1 does without (some virtual
# machines do not let it in).
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
if [ "${AVO_NO_SANITIZER:-0}" = 1 ]; then
    echo 'left out: AVO_NO_SANITIZER=1'
    exit 0
fi
command -v compute-sanitizer >/dev/null ||
    fail 'no compute-sanitizer on PATH; AVO_NO_SANITIZER=1 does without'
tiny_signal t
small='--hidden 33,17 --batch 700 --epochs 1 --stage2-epochs 1'
watched() {
    tool=$1
    shift
    compute-sanitizer --tool "$tool" --error-exitcode 99 --launch-timeout 120 "$@" >said 2>&1 ||
        { tail -n 40 said; fail "$tool: $*"; }
    expect_line said 'ERROR SUMMARY: 0 errors|RACECHECK SUMMARY: 0 hazards'
}
for tool in memcheck initcheck racecheck synccheck; do
    for precision in bf16 f32; do
        watched $tool avo-train -q --device cuda --precision $precision $small --dropout 0.3 \
            --valid brain:DNase -o m.avo t/signal.avo
        watched $tool avo-impute -q --device cuda --precision $precision --all -o i.avo m.avo
    done
    watched $tool avo-train -q --device cuda --init m.avo --train genome --batch 500 --epochs 1 \
        -o g.avo t/signal.avo
done
CK_FORK=no watched memcheck "$AVO_BUILD/tests/backend/card/check_gradients"
