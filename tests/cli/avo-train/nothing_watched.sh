#!/bin/sh
# SPDX-License-Identifier: MIT
# A share of blocks so small that none is watched: all are. Once it gave a model of zeroes, and with
# --refit a crash. Watched or training tracks without any value are an error.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_signal t
train() {
    avo-train -q --epochs 4 --hidden 8 --batch 500 --stage2-epochs 1 --valid liver:DNase "$@"
}
train --valid-share 1e-6 --log few.tsv -o few.avo t/signal.avo
train --valid-share 1 --log all.tsv -o all.avo t/signal.avo
expect_same few.tsv all.tsv
expect_same few.avo all.avo
[ "$(awk -F'\t' 'NR > 1 && $4 > 0 {n++} END {print n + 0}' all.tsv)" -eq 4 ] || fail 'watched errors'
train --valid-share 1e-6 --refit -o refit.avo t/signal.avo
expect_differ refit.avo all.avo

# tracks that are never measured where the others are
sed 's/liver\.DNase/empty/' t/tracks.tsv >t/empty.tsv
printf 'chr1\t59975\t60000\t1\n' >t/empty.bedGraph
bw2tensor -q -g t/sizes --missing nan -r chr2 -o nan.avo t/empty.tsv
expect_error 1 'watched tracks have no value' train -o no.avo nan.avo
expect_error 1 'training tracks have no value' avo-train -q --epochs 2 --hidden 8 \
    --test liver:H3K4me3 --test brain:H3K4me3 --test brain:DNase --test heart:H3K4me3 \
    -o no.avo nan.avo
expect_missing no.avo
