#!/usr/bin/env python3
"""What operators look with, on an installation of its own: lag counts what was never committed, beside franz-go's kadm, Kafka's own tool and whoever the group rebalances to; records and dead letters are read
without being moved and without a word of a person; an application is explained on one page; the whole installation is judged, sound and broken.
usage: operators_test.py SOURCE BUILD"""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time

from installation import LANES, TOPICS, Checks, Installation, wait_until

AGREEMENT_ID = "kepahiang-2025"
ROWS, WRONG, POISON, SHOWN = 60, 5, 300, 20
GROUPS = ("payung-eligibility", "payung-premium", "payung-ledger", "payung-notification", "payung-payments", "payung-coverage")


def lag_of(payung):
    code, answer = payung.cli("lag")
    if code != 0:
        raise ValueError(answer)
    return {(row["group"], row["partition"]): row for row in answer["partitions"]}


def kafka_lag(payung, group):
    """{partition: lag} by Kafka's own tool, which leaves out what was never committed."""
    kafka = os.path.join(os.environ["PAYUNG_DEPS_DIR"], "kafka-4.1.1")
    done = subprocess.run(["java", "-Xmx128m", "-cp", f"{kafka}/*:{kafka}/libs/*", "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "--bootstrap-server", payung.settings["BROKERS"], "--group",
                           group, "--describe"], capture_output=True, text=True, check=False, timeout=60)
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith(group)]
    return {int(row[2]): int(row[5]) for row in rows if row[5] != "-"}


def build_kadm(payung):
    go = shutil.which("go") or os.path.join(os.environ["PAYUNG_DEPS_DIR"], "python/bin/go")
    subprocess.run([go, "build", "-o", payung.path("kadm"), "."], cwd=os.path.join(payung.source, "tests/system/kadm"), check=True, timeout=300)


def equal_to_kadm(checks, payung, moment):
    """Every partition of every group by franz-go, which shares no code with us, at a moment at which nothing moves; kadm counts from the beginning of the log where nothing was committed."""
    for _ in range(10):
        ours = lag_of(payung)
        pairs = sorted({f"{row['group']}={row['topic']}" for row in ours.values()})
        theirs = json.loads(subprocess.run([payung.path("kadm"), payung.settings["BROKERS"], *pairs], capture_output=True, text=True, timeout=60, check=True).stdout)
        if {key: (row["end"], row["committed"]) for key, row in lag_of(payung).items()} == {key: (row["end"], row["committed"]) for key, row in ours.items()}:
            break
    checks.equal(f"lag and commit of every partition are kadm's {moment}", {key: (row["lag"], row["committed"]) for key, row in ours.items()},
                 {(row["group"], row["partition"]): (row["lag"], None if row["committed"] < 0 else row["committed"]) for row in theirs})


def produce(payung, topic, lines, partition=0):
    subprocess.run(["kcat", "-P", "-b", payung.settings["BROKERS"], "-t", topic, "-p", str(partition), "-K", "|"], input=lines, text=True, check=True, timeout=60)


def case_lag(checks, payung):
    lag = lag_of(payung)
    checks.equal("the groups of topics.def, each partition of their topics", sorted({group for group, _ in lag}) == sorted(GROUPS) and len(lag), 4 * 4 + 2)
    code, answer = payung.enrol(payung.path("orang.csv"), AGREEMENT_ID)
    wait_until(20, "nothing is left", lambda: all(row["lag"] == 0 for row in lag_of(payung).values()))
    moved = [row for row in lag_of(payung).values() if row["end"] > 0]
    checks.equal("every stage has moved its position to the end", [(row["committed"], row["lag_seconds"]) for row in moved], [(ROWS, 0)] * 4)
    equal_to_kadm(checks, payung, "when all is done")
    for lane in LANES:
        payung.services[f"notification-{lane}"].pause()
    payung.enrol(payung.write_list("lagi.csv", payung.simulated("17.08", ROWS, 21)), AGREEMENT_ID)
    time.sleep(1.2)
    behind = {key: row for key, row in lag_of(payung).items() if row["lag"] > 0}
    checks.expect([(key[0], row["lag"]) for key, row in behind.items()] == [("payung-notification", ROWS)] and all(1 < row["lag_seconds"] < 60 for row in behind.values()),
                  "who stands still is behind, in records and in seconds", behind)
    equal_to_kadm(checks, payung, "when one stands still")
    theirs, ours = kafka_lag(payung, "payung-notification"), {key[1]: row["lag"] for key, row in lag_of(payung).items() if key[0] == "payung-notification"}
    checks.equal("Kafka's own tool says the same of what was committed", {partition: ours[partition] for partition in theirs}, theirs)
    checks.expect(payung.cli("doctor")[0] == 1, "a stage that stands still is found", "")
    for lane in LANES:
        payung.services[f"notification-{lane}"].resume()
        payung.wait_ready(f"notification-{lane}")
    wait_until(20, "it is worked off", lambda: all(row["lag"] == 0 for row in lag_of(payung).values()))
    equal_to_kadm(checks, payung, "after a rebalance")


