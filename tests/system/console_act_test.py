#!/usr/bin/env python3
"""What can be done in the console, and by whom: signing in and out, the three roles, requests that come from elsewhere; dead letters replayed, edited and discarded, services paused, lists let in and taken
back, proposals decided by a second person, webhooks sent anew, a person shown for a reason. Each action is done by the same rows as on the command line and stands in the audit under who did it. Then a
browser does the same by its dialogues (tests/browser/actions.mjs).
usage: console_act_test.py SOURCE BUILD"""
import http.client
import json
import os
import subprocess
import sys
import time

from documents import agreement
from installation import Checks, Installation, wait_until

AGREEMENT, TWO_PERSONS, PASSWORD, WHY = "kepahiang-2025", "berdua", "sandi-uji-yang-panjang", "uji konsol"
ROWS, WRONG, LETTERS, UNREADABLE = 12, 3, 6, 4
ROLES = {"ani": ["operator"], "budi": ["approver"], "cici": ["viewer"], "dodi": ["operator", "approver"]}


class Browser:
    """Who keeps a cookie."""

    def __init__(self, payung, name=None):
        self.payung, self.cookie, self.name = payung, None, name
        if name:
            wait_until(10, f"{name} is let in (not too many at once)", lambda: self.sign_in(name)[0] == 200)

    def ask(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.payung.console_port, timeout=30)
        sent = {"Cookie": self.cookie} if self.cookie else {}
        text = None
        if method == "POST":
            text, sent = json.dumps(body), dict(sent, **{"Content-Type": "application/json"})
        connection.request(method, path, body=text, headers=dict(sent, **{name.replace("_", "-"): value for name, value in headers.items()}))
        answer = connection.getresponse()
        self.last, data = answer, answer.read()
        connection.close()
        return answer.status, json.loads(data)

    def sign_in(self, name, password=PASSWORD):
        status, told = self.ask("POST", "/api/session", {"operator": name, "password": password})
        if status == 200:
            self.cookie = self.last.headers["Set-Cookie"].split(";")[0]
        return status, told

    def act(self, path, because=WHY, **members):
        return self.ask("POST", path, dict(members, because=because))


def audit(payung, action):
    """(actor, detail) of each, in order."""
    return payung.sql(f"SELECT actor, detail FROM ledger.audit WHERE action = '{action}' ORDER BY audit_no")


# ---- who ----

def case_accounts(checks, payung):
    for name, roles in ROLES.items():
        payung.must("operator", "add", name, *(word for role in roles for word in ("--role", role)), "--password-file", "-", input=PASSWORD + "\n")
    code, made = payung.cli("operator", "add", "eka")
    checks.expect(code == 0 and len(made["password"]) == 32, "without a password one is made", code)
    code, shown = payung.cli("operator", "list")
    checks.equal("accounts with their roles", {row["operator"]: row["roles"] for row in shown["operators"]}, dict(ROLES, eka=["viewer"]))
    kept = payung.sql("SELECT password_hash FROM ops.operator WHERE operator = 'ani'")[0][0]
    checks.expect(kept.startswith("$argon2id$") and PASSWORD not in kept, "only a hash of a password is kept")
    for arguments, wanted in ((("add", "Ani"), 2), (("add", "eka", "--role", "boss"), 2), (("set", "eka"), 2), (("list", "eka"), 2), (("set", "fani", "--role", "viewer"), 1), (("close", "fani"), 1)):
        checks.equal("payung operator " + " ".join(arguments), payung.run("operator", *arguments).returncode, wanted)
    done = payung.run("operator", "set", "eka", "--password-file", "-", input="pendek\n")
    checks.expect(done.returncode == 1 and "12" in done.stderr, "a short password is refused, with what is wanted", done.stderr)
    checks.equal("each in the audit", [row[1] for row in audit(payung, "OPERATOR add")], ["ani operator", "budi approver", "cici viewer", "dodi operator,approver", "eka viewer"])


