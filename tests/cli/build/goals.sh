# SPDX-License-Identifier: MIT
# What the make file says without building: help, a compiler or library that is missing.
. "$AVO_SRC/tests/lib/case.sh"

unset MAKEFLAGS
expect_exit 0 make -C "$AVO_SRC" help
for goal in demo check check-all check-real check-cuda bench-cuda carry lint asan ubsan sanitized clang tsan valgrind fuzz bench \
    digests deps install uninstall dist clean; do
    expect_line stdout "$goal"
done
refute_line stdout '^.{96,}'
# Without a compiler every library is missing too, and the packages are named.
expect_exit 2 make -C "$AVO_SRC" BUILD="$PWD/b" CC=no-such-compiler
expect_line stderr 'missing packages: gcc .*libbigwig-dev .*make deps'
expect_exit 2 make -C "$AVO_SRC" BUILD="$PWD/b" CC=no-such-compiler DEPS=0 demo
expect_line stderr 'DEPS=0 forbids installing them: .*gcc'

# clean removes the folder that is asked for, if a build has made it, and no other.
mkdir mine folder
touch mine/flags folder/keep
expect_exit 0 make -C "$AVO_SRC" BUILD="$PWD/mine" clean
expect_missing mine
expect_exit 2 make -C "$AVO_SRC" BUILD="$PWD/folder" clean
expect_line stderr 'clean: .*/folder is no build folder'
[ -e folder/keep ] || fail "clean removed a folder that no build had made"
expect_exit 0 make -C "$AVO_SRC" BUILD="$PWD/none" clean
# What lint calls is installed before it, not passed over.
expect_exit 2 make -C "$AVO_SRC" BUILD="$PWD/l" DEPS=0 found_command= lint
expect_line stderr 'missing packages.*: .*cppcheck .*shellcheck'
