# SPDX-License-Identifier: MIT
# `make install` puts programs, pages and completion under DESTDIR; `make uninstall` removes exactly
# what it put.
# serial
. "$AVO_SRC/tests/lib/case.sh"

[ -z "${AVO_VARIANT:-}" ] || exit 0     # a variant's folder must not be built again plainly
[ -n "$(programs)" ] || skip "no programs are built"
remake() {
    make -s -C "$AVO_SRC" BUILD="$AVO_BUILD" DEPS=0 prefix=/opt/avo DESTDIR="$PWD/root" "$@"
}
mkdir -p root/opt/avo/bin root/opt/avo/share/man/man1
touch root/opt/avo/bin/mine root/opt/avo/share/man/man1/mine.1
remake install >log 2>&1 || { cat log; fail "make install"; }
for p in $(programs); do
    expect_exit 0 "root/opt/avo/bin/$p" -V
    expect_line "root/opt/avo/share/bash-completion/completions/$p" \
        "^complete -o default -W \".*--help.*\" $p\$"
done
for page in "$AVO_SRC"/man/*.[157]; do
    [ ! -e "$page" ] || expect_same "$page" "root/opt/avo/share/man/man${page##*.}/${page##*/}"
done
if find root -name '*.o' -o -name 'make-compendium' | grep .; then
    fail "installed something that is not for users"
fi
remake uninstall >log 2>&1 || { cat log; fail "make uninstall"; }
find root ! -type d | sort >left
printf 'root/opt/avo/bin/mine\nroot/opt/avo/share/man/man1/mine.1\n' >want
expect_same left want
