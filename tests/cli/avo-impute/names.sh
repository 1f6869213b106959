# SPDX-License-Identifier: MIT
# Files of several tracks: patterns, escaped names, the table beside them, rounds.
. "$AVO_SRC/tests/lib/case.sh"
make_model=$AVO_BUILD/tests/lib/make_model

$make_model -r chr1:0-600 -c 'T cell, CD4+' -c '../up' -c 'a:b%2F{assay}' -a 'H3/K4:me3' -a DNase \
    -k '../up:DNase=train' m.avo
avo-impute -q --missing -O bedgraph -o 'deep/er/x-{celltype}/{assay}.{assay}.bg' m.avo
find deep -type f | grep -v model_tracks | LC_ALL=C sort >got
cat >want <<'END'
deep/er/tracks.tsv
deep/er/x-%2E.%2Fup/H3%2FK4%3Ame3.H3%2FK4%3Ame3.bg
deep/er/x-T%20cell,%20CD4+/DNase.DNase.bg
deep/er/x-T%20cell,%20CD4+/H3%2FK4%3Ame3.H3%2FK4%3Ame3.bg
deep/er/x-a%3Ab%252F%7Bassay%7D/DNase.DNase.bg
deep/er/x-a%3Ab%252F%7Bassay%7D/H3%2FK4%3Ame3.H3%2FK4%3Ame3.bg
END
expect_same want got
expect_lines deep/er/tracks.tsv 6
expect_line deep/er/tracks.tsv '^celltype	assay	path	role	model	model_tracks	region$'
expect_line deep/er/tracks.tsv '^T cell, CD4\+	DNase	x-T%2520cell,%2520CD4\+/DNase.DNase.bg	none	[0-9a-f]{32}	model_tracks\.[0-9a-f]{8}\.tsv	chr1:1-15000$'
expect_line deep/er/tracks.tsv '^a:b%252F\{assay\}	'

# the table is what bw2tensor reads
avo-impute -q --all -O bigwig -o 'bw/{celltype}.{assay}.bw' m.avo
if [ -x "$AVO_BUILD/bw2tensor" ]; then
    bw2tensor -q -r chr1 bw/tracks.tsv >again.avo
    [ "$(grep -ac '^@TRACK' again.avo)" -eq 6 ] || fail 'tracks read back'
    grep -aq '^@TRACK.celltype:a:b%252F{assay}	' again.avo || fail 'escaped name read back'
fi
expect_line bw/tracks.tsv '	train	[0-9a-f]{32}	'

# fewer files at a time: the same bytes
cp -r bw whole
avo-impute -v --all --max-memory 1 -O bigwig -o 'bw/{celltype}.{assay}.bw' m.avo 2>log
expect_line log '6 tracks, 600 bins, models read 6 times'
for f in whole/*; do
    expect_same "$f" "bw/${f#whole/}"
done
(ulimit -n 52 && avo-impute -v --all -O bedgraph -o 'few/{celltype}.{assay}.bg' m.avo 2>log)
expect_line log '6 tracks, 600 bins, models read 2 times'
expect_error 1 '6 files at once are too many \(at most 1\), and a pipe cannot be read again' \
    avo-impute -q --all --max-memory 1 -O bigwig -o 'no/{celltype}.{assay}.bw' - <m.avo
expect_line stderr 'hint: .*-O avo'
expect_missing no

# what does not fit
expect_error 2 'need \{celltype\} and \{assay\} in -o \(got x.bw\)' \
    avo-impute -q --all -O bigwig -o x.bw m.avo
expect_error 2 'need \{celltype\} and \{assay\} in -o \(got no -o\)' avo-impute -q --all -O bedgraph m.avo
expect_error 2 '-O bigwig needs a file' avo-impute -q --all -O bigwig m.avo
expect_error 2 '-O avo writes one stream' avo-impute -q --all -o '{celltype}.{assay}.avo' m.avo
expect_error 2 'is not avo, bedgraph or bigwig' avo-impute -q --all -O bw -o x m.avo
$make_model -r chr1:0-20 -c A -c AB -a BC -a C twins.avo
expect_error 1 'two tracks would be written to ABC$' \
    avo-impute -q --all -O bedgraph -o '{celltype}{assay}' twins.avo

# the user's own table is not overwritten; one of ours is
printf 'celltype\tassay\tpath\nA\tDNase\tA.bw\n' >tracks.tsv
cp tracks.tsv before.tsv
expect_error 1 '^avo-impute: tracks.tsv: exists and is no list of imputed tracks' \
    avo-impute -q --all -O bedgraph -o '{celltype}.{assay}.bg' m.avo
expect_same tracks.tsv before.tsv
avo-impute -q -t '../up:DNase' -O bedgraph -o 'bw/{celltype}.{assay}.bg' m.avo
expect_lines bw/tracks.tsv 8
