# SPDX-License-Identifier: MIT
# Options, sections and pages that the manual names exist; every option is in its program's page.
. "$AVO_SRC/tests/lib/case.sh"

need mandoc
"$PYTHON" "$AVO_SRC/tests/cli/man/names.py" "$AVO_SRC"/man/*.[157] || fail "see above"
