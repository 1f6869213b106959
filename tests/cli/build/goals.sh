# SPDX-License-Identifier: MIT
# What the make file says without building: help, a compiler or library that is missing.
. "$AVO_SRC/tests/lib/case.sh"

unset MAKEFLAGS
expect_exit 0 make -C "$AVO_SRC" help
for goal in demo check check-all check-real check-cuda bench-cuda carry lint asan ubsan tsan valgrind fuzz bench \
    deps install uninstall dist clean; do
    expect_line stdout "$goal"
done
refute_line stdout '^.{96,}'
# Without a compiler every library is missing too, and the packages are named.
expect_exit 2 make -C "$AVO_SRC" BUILD="$PWD/b" CC=no-such-compiler
expect_line stderr 'missing packages: gcc .*libbigwig-dev .*make deps'
expect_exit 2 make -C "$AVO_SRC" BUILD="$PWD/b" CC=no-such-compiler DEPS=0 demo
expect_line stderr 'DEPS=0 forbids installing them: .*gcc'
