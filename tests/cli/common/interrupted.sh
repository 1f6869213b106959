# SPDX-License-Identifier: MIT
# Programs that compute, ended by TERM, INT or HUP at any moment: by that signal, without a word, an
# output, a temporary file or a process left.
# timeout: 240
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_model t
awk 'BEGIN {
    for (i = 0; i < 300; i++)
        printf "chr1\t%d\t%d\t%d\n", 200 * i, 200 * i + 150, i % 3 == 1
}' >w.bed
factor-agg -q -R w.bed --label-column 4 -o f.avo t/model.avo
cat >ends.py <<'END'
import os, random, signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
rng = random.Random(7)
command = sys.argv[1:]
begun = time.time()
subprocess.run(command, check=True)
span = time.time() - begun
broken = 0
for i in range(40):
    sig = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)[i % 3]
    for f in os.listdir("out"):
        os.remove("out/" + f)
    run = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)
    time.sleep(rng.uniform(0, span))
    run.send_signal(sig)
    said = run.stderr.read()
    code = run.wait()
    assert code in (0, -sig) and not said, (command, code, said)
    left = os.listdir("out")
    assert code == 0 or not left or code == -sig and not [f for f in left if f[0] == "."], left
    try:                # children die with their parent
        for _ in range(100):
            os.killpg(run.pid, 0)
            time.sleep(0.1)
        raise AssertionError("processes were left behind")
    except ProcessLookupError:
        pass
    broken += code != 0
    if broken == 6:
        break
assert broken >= 2, "the command is too quick"
END
mkdir out
ends() { "$PYTHON" ends.py "$@" || fail "$*"; }
ends avo-train -q -@2 --hidden 128,128 --batch 1000 --epochs 10 -o out/x t/signal.avo
ends avo-impute -q -@2 -t heart:DNase --attribution --component celltype --steps 300 \
    -o out/x t/model.avo
if ap-eval --help | grep -q logistic; then
    ends ap-eval -q -@2 --model logistic --folds 5 --repeats 4 -o out/x --report out/r f.avo
fi
