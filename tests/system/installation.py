"""One installation of Payung for a test: real servers (tests/servers/start), the programs of a build folder, keys, schema, topics, a partner and
all services under a small supervisor, in a folder of its own. Everything listens on free loopback ports and is stopped by process id.

    with Installation(source, build) as payung:
        payung.start()
        code, answer = payung.cli("ledger", "verify")

It must never look at another installation, and leaves nothing behind unless PAYUNG_TEST_KEEP is set."""
import csv
import http.client
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

STAGES = ("eligibility", "premium", "ledger", "notification")
LANES = ("0-realtime", "1-bulk")
SINGLES = ("relay", "payments", "coverage", "webhook", "sender", "console")  # beside the path of an enrolment: one instance each
TOPICS = tuple(f"payung.enrolment.{name}.v1" for name in ("submitted", "assessed", "priced", "decided"))
SIDE_TOPICS = ("payung.payment.received.v1", "payung.coverage.changed.v1", "payung.ledger.command.v1")  # what leaves the ledger's outbox
PARTITIONS = 4
PAUSE_FIRST_S, PAUSE_MOST_S = 0.2, 2.0
READY_WITHIN_S = 90
LOOK_S = 0.02  # of PostgreSQL at itself
TOKEN = "token-of-the-test-partner-0123456789abcdef"
BY_RUN_ONLY = {"SERVE_WAITING_LISTS": "0"}  # tests play days; a relay lives today, and would call whoever waits on a day that no test chose
DISASTERS = re.compile(rb"AddressSanitizer|LeakSanitizer|runtime error:|check failed")


class Failure(Exception):
    """Something the test needs did not happen."""


