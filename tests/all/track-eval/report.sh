# SPDX-License-Identifier: MIT
# timeout: 300
# The report: markup that nests, nothing from elsewhere, the numbers of the tables, names as text;
# in a browser every section and figure has its place, labels do not overlap, and a window of 1280
# pixels needs no scrolling sideways.
. "$AVO_SRC/tests/lib/case.sh"
need chromium
need_python numpy
export PYTHONDONTWRITEBYTECODE=1
page="$AVO_SRC/tests/all/track-eval/report_page.py"
"$PYTHON" "$AVO_SRC/tests/oracle/track_eval.py" make d 5
printf 'assay\tregion\tassay2\tregion2\tsign\nx\tpromoter\ty 1\tgene\t+\n' >relations.tsv
te() { track-eval -q -g d/chrom.sizes --observed d/observed.tsv "$@"; }
more='--genes d/genes.bed --enhancers d/enhancers.bed --peaks d/peaks.tsv --exclude d/exclude.bed'

# browse FILE WIDTH: what the probe in the opened page says, as lines "name value".
browse() {
    "$PYTHON" "$page" probe "$1" >probed.html
    timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --user-data-dir="$PWD/profile" --window-size="$2",2000 --dump-dom "file://$PWD/probed.html" \
        >dom.html 2>browser.log || { tail -n 5 browser.log; fail "chromium: exit $?"; }
    sed -n '/^PROBE$/,/^END$/p' dom.html >probe.txt
    expect_line probe.txt '^END$'
}

# everything at once, with names that are markup
te --imputed 'a<b>&"c=d/one.tsv' --imputed two=d/two.tsv $more --relations relations.tsv \
    --test A:x --show chr2:101-30000,chrX --title '<i>T</i> & t' --report all.html -o all.tsv
sections='summary measures density variable relations browser tracks quality'
"$PYTHON" "$page" check all.html all.tsv $sections
refute_line all.html '<i>T|a<b>'
te --imputed 'a<b>&"c=d/one.tsv' --imputed two=d/two.tsv $more --relations relations.tsv \
    --test A:x --show chr2:101-30000,chrX --title '<i>T</i> & t' --report one.html -o one.tsv -@ 1
expect_same all.html one.html
browse all.html 1280
expect_line probe.txt '^width (1[01][0-9][0-9]|12[0-7][0-9]|1280)$'
expect_line probe.txt '^past-the-edge 0$'
expect_line probe.txt '^overlaps 0$'
expect_line probe.txt '^empty 0$'
for s in $sections; do
    expect_line probe.txt "^section-$s [1-9][0-9][0-9]"
done
expect_line probe.txt '^figures [1-9][0-9]'

# the probe notices what it is there for
sed 's|</main>|<div style="width:1500px">x</div></main>|' all.html >wide.html
browse wide.html 1280
expect_line probe.txt '^width 15'
sed 's|<svg role="img"[^>]*>|&<text x="5" y="20">one</text><text x="9" y="22">two</text>|' \
    all.html >overlap.html
browse overlap.html 1280
refute_line probe.txt '^overlaps 0$'

# so does the check
wrong() { expect_exit 1 "$PYTHON" "$page" check wrong.html all.tsv $sections; }
for edit in 's|<td>0\.[1-8]|<td>0.9|' 's|</main>|<p>nan</p></main>|' 's|</main>|</div></main>|' \
    's|<a href="#summary">|<a href="https://example.org/">|' 's|<section id="density"|<section id="x"|'
do
    sed "$edit" all.html >wrong.html
    expect_differ all.html wrong.html
    wrong
done

# tracks that a model has seen, averaged apart
awk -F '\t' -v OFS='\t' 'NR == 1 {print $0, "role"; next} {print $0, NR < 5 ? "train" : "test"}' \
    d/one.tsv >d/roles.tsv
te --imputed one=d/roles.tsv --imputed two=d/two.tsv $more --report seen.html -o seen.tsv
"$PYTHON" "$page" check seen.html seen.tsv summary measures density variable browser tracks quality
expect_line seen.html 'that a model has seen'
expect_line seen.tsv '^overall.genome.all.\..\..\..yes'

# baselines alone; the bare minimum
te --baseline-only --report bare.html -o bare.tsv
"$PYTHON" "$page" check bare.html bare.tsv summary measures density browser tracks quality
browse bare.html 1280
expect_line probe.txt '^past-the-edge 0$'
expect_line probe.txt '^overlaps 0$'

# raw signal, many methods with long names
set --
for i in 1 2 3 4 5 6 7 8 9; do
    set -- "$@" --imputed "a-method-with-quite-a-long-name-$i=d/one.tsv"
done
te "$@" --space raw --peaks d/peaks.tsv --report many.html -o many.tsv
"$PYTHON" "$page" check many.html many.tsv summary measures density variable browser tracks quality
browse many.html 1280
expect_line probe.txt '^past-the-edge 0$'
expect_line probe.txt '^overlaps 0$'

# what cannot be written
expect_error 1 'No space left' te --imputed d/one.tsv --report /dev/full -o other.tsv
expect_no_leftovers .
