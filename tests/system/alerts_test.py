#!/usr/bin/env python3
"""Each alert that is shipped, end to end: its fault is made on a running installation, a real Prometheus finds it, a real Alertmanager tells a receiver once, and tells its end when the fault is gone. The rules
are the shipped ones with shorter times.
usage: alerts_test.py SOURCE BUILD"""
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

import dukcapil_simulator
from installation import LANES, Checks, Installation, free_ports, wait_until
from prometheus import AlertReceiver, firing, start_alertmanager, start_prometheus, stop, targets_up

AGREEMENT = "kepahiang-2025"
SOON_S = 90
# The shipped times, and those of this test; an increase is looked at over as long a time as it takes to see it end.
QUICKER = (("increase(payung_retries_total[5m]) > 10", "increase(payung_retries_total[8s]) > 1"), ("for: 15s", "for: 3s"), ("for: 30s", "for: 2s"), ("for: 1m", "for: 2s"), ("for: 5m", "for: 2s"), ("[10m]", "[8s]"), ("[5m]", "[8s]"), ("offset 10m", "offset 8s"),
           ('{service="console"} > 60', '{service="console"} > 6'), ("payung_group_lag_seconds > 300", "payung_group_lag_seconds > 4"), ("payung_outbox_age_seconds > 60", "payung_outbox_age_seconds > 4"),
           ("payung_webhook_due_age_seconds > 600", "payung_webhook_due_age_seconds > 4"))


