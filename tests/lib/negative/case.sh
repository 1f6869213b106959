# SPDX-License-Identifier: MIT
# A case that must fail: the runner's negative control (never run as a test of its own).
. "$AVO_SRC/tests/lib/case.sh"
expect_exit 0 true
expect_exit 0 false
