"""Measures the ledger's posting path against what PostgreSQL alone can do with the same rows: the book posts N priced applications (system.ledger_rate), then COPY BINARY loads
the very rows that it wrote into the same empty, indexed, partitioned tables, all tables in one transaction. Both in each round on one server with synchronous commit; medians
of several rounds. Wanted is a ratio of at least 0.6, a hash chain of at most 3 %, and a full ledger that posts within 10 % of an empty one (--prefill). Exit code 1 when one of them is
missed, unless --report is given: then it only tells. A full ledger holds the year before: N people (400,000 make 10 million entries), posted, and for each of their months one line for
the invoice and one for its payment, as `payung run` and a payment leave them; the people who are then posted come in a year of their own each round, as a new year's list does. Empty
and full take turns in two databases of one server.
usage: posting_bench.py SOURCE_FOLDER RELEASE_BUILD_FOLDER_WITH_TESTS [--rows N] [--batch N] [--rounds N] [--prefill N] [--report]"""
import argparse
import os
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

RATIO_LEAST, CHAIN_PERCENT_MOST, FULL_MOST = 0.6, 3, 1.1
TABLES = ("outcome", "enrolment", "registry", "cover", "journal", "entry")
FULL_YEAR = 2024
LINES = """INSERT INTO ledger.line (agreement_no, journal_seq, position, month, kind, place, jkk, jkm, amount, day, invoice_no)
SELECT e.agreement_no, 1000 + (m - e.start_month) * 2 + kind, e.place - 1, m, kind, e.place, 10000, 6800, 16800, make_date(m / 100, m % 100, 10), m - e.start_month + 1
FROM ledger.enrolment e CROSS JOIN LATERAL generate_series(e.start_month, e.end_month) m CROSS JOIN unnest(ARRAY[1, 2]) AS kind ORDER BY m, kind, e.place"""
SCHEMAS = "DROP SCHEMA IF EXISTS kept, ledger, intake, notice, facts, report, ops CASCADE; DROP TABLE IF EXISTS public.schema_migration"


class Bench:
    def __init__(self, source, build, folder):
        self.source, self.build, self.folder = source, build, folder
        subprocess.run([os.path.join(source, "tests/servers/start"), os.path.join(folder, "servers"), "postgres"], check=True, stdin=subprocess.DEVNULL)
        with open(os.path.join(folder, "servers/env"), encoding="utf-8") as file:
            settings = dict(word.split("=", 1) for word in shlex.split(file.read()))
        self.environment = dict(os.environ, PAYUNG_SHARE=os.path.join(build, "share/payung"), **settings)

    def stop(self):
        subprocess.run([os.path.join(self.source, "tests/servers/stop"), os.path.join(self.folder, "servers")], check=False, stdin=subprocess.DEVNULL)

    def psql(self, script, role="PGURL", environment=None):
        environment = environment or self.environment
        return subprocess.run(["psql", environment[role], "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"], input=script, env=environment, check=True, text=True, capture_output=True).stdout

    def empty(self):
        self.psql("SET client_min_messages = warning; " + SCHEMAS, role="PGURL_OWNER")
        subprocess.run([os.path.join(self.build, "bin/payung"), "migrate"], env=self.environment, check=True, capture_output=True)

    def post(self, batch, rows, month=202510, environment=None):
        """(seconds, seconds of the hash chain)"""
        done = subprocess.run([os.path.join(self.build, "bin/system.ledger_rate"), str(batch), str(rows), str(month)], env=environment or self.environment, check=True, text=True,
                              capture_output=True).stdout
        found = re.search(r": (\d+) ms, .*chain: (\d+) ms", done)
        return int(found.group(1)) / 1000, int(found.group(2)) / 1000

    def fill(self, batch, people):
        """Makes the full ledger in a database of its own, which the role of the services owns; (its environment, what it holds as text)."""
        self.psql("CREATE DATABASE full_ledger")
        environment = {**self.environment, "PGURL": self.environment["PGURL"].rsplit("/", 1)[0] + "/full_ledger"}
        del environment["PGURL_OWNER"]
        subprocess.run([os.path.join(self.build, "bin/payung"), "migrate"], env=environment, check=True, capture_output=True)
        self.post(batch, people, FULL_YEAR * 100 + 1, environment)
        self.psql(LINES, environment=environment)
        self.psql("VACUUM ANALYZE ledger.outcome, ledger.cover, ledger.line, ledger.enrolment, ledger.registry", environment=environment)
        counts = [int(self.psql(f"SELECT count(*) FROM ledger.{table}", environment=environment)) for table in ("entry", "line", "outcome")]
        return environment, f"{sum(counts):,} entries: {counts[0]:,} of accounts, {counts[1]:,} lines and {counts[2]:,} outcomes of persons"

    def path(self, table):
        return os.path.join(self.folder, f"{table}.copy")

    def copy(self):
        """Seconds that COPY needs for the rows that stand in the tables now."""
        for table in TABLES + ("agreement", "budget"):
            self.psql(f"\\copy (SELECT * FROM ledger.{table} WHERE {'agreement_no > 0' if table in ('agreement', 'budget') else 'true'}) TO '{self.path(table)}' WITH (FORMAT binary)")
        self.empty()
        for table in ("agreement", "budget"):
            self.psql(f"\\copy ledger.{table} FROM '{self.path(table)}' WITH (FORMAT binary)")
        began = time.monotonic()
        self.psql("BEGIN;\n" + "\n".join(f"\\copy ledger.{table} FROM '{self.path(table)}' WITH (FORMAT binary)" for table in TABLES) + "\nCOMMIT;\n")
        return time.monotonic() - began


