#!/usr/bin/env python3
"""Outgoing webhooks on an installation of its own: every first outcome reaches the endpoint once it answers, signed so that the reference library of Standard Webhooks believes it, whatever the
receiver, the sender or an operator does; nothing of a person leaves, and nothing goes to an address that is not public unless that is allowed.
usage: webhook_test.py SOURCE BUILD"""
import base64
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time

from installation import Checks, Installation, wait_until
from receiver import Receiver

AGREEMENT = "kepahiang-2025"
OTHER_TOKEN = "token-of-another-partner-0123456789abcdefgh"
ROWS, KILLED_ROWS, WRONG = 60, 400, 5
RETRY_FIRST_MS = 20  # so that the waits of three days are those of minutes
QUIET_S = 1.5        # long enough to see what should not come
VERIFY = """
import json, sys
from standardwebhooks import Webhook
for line in sys.stdin:
    secret, headers, body = json.loads(line)
    try:
        Webhook(secret).verify(body, headers)
        print("good")
    except Exception as error:
        print(type(error).__name__)
"""


def verify(triples):
    """What the reference library says of each (secret, headers, body)."""
    python = os.path.join(os.environ["PAYUNG_DEPS_DIR"], "python/bin/python3")
    lines = "".join(json.dumps(triple) + "\n" for triple in triples)
    return subprocess.run([python, "-c", VERIFY], input=lines, capture_output=True, text=True, check=True, timeout=60).stdout.split()


def ask(payung, method, path, body=None, token=None):
    headers = {"Content-Type": "application/json" if body is not None else None}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    status, _, text = payung.request(method, path, json.dumps(body) if body is not None else None, headers)
    return status, json.loads(text) if text else None


def make(payung, url, token=None, **more):
    status, webhook = ask(payung, "POST", "/v1/webhooks", dict({"url": url, "events": ["enrolment.decided"]}, **more), token)
    if status != 201:
        raise ValueError(f"no endpoint was made: {status} {webhook}")
    return webhook


def deliveries(payung, webhook, condition="true"):
    return payung.number(f"SELECT count(*) FROM intake.webhook_delivery d JOIN intake.webhook USING (webhook_no) WHERE webhook_id = '{webhook['webhook_id']}' AND {condition}")


def wait_delivered(payung, webhook, count, seconds=60):
    wait_until(seconds, f"{count} are delivered", lambda: deliveries(payung, webhook, "d.state = 'delivered'") >= count, pause=0.2)


def remove(payung, webhook):
    return ask(payung, "DELETE", f"/v1/webhooks/{webhook['webhook_id']}")[0]


def case_every_outcome_once(checks, payung, receiver):
    webhook = payung.webhook = make(payung, receiver.url("/all"))
    people = payung.simulated("17.08", ROWS - WRONG, 11, "--errors", f"E01={WRONG}")
    path = payung.write_list("first.csv", people)
    code, answer = payung.enrol(path, AGREEMENT)
    wait_delivered(payung, webhook, ROWS)
    got = receiver.take("/all")
    ids = [headers["webhook-id"] for headers, _ in got]
    checks.equal("each outcome came, none of them twice", (len(ids), len(set(ids))), (ROWS, ROWS))
    checks.equal("the reference library believes each of them", set(verify([(webhook["secret"], headers, body) for headers, body in got])), {"good"})
    headers, body = got[0]
    wrong = [(webhook["secret"], headers, body + " "), ("whsec_" + "A" * 43 + "=", headers, body), (webhook["secret"], dict(headers, **{"webhook-id": "e0"}), body)]
    checks.equal("and none that was changed, or signed with another secret", set(verify(wrong)), {"WebhookVerificationError"})
    events = [json.loads(body) for _, body in got]
    stood = {row[0]: (row[1], int(row[2])) for row in payung.sql("SELECT encode(application_id, 'hex'), row_number, amount FROM ledger.outcome WHERE NOT repeat")}
    told = {event["data"]["enrolment_id"]: (str(event["data"]["row"]), event["data"]["amount"]) for event in events}
    checks.equal("row and amount are those of the ledger", told == stood, True)
    counts = {word: sum(event["data"]["status"] == word for event in events) for word in ("accepted", "rejected", "waitlisted")}
    checks.equal("with the statuses that the list was answered", counts, {word: answer[word] for word in counts})
    checks.expect(counts["rejected"] >= WRONG, "some were refused", counts["rejected"])
    checks.expect(all(event["type"] == "enrolment.decided" and event["data"]["batch"] == answer["batch"] and event["data"]["agreement"] == AGREEMENT for event in events), "of this list")
    persons = [person[column] for person in people for column in ("nik", "nama", "no_hp") if len(person.get(column) or "") > 5]
    checks.expect(len(persons) > 2 * ROWS and not any(word in body for word in persons for _, body in got), "no NIK, no name, no phone is in any of them", len(persons))
    payung.enrol(path, AGREEMENT)
    payung.enrol(payung.write_list("again.csv", list(reversed(people))), AGREEMENT)
    time.sleep(QUIET_S)
    checks.equal("the same people again are told nobody", (len(receiver.take("/all")), deliveries(payung, webhook)), (ROWS, ROWS))


