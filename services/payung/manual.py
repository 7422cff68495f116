#!/usr/bin/env python3
"""Writes the manual pages: payung(1) and one for each command, out of what the program itself says with --help, so that a page can't fall out of step.
usage: manual.py PROGRAM FOLDER"""
import os
import re
import subprocess
import sys


def ask(program, *words):
    return subprocess.run([program, *words], capture_output=True, text=True, check=True).stdout


def roff(text):
    """Lines as they are: what begins with a dot or a quote is no request, a hyphen is one that can be copied."""
    lines = []
    for line in text.replace("\\", "\\e").replace("-", "\\-").splitlines():
        lines.append("\\&" + line if line[:1] in (".", "'") else line)
    return "\n".join(lines)


def page(name, story, text, version, others):
    see = ", ".join(f".BR {other} (1)" for other in others[:1])
    return (f'.TH {name.upper()} 1 "" "payung {version}" "Payung"\n.SH NAME\n{name} \\- {roff(story)}\n.SH DESCRIPTION\n.nf\n{roff(text)}\n.fi\n' + (f".SH SEE ALSO\n{see}\n" if see else ""))


def main(program, folder):
    os.makedirs(folder, exist_ok=True)
    version = ask(program, "--version").split()[1]
    text = ask(program, "--help")
    commands = re.findall(r"^  (\w+)\s+(.+)$", text, re.M)
    pages = {"payung": page("payung", "enrols informal workers into employment social security", text, version, [])}
    for name, story in commands:
        pages[f"payung-{name}"] = page(f"payung-{name}", story, ask(program, name, "--help"), version, ["payung"])
    for name, content in pages.items():
        with open(os.path.join(folder, f"{name}.1"), "w", encoding="utf-8") as file:
            file.write(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
