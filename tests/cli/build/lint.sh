# SPDX-License-Identifier: MIT
# The tree keeps to its layers and sizes, and its manual pages are clean.
# timeout: 300
. "$AVO_SRC/tests/lib/case.sh"

need mandoc ctags shellcheck cppcheck
ok=0
sh "$AVO_SRC/tests/lib/fence.sh" || ok=1
sh "$AVO_SRC/tests/lib/lint.sh" || ok=1
[ $ok -eq 0 ] || fail "see above"
