# SPDX-License-Identifier: MIT
# The generator: same seed, same bytes; another seed, others; every cell type and assay keeps a
# training track; roles and shares as asked; the table's files are there and read.
. "$AVO_SRC/tests/lib/case.sh"
generator=$AVO_BUILD/examples/make-compendium
set -- --celltypes 5 --assays 7 --chrom chrA:100012 --chrom 2:50000 --missing 0.4 --test 3 --valid 2
"$generator" -o a "$@"
"$generator" -o b "$@"
"$generator" -o c "$@" --seed 1
diff -r a b || fail "the same seed gave other bytes"
# one table row is sure to be in both
bw=$(cut -f 3 a/tracks.tsv c/tracks.tsv | sort | uniq -d | grep bw | head -n 1)
expect_differ "a/$bw" "c/$bw"

expect_lines a/tracks.tsv 22        # header + 35 pairs less 14
[ "$(cut -f 4 a/tracks.tsv | grep -c '^test$')" -eq 3 ] || fail "roles test"
[ "$(cut -f 4 a/tracks.tsv | grep -c '^valid$')" -eq 2 ] || fail "roles valid"
[ "$(awk -F '\t' '$4 == "train" {print $1}' a/tracks.tsv | sort -u | wc -l)" -eq 5 ] ||
    fail "a cell type without a training track"
[ "$(awk -F '\t' '$4 == "train" {print $2}' a/tracks.tsv | sort -u | wc -l)" -eq 7 ] ||
    fail "an assay without a training track"
cut -f 3 a/tracks.tsv | sed 1d | while read -r f; do
    [ -s "a/$f" ] || fail "$f is missing"
done
printf 'chrA\t100012\n2\t50000\n' >want
expect_same want a/chrom.sizes
awk -F '\t' '$3 <= $2 || ($6 != "+" && $6 != "-") || NF != 6 {exit 1}' a/genes.bed || fail genes.bed

expect_error 2 'too few' "$generator" -o d --celltypes 2 --assays 2 --test 3
expect_error 2 'needs -o DIR' "$generator" --celltypes 2
expect_error 2 '"0"' "$generator" -o d --celltypes 0
