# SPDX-License-Identifier: MIT
# Test tracks are part of no mean; tracks a model has seen are marked and averaged apart.
. "$AVO_SRC/tests/lib/case.sh"
oracle="$AVO_SRC/tests/oracle/track_eval.py"
need_python numpy
"$PYTHON" "$oracle" make d 5
te() { track-eval -g d/chrom.sizes --scope genome "$@" 2>err; }
# field LEVEL CELLTYPE ASSAY METHOD COLUMN FILE
field() {
    awk -F '\t' -v l="$1" -v c="$2" -v a="$3" -v m="$4" -v k="$5" \
        '$1 == l && $4 == c && $5 == a && $8 == m {print $k}' "$6"
}

# nobody gives roles: said once
te --observed d/observed.tsv --imputed d/one.tsv -o none.tsv
[ "$(grep -c 'no roles are given' err)" -eq 1 ] || fail 'note about roles'
# roles from the observed table, from the imputed one and from options: the same means
# with_roles TEST OTHERS TABLE: adds a role column
with_roles() {
    awk -F '\t' -v OFS='\t' -v t="$1" -v o="$2" 'NR == 1 {$4 = "role"}
        NR > 1 {$4 = o; if ($1 == "A" && $2 == "x") $4 = t}
        {print}' "$3"
}
with_roles test train d/observed.tsv >d/roles.tsv
te --observed d/roles.tsv --imputed d/one.tsv -o observed.tsv
expect_line err '1 imputed track has no observed one'
refute_line err 'no roles'
te --observed d/observed.tsv --imputed d/one.tsv --test A:x -o option.tsv
with_roles test train d/one.tsv >d/seen.tsv
te --observed d/observed.tsv --imputed d/seen.tsv -o seen.tsv
for f in observed option seen; do
    for c in A C D; do
        a=$(field track $c x mean 12 $f.tsv)
        b=$(field track $c x mean 12 option.tsv)
        [ "$a" = "$b" ] || fail "$f: mean for $c:x: $a, $b"
    done
    [ "$(field track A x mean 6 $f.tsv)" = test ] || fail "$f: role of A:x"
done
[ "$(field track A x mean 12 none.tsv)" = "$(field track A x mean 12 option.tsv)" ] ||
    fail 'a test track has no part in its own mean'
[ "$(field track C x mean 12 none.tsv)" != "$(field track C x mean 12 option.tsv)" ] ||
    fail 'a test track has no part in the mean of others'
# none: no model has seen the track, so no mean knows it
with_roles test none d/one.tsv >d/imputed.tsv
te --observed d/observed.tsv --imputed d/imputed.tsv -o imputed.tsv
te --observed d/observed.tsv --imputed d/one.tsv --test A:x --test C:x --test D:x -o tests.tsv
for c in A C D; do
    a=$(field track $c x mean 12 imputed.tsv)
    b=$(field track $c x mean 12 tests.tsv)
    [ -n "$a" ] && [ "$a" = "$b" ] || fail "none: mean for $c:x: $a, $b"
    [ "$a" != "$(field track $c x mean 12 option.tsv)" ] || fail "none: $c:x"
done
# the table without roles of a model is judged by the observed roles
[ "$(field track C x imputed 7 observed.tsv)" = yes ] || fail 'C:x was seen'
[ "$(field track A x imputed 7 observed.tsv)" = no ] || fail 'A:x was not seen'
[ "$(field track C x imputed 7 imputed.tsv)" = no ] || fail 'the model says that C:x is new to it'
[ "$(awk -F '\t' '$1 == "overall" && $7 == "no" && $8 == "imputed" {print $9}' observed.tsv)" \
    -eq 1 ] || fail 'one unseen track'
[ "$(awk -F '\t' '$1 == "overall" && $7 == "yes" && $8 == "imputed" {print $9}' observed.tsv)" \
    -eq 5 ] || fail 'five seen tracks'
# a model's header counts: valid is seen, and a test option does not hide it
sed 's/none/valid/' d/imputed.tsv >d/valid.tsv
te --observed d/observed.tsv --imputed d/valid.tsv --test C:x -o valid.tsv
expect_line err 'C:x is called a test track, but a model has seen it'
[ "$(field track C x imputed 7 valid.tsv)" = yes ] || fail 'C:x was watched'
sed 's/none/valid/; s/test/train/' d/imputed.tsv >d/valid.tsv
te --observed d/observed.tsv --imputed d/valid.tsv -O text -o valid.txt
expect_line err 'none of these scores is a result'
expect_line valid.txt '^A:x \* '
expect_line valid.txt '^\*  .*not a result'
# the same through streams
bw2tensor -q -g d/chrom.sizes --dtype f32 -o i.avo d/imputed.tsv
te --observed d/observed.tsv --imputed i.avo -o stream.tsv
expect_same imputed.tsv stream.tsv
# two methods of which each lacks a track
grep -v '^A	x' d/one.tsv >d/less.tsv
grep -v '^C	x' d/one.tsv >d/other.tsv
te --observed d/observed.tsv --imputed less=d/less.tsv --imputed other=d/other.tsv -o two.tsv
expect_line err '2 observed tracks are not imputed by every method'
refute_line two.tsv '^track	genome	all	[AC]	x'
expect_line two.tsv '^track	genome	all	D	x'
