# SPDX-License-Identifier: MIT
# --log: what cannot be written is an error at the end of the run at the latest; a resumed run's
# table is that of an unbroken one; another file is never taken for a log. And what --resume
# refuses.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
tiny_signal d
s=d/signal.avo
run='avo-train -q --hidden 8 --epochs 4 --patience 0 --valid brain:DNase'
expect_error 1 '/dev/full: .*No space left' $run --log /dev/full -o a.avo $s
$run --refit --log whole.log --checkpoint c.state -o whole.avo $s
[ "$(cut -f 1 whole.log | uniq | tr '\n' ' ')" = 'phase stage1 rehearsal refit ' ] ||
    fail "phases: $(cut -f 1 whole.log | uniq)"
# The checkpoint is of an epoch before the last; what the log has behind it is done again.
cp whole.log a.log
printf 'refit\t9\t0.1\tNA\t0\t5\t0\nrefit\t10\t0' >>a.log
$run --refit --log a.log --checkpoint c.state --resume -o a.avo $s
expect_same a.log whole.log
expect_same a.avo whole.avo
# killed within a row, within the heading, before it
for n in 400 30 0; do
    head -c $n whole.log >a.log
    cp c.state k.state
    $run --refit --log a.log --checkpoint k.state --resume -o a.avo $s
    [ -z "$(cut -f 1-2 a.log | sort | uniq -d)" ] || fail "$n: doubled rows"
    [ "$(tail -c 1 a.log | od -An -c | tr -d ' ')" = '\n' ] || fail "$n: the last row is cut"
    [ "$(head -n 1 a.log)" = "$(head -n 1 whole.log)" ] || fail "$n: no heading"
done
# from the beginning, for want of a checkpoint
cp whole.log a.log
$run --refit --log a.log --checkpoint new.state --resume -o a.avo $s
expect_same a.log whole.log
# something else
cp d/tracks.tsv t.tsv
expect_error 1 "t.tsv: not a table of this program's --log" $run --log t.tsv \
    --checkpoint new.state --resume -o a.avo $s
expect_same t.tsv d/tracks.tsv

# --resume refuses another number of passes of stage 2, as it does the other options
refuse() {
    expect_error 1 "$1.state: the checkpoint is of a run with other options" $run \
        --checkpoint $1.state --resume -o x.avo $2 $s
}
$run --checkpoint found.state -o a.avo $s
$run --stage2-epochs 5 --checkpoint five.state -o five.avo $s
refuse found '--stage2-epochs 5'
refuse five '--stage2-epochs 6'
refuse five ''
refuse five '--stage2-epochs 5 --patience 2'
refuse five '--stage2-epochs 5 --valid-share 0.5'
refuse found '--clock chromosome'
$run --stage2-epochs 5 --checkpoint five.state --resume -o a.avo $s
expect_same a.avo five.avo
refuse c '--refit --stage2-epochs 5'
