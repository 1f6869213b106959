#!/bin/sh
# SPDX-License-Identifier: MIT
# timeout: 300
# 1,014 files under a limit of 256 descriptors: the bytes of an unlimited run, within two slabs of
# 256 MiB plus 512 KiB a track.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
"$PYTHON" -c '
from avosignal import *
compendium(".", [("chr1", 500000), ("chr2", 300000), ("chr3", 8000000)],
           [(f"C{i // 8}", f"a{i % 8}") for i in range(1014)], n=900, gap=1500, width=2000)'
cat >limited.py <<'END'
import resource
import subprocess
import sys
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
subprocess.run(sys.argv[2:], check=True)
peak_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(f"peak {peak_mib:.0f} MiB", file=sys.stderr)
sys.exit(0 if peak_mib < float(sys.argv[1]) else f"peak {peak_mib} MiB, want {sys.argv[1]}")
END
bound=$((2 * 256 + 1014 / 2))
# 320,000 bins are 619 MiB: three slabs
"$PYTHON" limited.py $bound bw2tensor -q -@2 --all-bins -r chr3 tracks.tsv >/dev/null
set -- --all-bins -r chr1,chr2 tracks.tsv
"$PYTHON" limited.py $bound bw2tensor -q -@2 -o limited.avo "$@"
"$PYTHON" limited.py $bound bw2tensor -q -@1 -o one.avo "$@"
expect_same limited.avo one.avo
bw2tensor -q -@2 -o free.avo "$@"
expect_same limited.avo free.avo
"$PYTHON" - <<'END'
import numpy as np
from avosignal import *
s = Stream("limited.avo")
assert len(s.tracks) == 1014
# 200 groups of 200 bins of 2,028 bytes are halved to 12 before they are at most 5 MiB.
assert [(t[0], t[1][0], len(t[1])) for t in s.tiles] == [
    (c, b, min(2400, end - b)) for c, end in ((0, 20000), (1, 12000)) for b in range(0, end, 2400)], \
    [(t[0], t[1][0], len(t[1])) for t in s.tiles]
for track in (0, 100, 255, 256, 1013):
    for name in ("chr1", "chr2"):
        want = np.arcsinh(binned(f"{track}.bw", name)[0])
        got = s.chrom_values(name)[1][:, track]
        assert np.allclose(got, want, rtol=2.0 ** -11, atol=1e-7), (track, name)
END
