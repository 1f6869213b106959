#!/bin/sh
# SPDX-License-Identifier: MIT
# The backend tests have a row for CUDA, which they leave out where it is missing: counted here.
# What asks for a card and gets none ends with status 3.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
if avo-train --version | grep -iq 'cuda.*yes'; then
    "$AVO_BUILD/tests/backend/check_gradients" || fail 'gradients'
    exit 0
fi
tiny_signal t
expect_error 3 'CUDA' avo-train -q --device cuda --epochs 1 -o m.avo t/signal.avo
expect_missing m.avo
expect_error 3 'CUDA' avo-train -q --device cuda:1 --epochs 1 -o m.avo t/signal.avo
avo-train -v --device auto --epochs 1 --hidden 4 -o m.avo t/signal.avo 2>stderr
expect_line stderr 'device: cpu.*built without CUDA'
skip 'no GPU: built without CUDA'
