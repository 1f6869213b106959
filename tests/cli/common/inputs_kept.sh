# SPDX-License-Identifier: MIT
# No program writes over what it reads, or two outputs into one file: refused with one line, by what
# the files are (links too), and nothing is touched.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_model t
awk 'BEGIN {
    for (i = 0; i < 50; i++)
        printf "chr1\t%d\t%d\t%d\n", 1000 * i, 1000 * i + 800, i % 3 == 1
}' >t/w.bed
printf 'heart\tDNase\n' >t/pairs
factor-agg -q -R t/w.bed --label-column 4 -o t/f.avo t/model.avo
avo-impute -q --all -O bigwig -o 'i/{celltype}.{assay}.bw' t/model.avo
printf '1\t0.5\n0\t0.2\n' >t/scores
ln -s signal.avo t/soft.avo
ln t/signal.avo t/hard.avo
mkdir t/sub
mkdir before
cp -rp t i before

# refused REGEX COMMAND...
refused() {
    expect_error 2 "$@"
    diff -r t before/t && diff -r i before/i || fail "files were touched: $*"
    [ "$(ls)" = "$(printf 'before\ni\nstderr\nstdout\nt')" ] || fail "files were left: $(ls)"
}
input='is an input of this run'
refused "^bw2tensor: -o: t/tracks.tsv $input" bw2tensor -g t/sizes -o t/tracks.tsv t/tracks.tsv
refused "-o: t/sizes $input" bw2tensor -g t/sizes -o t/sizes t/tracks.tsv
refused "-o: t/w.bed $input" bw2tensor -g t/sizes -R t/w.bed -o t/w.bed t/tracks.tsv
refused "-o: .*brain.DNase.bedGraph $input" \
    bw2tensor -q -O avo -g t/sizes -o t/brain.DNase.bedGraph t/tracks.tsv
for f in t/signal.avo t/soft.avo t/hard.avo t/./sub/../signal.avo; do
    refused "^avo-view: -o: $f $input" avo-view -O avo -o $f t/signal.avo
    refused "^avo-train: --log: $f $input" avo-train --log $f t/signal.avo
    refused "^avo-train: --checkpoint: $f $input" avo-train --checkpoint $f t/signal.avo
    refused "^factor-agg: -o: $f $input" factor-agg --window 1000 -o $f t/signal.avo
    refused "^track-eval: --report: $f $input" track-eval --baseline-only --observed t/signal.avo \
        --report $f
done
refused "-o: <stdout> $input" sh -c 'avo-view -O avo t/signal.avo >>t/signal.avo'
refused "-o: t/signal.avo $input" sh -c 'avo-view -O avo -o t/signal.avo <t/signal.avo'
refused "--log: t/model.avo $input" avo-train --init t/model.avo --train genome --log t/model.avo \
    t/signal.avo
refused "-o: t/model.avo $input" avo-train --init t/model.avo --train genome -o t/model.avo \
    t/signal.avo
refused "the unfinished -o|the unfinished" avo-train --checkpoint t/n.partial -o t/n t/signal.avo
refused '--log and -o are one file|-o and --log are one file' avo-train --log t/new \
    -o t/sub/../new t/signal.avo
refused '--checkpoint and --log are one file' avo-train --checkpoint new/x --log ./new/x \
    t/signal.avo
refused "^avo-impute: -o: t/model.avo $input" avo-impute -t heart:DNase -o t/model.avo t/model.avo
refused "-o: t/pairs $input" avo-impute -T t/pairs -o t/pairs t/model.avo
refused "-o: t/f.avo $input" ap-eval --model logistic -o t/f.avo t/f.avo
refused "-o: t/f.avo $input" ap-eval --model logistic -o t/f.avo name=t/f.avo
refused "--scores-out: t/scores $input|t/scores $input" ap-eval --scores x=t/scores --curve t/scores
refused '--report and -o are one file' ap-eval --model logistic --report x -o x t/f.avo
refused '--per-fold and --report are one file' ap-eval --model logistic --per-fold x --report x \
    t/f.avo
refused "--labels-out: t/w.bed $input" factor-agg -R t/w.bed --labels-out t/w.bed -o x t/model.avo
refused "-o: t/signal.avo $input" factor-agg -R t/w.bed --label-from t/signal.avo:heart:H3K4me3 \
    -o t/signal.avo t/model.avo
refused '--json and -o are one file' track-eval --baseline-only --observed t/signal.avo --json x \
    -o x
# A device is not a file that could be lost.
expect_exit 0 ap-eval -q --scores t/scores --curve /dev/null -o /dev/null
expect_exit 0 avo-train -q --epochs 1 --hidden 4 --log /dev/stderr -o /dev/null t/signal.avo
