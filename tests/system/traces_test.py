#!/usr/bin/env python3
"""Applications as traces: a receiver of OTLP gets one trace of each, whose five stages hang below each other with the ids that the records bear, in a form that the official definition takes. A receiver that
refuses, is not there or hangs changes nothing in the pipeline; spans are dropped and counted, memory is bounded. The program is not part of the installation: it comes and goes.
usage: traces_test.py SOURCE BUILD"""
import json
import os
import re
import subprocess
import sys
import threading
import time

from installation import LANES, TOPICS, Checks, Installation, Service, free_ports, wait_until
from receiver import Receiver

AGREEMENT = "kepahiang-2025"
STAGES = ["ingestion", "eligibility", "premium", "ledger", "notification"]
MANY = 4000


class Collector(Receiver):
    """Takes spans; hangs while it is told to."""
    status = 200

    def __init__(self):
        super().__init__()
        self.go_on = threading.Event()
        self.go_on.set()

    def answer(self, path, headers, body):
        self.lock.release()
        try:
            self.go_on.wait(60)
        finally:
            self.lock.acquire()
        return super().answer(path, headers, body)

    def spans(self, payung):
        """All spans that were taken, as the official definition reads them."""
        with self.lock:
            bodies = [body for path, _, body in self.got if path == "/v1/traces"]
        done = subprocess.run([os.path.join(os.environ["PAYUNG_DEPS_DIR"], "python/bin/python3"), os.path.join(payung.source, "tests/tools/read_spans.py")], input=json.dumps(bodies), capture_output=True, text=True,
                              check=False, timeout=120)
        if done.returncode != 0:
            raise ValueError(done.stderr[-500:])
        return json.loads(done.stdout)

    def traces(self, payung):
        """{enrolment: its spans by stage}"""
        found = {}
        for span in self.spans(payung):
            found.setdefault(span["attributes"]["payung.enrolment.id"], {})[span["name"]] = span
        return found


def start(payung, **knobs):
    environment = dict(payung.service_environment, METRICS_PORT=str(payung.metrics_ports["traces"]), **knobs)
    payung.services["traces"] = Service("traces", [os.path.join(payung.build, "bin/payung-traces")], environment, payung.path("logs", "traces.log"))
    payung.services["traces"].start()
    payung.wait_ready("traces")


def stop(payung):
    payung.services["traces"].stop()
    return payung.services.pop("traces").ends[-1]


def spans_sent(payung):
    return payung.meter("traces", "payung_spans_sent_total")


