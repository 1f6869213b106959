# SPDX-License-Identifier: MIT
# Every output format against predictions computed in plain double loops, all transforms, with and
# without clipping, on both backends.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy pyBigWig
make_model=$AVO_BUILD/tests/lib/make_model

# one TRANSFORM LO HI DEVICE MORE...: model with ranges LO to HI on every assay
one() {
    transform=$1 lo=$2 hi=$3 device=$4
    shift 4
    set -- -f "$transform" -L "$lo,$hi" -r chr1:0-1500 -r chr2:300-710 -r chrX:3990-4000 \
        -x chr2:350-351 -x chr2:400-600 "$@"
    $make_model "$@" m.model.avo
    $make_model "$@" -p none >oracle.tsv
    rm -rf out
    avo-impute -q --all --device "$device" m.model.avo >all.avo
    avo-impute -q --all --device "$device" -O bedgraph -o 'out/{celltype}.{assay}.bedGraph' \
        m.model.avo
    avo-impute -q --all --device "$device" -O bigwig -o 'out/{celltype}.{assay}.bw' m.model.avo
    "$PYTHON" "$AVO_SRC/tests/cli/avo-impute/values.py" oracle.tsv all.avo out "$transform" \
        "$lo" "$hi" >figures
    echo "$transform $device: $(cat figures)"
}

one arcsinh -100 100 cpu-ref
expect_line figures '^6 tracks, 0 clipped'
one arcsinh -100 100 cpu
one log1p -0.1 0.3 cpu
refute_line figures ' 0 clipped'
one none -0.2 0.2 cpu-ref
refute_line figures ' 0 clipped'
one arcsinh 0.1 0.3 cpu -H 300,70

# --no-clip: the range is not looked at
$make_model -L 0.1,0.2 -r chr1:0-400 m.model.avo
$make_model -L 0.1,0.2 -r chr1:0-400 -p none >oracle.tsv
rm -rf out
avo-impute -q --all --no-clip m.model.avo >all.avo
avo-impute -q --all --no-clip -O bedgraph -o 'out/{celltype}.{assay}.bedGraph' m.model.avo
avo-impute -q --all --no-clip -O bigwig -o 'out/{celltype}.{assay}.bw' m.model.avo
"$PYTHON" "$AVO_SRC/tests/cli/avo-impute/values.py" oracle.tsv all.avo out arcsinh -1e9 1e9
