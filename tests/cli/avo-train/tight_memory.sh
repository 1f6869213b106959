# SPDX-License-Identifier: MIT
# Under any limit of the address space, training and imputing end whole or with a message; never by
# a signal. (tests/all/avo-train/tight_memory.sh: in finer steps, all programs.)
# timeout: 240
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_model t
tight() { "$PYTHON" "$AVO_SRC/tests/lib/tight_memory.py" "$@" || fail "$*"; }
tight 7 avo-train -q -@2 --epochs 1 --hidden 16 -o x.avo t/signal.avo
tight 7 avo-impute -q -@2 --all -o x.avo t/model.avo
expect_no_leftovers .
