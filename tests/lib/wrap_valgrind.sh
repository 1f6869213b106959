#!/bin/sh
# SPDX-License-Identifier: MIT
# wrap_valgrind.sh BUILD PROGRAM...: makes BUILD/wrapped/PROGRAM, which run under valgrind, for
# `make valgrind` to put on PATH before the programs themselves.
set -eu
build=$(cd "$1" && pwd)
shift
mkdir -p "$build/wrapped"
for p in "$@"; do
    {
        echo '#!/bin/sh'
        echo "exec valgrind -q --error-exitcode=99 --leak-check=full '$build/$p' \"\$@\""
    } >"$build/wrapped/$p"
    chmod +x "$build/wrapped/$p"
done
