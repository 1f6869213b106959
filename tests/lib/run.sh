#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh: runs unit programs and test cases, and counts. Called by make; tests/lib/case.sh says
# what a case is.
#
#   run.sh LAYER...     layers: check, all, real, cuda; unit and streams are parts of check. Closes
#                       with "N passed, N failed, N skipped".
#   run.sh --one CASE   runs one case or unit program (used by the runner itself)
#
# Time limits are those of an idle machine: while more processes want to run than there are cores,
# their clock goes slower by as much.
#
# Environment: AVO_BUILD build folder; JOBS cases at a time (2); ONLY part of the names to run;
# KEEP=1 keeps scratch folders; CI=true makes every skip a failure but those of allowed_skip;
# AVO_TIMEOUT_SCALE multiplies time limits; AVO_WRAP is put before unit programs and AVO_BIN
# before the build folder on PATH (valgrind). Layer cuda needs a card: a skip is a failure there. A
# build folder made by `make carry` brings its libraries in lib/.
set -u
AVO_SRC=$(cd "$(dirname "$0")/../.." && pwd)
AVO_BUILD=$(cd "${AVO_BUILD:-$AVO_SRC/build}" && pwd)
PYTHON=${PYTHON:-/usr/bin/python3}
scale=${AVO_TIMEOUT_SCALE:-1}
RESULTS=${RESULTS:-$AVO_BUILD/tests/results}
LC_ALL=C
# Of one check, if all goes well; a busy machine may take five times as long, and the program as a
# whole has a limit, too.
CK_DEFAULT_TIMEOUT=${CK_DEFAULT_TIMEOUT:-60}
CK_TIMEOUT_MULTIPLIER=$((5 * scale))
export AVO_SRC AVO_BUILD PYTHON RESULTS LC_ALL CK_DEFAULT_TIMEOUT CK_TIMEOUT_MULTIPLIER
# Variables given to make reach cases that call make again; its job server does not.
MAKEFLAGS=$(printf '%s' "${MAKEFLAGS:-}" | sed -n 's/.*-- //p')
export MAKEFLAGS
ulimit -c 0     # a core file in a scratch folder would count as left behind
unset MFLAGS MAKELEVEL MAKE_RESTARTS MAKEOVERRIDES CDPATH

# Shared libraries that a carried build folder brings along.
if [ -d "$AVO_BUILD/lib" ]; then
    LD_LIBRARY_PATH=$AVO_BUILD/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    export LD_LIBRARY_PATH
fi

allowed_skip() {
    [ "${AVO_NEED_CARD:-0}" = 0 ] || return 1
    case $1 in
    'no GPU'* | 'no real data'*) return 0 ;;
    *) return 1 ;;
    esac
}

now() { date +%s; }

# report VERDICT PASSED FAILED SKIPPED NAME SECONDS [REASON]: one line for people, one for the sum.
report() {
    printf '%s %s %s %s\n' "$2" "$3" "$4" "$5" >"$RESULTS/$id"
    printf '%-4s %s (%s s)%s\n' "$1" "$5" "$6" "${7:+: $7}"
}

show_output() {
    {
        printf -- '---- output of %s\n' "$1"
        tail -c 8000 "$2" | tail -n 60
        printf -- '\n----\n'
    } >"$2.shown"
    cat "$2.shown"
}

# Check prints "75%: Checks: 4, Failures: 1, Errors: 0".
judge_unit() {
    counts=$(sed -n 's/.*Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\).*/\1 \2 \3/p' \
        "$log" | tail -n 1)
    # shellcheck disable=SC2086
    set -- ${counts:-0 0 1}
    bad=$(($2 + $3))
    good=$(($1 - bad))
    [ "$good" -ge 0 ] || good=0
    if [ "$rc" -ne 0 ] && [ "$bad" -eq 0 ]; then
        bad=1
    fi
    if [ "$bad" -eq 0 ] && [ "$good" -eq 0 ]; then
        bad=1
    fi
    if [ "$bad" -eq 0 ]; then
        report ok "$good" 0 0 "$name" "$seconds" "$good checks"
    else
        report FAIL "$good" "$bad" 0 "$name" "$seconds" "exit status $rc"
        show_output "$name" "$log"
    fi
}

