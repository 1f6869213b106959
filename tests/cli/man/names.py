# SPDX-License-Identifier: MIT
"""names.py PAGE...: what manual pages point to is there. Every long option that a page names exists
in some program; every option of a program that its help shows, and every hidden one, stands in the
program's own page; sections and pages that are referred to exist.
"""
import os
import re
import subprocess
import sys

SYSTEM_PAGES = {"zstd", "fnmatch", "flock", "sort"}


def options_of(source):
    """The long options in a table of options (struct avo_opt)."""
    with open(source, encoding="utf-8") as f:
        return set(re.findall(r'\{(?:OPT_\w+|ID_\w+|\'.\'), "([a-z0-9-]+)", *(?:NULL|"[^"]*"),',
                              f.read()))


def rendered(page):
    out = subprocess.run(["mandoc", "-Tutf8", page], capture_output=True, check=True)
    return re.sub(".\b", "", out.stdout.decode())


def options_in(text):
    return set(re.findall(r"(?<![\w-])--([a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?![\w-])", text))


def help_of(tool):
    shown = subprocess.run([tool, "--help"], capture_output=True, check=True).stdout.decode()
    return options_in(shown.split("\nExample:")[0])


def references(page, pages):
    """Sections and pages that the source refers to and that are not there."""
    with open(page, encoding="utf-8") as f:
        source = f.read()
    sections = {s.strip('"').upper() for s in re.findall(r"^\.S[hs] (.*)", source, re.M)}
    for name in re.findall(r"^\..*?\bSx \"?([^\"\n,.;)]+)", source, re.M):
        if name.strip().upper() not in sections:
            yield "no section %s" % name
    for name, section in re.findall(r"\bXr ([\w-]+) (\d)", source):
        if "%s.%s" % (name, section) not in pages and name not in SYSTEM_PAGES:
            yield "no page %s(%s)" % (name, section)


def main():
    root = os.environ["AVO_SRC"]
    pages = {os.path.basename(page) for page in sys.argv[1:]}
    tools = sorted(n[:-2] for n in os.listdir(root + "/tools") if n.endswith(".c"))
    own = {tool: options_of("%s/tools/%s.c" % (root, tool)) | help_of(tool) for tool in tools}
    known = set().union({"verbose", "quiet"}, *own.values())
    bad = []
    for page in sys.argv[1:]:
        said = options_in(rendered(page))
        bad += ["%s: no program has --%s" % (page, name) for name in sorted(said - known)]
        lacks = own.get(os.path.basename(page)[:-2], set()) - said - {"help", "version"}
        bad += ["%s: --%s is missing" % (page, name) for name in sorted(lacks)]
        bad += ["%s: %s" % (page, what) for what in references(page, pages)]
    print("\n".join(bad))
    return bool(bad) or len(known) < 100


sys.exit(main())
