# SPDX-License-Identifier: MIT
# mistakes.sh: what is refused, in which words and with which status.

: >empty
printf 'chr20\t199990\t200001\n' >far.bed
echo 'not what any program reads' >foreign
head -c 20000 signal.avo >cut.avo
head -c "$(($(wc -c <signal.avo) - 100))" signal.avo >endless.avo
head -c "$(($(wc -c <model.avo) - 100))" model.avo >cut.model.avo

# reading PROGRAM FILE: a command line that reads FILE first.
reading() {
    case $1 in
    bw2tensor) bw2tensor -o no.out "$2" ;;
    avo-train) avo-train -o no.out "$2" ;;
    avo-impute) avo-impute --all -o no.out "$2" ;;
    factor-agg) factor-agg --window 1000 -o no.out "$2" ;;
    track-eval) track-eval -o no.out --observed "$2" --imputed "$2" ;;
    ap-eval) ap-eval -o no.out --scores "$2" ;;
    avo-view) avo-view -O avo -o no.out "$2" ;;
    esac
}
for p in bw2tensor avo-train avo-impute factor-agg ap-eval track-eval avo-view; do
    for f in nowhere.avo tracks empty foreign; do
        mistake "wrong.$p.$f" reading $p $f
    done
    mistake "wrong.$p.unknown" $p --no-such-option
    mistake "wrong.$p.nearest" $p --verbse
    mistake "wrong.$p.letter" $p '-?'
    mistake "wrong.$p.progress" $p --progress maybe
    mistake "wrong.$p.no-input" $p
done
# cutting PROGRAM OPTIONS...: a command line that is right but for the options.
cutting() {
    _program=$1
    shift
    case $_program in
    bw2tensor) bw2tensor "$@" tracks/tracks.tsv ;;
    avo-impute) avo-impute --all "$@" model.avo ;;
    factor-agg)
        [ "$1" = -R ] || set -- --window 1000 "$@"
        factor-agg "$@" model.avo
        ;;
    track-eval) track-eval --observed signal.avo --imputed missing.avo "$@" ;;
    ap-eval) ap-eval --scores one.tsv "$@" ;;
    avo-view) avo-view "$@" signal.avo ;;
    esac
}
for p in bw2tensor avo-impute factor-agg track-eval avo-view; do
    for r in chr20:9-5 chr20:0-5 chr2 chr20:1-999999 chr20:5 ''; do
        mistake "wrong.$p.region.$r" cutting $p -r "$r"
    done
    mistake "wrong.$p.bed" cutting $p -R foreign
    mistake "wrong.$p.bed.missing" cutting $p -R nowhere.bed
    mistake "wrong.$p.bed.strict" cutting $p -R far.bed --strict
done
for p in bw2tensor avo-impute factor-agg track-eval ap-eval avo-view; do
    mistake "wrong.$p.format" cutting $p -O jpeg
    mistake "wrong.$p.folder" cutting $p -o empty/x
done
for p in avo-train avo-impute factor-agg avo-view; do
    for f in cut.avo endless.avo cut.model.avo; do
        mistake "wrong.$p.$f" reading $p $f
    done