judge_case() {
    if [ "$rc" -eq 0 ]; then
        report ok 1 0 0 "$name" "$seconds"
        return
    fi
    reason=$(tail -n 1 "$log")
    if [ "$rc" -eq 77 ]; then
        if { [ "${CI:-}" != true ] && [ "${AVO_NEED_CARD:-0}" = 0 ]; } ||
            allowed_skip "$reason"; then
            report skip 0 0 1 "$name" "$seconds" "$reason"
            return
        fi
        reason="a skip that is not allowed here: $reason"
    elif [ "$rc" -eq 124 ] || [ "$rc" -eq 137 ]; then
        reason="no end within $limit s"
    else
        reason="exit status $rc"
    fi
    report FAIL 0 1 0 "$name" "$seconds" "$reason"
    show_output "$name" "$log"
}

# How many processes there are to run for each core, in tenths, at least 10.
crowd() {
    running=$((4 * cores))/     # where nothing can be read
    [ ! -r /proc/loadavg ] || read -r _ _ _ running _ </proc/loadavg
    crowd=$((10 * ${running%%/*} / cores))
    [ "$crowd" -ge 10 ] || crowd=10
}

# watch SECONDS: ends the `timeout` whose process id is in $pidfile when it has had so many
# seconds, each as long as the crowd is large. Its status is 124 then.
watch() {
    nap=
    trap 'kill $nap; exit 0' TERM
    cores=$(nproc || echo 1)
    left=$(($1 * 10))
    while [ "$left" -gt 0 ]; do
        sleep 2 &
        nap=$!
        wait $nap
        crowd
        left=$((left - 200 / crowd))
    done
    kill -ALRM "$(cat "$pidfile")"
}

# limited COMMAND...: in the scratch folder, for at most $limit seconds.
limited() {
    pidfile=$RESULTS/$id.pid
    watch "$limit" >/dev/null 2>&1 &
    watcher=$!
    # shellcheck disable=SC2016
    (unset RESULTS  # a case may run the runner on another tree
        cd "$scratch" && HOME=$scratch exec sh -c 'echo $$ >"$1"; shift; exec "$@"' sh \
            "$pidfile" timeout -k 5 $((limit * 20)) "$@") >"$log" 2>&1 </dev/null || rc=$?
    kill $watcher 2>/dev/null
    wait $watcher 2>/dev/null
    rm -f "$pidfile"
}

run_one() {
    file=$1
    name=${file#"$AVO_BUILD/"}
    name=${name#"$AVO_SRC/"}
    id=$(printf '%s' "$name" | tr '/' '_')
    limit=$(sed -n '1,12s/^# timeout: *\([0-9]*\).*/\1/p' "$file" 2>/dev/null | head -n 1)
    limit=$((${limit:-120} * scale))
    log=$RESULTS/$id.log
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/avotools-test.XXXXXX") || exit 1
    begun=$(now)
    rc=0
    case $file in
    *.sh) limited env PATH="${AVO_BIN:+$AVO_BIN:}$AVO_BUILD:$PATH" sh "$file" ;;
    *)
        limit=$((limit * 5))
        # shellcheck disable=SC2086
        limited ${AVO_WRAP:-} "$file"
        ;;
    esac
    seconds=$(($(now) - begun))
    case $file in
    *.sh) judge_case ;;
    *) judge_unit ;;
    esac
    if [ "${KEEP:-0}" = 1 ]; then
        echo "     scratch folder: $scratch"
    else
        chmod -R u+rwx "$scratch" 2>/dev/null
        rm -rf "$scratch"
    fi
}

