# SPDX-License-Identifier: MIT
# Failing system calls under the bigWig writer: one line that names the file, exit 1, nothing left;
# a file system without fallocate is no failure.
# timeout: 300
. "$AVO_SRC/tests/lib/case.sh"
need strace
generator=$AVO_BUILD/examples/make-compendium
set -- --celltypes 1 --assays 1 --test 0 --missing 0 --chrom chr1:1000000
"$generator" -o good "$@"
strace -qq -o /dev/null -e trace=fsync true 2>/dev/null || skip "strace cannot trace here"

# with FAULT DIR: the generator with one kind of fault
with() {
    fault=$1
    dir=$2
    shift 2
    strace -f -qq -o trace -e "trace=${fault%%:*}" -e "inject=$fault" "$generator" -o "$dir" "$@"
}
with fallocate:error=EOPNOTSUPP plain "$@" || fail "without fallocate"
expect_same good/C01.H3K4me3.bw plain/C01.H3K4me3.bw
with fallocate:error=EINTR:when=1 again "$@" || fail "interrupted fallocate"
expect_same good/C01.H3K4me3.bw again/C01.H3K4me3.bw

for fault in fallocate:error=ENOSPC fallocate:error=EDQUOT fsync:error=EIO ftruncate:error=EIO \
    pread64:error=EIO:when=3 rename:error=EIO; do
    expect_exit 1 with "$fault" bad "$@"
    expect_lines stderr 1
    expect_line stderr '^make-compendium: bad/C01.H3K4me3.bw: '
    [ -z "$(ls -A bad)" ] || fail "$fault: left behind: $(ls -A bad)"
done

# every write from the n-th on fails: data, index, zoom levels, table of levels
n=$(strace -f -qq -e trace=write -o trace "$generator" -o count "$@"; grep -c 'write(' trace)
[ "$n" -gt 20 ] || fail "$n writes"
i=1
none=0
while [ "$i" -le "$n" ]; do
    got=0
    with "write:error=ENOSPC:when=$i+" bad "$@" >stdout 2>stderr || got=$?
    [ "$got" -eq 1 ] || fail "write $i of $n: exit status $got"
    [ -z "$(find bad -name '*.tmp')" ] || fail "write $i of $n: left behind: $(ls -A bad)"
    [ -e bad/C01.H3K4me3.bw ] || none=$((none + 1))
    # the bigWig is whole (a later file's write failed) or not there
    [ ! -e bad/C01.H3K4me3.bw ] || expect_same bad/C01.H3K4me3.bw good/C01.H3K4me3.bw
    rm -rf bad
    i=$((i + 1 + i / 8))
done
[ "$none" -gt 5 ] || fail "only $none of the faults hit the bigWig"
