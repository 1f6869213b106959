#!/bin/sh
# SPDX-License-Identifier: MIT
# digests.sh: every main use of the seven programs, and a line for each output of it: NAME SHA256.
# A restructuring changes no byte that a user sees: what this prints before it and after it is the
# same. It is also the same in another folder, at another time and for any number of threads.
#
#   AVO_BUILD=build sh tests/lib/digests.sh >digests.txt
#
# A line is NAME for standard output, NAME:stderr for standard error where there is any, NAME:FILE
# for a file; a command that fails (or, of those that must fail, does not) gives
# "NAME FAILED STATUS", and the rest goes on. Standard error is digested without the times that some
# lines tell (unhurried below); --version without its line on CUDA, which tells how the programs
# were built; --help without the default of --threads, which is the machine's. Nothing else is
# altered: files and tables hold neither times nor paths, and inputs are named relative to the
# scratch folder. Cards are not used. What training and imputing compute depends on the processor's
# instruction sets: compare runs of one machine.
#
# Environment: AVO_BUILD build folder; THREADS at most so many (default: the cores); ONLY parts to
# run (all: signal train impute features tracks mistakes options real; later ones need what train
# and earlier ones made); WORK=DIR a new folder that keeps inputs and outputs, the latter in
# DIR/out under their names: `diff -r` of two shows what differs; AVO_REAL_DATA folder of real
# tracks: without it the part real is left out, and a line on standard error says so.
set -u
AVO_SRC=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
AVO_BUILD=$(cd "${AVO_BUILD:-$AVO_SRC/build}" && pwd) || exit 1
PATH=$AVO_BUILD:$AVO_BUILD/examples:$PATH
LC_ALL=C
CUDA_VISIBLE_DEVICES=
export PATH LC_ALL CUDA_VISIBLE_DEVICES
unset CDPATH SLURM_CPUS_PER_TASK
if [ -n "${THREADS:-}" ]; then
    export SLURM_CPUS_PER_TASK="$THREADS"   # as many threads as programs take by themselves
fi
# Real tracks are found through a link in the scratch folder: no message names the way there.
real=
if [ -n "${AVO_REAL_DATA:-}" ]; then
    real=$(cd "$AVO_REAL_DATA" && pwd) || exit 1
fi

if [ -n "${WORK:-}" ]; then
    mkdir "$WORK" || exit 1
    scratch=$WORK
else
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/avotools-digests.XXXXXX") || exit 1
    trap 'rm -rf "$scratch"' EXIT
    trap 'exit 1' HUP INT TERM
fi
cd "$scratch" || exit 1
mkdir out

# digest NAME FILE
digest() {
    printf '%s %s\n' "$1" "$(sha256sum <"$2" | cut -d ' ' -f 1)"
}

# unhurried: "stage 1 done in 3m12s, training error ..." and "measured ... in 0.012 s (reading 0.003
# s)" without times, and the device without why it was taken, which depends on the build.
unhurried() {
    sed -e 's/ done in [0-9hms ]*/ done in TIME/' \
        -e 's/ in [0-9.]* s (reading [0-9.]* s)/ in TIME/' \
        -e 's/^\(avo-[a-z]*: device: cpu[^ ]*\) (.*/\1/'
}

# run NAME COMMAND...: the outputs are out/NAME and out/NAME.stderr, the status is $status.
run() {
    _name=$1
    shift
    [ ! -e "out/$_name" ] || echo "digests.sh: two uses are called $_name" >&2
    status=0
    "$@" >"out/$_name" 2>stderr </dev/null || status=$?
    unhurried <stderr >"out/$_name.stderr"
    rm stderr
    [ -s "out/$_name.stderr" ] || rm "out/$_name.stderr"
}

# outputs NAME: the lines of what run has kept.
outputs() {
    digest "$1" "out/$1"
    [ ! -e "out/$1.stderr" ] || digest "$1:stderr" "out/$1.stderr"
}

# use NAME COMMAND...: a command that must succeed.
use() {
    run "$@"
    if [ "$status" -eq 0 ]; then
        outputs "$1"
    else
        echo "$1 FAILED $status"
    fi
}

# made NAME FILE...: files that the use of this name has written.
made() {
    _name=$1
    shift
    for _f in "$@"; do
        if [ -f "$_f" ]; then
            digest "$_name:$_f" "$_f"
        else
            echo "$_name:$_f FAILED missing"
        fi
    done
}

# mistake NAME COMMAND...: a command that must fail: status, message and what it had written.
mistake() {
    run "$@"
    if [ "$status" -eq 0 ]; then
        echo "$1 FAILED 0"
    else
        echo "exit status $status" >>"out/$1"
        outputs "$1"
    fi
}

# The compendium that all parts use: 4 cell types x 4 assays, of which three tracks are missing, two
# have the role test and one valid; the second chromosome ends in a partial bin.
make-compendium -o tracks --celltypes 4 --assays 4 --test 2 --valid 1 --chrom chr20:200000 \
    --chrom chr21:100010 || exit 1
cut -f 1-3 tracks/tracks.tsv >tracks/bare.tsv
# And small bedGraphs of values that repeat.
# shellcheck disable=SC1091
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_tracks tiny
for part in ${ONLY:-signal train impute features tracks mistakes options real}; do
    if [ "$part" = real ] && [ -z "$real" ]; then
        echo 'digests.sh: without AVO_REAL_DATA no real tracks are used' >&2
        continue
    fi
    # shellcheck disable=SC1090
    . "$AVO_SRC/tests/lib/digests/$part.sh"
done