def case_lists_and_covers(checks, payung, receiver):
    """A list tells of itself five times; a cover tells of each change."""
    webhook = make(payung, receiver.url("/other-events"), events=["batch.progress", "coverage.changed"])
    _, answer = payung.enrol(payung.write_list("progress.csv", payung.simulated("17.08", ROWS, 18)), AGREEMENT)
    wait_delivered(payung, webhook, 5)
    told = sorted((event["data"]["percent"], event["data"]["batch"], event["data"]["rows"]) for event in (json.loads(body) for _, body in receiver.take("/other-events")))
    checks.equal("a fifth, two, ... and the whole list", told, [(percent, answer["batch"], ROWS) for percent in (20, 40, 60, 80, 100)])
    code, _ = payung.cli("run", "--date", "2026-11-01", "--agreement", AGREEMENT)
    changed = payung.number("SELECT count(*) FROM ledger.outbox WHERE topic = 'COVERAGE'") if code == 0 else 0
    checks.expect(changed >= ROWS, "covers end", (code, changed))
    wait_delivered(payung, webhook, 5 + changed)
    events = [json.loads(body)["data"] for _, body in receiver.take("/other-events") if json.loads(body)["type"] == "coverage.changed"]
    checks.equal("each change is told", (len(events), {event["agreement"] for event in events}), (changed, {AGREEMENT}))
    stood = {row[0]: row[1] for row in payung.sql("SELECT encode(application_id, 'hex'), state FROM ledger.enrolment")}
    last = {event["enrolment_id"]: event["state"] for event in events}
    checks.equal("with the state that the ledger has", {application: {"4": "LAPSED", "5": "ENDED"}.get(stood[application]) for application in last}, last)
    checks.equal("the reference library believes them", set(verify([(webhook["secret"], headers, body) for headers, body in receiver.take("/other-events")])), {"good"})
    remove(payung, webhook)


def case_command(checks, payung, receiver):
    code, made = payung.cli("webhook", "add", receiver.url("/command"), "--event", "enrolment.decided", "--agreement", AGREEMENT, "--description", "Sistem kepegawaian")
    checks.equal("an endpoint is made", (code, made["agreement"], made["description"], made["secret"][:6]), (0, AGREEMENT, "Sistem kepegawaian", "whsec_"))
    name = made["webhook_id"]
    checks.equal("and listed", name in [entry["webhook_id"] for entry in payung.cli("webhook", "list")[1]["webhooks"]], True)
    payung.enrol(payung.write_list("command.csv", payung.simulated("17.08", 1, 19)), AGREEMENT)
    wait_delivered(payung, made, 1)
    event = payung.cli("webhook", "deliveries", name, "--limit", "1")[1]["deliveries"][0]["delivery_id"]
    checks.equal("one delivery with its history", [entry["status"] for entry in payung.cli("webhook", "deliveries", name, event)[1]["history"]], [204])
    checks.equal("it is sent again", payung.cli("webhook", "resend", name, event)[0], 0)
    wait_until(20, "it comes again", lambda: len(receiver.take("/command")) == 2)
    checks.expect(payung.cli("webhook", "rotate", name, "--grace", "0")[1]["secret"] != made["secret"], "a new secret", "")
    checks.equal("people read it", payung.run("webhook", "show", name).stdout.split()[:2], [name, "AKTIF"])
    checks.equal("it is removed", (payung.cli("webhook", "remove", name), payung.cli("webhook", "show", name)[0]), ((0, {"webhook_id": name, "removed": True}), 1))
    checks.equal("wrong words are refused", [payung.cli("webhook", *words)[0] for words in ((), ("show",), ("list", "x"), ("add", "u", "--limit", "3"), ("rotate", name, "--grace", "169"))], [2] * 5)