# The runner must notice failures: both controls have to be counted as failed.
negative_control() {
    printf '#!/bin/sh\necho "50%%: Checks: 4, Failures: 1, Errors: 1"\nexit 1\n' \
        >"$RESULTS/negative_unit"
    chmod +x "$RESULTS/negative_unit"
    mkdir -p "$RESULTS/control"
    for control in "$AVO_SRC/tests/lib/negative/case.sh" "$RESULTS/negative_unit"; do
        RESULTS=$RESULTS/control sh "$0" --one "$control" >/dev/null 2>&1
    done
    got=$(cat "$RESULTS"/control/* 2>/dev/null | awk 'NF == 4 && $1 ~ /^[0-9]+$/ {
        p += $1; f += $2; s += $3} END {printf "%d %d %d", p, f, s}')
    rm -rf "$RESULTS/control" "$RESULTS/negative_unit"
    id=negative_control
    if [ "$got" = '2 3 0' ]; then
        report ok 1 0 0 'tests/lib/negative (failures are noticed)' 0
    else
        report FAIL 0 1 0 'tests/lib/negative (failures are noticed)' 0 "got $got, want 2 3 0"
    fi
}

# Unit programs under the build folder, then cases.
list_cases() {
    case $1 in
    check | unit)
        for f in "$AVO_SRC"/tests/unit/check_*.c "$AVO_SRC"/tests/backend/check_*.c; do
            f=${f%.c}
            echo "$AVO_BUILD${f#"$AVO_SRC"}"
        done
        ;;
    cuda)
        for f in "$AVO_SRC"/tests/backend/check_*.c; do
            echo "$AVO_BUILD/tests/backend/card/$(basename "$f" .c)"
        done
        ;;
    esac
    case $1 in
    check) set -- cli pipe backend inject fuzz ;;
    streams) set -- cli/avo-view pipe fuzz ;;
    unit) set -- ;;
    esac
    for d in "$@"; do
        find "$AVO_SRC/tests/$d" -name '*.sh'
    done
}

# Cases in two lots: those that may run side by side, and those marked serial.
run_layer() {
    list_cases "$1" | grep -F -- "${ONLY:-/}" | sort >"$RESULTS/list"
    : >"$RESULTS/serial"
    : >"$RESULTS/side"
    while IFS= read -r f; do
        case $f in
        *.sh) sed -n '1,12p' "$f" | grep -q '^# serial' && echo "$f" >>"$RESULTS/serial" ||
            echo "$f" >>"$RESULTS/side" ;;
        *) echo "$f" >>"$RESULTS/side" ;;
        esac
    done <"$RESULTS/list"
    xargs -P "${JOBS:-2}" -I '{}' sh "$0" --one '{}' <"$RESULTS/side"
    xargs -P 1 -I '{}' sh "$0" --one '{}' <"$RESULTS/serial"
    rm -f "$RESULTS/list" "$RESULTS/serial" "$RESULTS/side"
}

if [ "${1:-}" = --one ]; then
    run_one "$2"
    exit 0
fi
for layer in "$@" ''; do
    case $layer in
    check | all | real | cuda | unit | streams) ;;
    *) [ -z "$layer" ] && [ $# -ge 1 ] || {
        echo 'usage: run.sh check|all|real|cuda|unit|streams ...' >&2
        exit 2
    } ;;
    esac
done
case $1 in
all | streams) ;;   # add to what has been counted
*) rm -rf "$RESULTS" ;;
esac
mkdir -p "$RESULTS"
case " $* " in
*' real '*)
    if [ -z "${AVO_REAL_DATA:-}" ]; then
        echo 'run.sh: AVO_REAL_DATA must name the folder of real tracks' >&2
        exit 2
    fi
    ;;
esac
case " $* " in
*' cuda '*)
    # One process at a time has the card; a program that has opened it cannot fork.
    AVO_NEED_CARD=1 CK_FORK=no JOBS=1
    export AVO_NEED_CARD CK_FORK
    ;;
esac
begun=$(now)
negative_control
for layer in "$@"; do
    run_layer "$layer"
done
find "$RESULTS" -type f ! -name '*.log' ! -name '*.shown' -exec cat {} + |
    awk 'NF >= 4 {if ($2) bad[++n] = $4; p += $1; f += $2; s += $3}
        END {for (i = 1; i <= n; i++) print "failed: " bad[i] > "/dev/stderr"
             print p + 0, f + 0, s + 0}' >"$RESULTS/sum.log"
read -r passed failed skipped <"$RESULTS/sum.log"
echo "$(($(now) - begun)) s"
echo "$passed passed, $failed failed, $skipped skipped"
# More than the control must have run, unless a name was asked for.
[ "$failed" -eq 0 ] && { [ "$passed" -gt 1 ] || [ -n "${ONLY:-}" ]; }
