# SPDX-License-Identifier: MIT
# case.sh: what every test case sources: . "$AVO_SRC/tests/lib/case.sh"
#
# A case is a POSIX shell script tests/<layer>/<topic>/NAME.sh. tests/lib/run.sh runs it in an
# empty scratch folder with the built programs on PATH and stdin from /dev/null. Its exit status
# is the verdict: 0 passed, 77 skipped (last line of output: why), anything else failed.
# Two kinds of comment in a case's first lines are read by the runner:
#   # timeout: 300     seconds before the case is killed (default 120)
#   # serial           never beside another case
# Variables: AVO_SRC source root, AVO_BUILD build folder, PYTHON the system's python3,
# AVO_REAL_DATA folder of real tracks (may be unset), CI ("true": few skips are allowed).
set -eu

# fail WORD...: ends the case.
fail() {
    printf 'FAILED: %s\n' "$*"
    exit 1
}

# skip REASON: ends the case as skipped. CI only accepts "no GPU" and "no real data".
skip() {
    printf '%s\n' "$*"
    exit 77
}

# need COMMAND...: skips where a program is missing.
need() {
    for _c in "$@"; do
        command -v "$_c" >/dev/null 2>&1 || skip "no $_c"
    done
}

# need_python MODULE...: skips where $PYTHON lacks one.
need_python() {
    for _c in "$@"; do
        "$PYTHON" -c "import $_c" >/dev/null 2>&1 || skip "no python3 module $_c"
    done
}

# need_real_data: skips without AVO_REAL_DATA.
need_real_data() {
    [ -n "${AVO_REAL_DATA:-}" ] && [ -d "${AVO_REAL_DATA:-}" ] || skip "no real data"
}

_show() {
    for _f in stdout stderr; do
        if [ -s "$_f" ]; then
            printf -- '--- %s (first lines)\n' "$_f"
            head -c 2000 "$_f" | head -n 30 | tr -c '[:print:]\n\t' '?'
            echo
        fi
    done
}

# expect_exit CODE COMMAND...: runs it with output in ./stdout and ./stderr. CODE may be a list
# such as "1|2"; 128 + N is death by signal N.
expect_exit() {
    _want=$1
    shift
    _got=0
    "$@" >stdout 2>stderr || _got=$?
    case "|$_want|" in
    *"|$_got|"*) return 0 ;;
    esac
    _show
    fail "exit status $_got (want $_want): $*"
}

# expect_line FILE REGEX: some line matches (grep -E).
expect_line() {
    grep -Eq -- "$2" "$1" && return 0
    head -n 30 "$1"
    fail "$1: no line matches: $2"
}

# refute_line FILE REGEX: no line matches.
refute_line() {
    if grep -En -- "$2" "$1"; then
        fail "$1: a line matches: $2"
    fi
}

# expect_lines FILE N: exactly N lines.
expect_lines() {
    _n=$(wc -l <"$1")
    [ "$_n" -eq "$2" ] && return 0
    head -n 30 "$1"
    fail "$1: $_n lines (want $2)"
}

# expect_same FILE FILE: equal bytes.
expect_same() {
    cmp "$1" "$2" || fail "$1 and $2 differ"
}

# expect_differ FILE FILE
expect_differ() {
    ! cmp -s "$1" "$2" || fail "$1 and $2 are equal"
}

# expect_empty FILE: there, and without a byte.
expect_empty() {
    [ -f "$1" ] || fail "$1: missing"
    [ ! -s "$1" ] && return 0
    head -n 30 "$1"
    fail "$1: not empty"
}

# expect_missing PATH...
expect_missing() {
    for _f in "$@"; do
        [ ! -e "$_f" ] || fail "$_f: exists"
    done
}

# expect_error CODE REGEX COMMAND...: fails with CODE and one message line (a hint line may
# follow) that matches.
expect_error() {
    _code=$1
    _regex=$2
    shift 2
    expect_exit "$_code" "$@"
    _n=$(grep -c -v -E '^[a-z0-9-]+: (hint|warning): ' stderr || :)
    [ "$_n" -eq 1 ] || { _show; fail "$_n message lines (want 1): $*"; }
    expect_line stderr "$_regex"
}

# expect_no_leftovers DIR: no temporary file of an output lies there.
expect_no_leftovers() {
    _left=$(find "$1" -name '.*.tmp')
    [ -z "$_left" ] || fail "left behind: $_left"
}

# programs: the names of the built programs, one a line.
programs() {
    for _f in "$AVO_SRC"/tools/*.c; do
        _p=$(basename "$_f" .c)
        [ ! -x "$AVO_BUILD/$_p" ] || echo "$_p"
    done
}