def case_one(checks, payung, collector):
    start(payung, OTLP_URL=collector.url("/v1/traces"), OTLP_AUTHORIZATION="Bearer rahasia")
    person = {key: value for key, value in payung.simulated("17.08", 1, 5)[0].items() if value and key != "no_urut"}
    status, headers, _ = payung.post("/v1/enrolments", json.dumps(dict(person, agreement=AGREEMENT)), {"Idempotency-Key": "jejak-1", "Prefer": "wait=10"})
    checks.equal("one person is enrolled", status, 200)
    enrolment = headers["Location"].rsplit("/", 1)[1]
    wait_until(20, "the spans are taken", lambda: spans_sent(payung) == len(STAGES), pause=0.1)
    spans = collector.spans(payung)
    by_name = {span["name"]: span for span in spans}
    checks.equal("one application is one trace with a span for each stage", (sorted(by_name) == sorted(STAGES), len(spans), len({span["trace"] for span in spans})), (True, len(STAGES), 1))
    chain = [by_name[name] for name in STAGES]
    checks.equal("each hangs below the one before it", [span["parent"] for span in chain], [""] + [span["id"] for span in chain[:-1]])
    checks.expect(all(span["from"] <= span["to"] for span in chain) and all(chain[i]["from"] == chain[i - 1]["to"] for i in range(1, len(chain))) and chain[-1]["to"] - chain[0]["from"] < 20 * 10**9,
                  "one after the other in time", [(span["name"], (span["to"] - span["from"]) // 10**6) for span in chain])
    checks.equal("each as if its service had told it", [(span["service"], span["scope"], span["attributes"]["payung.enrolment.id"], span["attributes"]["payung.agreement.id"]) for span in chain],
                 [(f"payung-{name}", "payung-traces", enrolment, AGREEMENT) for name in STAGES])
    checks.equal("the ledger's has the outcome", by_name["ledger"]["attributes"]["payung.outcome"], "accepted")
    for topic, name in zip(TOPICS, STAGES):
        place = by_name[name]["attributes"]
        record = payung.record(topic, place["messaging.destination.partition.id"], place["messaging.kafka.offset"], "%h").decode()
        parent = re.search(r"traceparent=00-(\w{32})-(\w{16})-01", record)
        checks.equal(f"{topic}: its record bears the ids of its span", (place["messaging.destination.name"], parent.groups()), (topic, (by_name[name]["trace"], by_name[name]["id"])))
    with collector.lock:
        bodies, tokens = " ".join(body for _, _, body in collector.got), {headers.get("authorization") for _, headers, _ in collector.got}
    checks.equal("with the authorization that was set", tokens, {"Bearer rahasia"})
    checks.expect(not any(person[column] in bodies for column in ("nik", "nama", "no_hp") if person.get(column)), "nothing tells who it is")


def case_list(checks, payung, collector):
    before = spans_sent(payung)
    code, answer = payung.enrol(payung.write_list("orang.csv", payung.simulated("17.08", 300, 6, "--errors", "E01=40")), AGREEMENT)
    outcomes = dict(payung.sql("SELECT encode(application_id, 'hex'), status FROM ledger.outcome"))
    due = {row[0] for row in payung.sql("SELECT encode(application_id, 'hex') FROM ledger.outcome WHERE message_due IS NOT NULL")}
    wanted = len(outcomes) * 4 + len(due) - len(STAGES)
    wait_until(30, "all spans are taken", lambda: spans_sent(payung) - before >= wanted, pause=0.2)
    traces = collector.traces(payung)
    checks.expect(traces.keys() == outcomes.keys() and all((len(spans) == 5) == (name in due) and len(spans) >= 4 and len({span["trace"] for span in spans.values()}) == 1 for name, spans in traces.items()),
                  "a list: a trace for each row, and a span of the message for whoever is told", (len(traces), len(outcomes), len(due)))
    checks.equal("refusals as well", {spans["ledger"]["attributes"]["payung.outcome"] for spans in traces.values()}, {"accepted", "rejected"})
    checks.equal("nothing was dropped", payung.meter("traces", "payung_spans_dropped_total"), 0)


def enrolled_in(payung, name, seed):
    began = time.monotonic()
    payung.enrol(payung.write_list(f"{name}.csv", payung.simulated("17.08", MANY, seed)), AGREEMENT)
    return time.monotonic() - began



def case_bad_receivers(checks, payung, collector):
    """A receiver that refuses, one that hangs, none at all: lists take no longer, nobody is missing."""
    checks.equal("it ends when it is asked to", stop(payung), 0)
    alone = enrolled_in(payung, "tanpa", 10)
    nowhere, = free_ports(1)
    times = {}
    for name, seed, url in (("refuses", 11, collector.url("/v1/traces")), ("is not there", 12, f"http://127.0.0.1:{nowhere}/v1/traces"), ("hangs", 13, collector.url("/v1/traces"))):
        with collector.lock:
            collector.status = 500 if name == "refuses" else 200
        if name == "hangs":
            collector.go_on.clear()
        start(payung, OTLP_URL=url, OTLP_TIMEOUT_MS="30000")
        times[name] = enrolled_in(payung, name.replace(" ", "-"), seed)
        wait_until(40, f"spans are dropped: the receiver {name}", lambda: payung.meter("traces", "payung_spans_dropped_total") > 0, pause=0.2)
        checks.expect(payung.get("traces", "/readyz")[0] == 200 and payung.services["traces"].resident_kib() < 200 * 1024, f"a receiver that {name}: spans are dropped and counted, the program is well",
                      (int(payung.meter("traces", "payung_spans_dropped_total")), payung.services["traces"].resident_kib()))
        collector.go_on.set()
        checks.equal("and it ends when it is asked to", stop(payung), 0)
    print(f"   {MANY} rows: {alone:.1f} s without traces, " + ", ".join(f"{took:.1f} s where the receiver {name}" for name, took in times.items()))
    checks.expect(all(took < 3 * alone + 5 for took in times.values()), "lists take no longer", times)
    checks.equal("nobody is missing", payung.number("SELECT count(*) FROM ledger.outcome"), 341 + 4 * MANY)
    checks.equal("nobody of the pipeline waits", [payung.get(f"{stage}-{lane}", "/readyz")[0] for stage in STAGES[1:] for lane in LANES], [200] * 2 * len(STAGES[1:]))
    with collector.lock:
        collector.status = 200
        collector.got.clear()


def case_sampling(checks, payung, collector):
    before = {row[0] for row in payung.sql("SELECT encode(application_id, 'hex') FROM ledger.outcome")}
    start(payung, OTLP_URL=collector.url("/v1/traces"), TRACES_PER_THOUSAND="250", PGURL="")
    payung.enrol(payung.write_list("contoh.csv", payung.simulated("17.08", 400, 20)), AGREEMENT)
    stop(payung)  # sends what it has
    traces = collector.traces(payung)
    checks.expect(60 <= len(traces) <= 140 and not traces.keys() & before and {len(spans) for spans in traces.values()} == {4}, "a quarter of the applications is traced, whole; without PostgreSQL traces end with the ledger", len(traces))
    checks.expect(all(int.from_bytes(bytes.fromhex(spans["ledger"]["trace"])[-4:], "little") % 1000 < 250 for spans in traces.values()), "by the trace id, so that every program takes the same ones")


def main(source, build):
    checks, collector = Checks(), Collector()
    with Installation(source, build) as payung:
        payung.start()
        payung.metrics_ports["traces"], = free_ports(1)
        payung.apply(payung.sample_agreement(pagu=10**12))
        for title, case in (("one application", case_one), ("a list", case_list), ("receivers that fail", case_bad_receivers), ("some of them", case_sampling)):
            checks.case(title, case, checks, payung, collector)
        checks.proofs(payung)
        checks.clean_end(payung)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
