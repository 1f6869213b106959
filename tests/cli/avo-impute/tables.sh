# SPDX-License-Identifier: MIT
# The table beside imputed files: runs into one folder keep each other's rows, also at once; what
# would be lost is refused; and it says what the model knew.
. "$AVO_SRC/tests/lib/case.sh"
make_model=$AVO_BUILD/tests/lib/make_model
$make_model -r chr1:0-800 -c A -c B -c C -a x -a y -k A:x=train -k B:x=valid -k C:y=test m.avo
im() { avo-impute -q -o 'o/{celltype}.{assay}.bg' "$@"; }

# the model's tracks, in a file of their own that all rows name
im -t B:y m.avo
list=$(awk -F '\t' 'NR == 2 {print $6}' o/tracks.tsv)
printf 'celltype\tassay\trole\nA\tx\ttrain\nB\tx\tvalid\nC\ty\ttest\n' >want
expect_same "o/$list" want
expect_line o/tracks.tsv "^B	y	B\\.y\\.bg	none	[0-9a-f]{32}	$list	chr1:1-20000\$"

# a second run adds, the same one again replaces: no row is there twice
im -t A:y -t C:y m.avo
expect_lines o/tracks.tsv 4
im -t A:y m.avo
im -t B:y -t A:x m.avo
expect_lines o/tracks.tsv 5
cut -f 1,2,4 o/tracks.tsv >got
printf 'celltype\tassay\trole\nA\tx\ttrain\nA\ty\tnone\nB\ty\tnone\nC\ty\ttest\n' >want
expect_same got want
# one run of all tracks has the same table as several
cp o/tracks.tsv several.tsv
rm -r o
printf 'C\ty\nA\tx\nB\ty\nA\ty\n' >pairs
im -T pairs m.avo
expect_same o/tracks.tsv several.tsv

# other regions, or another track, into one file: it would be lost
cp o/A.y.bg before
expect_error 1 'o/A.y.bg: holds other regions of that track \(chr1:1-20000, and now chr1:1-5000\), which would be lost' \
    im -r chr1:1-5000 -t A:y m.avo
expect_line stderr 'hint: .*remove it first'
expect_same o/A.y.bg before
expect_same o/tracks.tsv several.tsv
rm o/A.y.bg
im -r chr1:1-5000 -t A:y m.avo
expect_line o/tracks.tsv '^A	y	.*	chr1:1-5000$'
expect_lines o/tracks.tsv 5
avo-impute -q -t A:y -r chr1:5001-9000 -o 'o/{celltype}.{assay}.more.bg' m.avo
expect_lines o/tracks.tsv 6
$make_model -r chr1:0-20 -c Ax -c A -a x -a xx two.avo
avo-impute -q -t A:xx -o 'p/{celltype}{assay}.bg' two.avo
expect_error 1 'p/Axx.bg: holds the track A:xx already' \
    avo-impute -q -t Ax:x -o 'p/{celltype}{assay}.bg' two.avo

# a table as earlier versions wrote it
mkdir old
printf 'celltype\tassay\tpath\trole\tmodel\nC\tx\tC.x.bg\tnone\t0123\nA\ty\tA.y.bg\tnone\t0123\n' \
    >old/tracks.tsv
: >old/A.y.bg
avo-impute -q -t A:y -o 'old/{celltype}.{assay}.bg' m.avo
expect_line old/tracks.tsv '^C	x	C\.x\.bg	none	0123	\.	\.$'
expect_line old/tracks.tsv '^A	y	A\.y\.bg	none	[0-9a-f]{32}	'
expect_lines old/tracks.tsv 3

# many at once: chromosomes and tracks, and every row is there
for c in A B C; do
    for a in x y; do
        avo-impute -q -@ 1 -t $c:$a -o 'many/{celltype}.{assay}.bg' m.avo &
        for r in 1-5000 5001-10000; do
            avo-impute -q -@ 1 -r chr1:$r -t $c:$a -o "many/$r/{celltype}.{assay}.bg" m.avo &
            avo-impute -q -@ 1 -r chr1:$r -t $c:$a -o "many/{celltype}.{assay}.$r.bg" m.avo &
        done
    done
done
wait
expect_lines many/tracks.tsv 19
expect_lines many/1-5000/tracks.tsv 7
[ "$(sort -u many/tracks.tsv | wc -l)" -eq 19 ] || fail 'a row twice'
expect_no_leftovers many
[ -z "$(find many -name '*.lock')" ] || fail 'a lock is left'
