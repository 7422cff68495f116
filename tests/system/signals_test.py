#!/usr/bin/env python3
"""The meters, under a real Prometheus with the rules that are shipped: promtool finds nothing in what any program says; each fault that is made here is told by its alert, and by no other; a stage that
hangs is seen within fifteen seconds.
usage: signals_test.py SOURCE BUILD"""
import json
import os
import signal
import subprocess
import sys
import time

from installation import LANES, Checks, Failure, Installation, free_ports, wait_until
from prometheus import ask, firing, start_prometheus, stop, targets_up

AGREEMENT = "kepahiang-2025"
STUCK_WITHIN_S = 15
POISON = 3


def case_meters(checks, payung):
    for name, port in payung.metrics_ports.items():
        text = payung.get(name, "/metrics")[1]
        done = subprocess.run(["promtool", "check", "metrics"], input=text if isinstance(text, str) else text.decode(), capture_output=True, text=True, check=False)
        checks.equal(f"promtool finds nothing in the meters of {name}", (done.returncode, done.stdout + done.stderr), (0, ""))


def case_quiet(checks, payung, port):
    wait_until(30, "all programs are scraped", lambda: targets_up(port) == len(payung.metrics_ports))
    payung.enrol(payung.write_list("orang.csv", payung.simulated("17.08", 200, 5)), AGREEMENT)
    time.sleep(5)
    checks.equal("while all is well nothing speaks", firing(port), set())


def case_dashboards(checks, payung, port):
    """What every panel asks has an answer, and one that is a number."""
    person = next(person for person in payung.simulated("17.08", 9, 77))
    body = {key: value for key, value in person.items() if value and key != "no_urut"}
    payung.request("POST", "/v1/enrolments", json.dumps(dict(body, agreement=AGREEMENT)), {"Content-Type": "application/json", "Idempotency-Key": "papan-1", "Prefer": "wait=10"})
    folder, silent, expressions = os.path.join(payung.source, "deploy/grafana"), [], []
    for name in sorted(os.listdir(folder)):
        if name.endswith(".json"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                expressions += [target["expr"] for panel in json.load(file)["panels"] for target in panel["targets"]]

    def unanswered():
        return [expression for expression in expressions if not any(row["value"][1] != "NaN" for row in ask(port, "/api/v1/query", query=expression)["result"])]
    try:
        wait_until(20, "every panel has data", lambda: not unanswered(), pause=1)
    except Failure:
        silent = unanswered()
    checks.expect(len(expressions) > 25 and not silent, f"each of {len(expressions)} expressions of the dashboards has data", silent)


def case_stuck(checks, payung, port):
    """Both lanes of one stage hang; another list comes."""
    for lane in LANES:
        payung.services[f"premium-{lane}"].send(signal.SIGSTOP)
    payung.run("enrol", payung.write_list("lagi.csv", payung.simulated("17.08", 50, 6)), "--agreement", AGREEMENT)
    began = time.monotonic()
    wait_until(40, "the stall is seen", lambda: "PayungStalled" in firing(port), pause=0.2)
    took = time.monotonic() - began
    checks.expect(took <= STUCK_WITHIN_S, f"a stage that hangs is red within {STUCK_WITHIN_S} s", f"{took:.1f} s")
    print(f"   seen after {took:.1f} s")
    wait_until(60, "that it does not answer is seen, too", lambda: "PayungDown" in firing(port), pause=0.5)
    checks.equal("and nothing else is told", firing(port), {"PayungStalled", "PayungDown"})
    for lane in LANES:
        payung.services[f"premium-{lane}"].send(signal.SIGCONT)
    wait_until(60, "it goes on, and all is quiet", lambda: firing(port) == set(), pause=0.5)
    checks.equal("everybody is decided", payung.number("SELECT count(*) FROM ledger.outcome"), 251)


def case_poison(checks, payung, port):
    subprocess.run(["kcat", "-P", "-b", payung.settings["BROKERS"], "-t", "payung.enrolment.submitted.v1", "-p", "0"], input="racun\n" * POISON, text=True, check=True, timeout=60)
    wait_until(30, "dead letters are told", lambda: "PayungDeadLetters" in firing(port), pause=0.5)
    rows = ask(port, "/api/v1/query", query="payung_dead_letters_kept > 0")["result"]
    checks.equal("how many, of which topic", [(row["metric"]["topic"], row["value"][1]) for row in rows], [("payung.enrolment.submitted.v1", str(POISON))])
    checks.equal("and nothing else", firing(port), {"PayungDeadLetters"})


def main(source, build):
    checks = Checks()
    with Installation(source, build) as payung:
        payung.start()
        payung.apply(payung.sample_agreement())
        port = free_ports(1)[0]
        prometheus = start_prometheus(payung, port)
        try:
            wait_until(30, "Prometheus scrapes", lambda: targets_up(port) > 0)
            checks.case("meters", case_meters, checks, payung)
            checks.case("quiet", case_quiet, checks, payung, port)
            checks.case("dashboards", case_dashboards, checks, payung, port)
            checks.case("a stage that hangs", case_stuck, checks, payung, port)
            checks.case("dead letters", case_poison, checks, payung, port)
        finally:
            stop(prometheus)
        checks.clean_end(payung)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
