# SPDX-License-Identifier: MIT
# bigWigs of the writer, read back by pyBigWig: constant and empty chromosomes, odd names, partial
# last bins, long runs, scattered bins; values, summary, zoom levels.
/usr/bin/python3 -c 'import pyBigWig, numpy' 2>/dev/null || { echo "no pyBigWig"; exit 77; }
"$AVO_BUILD"/tests/unit/check_bwwrite --write . || exit 1
[ "$(/usr/bin/python3 "$AVO_SRC"/tests/cli/bwwrite/readback.py .)" = ok ]