class Silent(http.server.ThreadingHTTPServer):
    """An endpoint that takes a request and says nothing until it is told to end."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Waiting)
        self.ended = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Waiting(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.ended.wait(60)
        self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Faults:
    def __init__(self, payung, checks, port, receiver, simulator, silent):
        self.payung, self.checks, self.port, self.receiver, self.simulator, self.silent, self.seed = payung, checks, port, receiver, simulator, silent, 100

    def enrol(self, count, wait=False):
        self.seed += 1
        path = self.payung.write_list(f"list-{self.seed}.csv", self.payung.simulated("17.08", count, self.seed))
        self.payung.run("enrol", path, "--agreement", AGREEMENT, *(["--wait"] if wait else []))

    def server(self, name, number):
        with open(self.payung.path("servers", "pids", f"{name}.pid"), encoding="ascii") as file:
            os.kill(int(file.read()), number)

    def told(self, names, make, mend, keep=None):
        """The fault is there until all of its alerts were told; then mended, and they end. keep: what has to be done again and again meanwhile."""
        mark = self.receiver.mark()
        make()

        def all_told():
            if keep:
                keep()
            return all(self.receiver.told(name, since=mark) for name in names)

        began = time.monotonic()
        try:
            wait_until(SOON_S, f"{', '.join(names)} told", all_told, pause=0.5)
        finally:
            mend()
        print(f"   {', '.join(names)}: told after {time.monotonic() - began:.1f} s", flush=True)
        wait_until(SOON_S, "it has an end", lambda: firing(self.port) == set() and all(self.receiver.told(name, "resolved", mark) for name in names), pause=0.5)
        for name in names:
            series = [labels for _, _, labels, _ in self.receiver.told(name, since=mark)]
            begins = {(labels, began) for _, _, labels, began in self.receiver.told(name, since=mark)}
            if keep:
                self.checks.expect(len(begins) >= 1, f"{name} is told while its fault is made again and again", len(begins))
            else:
                self.checks.equal(f"{name} is told, and each series of it once", len(begins), len(set(series)))


def stalled_and_down(faults):
    def make():
        for lane in LANES:
            faults.payung.services[f"premium-{lane}"].send(signal.SIGSTOP)
        faults.enrol(50)

    def mend():
        for lane in LANES:
            faults.payung.services[f"premium-{lane}"].send(signal.SIGCONT)
    faults.told(["PayungStalled", "PayungDown"], make, mend)


def lag(faults):
    def make():
        faults.payung.must("pause", "premium", "--reason", "uji")
        time.sleep(2)
        faults.enrol(20)
    faults.told(["PayungLagOld"], make, lambda: faults.payung.must("resume", "premium"))


def kafka_away(faults):
    """Frozen: nobody sees it, and what the ledger has to say stays in its outbox."""
    def make():
        faults.server("kafka", signal.SIGSTOP)
        document = faults.payung.sample_agreement(id="kafka-beku", payer={"kind": "PEMKAB", "region": "17.08", "funds": "APBD", "name": "Dinas Beku"})
        faults.payung.run("agreement", "apply", document if isinstance(document, str) else faults.payung.write("beku.json", json.dumps(document)), "--yes")
    faults.told(["PayungUnobserved", "PayungOutboxOld"], make, lambda: faults.server("kafka", signal.SIGCONT))


def redis_away(faults):
    faults.told(["PayungRedisAway"], lambda: faults.server("redis", signal.SIGSTOP), lambda: faults.server("redis", signal.SIGCONT), keep=lambda: faults.enrol(40))


def postgres_away(faults):
    """Killed again and again, with a list under way: stages retry."""
    def strike():
        try:
            faults.server("postgres", signal.SIGKILL)
        except (OSError, ValueError):
            pass  # it is not back yet
        time.sleep(3)

    def make():
        faults.payung.must("pause", "ledger")
        faults.enrol(300)
        faults.payung.must("resume", "ledger")

    def back():
        wait_until(SOON_S, "PostgreSQL is back", lambda: subprocess.run(["psql", faults.payung.settings["PGURL"], "-X", "-q", "-c", "SELECT 1"], capture_output=True, check=False).returncode == 0)
    faults.told(["PayungRetrying"], make, back, keep=strike)


def dukcapil_away(faults):
    def back():
        faults.simulator.reset()
        for _ in range(3):
            time.sleep(2)
            faults.enrol(5)
    faults.told(["PayungDukcapilAway"], lambda: faults.simulator.reset("500"), back, keep=lambda: faults.enrol(20))


def webhooks_behind(faults):
    def make():
        body = {"url": f"http://127.0.0.1:{faults.silent.server_port}/", "events": ["enrolment.decided"]}
        status, _, _ = faults.payung.request("POST", "/v1/webhooks", json.dumps(body), {"Content-Type": "application/json"})
        if status != 201:
            raise ValueError(status)
        faults.enrol(200)
    faults.told(["PayungWebhooksBehind"], make, faults.silent.ended.set)


def dead_letters(faults):
    def make():
        subprocess.run(["kcat", "-P", "-b", faults.payung.settings["BROKERS"], "-t", "payung.enrolment.submitted.v1", "-p", "0"], input="racun\n" * 3, text=True, check=True, timeout=60)
    faults.told(["PayungDeadLetters"], make, lambda: faults.payung.must("dlq", "discard", "--all", "--yes", "--because", "uji"))


def varint(number):
    bytes_ = b""
    while number > 0x7F:
        bytes_ += bytes([number & 0x7F | 0x80])
        number >>= 7
    return bytes_ + bytes([number])


def records_lost(faults):
    """A record that says it comes a thousand places later: those before it must have been lost. It stays where it is, so that the partition stands still until its stage is started anew behind it."""
    payung, topic = faults.payung, "payung.enrolment.assessed.v1"
    partition, origin = payung.sql("SELECT partition, max(origin) FROM ledger.outcome GROUP BY 1 ORDER BY 2 DESC LIMIT 1")[0]
    record = payung.record(topic, int(partition), int(origin))
    size = record[1]  # the lineage comes first and is short
    lineage = b"\x08\x01\x18" + varint(int(origin) + 1000)
    mark = faults.receiver.mark()
    payung.produce(topic, int(partition), b"\x0a" + bytes([len(lineage)]) + lineage + record[2 + size:], "x")
    wait_until(SOON_S, "the loss is told", lambda: all(faults.receiver.told(name, since=mark) for name in ("PayungRecordsLost", "PayungAlarm")), pause=0.5)
    faults.checks.expect(record[0] == 0x0A and size < 0x80, "a partition that lacks records stops and says so", faults.receiver.told("PayungRecordsLost", since=mark))


CASES = (stalled_and_down, lag, dead_letters, redis_away, dukcapil_away, webhooks_behind, kafka_away, postgres_away, records_lost)


def main(source, build):
    checks, receiver, silent = Checks(), AlertReceiver(), Silent()
    dukcapil_simulator.BY_NUMBER.clear()  # it knows everybody
    simulator = dukcapil_simulator.Simulator(token="token-of-the-simulator").start()
    knobs = {"DUKCAPIL_URL": simulator.url, "DUKCAPIL_TOKEN": "token-of-the-simulator", "DUKCAPIL_TIMEOUT_MS": "1000"}
    with Installation(source, build, stage_knobs=knobs, intake_knobs={"WEBHOOK_ALLOW_PRIVATE": "1"}, single_knobs={"webhook": {"WEBHOOK_ALLOW_PRIVATE": "1"}}) as payung:
        payung.start()
        payung.apply(payung.sample_agreement())
        port, alertmanager_port = free_ports(2)
        running = [start_prometheus(payung, port, alertmanager_port, QUICKER), start_alertmanager(payung, alertmanager_port, receiver)]
        try:
            wait_until(30, "all programs are scraped", lambda: targets_up(port) == len(payung.metrics_ports))
            faults = Faults(payung, checks, port, receiver, simulator, silent)
            faults.enrol(50, wait=True)
            for case in CASES:
                checks.case(case.__name__, case, faults)
        finally:
            stop(*running)
        with open(os.path.join(source, "deploy/prometheus/rules.yml"), encoding="utf-8") as file:
            shipped = set(re.findall(r"alert: (\w+)", file.read()))
        checks.equal("every alert that is shipped was told", {name for name, status, _, _ in receiver.alerts if status == "firing"}, shipped)
    simulator.stop()
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
