#!/usr/bin/env python3
"""The description of the API through two strangers' linters, redocly and spectral, with their recommended rules: not even a hint is left; and the AsyncAPI document of the topics, without an error. Exit code 77, skipped: Node is older than
redocly runs on.
usage: openapi_lint_test.py NODE_MODULES OPENAPI_JSON"""
import json
import os
import subprocess
import sys
import tempfile

NODE_MIN, SKIPPED = 20, 77


def run(*command):
    environment = dict(os.environ, REDOCLY_TELEMETRY="off", REDOCLY_SUPPRESS_UPDATE_NOTICE="true")
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)


def lint(modules, rules_of, severity, document):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="ascii") as rules:
        rules.write(f'extends: ["{rules_of}"]\n')
        rules.flush()
        return run(os.path.join(modules, ".bin/spectral"), "lint", "--ruleset", rules.name, "--fail-severity", severity, document)


def main(modules, description):
    node = run("node", "--version").stdout.strip().lstrip("v")
    if int(node.split(".")[0]) < NODE_MIN:
        print(f"skipped: Node {node}; redocly needs {NODE_MIN}")
        return SKIPPED
    redocly = run(os.path.join(modules, ".bin/redocly"), "lint", "--extends", "recommended", "--format", "json", description)
    totals = json.loads(redocly.stdout[redocly.stdout.index("{"):])["totals"]
    print("redocly:", totals)
    spectral = lint(modules, "spectral:oas", "hint", description)
    topics = lint(modules, "spectral:asyncapi", "error", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../deploy/clients/asyncapi.json"))
    print("spectral:", spectral.stdout, spectral.stderr, topics.stdout if topics.returncode else "", topics.stderr)
    if totals["errors"] + totals["warnings"] > 0:
        print(redocly.stdout)
    return 1 if redocly.returncode or totals["errors"] + totals["warnings"] > 0 or spectral.returncode or topics.returncode else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