def case_sign_in(checks, payung):
    nobody = Browser(payung)
    checks.equal("nobody is signed in", nobody.ask("GET", "/api/session"), (200, {"operator": None, "roles": [], "guests": True}))
    for name, password in (("ani", "salah-salah-salah"), ("tidak-ada", PASSWORD), ("ANI'--", PASSWORD), ("ani", "")):
        checks.equal(f"wrong: {name}", nobody.sign_in(name, password), (401, {"error": "SIGN_IN_WRONG"}))
        time.sleep(0.6)
    ani = Browser(payung, "ani")
    flags = ani.last.headers["Set-Cookie"]
    checks.expect("HttpOnly" in flags and "SameSite=Strict" in flags and "Path=/" in flags, "the cookie is the browser's alone", flags.split(";", 1)[1])
    checks.equal("she is signed in", ani.ask("GET", "/api/session"), (200, {"operator": "ani", "roles": ["operator"], "guests": True}))
    checks.equal("of her token a hash is kept", payung.number("SELECT count(*) FROM ops.session WHERE operator = 'ani' AND octet_length(session_sha256) = 32"), 1)
    thief = Browser(payung)
    thief.cookie = "payung_session=" + "A" * 43
    checks.equal("another token is nobody's", thief.ask("GET", "/api/session")[1]["operator"], None)
    for _ in range(5):
        time.sleep(0.6)
        status, told = nobody.sign_in("cici", "salah-salah-salah")
    status, told = nobody.sign_in("cici")
    checks.expect(status == 429 and told["error"] == "SIGN_IN_LATER" and 0 < told["seconds"] <= 10, "after five wrong ones the right one has to wait", (status, told))
    payung.sql("UPDATE ops.operator SET not_before = now() WHERE operator = 'cici'")
    time.sleep(1)
    checks.equal("then it is let in", Browser(payung).sign_in("cici")[0], 200)
    late = Browser(payung, "ani")
    payung.sql("UPDATE ops.session SET used_at = now() - interval '31 minutes'")
    checks.equal("who did nothing for half an hour is out", late.ask("GET", "/api/session")[1]["operator"], None)
    leaving = Browser(payung, "ani")
    checks.equal("signing out", (leaving.ask("DELETE", "/api/session")[0], leaving.ask("GET", "/api/session")[1]["operator"]), (200, None))
    closed = Browser(payung, "dodi")
    payung.must("operator", "close", "dodi")
    checks.equal("who is closed is out at once, and can't come back", (closed.ask("GET", "/api/session")[1]["operator"], Browser(payung).sign_in("dodi")[0]), (None, 401))
    payung.must("operator", "add", "dodi", "--role", "operator", "--role", "approver", "--password-file", "-", input=PASSWORD)
    checks.equal("sign-ins are in the audit", {row[0] for row in audit(payung, "CONSOLE sign-in")}, {"operator:ani", "operator:cici", "operator:dodi"})
    checks.equal("wrong ones of who exists, too", {row[0] for row in audit(payung, "CONSOLE sign-in refused")}, {"operator:ani", "operator:cici"})


