#!/bin/sh
# SPDX-License-Identifier: MIT
# emulate.sh FILE.cu: the file as C++ for the emulation, on stdout.
set -eu
printf '#line 1 "%s"\n' "$1"
sed -E 's/^( *)(.*[a-z_0-9>])<<<(.*), ([A-Za-z_]+), 0, [a-z]+->queue>>>\((.*)\);$/\1avo_emulated(\3, \4, [=] { \2(\5); });/
    s/(int )avo_k_([a-z0-9_]+)\(/\1emulated_k_\2(/' "$1"