def case_never_committed(checks, payung):
    """A group that never was: its offsets are deleted while nobody runs, so that all of the log is behind."""
    for lane in LANES:
        payung.services[f"notification-{lane}"].pause()
    kafka = os.path.join(os.environ["PAYUNG_DEPS_DIR"], "kafka-4.1.1")
    command = ["java", "-Xmx128m", "-cp", f"{kafka}/*:{kafka}/libs/*", "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "--bootstrap-server", payung.settings["BROKERS"], "--group",
               "payung-notification", "--delete"]
    wait_until(40, "the group is deleted", lambda: "was successful" in subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout, pause=1)
    rows = [row for key, row in lag_of(payung).items() if key[0] == "payung-notification"]
    checks.equal("what was never committed counts from the beginning of the log", ({row["committed"] for row in rows}, sum(row["lag"] for row in rows)), ({None}, 2 * ROWS))
    equal_to_kadm(checks, payung, "with a group that never committed")
    checks.equal("Kafka's own tool does not see it: it lacks just that backlog", kafka_lag(payung, "payung-notification"), {})
    for lane in LANES:
        payung.services[f"notification-{lane}"].resume()
        payung.wait_ready(f"notification-{lane}")
    wait_until(20, "its own memory knows that all was told", lambda: all(row["lag"] == 0 for row in lag_of(payung).values()))


def case_pause(checks, payung):
    """Held over a restart, obeyed within seconds, not red, audited; what comes meanwhile waits."""
    checks.equal("a service is paused, once", [payung.cli("pause", "premium", "--reason", "uji")[1]["changed"] for _ in range(2)], [True, False])
    paused = lambda: all("paused by operator" in str(payung.get(f"premium-{lane}", "/readyz")[1]) for lane in LANES)
    wait_until(20, "it says so", paused)
    checks.equal("and is not red", [payung.get(f"premium-{lane}", "/readyz")[0] for lane in LANES], [200, 200])
    payung.services["premium-1-bulk"].kill()
    time.sleep(1)
    payung.wait_ready("premium-1-bulk")
    payung.run("enrol", payung.write_list("jeda.csv", payung.simulated("17.08", 20, 31)), "--agreement", AGREEMENT_ID)
    time.sleep(3)
    behind = {key[0]: row["lag"] for key, row in lag_of(payung).items() if row["lag"] > 0}
    checks.equal("also started anew it takes nothing", behind, {"payung-premium": 20})
    person = {key: value for key, value in payung.simulated("17.08", 1, 32)[0].items() if value and key != "no_urut"}
    status, headers, _ = payung.post("/v1/enrolments", json.dumps(dict(person, agreement=AGREEMENT_ID)), {"Idempotency-Key": "jeda-1", "Prefer": "wait=1"})
    late = payung.told("ingestion", "a caller has waited in vain for the decision")
    checks.equal("whoever waits for it is told so, and found in the log", (status, [line["enrolment_id"] for line in late], [len(line["trace_id"]) for line in late]), (202, [headers["Location"].rsplit("/", 1)[1]], [32]))
    checks.equal("it is shown", [row["target"] for row in payung.cli("pause")[1]["paused"]], ["premium"])
    checks.equal("it is resumed", payung.cli("resume", "premium")[1]["changed"], True)
    wait_until(30, "and goes on", lambda: all(row["lag"] == 0 for row in lag_of(payung).values()))
    checks.equal("each change has its line in the audit", [row[0] for row in payung.sql("SELECT action || ' ' || detail FROM ledger.audit WHERE action IN ('PAUSE', 'RESUME') ORDER BY audit_no")],
                 ["PAUSE premium uji", "RESUME premium"])
    checks.equal("nothing else can be paused", [payung.cli(*words)[0] for words in (("pause", "ingestion"), ("resume",), ("pause", "x", "y"))], [2] * 3)


