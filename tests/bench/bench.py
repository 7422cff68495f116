"""Measures what is wanted of the whole path, on a warm installation of a release build; not part of the gate, because a busy machine would fail it.
List: from the start of `payung enrol` to the last outcome in PostgreSQL. Single persons: open loop at a fixed rate with Prefer: wait, each
latency measured from the moment the request was meant to be sent, so that a stall counts for all that it delays. Prints every run and the median.
What deciding and pricing one applicant costs by itself is measured by pure_bench.c.
usage: bench.py SOURCE_FOLDER RELEASE_BUILD_FOLDER [RUNS]"""
import csv
import http.client
import io
import json
import os
import statistics
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))
from installation import TOKEN, Installation, wait_until  # noqa: E402

RATE, SECONDS, CONNECTIONS = 200, 10, 40


def apply_agreement(payung, agreement_id, pagu):
    with open(os.path.join(payung.source, "tests/data/kepahiang-2025.json"), encoding="utf-8") as file:
        document = json.load(file)
    document.update(id=agreement_id, pagu=pagu)
    path = payung.path(f"{agreement_id}.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file)
    payung.must("agreement", "apply", path, "--yes")


def people(payung, count, seed):
    return payung.must("simulate", "people", "--region", "17.08", "--count", str(count), "--seed", str(seed))


def list_run(payung, run):
    """Seconds from the start of the tool to the last outcome."""
    name = f"daftar-{run}"
    apply_agreement(payung, name, 400_000_000)
    path = payung.path(f"{name}.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write(people(payung, 2073, 1000 + run))
    began = time.time()
    done = payung.run("enrol", path, "--agreement", name, "--wait", "--json")
    until_answer = time.time() - began
    last = payung.sql(f"SELECT extract(epoch FROM max(o.decided_at)), count(*) FROM ledger.outcome o JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = '{name}'")[0]
    print(f"list, run {run}: exit code {done.returncode}, {last[1]} outcomes, last one after {float(last[0]) - began:.3f} s, answer after {until_answer:.3f} s", flush=True)
    return float(last[0]) - began


class Caller(threading.Thread):
    def __init__(self, payung, bodies, begin, number):
        super().__init__(daemon=True)
        self.payung, self.bodies, self.begin, self.number, self.latencies, self.bad = payung, bodies, begin, number, [], []

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.payung.api_port, timeout=30)
        for index in range(self.number, len(self.bodies), CONNECTIONS):
            due = self.begin + index / RATE
            time.sleep(max(0.0, due - time.monotonic()))
            connection.request("POST", "/v1/enrolments", body=self.bodies[index][1], headers={
                "Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", "Idempotency-Key": self.bodies[index][0], "Prefer": "wait=20"})
            answer = connection.getresponse()
            answer.read()
            self.latencies.append(time.monotonic() - due)
            if answer.status != 200:
                self.bad.append(answer.status)


def single_run(payung, run):
    """(p50, p99) in milliseconds at RATE persons a second."""
    name = f"satuan-{run}"
    apply_agreement(payung, name, 100_000_000_000)
    rows = csv.DictReader(io.StringIO(people(payung, RATE * SECONDS, 5000 + run)), delimiter=";")
    bodies = [(f"{name}-{i}", json.dumps(dict({key: value for key, value in row.items() if value and key != "no_urut"}, agreement=name))) for i, row in enumerate(rows)]
    callers = [Caller(payung, bodies, time.monotonic() + 0.5, number) for number in range(CONNECTIONS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    latencies = sorted(latency * 1000 for caller in callers for latency in caller.latencies)
    bad = [status for caller in callers for status in caller.bad]
    p50, p99 = latencies[len(latencies) // 2], latencies[len(latencies) * 99 // 100]
    print(f"single, run {run}: {len(latencies)} persons at {RATE}/s, not 200: {len(bad)}, p50 {p50:.1f} ms, p99 {p99:.1f} ms, worst {latencies[-1]:.1f} ms", flush=True)
    return p50, p99


def main(source, build, runs):
    with Installation(source, build) as payung:
        payung.start()
        list_run(payung, 0)  # warms up
        lists = [list_run(payung, run) for run in range(1, runs + 1)]
        single_run(payung, 0)
        singles = [single_run(payung, run) for run in range(1, runs + 1)]
        wait_until(60, "everybody is told", lambda: payung.cli("notification", "report")[1]["total"]["queued"] == 0)
        print(f"list of 2,073 rows: median {statistics.median(lists):.3f} s (asked: under 1 s)")
        print(f"single persons: median p50 {statistics.median(p50 for p50, _ in singles):.1f} ms (20), p99 {statistics.median(p99 for _, p99 in singles):.1f} ms (60)")
        for name, service in payung.services.items():
            print(f"resident memory of {name}: {service.resident_kib() / 1024:.1f} MiB (40)")
        print("ledger verify:", payung.cli("ledger", "verify")[0])
    return 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 3))
