# SPDX-License-Identifier: MIT
# A model that standardises tracks is one of the same tracks standardised beforehand (by numpy), put
# back as m + s z: in stage 1, stage 2, transfer, attributions. Tracks that were not measured get the
# two-way m and s.
. "$AVO_SRC/tests/lib/case.sh"
. "$AVO_SRC/tests/lib/fixture.sh"
need_python numpy
py="$PYTHON $AVO_SRC/tests/cli/avo-train/standardize.py"
tiny_tracks d
$py make d
sed -n 's/^brain\tDNase/lung\tDNase/p' d/tracks.tsv >d/lung.tsv
sed -n 's/^brain\tDNase/lung\tDNase/p' d/z/tracks.tsv >d/z/lung.tsv
awk -F '\t' -v OFS='\t' '$1 == "brain" && $2 == "DNase" {$1 = "lung"; print}' d/scales.tsv >d/lung.scales
for t in tracks lung; do
    bw2tensor -q --transform none -g d/sizes -o $t.x.avo d/$t.tsv
    bw2tensor -q --transform none -g d/sizes -o $t.z.avo d/z/$t.tsv
done
size='--hidden 16 --batch 250 --stage2-epochs 4'
impute() {
    mkdir -p "$1"
    out=$1
    shift
    avo-impute -q --no-clip -O bedgraph -o "$out/{celltype}.{assay}" "$@"
}
for k in x z; do
    [ $k = x ] && how=track || how=none
    # shellcheck disable=SC2086
    avo-train -q --standardize $how $size --epochs 6 -o one.$k.avo tracks.$k.avo
    avo-train -q --init one.$k.avo --train genome -o two.$k.avo tracks.$k.avo
    avo-train -q --init one.$k.avo --train celltypes --epochs 3 -o ext.$k.avo lung.$k.avo
    impute one.$k --all one.$k.avo
    impute two.$k --all two.$k.avo
    impute ext.$k --all one.$k.avo ext.$k.avo
    impute a.$k --attribution --component fine --baseline zero -t liver:DNase -t heart:DNase one.$k.avo
done
$py compare d/scales.tsv one.z one.x
$py compare d/scales.tsv two.z two.x
$py compare d/scales.tsv a.z a.x differences
# the extension changes no track of the root's rows; its own has the statistics of its signal
rm -f ext.x/lung.H3K4me3 ext.z/lung.H3K4me3
for f in one.x/*.[DH]*; do
    expect_same "$f" "ext.x/${f#*/}"
done
cat d/scales.tsv d/lung.scales >scales
$py compare scales ext.z ext.x

# what the model says of itself; the other ways of learning say nothing
avo-view -H one.x.avo | grep -q '^@AVO	version:1.1' || fail 'the version of a standardised model'
avo-view -H one.z.avo | grep -q '^@AVO	version:1.0' || fail 'the version of another model'
for m in two.x.avo ext.x.avo; do
    avo-view -H $m | grep -q '^@AVO	version:1.1' || fail "the version of $m"
done

# by default; in the published presets not
for p in default paper reference; do
    avo-train -q --preset $p --hidden 4 --epochs 1 --batch 5000 -o $p.avo tracks.x.avo
done
avo-view -H default.avo | grep -q 'version:1.1' || fail 'preset default'
avo-view -H paper.avo | grep -q 'version:1.0' || fail 'preset paper'
avo-view -H reference.avo | grep -q 'version:1.0' || fail 'preset reference'

# adds up: components, and the prediction at the baseline of each track
avo-impute -q --no-clip --attribution --baseline zero -t heart:DNase -o 'c.{component}.avo' one.x.avo
avo-impute -q --no-clip --attribution --baseline zero -t heart:DNase -O bedgraph \
    -o 'c/{component}/{celltype}.{assay}' one.x.avo
avo-impute -q --no-clip -t heart:DNase -O avo one.x.avo | avo-view -O bedgraph --space model \
    >model.bedGraph
base=$(avo-view -H c.fine.avo | sed -n 's/.*x-at_baseline:\([^\t]*\).*/\1/p')
awk -v base="$base" '
    {for (b = $2; b < $3; b += 25) if (FILENAME ~ /^model/) want[$1, b] = $4; else sum[$1, b] += $4}
    END {
        for (k in want) {
            n++
            d = base + sum[k] - want[k]
            if (d > .002 || d < -.002) {print k, base, sum[k], want[k]; exit 1}
        }
        exit n < 1000
    }' c/*/heart.DNase model.bedGraph || fail 'attributions do not add up'

# warm starts and checkpoints are of one way
expect_error 1 'learned tracks that are standardised' avo-train -q --init one.x.avo --warm \
    --standardize none --hidden 16 --epochs 1 -o no.avo tracks.x.avo
expect_error 1 'learned tracks that are not standardised' avo-train -q --init one.z.avo --warm \
    --hidden 16 --epochs 1 -o no.avo tracks.x.avo
# signal that is negative has no such scale
mkdir n
for f in d/*.bedGraph; do
    awk '{$4 = -$4; print}' "$f" >"n/${f#d/}"
done
cp d/tracks.tsv n
bw2tensor -q --transform none -g d/sizes -o negative.avo n/tracks.tsv
expect_error 1 'mean is below 0' avo-train -q --hidden 4 --epochs 1 -o no.avo negative.avo
avo-train -q --standardize none --hidden 4 --epochs 1 -o yes.avo negative.avo