def case_foreign(checks, payung):
    ani, nobody, cici = Browser(payung, "ani"), Browser(payung), Browser(payung, "cici")
    pause = {"target": "premium", "paused": True, "because": WHY}
    host = f"127.0.0.1:{payung.console_port}"
    for who, headers, wanted in ((nobody, {}, (401, "SIGN_IN")), (cici, {}, (403, "ROLE_MISSING")), (ani, {"Origin": "http://jahat.example"}, (403, "OTHER_ORIGIN")), (ani, {"Origin": "null"}, (403, "OTHER_ORIGIN")),
                                 (ani, {"Sec_Fetch_Site": "cross-site"}, (403, "OTHER_ORIGIN")), (ani, {"Content_Type": "text/plain"}, (415, "NOT_JSON"))):
        status, told = who.ask("POST", "/api/pauses", pause, **headers)
        checks.equal(f"refused: {wanted[1]} {headers}", (status, told["error"]), wanted)
    for body, wanted in ((dict(pause, maksud="x"), "BAD_BODY"), (dict(pause, target=7), "BAD_BODY"), ([pause], "BAD_BODY"), (dict(pause, because=""), "REASON_MISSING"), (dict(pause, because="NIK 1708041211879901"), "REASON_MISSING")):
        status, told = ani.ask("POST", "/api/pauses", body)
        checks.equal(f"refused: {wanted}", (status, told["error"]), (400, wanted))
    checks.equal("nothing was done", payung.number("SELECT count(*) FROM ledger.pause"), 0)
    checks.equal("an unknown service", ani.ask("POST", "/api/pauses", dict(pause, target="langit"))[0], 404)
    status, told = ani.ask("POST", "/api/pauses", pause, Origin=f"http://{host}", Sec_Fetch_Site="same-origin")
    checks.equal("from here it is done", (status, [row["target"] for row in told["rows"]]), (200, ["premium"]))
    status, told = ani.ask("POST", "/api/pauses", dict(pause, paused=False))
    checks.equal("and undone", (status, told["rows"], told["targets"][-2:]), (200, [], ["realtime", "bulk"]))
    checks.equal("both in the audit", (audit(payung, "PAUSE"), audit(payung, "RESUME")), ([["operator:ani", f"premium {WHY}"]], [["operator:ani", f"premium {WHY}"]]))


# ---- dead letters ----

def case_letters(checks, payung):
    ani = Browser(payung, "ani")
    path = "/api/letters"
    status, told = ani.ask("POST", f"{path}/replay", {"reason": "X02"})
    checks.equal("what a replay would do", (status, told["dry_run"], told["matching"], told["done"]), (200, True, LETTERS, LETTERS))
    checks.equal("counting does nothing", payung.number("SELECT count(*) FROM ops.dead_letter WHERE state <> 'OPEN'"), 0)
    checks.equal("without a reason nothing is done", ani.ask("POST", f"{path}/replay", {"reason": "X02", "really": True})[1]["error"], "REASON_MISSING")
    for choice in ({}, {"all": True, "reason": "X02"}, {"letters": ["langit:1"]}, {"topic": "langit"}):
        checks.equal(f"no choice: {choice}", ani.ask("POST", f"{path}/replay", choice)[1]["error"], "BAD_CHOICE")
    status, shown = ani.ask("GET", f"{path}/priced:2")
    guest = Browser(payung).ask("GET", f"{path}/priced:2")[1]
    checks.expect(shown["document"]["agreement"] == guest["content"]["agreement"] == "surat-2025" and guest["document"] is None, "what can be edited is shown to who may edit", (shown, guest))
    status, told = ani.act(f"{path}/priced:2/edit", document=dict(shown["document"], months=6))
    checks.equal("an edit is kept", (status, told), (200, {"edited": True}))
    checks.equal("beside the letter", ani.ask("GET", f"{path}/priced:2")[1]["edit"]["content"]["months"], 6)
    status, told = ani.act(f"{path}/priced:2/edit", document=dict(shown["document"], person_token="00" * 15 + "01"))
    checks.equal("another person is refused, with the remedy", (status, told["error"], bool(told["remedy"])), (409, "OTHER_PERSON", True))
    status, told = ani.act(f"{path}/replay", letters=["priced:1", "priced:2"], really=True)
    checks.equal("two are replayed", (status, told["done"], told["left"]), (200, 2, 0))
    wait_until(30, "they are decided", lambda: payung.number("SELECT count(*) FROM ledger.outcome WHERE status = 1 AND attempt = 2") == 2)
    checks.equal("one of them for six months", payung.number("SELECT count(*) FROM ledger.outcome WHERE attempt = 2 AND months = 6"), 1)
    status, told = ani.act(f"{path}/replay", letters=["priced:1"], really=True)
    checks.equal("once", (told["done"], told["already"]), (0, 1))
    status, told = ani.act(f"{path}/discard", reason="unreadable", really=True)
    checks.equal("a reason is discarded", (status, told["done"]), (200, UNREADABLE))
    checks.equal("the page knows", {(row["kind"], row["open"]) for row in ani.ask("GET", path)[1]["groups"]}, {("refused", LETTERS - 2), ("unreadable", 0)})
    checks.equal("each in the audit", {name: len(audit(payung, name)) for name in ("DLQ edit", "DLQ replay", "DLQ discard")}, {"DLQ edit": 1, "DLQ replay": 2, "DLQ discard": UNREADABLE})
    checks.equal("under her name", payung.sql("SELECT DISTINCT actor FROM ledger.audit WHERE action LIKE 'DLQ%'"), [["operator:ani"]])