def case_tail(checks, payung):
    persons = [person[column] for person in payung.people for column in ("nik", "nama", "no_hp") if len(person.get(column) or "") > 5]
    for topic in TOPICS:
        done = payung.run("tail", topic, "--decode", "--from", "beginning", "--count", str(ROWS), "--json")
        records = [json.loads(line) for line in done.stdout.splitlines()]
        checks.expect(len(records) == ROWS and all(record["message"]["lineage"]["epoch"] == 1 and record["headers"]["ce_type"].startswith("payung.enrolment.v1.") for record in records),
                      f"{topic}: {ROWS} records, decoded", len(records))
        checks.expect(not any(word in done.stdout for word in persons), "without a NIK, a name or a phone number", "")
    checks.equal("only what is asked for", [json.loads(line)["message"]["row"] for line in payung.run("tail", TOPICS[3], "--decode", "--from", "beginning", "--where", "row=7", "--for", "3", "--json").stdout.splitlines()], [7, 7, 7])
    checks.equal("an unknown topic, a wrong option", [payung.cli("tail", *words)[0] for words in (("x",), (TOPICS[0], "--from", "yesterday"), ())], [2] * 3)


def case_strangers(checks, payung):
    """Programs that know nothing of us but the .proto files: kcat takes the record, protoc, Python's protobuf and the CloudEvents SDK read it."""
    proto, descriptors = os.path.join(payung.source, "proto"), payung.path("descriptors")
    files = [os.path.relpath(os.path.join(folder, name), proto) for folder, _, names in os.walk(proto) for name in names if name.endswith(".proto")]
    subprocess.run(["protoc", "-I", proto, "--include_imports", f"--descriptor_set_out={descriptors}", *files], check=True)
    python = os.path.join(os.environ["PAYUNG_DEPS_DIR"], "python/bin/python3")
    read = 0
    for topic in (*TOPICS, "payung.coverage.changed.v1", "payung.ledger.command.v1"):
        lines = payung.run("tail", topic, "--decode", "--from", "beginning", "--count", "1", "--for", "3", "--json").stdout.splitlines()
        if not lines:
            continue
        ours = json.loads(lines[0])
        value = payung.record(topic, ours["partition"], ours["offset"])
        key, headers = payung.record(topic, ours["partition"], ours["offset"], "%k\t%h").decode().split("\t", 1)
        record = {"key": key.encode().hex(), "value": value.hex(), "headers": [word.split("=", 1) for word in headers.strip().split(",")]}
        done = subprocess.run([python, os.path.join(payung.source, "tests/tools/read_record.py"), descriptors], input=json.dumps(record), capture_output=True, text=True, check=False, timeout=60)
        theirs = json.loads(done.stdout) if done.returncode == 0 else {"failed": done.stderr[-300:]}
        checks.equal(f"{topic}: the CloudEvents SDK and Python's protobuf read it, whole",
                     (theirs.get("id"), theirs.get("type"), theirs.get("specversion"), theirs.get("unknown"), set(theirs.get("message", {})) >= {"lineage"}),
                     (ours["headers"]["ce_id"], ours["headers"]["ce_type"], "1.0", 0, True))
        text = subprocess.run(["protoc", f"--decode={ours['headers']['ce_type']}", "-I", proto, *files], input=value, capture_output=True, check=False).stdout.decode(errors="replace")
        checks.expect("lineage {" in text, f"{topic}: so does protoc", text[:60])
        read += 1
    checks.expect(read >= 5, "of every topic that has records", read)


