"""The services' role may do in each table exactly what a statement of services/ and common/ does there: a right that is missing would show when that statement runs for the first time, and
one too many would not show at all. Statements are found by their words; the name of a table always stands whole in a statement of ours.
usage: rights.py SOURCE_FOLDER"""
import re
import sys

import sources

RIGHTS = "services/ledger/schema/rights.sql"
JOINT = re.compile(r'"\s*"')  # of two literals that the compiler puts together
TABLE = r"((?:ledger|intake|notice|facts|report|ops)\.\w+)"
WRITES = (("INSERT", re.compile(rf"(?:INSERT INTO|COPY) {TABLE}")), ("UPDATE", re.compile(rf"\bUPDATE {TABLE}")), ("DELETE", re.compile(rf"DELETE FROM {TABLE}")),
          ("UPDATE", re.compile(rf"INSERT INTO {TABLE}(?:(?!INSERT INTO)[^;])*?ON CONFLICT [^;]*?DO UPDATE")))
LIST = re.compile(r"\('([A-Z, ]+)', '([^']+)'\)")


def needed(texts):
    """{table: rights to write} of all statements."""
    found = {}
    for text in texts:
        for right, pattern in WRITES:
            for table in pattern.findall(JOINT.sub("", text)):
                found.setdefault(table, set()).add(right)
    return found


def declared(rights_text):
    return {table: set(rights.split(", ")) - {"SELECT", "USAGE"} for rights, tables in LIST.findall(rights_text) for table in tables.split()}


def judge(texts, rights_text):
    wanted, given = needed(texts), declared(rights_text)
    return [f"{table}: statements need {sorted(wanted.get(table, ()))}, {RIGHTS} gives {sorted(given.get(table, ()))}"
            for table in sorted(wanted.keys() | given.keys()) if wanted.get(table, set()) != given.get(table, set())]


def main(root):
    texts = [sources.text_of(root, path) for path in sources.files(root, ".c", ".h", ".def") if path.startswith(("services/", "common/"))]
    assert len(needed(texts)) > 20, "the statements were not found"
    return sources.report("rights", judge(texts, sources.text_of(root, RIGHTS)))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
