# SPDX-License-Identifier: MIT
# The released archive builds without warnings, without oneDNN, and passes its own unit tests.
# timeout: 900
. "$AVO_SRC/tests/lib/case.sh"

unset MAKEFLAGS RESULTS       # the inner run keeps its own count
git -C "$AVO_SRC" rev-parse HEAD >/dev/null 2>&1 || { echo "not a git checkout"; exit 0; }
git -C "$AVO_SRC" archive --format=tar --prefix=src/ HEAD | tar xf -
cd src
make -s -j2 DEPS=0 ONEDNN=0 WERROR=1 all >../log 2>&1 || { tail -n 40 ../log; fail "make ONEDNN=0"; }
for f in tools/*.c; do
    p=build/$(basename "$f" .c)
    expect_exit 0 "$p" -V
    expect_line stdout '^oneDNN: no$'
    if ldd "$p" | grep dnnl; then
        fail "$p is linked with oneDNN"
    fi
done
rm -f stdout stderr
make -j2 DEPS=0 ONEDNN=0 WERROR=1 ONLY=tests/unit/ check >../log 2>&1 ||
    { tail -n 40 ../log; fail "unit tests"; }
tail -n 1 ../log
expect_line ../log '^[0-9]+ passed, 0 failed, [0-9]+ skipped$'
# What is tracked has not changed, and nothing but build/ was added.
git -C "$AVO_SRC" ls-tree -r --name-only HEAD | sort >../tracked
find . ! -type d ! -path './build/*' | sed 's,^\./,,' | sort >../present
expect_same ../tracked ../present