# ---- lists ----

def upload(payung, agreement_id, seed, count=3):
    text = open(payung.write_list(f"daftar-{seed}.csv", payung.simulated("17.08", count, seed)), "rb").read()
    status, _, body = payung.request("POST", f"/v1/batches?agreement={agreement_id}&hold=true", text, {"Content-Type": "text/csv", "Authorization": "Bearer token-0123456789-pengirim"})
    assert status == 201, body
    number = json.loads(body)["batch"]
    payung.wait_sql(30, "the dry run is over", f"(SELECT state FROM intake.batch WHERE batch_id = '{number}') = 2")
    return number


def state_of(payung, number):
    return payung.number(f"SELECT state FROM intake.batch WHERE batch_id = '{number}'")


def case_lists(checks, payung):
    ani, budi = Browser(payung, "ani"), Browser(payung, "budi")
    one, two, three = upload(payung, AGREEMENT, 71), upload(payung, TWO_PERSONS, 72), upload(payung, AGREEMENT, 73)
    for who, number, verb, wanted in ((budi, one, "enrol", (403, "ROLE_MISSING")), (ani, two, "enrol", (409, "APPROVAL_NEEDED")), (ani, two, "approve", (403, "ROLE_MISSING")), (budi, one, "reverse", (409, "BATCH_BUSY")),
                                      (ani, one, "makan", (404, "NOT_FOUND")), (ani, "b" + "0" * 32, "enrol", (404, "NOT_FOUND"))):
        status, told = who.act(f"/api/batches/{number}/{verb}")
        checks.equal(f"{who.name} can't {verb}", (status, told["error"]), wanted)
    checks.equal("one who sees it lets a list in", ani.act(f"/api/batches/{one}/enrol"), (200, {"done": True}))
    checks.equal("a second person where that is asked", budi.act(f"/api/batches/{two}/approve"), (200, {"done": True}))
    checks.equal("one is called off", ani.act(f"/api/batches/{three}/cancel"), (200, {"done": True}))
    checks.equal("once", ani.act(f"/api/batches/{three}/cancel")[1]["error"], "DECIDED_ALREADY")
    for number in (one, two):
        payung.wait_sql(30, "intake sends it", f"(SELECT count(*) FROM ledger.outcome WHERE batch_id = '{number}') = 3")
    checks.equal("who called off enrolled nobody", (state_of(payung, three), payung.number(f"SELECT count(*) FROM ledger.outcome WHERE batch_id = '{three}'")), (5, 0))
    wait_until(20, "its rows are counted as decided", lambda: budi.act(f"/api/batches/{one}/reverse")[0] == 200)
    payung.wait_sql(30, "it is taken back", f"(SELECT state FROM intake.batch WHERE batch_id = '{one}') = 7")
    rows = payung.sql("SELECT actor, action FROM ledger.audit WHERE action LIKE 'BATCH %' ORDER BY audit_no")
    checks.equal("in the audit", rows, [["operator:ani", "BATCH enrol"], ["operator:budi", "BATCH approve"], ["operator:ani", "BATCH cancel"], ["operator:budi", "BATCH reverse"]])
    checks.equal("who released it stands with the list", payung.sql(f"SELECT released_by, ended_by FROM intake.batch WHERE batch_id = '{one}'"), [["operator:ani", "operator:budi"]])


