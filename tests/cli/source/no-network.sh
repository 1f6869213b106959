#!/bin/sh
# SPDX-License-Identifier: MIT
# A path that looks like a URL opens no socket unless --remote is given.
. "$AVO_SRC/tests/lib/case.sh"
for url in http://localhost:9/x.bw https://localhost:9/x.bw ftp://localhost:9/x.bw s3://b/x.bw; do
    printf 'C\tA\t%s\n' "$url" >t.tsv
    expect_error 1 'nothing is fetched unless asked' bw2tensor -o x.avo t.tsv
    expect_line stderr 'hint: .*--remote'
    expect_missing x.avo
done
need strace
# some containers forbid tracing
strace -o t true 2>/dev/null || skip "no permission to trace"
printf 'C\tA\thttp://localhost:9/x.bw\n' >t.tsv
strace -f -e trace=socket,connect -o calls bw2tensor -o x.avo t.tsv 2>stderr || :
refute_line calls 'socket\(|connect\('
