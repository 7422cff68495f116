#!/usr/bin/env python3
"""The console on an installation of its own: what it shows is what the ledger has; each answer, also a refusal and to HEAD, carries the policy; an event is told within a second of its commit; nothing
of a person is shown; while PostgreSQL is away it says so. Then a browser walks through every page (tests/browser/console.mjs).
usage: console_test.py SOURCE BUILD"""
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time

from installation import TOPICS, Checks, Installation, wait_until

AGREEMENT = "kepahiang-2025"
ROWS, WRONG, POISON = 60, 5, 3
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
WITHIN_S = 1.0


def ask(payung, path, method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", payung.console_port, timeout=20)
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, body


def view(payung, path):
    status, _, body = ask(payung, path)
    if status != 200:
        raise ValueError(f"{path}: {status} {body[:200]}")
    return json.loads(body)


class Follower(threading.Thread):
    """The events of the overview, or of another stream, each with the moment when it came."""

    def __init__(self, payung, path="/api/events"):
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", payung.console_port, timeout=60)
        self.connection.request("GET", path)
        self.answer, self.got = self.connection.getresponse(), []
        self.start()

    def run(self):
        while True:
            try:
                line = self.answer.readline()
            except (OSError, AttributeError):  # the test closes it
                return
            if not line:
                return
            if line.startswith(b"data: "):
                self.got.append((time.time(), json.loads(line[6:])))


def case_policy(checks, payung):
    for method, path, status in (("GET", "/", 200), ("HEAD", "/", 200), ("GET", "/console.js", 200), ("HEAD", "/api/overview", 200), ("GET", "/nothing", 404), ("GET", "/api/nothing", 404), ("POST", "/", 405),
                                 ("GET", "/api/enrolments/x", 404), ("GET", "/api/enrolments/" + "0" * 32, 404), ("GET", "/a/b/c/d", 404)):
        seen, headers, _ = ask(payung, path, method)
        checks.equal(f"{method} {path}: {status} under the policy", (seen, headers["Content-Security-Policy"], headers["X-Content-Type-Options"], headers["Cache-Control"]), (status, POLICY, "nosniff", "no-store"))


def case_views(checks, payung):
    overview = view(payung, "/api/overview")
    budget = payung.sql("SELECT accepted, waitlisted, committed FROM ledger.budget WHERE agreement_no > 0")[0]
    checks.equal("the overview is the ledger's", [str(overview[name]) for name in ("accepted", "waitlisted", "committed")], budget)
    checks.equal("decisions, lists, the tightest budget", (overview["decided"], len(overview["batches"]), overview["tight"][0]["agreement_id"]), (ROWS + POISON, 0, AGREEMENT))
    batch = view(payung, "/api/batches")["rows"][0]
    checks.equal("a list with its rows", (batch["row_count"], batch["decided"], batch["agreement_id"]), (ROWS, ROWS, AGREEMENT))
    checks.equal("agreements, partners, the audit trail", (view(payung, "/api/agreements")["rows"][0]["accepted"], [row["partner"] for row in view(payung, "/api/partners")["rows"]],
                 len(view(payung, "/api/audit")["rows"]) > 0), (ROWS - WRONG, ["local"], True))
    page = view(payung, f"/api/enrolments/{payung.refused}")
    checks.equal("one application with its reasons", (page["attempts"][0]["status"], page["attempts"][0]["codes"][0]["code"]), ("rejected", "E01"))
    wait_until(30, "Kafka was looked at", lambda: ask(payung, "/api/lag")[0] == 200)
    checks.equal("lag of all groups", len(view(payung, "/api/lag")["rows"]), 18)
    wait_until(20, "dead letters are grouped", lambda: view(payung, "/api/letters")["total"] == POISON)
    payung.sql("INSERT INTO ledger.audit (actor, action, detail) SELECT 'uji', 'halaman', n::text FROM generate_series(1, 120) n")
    seen, mark = [], ""
    while mark is not None:
        part = view(payung, f"/api/audit?after={mark}")
        seen += [row["audit_no"] for row in part["rows"]]
        mark = part["next"]
    checks.equal("page by page each once, the newest first", (len(seen), seen == sorted(set(seen), reverse=True)), (payung.number("SELECT count(*) FROM ledger.audit"), True))
    words = [person[column] for person in payung.people for column in ("nik", "nama", "no_hp") if len(person.get(column) or "") > 5]
    text = "".join(ask(payung, path)[2].decode() for path in ("/api/overview", "/api/batches", "/api/agreements", "/api/audit", "/api/partners", "/api/letters", f"/api/enrolments/{payung.refused}"))
    checks.expect(not any(word in text for word in words), "no NIK, no name, no phone is in any of it", len(words))


def equation(page):
    """(what the outcomes give with what the positions leave over, the rows of the file)"""
    counts = page["counts"]
    return sum(counts[name] for name in ("accepted", "rejected", "duplicates", "waitlisted", "pending")) + page["rows"] - page["decided"], page["rows"]


def case_list(checks, payung):
    number = view(payung, "/api/batches")["rows"][0]["batch_id"]
    page = view(payung, f"/api/batches/{number}")
    checks.equal("the equation of a list, and no row is open", (equation(page), page["counts"]["accepted"], page["counts"]["rejected"], page["decided"]), ((ROWS, ROWS), ROWS - WRONG, WRONG, ROWS))
    _, told = payung.cli("batch", number)
    checks.equal("as payung batch counts it", [page["counts"][name] for name in ("accepted", "waitlisted", "rejected", "duplicates", "pending", "committed")],
                 [told[name] for name in ("accepted", "waitlisted", "rejected", "duplicates", "pending", "committed")])
    checks.equal("refusals by code", {row["code"]: row["rows"] for row in page["codes"]}, told["by_code"])
    checks.equal("the budget is enough for it", (page["money_ends_at_row"], page["budget"]["committed"]), (None, page["counts"]["committed"]))
    checks.equal("unknown lists, and what is no number", [ask(payung, f"/api/batches/{name}")[0] for name in ("b" + "0" * 32, "x", "%27")], [404, 404, 404])


def case_money_ends(checks, payung):
    """A list that the budget is not enough for, sent again in another order, and once more as another file: rows that repeat count once a place."""
    agreement = dict(payung.sample_agreement(), id="sempit-2025", pagu=201600 * 7)
    payung.apply(agreement)
    people = payung.simulated("17.08", 12, 23, "--errors", "E01=2")
    payung.enrol(payung.write_list("sempit.csv", people), "sempit-2025")
    payung.enrol(payung.write_list("sempit-lagi.csv", [*people[6:], *people[:6], *payung.simulated("17.08", 3, 24)]), "sempit-2025")
    wait_until(20, "both are decided", lambda: all(row["decided"] == row["row_count"] for row in view(payung, "/api/batches")["rows"]))
    newest, older = view(payung, "/api/batches")["rows"][:2]
    for row, rows in ((older, len(people)), (newest, len(people) + 3)):
        page = view(payung, f"/api/batches/{row['batch_id']}")
        _, told = payung.cli("batch", row["batch_id"])
        checks.equal(f"the equation of a list of {rows}", (equation(page), page["counts"]["all"], [page["counts"][name] for name in ("accepted", "waitlisted", "rejected", "pending", "committed")]),
                     ((rows, rows), rows, [told[name] for name in ("accepted", "waitlisted", "rejected", "pending", "committed")]))
    first = payung.number(f"SELECT min(row_number) FROM ledger.outcome WHERE batch_id = '{older['batch_id']}' AND status = 2")
    checks.equal("the row at which the money ends", (view(payung, f"/api/batches/{older['batch_id']}")["money_ends_at_row"], first > 7), (first, True))
    row = next(row for row in view(payung, "/api/agreements")["rows"] if row["agreement_id"] == "sempit-2025")
    checks.equal("which the agreement tells of its newest list", (row["list"], row["money_ends_at_row"] is not None), (newest["batch_id"], True))
    payung.broken = older["batch_id"]


def case_counters(checks, payung):
    wait_until(30, "everybody is told", lambda: payung.cli("notification", "report")[1]["total"]["queued"] == 0)
    _, told = payung.cli("notification", "report")
    page = view(payung, "/api/notifications")
    total = page["total"]
    checks.equal("messages as payung notification report counts them", (total["promised"], sum(one["sent"] for one in total["channels"]), sum(one["failed"] for one in total["channels"])),
                 (told["total"]["promised"], told["total"]["sent"], told["total"]["failed"]))
    by_agreement = {row["agreement"]: row for row in page["rows"]}
    checks.equal("and by agreement and channel", (by_agreement[AGREEMENT]["promised"], [(one["channel"], one["sent"]) for one in by_agreement[AGREEMENT]["channels"]]),
                 (payung.number(f"SELECT count(*) FROM ledger.outcome JOIN ledger.agreement USING (agreement_no) WHERE agreement_id = '{AGREEMENT}' AND message_due IS NOT NULL"),
                  [("maildir", payung.number(f"SELECT count(*) FROM notice.message WHERE agreement_id = '{AGREEMENT}' AND state = 'sent'"))]))
    payung.sql("INSERT INTO notice.message (event_id, application_id, attempt, agreement_id, template, channel, state, error, recipient, settled_at) SELECT decode(lpad(to_hex(n), 32, '0'), 'hex'),"
               f" decode(lpad(to_hex(n), 32, 'a'), 'hex'), 1, '{AGREEMENT}', 'ACCEPTED', 'sms', 'failed', 'no number', '081234****12', now() - (n / 7) * interval '1 second' FROM generate_series(1, 120) n")
    seen, mark = [], ""
    while mark is not None:
        part = view(payung, f"/api/failed?after={mark}")
        seen += [row["mark"] for row in part["rows"]]
        mark = part["next"]
    checks.equal("who could not be told, page by page, each once", (len(seen), len(set(seen))), (120, 120))
    body = ask(payung, "/api/failed")[2].decode()
    checks.expect("081234" not in body and "**" not in body, "without telephone numbers, masked or not", "")  # "0812" alone may stand in a time
    payung.sql("DELETE FROM notice.message WHERE channel = 'sms'")
    checks.equal("what is deleted is counted no more", payung.number("SELECT coalesce(sum(messages), 0) FROM notice.message_tally WHERE channel = 'sms'"), 0)
    payung.must("card", "print", "--agreement", AGREEMENT, "--output", payung.path("kartu.pdf"))
    _, report = payung.cli("card", "report", "--agreement", AGREEMENT)
    row = next(row for row in view(payung, "/api/cards")["rows"] if row["agreement"] == AGREEMENT)
    checks.equal("cards as payung card report counts them", [row[name] for name in ("requested", "printed", "handed_over")], [report[name] for name in ("requested", "printed", "handed_over")])
    villages, mark = [], ""
    while mark is not None:
        part = view(payung, f"/api/cards/{AGREEMENT}?after={mark}")
        villages += part["rows"]
        mark = part["next"]
    checks.equal("village by village", (len(villages), sum(one["printed"] for one in villages)), (len(report["villages"]), report["printed"]))
    checks.equal("an agreement that there is not", ask(payung, "/api/cards/nobody")[0], 404)
    code, verified = payung.cli("ledger", "verify")
    checks.equal("counted again, the counters are right", (code, verified.get("problems")), (0, []))


def case_within_a_second(checks, payung):
    follower = Follower(payung)
    wait_until(10, "the first event comes", lambda: follower.got)
    before = follower.got[-1][1]["decided"]
    payung.enrol(payung.write_list("lagi.csv", payung.simulated("17.08", 5, 99)), AGREEMENT)
    committed = float(payung.sql("SELECT extract(epoch FROM max(decided_at)) FROM ledger.outcome")[0][0])
    wait_until(10, "it is told", lambda: follower.got[-1][1]["decided"] == before + 5)
    came = next(moment for moment, event in follower.got if event["decided"] == before + 5)
    checks.expect(came - committed < WITHIN_S, "an event is told within a second of its commit", f"{came - committed:.2f} s")
    quiet = lambda: time.time() - follower.got[-1][0] > 3
    checks.expect(wait_until(20, "all of it is told", quiet) is not False and quiet(), "when nothing is new nobody is told anything", "")
    follower.connection.close()


def readers(payung):
    """(topics that were ever watched, those that are not any more), by the log: a reader each."""
    with open(payung.path("logs", "console.log"), encoding="utf-8") as log:
        text = log.read()
    return text.count('"a topic is watched"'), text.count('"a topic is not watched any more"')


def case_messages(checks, payung):
    """Records of a topic, decoded, while they come; one reader for all who watch, and none when nobody does."""
    topic = TOPICS[3]
    checks.equal("nobody watches", readers(payung), (0, 0))
    groups = len(view(payung, "/api/lag")["rows"])
    followers = [Follower(payung, f"/api/messages/{topic}") for _ in range(5)]
    wait_until(20, "the last ones come", lambda: all(follower.got for follower in followers))
    others = [Follower(payung, f"/api/messages/{topic}") for _ in range(3)]
    wait_until(20, "more viewers are told what the ring has", lambda: all(other.got for other in others))
    checks.equal("and share the one reader", readers(payung), (1, 0))
    seen = len(followers[0].got)
    payung.enrol(payung.write_list("tontonan.csv", payung.simulated("17.08", 4, 77)), AGREEMENT)
    wait_until(20, "what is new comes to all", lambda: all(len(follower.got) >= seen + 4 for follower in followers))
    records = [record for _, record in followers[0].got]
    newest = records[-1]
    tail = payung.run("tail", topic, "--decode", "--json", "--from", str(newest["offset"]), "--partition", str(newest["partition"]), "--count", "1").stdout
    checks.equal("a record is what payung tail tells", newest, json.loads(tail))
    checks.expect(all(isinstance(record["message"], dict) for record in records), "all of them are decoded", len(records))
    words = [person[column] for person in payung.people for column in ("nik", "nama", "no_hp") if len(person.get(column) or "") > 5]
    text = json.dumps(records)
    checks.expect(len(words) > 100 and not any(word in text for word in words), "and none of them opens a seal", len(words))
    wanted = newest["message"]["application_id"]
    narrow = Follower(payung, f"/api/messages/{topic}?find={wanted}")
    wait_until(20, "one application is found", lambda: narrow.got)
    other = Follower(payung, f"/api/messages/{topic}?find=agreement_id=nobody")
    time.sleep(1)
    checks.equal("by its number, and no other", ([record["message"]["application_id"] for _, record in narrow.got], len(other.got)), ([wanted], 0))
    checks.equal("what is no topic, or looks for nothing, is refused", [ask(payung, f"/api/messages/{path}")[0] for path in ("payung.nothing.v1", f"{topic}?find==x", f"{topic}?find={'x' * 200}")], [404, 400, 400])
    checks.equal("nobody joined a group", len(view(payung, "/api/lag")["rows"]), groups)
    letters = Follower(payung, f"/api/messages/{TOPICS[0]}.dlq")
    wait_until(20, "dead letters can be watched", lambda: letters.got)
    for follower in [*followers, *others, narrow, other, letters]:
        follower.connection.sock.shutdown(socket.SHUT_RDWR)
    checks.equal("each topic has one", readers(payung), (2, 0))
    wait_until(60, "when all have left, the readers end", lambda: readers(payung) == (2, 2))


def case_browser(checks, payung, build):
    modules = os.path.join(os.environ["PAYUNG_DEPS_DIR"], "node_modules")
    folder = os.path.join(build, "screenshots")
    os.makedirs(folder, exist_ok=True)
    script = os.path.join(payung.source, "tests/browser/console.mjs")
    good = payung.sql(f"SELECT batch_id FROM intake.batch WHERE batch_id <> '{payung.broken}' ORDER BY batch_no LIMIT 1")[0][0]
    payung.sql(f"UPDATE ledger.batch_tally SET rows = rows - 1 WHERE batch_id = '{payung.broken}' AND status = 1")
    done = subprocess.run(["node", script, f"http://127.0.0.1:{payung.console_port}", payung.refused, folder, modules, good, payung.broken, AGREEMENT], capture_output=True, text=True, timeout=300, check=False)
    payung.sql(f"UPDATE ledger.batch_tally SET rows = rows + 1 WHERE batch_id = '{payung.broken}' AND status = 1")
    print(done.stdout[-30000:], done.stderr[-3000:], flush=True)
    pages = int(re.search(r"^pages: (\d+)$", done.stdout, re.M).group(1))
    checks.expect(done.returncode == 0 and "FAILED" not in done.stdout and pages >= 14 and done.stdout.count("ok: axe") == 4 * pages + 1, "the browser finds nothing wrong", f"exit {done.returncode}, {pages} pages")


def main(source, build):
    checks = Checks()
    with open(os.path.join(source, "services/console/page/words.id.json"), encoding="utf-8") as one, open(os.path.join(source, "services/console/page/words.en.json"), encoding="utf-8") as two:
        checks.equal("both languages have the same words", sorted(json.load(one)), sorted(json.load(two)))
    with Installation(source, build) as payung:
        payung.start()
        payung.apply(payung.sample_agreement())
        payung.people = payung.simulated("17.08", ROWS - WRONG, 11, "--errors", f"E01={WRONG}")
        payung.enrol(payung.write_list("orang.csv", payung.people), AGREEMENT)
        payung.refused = payung.sql("SELECT encode(application_id, 'hex') FROM ledger.outcome WHERE status = 3 LIMIT 1")[0][0]
        wait_until(20, "the list is told", lambda: not view(payung, "/api/overview")["batches"])
        subprocess.run(["kcat", "-P", "-b", payung.settings["BROKERS"], "-t", "payung.enrolment.submitted.v1", "-p", "0"], input="racun\n" * POISON, text=True, check=True, timeout=60)
        wait_until(20, "the foreign records are parked", lambda: view(payung, "/api/overview")["decided"] == ROWS + POISON)
        checks.case("the policy", case_policy, checks, payung)
        checks.case("what it shows", case_views, checks, payung)
        checks.case("one list", case_list, checks, payung)
        checks.case("the money ends", case_money_ends, checks, payung)
        checks.case("messages and cards", case_counters, checks, payung)
        checks.case("messages of a topic", case_messages, checks, payung)
        checks.case("within a second", case_within_a_second, checks, payung)
        checks.case("a browser", case_browser, checks, payung, build)
        checks.clean_end(payung)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