def propose(payung, login, **changes):
    path = payung.write("usulan.json", json.dumps(payung.sample_agreement(**changes)))
    done = subprocess.run([os.path.join(payung.build, "bin/payung"), "agreement", "propose", path, "--as", "pembuat", "--json"], env=dict(payung.environment, USER=login), capture_output=True, text=True, check=False)
    return json.loads(done.stdout)["proposal_id"]


def case_proposals(checks, payung):
    ani, budi, dodi = (Browser(payung, name) for name in ("ani", "budi", "dodi"))
    number = propose(payung, "dodi", id="usulan-satu", payer={"kind": "PEMKAB", "region": "17.08", "funds": "APBD", "name": "Dinas Satu"})
    listed = Browser(payung).ask("GET", "/api/proposals")[1]["rows"]
    checks.equal("it waits", [(row["proposal_id"], row["agreement_id"], row["state"]) for row in listed], [(number, "usulan-satu", "submitted")])
    shown = Browser(payung).ask("GET", f"/api/proposals/{number}")[1]
    checks.equal("with its document", (shown["document"]["id"], shown["made_by"], shown["problems"]), ("usulan-satu", "partner:pembuat", []))
    checks.equal("who may not approve", ani.act(f"/api/proposals/{number}/approve")[1]["error"], "ROLE_MISSING")
    checks.equal("who made it can't approve it", dodi.act(f"/api/proposals/{number}/approve"), (409, {"error": "TWO_PERSONS"}))
    checks.equal("nor refuse it", dodi.act(f"/api/proposals/{number}/refuse"), (409, {"error": "TWO_PERSONS"}))
    status, told = budi.act(f"/api/proposals/{number}/approve")
    checks.equal("another one can", (status, told["state"], told["checked_by"], told["note"]), (200, "approved", "operator:budi", WHY))
    checks.equal("then it is in force", payung.number("SELECT count(*) FROM ledger.agreement WHERE agreement_id = 'usulan-satu' AND state = 'IN_FORCE'"), 1)
    other = propose(payung, "dodi", id="usulan-dua", payer={"kind": "PEMKAB", "region": "17.08", "funds": "APBD", "name": "Dinas Dua"})
    checks.equal("or refuse", budi.act(f"/api/proposals/{other}/refuse")[1]["state"], "refused")
    checks.equal("that is the end of it", budi.act(f"/api/proposals/{other}/approve")[1]["error"], "DECIDED_ALREADY")
    checks.equal("there is no such proposal", budi.act(f"/api/proposals/p{'0' * 32}/approve")[0], 404)


def case_webhooks(checks, payung):
    ani = Browser(payung, "ani")
    payung.sql("INSERT INTO intake.webhook (webhook_id, partner_id, url, events, secret, secret_key_id, state) SELECT 'w' || repeat(n::text, 32), 'pengirim', 'https://127.0.0.1:9/' || n, '{enrolment.decided}', 'x', 'y',"
               " CASE n WHEN 1 THEN 'active' ELSE 'disabled' END FROM generate_series(1, 2) n")
    payung.sql("INSERT INTO intake.webhook_delivery (webhook_no, event_id, event_type, body, state, attempts, step, next_attempt_at) SELECT webhook_no, decode(md5(webhook_id), 'hex'), 'enrolment.decided', '{}', 'failed', 9, 9,"
               " now() + interval '1 day' FROM intake.webhook")
    rows = ani.ask("GET", "/api/deliveries")[1]["rows"]
    numbers = {row["endpoint"]: row["delivery_no"] for row in rows}
    checks.equal("what was given up is listed", (len(rows), sorted(numbers), rows[0]["attempts"]), (2, ["active", "disabled"], 9))
    checks.equal("it is sent anew", ani.act(f"/api/deliveries/{numbers['active']}/resend"), (200, {"done": True}))
    checks.equal("not to who is closed", ani.act(f"/api/deliveries/{numbers['disabled']}/resend")[1]["error"], "ENDPOINT_CLOSED")
    checks.equal("with its line", [row[0] for row in audit(payung, "WEBHOOK resend")], ["operator:ani"])
    payung.sql("UPDATE intake.webhook_delivery SET state = 'failed', next_attempt_at = now() + interval '1 day'; UPDATE intake.webhook SET not_before = now() + interval '1 day'")  # the browser finds them


