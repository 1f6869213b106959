# SPDX-License-Identifier: MIT
# The runner ends what does not end by itself, says so, and passes signals and status on; a layer
# that is not there is refused.
. "$AVO_SRC/tests/lib/case.sh"

mkdir results
one() {
    RESULTS=$PWD/results sh "$AVO_SRC/tests/lib/run.sh" --one "$PWD/$1" >stdout
}
printf '# timeout: 1\nsleep 1000\n' >hangs.sh
one hangs.sh
expect_line stdout '^FAIL .*hangs\.sh.*: no end within [0-9]+ s$'
printf '# timeout: 1\ntrap "" TERM ALRM\nwhile :; do :; done\n' >deaf.sh
one deaf.sh
expect_line stdout '^FAIL .*deaf\.sh.*: no end within [0-9]+ s$'
printf 'echo none; exit 77\n' >skips.sh
CI=false one skips.sh
expect_line stdout '^skip .*skips\.sh.*: none$'
CI=true one skips.sh
expect_line stdout '^FAIL .*skips\.sh.*: a skip that is not allowed here: none$'
printf 'kill -INT $$\nsleep 5\n' >interrupted.sh
one interrupted.sh
expect_line stdout '^FAIL .*interrupted\.sh.*: exit status 130$'
printf 'exit 0\n' >passes.sh
one passes.sh
expect_line stdout '^ok .*passes\.sh'
expect_exit 2 sh "$AVO_SRC/tests/lib/run.sh" nowhere
expect_exit 2 sh "$AVO_SRC/tests/lib/run.sh"
