#!/usr/bin/env python3
"""The description of the API through two strangers' linters, redocly and spectral, with their recommended rules: not even a hint is left. Exit code 77, skipped: Node is older than
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


def main(modules, description):
    node = run("node", "--version").stdout.strip().lstrip("v")
    if int(node.split(".")[0]) < NODE_MIN:
        print(f"skipped: Node {node}; redocly needs {NODE_MIN}")
        return SKIPPED
    redocly = run(os.path.join(modules, ".bin/redocly"), "lint", "--extends", "recommended", "--format", "json", description)
    totals = json.loads(redocly.stdout[redocly.stdout.index("{"):])["totals"]
    print("redocly:", totals)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="ascii") as rules:
        rules.write('extends: ["spectral:oas"]\n')
        rules.flush()
        spectral = run(os.path.join(modules, ".bin/spectral"), "lint", "--ruleset", rules.name, "--fail-severity", "hint", description)
    print("spectral:", spectral.stdout, spectral.stderr)
    if totals["errors"] + totals["warnings"] > 0:
        print(redocly.stdout)
    return 1 if redocly.returncode or totals["errors"] + totals["warnings"] > 0 or spectral.returncode else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
