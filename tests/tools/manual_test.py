#!/usr/bin/env python3
"""Every command has a manual page with each option that its --help names, every one says --json and --help where it should, and bash completes commands and options from the same words.
usage: manual_test.py PROGRAM MANUAL_FOLDER"""
import os
import re
import subprocess
import sys


def main(program, folder):
    failures = 0

    def judge(good, title, seen=""):
        nonlocal failures
        failures += not good
        print(f"{'ok' if good else 'FAILED'}: {title}{'' if good else f' [{seen}]'}")

    def run(*words):
        return subprocess.run([program, *words], capture_output=True, text=True, check=True).stdout

    def complete(*words):
        """What bash offers for the last of the words."""
        script = f". <({program} completion)\nCOMP_WORDS=({' '.join(words)} '')\nCOMP_WORDS=({' '.join(repr(word) for word in words)})\nCOMP_CWORD={len(words) - 1}\n_payung\nprintf '%s\\n' \"${{COMPREPLY[@]}}\""
        return set(subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.split())

    commands = re.findall(r"^  (\w+)", run("--help"), re.M)
    judge(len(commands) > 30 and sorted(commands) == sorted(set(commands)), "the table names each command once", commands)
    judge(complete(program, "") >= set(commands), "bash completes their names", complete(program, ""))
    for command in commands:
        text = run(command, "--help")
        options = set(re.findall(r"--[a-z][a-z-]*", text))
        with open(os.path.join(folder, f"payung-{command}.1"), encoding="utf-8") as file:
            page = file.read().replace("\\-", "-")
        missing = [option for option in options if option not in page]
        judge(text.startswith("usage: payung ") and page.startswith(".TH ") and not missing, f"payung-{command}(1) has all its options", missing)
        judge(options == complete(program, command, "--"), f"bash completes the options of {command}", options ^ complete(program, command, "--"))
    judge("--json" in complete(program, "lag", "--j") and not complete(program, "lag", "--x"), "and only those that fit")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
