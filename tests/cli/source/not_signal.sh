#!/bin/sh
# SPDX-License-Identifier: MIT
# Files that stand in place of what was meant are named as what they are, in every program; and a
# table's bad file with the table, its line and its column.
. "$AVO_SRC/tests/lib/case.sh"
printf 'chr1\t1000\n' >sizes
printf 'chr1\t0\t100\t1\n' >good.bedGraph
printf '\046\374\217\210 and more' | gzip -c >a.bw.gz
# a block whose code tables fill the first 64 bytes and more
"$PYTHON" -c 'import gzip, struct; open("b.bw.gz", "wb").write(gzip.compress(b"\x26\xfc\x8f\x88" +
    b"".join(struct.pack("<f", i * i % 1013 / 7) for i in range(20000)), mtime=0))'
printf '\n<!DOCTYPE html>\n<html><body>404</body></html>\n' >page.bw
printf '<HTML><HEAD><TITLE>Moved</TITLE></HEAD></HTML>\n' | gzip -c >page.bedGraph.gz
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n' >lfs.bigWig
printf '/annex/objects/SHA256E-s1--2f.bw\n' >annex.bw
ln -s .git/annex/objects/zz/SHA256E-s1--2f.bw link.bw
ln -s nowhere.bw away.bw
printf 'PK\003\004zip' >z.bedGraph.zip
printf 'BAM\001reads' | gzip -c >r.bam

# refuse FILE WHAT HINT
refuse() {
    printf 'celltype\taccession\tpath\tassay\na\t1\tgood.bedGraph\tx\nb\t2\t%s\tx\n' "$1" >t.tsv
    expect_error 1 "t.tsv:3: column 3: $1: $2" bw2tensor -q -g sizes -o x.avo t.tsv
    expect_line stderr "^bw2tensor: hint: .*$3"
    expect_error 1 "t.tsv:3: column 3: $1: $2" \
        track-eval -q --observed t.tsv --imputed t.tsv -g sizes
}
refuse a.bw.gz 'a gzipped bigWig' 'gunzip it'
refuse b.bw.gz 'a gzipped bigWig' 'gunzip it'
refuse page.bw 'an HTML page' 'fetch it again'
refuse page.bedGraph.gz 'an HTML page' 'fetch it again'
refuse lfs.bigWig 'a pointer file of git LFS' 'git lfs pull'
refuse annex.bw 'a pointer file of git-annex' 'git annex get'
refuse link.bw 'No such file' 'git annex get'
refuse away.bw 'No such file' 'a link to nowhere.bw'
refuse z.bedGraph.zip 'a zip archive' 'unpack it'
printf 'b\tx\tr.bam\n' >t.tsv
expect_error 1 't.tsv:1: column 3: r.bam: a BAM file' bw2tensor -q -g sizes -o x.avo t.tsv
# tables, BED and streams
expect_error 1 'page.bw: an HTML page' bw2tensor -q -g sizes -o x.avo page.bw
printf 'a\tx\tgood.bedGraph\n' >t.tsv
expect_error 1 'page.bw: an HTML page' bw2tensor -q -g sizes -R page.bw -o x.avo t.tsv
expect_error 1 'lfs.bigWig: a pointer file of git LFS' \
    bw2tensor -q -g sizes --exclude lfs.bigWig -o x.avo t.tsv
expect_error 1 'annex.bw: a pointer file of git-annex' bw2tensor -q -g annex.bw -o x.avo t.tsv
for p in avo-train avo-impute avo-view factor-agg; do
    for f in page.bw lfs.bigWig annex.bw link.bw; do
        case $p in
        avo-impute) set -- --all -o x.avo $f ;;
        factor-agg) set -- --window 500 -o x.avo $f ;;
        avo-view) set -- -H $f ;;
        *) set -- -o x.avo $f ;;
        esac
        expect_error 1 "$f: (an HTML page|a pointer file of git|cannot open)" "$p" "$@"
        expect_line stderr "^$p: hint: .*(fetch it again|git lfs pull|git annex get)"
    done
done
# a first row that reads like a header, but is none
printf 'cell\tx\tPath\n' >odd.tsv
expect_error 1 'odd.tsv:1: column 3: Path: No such file' bw2tensor -q -o x.avo odd.tsv
expect_line stderr 'hint: if line 1 is a header, it must call columns celltype, assay and path'
printf 'Cell Line\tAssay\tPath\na\tx\tgood.bedGraph\n' >odd.tsv
expect_error 1 'odd.tsv:1: the header names no column "celltype"' bw2tensor -q -o x.avo odd.tsv
expect_line stderr 'hint: did you mean column 1, "Cell Line"\? It must be called celltype'
printf 'Path\tCell_Type\tASSAY\ngood.bedGraph\ta\tx\n' >odd.tsv
expect_exit 0 bw2tensor -q -g sizes -o x.avo odd.tsv
