#!/usr/bin/env python3
"""The alerts, their tests and the runbook are in step: promtool takes the rules and their tests, each alert is tested, has a section, and names only meters and commands that there are.
usage: runbook_test.py SOURCE BUILD"""
import os
import re
import subprocess
import sys

import yaml


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def main(source, build):
    failures = 0

    def judge(good, title, seen=""):
        nonlocal failures
        failures += not good
        print(f"{'ok' if good else 'FAILED'}: {title}{'' if good else f' [{seen}]'}")

    folder = os.path.join(source, "deploy/prometheus")
    for words in (("check", "rules", "rules.yml"), ("test", "rules", "rules_test.yml")):
        done = subprocess.run(["promtool", *words], cwd=folder, capture_output=True, text=True, check=False)
        judge(done.returncode == 0, f"promtool {' '.join(words)}", (done.stdout + done.stderr)[-2000:])
    rules = [rule for group in yaml.safe_load(read(folder, "rules.yml"))["groups"] for rule in group["rules"]]
    alerts = [rule["alert"] for rule in rules]
    tested = {test["alertname"] for case in yaml.safe_load(read(folder, "rules_test.yml"))["tests"] for test in case["alert_rule_test"] if test["exp_alerts"]}
    judge(tested == set(alerts), "each alert is seen to speak in a test", set(alerts) ^ tested)
    runbook = read(source, "deploy/RUNBOOK.md")
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", runbook, re.M | re.S))
    judge(list(sections) == alerts, "the runbook has a section for each, in the same order", set(sections) ^ set(alerts))
    judge(all(all(word in text for word in ("Means: ", "Check: ", "Remedy: ")) for text in sections.values()), "with meaning, check and remedy")
    judge(all(rule["annotations"]["runbook_url"] == f"deploy/RUNBOOK.md#{rule['alert'].lower()}" for rule in rules), "each alert links to its section")
    meters = set(re.findall(r'"(payung_\w+)"', read(source, "common/tables/meters.def")))
    used = {name for rule in rules for name in re.findall(r"payung_\w+", rule["expr"])}
    judge(used <= meters, "rules ask for meters that there are", used - meters)
    commands = set(re.findall(r"^  (\w+)", subprocess.run([os.path.join(build, "bin/payung"), "--help"], capture_output=True, text=True, check=True).stdout, re.M))
    named = set(re.findall(r"`payung (\w+)", runbook))
    judge(named and named <= commands, "the runbook names commands that there are", named - commands)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
