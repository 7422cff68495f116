"""Measures payung-sender against what the same server takes from a bare load generator (bare_load.c): N due messages in notice.outbox, a mail server (smtp-server, smtp_sink.js), a real Postfix
before that one, or a real Kannel before an SMPP server (smsc.js), the same number of connections and the very message that the sender sent before; bare generator and sender take turns, medians. Not part of the gate. Wanted is a
ratio of at least 0.8. Each message must have come once and be booked; exit code 1 when not, or when the ratio is missed, unless --report is given.
usage: sender_bench.py SOURCE_FOLDER RELEASE_BUILD_FOLDER_WITH_TESTS [--server smtp-server|aiosmtpd|postfix|kannel] [--messages N] [--rounds N] [--connections N] [--people N] [--nice N] [--report]"""
import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))
from installation import Installation, free_ports, wait_until  # noqa: E402
from postfix import Postfix  # noqa: E402
from processor import processor_seconds  # noqa: E402
from providers import Providers  # noqa: E402

RATIO_LEAST, CALM_S, CALM_LOOKS, REPORT_QUIET_S = 0.8, 1800, 4, 8  # that is longer than Kannel waits before it reports again
MEMORY = "/dev/shm"  # for Kannel's store, a file a message: ext4 gives no inode away for minutes after its file went, and looks for another one the longer the more went, so that whoever came first would be the fastest
SERVERS = {"smtp-server": ("email", "mail2", "mail2"), "aiosmtpd": ("email", "mail", "mail"), "postfix": ("email", "postfix", "mail2"), "kannel": ("sms", "send", "sms")}  # channel, port, file of what came
PARTS = {"smtp-server": ("mail2",), "aiosmtpd": ("mail",), "postfix": ("mail2",), "kannel": ("bearerbox", "smsbox", "smsc")}
IDS = "md5(s.event_id::text || n::text)::uuid"
FILL = """TRUNCATE notice.attempt, notice.letter, notice.outbox, notice.message;
INSERT INTO notice.message (event_id, application_id, attempt, agreement_id, template, channel, state, settled_at, cause)
SELECT uuid_send({ids}), application_id, attempt, agreement_id, template, channel, 'queued', now(), cause FROM bench_seed s CROSS JOIN generate_series(1, {copies}) n LIMIT {count};
INSERT INTO notice.outbox (event_id, cause, event, region, channel, stale_at)
SELECT uuid_send({ids}), s.cause, s.event, s.region, s.channel, s.stale_at FROM bench_seed s CROSS JOIN generate_series(1, {copies}) n JOIN notice.message m ON m.event_id = uuid_send({ids})"""


class Listener(threading.Thread):
    """Takes one message of the sender and keeps what was said, so that the generator can say the same."""

    def __init__(self, is_mail):
        super().__init__(daemon=True)
        self.is_mail, self.socket, self.pieces = is_mail, socket.create_server(("127.0.0.1", 0)), None
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self):
        connection, _ = self.socket.accept()
        (self.mail if self.is_mail else self.request)(connection, connection.makefile("rb"))

    def mail(self, connection, lines):
        pieces = []
        connection.sendall(b"220 bench\r\n")
        for answer in (b"250 bench\r\n", b"250 taken\r\n", b"250 taken\r\n", b"354 go on\r\n"):
            pieces.append(lines.readline())
            connection.sendall(answer)
        text = b""
        while not text.endswith(b"\r\n.\r\n"):
            text += lines.readline()
        connection.sendall(b"250 taken\r\n")
        self.pieces = pieces + [text]

    def request(self, connection, lines):
        head, length = b"", 0
        while not head.endswith(b"\r\n\r\n"):
            line = lines.readline()
            length = int(line.split(b":")[1]) if line.lower().startswith(b"content-length:") else length
            head += line
        body = lines.read(length)
        connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        self.pieces = [head + body]


