#!/bin/sh
# SPDX-License-Identifier: MIT
# stream_pipe.sh: the record stream through a pipe against raw 1-MiB writes, as a ratio of one run.
# QUICK=1: less data. Two idle cores are needed for a figure that means anything.
set -eu
for tracks in 20 1000; do
    "${AVO_BUILD:-build}"/tests/bench/stream_pipe "$([ -n "${QUICK:-}" ] && echo 1000 || echo 5000)" $tracks
done
