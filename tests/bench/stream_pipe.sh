#!/bin/sh
# SPDX-License-Identifier: MIT
# stream_pipe.sh: the record stream through a pipe against raw 1-MiB writes. At least 0.7 is promised.
# QUICK=1: less data. By the clock: only two idle cores tell what it can do.
set -eu
for tracks in 20 1000; do
    "${AVO_BUILD:-build}"/tests/bench/stream_pipe "$([ -n "${QUICK:-}" ] && echo 1000 || echo 5000)" $tracks
done
