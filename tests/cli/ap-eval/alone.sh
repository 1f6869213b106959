# SPDX-License-Identifier: MIT
# A result depends on its inputs alone: no program links a BLAS, whose kernels and threads differ
# from machine to machine (and whose fork handlers wait for ever when memory is short); equal bytes
# with any number of processes. Under every limit of memory a run ends by itself with one line. A
# child that dies by any signal is one line too.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy
"$PYTHON" - <<'END'
import numpy as np
r = np.random.RandomState(3)
x = r.normal(size=(400, 30)).astype("f4")
np.save("x.npy", x)
np.save("y.npy", (x[:, 0] + r.normal(size=400) > 0.8).astype(float))
END

for p in $(programs); do
    ldd "$AVO_BUILD/$p" 2>/dev/null | grep -iE 'blas|mkl_' && fail "$p links a BLAS"
done

ap='ap-eval -q --model logistic --repeats 1 --labels y.npy x.npy'
$ap -@ 1 --scores-out want >summary
for e in OPENBLAS_NUM_THREADS=1 OPENBLAS_CORETYPE=Prescott OPENBLAS_CORETYPE=SkylakeX \
    OMP_NUM_THREADS=3; do
    env "$e" $ap -@ 3 --scores-out got >again
    expect_same want got
    expect_same summary again
done

# ---- tight memory ----
limited() {     # KILOBYTES OPTION...
    sh -c 'ulimit -v "$1" || exit 9; shift; exec timeout 60 ap-eval "$@"' sh "$@"
}
# Sanitizers ask for terabytes; below the least that a start takes, the loader has the word.
least=0
for v in 12000 16000 20000 24000 32000 48000 64000 96000; do
    rc=0
    limited $v --version >out 2>&1 || rc=$?
    [ $rc -ne 0 ] || { least=$v; break; }
done
if [ -z "${AVO_VARIANT:-}${AVO_WRAP:-}" ] && [ $least -gt 0 ]; then
    for model in logistic xgboost; do
        ap-eval --help | grep -q "$model" || continue
        for more in 0 300 600 1000 1500 2000 3000 5000; do
            v=$((least + more))
            rc=0
            limited $v -@ 2 --model $model --folds 3 --repeats 1 --labels y.npy x.npy -o out \
                2>err || rc=$?
            [ $rc -le 1 ] || { cat err; fail "$v KB, $model: exit status $rc"; }
            [ "$(grep -vc hint err)" -eq $rc ] || { cat err; fail "$v KB, $model: lines"; }
        done
        [ $rc -eq 0 ] || fail "$v KB, $model: not enough"
    done
fi
