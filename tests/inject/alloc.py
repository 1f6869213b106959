# SPDX-License-Identifier: MIT
"""alloc.py: commands whose n-th allocation fails, for n from 1 until they end without one.

usage: alloc.py quick|full <COMMANDS     one a line, split as a shell would; {out}: a new folder
Each run must end with status 1 and one message line (hints and warnings aside) and leave nothing in
the folder; or, where it can do without that memory, with status 0 and the output of an undisturbed
run. Of several outputs, those that were whole before may stay. quick: the first calls, then fewer
and fewer; full: all up to 600; at some calls both let all later ones fail, too.
"""
import concurrent.futures
import os
import re
import shlex
import shutil
import subprocess
import sys

LIBRARY = os.environ["AVO_BUILD"] + "/tests/inject/failing_alloc.so"
COMMENT = re.compile(r"^[a-z0-9-]+: (hint|warning): ")


def run(command, folder, **settings):
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    environment = dict(os.environ, AVO_ALLOC_PROGRAM=command[0], LD_PRELOAD=LIBRARY, **settings)
    try:
        got = subprocess.run([w.replace("{out}", folder) for w in command], check=False,
                             stdin=subprocess.DEVNULL, capture_output=True, env=environment,
                             timeout=100)
    except subprocess.TimeoutExpired:
        return "no end", b"", [], {}
    said = got.stderr.decode(errors="replace").splitlines()
    files = {}
    for at, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(at, name), "rb") as f:
                files[os.path.relpath(os.path.join(at, name), folder)] = f.read()
    return got.returncode, got.stdout, said, files


def judge(command, at, good):
    status, stdout, said, files = run(command, "out." + at, AVO_ALLOC_FAIL=at)
    shutil.rmtree("out." + at, ignore_errors=True)
    lines = [line for line in said if not COMMENT.match(line)]
    if status == 0:
        same = stdout == good[1] and files == good[3]
        return None if same else "exit status 0, but another output"
    if status != 1:
        return "exit status %s %s" % (status, said)
    if len(lines) != 1 or not lines[0].startswith(command[0] + ": "):
        return "not one message line: %s" % said
    if files and (len(good[3]) == 1 or not files.items() <= good[3].items()):
        return "left behind: %s" % sorted(files)
    return None


def schedule(full, n):
    at = 1
    while at <= n:
        yield str(at)
        if at % (8 if full else 5) == 0:
            yield "%d+" % at
        if full:
            at += 1 if at < 600 else 1 + at // 50
        else:
            at += 1 if at < 12 else 1 + at // 4


def sweep(full, command):
    """The number of bad endings."""
    good = run(command, "out.good", AVO_ALLOC_COUNT=os.path.abspath("count"))
    if good[0] != 0:
        print("%s: exit status %s undisturbed: %s" % (command, good[0], good[2]))
        return 1
    with open("count", encoding="ascii") as f:
        n = int(f.read())
    tries = list(schedule(full, n))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        ends = pool.map(lambda at: judge(command, at, good), tries)
        bad = [(at, what) for at, what in zip(tries, ends) if what]
    print("%s: %d calls, %d tries, %d bad" % (" ".join(command), n, len(tries), len(bad)))
    for at, what in bad[:10]:
        print("    call %s: %s" % (at, what))
    return len(bad) + (n < 3)


def main():
    full = sys.argv[1] == "full"
    commands = [shlex.split(line) for line in sys.stdin if line.strip()]
    n_bad = sum([sweep(full, command) for command in commands])
    sys.exit(n_bad > 0 or not commands)


main()
