# SPDX-License-Identifier: MIT
# npy files are what numpy reads: shapes, types, values.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy

good=$AVO_SRC/tests/streams/good
avo-view -O npy -o s.npy "$good/signal.avo"
avo-view -O npy -o r.npy -r chrX -t E065:H3K4me3 "$good/signal.avo"
avo-view -O npy --space raw "$good/signal.avo" >raw.npy
avo-view -O npy -o m.npy "$good/model.avo"
avo-view -O npy --tensor layer1.weight "$good/model.avo" | cat >w.npy
avo-view -O npy -o e.npy "$good/empty.avo"
expect_error 2 '-O npy needs a file' sh -c "avo-view -O npy '$good/signal.avo' | cat; exit 2"
"$PYTHON" - <<'PY'
import numpy as np
s, r, raw, m, w, e = (np.load(f + ".npy") for f in ("s", "r", "raw", "m", "w", "e"))
assert s.shape == (18, 2) and s.dtype == np.float32, (s.shape, s.dtype)
assert s[3].tolist() == [0.5, 0.5] and s[16].tolist() == [1, -1]
assert r.shape == (2, 1) and r.dtype == np.float16 and r[:, 0].tolist() == [1, 0]
assert np.allclose(raw, np.sinh(s), rtol=1e-6)
assert m.shape == (16, 5) and m[4].tolist() == [1, 1.125, 4.25, 4.375, 5.125], m[4]
assert (w == np.arange(20).reshape(4, 5) / 8).all() and w.dtype == np.float32
assert e.shape == (0, 2)
PY