def case_pages(checks, payung, receiver):
    base = f"/v1/webhooks/{payung.webhook['webhook_id']}"
    seen, path = [], f"{base}/deliveries?limit=25"
    while path:
        status, page = ask(payung, "GET", path)
        seen += [delivery["delivery_id"] for delivery in page["deliveries"]]
        path = page["next"]
    checks.equal("page by page all deliveries are told, each once", (len(seen), set(seen) == set(receiver.ids("/all"))), (ROWS, True))
    status, one = ask(payung, "GET", f"{base}/deliveries/{seen[0]}")
    checks.equal("one of them with its attempt", (status, one["state"], [entry["status"] for entry in one["history"]]), (200, "delivered", [204]))
    status, page = ask(payung, "GET", "/v1/webhooks")
    checks.equal("endpoints are listed without their secrets", (status, [set(entry) & {"secret"} for entry in page["webhooks"]]), (200, [set()]))
    checks.equal("another partner sees none of it", [ask(payung, "GET", path, token=OTHER_TOKEN)[0] for path in (base, f"{base}/deliveries", f"{base}/deliveries/{seen[0]}")], [404] * 3)
    checks.equal("and has no endpoints", ask(payung, "GET", "/v1/webhooks", token=OTHER_TOKEN)[1]["webhooks"], [])
    checks.equal("the same address again is refused", ask(payung, "POST", "/v1/webhooks", {"url": receiver.url("/all")})[1]["code"], "WEBHOOK_EXISTS")


def case_rotation(checks, payung, receiver):
    base = f"/v1/webhooks/{payung.webhook['webhook_id']}"
    before = len(receiver.take("/all"))
    event = receiver.ids("/all")[0]
    status, rotated = ask(payung, "POST", f"{base}/rotate", {"grace_hours": 1})
    checks.expect(status == 200 and rotated["secret"] != payung.webhook["secret"] and rotated["previous_secret_until"], "a new secret is given", status)
    checks.equal("a delivery is sent again", ask(payung, "POST", f"{base}/deliveries/{event}/resend")[0], 202)
    wait_until(20, "it comes", lambda: len(receiver.take("/all")) > before)
    headers, body = receiver.take("/all")[before]
    checks.equal("under the same id", headers["webhook-id"], event)
    checks.equal("both secrets sign it", (len(headers["webhook-signature"].split(" ")), verify([(secret, headers, body) for secret in (payung.webhook["secret"], rotated["secret"])])), (2, ["good"] * 2))
    status, again = ask(payung, "POST", f"{base}/rotate", {"grace_hours": 0})
    ask(payung, "POST", f"{base}/deliveries/{event}/resend")
    wait_until(20, "it comes", lambda: len(receiver.take("/all")) > before + 1)
    headers, body = receiver.take("/all")[before + 1]
    checks.equal("without an overlap only the last one does", verify([(secret, headers, body) for secret in (rotated["secret"], again["secret"])]), ["WebhookVerificationError", "good"])
    sealed = payung.sql(f"SELECT encode(secret, 'hex') FROM intake.webhook WHERE webhook_id = '{again['webhook_id']}'")[0][0]
    checks.expect(base64.b64decode(again["secret"].removeprefix("whsec_")).hex() not in sealed and len(sealed) > 64, "the table holds a seal, not the secret", len(sealed))
    checks.equal("it is removed", (remove(payung, again), ask(payung, "GET", base)[0], deliveries(payung, again, "d.state = 'pending'")), (204, 404, 0))


def case_failures(checks, payung, receiver):
    webhook = make(payung, receiver.url("/fails"))
    receiver.statuses = [500, 302, 503]
    payung.enrol(payung.write_list("one.csv", payung.simulated("17.08", 1, 12)), AGREEMENT)
    wait_delivered(payung, webhook, 1)
    ids = receiver.ids("/fails")
    checks.equal("what fails comes again under the same id, and a redirection is not followed", (len(ids), len(set(ids))), (4, 1))
    _, one = ask(payung, "GET", f"/v1/webhooks/{webhook['webhook_id']}/deliveries/{ids[0]}")
    checks.equal("the history tells each attempt", [entry["status"] for entry in one["history"]], [204, 503, 302, 500])
    receiver.statuses = [410]
    payung.enrol(payung.write_list("two.csv", payung.simulated("17.08", 1, 13)), AGREEMENT)
    wait_until(20, "410 disables the endpoint", lambda: ask(payung, "GET", f"/v1/webhooks/{webhook['webhook_id']}")[1]["reason"] == "GONE")
    time.sleep(QUIET_S)
    payung.enrol(payung.write_list("three.csv", payung.simulated("17.08", 1, 14)), AGREEMENT)
    gone = receiver.ids("/fails")[-1]
    resend = f"/v1/webhooks/{webhook['webhook_id']}/deliveries/{gone}/resend"
    checks.equal("a disabled one is owed nothing and sent nothing", (deliveries(payung, webhook), len(receiver.take("/fails")), ask(payung, "POST", resend)[1]["code"]), (2, 5, "WEBHOOK_DISABLED"))
    checks.equal("it is enabled", ask(payung, "POST", f"/v1/webhooks/{webhook['webhook_id']}/enable")[1]["state"], "active")
    checks.equal("what failed is sent again by hand", ask(payung, "POST", resend)[0], 202)
    wait_delivered(payung, webhook, 2)
    remove(payung, webhook)


