# SPDX-License-Identifier: MIT
# No room for a bigWig: one clear line and nothing left behind, on a full file system (where one
# can be mounted) and under a limit on file sizes (always).
. "$AVO_SRC/tests/lib/case.sh"
generator=$AVO_BUILD/examples/make-compendium

# A track of 20 Mbp, whose bound is above 4 MB.
set -- --celltypes 1 --assays 1 --test 0 --missing 0 --chrom chr1:20000000
(
    ulimit -f 2000      # 1 MB
    expect_error 1 'limited/C01.H3K4me3.bw: cannot write: File too large' \
        "$generator" -o limited "$@"
)
[ -z "$(ls -A limited)" ] || fail "left behind: $(ls -A limited)"

# In a mount namespace of its own, so that no mount outlives the case.
cat >on_tmpfs.sh <<'END'
mkdir -p full && mount -t tmpfs -o size=3m tmpfs full || exit 99
"$@"
rc=$?
ls -A full >left
df --output=used full | tail -n 1 >used
exit $rc
END
if unshare -m true 2>/dev/null; then
    ns='unshare -m'
elif unshare -rm true 2>/dev/null; then
    ns='unshare -rm'
else
    echo "no mount namespace: the limit alone was tested"
    exit 0
fi
# shellcheck disable=SC2086
expect_exit '1|99' $ns sh on_tmpfs.sh "$generator" -o full "$@"
[ -e left ] || exit 0
expect_lines stderr 1
expect_line stderr 'full/C01.H3K4me3.bw: cannot write: No space left on device'
expect_empty left
[ "$(tr -d ' ' <used)" = 0 ] || fail "space still taken: $(cat used) KB"
