"""A real Prometheus, and if wanted a real Alertmanager with a receiver, beside an installation: with the files that are shipped, made quicker for a test."""
import http.client
import json
import os
import signal
import subprocess
import urllib.parse

from receiver import Receiver

QUICK = (("scrape_interval: 5s", "scrape_interval: 1s"), ("evaluation_interval: 5s", "evaluation_interval: 1s"))


class AlertReceiver(Receiver):
    """What Alertmanager tells: alerts holds (alertname, status, labels as text, when it began), one for each alert of a message."""
    status = 200

    def __init__(self):
        self.alerts = []
        super().__init__()

    def answer(self, path, headers, body):
        self.alerts += [(alert["labels"]["alertname"], alert["status"], json.dumps(alert["labels"], sort_keys=True), alert["startsAt"]) for alert in json.loads(body)["alerts"]]
        return super().answer(path, headers, body)

    def told(self, name, status="firing", since=0):
        with self.lock:
            return [alert for alert in self.alerts[since:] if alert[:2] == (name, status)]

    def mark(self):
        with self.lock:
            return len(self.alerts)


def copy(source, target, changes):
    with open(source, encoding="utf-8") as file:
        text = file.read()
    for before, after in changes:
        if before not in text:
            raise ValueError(f"{source} does not say {before!r}")
        text = text.replace(before, after)
    with open(target, "w", encoding="utf-8") as file:
        file.write(text)


def run(payung, name, *command):
    log = open(payung.path("logs", f"{name}.out"), "wb")
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def start_prometheus(payung, port, alertmanager_port=0, rules=()):
    """rules: what to change in rules.yml, [(before, after)]."""
    folder, source = payung.path("prometheus"), os.path.join(payung.source, "deploy/prometheus")
    os.mkdir(folder)
    copy(os.path.join(source, "prometheus.yml"), os.path.join(folder, "prometheus.yml"), (*QUICK, ("127.0.0.1:9093", f"127.0.0.1:{alertmanager_port or 1}")))
    copy(os.path.join(source, "rules.yml"), os.path.join(folder, "rules.yml"), rules)
    environment = payung.path("prometheus.env")
    with open(environment, "w", encoding="utf-8") as file:
        file.write("METRICS_URLS='" + payung.environment["METRICS_URLS"] + "'\n")
    with open(os.path.join(folder, "targets.json"), "wb") as file:
        subprocess.run([os.path.join(source, "targets"), environment], stdout=file, check=True)
    return run(payung, "prometheus", "prometheus", "--config.file", os.path.join(folder, "prometheus.yml"), "--storage.tsdb.path", os.path.join(folder, "data"), "--web.listen-address", f"127.0.0.1:{port}",
               "--rules.alert.resend-delay", "1s")


def start_alertmanager(payung, port, receiver):
    folder = payung.path("alertmanager")
    os.mkdir(folder)
    config = os.path.join(folder, "alertmanager.yml")
    copy(os.path.join(payung.source, "deploy/prometheus/alertmanager.yml"), config,
         (("http://127.0.0.1:9094/payung", f"http://127.0.0.1:{receiver.server_port}/"), ("group_wait: 10s", "group_wait: 1s"), ("group_interval: 1m", "group_interval: 1s")))
    return run(payung, "alertmanager", "prometheus-alertmanager", "--config.file", config, "--storage.path", os.path.join(folder, "data"), "--web.listen-address", f"127.0.0.1:{port}", "--cluster.listen-address", "")


def stop(*processes):
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        process.wait(20)


def ask(port, path, **query):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer["data"]


def firing(port):
    return {alert["labels"]["alertname"] for alert in ask(port, "/api/v1/alerts")["alerts"] if alert["state"] == "firing"}


def targets_up(port):
    try:
        return sum(float(row["value"][1]) for row in ask(port, "/api/v1/query", query="up")["result"])
    except (OSError, KeyError, ValueError):
        return 0
