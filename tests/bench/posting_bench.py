"""Measures the ledger's posting path against what PostgreSQL alone can do with the same rows: the book posts N priced applications (system.ledger_rate), then COPY BINARY loads
the very rows that it wrote into the same empty, indexed, partitioned tables, all tables in one transaction. Both in each round on one server with synchronous commit; medians
of several rounds. Wanted is a ratio of at least 0.6, a hash chain of at most 3 %, and a full ledger that posts within 10 % of an empty one (--prefill). Exit code 1 when one of them is
missed, unless --report is given: then it only tells.
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
SCHEMAS = "DROP SCHEMA IF EXISTS kept, ledger, intake, notice, facts, report CASCADE; DROP TABLE IF EXISTS public.schema_migration"


class Bench:
    def __init__(self, source, build, folder):
        self.source, self.build, self.folder = source, build, folder
        subprocess.run([os.path.join(source, "tests/servers/start"), os.path.join(folder, "servers"), "postgres"], check=True, stdin=subprocess.DEVNULL)
        with open(os.path.join(folder, "servers/env"), encoding="utf-8") as file:
            settings = dict(word.split("=", 1) for word in shlex.split(file.read()))
        self.environment = dict(os.environ, PAYUNG_SHARE=os.path.join(build, "share/payung"), **settings)

    def stop(self):
        subprocess.run([os.path.join(self.source, "tests/servers/stop"), os.path.join(self.folder, "servers")], check=False, stdin=subprocess.DEVNULL)

    def psql(self, script, role="PGURL"):
        return subprocess.run(["psql", self.environment[role], "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"], input=script, env=self.environment, check=True, text=True,
                              capture_output=True).stdout

    def empty(self):
        self.psql("SET client_min_messages = warning; " + SCHEMAS, role="PGURL_OWNER")
        subprocess.run([os.path.join(self.build, "bin/payung"), "migrate"], env=self.environment, check=True, capture_output=True)

    def post(self, batch, rows):
        """(seconds, seconds of the hash chain)"""
        done = subprocess.run([os.path.join(self.build, "bin/system.ledger_rate"), str(batch), str(rows)], env=self.environment, check=True, text=True, capture_output=True).stdout
        found = re.search(r": (\d+) ms, .*chain: (\d+) ms", done)
        return int(found.group(1)) / 1000, int(found.group(2)) / 1000

    def size(self):
        """What the ledger holds, as text."""
        counts = [int(self.psql(f"SELECT count(*) FROM ledger.{table}")) for table in ("entry", "outcome", "line")]
        return f"{sum(counts):,} entries, outcomes and lines ({', '.join(f'{count:,}' for count in counts)})"

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
    parser.add_argument("--prefill", type=int, default=0, help="also post into a ledger that holds this many applications already")
    parser.add_argument("--report", action="store_true", help="exit code 0 whatever the figures are")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="payung-bench-") as folder:
        os.chmod(folder, 0o755)
        bench = Bench(os.path.abspath(options.source), os.path.abspath(options.build), folder)
        try:
            ratios, chains, posted, full_ratio = [], [], [], None
            for number in range(options.rounds):
                bench.empty()
                seconds, chain = bench.post(options.batch, options.rows)
                copy = bench.copy()
                posted.append(seconds)
                ratios.append(copy / seconds)
                chains.append(100 * chain / seconds)
                print(f"round {number + 1}: posting {options.rows / seconds:,.0f} rows/s, COPY BINARY {options.rows / copy:,.0f} rows/s, ratio {copy / seconds:.2f}, "
                      f"hash chain {100 * chain / seconds:.1f} %", flush=True)
            print(f"median ratio to COPY BINARY: {spread(ratios)}; hash chain: {spread(chains)} %")
            if options.prefill:
                bench.empty()
                empty = [bench.post(options.batch, options.rows)[0] for _ in range(1)]
                bench.empty()
                bench.post(options.batch, options.prefill)
                bench.psql("VACUUM ANALYZE", role="PGURL_OWNER")
                size = bench.size()
                full = [bench.post(options.batch, options.rows)[0] for _ in range(options.rounds)]
                full_ratio = statistics.median(full) / statistics.median(posted + empty)
                print(f"into a ledger of {options.prefill:,} applications, {size}: {spread(full)} s, into an empty one {spread(posted + empty)} s, ratio {full_ratio:.2f}")
        finally:
            bench.stop()
    below = missed(ratios, chains, full_ratio)
    for sentence in below:
        print(f"MISSED: {sentence}")
    return 1 if below and not options.report else 0


if __name__ == "__main__":
    sys.exit(main())