class Bench:
    def __init__(self, payung, providers, options):
        self.payung, self.providers, self.options = payung, providers, options
        self.file = payung.path("message")
        self.report_port = free_ports(1)[0]
        self.is_mail, self.sink, self.port = SERVERS[options.server][0] == "email", SERVERS[options.server][2], providers.ports[SERVERS[options.server][1]]

    def seed(self):
        """The events of real people, of which there are then as many copies as are wanted."""
        self.payung.services["sender"].stop()
        rows = self.payung.simulated("17.08", self.options.people, 4711)
        for place, row in enumerate(rows):
            row["no_hp"] = f"0812471{place:04}1"  # one that ends in 99 is out of reach
        self.payung.apply(self.payung.sample_agreement())
        self.payung.enrol(self.payung.write_list("people.csv", rows), "kepahiang-2025")
        wait_until(60, "their messages are queued", lambda: self.payung.number("SELECT count(*) FROM notice.outbox") == self.options.people, pause=0.5)
        for name, service in self.payung.services.items():
            service.stop()
        self.payung.sql("CREATE TABLE bench_seed AS SELECT o.*, m.application_id, m.attempt, m.agreement_id, m.template FROM notice.outbox o JOIN notice.message m USING (event_id)")

    def fill(self, count):
        self.payung.sql(FILL.format(ids=IDS, copies=-(-count // self.options.people), count=count))
        self.payung.sql("VACUUM ANALYZE notice.message, notice.outbox, notice.attempt")

    def used_by_postgres(self):
        with open(self.payung.path("servers", "pids", "postgres.pid"), encoding="ascii") as file:
            master = int(file.read())
        with open(f"/proc/{master}/task/{master}/children", encoding="ascii") as file:
            children = file.read().split()
        seconds = 0
        for child in children:
            try:
                seconds += processor_seconds(child)
            except FileNotFoundError:
                pass  # it has just ended: the master, who is asked last, has its seconds
        return seconds + processor_seconds(master, with_dead=True)

    def sender(self, port, seconds):
        """Has it send all that is due; (seconds from its first attempt to the end of the last one, of its processor, of PostgreSQL's)."""
        url = {"SMTP_URL": f"smtp://127.0.0.1:{port}"} if self.is_mail else {"KANNEL_URL": f"http://127.0.0.1:{port}/cgi-bin/sendsms"}
        environment = dict(self.payung.services["sender"].environment, REPORT_PORT=str(self.report_port), **url)
        postgres = self.used_by_postgres()
        with open(self.payung.path("logs", "bench-sender.log"), "ab") as log:
            process = subprocess.Popen([os.path.join(self.payung.build, "bin/payung-sender")], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_until(seconds, "all is sent", lambda: self.payung.number("SELECT count(*) FROM (SELECT FROM notice.outbox WHERE stage IN ('waits', 'sending') LIMIT 1) w") == 0, pause=3)  # no transaction waits: it would keep dead rows; and seldom: a psql takes the processor from the sender
            processor, postgres = processor_seconds(process.pid), self.used_by_postgres() - postgres
            self.wait_for_reports()
        finally:
            process.terminate()
            process.wait()
        return float(self.payung.sql("SELECT extract(epoch FROM max(ended_at) - min(began_at)) FROM notice.attempt")[0][0]), processor, postgres

    def wait_for_reports(self):
        """Until all are there, or none has come for a while; else the next one that is measured would find a server that still reports."""
        left, before = self.left(), -1
        while 0 < left != before:
            time.sleep(REPORT_QUIET_S)
            left, before = self.left(), left

    def left(self):
        return self.payung.number("SELECT count(*) FROM notice.outbox")

    def learn(self):
        """The message that the generator repeats."""
        listener = Listener(self.is_mail)
        self.fill(1)
        self.sender(listener.port, 30)
        with open(self.file, "wb") as file:
            file.write(b"\0".join(listener.pieces))
        print(f"a message is {sum(map(len, listener.pieces))} bytes with all that is said about it", flush=True)

    def bare(self):
        words = ["smtp", str(self.port)] if self.is_mail else ["http", str(self.port)]
        done = subprocess.run([os.path.join(self.payung.build, "bin/bare_load"), *words, str(self.options.connections), str(self.options.messages), self.file,
                               *([str(self.report_port)] if not self.is_mail else [])], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"bare_load: {done.returncode} {done.stdout} {done.stderr}")
        done = json.loads(done.stdout)
        return done["seconds"], done["all_seconds"], done["reports"]

    def calm(self):
        """Kannel and Postfix take more than they can hand on at once; what is left of one must not burden the other."""
        for _ in range(CALM_LOOKS):
            self.providers.calm(self.sink, CALM_S)

    def round(self, number):
        count = self.options.messages
        bare, bare_whole, bare_reports = self.bare()
        self.calm()
        self.fill(count)
        before = self.providers.count(self.sink)
        seconds, processor, postgres = self.sender(self.port, 3600)
        self.calm()
        came, booked = self.providers.count(self.sink) - before, self.payung.number("SELECT count(*) FROM notice.message WHERE state IN ('sent', 'delivered')")
        doubts = self.payung.number("SELECT count(*) FROM notice.attempt WHERE result <> 'taken'")
        delivered = self.payung.number("SELECT count(*) FROM notice.message WHERE state = 'delivered'")
        whole = float(self.payung.sql("SELECT extract(epoch FROM (SELECT max(settled_at) FROM notice.message) - min(began_at)) FROM notice.attempt")[0][0])
        print(f"round {number}: bare generator {count / bare:,.0f}/s, sender {count / seconds:,.0f}/s, ratio {bare / seconds:.2f}; {came} came, {booked} booked, {doubts} attempts not taken at once; "
              f"of a processor the sender used {processor / count * 1e6:.0f} us a message, PostgreSQL {postgres / count * 1e6:.0f}", flush=True)
        if not self.is_mail:
            print(f"    to the last report of delivery: bare generator {bare_whole:.1f} s ({bare_reports} reports), sender {whole:.1f} s ({delivered} delivered)", flush=True)
        return bare / seconds, came == booked == count


def keep_apart(providers, server, processors, more):
    """The server has the last processor to itself, as if it were another machine, and everybody else the others; the same for both that are measured."""
    for process in [providers.processes[name].process.pid for name in PARTS[server]] + more:
        for task in os.listdir(f"/proc/{process}/task"):
            os.sched_setaffinity(int(task), processors[-1:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("source")
    parser.add_argument("build")
    parser.add_argument("--server", choices=tuple(SERVERS), default="smtp-server")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--nice", type=int, default=0, help="priority of all that is measured, below 0 where others work on the machine")
    parser.add_argument("--report", action="store_true", help="exit code 0 whatever the ratio is")
    options = parser.parse_args()
    channel = SERVERS[options.server][0]
    os.nice(options.nice)
    processors = sorted(os.sched_getaffinity(0))
    if len(processors) > 1:
        os.sched_setaffinity(0, processors[:-1])  # and whatever is started from here on
    with Installation(os.path.abspath(options.source), os.path.abspath(options.build)) as payung, tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as store:
        providers, postfix = Providers(payung.path("providers"), log_level=4, store=store), None
        try:
            if options.server == "postfix":
                providers.ports["postfix"] = free_ports(1)[0]
                postfix = Postfix(tempfile.mkdtemp(dir=MEMORY if os.access(MEMORY, os.W_OK) else None), providers.ports["postfix"], providers.ports["mail2"])
            if len(processors) > 1:
                keep_apart(providers, options.server, processors, postfix.processes() if postfix is not None else [])
            payung.stage_knobs = {"NOTICE_CHANNELS": channel}
            payung.single_knobs = {"sender": dict(NOTICE_QUIET_FROM="0", NOTICE_QUIET_TO="0", NOTICE_CONNECTIONS=str(options.connections), MAIL_TO="pesan-{region}@contoh.id", KANNEL_USER="payung", KANNEL_PASSWORD="rahasia-uji",
                                                  NOTICE_RETRY_FIRST_MS="3600000", **({"SMTP_URL": "smtp://127.0.0.1:1"} if channel == "email" else {"KANNEL_URL": "http://127.0.0.1:1/cgi-bin/sendsms"}))}  # nobody listens there
            payung.start()
            bench = Bench(payung, providers, options)
            bench.seed()
            bench.learn()
            results = [bench.round(number + 1) for number in range(options.rounds)]
        finally:
            if postfix is not None:
                postfix.close()
            providers.close()
    ratios = [ratio for ratio, _ in results]
    print(f"sender beside the bare generator, {options.server}, {options.connections} connections: median {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}), wanted is at least {RATIO_LEAST}")
    whole = all(whole for _, whole in results)
    if not whole:
        print("MISSED: not every message came once and was booked")
    return 0 if whole and (options.report or statistics.median(ratios) >= RATIO_LEAST) else 1


if __name__ == "__main__":
    sys.exit(main())
