#!/bin/sh
# SPDX-License-Identifier: MIT
# fence.sh: the house rules a compiler does not know: layers, who may include and print what,
# sizes. Prints each breach as FILE:LINE: rule. Called by `make check-fence`.
set -u
cd "${AVO_FENCE_ROOT:-$(dirname "$0")/../..}" || exit 1
build=${AVO_BUILD:-build}
breaches=$(mktemp) || exit 1
trap 'rm -f "$breaches"' EXIT

sources=$(find libcommon tools cuda examples tests \( -name '*.c' -o -name '*.h' -o -name '*.cu' \
    -o -name '*.cuh' \) 2>/dev/null | sort)
# shellcheck disable=SC2086
[ -n "$sources" ] || { echo 'fence.sh: no sources found'; exit 1; }

# breach RULE: reads "FILE:LINE:..." from grep and records it.
breach() {
    sed "s|\$|   <- $1|" >>"$breaches"
}

# Each layer includes itself and those before it; cuda/ sees the backends' layer and what is below.
layers='base stream genome model backend impute fit features report eval ap'
allowed=
for layer in $layers; do
    allowed="$allowed${allowed:+|}$layer"
    grep -nE '#include +"(libcommon|tools|cuda|examples|tests)/' -r "libcommon/$layer" 2>/dev/null |
        grep -vE "#include +\"libcommon/($allowed)/" | breach 'a layer includes one above it'
done
grep -nE '#include +"' -r cuda 2>/dev/null |
    grep -vE '#include +"(libcommon/(base|stream|genome|model|backend)|cuda)/' |
    breach 'cuda/ includes something above the backend layer'

# One place for each heavy library.
# shellcheck disable=SC2086
{
grep -nE '#include +[<"]bigWig' $sources | grep -vE '^(libcommon/genome/bigwig|tests/)' |
    breach 'bigWig.h outside libcommon/genome/bigwig*'
grep -nE '#include +[<"](oneapi/)?dnnl' $sources | grep -v '^libcommon/backend/cpu_products\.c:' |
    breach 'dnnl.h outside libcommon/backend/cpu_products.c'
grep -nE '#include +[<"]xgboost' $sources | grep -v '^libcommon/ap/classify_xgboost\.c:' |
    breach "XGBoost's header outside libcommon/ap/classify_xgboost.c"
grep -nE '#include +[<"](liblinear/)?linear\.h' $sources |
    grep -v '^libcommon/ap/classify_logistic\.c:' |
    breach "liblinear's header outside libcommon/ap/classify_logistic.c"
grep -nE "#include +([<\"](cuda_|cublas|cudnn|nv)|<cuda|\"cuda/.*\.cuh)" $sources | grep -v '^cuda/' |
    breach 'CUDA headers outside cuda/'
grep -nE '#include +"[^/"]*"' $sources | breach 'include from the root: "libcommon/..."'

# The library neither prints nor exits (strings and comments do not count).
for f in $(find libcommon -name '*.c' ! -path 'libcommon/base/log.c' ! -path 'libcommon/base/opt.c'); do
    sed 's/"[^"]*"//g; s,/\*.*\*/,,; s,/\*.*,,; s,^ *\*.*,,' "$f" |
        grep -nE '\b(v?printf|puts|putchar|perror|exit|abort|errx?|warnx?)\(|\b(stderr|stdout)\b' |
        sed "s|^|$f:|" | breach 'library code prints or exits'
done

for f in $sources; do
    case $(head -n 1 "$f") in
    '/* SPDX-License-Identifier: MIT */') ;;
    *) echo "$f:1: first line" | breach 'no SPDX tag' ;;
    esac
    n=$(wc -l <"$f")
    [ "$n" -le 600 ] || echo "$f:$n: lines" | breach 'more than 600 lines'
done
grep -nE '^.{101,}' $sources | cut -c1-60 | breach 'more than 100 columns'
grep -nP '\t| +$' $sources | cut -c1-60 | breach 'tab or trailing space'
grep -nE '^ *typedef +(struct|enum|union)' $sources | breach 'typedef'
# Functions up to 60 lines; one that is a flat table or switch says "fence: flat" in its comment.
ctags -f - --languages=C --langmap=C:+.h.cu --kinds-C=f --fields=+ne --sort=no $sources |
    awk -F '\t' '{line = end = 0
        for (i = 4; i <= NF; i++) {
            if ($i ~ /^line:/) line = substr($i, 6) + 0
            if ($i ~ /^end:/) end = substr($i, 5) + 0
        }
        if (end - line + 1 > 60) print $2 ":" line ": " $1 " has " end - line + 1 " lines"}' |
    while IFS= read -r said; do
        file=${said%%:*}
        line=$(printf '%s' "$said" | cut -d: -f2)
        sed -n "$((line > 4 ? line - 4 : 1)),${line}p" "$file" | grep -q 'fence: flat' ||
            echo "$said"
    done | breach 'function of more than 60 lines'
}
# Builds that others get run on any processor of the architecture.
grep -nE -- '-march=native|-ffast-math|-Ofast' Makefile -r libcommon cuda tools 2>/dev/null |
    breach 'flags that tie a build to one machine or change arithmetic'
for f in $(find tests examples .ci -name '*.sh' -o -path '.ci/run') Makefile; do
    head -n 3 "$f" | grep -q 'SPDX-License-Identifier: MIT' ||
        echo "$f:1: first lines" | breach 'no SPDX tag'
done

# What the built programs are linked with.
for f in tools/*.c; do
    program=$build/$(basename "$f" .c)
    [ -x "$program" ] || continue
    libs=$(ldd "$program" 2>/dev/null)
    if [ -z "$libs" ]; then
        continue
    fi
    # The runtime is linked in, cuBLASLt is loaded when a card is opened.
    printf '%s\n' "$libs" | grep -iE 'libcuda|libcublas|libcudnn|libnv' | sed "s|^|$program:0: |" |
        breach 'linked with CUDA'
    case $program in
    */ap-eval) ;;
    *) printf '%s\n' "$libs" | grep -iE 'libxgboost|liblinear' | sed "s|^|$program:0: |" |
        breach 'linked with XGBoost or liblinear though it learns nothing from features' ;;
    esac
    # What a BLAS computes depends on which is installed, on its threads and on the processor.
    printf '%s\n' "$libs" | grep -iE 'blas|mkl_|libflame' | sed "s|^|$program:0: |" |
        breach 'linked with a BLAS'
    case $program in
    */avo-train | */avo-impute) ;;
    *) printf '%s\n' "$libs" | grep -i 'libdnnl' | sed "s|^|$program:0: |" |
        breach 'linked with oneDNN though it neither trains nor imputes'
        nm --defined-only "$program" 2>/dev/null | grep -E ' (cuda[A-Z]|avo_dev_|avo_products_)' |
            head -n 1 | sed "s|^|$program:0: |" |
            breach 'holds the CUDA backend though it neither trains nor imputes' ;;
    esac
done

if [ -s "$breaches" ]; then
    cat "$breaches"
    echo "check-fence: $(wc -l <"$breaches") breaches"
    exit 1
fi
