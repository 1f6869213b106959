# SPDX-License-Identifier: MIT
# The further tables against numpy and scipy, JSON as JSON with the numbers of the table, the same
# bytes for any number of threads and however little memory, and what is written where.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy scipy.stats
export PYTHONDONTWRITEBYTECODE=1
oracle="$AVO_SRC/tests/oracle"
te() { track-eval -q -g d/chrom.sizes --observed d/observed.tsv "$@"; }
for seed in 1 2; do
    rm -rf d t
    "$PYTHON" "$oracle/track_eval.py" make d $seed
    printf 'assay\tregion\tassay2\tregion2\tsign\tassay3\tregion3\tsign3\n%s\n%s\n%s\n' \
        'x	promoter	y 1	gene	+	.	.	.' 'x	gene	y 1	promoter	0' \
        'y 1	gene	x	gene	-	x	promoter	+' >d/relations.tsv
    all="--imputed one=d/one.tsv --imputed two=d/two.tsv --genes d/genes.bed --peaks d/peaks.tsv
        --relations d/relations.tsv --attribution a=d/one.tsv --attribution b=d/two.tsv"
    te $all --tables t/x --json t/x.json -o x.tsv
    "$PYTHON" "$oracle/track_eval_tables.py" d t/x
done
for table in availability depth paired variable attribution relations swap.one swap.two; do
    [ -s "t/x.$table.tsv" ] || fail "no table $table"
done

# the oracle notices wrong tables
for table in variable attribution relations depth; do
    mkdir -p w
    cp t/x.*.tsv w
    awk -F '\t' -v OFS='\t' 'NR > 1 {for (i = NF; i > 0; i--) if ($i ~ /^-?[0-9]*\.[0-9]+$/ &&
        !done) {$i += .00001; done = 1}} {print}' "t/x.$table.tsv" >"w/x.$table.tsv"
    ! "$PYTHON" "$oracle/track_eval_tables.py" d w/x 2>/dev/null || fail "a wrong digit in $table"
done

# threads, and columns that go through a temporary file
for more in '-@ 1' '-@ 3' '--max-memory 1' '-@ 2 --max-memory 20K'; do
    rm -rf u
    te $all --tables u/x --json u/x.json -o y.tsv $more
    expect_same x.tsv y.tsv
    for f in t/*; do
        expect_same "$f" "u/${f#t/}"
    done
done
te --imputed d/one.tsv --ranks genome -o g1.tsv
te --imputed d/one.tsv --ranks genome --max-memory 1 -o g2.tsv
expect_same g1.tsv g2.tsv
expect_exit 0 track-eval -g d/chrom.sizes --observed d/observed.tsv --imputed d/one.tsv \
    --max-memory 1
expect_line stderr 'through a temporary file'

# JSON: what the table says
"$PYTHON" - x.tsv t/x.json <<'END'
import csv, json, sys
doc = json.load(open(sys.argv[2]), parse_constant=lambda s: sys.exit("not JSON: " + s))
rows = [r for r in csv.DictReader(open(sys.argv[1]), delimiter="\t") if r["level"] == "track"]
scores = {(s["scope"], s["bins"], s["celltype"], s["assay"], s["method"]): s
          for s in doc["scores"]}
assert len(rows) == len(scores) > 50, (len(rows), len(scores))
for r in rows:
    s = scores[r["scope"], r["bins"], r["celltype"], r["assay"], r["method"]]
    for m in (m["name"] for m in doc["measures"]):
        v = s["values"][m]
        assert (v is None) == (r[m] == "NA"), (r, m)
        assert v is None or abs(v - float(r[m])) <= 1e-8 * abs(v), (r, m)
for part in "inputs options methods paired depth variable_positions relations swap_check".split():
    assert doc[part], part
END

# only what can be said: baselines alone have no pairs and no swap check
te --baseline-only --tables b/x -o b.tsv
expect_missing b/x.paired.tsv b/x.variable.tsv b/x.relations.tsv b/x.swap.mean.tsv
expect_line b/x.availability.tsv '^celltype	'
