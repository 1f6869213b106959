#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh: `make bench`. One table: what, ours, theirs, ratio (above 1: ours is the faster), each row
# from one run in which both alternate, medians. Nothing is asserted; an idle machine tells most.
# QUICK=1: smaller data, under three minutes on two idle cores. ONLY: a part's name.
# A part prints its rows with TABs between the four fields, "-" for what it has not.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tab=$(printf '\t')

row() {
    printf '%-64s %16s %16s %7s\n' "$1" "$2" "$3" "$4"
}

row what ours theirs ratio
for part in stream_pipe bw2tensor train track_eval factor_agg ap_eval; do
    case $part in *"${ONLY:-}"*) ;; *) continue ;; esac
    { sh "$here/$part.sh" || printf '%s: FAILED\t-\t-\t-\n' "$part"; } |
        while IFS=$tab read -r what ours theirs ratio; do
            row "$what" "$ours" "$theirs" "$ratio"
        done
done