def wait_until(seconds, what, condition, pause=0.05):
    """Polls until condition() is true and returns its value; else Failure says what was awaited."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise Failure(f"not within {seconds} s: {what}")
        time.sleep(pause)


def free_ports(count):
    """Ports that were free a moment ago, all different."""
    held = []
    for _ in range(count):
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        held.append(listener)
    ports = [listener.getsockname()[1] for listener in held]
    for listener in held:
        listener.close()
    return ports


class Service(threading.Thread):
    """Keeps one program running: starts it again with a growing pause, until stop() or pause()."""

    def __init__(self, name, command, environment, log_path):
        super().__init__(daemon=True)
        self.name, self.command, self.environment, self.log_path = name, command, environment, log_path
        self.process, self.starts, self.ends = None, 0, []
        self.wanted, self.ended, self.killed = threading.Event(), threading.Event(), threading.Event()
        self.lock = threading.Lock()
        self.wanted.set()

    def run(self):
        pause = PAUSE_FIRST_S
        while not self.ended.is_set():
            if not self.wanted.wait(0.1):
                continue
            began = time.monotonic()
            with self.lock:
                if self.ended.is_set() or not self.wanted.is_set():
                    continue
                with open(self.log_path, "ab") as log:
                    self.process = subprocess.Popen(self.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
                self.starts += 1
            self.ends.append(self.process.wait())
            healthy = self.killed.is_set() or time.monotonic() - began > 5
            self.killed.clear()
            pause = PAUSE_FIRST_S if healthy else min(pause * 2, PAUSE_MOST_S)
            if self.wanted.is_set():
                self.ended.wait(pause)

    def send(self, number):
        with self.lock:
            if self.process is not None and self.process.poll() is None:
                self.process.send_signal(number)
                return True
        return False

    def kill(self):
        """SIGKILL; the supervisor starts it again, soon, since nothing is wrong with it. False when it was not running at that moment."""
        self.killed.set()
        done = self.send(signal.SIGKILL)
        if not done:
            self.killed.clear()
        return done

    def pause(self):
        """SIGTERM, and no new start until resume()."""
        self.wanted.clear()
        self.finish()

    def resume(self):
        self.wanted.set()

    def finish(self, seconds=30):
        self.send(signal.SIGTERM)
        process = self.process
        if process is None:
            return
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def stop(self):
        self.ended.set()
        self.wanted.clear()
        self.finish()
        self.join(10)

    def resident_kib(self):
        try:
            with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
                return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))
        except (OSError, AttributeError):
            return 0


class Installation:
    def __init__(self, source, build, keys_from=None, stage_knobs=None, intake_knobs=None, single_knobs=None):
        """single_knobs: {one of SINGLES: {knob: value}}."""
        self.source, self.build, self.stage_knobs, self.intake_knobs = source, build, stage_knobs or {}, intake_knobs or {}
        self.single_knobs = single_knobs or {}
        self.keys_from = keys_from
        self.folder = tempfile.mkdtemp(prefix="payung-test-")
        self.services, self.environment = {}, {}
        self.servers_started = False

    def __enter__(self):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # asked to end: __exit__ still stops what was started
        return self

    def __exit__(self, *_):
        self.close()

    # ---- start and stop ----

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def start(self):
        began = time.monotonic()
        self.start_servers()
        self.prepare()
        self.start_services()
        print(f"installation ready in {time.monotonic() - began:.1f} s", flush=True)

    def start_servers(self):
        self.servers_started = True
        subprocess.run([os.path.join(self.source, "tests/servers/start"), self.path("servers")], check=True, stdin=subprocess.DEVNULL)
        with open(self.path("servers", "env"), encoding="utf-8") as file:
            settings = dict(word.split("=", 1) for word in shlex.split(file.read()))
        ports = iter(free_ports(3 + len(STAGES) * len(LANES) + len(SINGLES)))
        self.metrics_ports = {"ingestion": next(ports)}
        self.api_port = next(ports)
        self.console_port = next(ports)
        for stage in STAGES:
            for lane in LANES:
                self.metrics_ports[f"{stage}-{lane}"] = next(ports)
        for single in SINGLES:
            self.metrics_ports[single] = next(ports)
        for name in ("keys", "maildir", "uploads", "logs"):
            os.mkdir(self.path(name), 0o700)
        self.settings = dict(settings, PAYUNG_SHARE=os.path.join(self.build, "share/payung"), PAYUNG_KEYS=self.path("keys"),
                             PAYUNG_MAILDIR=self.path("maildir"), PAYUNG_UPLOADS=self.path("uploads"))
        plain = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ}
        plain.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
        self.service_environment = dict(plain, **self.settings)
        del self.service_environment["PGURL_OWNER"]  # as deploy/up: services can't alter a table
        self.environment = dict(plain, **self.settings, API_URL=f"http://127.0.0.1:{self.api_port}", API_TOKEN=TOKEN,
                                METRICS_URLS=" ".join(f"http://127.0.0.1:{port}/metrics" for port in self.metrics_ports.values()))

    def prepare(self):
        if self.keys_from:
            shutil.copytree(self.keys_from, self.path("keys"), dirs_exist_ok=True)
        self.must("keys", "create", "--dir", self.path("keys"))
        self.must("migrate")
        self.must("topics", "create")
        self.must("partner", "add", "local", "--role", "enrol", "--role", "payments", "--role", "operator", "--token-file", "-", input=TOKEN)

    def start_services(self):
        for name, port in self.metrics_ports.items():
            stage, _, lane = name.partition("-")
            own = {"METRICS_PORT": str(port)}
            if lane:
                own.update(self.stage_knobs, INSTANCE=lane)
            elif name == "ingestion":
                own.update(self.intake_knobs, API_PORT=str(self.api_port))
            else:
                own.update(self.stage_knobs, INSTANCE="0")
                own.update({"CONSOLE_PORT": str(self.console_port)} if name == "console" else {})
                own.update(BY_RUN_ONLY if name == "relay" else {}, **self.single_knobs.get(name, {}))
            self.services[name] = Service(name, [*(["nice", "-n", "10"] if lane.endswith("bulk") else []), os.path.join(self.build, "bin", f"payung-{stage}")], dict(self.service_environment, **own),
                                          self.path("logs", f"{name}.log"))
            self.services[name].start()
        for name in self.services:
            self.wait_ready(name)

    def wait_ready(self, name, seconds=READY_WITHIN_S):
        try:
            wait_until(seconds, f"{name} is ready", lambda: self.get(name, "/readyz")[0] == 200)
        except Failure as failure:
            raise Failure(f"{failure}; /readyz says {self.get(name, '/readyz')}; its log ends:\n{self.log_tail(name)}") from None

    def close(self):
        for service in self.services.values():
            service.wanted.clear()
            service.send(signal.SIGTERM)
        for service in self.services.values():
            service.stop()
        if self.servers_started:
            subprocess.run([os.path.join(self.source, "tests/servers/stop"), self.path("servers")], stdin=subprocess.DEVNULL, check=False)
        if os.environ.get("PAYUNG_TEST_KEEP"):
            print("kept:", self.folder)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    # ---- looking and asking ----

    def log_tail(self, name, lines=12):
        try:
            with open(self.path("logs", f"{name}.log"), encoding="utf-8", errors="replace") as log:
                return "".join(log.readlines()[-lines:])
        except OSError:
            return "(no log)"

    def told(self, name, message):
        """The log lines of a service with this message, as dictionaries. name: of a service, or of a stage, whose lanes are taken together."""
        lines = []
        for service in self.services:
            if service == name or service.startswith(name + "-"):
                with open(self.path("logs", f"{service}.log"), encoding="utf-8", errors="replace") as log:
                    lines += [json.loads(line) for line in log if line.startswith("{") and f'"msg":"{message}"' in line]
        return lines

    def disasters(self):
        """Lines of logs that no run may have: sanitizer reports and failed checks."""
        found = []
        for name in sorted(os.listdir(self.path("logs"))):
            with open(self.path("logs", name), "rb") as log:
                found += [f"{name}: {line.decode(errors='replace').strip()[:300]}" for line in log if DISASTERS.search(line)]
        return found

    def run(self, *arguments, input=None, timeout=300):
        """The command-line tool, as it is: the finished process."""
        return subprocess.run([os.path.join(self.build, "bin/payung"), *arguments], env=self.environment, input=input, capture_output=True,
                              text=True, timeout=timeout)

    def must(self, *arguments, input=None):
        done = self.run(*arguments, input=input)
        if done.returncode != 0:
            raise Failure(f"payung {' '.join(arguments)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def cli(self, *arguments, timeout=300, input=None):
        """(exit code, what --json prints)."""
        done = self.run(*arguments, "--json", timeout=timeout, input=input)
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            raise Failure(f"payung {' '.join(arguments)} --json: exit code {done.returncode}, no JSON: {done.stdout[:500]} {done.stderr[:1500]}") from None

    def sql(self, query):
        """Rows of one statement, as lists of texts; as the owner of the tables, because tests tamper."""
        done = subprocess.run(["psql", self.settings["PGURL_OWNER"], "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-c", query],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure(f"psql: {done.stderr}")
        return [line.split("\x1f") for line in done.stdout.splitlines()]

    def number(self, query):
        return int(self.sql(query)[0][0])

    def wait_sql(self, seconds, what, condition):
        """Waits until a condition of SQL holds. PostgreSQL looks by itself: a psql each time would take the processor from what is waited for. Each look is a transaction of its own: one long one would
        keep every row that is dead, and what works on a queue meanwhile would slow down."""
        looks = round(seconds / LOOK_S)
        try:
            self.sql(f"DO $$ BEGIN FOR look IN 1..{looks} LOOP IF ({condition}) THEN RETURN; END IF; PERFORM pg_sleep({LOOK_S}); COMMIT; END LOOP; RAISE EXCEPTION 'it does not hold'; END $$")
        except Failure as failure:
            raise Failure(f"not within {seconds} s: {what} ({failure})") from None

    def redis(self, *words, input=None):
        return subprocess.run(["redis-cli", "-u", self.settings["REDIS_URL"], "--no-auth-warning", *words], input=input, capture_output=True,
                              text=True, check=True).stdout

    def get(self, name, path):
        """(status, text) of a service's own port; (0, why) when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.metrics_ports[name], timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError as error:
            return 0, str(error)
        finally:
            connection.close()

    def meter(self, name, meter, **labels):
        """Sum of a meter over its rows with these labels."""
        _, text = self.get(name, "/metrics")
        total = 0.0
        for line in text.splitlines():
            if re.match(meter + r"[{ ]", line) and all(f'{key}="{value}"' in line for key, value in labels.items()):
                total += float(line.rsplit(" ", 1)[1])
        return total

    def request(self, method, path, body=None, headers=None, timeout=60):
        """(status, headers, bytes) of the partner's API; a header that is None is not sent."""
        connection = http.client.HTTPConnection("127.0.0.1", self.api_port, timeout=timeout)
        all_headers = dict({"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}, **(headers or {}))
        try:
            connection.request(method, path, body=body, headers={name: value for name, value in all_headers.items() if value is not None})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def post(self, path, body, headers=None, timeout=60):
        return self.request("POST", path, body, headers, timeout)

    # ---- people, agreements, payments ----

    def write(self, name, text):
        """The path of a file with this text."""
        with open(self.path(name), "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return self.path(name)

    def write_list(self, name, rows):
        """The path of a list as intake reads it."""
        with open(self.path(name), "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys(), delimiter=";")
            writer.writeheader()
            writer.writerows(rows)
        return self.path(name)

    def simulated(self, region, count, seed, *options):
        """Rows of a synthetic list."""
        text = self.must("simulate", "people", "--region", region, "--count", str(count), "--seed", str(seed), *options)
        return list(csv.DictReader(text.splitlines(), delimiter=";"))

    def sample(self, name):
        """The path of a file of tests/data."""
        return os.path.join(self.source, "tests/data", name)

    def sample_agreement(self, file_name="kepahiang-2025.json", /, **changes):
        with open(self.sample(file_name), encoding="utf-8") as file:
            return dict(json.load(file), **changes)

    def apply(self, document):
        """Puts an agreement in force; what the tool said about it."""
        code, answer = self.cli("agreement", "apply", self.write(document["id"] + ".json", json.dumps(document)), "--yes")
        if code != 0:
            raise Failure(f"{document['id']} was not applied: {json.dumps(answer)[:400]}")
        return answer

    def enrol(self, path, agreement, timeout=300):
        """(exit code, answer) once every row is decided."""
        return self.cli("enrol", path, "--agreement", agreement, "--wait", timeout=timeout)

    def import_payments(self, path, *options):
        """(exit code, answer) once the ledger has every line."""
        return self.cli("payment", "import", path, *options, "--wait")

    # ---- Kafka ----

    def kcat(self, *arguments, input=None):
        done = subprocess.run(["kcat", "-b", self.settings["BROKERS"], "-q", *arguments], input=input, capture_output=True, timeout=60, check=False)
        if done.returncode != 0:
            raise Failure(f"kcat {' '.join(arguments)}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def end(self, topic, partition):
        """Offset behind the last record."""
        text = self.kcat("-Q", "-t", f"{topic}:{partition}:-1").decode()
        return int(re.search(r"offset (\d+)", text).group(1))

    def record(self, topic, partition, offset, form="%s"):
        """One record; form as in kcat: %s value, %k key, %h headers."""
        return self.kcat("-C", "-t", topic, "-p", str(partition), "-o", str(offset), "-c", "1", "-f", form)

    def produce(self, topic, partition, value, key=""):
        path = self.path("record.bin")
        with open(path, "wb") as file:
            file.write(value)
        self.kcat("-P", "-t", topic, "-p", str(partition), "-k", key, path)

    def headers(self, topic):
        """The headers of all records of a topic, one dictionary each (kcat prints them as name=value,name=value)."""
        lines = self.kcat("-C", "-t", topic, "-o", "beginning", "-e", "-f", "%h\n").decode(errors="replace").splitlines()
        return [dict(part.partition("=")[::2] for part in re.split(r",(?=[a-z_.-]+=)", line)) for line in lines]


class Checks:
    """Prints each expectation with what was seen, and remembers whether all held."""

    def __init__(self):
        self.failures = 0

    def expect(self, condition, sentence, seen=""):
        self.failures += not condition
        print(f"{'ok' if condition else 'FAILED'}: {sentence}" + (f" [{seen}]" if seen != "" else ""), flush=True)
        return condition

    def equal(self, sentence, seen, wanted):
        return self.expect(seen == wanted, sentence, seen if seen == wanted else f"{seen}, wanted {wanted}")

    def case(self, title, function, *arguments):
        print(f"\n== {title}", flush=True)
        began = time.monotonic()
        try:
            function(*arguments)
        except (Failure, subprocess.SubprocessError, OSError, ValueError, TypeError, KeyError, IndexError) as error:
            self.expect(False, f"{title}: {type(error).__name__}: {error}")
        print(f"== {time.monotonic() - began:.1f} s", flush=True)

    def proofs(self, payung):
        code, answer = payung.cli("ledger", "verify")
        self.equal("the ledger proves itself", (code, answer.get("problems", answer)), (0, []))
        done = payung.run("ledger", "replay", "--json")
        self.equal("the ledger built again from the topics is the same", done.returncode, 0)
        if done.returncode:
            print(done.stdout[-3000:], done.stderr[-2000:])

    def clean_end(self, payung):
        """Stops all services; when something failed, the ends of their logs are shown."""
        for service in payung.services.values():
            service.stop()
        ends = {name: service.ends[-1] for name, service in payung.services.items() if service.ends and service.ends[-1] != 0}
        self.expect(not ends, "every service stops cleanly when asked", ends)
        self.no_disaster(payung)

    def no_disaster(self, payung):
        self.expect(not payung.disasters(), "no sanitizer and no CHECK spoke", payung.disasters()[:3])
        if self.failures:
            for name in payung.services:
                print(f"-- the end of the log of {name}:\n{payung.log_tail(name, 6)}")

    def finish(self):
        """The exit code of the test."""
        print(f"\n{self.failures} failure(s)")
        return 1 if self.failures else 0
