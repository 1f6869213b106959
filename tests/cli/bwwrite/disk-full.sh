# SPDX-License-Identifier: MIT
# No room for a bigWig: one clear line and nothing left behind, on a full file system (where one
# can be mounted) and under a limit on file sizes (always).
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
generator=$AVO_BUILD/examples/make-compendium

# A track of 20 Mbp, whose bound is above 4 MB.
set -- --celltypes 1 --assays 1 --test 0 --missing 0 --chrom chr1:20000000
(
    ulimit -f 2000      # 1 MB
    expect_error 1 'limited/C01.H3K4me3.bw: cannot write: File too large' \
        "$generator" -o limited "$@"
)
[ -z "$(ls -A limited)" ] || fail "left behind: $(ls -A limited)"

full_disk 3m 0 "$generator" -o full "$@"
expect_lines stderr 1
expect_line stderr 'full/C01.H3K4me3.bw: cannot write: No space left on device'
expect_empty left
[ "$(tr -d ' ' <used)" = 0 ] || fail "space still taken: $(cat used) KB"
