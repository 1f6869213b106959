# SPDX-License-Identifier: MIT
# Every program: an input that is missing, a folder, empty or foreign is one line that names it,
# exit 1, and no output under the final name.
. "$AVO_SRC/tests/lib/case.sh"

# with_input PROGRAM FILE: a command line that reads FILE first.
with_input() {
    case $1 in
    bw2tensor) echo "bw2tensor -o out.avo $2" ;;
    avo-train) echo "avo-train -o out.avo $2" ;;
    avo-impute) echo "avo-impute --all -o out.avo $2" ;;
    factor-agg) echo "factor-agg --window 1000 -o out.avo $2" ;;
    track-eval) echo "track-eval -o out.tsv --observed $2 --imputed $2" ;;
    ap-eval) echo "ap-eval -o out.tsv --scores $2" ;;
    avo-view) echo "avo-view -O avo -o out.avo $2" ;;
    esac
}

mkdir folder
: >empty
printf 'not what any program reads\n' >foreign
head -c 5000 /bin/sh >binary
n=0
for p in $(programs); do
    n=$((n + 1))
    expect_error 1 "^$p: .*nowhere.*No such file" $(with_input "$p" nowhere)
    expect_error 1 "^$p: .*folder" $(with_input "$p" folder)
    for f in empty foreign binary; do
        expect_error 1 "^$p: .*$f" $(with_input "$p" $f)
    done
    expect_missing out.avo out.tsv
    expect_no_leftovers .
done
[ "$n" -gt 0 ] || skip "no programs are built"
