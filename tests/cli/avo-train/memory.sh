# SPDX-License-Identifier: MIT
# The memory plan counts the bins that are there, not those of the header; a pipe is refused once it
# brings too many; limits of the shell count as the machine's memory does.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_tracks d
# a header of 4 million bins, 3600 of which are covered; at 64 KB a bin all would take 256 GB
printf 'chr1\t100000000\nchr2\t30010\n' >d/sizes
bw2tensor -q -g d/sizes -o d/signal.avo d/tracks.tsv
quick='--epochs 1 --hidden 4 --factors fine=4000'
# shellcheck disable=SC2086
expect_exit 0 avo-train $quick -o file.avo d/signal.avo
refute_line stderr 'memory'
# shellcheck disable=SC2086
avo-train $quick <d/signal.avo >pipe.avo 2>stderr
expect_line stderr 'all 4001200 bins that the input may have do not fit'
expect_same file.avo pipe.avo
# by position and by track: what the parts hold together
bw2tensor -q -g d/sizes -r chr1 -o d/chr1.avo d/tracks.tsv
bw2tensor -q -g d/sizes -r chr2 -o d/chr2.avo d/tracks.tsv
# shellcheck disable=SC2086
expect_exit 0 avo-train $quick -o parts.avo d/chr2.avo d/chr1.avo

# one factor of 60,000 columns a bin: 3.5 GB; 1.5 GB of address space
big='--epochs 1 --hidden 2 --batch 64 --factors fine=60000'
want='training everything needs [0-9]+ MB for'
hint='hint: stage 1 on some regions'
limited() {
    (
        ulimit -v 1500000
        exec avo-train -@1 "$@"
    )
}
# shellcheck disable=SC2086
expect_error 1 "$want 3600 bins, ulimit -v leaves [0-9]+ MB" limited -q $big -o x d/signal.avo
expect_line stderr "$hint"
# shellcheck disable=SC2086
expect_exit 1 limited $big -o x - <d/signal.avo
expect_line stderr "$want the first [0-9]+ bins, ulimit -v leaves [0-9]+ MB"
expect_line stderr "$hint"
expect_missing x

# what a model of the family observed draws from is no more than there is
(
    ulimit -v 1000000
    avo-train -@1 -q --device cpu --preset observed --samples 100000000 --epochs 1 -o seen d/signal.avo
) || fail "a sample larger than the input was counted"