def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def missed(ratios, chains, full):
    """Sentences about the targets that the medians miss; full: seconds in a full ledger over those in an empty one, None when not measured."""
    ratio, chain = statistics.median(ratios), statistics.median(chains)
    found = [f"the ratio to COPY BINARY is {ratio:.2f}, wanted is at least {RATIO_LEAST}"] if ratio < RATIO_LEAST else []
    found += [f"the hash chain takes {chain:.1f} %, wanted is at most {CHAIN_PERCENT_MOST} %"] if chain > CHAIN_PERCENT_MOST else []
    found += [f"a full ledger takes {full:.2f} times as long as an empty one, wanted is at most {FULL_MOST}"] if full is not None and full > FULL_MOST else []
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("source")
    parser.add_argument("build")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--prefill", type=int, default=0, help="also post into a ledger that holds a year of this many people already")
    parser.add_argument("--report", action="store_true", help="exit code 0 whatever the figures are")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="payung-bench-") as folder:
        os.chmod(folder, 0o755)
        bench = Bench(os.path.abspath(options.source), os.path.abspath(options.build), folder)
        try:
            ratios, chains, full_ratio = [], [], None
            for number in range(options.rounds):
                bench.empty()
                seconds, chain = bench.post(options.batch, options.rows)
                copy = bench.copy()
                ratios.append(copy / seconds)
                chains.append(100 * chain / seconds)
                print(f"round {number + 1}: posting {options.rows / seconds:,.0f} rows/s, COPY BINARY {options.rows / copy:,.0f} rows/s, ratio {copy / seconds:.2f}, "
                      f"hash chain {100 * chain / seconds:.1f} %", flush=True)
            print(f"median ratio to COPY BINARY: {spread(ratios)}; hash chain: {spread(chains)} %")
            if options.prefill:
                environment, size = bench.fill(options.batch, options.prefill)
                empty, full = [], []
                for number in range(options.rounds):
                    month = (FULL_YEAR + 1 + number) * 100 + 1
                    bench.empty()
                    empty.append(bench.post(options.batch, options.rows, month)[0])
                    full.append(bench.post(options.batch, options.rows, month, environment)[0])
                    print(f"round {number + 1}: {options.rows / empty[-1]:,.0f} rows/s into an empty ledger, {options.rows / full[-1]:,.0f} into a full one", flush=True)
                full_ratio = statistics.median(full) / statistics.median(empty)
                print(f"into a ledger of {size}: {spread(full)} s; into an empty one {spread(empty)} s; ratio {full_ratio:.2f}")
        finally:
            bench.stop()
    below = missed(ratios, chains, full_ratio)
    for sentence in below:
        print(f"MISSED: {sentence}")
    return 1 if below and not options.report else 0


if __name__ == "__main__":
    sys.exit(main())
