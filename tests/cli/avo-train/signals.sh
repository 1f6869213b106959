# SPDX-License-Identifier: MIT
# Broken off at any moment by TERM, INT or KILL, every way of training ends by that signal, and
# what is resumed ends with the bytes of an unbroken run and leaves nothing behind.
# (tests/all/avo-train/signals.sh does it a hundred times.)
# timeout: 300
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
. "$AVO_SRC/tests/lib/broken_runs.sh"
broken_runs TERM=9 INT=4 KILL=9
