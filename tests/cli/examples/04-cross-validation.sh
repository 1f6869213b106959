# SPDX-License-Identifier: MIT
# examples/04-cross-validation.sh runs; five folds are one result, in which each track has the score
# that its own fold gives it, and baselines that know what its own fold's model knew.
. "$AVO_SRC/tests/lib/case.sh"
[ -x "$AVO_BUILD/track-eval" ] || skip "track-eval is not built"
expect_exit 0 sh "$AVO_SRC"/examples/04-cross-validation.sh .
expect_line stdout '^avocado against mean '
te() { track-eval -q --observed observed.signal.avo "$@"; }
# rows FILE: the tracks' rows, without the columns that tell how many tracks there are of a role
rows() { awk -F '\t' '$1 == "track"' "$1" | LC_ALL=C sort; }

# every measured track once, none of them seen
n=$(($(wc -l <tracks/all.tsv) - 1))
[ "$(rows scores.tsv | awk -F '\t' '$2 == "genome" && $8 == "avocado"' | wc -l)" -eq "$n" ] ||
    fail "not $n tracks"
[ "$(rows scores.tsv | cut -f 6,7 | sort -u)" = 'test	no' ] || fail 'roles'
[ "$(awk -F '\t' '$1 == "overall" && $2 == "genome" && $8 == "mean" {print $9}' scores.tsv)" -eq \
    "$n" ] || fail 'the average'

# the same rows from each fold by itself; and the baselines from its withheld tracks alone
for k in 0 1 2 3 4; do
    te --imputed avocado=cv/fold$k/tracks.tsv -o one.tsv
    rows one.tsv | awk -F '\t' '$6 == "test"' >>apart
    tests=$(awk -F '\t' 'NR > 1 && $3 == "test" {print "--test " $1 ":" $2}' \
        cv/fold$k/model_tracks.*.tsv)
    [ -n "$tests" ] || fail "fold $k withholds nothing"
    # shellcheck disable=SC2086 # names without blanks
    te --baseline-only $tests -o base.tsv
    rows base.tsv >>bases
done
rows scores.tsv >together
LC_ALL=C sort apart >sorted
expect_same together sorted
grep -v '	avocado	' together >want
LC_ALL=C sort bases >sorted
expect_same want sorted

# one name given again, in another order: the same
te --imputed a=cv/fold1/tracks.tsv --imputed a=cv/fold4/tracks.tsv --imputed a=cv/fold2/tracks.tsv \
    --imputed a=cv/fold0/tracks.tsv --imputed a=cv/fold3/tracks.tsv -o again.tsv
sed 's/	a	/	avocado	/' again.tsv >got
expect_same scores.tsv got
# beside another method
te --imputed a='cv/fold[0-4]/tracks.tsv' --imputed b=cv/fold3/tracks.tsv --scope genome -o two.tsv
rows two.tsv | awk -F '\t' '$8 == "b"' | cut -f 9- >b
rows two.tsv | awk -F '\t' '$8 == "a"' | cut -f 9- >a
expect_same a b
[ "$(wc -l <a)" -lt "$n" ] || fail 'fold 3 alone has all tracks'

# folds that withhold the same tracks: left out
mkdir twice
cp cv/fold0/* twice
te -v --imputed a='cv/fold*/tracks.tsv' --imputed a=twice/tracks.tsv -o less.tsv 2>err || fail 'twice'
expect_line err '[0-9]+ observed tracks? (is|are) withheld in several inputs of one name: left out'
expect_error 1 'no track is both' te --imputed a=cv/fold0/tracks.tsv --imputed a=twice/tracks.tsv
expect_line stderr 'hint: .* withheld in several inputs of one name'

# without the lists the tables themselves say what is withheld
for k in 0 1 2 3 4; do
    cut -f 1-5 cv/fold$k/tracks.tsv >cv/fold$k/plain.tsv
done
te --imputed avocado='cv/fold*/plain.tsv' -o plain.tsv
expect_same scores.tsv plain.tsv
rm twice/model_tracks.*
expect_error 1 'twice/model_tracks\..*\.tsv: .*No such file' te --imputed a=twice/tracks.tsv
expect_line stderr 'hint: twice/tracks.tsv says which tracks'
printf 'celltype\tassay\trole\nC01\tH3K4me3\tseen\n' >"twice/$(basename cv/fold0/model_tracks.*)"
expect_error 1 'twice/model_tracks\..*\.tsv:2: unknown role "seen"' te --imputed a=twice/tracks.tsv
expect_error 1 'cv/none\*\.tsv' te --imputed a='cv/none*.tsv'