def case_killed_sender(checks, payung, receiver):
    """Killed while it sends, and away while a list is decided: late, perhaps twice, never lost."""
    webhook = make(payung, receiver.url("/killed"), agreement=AGREEMENT)
    other = make(payung, receiver.url("/other"), OTHER_TOKEN)
    stop = threading.Event()

    def kill():
        while not stop.wait(0.4):
            payung.services["webhook"].kill()

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    payung.enrol(payung.write_list("killed.csv", payung.simulated("17.08", KILLED_ROWS, 15)), AGREEMENT)
    time.sleep(2)
    stop.set()
    killer.join()
    payung.wait_ready("webhook")
    wait_delivered(payung, webhook, KILLED_ROWS)
    payung.services["webhook"].pause()
    payung.enrol(payung.write_list("away.csv", payung.simulated("17.08", ROWS, 16)), AGREEMENT)
    wait_until(30, "while it is away they wait", lambda: deliveries(payung, webhook, "d.state = 'pending'") == ROWS)
    payung.services["webhook"].resume()
    wait_delivered(payung, webhook, KILLED_ROWS + ROWS)
    ids = receiver.ids("/killed")
    checks.equal("every outcome came", len(set(ids)), KILLED_ROWS + ROWS)
    checks.equal("a partner who is bound to another region is owed none of them", (deliveries(payung, other), receiver.take("/other")), (0, []))
    print(f"   {len(ids) - len(set(ids))} came twice; {payung.services['webhook'].starts} starts of the sender")
    remove(payung, webhook)


def case_private_addresses(checks, payung, receiver):
    """A name that leads to this machine is taken, as a name says nothing; the address is refused at the connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.2)
    webhook = make(payung, f"https://localhost:{listener.getsockname()[1]}/in")
    for name in ("webhook", "ingestion"):
        payung.services[name].pause()
        payung.services[name].environment["WEBHOOK_ALLOW_PRIVATE"] = "0"
        payung.services[name].resume()
        payung.wait_ready(name)
    payung.enrol(payung.write_list("private.csv", payung.simulated("17.08", 1, 17)), AGREEMENT)
    attempts = f"SELECT DISTINCT a.status, a.error FROM intake.webhook_attempt a JOIN intake.webhook_delivery USING (delivery_no) JOIN intake.webhook USING (webhook_no) WHERE webhook_id = '{webhook['webhook_id']}'"
    wait_until(20, "it is tried", lambda: payung.sql(attempts), pause=0.2)
    checks.equal("it is refused for its address", payung.sql(attempts), [["0", "the address of the host is not public"]])
    try:
        listener.accept()
        connected = True
    except TimeoutError:
        connected = False
    checks.equal("and nobody connected", connected, False)
    refused = [ask(payung, "POST", "/v1/webhooks", {"url": url})[1]["code"] for url in (receiver.url("/x"), "http://simpeg.example.com/", "https://10.0.0.1/", "https://localhost/", "https://[::1]/")]
    checks.equal("http:// and addresses are not taken at all", refused, ["BAD_WEBHOOK"] * 5)
    listener.close()


def main(source, build):
    checks = Checks()
    knobs = {"WEBHOOK_ALLOW_PRIVATE": "1", "WEBHOOK_RETRY_FIRST_MS": str(RETRY_FIRST_MS), "POLL_MS": "20"}
    with Installation(source, build, intake_knobs={"WEBHOOK_ALLOW_PRIVATE": "1"}, single_knobs={"webhook": knobs}) as payung:
        payung.start()
        payung.apply(payung.sample_agreement())
        payung.must("partner", "add", "lain", "--role", "enrol", "--region", "32.73", "--token-file", "-", input=OTHER_TOKEN)
        receiver = Receiver()
        for title, case in (("every outcome once", case_every_outcome_once), ("pages and other partners", case_pages), ("rotation", case_rotation), ("an endpoint that fails", case_failures),
                            ("the command", case_command), ("a sender that is killed", case_killed_sender),
                            ("lists and covers", case_lists_and_covers), ("addresses that are not public", case_private_addresses)):
            checks.case(title, case, checks, payung, receiver)
        code, answer = payung.cli("ledger", "verify")
        checks.expect(code == 0 and answer["ok"], "the ledger verifies", answer["problems"])
        checks.clean_end(payung)
        receiver.shutdown()
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
