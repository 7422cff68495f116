"""Real providers of messages for tests, each on a port of its own: Kannel, which stores what it has taken, before an SMS centre (smsc.js), and two mail servers (smtp_sink.py, smtp_sink.js)."""
import json
import os
import socket
import subprocess
import time
import urllib.request

from installation import free_ports, wait_until

WINDOW = 10  # messages that Kannel has with the SMS centre without an answer: so many may come twice when one of the two falls
KANNEL = """group = core
admin-port = {admin}
admin-interface = "127.0.0.1"
smsbox-port = {box}
smsbox-interface = "127.0.0.1"
admin-password = test
log-file = "{folder}/bearerbox.log"
log-level = {log_level}
box-allow-ip = "127.0.0.1"
store-type = spool
store-location = "{store}"

group = smsc
smsc = smpp
smsc-id = test
host = "127.0.0.1"
port = {smpp}
transceiver-mode = true
smsc-username = test
smsc-password = test
system-type = ""
reconnect-delay = 1
max-pending-submits = {window}

group = smsbox
bearerbox-host = "127.0.0.1"
bearerbox-port = {box}
sendsms-port = {send}
sendsms-interface = "127.0.0.1"
sendsms-chars = "0123456789 +-"
global-sender = PAYUNG
log-file = "{folder}/smsbox.log"
log-level = {log_level}
http-request-retry = 5
http-queue-delay = 1

group = sendsms-user
username = payung
password = rahasia-uji
"""


class Process:
    """One program of a provider, which a case may kill and start again."""

    def __init__(self, command, log, environment=None):
        self.command, self.log, self.environment = command, log, dict(os.environ, **(environment or {}))
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment)

    def kill(self):
        self.process.kill()
        self.process.wait()


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Providers:
    def __init__(self, folder, log_level=0, store=None):
        """log_level: of Kannel; 0 tells all. store: an empty folder for what Kannel has taken and not handed over; else one within `folder`."""
        self.folder = folder
        os.mkdir(folder)
        self.ports = dict(zip(("admin", "box", "smpp", "send", "mail", "mail2"), free_ports(6)))
        deps = os.environ["PAYUNG_DEPS_DIR"]
        node = {"NODE_PATH": os.pathsep.join([os.path.join(deps, "node_modules")] + ([os.environ["NODE_PATH"]] if "NODE_PATH" in os.environ else []))}
        here = os.path.dirname(os.path.abspath(__file__))
        python = os.path.join(deps, "python/bin/python3")
        self.processes = {
            "smsc": Process(["node", os.path.join(here, "smsc.js"), str(self.ports["smpp"]), self.path("sms")], self.path("smsc.log"), node),
            "mail": Process([python, os.path.join(here, "smtp_sink.py"), str(self.ports["mail"]), self.path("mail")], self.path("mail.log")),
            "mail2": Process(["node", os.path.join(here, "smtp_sink.js"), str(self.ports["mail2"]), self.path("mail2")], self.path("mail2.log"), node),
        }
        self.wait("smpp", "mail", "mail2")
        if store is None:
            store = self.path("spool")
            os.mkdir(store)
        with open(self.path("kannel.conf"), "w", encoding="ascii") as file:
            file.write(KANNEL.format(folder=folder, store=store, log_level=log_level, window=WINDOW, **self.ports))
        self.processes["bearerbox"] = Process(["bearerbox", self.path("kannel.conf")], self.path("bearerbox.out"))
        self.wait("box", "admin")
        self.processes["smsbox"] = Process(["smsbox", self.path("kannel.conf")], self.path("smsbox.out"))
        self.wait("send")
        self.wait_bound()

    def wait_bound(self):
        def is_bound():
            try:
                return "online" in urllib.request.urlopen(f"http://127.0.0.1:{self.ports['admin']}/status.txt?password=test", timeout=5).read().decode()
            except OSError:
                return False
        wait_until(30, "Kannel is bound to the SMS centre", is_bound)

    def path(self, name):
        return os.path.join(self.folder, name)

    def wait(self, *names):
        for name in names:
            wait_until(20, f"a provider listens ({name})", lambda port=self.ports[name]: accepts(port))

    def lines(self, name):
        try:
            with open(self.path(name), encoding="utf-8") as file:
                return [json.loads(line) for line in file if line.endswith("\n")]
        except FileNotFoundError:
            return []

    def count(self, name):
        """How many messages came, without reading them."""
        try:
            with open(self.path(name), "rb") as file:
                return sum(part.count(b"\n") for part in iter(lambda: file.read(1 << 20), b""))
        except FileNotFoundError:
            return 0

    def calm(self, name, seconds=60):
        """Waits until no message has come for a second."""
        before = -1
        for _ in range(seconds):
            now = self.count(name)
            if now == before:
                return
            before = now
            time.sleep(1)
        raise SystemExit(f"messages still come after {seconds} s ({name})")

    def keep(self, name):
        """Starts it again if it ended because another one fell."""
        if self.processes[name].process.poll() is not None:
            self.processes[name].start()
        return True

    def mode(self, text):
        with open(self.path("mail.mode"), "w", encoding="ascii") as file:
            file.write(text)

    def close(self):
        for process in self.processes.values():
            process.kill()
