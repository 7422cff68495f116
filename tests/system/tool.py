"""What tests on a bare PostgreSQL share (tests/system/ledger_test starts one): the command-line tool, psql, a folder of their own. The path of the tool is the first argument of
each of them. It must never know what is tested."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

PAYUNG = sys.argv[1]
SECONDS_MAX = 120


def run(*arguments, input=None, **environment):
    """The finished process; a variable that is None is taken out of the environment."""
    variables = {name: value for name, value in dict(os.environ, **environment).items() if value is not None}
    return subprocess.run([PAYUNG, *arguments], env=variables, input=input, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)


def must(*arguments, input=None):
    done = run(*arguments, input=input)
    assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"


def tell(*arguments, **environment):
    """(exit code, the JSON document)"""
    done = run(*arguments, "--json", **environment)
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError:
        raise AssertionError(f"{arguments}: exit {done.returncode}, no JSON: {done.stdout[:500]} {done.stderr[:500]}") from None


def sql(query, role="PGURL"):
    """Rows as lists of texts."""
    done = subprocess.run(["psql", os.environ[role], "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-c", query], capture_output=True, text=True, timeout=SECONDS_MAX,
                          check=False)
    assert done.returncode == 0, done.stderr
    return [line.split("\x1f") for line in done.stdout.splitlines()]


def number(query):
    return int(sql(query)[0][0])


class ToolTest(unittest.TestCase):
    """The cases of a class share a folder, which goes with them."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="payung-test-")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder, name)

    def file(self, name, text):
        """The path of a new file."""
        with open(self.path(name), "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return self.path(name)


def main():
    unittest.main(argv=sys.argv[:1], verbosity=2)
