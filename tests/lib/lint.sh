#!/bin/sh
# SPDX-License-Identifier: MIT
# lint.sh: manual pages through mandoc, shell scripts through shellcheck and sources through
# cppcheck (leaks are left to the sanitizers, which do not guess). Called by `make lint`.
set -u
cd "$(dirname "$0")/../.." || exit 1
bad=0

for page in man/*.[157]; do
    [ -e "$page" ] || continue
    said=$(mandoc -Tlint -Wwarning "$page" 2>&1) || :
    if [ -n "$said" ]; then
        printf '%s\n' "$said"
        bad=1
    fi
done
find tests examples -name '*.sh' -type f | sort | xargs shellcheck -s sh -S error || bad=1
shellcheck .ci/run || bad=1
cppcheck --quiet --error-exitcode=1 --std=c11 --enable=portability -j 2 -I . \
    --suppress=missingIncludeSystem --suppress=memleak --inline-suppr \
    libcommon tools cuda examples || bad=1
exit $bad
