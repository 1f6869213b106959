# SPDX-License-Identifier: MIT
# Every allocation of every program's main jobs fails once: tests/inject/alloc.sh over all calls.
# timeout: 2400
AVO_INJECT=full exec sh "$AVO_SRC/tests/inject/alloc.sh"