def case_kaskade(checks, payung):
    """The terminal client, by the very lines that are shipped for it; all at the same time, because a start takes it seconds."""
    with open(os.path.join(payung.source, "deploy/clients/kaskade.txt"), encoding="utf-8") as file:
        lines = [line.replace('"$BROKERS"', payung.settings["BROKERS"]).replace("/usr/share/payung/proto/payung.desc", os.path.join(payung.build, "proto/payung.desc")) for line in file if line.startswith("kaskade consumer ")]
    python = os.path.join(os.environ["PAYUNG_DEPS_DIR"], "python-kaskade/bin/python3")
    running = {topic: subprocess.Popen([python, os.path.join(payung.source, "tests/tools/read_kaskade.py"), str(SHOWN), *shlex.split(line)[1:]], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
               for topic in TOPICS for line in lines if f" {topic} " in line}
    checks.equal("each topic of the path has its line", list(running), list(TOPICS))
    for topic, process in running.items():
        text, trouble = process.communicate(timeout=120)
        records = [json.loads(line) for line in text.splitlines()]
        message = records[0]["value"]["content"] if records else trouble[-300:]
        checks.expect(process.returncode == 0 and len(records) >= SHOWN and all(record["value"]["deserializer"] == "PROTOBUF" and "lineage" in record["value"]["content"] for record in records),
                      f"{topic}: kaskade lists {SHOWN} records, decoded", (len(records), "" if records else message))
        checks.equal("with their headers", {header["key"] for record in records for header in record["headers"]} >= {"ce_id", "ce_type", "traceparent"}, True)


def case_why(checks, payung):
    accepted, rejected = (payung.sql(f"SELECT encode(application_id, 'hex') FROM ledger.outcome WHERE status = {status} ORDER BY origin LIMIT 1")[0][0] for status in (1, 3))
    code, page = payung.cli("why", accepted)
    attempt = page["attempts"][0]
    checks.equal("who was accepted: stages, price, postings, cover, message", (code, attempt["status"], [stage["offset"] is not None for stage in attempt["stages"]],
                 {line["programme"] for line in attempt["lines"]}, len(page["journals"][0]["entries"]), page["cover"]["state"], page["messages"][0]["template"]),
                 (0, "accepted", [True] * 4, {"JKK", "JKM"}, 3, "REGISTERED", "ACCEPTED"))
    code, page = payung.cli("why", rejected)
    checks.equal("who was refused: the reasons with their remedies", (code, page["attempts"][0]["status"], page["attempts"][0]["codes"][0]["code"], bool(page["attempts"][0]["codes"][0]["remedy"])), (0, "rejected", "E01", True))
    before = payung.number("SELECT count(*) FROM notice.message")
    shown = {name: payung.cli("message", "show", name, "--for", accepted) for name in ("ACCEPTED", "WAITLIST", "PENDING", "LAPSE_WARN", "LAPSED", "SPONSOR_END")}
    checks.expect(all(code == 0 and answer["template"] == name and answer["characters"] == len(answer["text"]) <= 160 and answer["sms"] == 1 for name, (code, answer) in shown.items()), "a message is shown before it is sent",
                  {name: answer.get("text") for name, (_, answer) in shown.items()})
    checks.expect("(JKK+JKM) mulai 1 Okt 2025" in shown["ACCEPTED"][1]["text"] and "berakhir 30 September 2026" in shown["SPONSOR_END"][1]["text"] and "Rp16.800/bulan" in shown["SPONSOR_END"][1]["text"], "with what the enrolment says", "")
    checks.equal("in both languages, with alphabet, units and parts", [[(said["language"], said["encoding"], said["units"] == len(said["text"]), said["parts"]) for said in answer["languages"]] for _, answer in shown.values()],
                 [[("id", "GSM-7", True, 1), ("en", "GSM-7", True, -(-len(answer["languages"][1]["text"]) // 153) if len(answer["languages"][1]["text"]) > 160 else 1)] for _, answer in shown.values()])
    text = payung.run("message", "show", "ACCEPTED", "--for", accepted).stdout
    checks.expect(re.search(r"(?s)^DITERIMA\n  id: X{20}, Anda .* 1 Okt 2025 .*\n      GSM-7: 1\d\d satuan, 1 bagian SMS\n  en: X{20}, you are insured .* 1 Oct 2025 ", text), "also for people", text)
    code, answer = payung.cli("message", "show", "REJECTED_FIX", "--for", rejected)
    checks.expect(code == 0 and "NIK" in answer["text"], "a refusal gives its reason", answer)
    checks.equal("who was not refused has none; nobody knows another template; nothing was sent", [payung.cli("message", "show", *words)[0] for words in (("REJECTED_FIX", "--for", accepted), ("HALLO", "--for", accepted),
                 ("ACCEPTED", "--for", "0" * 31 + "1"), ("ACCEPTED",))] + [payung.number("SELECT count(*) FROM notice.message") - before], [1, 1, 1, 2, 0])
    person = next(person for person in payung.people if len(person["nik"]) == 16)
    code, found = payung.cli("why", "--nik", "-", input=person["nik"] + "\n")
    text = payung.run("why", "--nik", "-", input=person["nik"] + "\n").stdout
    checks.expect(code == 0 and len(found["enrolments"]) == 1 and text.startswith("Pendaftaran "), "a person is found by the NIK on standard input", code)
    checks.expect(not any(person[column] in text + json.dumps(found) for column in ("nik", "nama", "no_hp") if person.get(column)), "and not shown", "")
    checks.equal("nobody, and no NIK as an argument", [payung.cli("why", *words)[0] for words in (("0" * 31 + "1",), ("--nik", person["nik"]), ("x",), ("0" * 32,))], [1, 2, 2, 2])


def case_dead_letters(checks, payung):
    checks.equal("there are none", payung.cli("dlq", "list")[1]["total"], 0)
    produce(payung, TOPICS[0], "".join(f"racun|\x07bukan protobuf {i}\n" for i in range(POISON)))
    wait_until(30, "they are dead letters", lambda: payung.cli("dlq", "list")[1]["total"] == POISON, pause=0.5)
    code, listing = payung.cli("dlq", "list")
    group = listing["groups"][0]
    checks.equal("grouped by topic and reason", (code, len(listing["groups"]), group["topic"], group["kind"], group["open"]), (0, 1, f"{TOPICS[0]}.dlq", "unreadable", POISON))
    checks.equal("one by one", len(payung.cli("dlq", "list", "--letters")[1]["letters"]), POISON)
    code, letter = payung.cli("dlq", "show", group["sample"])
    checks.equal("one of them with what caused it", (code, letter["headers"]["dlq.topic"], letter["headers"]["dlq.error.code"], letter["content"]), (0, TOPICS[0], group["reason"], None))
    checks.equal("another reason has none", payung.cli("dlq", "list", "--reason", "X99")[1]["total"], 0)
    checks.equal("discarded", (payung.cli("dlq", "discard", "--all", "--because", "produsen asing", "--yes")[1]["done"], payung.cli("dlq", "list")[1]["total"]), (POISON, 0))
    wait_until(20, "parked records move the position, too", lambda: all(row["lag"] == 0 for row in lag_of(payung).values()))


def case_doctor(checks, payung):
    code, answer = payung.cli("doctor")
    states = {check["check"]: check["state"] for check in answer["checks"]}
    checks.equal("the installation is sound", (code, answer["ok"], states["dead letters"], states["schema"], states["topics"], states["clock"], states["keys"], states["redis"]),
                 (0, True, "ok", "ok", "ok", "ok", "ok", "ok"))
    checks.equal("every service is named", len([name for name in states if name.startswith("payung-")]), len(payung.metrics_ports))
    payung.sql("INSERT INTO public.schema_migration (number, name, sha256) VALUES (9999, '9999_later.sql', '\\x00')")
    code, answer = payung.cli("doctor")
    checks.equal("a schema of another edition is found", (code, [check["check"] for check in answer["checks"] if check["state"] == "failed"]), (1, ["schema"]))
    payung.sql("DELETE FROM public.schema_migration WHERE number = 9999")


def main(source, build):
    checks = Checks()
    with Installation(source, build) as payung:
        build_kadm(payung)
        payung.start()
        payung.apply(payung.sample_agreement())
        payung.people = payung.simulated("17.08", ROWS - WRONG, 11, "--errors", f"E01={WRONG}")
        payung.write_list("orang.csv", payung.people)
        for title, case in (("lag", case_lag), ("what was never committed", case_never_committed), ("a pause", case_pause), ("records", case_tail), ("strangers", case_strangers), ("kaskade", case_kaskade), ("why", case_why), ("dead letters", case_dead_letters), ("the whole installation", case_doctor)):
            checks.case(title, case, checks, payung)
        code, answer = payung.cli("ledger", "verify")
        checks.expect(code == 0 and answer["ok"], "the ledger verifies", answer["problems"])
        checks.no_disaster(payung)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