# ---- a person ----

def case_person(checks, payung):
    ani, budi = Browser(payung, "ani"), Browser(payung, "budi")
    by_row = {str(number): person for number, person in enumerate(payung.people, 1)}
    for status, words in ((1, "who is enrolled"), (3, "who was refused, and stands in the topic only")):
        enrolment, row = payung.sql(f"SELECT encode(application_id, 'hex'), row_number FROM ledger.outcome WHERE status = {status} AND attempt = 1 AND batch_id = '{payung.batch}' ORDER BY row_number LIMIT 1")[0]
        path = f"/api/enrolments/{enrolment}/person"
        checks.equal("only by who may", budi.act(path)[1]["error"], "ROLE_MISSING")
        checks.equal("and says why", ani.ask("POST", path, {})[1]["error"], "REASON_MISSING")
        code, told = ani.act(path, because="keluarga bertanya")
        person = by_row[row]
        checks.equal(words, (code, told.get("nik") == person["nik"], told.get("name") == person["nama"].upper() or told.get("name") == person["nama"]), (200, True, True))
        checks.equal("noted", audit(payung, "PERSON look")[-1], ["operator:ani", f"enrolment {enrolment}: keluarga bertanya"])
    payung.sql("UPDATE ledger.registry SET record = ''")
    checks.equal("who was forgotten is not shown", [ani.act(f"/api/enrolments/{row[0]}/person")[1]["error"] for row in payung.sql("SELECT encode(application_id, 'hex') FROM ledger.enrolment LIMIT 1")], ["PERSON_GONE"])
    checks.equal("nobody has such a number", ani.act(f"/api/enrolments/{'1' * 32}/person")[0], 404)
    with open(payung.path("logs", "console.log"), encoding="utf-8") as log:
        text = log.read()
    checks.expect(not any(person[name] in text for person in payung.people for name in ("nik", "nama") if len(person[name]) > 5), "nothing of a person is in the log")


def case_no_guests(checks, payung):
    payung.services["console"].environment["CONSOLE_GUESTS"] = "0"
    payung.services["console"].kill()
    wait_until(30, "the console is there again", lambda: payung.get("console", "/readyz")[0] == 200)
    cici, nobody = Browser(payung, "cici"), Browser(payung)
    for path in ("/api/overview", "/api/batches", "/api/lag", "/api/letters", "/api/proposals", f"/api/enrolments/{'1' * 32}", "/api/pauses", "/api/events"):
        checks.equal(f"without guests {path} is not for nobody", nobody.ask("GET", path), (401, {"error": "SIGN_IN"}))
    checks.equal("a viewer looks", (cici.ask("GET", "/api/overview")[0], cici.ask("GET", "/api/audit")[0]), (200, 200))
    payung.services["console"].environment["CONSOLE_GUESTS"] = "1"
    payung.services["console"].kill()
    wait_until(30, "the console is there again", lambda: payung.get("console", "/readyz")[0] == 200)