done
for f in streams/bad/*.avo; do
    mistake "wrong.stream.$(basename "$f" .avo)" avo-view --check "$f"
done

# bw2tensor
printf 'C\tx\n' >t.tsv
mistake wrong.table bw2tensor t.tsv
printf 'C\tx\ttracks/none.bw\n' >t.tsv
mistake wrong.table.file bw2tensor t.tsv
printf 'C\tx\thttp://127.0.0.1:9/x.bw\n' >t.tsv
mistake wrong.table.url bw2tensor t.tsv
sed 2p tracks/tracks.tsv >tracks/doubled.tsv
mistake wrong.table.twice bw2tensor tracks/doubled.tsv
mistake wrong.sizes bw2tensor tiny/tracks.tsv
mistake wrong.bin bw2tensor -b 0 tracks/tracks.tsv
mistake wrong.mid bw2tensor --mid 7 tracks/tracks.tsv
mistake wrong.dtype bw2tensor --dtype f64 tracks/tracks.tsv
mistake wrong.transform bw2tensor --transform sqrt tracks/tracks.tsv
mistake wrong.sample bw2tensor --sample 2 tracks/tracks.tsv
mistake wrong.strict bw2tensor -R genes.bed --strict -g tiny/sizes tiny/tracks.tsv
mistake wrong.selected bw2tensor --min-assays 9 tracks/tracks.tsv
mistake wrong.qc bw2tensor -O text tracks/tracks.tsv
mistake wrong.input-output bw2tensor -o tracks/tracks.tsv tracks/tracks.tsv

# avo-train
mistake wrong.train.init avo-train --train genome signal.avo
mistake wrong.train.preset avo-train --preset best signal.avo
mistake wrong.train.train avo-train --train some signal.avo
mistake wrong.train.factors avo-train --factors 60bp=3 signal.avo
mistake wrong.train.factors.name avo-train --factors fine signal.avo
mistake wrong.train.hidden avo-train --hidden 16,,8 signal.avo
mistake wrong.train.epochs avo-train --epochs 0 signal.avo
mistake wrong.train.dropout avo-train --dropout 1.5 signal.avo
mistake wrong.train.order avo-train --order upwards signal.avo
mistake wrong.train.fold avo-train --folds 3 --fold 3 signal.avo
mistake wrong.train.fold.alone avo-train --fold 1 signal.avo
mistake wrong.train.test avo-train --test C02:H3K4me9 signal.avo
mistake wrong.train.test.twice avo-train --test C01:H3K4me1 --valid C01:H3K4me1 signal.avo
mistake wrong.train.watch avo-train --watch 40 signal.avo
mistake wrong.train.device avo-train --device gpu signal.avo
mistake wrong.train.precision avo-train --device cpu --precision bf16 signal.avo
mistake wrong.train.model avo-train -o x.avo model.avo
mistake wrong.train.bins avo-train --init pilot.avo --train genome bin50.signal.avo
mistake wrong.train.known avo-train --init pilot.avo --train celltypes pilot.signal.avo
mistake wrong.train.new avo-train --init pilot.avo --train genome cell.signal.avo
mistake wrong.train.state avo-train --epochs 3 --hidden 16 --seed 1 --checkpoint whole.state \
    --every 2 --resume -o x.avo chr21.signal.avo
mistake wrong.train.resume avo-train --resume -o x.avo signal.avo
mistake wrong.train.stage1 avo-train --stage1 tiny/sizes -o x.avo signal.avo
use note.train.ignored avo-train --init pilot.avo --train genome --hidden 4 --lr 1 --epochs 1 \
    -o x.avo chr21.signal.avo

# avo-impute
mistake wrong.impute.nothing avo-impute model.avo
mistake wrong.impute.celltype avo-impute -t C2:H3K4me1 model.avo
mistake wrong.impute.assay avo-impute -t C02:H3K4me11 model.avo
mistake wrong.impute.colon avo-impute -t C02 model.avo
mistake wrong.impute.twice avo-impute --all --missing model.avo
mistake wrong.impute.list avo-impute -T foreign model.avo
mistake wrong.impute.region avo-impute --all -r chr9 model.avo
mistake wrong.impute.signal avo-impute --all signal.avo
mistake wrong.impute.roots avo-impute --all chr20.avo seed.avo
mistake wrong.impute.tiles avo-impute --all chr20.avo model.avo
mistake wrong.impute.names avo-impute --all -O bigwig -o one.bw model.avo
mistake wrong.impute.stdout avo-impute -t C02:H3K4me1 -O bigwig model.avo
mistake wrong.impute.format avo-impute -t C02:H3K4me1 -o one.npy model.avo
mistake wrong.impute.components avo-impute -t C02:H3K4me1 --attribution -o a.avo model.avo
mistake wrong.impute.component avo-impute -t C02:H3K4me1 --attribution --component x model.avo
mistake wrong.impute.steps avo-impute -t C02:H3K4me1 --steps 5 model.avo
mistake wrong.impute.memory avo-impute --all --max-memory some model.avo

# factor-agg
for o in '' '-R genes.bed --window 5' '--window x' '-R genes.bed --anchor tss' \
    '-R genes.bed --anchor mid --upstream 5' '-R genes.bed --tiles 8' '-R genes.bed --tiles 8x250' \
    '-R genes.bed --stat median' '-R genes.bed --scales medium' '-R genes.bed --pairs' \
    '-R genes.bed --label-column 20' '-R genes.bed --label-threshold 1' '--celltypes --assays' \
    '-R genes.bed --label-from signal.avo' '-R genes.bed -t C01:x' '--window 9 -r chr20:5'; do
    # shellcheck disable=SC2086
    mistake "wrong.agg.$(printf '%s' "$o" | tr -c 'a-z0-9' _)" factor-agg $o model.avo
done
mistake wrong.agg.track factor-agg --window 5000 -t C01:x signal.avo
mistake wrong.agg.features factor-agg --window 5000 rows.avo

# ap-eval
for o in rows.npy '--model forest rows.npy' '--model xgboost --rows 5-3 rows.npy' \
    '--model xgboost --folds 1 rows.npy' '--model logistic --task regression rows.npy' \
    '--model logistic --depth 3 rows.npy' '--model xgboost --inner-score ap rows.npy' \
    '--model xgboost rows.npy' '--model xgboost a=rows.npy a=tiles.npy' \
    '--model xgboost --group pairs:a rows.avo' '--model xgboost --folds 500 factors.avo' \
    '--model logistic factors.avo rows.avo' '--scores one.tsv --model xgboost' \
    '--scores one.tsv --labels labels.npy' '--columns f* rows.avo' \
    '--model xgboost --task ranking rows.avo' '--model logistic --label-column y rows.avo'; do
    # shellcheck disable=SC2086
    mistake "wrong.ap.$(printf '%s' "$o" | tr -c 'a-z0-9' _)" ap-eval $o
done

# track-eval
for o in '' '--baseline-only' '--imputed mean=missing.avo' '--imputed missing.avo missing.avo' \
    '--imputed nowhere.avo' '--imputed bin50.signal.avo' \
    '--imputed raw.signal.avo' '--imputed model.avo' \
    '--imputed missing.avo --scope x' '--imputed missing.avo --measures mses' \
    '--imputed missing.avo --measures msegene' '--imputed missing.avo --top half' \
    '--imputed missing.avo --space log' '--imputed missing.avo --relations relations.tsv' \
    '--imputed missing.avo --attribution missing.avo' '--imputed missing.avo --show chr21' \
    '--imputed missing.avo --genes foreign' '--imputed missing.avo --test C01:H3' \
    '--imputed missing.avo --convention challenge' '--imputed missing.avo -r chrX' \
    '--imputed missing.avo --observed cut.avo' '--imputed missing.avo --upstream 0'; do
    case $o in
    --baseline-only) continue ;;
    esac
    # shellcheck disable=SC2086
    mistake "wrong.eval.$(printf '%s' "$o" | tr -c 'a-z0-9' _)" track-eval --observed signal.avo $o
done

# avo-view
for o in '-t C01:H3K4me9 signal.avo' '-t C01 signal.avo' '-O bedgraph signal.avo' \
    '--column fine.99 -O bedgraph model.avo' '--tensor none model.avo' \
    '-r chr22 signal.avo' '-r chr20:x signal.avo' '--space log signal.avo' \
    'signal.avo model.avo' '-O avo signal.avo bin50.signal.avo' \
    '-O avo signal.avo signal.avo' '-O avo chr20.avo seed.avo' \
    '-H --check signal.avo' '-o x.bw signal.avo' '-t C01:H3K4me1 model.avo' \
    '-O bedgraph pairs.avo' '--check signal.avo cut.avo nowhere.avo'; do
    # shellcheck disable=SC2086
    mistake "wrong.view.$(printf '%s' "$o" | tr -c 'a-z0-9' _)" avo-view $o
done
