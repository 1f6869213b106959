# SPDX-License-Identifier: MIT
"""rendered.py PAGE: what a reader of a manual page sees on a terminal of 80 columns.

Writes the displays of EXAMPLES, as they are rendered, to block-1, block-2 ... in the current folder
and prints their number. Complains, with status 1, about lines that are wider than the terminal,
displays that were folded or hold characters no shell takes, and punctuation that stands alone.
"""
import re
import subprocess
import sys

WIDTH = 80


def render(text):
    """Lines of the page, without overstriking; two columns are the pager's and the eye's."""
    out = subprocess.run(["mandoc", "-Tutf8", "-Owidth=%d" % (WIDTH - 2)], input=text.encode(),
                         capture_output=True, check=True).stdout.decode()
    return re.sub(".\b", "", out).splitlines()


def mark(source):
    """The source with a line of its own before and behind each display, and the displays' kinds."""
    out, section, inside = [], "", False
    for line in source.splitlines():
        if line.startswith(".Sh "):
            section = line[4:]
        kind = "example" if section == "EXAMPLES" else "display"
        if line.startswith(".Bd ") and "-filled" not in line:
            out += [line, "@begin-%s" % kind]
            inside = True
        elif line.startswith(".Ed") and inside:
            out += ["@end", line]
            inside = False
        elif line.startswith(".Dl "):
            out += [".Dl @begin-%s-line" % kind, line, ".Dl @end"]
        else:
            out.append(line)
    return "\n".join(out) + "\n"


def displays(lines):
    """(kind, lines) of each display, and the lines of prose as (number, text)."""
    found, prose, block = [], [], None
    for number, line in enumerate(lines, 1):
        word = line.strip()
        if word.startswith("@begin-"):
            indent = line.index("@")
            block = (word[7:], [])
        elif word == "@end":
            found.append(block)
            block = None
        elif block:
            block[1].append(line[indent:] if not line[:indent].strip() else line)
        else:
            prose.append((number, line))
    return found, prose


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        source = f.read()
    bad = ["%d columns: %s" % (len(line), line) for line in render(source) if len(line) > WIDTH]
    found, prose = displays(render(mark(source)))
    bad += ["punctuation: %s" % line for _, line in prose
            if re.search(r"\w[”\")]? +[,;.:!?](\s|$)|\([ ]|[ ]\)", line)]
    n = 0
    for kind, lines in found:
        if kind.endswith("-line") and len(lines) != 1:
            bad.append("folded: %s" % " / ".join(lines))
        if not kind.startswith("example"):
            continue
        n += 1
        bad += ["not for a shell: %s" % line for line in lines if not line.isascii()]
        with open("block-%d" % n, "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")
    for what in bad:
        print("%s: %s" % (sys.argv[1], what), file=sys.stderr)
    print(n)
    return bool(bad)


sys.exit(main())