def case_browser(checks, payung, build):
    payung.held, payung.approved = upload(payung, AGREEMENT, 81), upload(payung, TWO_PERSONS, 82)
    payung.proposal = propose(payung, "pembuat", id="usulan-tiga", payer={"kind": "PEMKAB", "region": "17.08", "funds": "APBD", "name": "Dinas Tiga"})
    enrolled = payung.sql(f"SELECT encode(application_id, 'hex') FROM ledger.outcome WHERE status = 3 AND batch_id = '{payung.batch}' LIMIT 1")[0][0]
    before = payung.number("SELECT count(*) FROM ledger.audit")
    script = os.path.join(payung.source, "tests/browser/actions.mjs")
    modules = os.path.join(os.environ["PAYUNG_DEPS_DIR"], "node_modules")
    folder = os.path.join(build, "screenshots")
    os.makedirs(folder, exist_ok=True)
    settings = json.dumps({"url": f"http://127.0.0.1:{payung.console_port}", "password": PASSWORD, "held": payung.held, "approved": payung.approved, "proposal": payung.proposal, "enrolment": enrolled})
    done = subprocess.run(["node", script, settings, folder, modules], capture_output=True, text=True, timeout=240, check=False)
    print(done.stdout[-30000:], done.stderr[-3000:], flush=True)
    checks.expect(done.returncode == 0 and "FAILED" not in done.stdout and done.stdout.count("ok: axe") > 60, "the browser does it all", f"exit {done.returncode}")
    seen = {row[0] for row in payung.sql(f"SELECT DISTINCT action FROM ledger.audit WHERE actor IN ('operator:ani', 'operator:budi') ORDER BY 1 OFFSET 0")}
    checks.expect({"BATCH enrol", "BATCH approve", "PROPOSAL approved", "DLQ replay", "DLQ discard", "PAUSE", "RESUME", "PERSON look"} <= seen, "each action is in the audit", (before, sorted(seen)))
    checks.equal("what the browser let in is let in", (state_of(payung, payung.held), state_of(payung, payung.approved)), (4, 4))


def poison(checks, payung):
    number = payung.number(f"SELECT agreement_no FROM ledger.agreement WHERE agreement_id = 'surat-2025'")
    payung.sql(f"ALTER TABLE ledger.outcome ADD CONSTRAINT refuse_them CHECK (agreement_no <> {number} OR batch_id = '') NOT VALID")
    payung.enrol(payung.write_list("surat.csv", payung.simulated("17.08", LETTERS, 5)), "surat-2025")
    for value in range(UNREADABLE):
        payung.produce("payung.enrolment.submitted.v1", 0, b"\xff\xfe racun %d" % value)
    wait_until(60, "all letters are written", lambda: payung.end("payung.enrolment.submitted.v1.dlq", 0) >= UNREADABLE and payung.end("payung.enrolment.priced.v1.dlq", 0) >= LETTERS)
    payung.sql("ALTER TABLE ledger.outcome DROP CONSTRAINT refuse_them")


def main(source, build):
    checks = Checks()
    with Installation(source, build) as payung:
        payung.start()
        for name, role in (("pengirim", "enrol"), ("pembuat", "maker")):
            payung.must("partner", "add", name, "--role", role, "--token-file", "-", input=f"token-0123456789-{name}")
        payung.apply(payung.sample_agreement())
        payung.apply(payung.sample_agreement(id=TWO_PERSONS, pagu=100_000_000, options={"batch_approval": True}, payer={"kind": "PEMKAB", "region": "17.08", "funds": "APBD", "name": "Dinas Berdua"}))
        payung.apply(agreement("surat-2025"))
        payung.people = payung.simulated("17.08", ROWS, 11, "--errors", f"E10={WRONG}")
        payung.batch = payung.enrol(payung.write_list("orang.csv", payung.people), AGREEMENT)[1]["batch"]
        poison(checks, payung)
        checks.case("accounts", case_accounts, checks, payung)
        checks.case("signing in", case_sign_in, checks, payung)
        checks.case("requests from elsewhere, and roles", case_foreign, checks, payung)
        checks.case("dead letters", case_letters, checks, payung)
        checks.case("lists", case_lists, checks, payung)
        checks.case("proposals", case_proposals, checks, payung)
        checks.case("webhooks", case_webhooks, checks, payung)
        checks.case("a browser", case_browser, checks, payung, build)
        checks.case("a person", case_person, checks, payung)
        checks.case("no guests", case_no_guests, checks, payung)
        checks.clean_end(payung)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
