# SPDX-License-Identifier: MIT
# Memory grows with the columns, not with their square: 100,000 named features in 600 MB, which a
# table of all pairs of names would exceed many times over.
. "$AVO_SRC/tests/lib/case.sh"
[ -z "${AVO_VARIANT:-}${AVO_WRAP:-}" ] || skip "checkers take memory of their own"
awk 'BEGIN {
    n = 100000
    printf "#chrom\tstart\tend\ty"
    for (i = 0; i < n; i++) printf "\tfeature%06d", i
    for (r = 0; r < 8; r++) {
        printf "\nchr1\t%d\t%d\t%d", r * 100, r * 100 + 100, r % 2
        for (i = 0; i < n; i++) printf "\t%d", (i * 7 + r * 3) % 9
    }
    print ""
}' >wide.tsv
sh -c 'ulimit -v 600000 || exit 9
    exec ap-eval -q --model logistic --folds 2 --repeats 1 --stratify --label-column y wide.tsv' >out ||
    fail "status $?"
expect_line out '^wide	average_precision	8	4	100000	'
