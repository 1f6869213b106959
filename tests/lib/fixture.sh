# SPDX-License-Identifier: MIT
# fixture.sh: small inputs that cases make themselves; source it after case.sh.

# tiny_tracks DIR: 3 cell types x 2 assays less one pair as bedGraph over chr1 (60,000 bp) and chr2
# (30,010 bp: a partial last bin), DIR/sizes and DIR/tracks.tsv. Values repeat from run to run.
tiny_tracks() {
    mkdir -p "$1"
    printf 'chr1\t60000\nchr2\t30010\n' >"$1/sizes"
    : >"$1/tracks.tsv"
    for _c in liver brain heart; do
        for _a in H3K4me3 DNase; do
            [ "$_c:$_a" != heart:DNase ] || continue
            awk -v name="$_c$_a" 'BEGIN {
                for (i = 1; i <= length(name); i++)
                    x = (x * 31 + index("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
                                        substr(name, i, 1))) % 65521
                n[1] = 60000; n[2] = 30000
                for (c = 1; c <= 2; c++)
                    for (b = 0; b < n[c]; b += 25) {
                        x = (x * 171 + 11213) % 53125
                        peak = (b % 4000 < 600) ? 3 : 0.2
                        printf "chr%d\t%d\t%d\t%.2f\n", c, b, b + 25, peak * (0.5 + x / 53125)
                    }
            }' >"$1/$_c.$_a.bedGraph"
            printf '%s\t%s\t%s\n' "$_c" "$_a" "$_c.$_a.bedGraph" >>"$1/tracks.tsv"
        done
    done
}

# tiny_signal DIR: tiny_tracks and DIR/signal.avo.
tiny_signal() {
    tiny_tracks "$1"
    bw2tensor -q -g "$1/sizes" -o "$1/signal.avo" "$1/tracks.tsv"
}

# tiny_model DIR: tiny_signal and DIR/model.avo, trained for two epochs.
tiny_model() {
    tiny_signal "$1"
    avo-train -q --epochs 2 --hidden 16 -o "$1/model.avo" "$1/signal.avo"
}

# full_disk SIZE BALLAST COMMAND...: the command must exit 1 where ./full is a tmpfs of SIZE (8m), of
# which BALLAST bytes are taken; ./left lists what is there afterwards, ./used its KB. The mount lives in a
# namespace of its own, so it does not outlive the case. Where nothing can be mounted the case ends
# as passed and says so: limits on file sizes, tested everywhere, must do there.
full_disk() {
    _size=$1 _ballast=$2
    shift 2
    _ns='unshare -m'
    $_ns true 2>/dev/null || _ns='unshare -rm'
    $_ns true 2>/dev/null || { echo "no mount namespace: not tested here"; exit 0; }
    cat >on_tmpfs.sh <<'END'
mkdir -p full && mount -t tmpfs -o "size=$1" tmpfs full || exit 99
[ "$2" -eq 0 ] || head -c "$2" /dev/zero >full/ballast
shift 2
"$@"
rc=$?
ls -A full >left
df --output=used full | tail -n 1 >used
exit $rc
END
    # shellcheck disable=SC2086
    expect_exit '1|99' $_ns sh on_tmpfs.sh "$_size" "$_ballast" "$@"
    [ "$_got" -ne 99 ] || { echo "no mount: not tested here"; exit 0; }
}
