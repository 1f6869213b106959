#!/bin/sh
# SPDX-License-Identifier: MIT
# An assay whose name holds a colon: -t splits at the last one, and the message names the way that
# takes such a name. The titles of a -T file are read whatever their case.
. "$AVO_SRC/tests/lib/case.sh"
"$AVO_BUILD/tests/lib/make_model" -c a -c b -a x:y -a z -r chr1:0-400 m.model.avo
expect_error 1 '-t a:x:y: cell type "a:x" is not in the model' \
    avo-impute -q -t a:x:y -o s.avo m.model.avo
expect_line stderr 'hint: it was split at its last colon; .*-T FILE, with a tab between cell type and assay'
expect_error 1 '-t a:q: assay "q" is not in the model' avo-impute -q -t a:q -o s.avo m.model.avo
refute_line stderr 'colon'
for title in '' 'celltype\tassay\n' 'Cell_Type\tAssay\n' '#CellType\tassay\n'; do
    # shellcheck disable=SC2059
    printf "${title}a\tx:y\nb\tz\n" >pairs.tsv
    expect_exit 0 avo-impute -q -T pairs.tsv -o s.avo m.model.avo
done
expect_error 1 '-t: no track "a:x:y" in the input' avo-view -t a:x:y s.avo
expect_line stderr 'hint: it was split at its last colon'
expect_exit 0 factor-agg -q --window 500 -t a:x:y -O tsv s.avo     # compares whole names
expect_line stdout 'a:x:y'
printf 'a\tx:y\tg.bedGraph\n' >t.tsv
printf 'chr1\t10000\n' >sizes
printf 'chr1\t0\t5000\t1\n' >g.bedGraph
expect_exit 0 bw2tensor -q -g sizes -o g.avo t.tsv
expect_error 1 'no track "a:x:y" in the input' avo-train -q --valid a:x:y -o x.avo g.avo
expect_line stderr 'hint: it was split at its last colon; .*role column'
