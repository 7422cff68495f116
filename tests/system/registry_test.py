#!/usr/bin/env python3
"""Records in Confluent's frame. The schemas of all topics are registered, twice with the same numbers; then services frame what they produce, and everything goes its way: lists, single persons, payments,
dead letters, `payung tail`, the proof of the ledger and its replay from the topics. Bare records that stand in the topics before the frames are read as well. Who knows nothing but the registry reads the
message by the number in its frame. A registry is stood in for here; with --registry the same runs against a real one (tests/registry/run).
usage: registry_test.py SOURCE BUILD [--registry URL]"""
import http.server
import json
import os
import subprocess
import sys
import threading
import urllib.parse
import urllib.request

from installation import Checks, Installation, SIDE_TOPICS, STAGES, LANES, TOPICS, wait_until

AGREEMENT, FIRST, ROWS = "kepahiang-2025", 5, 20


class StandIn(http.server.ThreadingHTTPServer):
    """What a registry does for who registers: a schema gets a number, the same one again; a reference must be there. As strict as Confluent's."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.subjects, self.ids, self.down = {}, {}, False
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server_port}"


class Answer(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        parts = [urllib.parse.unquote(part) for part in self.path.strip("/").split("/")]
        self.tell(*((503, {"error_code": 50301, "message": "away"}) if self.server.down else self.judge(parts, body)))

    def do_GET(self):
        parts = [urllib.parse.unquote(part) for part in self.path.strip("/").split("/")]
        if parts[0] == "schemas":
            self.tell(200, json.loads(next(key for key, number in self.server.ids.items() if number == int(parts[2]))))
        else:
            self.tell(200, json.loads(self.server.subjects[parts[1]][int(parts[3]) - 1]))

    def tell(self, status, answer):
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def judge(self, parts, body):
        server, key = self.server, json.dumps(body, sort_keys=True)
        if parts[0] != "subjects" or body.get("schemaType") != "PROTOBUF" or len(parts) not in (2, 3):
            return 404, {"error_code": 404, "message": "HTTP 404 Not Found"}
        for reference in body["references"]:
            if reference["version"] not in range(1, len(server.subjects.get(reference["subject"], [])) + 1) or f'import "{reference["name"]}";' not in body["schema"]:
                return 422, {"error_code": 42201, "message": "a reference is not there"}
        versions = server.subjects.setdefault(parts[1], [])
        if len(parts) == 3:
            server.ids.setdefault(key, len(server.ids) + 41)
            if key not in versions:
                versions.append(key)
            return 200, {"id": server.ids[key]}
        if key not in versions:
            return 404, {"error_code": 40403, "message": "Schema not found"}
        return 200, {"subject": parts[1], "id": server.ids[key], "version": versions.index(key) + 1}


def records(payung, topic):
    """The values of all records of a topic."""
    data, values, at = payung.kcat("-C", "-t", topic, "-o", "beginning", "-e", "-f", "%S:%s"), [], 0
    while at < len(data):
        colon = data.index(b":", at)
        at = colon + 1 + int(data[at:colon])
        values.append(data[colon + 1:at])
    return values


def case_register(checks, payung, registry, stand_in):
    if stand_in:
        stand_in.down = True
        code, answer = payung.cli("topics", "register", "--registry", registry)
        checks.equal("a registry that is away is told as such", (code, answer["error"]["code"]), (75, "REGISTRY_AWAY"))
        stand_in.down = False
    code, answer = payung.cli("topics", "register", "--registry", registry + "/nirgends")
    checks.equal("and an address where there is none", (code, answer["error"]["code"]), (1, "REGISTRY_REFUSES"))
    code, first = payung.cli("topics", "register", "--registry", registry)
    checks.expect(code == 0 and [row["topic"] for row in first["schemas"]] == [*TOPICS, *SIDE_TOPICS], "each topic gets its schema", first)
    checks.equal("again with the same number", payung.cli("topics", "register", "--registry", registry), (0, first))
    checks.equal("told as a line for env.local", payung.must("topics", "register", "--registry", registry).strip(), "SCHEMA_IDS=" + first["setting"])
    checks.equal("the numbers differ", len({row["schema"] for row in first["schemas"]}), len(first["schemas"]))
    return {row["topic"]: row["schema"] for row in first["schemas"]}, first["setting"]


def case_wrong_setting(checks, payung):
    for value in ("payung.nichts.v1:1", "payung.enrolment.submitted.v1", "payung.enrolment.submitted.v1:0", "payung.enrolment.submitted.v1:1,payung.enrolment.submitted.v1:2"):
        done = subprocess.run([os.path.join(payung.build, "bin/payung-premium")], env=dict(payung.service_environment, INSTANCE="9", METRICS_PORT="0", SCHEMA_IDS=value), capture_output=True, text=True, timeout=60, check=False)
        checks.expect(done.returncode == 1 and "SCHEMA_IDS" in done.stdout + done.stderr, f"a setting that is none ends the service with its name: {value}", done.stderr[-300:])


def restart_framed(payung, setting):
    for name, service in payung.services.items():
        if name == "ingestion" or name == "relay" or name.partition("-")[0] in STAGES or name in ("payments", "coverage"):
            service.environment["SCHEMA_IDS"] = setting
            service.kill()
    for name in payung.services:
        payung.wait_ready(name)


def case_framed(checks, payung, ids):
    _, answer = payung.enrol(payung.write_list("banyak.csv", payung.simulated("17.08", ROWS, 22)), AGREEMENT)
    checks.equal("a list is enrolled", answer["accepted"], ROWS)
    status, _, body = payung.post("/v1/payments", json.dumps({"external_id": "VA-1", "invoice": "INV-1708-202510-0001", "amount": 5_000_000, "received_on": "2025-10-10", "bank": "Bank Uji"}))
    checks.expect(status in (200, 201, 202), "a payment is taken", (status, body[:200]))
    payung.wait_sql(30, "it is booked", "(SELECT count(*) FROM ledger.payment) = 1")
    for topic in (*TOPICS, "payung.payment.received.v1"):
        values = records(payung, topic)
        framed = [value for value in values if value[0] == 0]
        bare = [value for value in values if value[0] == 0x0A]
        wanted = (FIRST, ROWS) if topic in TOPICS else (0, 1)
        checks.equal(f"{topic}: bare before, framed since, each by the number of its schema", ((len(bare), len(framed)), {value[1:6] for value in framed}), (wanted, {ids[topic].to_bytes(4, "big") + b"\0"}))
    tailed = payung.must("tail", TOPICS[0], "--decode", "--json", "--from", "beginning", "--count", str(FIRST + ROWS), "--for", "20").splitlines()
    checks.equal("payung tail reads both", len([line for line in tailed if AGREEMENT in line]), FIRST + ROWS)


def case_letters(checks, payung):
    value = b"\0" + (99).to_bytes(4, "big") + b"\0" + b"\xff\xfe racun"
    payung.produce(TOPICS[0], 0, value)
    wait_until(30, "a framed record that is none is parked", lambda: payung.end(TOPICS[0] + ".dlq", 0) == 1)
    checks.equal("the letter holds its bytes as they came", payung.record(TOPICS[0] + ".dlq", 0, 0), value)


def case_proof(checks, payung):
    code, answer = payung.cli("ledger", "verify")
    checks.expect(code == 0, "the ledger verifies", answer.get("problems"))
    code, answer = payung.cli("ledger", "replay")
    checks.expect(code == 0, "and is built again from bare and framed records", json.dumps(answer)[:400])


def fetch(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return json.load(answer)


def case_stranger(checks, payung, registry, ids):
    """Who knows nothing but the registry: the schema by the number in the frame, what it imports by its references, protoc for the message."""
    folder = payung.path("stranger")
    for topic, kind in ((TOPICS[0], "EnrolmentSubmitted"), (TOPICS[2], "EnrolmentPriced"), (TOPICS[3], "EnrolmentDecided")):
        value = next(value for value in records(payung, topic) if value[0] == 0)
        schema = fetch(f"{registry}/schemas/ids/{int.from_bytes(value[1:5], 'big')}")
        files, todo = {"it.proto": schema["schema"]}, list(schema["references"])
        while todo:
            reference = todo.pop()
            one = fetch(f"{registry}/subjects/{urllib.parse.quote(reference['subject'], safe='')}/versions/{reference['version']}")
            files[reference["name"]] = one["schema"]
            todo += one.get("references") or []
        for name, text in files.items():
            path = os.path.join(folder, topic, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        done = subprocess.run(["protoc", "-I", os.path.join(folder, topic), f"--decode=payung.enrolment.v1.{kind}", "it.proto"], input=value[6:], capture_output=True, check=False)
        checks.expect(done.returncode == 0 and AGREEMENT.encode() in done.stdout, f"{topic}: read by nothing but the registry", done.stderr[-300:])


def main(source, build, *options):
    checks = Checks()
    wanted = dict(zip(options[::2], options[1::2]))
    stand_in = None if "--registry" in wanted else StandIn()
    registry = wanted.get("--registry", stand_in.url if stand_in else "")
    with Installation(source, build) as payung:
        payung.start()
        payung.apply(payung.sample_agreement())
        _, answer = payung.enrol(payung.write_list("sedikit.csv", payung.simulated("17.08", FIRST, 21)), AGREEMENT)
        checks.equal("a few are enrolled by bare records", answer["accepted"], FIRST)
        ids, setting = case_register(checks, payung, registry, stand_in)
        checks.case("a wrong setting", case_wrong_setting, checks, payung)
        restart_framed(payung, setting)
        checks.case("framed records", case_framed, checks, payung, ids)
        checks.case("a stranger", case_stranger, checks, payung, registry, ids)
        checks.case("dead letters", case_letters, checks, payung)
        checks.case("proof and replay", case_proof, checks, payung)
        checks.clean_end(payung)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
