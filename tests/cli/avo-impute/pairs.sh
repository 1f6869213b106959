# SPDX-License-Identifier: MIT
# Which tracks: -t, -T, --missing, --all; roles; warnings about few training tracks.
. "$AVO_SRC/tests/lib/case.sh"
make_model=$AVO_BUILD/tests/lib/make_model

$make_model -r chr1:0-20 -k A:DNase=train -k A:H3K4me3=train -k B:DNase=valid -k B:H3K4me3=train \
    -k C:DNase=test m.avo

# tracks FILE: "cell assay role" lines of a stream
tracks() {
    grep -a '^@TRACK' "$1" | awk -F '\t' '{
        role = "none"
        for (i = 2; i <= NF; i++) {
            if ($i ~ /^celltype:/) c = substr($i, 10)
            if ($i ~ /^assay:/) a = substr($i, 7)
            if ($i ~ /^role:/) role = substr($i, 6)
            if ($i ~ /^kind:/) kind = substr($i, 6)
        }
        print c, a, role, kind
    }'
}

avo-impute -q --missing m.avo >out.avo
tracks out.avo >got
printf '%s\n' 'B DNase valid imputed' 'C H3K4me3 none imputed' 'C DNase test imputed' >want
expect_same want got
avo-impute -q --all m.avo >out.avo
tracks out.avo >got
printf '%s\n' 'A H3K4me3 train imputed' 'A DNase train imputed' 'B H3K4me3 train imputed' \
    'B DNase valid imputed' 'C H3K4me3 none imputed' 'C DNase test imputed' >want
expect_same want got
avo-impute -q -t C:DNase -t A:DNase m.avo >out.avo
tracks out.avo >got
printf '%s\n' 'C DNase test imputed' 'A DNase train imputed' >want
expect_same want got
printf 'celltype\tassay\r\n\n# a remark\nC\tDNase\nA\tDNase\n' >list.tsv
avo-impute -q -T list.tsv m.avo | cmp - out.avo || fail '-T'
printf 'A\tDNase\n' >list.tsv
avo-impute -q -t C:DNase -T list.tsv m.avo | cmp - out.avo || fail '-t and -T'

avo-impute -q -t C:DNase -T - m.avo <list.tsv | cmp - out.avo || fail '-T -'
expect_error 2 'both an input and -T' avo-impute -q -T -
expect_error 2 'both an input and -T' avo-impute -q -T - m.avo -

# the header: model space, and what it was made with
grep -aq '^@SPACE.transform:arcsinh' out.avo || fail '@SPACE'
grep -aq '^@MODEL.root:[0-9a-f]\{32\}$' out.avo || fail '@MODEL'
[ "$(grep -ac '^@PG' out.avo)" -eq 2 ] || fail '@PG'
grep -aq '^@PG.program:avo-impute.version:[0-9.]*.clip:yes.backend:cpu[a-z0-9:.-]*.precision:f32$' out.avo || fail '@PG'
avo-impute -q --no-provenance -t C:DNase m.avo >out.avo
! grep -aq '^@PG' out.avo || fail '--no-provenance'

# exactly one kind
expect_error 2 'which tracks\?: give either' avo-impute m.avo
for more in --all '-t A:DNase' '-T list.tsv'; do
    # shellcheck disable=SC2086
    expect_error 2 'two kinds' avo-impute --missing $more m.avo
done

# names
expect_error 1 '-t A:DNsae: assay "DNsae" is not in the model \(nearest: "DNase"\)' \
    avo-impute -t A:DNsae m.avo
expect_error 1 'cell type "Q" is not in the model' avo-impute -t Q:DNase m.avo
expect_error 2 'DNase' avo-impute -t DNase m.avo
expect_error 1 'asked for twice' avo-impute -t A:DNase -t A:DNase m.avo
printf 'A\tDNase\nA DNase\n' >list.tsv
expect_error 1 'list.tsv:2: want two columns' avo-impute -T list.tsv m.avo
printf '# nothing\n' >list.tsv
expect_error 1 'list.tsv: names no track' avo-impute -T list.tsv m.avo
$make_model -r chr1:0-20 -c A -a X -k A:X=train full.avo
expect_error 1 'no track is missing' avo-impute --missing full.avo

# few training tracks
expect_exit 0 avo-impute -t C:DNase m.avo
expect_line stderr 'warning: fewer than 2 training tracks: cell types C \(0\)$'
expect_line stderr 'warning: fewer than 2 training tracks: assays DNase \(1\)$'
expect_exit 0 avo-impute --device cpu -t C:DNase --min-tracks 1 m.avo
expect_line stderr 'fewer than 1 training tracks: cell types C'
expect_lines stderr 1
expect_exit 0 avo-impute --device cpu -t C:DNase --min-tracks 0 m.avo
expect_empty stderr
