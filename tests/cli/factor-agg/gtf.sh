#!/bin/sh
# SPDX-License-Identifier: MIT
# -R reads GTF as track-eval does: genes, or with --primary transcripts; the same features as BED of
# the same intervals, attributes as columns; rows that do not fit are left out and counted.
. "$AVO_SRC/tests/lib/case.sh"
"$AVO_BUILD/tests/lib/make_model" -l 30010 -r chr1:0-1200 -r chr2:0-1200 m.model.avo
cat >g.gtf <<'END'
#!genome-build made up
chr1	x	gene	1001	3000	.	+	.	gene_id "G1"; gene_type "coding"; gene_name "ABC"; level 2; tag "a"; tag "b";
chr1	x	transcript	1201	3000	.	+	.	gene_id "G1"; transcript_id "T1"; tag "basic"; tag "appris_principal_1";
chr1	x	exon	1201	1300	.	+	.	gene_id "G1"; transcript_id "T1";
chr2	x	gene	501	4000	.	-	.	gene_id "G2"; gene_type "RNA"; level 1;
chr7	x	gene	501	4000	.	-	.	gene_id "G3"; gene_type "RNA"; level 1;
chr2	x	gene	29001	40000	.	+	.	gene_id "G4"; gene_name "Z; 4"; level 1;
END
printf 'chrom\tstart\tend\tname\tstrand\tgene_id\tgene_type\tgene_name\tlevel\ttag\n' >g.bed
printf 'chr1\t1000\t3000\tABC\t+\tG1\tcoding\tABC\t2\ta\n' >>g.bed
printf 'chr2\t500\t4000\tG2\t-\tG2\tRNA\t.\t1\t.\n' >>g.bed
printf 'chr2\t29000\t30010\tZ; 4\t+\tG4\t.\tZ; 4\t1\t.\n' >>g.bed
for how in '' '--anchor tss --upstream 500 --downstream 100' '--group-column gene_type --label-column level'; do
    # shellcheck disable=SC2086
    expect_exit 0 factor-agg -R g.gtf $how -O tsv -o a.tsv m.model.avo
    expect_line stderr 'g.gtf: 1 of 4 rows left out \(1 on chromosomes not known here, the first "chr7", 0 beyond the end of theirs\), 1 cut'
    # shellcheck disable=SC2086
    expect_exit 0 factor-agg -q -R g.bed $how -O tsv -o b.tsv m.model.avo
    grep -v '^#' a.tsv >a
    grep -v '^#' b.tsv >b
    expect_same a b
    expect_line a 'ABC'
done
gzip -k g.gtf
expect_exit 0 factor-agg -q -R g.gtf.gz -O tsv -o c.tsv m.model.avo
factor-agg -q -R g.gtf -O tsv m.model.avo | cmp - c.tsv || fail 'gzip'
# transcripts with a tag
expect_exit 0 factor-agg -q -R g.gtf --primary appris_principal -O tsv -o t.tsv m.model.avo
grep -v '^#' t.tsv >t
[ "$(grep -c '^chr[12]' t)" -eq 1 ] || { cat t; fail 'one transcript'; }
expect_line t '^chr1	1200	3000	G1	'
expect_line t 'transcript_id'
expect_error 1 'g.gtf: no row of feature "transcript" with the tag none' \
    factor-agg -q -R g.gtf --primary none -o x.avo m.model.avo
expect_error 1 'g.bed: a tag selects rows of GTF' \
    factor-agg -q -R g.bed --primary basic -o x.avo m.model.avo
expect_error 1 'g.gtf:6: unknown chromosome "chr7"' factor-agg -q --strict -R g.gtf -o x.avo m.model.avo
printf 'chr1\tx\tgene\t1\t50\t.\t+\t.\tID=g;Name=n\n' >bad.gtf
expect_error 1 'bad.gtf:1: column 9 is not GTF' factor-agg -q -R bad.gtf -o x.avo m.model.avo
expect_line stderr 'hint: this is GFF3'
expect_missing x.avo
