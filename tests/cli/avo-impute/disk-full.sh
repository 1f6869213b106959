# SPDX-License-Identifier: MIT
# Imputing onto a file system of 8 MB that is too small: one line that says so, nothing left behind.
# (failures.sh does the same under a limit on file sizes, wherever nothing can be mounted.)
. "$AVO_SRC/tests/lib/case.sh"
make_model=$AVO_BUILD/tests/lib/make_model

# 2.6 million bins: a bigWig of more than 8 MB
$make_model -H 4,4 -l 65000000 -r chr1:0-2600000 m.avo

# In a mount namespace of its own, so that no mount outlives the case.
cat >on_tmpfs.sh <<'END'
mkdir -p full && mount -t tmpfs -o size=8m tmpfs full || exit 99
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
    echo "no mount namespace: not tested here"
    exit 0
fi

# full FORMAT FILE
full() {
    rm -f left used
    # shellcheck disable=SC2086
    expect_exit '1|99' $ns sh on_tmpfs.sh avo-impute -q -t A:DNase -O "$1" -o "full/$2" m.avo
    [ -e left ] || { echo "no tmpfs: not tested here"; exit 0; }
    expect_lines stderr 1
    expect_line stderr "full/.*: cannot write.*: No space left on device"
    expect_empty left
    [ "$(tr -d ' ' <used)" = 0 ] || fail "space still taken: $(cat used) KB"
}

full bigwig x.bw
full bigwig '{celltype}.{assay}.bw'
full bedgraph x.bg
$make_model -H 4,4 -l 125000000 -r chr1:0-5000000 m.avo
full avo x.avo
