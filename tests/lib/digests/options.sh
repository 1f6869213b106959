# SPDX-License-Identifier: MIT
# options.sh: every option that a manual page describes, behind a command line that is right:
# without a value, with "~" and with "-1" for one. What comes of it is a line a program and option.

# basis PROGRAM OPTION...: a quick use of it.
basis() {
    _program=$1
    shift
    case $_program in
    bw2tensor) bw2tensor tracks/tracks.tsv "$@" ;;
    avo-train) avo-train --epochs 1 --hidden 8 chr21.signal.avo "$@" ;;
    avo-impute) avo-impute -t C02:H3K4me1 pilot.avo "$@" ;;
    factor-agg) factor-agg --window 4000 pilot.avo "$@" ;;
    ap-eval) ap-eval --model xgboost --folds 3 --trees 5 --drop-missing factors.avo "$@" ;;
    track-eval)
        track-eval --observed chr21.signal.avo --imputed staged.avo --ranks none --scope genome "$@"
        ;;
    avo-view) avo-view chr21.signal.avo "$@" ;;
    esac
}

# tried PROGRAM OPTION: outputs, a file of the value's name, and exit status, one after another.
tried() {
    for _value in '' '=~' '=-1'; do
        printf '%s %s%s\n' "$1" "$2" "$_value"
        _status=0
        basis "$1" "$2$_value" 2>&1 || _status=$?
        echo "exit status $_status"
        cat ./~ ./-1 2>/dev/null
        rm -rf ./~* ./-1*
    done | unhurried | sed 's/\(on N \)\[[0-9]*\]/\1[...]/; s/^CUDA: .*/CUDA: .../'
}

for p in bw2tensor avo-train avo-impute factor-agg ap-eval track-eval avo-view; do
    sed -n 's/^\.It //p' "$AVO_SRC/man/$p.1" | grep -oE 'Fl [-a-zA-Z0-9@]+' |
        sed 's/^Fl /-/' | sort -u >options.list
    while IFS= read -r option; do
        run "option.$p.$option" tried "$p" "$option"
        outputs "option.$p.$option"
    done <options.list
done
