# SPDX-License-Identifier: MIT
"""tight_memory.py STEP COMMAND...: the command under a limit of its address space that grows from
nothing by STEP MB until it succeeds twice. Each run succeeds or exits with a message: 127 where
the dynamic loader does not get the libraries in, else 1 with a line of the program."""
import os
import resource
import subprocess
import sys

step = int(sys.argv[1])
command = sys.argv[2:]
name = os.path.basename(command[0])
limit, good = 16, 0
while good < 2:
    def tighten(n=limit << 20):
        resource.setrlimit(resource.RLIMIT_AS, (n, n))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    run = subprocess.run(command, preexec_fn=tighten, capture_output=True, timeout=100)
    said = run.stderr.decode(errors="replace").strip()
    what = "%s with %d MB: status %d, said %r" % (" ".join(command), limit, run.returncode, said)
    assert run.returncode in (0, 1, 127), what
    assert run.returncode != 1 or said, what
    # Before main, libraries that others bring along may have their say.
    if run.returncode == 1 and not said.startswith(name + ": "):
        assert "GnuTLS" in said or "libgomp" in said, what
    good = good + 1 if run.returncode == 0 else 0
    limit += step
    assert limit < 4000, what
print("%s: works from %d MB on" % (name, limit - 2 * step))
