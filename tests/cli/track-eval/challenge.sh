# SPDX-License-Identifier: MIT
# --convention challenge: every bin counts, as 0 where there are no data or the imputed file lacks
# it, and the partial last bin is the mean over its own bases.
. "$AVO_SRC/tests/lib/case.sh"
printf 'chr1\t110\nchr2\t75\n' >sizes
printf 'chr1\t0\t25\t2\nchr1\t50\t60\t4\nchr1\t100\t110\t3\n' >o.bg
printf 'chr1\t50\t75\t1\nchr1\t75\t100\t1\nchr1\t100\t105\t4\n' >i.bg
printf 'celltype\tassay\tpath\nA\tx\to.bg\n' >o.tsv
printf 'celltype\tassay\tpath\nA\tx\ti.bg\n' >i.tsv
te() { track-eval -q -g sizes --observed o.tsv --imputed i.tsv --measures mse,pearson "$@"; }
# is METHOD SCOPE FILE N_BINS N_LEFT_OUT MSE [PEARSON]: the row, within float32
is() {
    awk -F '\t' -v m="$1" -v s="$2" -v n="$4" -v left="$5" -v mse="$6" -v r="${7:-}" '
        function near(x, y) {return x - y < 1e-6 && y - x < 1e-6}
        $1 == "track" && $2 == s && $8 == m {
            found = 1
            good = $10 == n && $11 == left && near($12, mse) && (r == "" || near($13, r))
            if (!good) print
        }
        END {exit !(found && good)}' "$3" || fail "$*"
}
# chr1: observed 2 0 1.6 0 3, imputed 0 0 1 1 2: (4 + 0 + .36 + 1 + 1) / 5; chr2: three bins of 0
te -r chr1 --convention challenge >chr1
is imputed chr1 chr1 5 0 1.272 0.52981847
te --convention challenge -r chr1,chr2 >both
is imputed genome both 8 0 0.795
# a chromosome that the imputed file does not name is 0 there
printf 'chr2\t0\t50\t2\n' >>o.bg
te --convention challenge -r chr1,chr2 >both
is imputed chr2 both 3 0 2.66666667
# the constant is the mean of all bins
is constant genome both 8 0 1.1893750
# without it: the bins that the observed file covers, no partial one; the imputed file lacks one
te -r chr1 --space raw >plain
is imputed chr1 plain 1 1 0.36
expect_error 2 'bins without data count as 0' te --convention challenge --missing nan
