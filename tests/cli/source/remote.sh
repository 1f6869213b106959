#!/bin/sh
# SPDX-License-Identifier: MIT
# --remote: a bigWig fetched piece by piece from a server on this machine gives what the file gives.
. "$AVO_SRC/tests/lib/case.sh"
need_python numpy pyBigWig
export PYTHONPATH="$AVO_SRC/tests/lib" PYTHONDONTWRITEBYTECODE=1
unset http_proxy HTTP_PROXY ALL_PROXY all_proxy
export no_proxy=localhost,127.0.0.1
cat >make.py <<'END'
from avosignal import write_bigwig
write_bigwig("x.bw", [("chr1", 400000), ("chr2", 5000)],
             [("chr1", i * 40, i * 40 + 30, float(i % 90)) for i in range(9000)])
END
"$PYTHON" make.py
cat >serve.py <<'END'
import http.server
import os
import re


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            data = open("." + self.path, "rb").read()
        except OSError:
            self.send_error(404)
            return
        m = re.match(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        beg, end = (int(m[1]), min(int(m[2]) + 1, len(data))) if m else (0, len(data))
        self.send_response(206 if m else 200)
        self.send_header("Content-Length", str(max(end - beg, 0)))
        self.send_header("Content-Range", f"bytes {beg}-{end - 1}/{len(data)}")
        self.end_headers()
        self.wfile.write(data[beg:end])

    def log_message(self, *args):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
open("port.tmp", "w").write(str(server.server_port))
os.rename("port.tmp", "port")
server.serve_forever()
END
"$PYTHON" serve.py &
server=$!
trap 'kill "$server"' EXIT
for _ in 1 2 3 4 5 6 7 8 9 10; do
    [ -s port ] || sleep 1
done
[ -s port ] || skip "no local server"
url=http://127.0.0.1:$(cat port)
printf 'C\tA\tx.bw\n' >t.tsv
bw2tensor -q -o local.avo t.tsv
avo-view -O bedgraph -o local.txt local.avo
printf 'C\tA\t%s/x.bw\n' "$url" >t.tsv
bw2tensor -q --remote -o remote.avo t.tsv
avo-view -O bedgraph -o remote.txt remote.avo
expect_same local.txt remote.txt
printf 'C\tA\t%s/missing.bw\n' "$url" >t.tsv
expect_exit 1 bw2tensor -q --remote -o x.avo t.tsv
expect_line stderr 'missing\.bw'
expect_missing x.avo
