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
from installation import LANES, PARTITIONS, Checks, Failure, Installation, free_ports, wait_until
from prometheus import AlertReceiver, start_alertmanager, start_prometheus, stop, targets_up

AGREEMENT = "kepahiang-2025"
SOON_S, LIST = 90, 300
# The shipped times, and those of this test; an increase is looked at over as long a time as it takes to see it end.
QUICKER = (("increase(payung_retries_total[5m]) > 10", "increase(payung_retries_total[6s]) > 0"), ("for: 15s", "for: 3s"), ("for: 30s", "for: 2s"), ("for: 1m", "for: 2s"), ("for: 5m", "for: 2s"), ("[10m]", "[6s]"), ("[5m]", "[6s]"), ("offset 10m", "offset 6s"),
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


class Fault:
    """What goes wrong, how it is mended, and the alerts that tell it.
    again: done again and again until they were told; heal: until they have ended. lasts: it can't be mended here."""

    def __init__(self, names, make, mend=lambda: None, again=lambda: None, heal=lambda: None, lasts=False):
        self.names, self.make, self.mend, self.again, self.heal, self.lasts = names, make, mend, again, heal, lasts


class World:
    """The installation with everything that can fail around it."""

    def __init__(self, payung, checks, port, receiver, simulator, silent):
        self.payung, self.checks, self.port, self.receiver, self.simulator, self.silent, self.seed = payung, checks, port, receiver, simulator, silent, 100

    def enrol(self, count, wait=False):
        self.seed += 1
        path = self.payung.write_list(f"list-{self.seed}.csv", self.payung.simulated("17.08", count, self.seed))
        self.payung.run("enrol", path, "--agreement", AGREEMENT, *(["--wait"] if wait else []))

    def server(self, name, number):
        with open(self.payung.path("servers", "pids", f"{name}.pid"), encoding="ascii") as file:
            os.kill(int(file.read()), number)

    def premium(self, number):
        for lane in LANES:
            self.payung.services[f"premium-{lane}"].send(number)

    def until(self, faults, what, status, mark, do):
        """Waits until all alerts of these faults have this status since mark; does for each fault what there is to do meanwhile. Alertmanager tells by name, so nothing is hidden by the others."""
        began, open_faults = time.monotonic(), list(faults)

        def done():
            for fault in list(open_faults):
                if all(self.receiver.told(name, status, mark) for name in fault.names):
                    open_faults.remove(fault)
                    print(f"   {', '.join(fault.names)}: {what} after {time.monotonic() - began:.1f} s", flush=True)
                else:
                    do(fault)
            return not open_faults
        try:
            wait_until(SOON_S, f"they are {what}", done, pause=0.25)
        except Failure as failure:
            raise Failure(f"{failure}: {', '.join(name for fault in open_faults for name in fault.names)}") from None

    def told(self, *faults):
        """All of these at the same time: each is there until its alerts were told; then all are mended, and their alerts end."""
        mark = self.receiver.mark()
        try:
            for fault in faults:
                fault.make()
            self.until(faults, "told", "firing", mark, lambda fault: fault.again())
        finally:
            for fault in faults:
                fault.mend()
        self.until([fault for fault in faults if not fault.lasts], "ended", "resolved", mark, lambda fault: fault.heal())
        for fault in faults:
            for name in fault.names:
                told = self.receiver.told(name, since=mark)
                begins, series = {(labels, began) for _, _, labels, began in told}, {labels for _, _, labels, _ in told}
                self.checks.equal(f"{name} is told, and each series of it once", len(begins), len(series))


def stalled_and_down(world):
    def make():
        world.premium(signal.SIGSTOP)
        world.enrol(50)
    return Fault(["PayungStalled", "PayungDown"], make, lambda: world.premium(signal.SIGCONT))


def redis_away(world):
    return Fault(["PayungRedisAway"], lambda: world.server("redis", signal.SIGSTOP), lambda: world.server("redis", signal.SIGCONT), again=lambda: world.enrol(40))


def dukcapil_away(world):
    """It is found to be well when somebody has to be asked about."""
    return Fault(["PayungDukcapilAway"], lambda: world.simulator.reset("500"), world.simulator.reset, again=lambda: world.enrol(20), heal=lambda: world.enrol(5))


def webhooks_behind(world):
    def make():
        body = {"url": f"http://127.0.0.1:{world.silent.server_port}/", "events": ["enrolment.decided"]}
        status, _, _ = world.payung.request("POST", "/v1/webhooks", json.dumps(body), {"Content-Type": "application/json"})
        if status != 201:
            raise ValueError(status)
        world.enrol(200, wait=True)
    return Fault(["PayungWebhooksBehind"], make, world.silent.ended.set)


def dead_letters(world):
    def make():
        subprocess.run(["kcat", "-P", "-b", world.payung.settings["BROKERS"], "-t", "payung.enrolment.submitted.v1", "-p", "0"], input="racun\n" * 3, text=True, check=True, timeout=60)
    return Fault(["PayungDeadLetters"], make, lambda: world.payung.must("dlq", "discard", "--all", "--yes", "--because", "uji"))


def ledger_imbalance(world):
    """An agreement that nobody uses, whose budget is changed past the services."""
    payung = world.payung

    def make():
        payung.apply(payung.sample_agreement(id="timpang", payer={"kind": "PEMKAB", "region": "17.08", "funds": "APBD", "name": "Dinas Timpang"}))
        payung.sql("UPDATE ledger.budget SET receivable = receivable + 16800 WHERE agreement_no = (SELECT agreement_no FROM ledger.agreement WHERE agreement_id = 'timpang')")
    return Fault(["PayungLedgerImbalance"], make, lambda: payung.sql("UPDATE ledger.budget SET receivable = 0 WHERE agreement_no = (SELECT agreement_no FROM ledger.agreement WHERE agreement_id = 'timpang')"))


def kafka_away(world):
    """Frozen: nobody sees it, and what the ledger has to say stays in its outbox."""
    def make():
        world.server("kafka", signal.SIGSTOP)
        document = world.payung.sample_agreement(id="kafka-beku", payer={"kind": "PEMKAB", "region": "17.08", "funds": "APBD", "name": "Dinas Beku"})
        world.payung.run("agreement", "apply", world.payung.write("beku.json", json.dumps(document)), "--yes")
    return Fault(["PayungUnobserved", "PayungOutboxOld"], make, lambda: world.server("kafka", signal.SIGCONT))


def ledger_held_up(world):
    """The ledger is paused while a list comes, so that work grows old. When that was told it is resumed, and PostgreSQL is killed in the middle of its transaction: it tries again."""
    payung, mark, holders = world.payung, world.receiver.mark(), []

    def waiting():
        return sum(payung.end("payung.enrolment.priced.v1", partition) for partition in range(PARTITIONS))

    def make():
        payung.must("pause", "ledger", "--reason", "uji")
        wait_until(SOON_S, "the ledger takes nothing", lambda: all("paused by operator" in payung.get(f"ledger-{lane}", "/readyz")[1] for lane in LANES))
        wanted = waiting() + LIST
        world.enrol(LIST)
        wait_until(30, "the list waits for the ledger", lambda: waiting() >= wanted)

    def strike():
        """Once; a lock holds the transaction until then."""
        if holders or not world.receiver.told("PayungLagOld", since=mark):
            return
        holders.append(subprocess.Popen(["psql", payung.settings["PGURL_OWNER"], "-X", "-q", "-c", "BEGIN; LOCK TABLE ledger.lineage IN EXCLUSIVE MODE; SELECT pg_sleep(60)"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        payung.must("resume", "ledger")
        payung.wait_sql(20, "the ledger is in its transaction", "EXISTS (SELECT FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND relation = 'ledger.lineage'::regclass AND application_name = 'payung-ledger')")
        world.server("postgres", signal.SIGKILL)
        holders[0].wait(20)

    def back():
        wait_until(SOON_S, "PostgreSQL is back", lambda: subprocess.run(["psql", payung.settings["PGURL"], "-X", "-q", "-c", "SELECT 1"], capture_output=True, check=False).returncode == 0)
    return Fault(["PayungLagOld", "PayungRetrying"], make, back, again=strike)


def varint(number):
    bytes_ = b""
    while number > 0x7F:
        bytes_ += bytes([number & 0x7F | 0x80])
        number >>= 7
    return bytes_ + bytes([number])


def records_lost(world):
    """A record that says it comes a thousand places later: those before it must have been lost. It stays where it is, so that the partition stands still until its stage is started anew behind it."""
    def make():
        payung, topic = world.payung, "payung.enrolment.assessed.v1"
        partition, origin = payung.sql("SELECT partition, max(origin) FROM ledger.outcome GROUP BY 1 ORDER BY 2 DESC LIMIT 1")[0]
        record = payung.record(topic, int(partition), int(origin))
        size = record[1]  # the lineage comes first and is short
        world.checks.expect(record[0] == 0x0A and size < 0x80, "a record of which one can be made that comes too late", (record[0], size))
        lineage = b"\x08\x01\x18" + varint(int(origin) + 1000)
        payung.produce(topic, int(partition), b"\x0a" + bytes([len(lineage)]) + lineage + record[2 + size:], "x")
    return Fault(["PayungRecordsLost", "PayungAlarm"], make, lasts=True)


# What does not touch what another one needs is made at the same time. Alertmanager is told to keep quiet about old work while a program is down, so these two are apart.
# Kafka comes last: a freeze of more than ten seconds puts members out of their groups, and some need more than a minute to come back.
ROUNDS = ((webhooks_behind, ledger_imbalance, dead_letters, redis_away, dukcapil_away, stalled_and_down), (ledger_held_up, records_lost), (kafka_away,))


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
            world = World(payung, checks, port, receiver, simulator, silent)
            for cases in ROUNDS:
                checks.case(" and ".join(case.__name__ for case in cases), world.told, *(case(world) for case in cases))
        finally:
            stop(*running)
        with open(os.path.join(source, "deploy/prometheus/rules.yml"), encoding="utf-8") as file:
            shipped = set(re.findall(r"alert: (\w+)", file.read()))
        checks.equal("every alert that is shipped was told", {name for name, status, _, _ in receiver.alerts if status == "firing"}, shipped)
    simulator.stop()
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
