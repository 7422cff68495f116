#!/usr/bin/env python3
"""Messages through real providers on an installation of its own: SMS by Kannel to an SMPP server with reports of delivery, mail by two SMTP servers, and a provider that lies, fails and
hangs. Whatever falls, promised = queued + sent + failed + stale, nothing is lost, and what may have come twice is counted. No identity number reaches a provider's log.
usage: sender_test.py SOURCE BUILD"""
import base64
import collections
import hashlib
import hmac
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from installation import Checks, Failure, Installation, free_ports, wait_until
from providers import WINDOW, Providers
from receiver import Receiver

AGREEMENT = "kepahiang-2025"
STEPS = ("asked:4", "booked:4", "begun:2", "answered:2")  # where payung-sender may fall: PostgreSQL was asked, it has answered, letters are with the provider, an answer of his came
DOUBTS = "SELECT count(*) FROM notice.attempt WHERE result = 'in doubt'"
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
ROWS, KILLED_ROWS, LIAR_ROWS, STEP_ROWS = 60, 300, 40, 60
NO_NIGHT = {"NOTICE_QUIET_FROM": "0", "NOTICE_QUIET_TO": "0"}
NIKS = []  # of everybody that was enrolled


class Gateway(Receiver):
    """Stands in for the WhatsApp Cloud API, for RapidPro and for a gateway of the operator's own: takes what comes, one of ten only at the second time."""
    status, text = 200, b'{"messages":[{"id":"wamid.1"}]}'

    def __init__(self):
        self.seen = collections.Counter()
        super().__init__()

    def answer(self, path, headers, body):
        self.seen[body] += 1
        if hash(body) % 10 == 0 and self.seen[body] == 1 and path == "/gerbang":
            return 503
        return super().answer(path, headers, body)


class Liar(http.server.ThreadingHTTPServer):
    """A provider of SMS that answers what it is told to: a status, "hang", "lie" (a yes that is not Kannel's), or "reports": takes it, then reports twice, in the wrong order, and something forged."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Lie)
        self.lock, self.got, self.mode, self.answers = threading.Lock(), [], "500", []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Lie(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        url = self.headers["X-Kannel-DLR-Url"]
        event = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["event"][0]
        with self.server.lock:
            self.server.got.append((event, self.path))
            mode = self.server.mode
        if mode == "hang":
            time.sleep(8)
        status, text = int(mode) if mode.isdigit() else 200 if mode == "lie" else 202, b"<html>Selamat datang</html>" if mode == "lie" else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
        self.wfile.flush()
        if mode == "reports":
            threading.Thread(target=self.report, args=(url,), daemon=True).start()

    def report(self, url):
        forged = re.sub(r"key=[0-9a-f]{8}", "key=00000000", url)
        for address, code in ((url, 1), (url, 1), (url, 8), (url, 2), (url, 1), (forged, 2), (url.replace("attempt=", "attempt=x"), 1)):
            try:
                with urllib.request.urlopen(address.replace("%d", str(code)), timeout=10) as answer:
                    self.server.answers.append(answer.status)
            except urllib.error.HTTPError as error:
                self.server.answers.append(error.code)
            except OSError:
                self.server.answers.append(0)

    def log_message(self, *_):
        pass


def report(payung):
    code, answer = payung.cli("notification", "report")
    return code, answer


def total(payung):
    code, answer = report(payung)
    counts = answer["total"]
    assert code == 0, answer
    assert counts["promised"] == counts["queued"] + counts["sent"] + counts["failed"] + counts["stale"] and counts["delivered"] <= counts["sent"], counts
    return counts


def settled(payung, seconds=60):
    """The totals once nothing is queued and each message is beyond its last report."""
    payung.wait_sql(seconds, "nothing is queued", "NOT EXISTS (SELECT FROM notice.message WHERE state = 'queued') AND (SELECT count(*) FROM notice.message) = "
                    "(SELECT count(*) FROM ledger.outcome WHERE message_due IS NOT NULL AND NOT repeat)")
    return total(payung)


def restart(payung, **knobs):
    payung.services["sender"].pause()
    payung.services["sender"].environment.update(knobs)
    payung.services["sender"].resume()
    payung.wait_ready("sender")


def hand_in(payung, path):
    """A list, without waiting for what is decided. Intake may just have lost PostgreSQL: it refuses then, and the list is handed in again."""
    answers = []

    def is_taken():
        done = payung.run("enrol", path, "--agreement", AGREEMENT)
        answers.append(done.stderr[-300:])
        return done.returncode == 0
    try:
        wait_until(30, "the list is taken", is_taken, pause=0.5)
    except Failure as failure:
        raise Failure(f"{failure}: {answers[-1]}") from failure


def people(payung, count, seed, unreachable=0):
    rows = payung.simulated("17.08", count, seed)
    NIKS.extend(row["nik"] for row in rows)
    for place, row in enumerate(rows):
        row["no_hp"] = f"0812{seed:03}{place:05}" if not unreachable or place >= unreachable else f"0812{seed:03}{place:03}99"
    return rows


def case_both_channels(checks, payung, providers):
    """The first rows have a telephone, some of them out of reach; the last ones have none."""
    rows = people(payung, ROWS, 21, unreachable=5)
    for row in rows[-10:]:
        row["no_hp"] = ""
    payung.enrol(payung.write_list("both.csv", rows), AGREEMENT)
    settled(payung)
    payung.wait_sql(30, "every SMS is reported", "NOT EXISTS (SELECT FROM notice.outbox)")
    counts = total(payung)
    checks.equal("everybody is told", (counts["sent"], counts["failed"], counts["stale"]), (counts["promised"], 0, 0))
    told = [line["to"] for line in providers.lines("sms")]
    checks.equal("an SMS for each telephone, once", (len(told), len(set(told))), (ROWS - 10, ROWS - 10))
    mails = providers.lines("mail")
    checks.equal("a mail for whoever has none or is out of reach, once", (len(mails), len({mail["event"] for mail in mails})), (15, 15))
    checks.equal("delivered is what the operator reported", counts["delivered"], ROWS - 15)
    checks.equal("the mailbox is that of the regency, the id that of the event", ({to for mail in mails for to in mail["to"]}, all(mail["id"].startswith(f"<{mail['event']}@") for mail in mails)),
                 ({"pesan-1708@contoh.id"}, True))
    checks.expect(all(len(line["text"]) <= 160 and "Info: 175" in line["text"] for line in providers.lines("sms")), "each text is one SMS")


def case_two_mail_servers(checks, payung, providers):
    """Mail only now, to the other server; then one that puts off and one that refuses."""
    restart(payung, NOTICE_CHANNELS="email", SMTP_URL=f"smtp://127.0.0.1:{providers.ports['mail2']}")
    before = len(providers.lines("sms"))
    payung.enrol(payung.write_list("mail.csv", people(payung, ROWS, 22)), AGREEMENT)
    settled(payung)
    mails = providers.lines("mail2")
    checks.equal("who was queued for another channel is moved to this one, and sent once", (len(mails), len({mail["event"] for mail in mails}), len(providers.lines("sms")) - before), (ROWS, ROWS, 0))
    restart(payung, NOTICE_CHANNELS="email", SMTP_URL=f"smtp://127.0.0.1:{providers.ports['mail']}")
    providers.mode("451")
    payung.enrol(payung.write_list("later.csv", people(payung, 5, 23)), AGREEMENT)
    time.sleep(1)
    checks.equal("what is put off stays queued", total(payung)["queued"], 5)
    providers.mode("")
    counts = settled(payung)
    checks.equal("and is sent later", counts["failed"], 0)
    providers.mode("550")
    payung.enrol(payung.write_list("never.csv", people(payung, 4, 24)), AGREEMENT)
    counts = settled(payung)
    providers.mode("")
    _, answer = report(payung)
    checks.equal("what is refused has failed, and is listed", (counts["failed"], len(answer["failed"])), (4, 4))
    checks.expect(all(re.fullmatch(r"\+62812\*+\d\d", entry["phone"]) for entry in answer["failed"]), "masked", [entry["phone"] for entry in answer["failed"]])


def case_hanging_mail_server(checks, payung, providers):
    """A mail server that has mails whole and says nothing more, beside Kannel: neither SMS nor other mails wait for it, and each of its mails has only its own time."""
    hung, told = 6, 40
    restart(payung, NOTICE_CHANNELS="sms,email", SMTP_URL=f"smtp://127.0.0.1:{providers.ports['mail']}", NOTICE_TIMEOUT_MS="8000")
    before, mailed, doubts = len(providers.lines("sms")), len(providers.lines("mail")), payung.number(DOUBTS)
    rows = people(payung, hung + told, 61)
    for row in rows[:hung]:
        row["no_hp"] = ""
    providers.mode("hang")
    payung.enrol(payung.write_list("hang.csv", rows[:hung]), AGREEMENT)
    payung.wait_sql(10, "the mails are with the server", f"(SELECT count(*) FROM notice.outbox WHERE stage = 'sending') = {hung}")
    began = time.monotonic()
    payung.enrol(payung.write_list("beside.csv", rows[hung:]), AGREEMENT)
    wait_until(30, "the SMS go", lambda: providers.count("sms") - before == told)
    checks.equal("SMS go while all mails hang", (payung.number("SELECT count(*) FROM notice.outbox WHERE stage = 'sending' AND channel = 'email'"), time.monotonic() - began < 7), (hung, True))
    providers.mode("")
    payung.wait_sql(15, "all mails have ended at the same time", f"({DOUBTS}) = {doubts + hung}")
    restart(payung, NOTICE_TIMEOUT_MS="5000")  # the channel pauses otherwise
    counts = settled(payung)
    checks.equal("each mail ended by itself, at the same time as the others, is in doubt and was sent again", (payung.number(DOUBTS) - doubts, len(providers.lines("mail")) - mailed, counts["queued"]), (hung, hung, 0))
    checks.expect(payung.number("SELECT max(duration_ms) FROM notice.attempt WHERE result = 'in doubt'") < 12000, "none took longer than its time and a little")


def case_killed(checks, payung, providers):
    """The sender is killed while it sends through Kannel; so is Kannel's box."""
    restart(payung, NOTICE_CHANNELS="sms,email", KANNEL_URL=f"http://127.0.0.1:{providers.ports['send']}/cgi-bin/sendsms")
    before, stop = len(providers.lines("sms")), threading.Event()
    rows = people(payung, KILLED_ROWS, 25)

    def kill():
        while not stop.wait(0.35):
            payung.services["sender"].kill()

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    payung.enrol(payung.write_list("killed.csv", rows), AGREEMENT)
    time.sleep(3)
    providers.processes["smsbox"].kill()
    time.sleep(0.3)
    providers.processes["smsbox"].start()
    time.sleep(1)
    stop.set()
    killer.join()
    payung.wait_ready("sender")
    settled(payung)
    wait_until(20, "the operator has all", lambda: len({line["to"] for line in providers.lines("sms")[before:]}) == KILLED_ROWS)
    seen = collections.Counter(line["to"] for line in providers.lines("sms")[before:])
    mails = {line["event"] for line in providers.lines("mail")}
    doubts = payung.number(DOUBTS)
    twice = sum(seen.values()) - len(seen) + len(providers.lines("mail")) - len(mails)
    checks.expect(twice <= doubts, "what came twice was counted as in doubt", f"{twice} twice, {doubts} in doubt, {payung.services['sender'].starts} starts")
    checks.equal("the report says so", report(payung)[1]["in_doubt"], doubts)


def case_all_killed(checks, payung, providers):
    """Whoever stands between a decision and its mail is killed in turn, the mail server as well."""
    restart(payung, NOTICE_CHANNELS="email", SMTP_URL=f"smtp://127.0.0.1:{providers.ports['mail']}")
    before, doubts_before, stop = len(providers.lines("mail")), payung.number(DOUBTS), threading.Event()

    def kill():
        while not stop.is_set():
            for name in ("sender", "ledger-1-bulk", "notification-1-bulk"):
                payung.services[name].kill()
                stop.wait(0.3)
            providers.processes["mail"].kill()
            providers.processes["mail"].start()
            stop.wait(0.3)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    payung.run("enrol", payung.write_list("turn.csv", people(payung, KILLED_ROWS, 28)), "--agreement", AGREEMENT)
    time.sleep(6)
    stop.set()
    killer.join()
    for name in ("sender", "ledger-1-bulk", "notification-1-bulk"):
        payung.wait_ready(name)
    payung.wait_sql(60, "everybody is decided", f"(SELECT count(*) FROM ledger.outcome o JOIN intake.batch b USING (batch_id) WHERE NOT o.repeat AND b.row_count = {KILLED_ROWS} AND b.batch_no = "
                    f"(SELECT max(batch_no) FROM intake.batch)) = {KILLED_ROWS}")
    settled(payung)
    mails = collections.Counter(mail["event"] for mail in providers.lines("mail")[before:])
    twice, new = sum(mails.values()) - len(mails), payung.number(DOUBTS) - doubts_before
    checks.equal("nobody is forgotten", len(mails), KILLED_ROWS)
    checks.expect(twice <= new, "what came twice was counted as in doubt", f"{twice} twice, {new} in doubt")


def fall_at(payung, step):
    """One sender, which falls at this step. What it had marked as being sent then."""
    environment = dict(payung.services["sender"].environment, METRICS_PORT="0", REPORT_PORT="0", PAYUNG_FAULT=f"after-{step}")
    with open(payung.path("logs", "sender.log"), "ab") as log:
        sender = subprocess.Popen([os.path.join(payung.build, "bin/payung-sender")], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            sender.wait(30)
        finally:
            sender.kill()
    return sender.returncode, payung.number("SELECT count(*) FROM notice.outbox WHERE stage = 'sending'")


def case_each_step(checks, payung, providers):
    """The sender falls at every step: with a provider that knows the key, with one that does not, and there with a single connection."""
    gateway = Gateway()
    for seed, channel, connections in ((41, "webhook", 8), (42, "email", 8), (43, "email", 1)):
        restart(payung, NOTICE_CHANNELS=channel, NOTICE_CONNECTIONS=str(connections), PHONE_WEBHOOK_URL=gateway.url("/langkah"), PHONE_WEBHOOK_SECRET=SECRET, SMTP_URL=f"smtp://127.0.0.1:{providers.ports['mail2']}")
        payung.services["sender"].pause()
        payung.enrol(payung.write_list("steps.csv", people(payung, STEP_ROWS, seed)), AGREEMENT)
        payung.wait_sql(30, "they are queued", f"(SELECT count(*) FROM notice.outbox WHERE stage = 'waits') = {STEP_ROWS}")
        before, doubts_before = len(providers.lines("mail2")), payung.number(DOUBTS)
        falls = [fall_at(payung, step) for step in STEPS]
        left = payung.number("SELECT count(*) FROM notice.outbox")
        payung.services["sender"].resume()
        settled(payung)
        came = collections.Counter(mail["event"] for mail in providers.lines("mail2")[before:]) if channel == "email" else collections.Counter(gateway.ids("/langkah"))
        doubts, twice, marked = payung.number(DOUBTS) - doubts_before, sum(came.values()) - len(came), [count for _, count in falls]
        title = f"{channel}, {connections} connections"
        checks.expect([code for code, _ in falls] == [137] * len(STEPS) and left > 0, f"{title}: it fell at each step with work left", (falls, left))
        checks.equal(f"{title}: nobody is forgotten", len(came), STEP_ROWS)
        checks.expect(max(marked) <= connections + connections // 2, f"{title}: never more marked than there are connections and letters that stand ready", marked)
        if channel == "webhook":
            checks.equal(f"{title}: whatever came again came under its own key, and nothing is in doubt", (len(set(gateway.ids("/langkah"))), doubts), (STEP_ROWS, 0))
        else:
            checks.expect(twice <= doubts <= sum(marked), f"{title}: what came twice was counted, and no more was in doubt than was marked", f"{twice} twice, {doubts} in doubt, marked {marked}")
    answer = report(payung)[1]
    checks.equal("the report tells it by channel", (answer["in_doubt"], sum(answer["in_doubt_by_channel"].values()), "webhook" in answer["in_doubt_by_channel"]), (payung.number(DOUBTS), payung.number(DOUBTS), False))


def case_key(checks, payung, providers):
    """Killed at random while a provider that knows the key is sent to."""
    gateway, stop = Gateway(), threading.Event()
    restart(payung, NOTICE_CHANNELS="webhook", NOTICE_CONNECTIONS="16", PHONE_WEBHOOK_URL=gateway.url("/kunci"), PHONE_WEBHOOK_SECRET=SECRET)
    doubts, starts = payung.number(DOUBTS), payung.services["sender"].starts

    def kill():
        while not stop.wait(0.4):
            payung.services["sender"].kill()

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    payung.enrol(payung.write_list("key.csv", people(payung, KILLED_ROWS, 44)), AGREEMENT)
    time.sleep(2)
    stop.set()
    killer.join()
    payung.wait_ready("sender")
    settled(payung)
    ids = gateway.ids("/kunci")
    checks.equal("each has one key, under which it came once or again, and nothing is in doubt", (len(set(ids)), payung.number(DOUBTS) - doubts), (KILLED_ROWS, 0))
    checks.expect(payung.services["sender"].starts - starts > 2, "it was killed", f"{payung.services['sender'].starts - starts} starts, {len(ids) - len(set(ids))} came again")


def case_store_killed(checks, payung, providers):
    """PostgreSQL falls while mails go (its supervisor brings it back); the sender stays."""
    restart(payung, NOTICE_CHANNELS="email", NOTICE_CONNECTIONS="16", MAIL_PER_SECOND="150", SMTP_URL=f"smtp://127.0.0.1:{providers.ports['mail2']}")
    before, doubts_before, starts = len(providers.lines("mail2")), payung.number(DOUBTS), payung.services["sender"].starts
    hand_in(payung, payung.write_list("store.csv", people(payung, KILLED_ROWS, 46)))
    wait_until(30, "mails go", lambda: providers.count("mail2") >= before + 30)
    with open(payung.path("servers", "pids", "postgres.pid"), encoding="ascii") as file:
        os.kill(int(file.read()), signal.SIGKILL)

    def is_back():
        try:
            return payung.sql("SELECT 1")
        except Failure:
            return False
    wait_until(60, "PostgreSQL is back", is_back)
    settled(payung)
    came = collections.Counter(mail["event"] for mail in providers.lines("mail2")[before:])
    twice, doubts = sum(came.values()) - len(came), payung.number(DOUBTS) - doubts_before
    checks.equal("nobody is forgotten, and the sender did not fall", (len(came), payung.services["sender"].starts - starts), (KILLED_ROWS, 0))
    checks.expect(twice <= doubts <= 24, "what came twice was counted, at most one a connection and those that stood ready", f"{twice} twice, {doubts} in doubt")


def case_kannel_killed(checks, payung, providers):
    """Kannel's bearerbox falls while messages go, then the SMS centre behind it; each is started again. Kannel keeps what it has taken, but hands over again what the centre had not answered."""
    restart(payung, NOTICE_CHANNELS="sms,email", NOTICE_CONNECTIONS="16", NOTICE_TIMEOUT_MS="1000", NOTICE_DOUBT_WAIT_MS="1000", SMS_PER_SECOND="100", KANNEL_URL=f"http://127.0.0.1:{providers.ports['send']}/cgi-bin/sendsms")
    before, doubts_before, counts_before = len(providers.lines("sms")), payung.number(DOUBTS), total(payung)
    hand_in(payung, payung.write_list("kannel.csv", people(payung, KILLED_ROWS, 45)))
    for name in ("bearerbox", "smsc"):
        seen = len(providers.lines("sms"))
        wait_until(90, "messages go", lambda seen=seen: providers.keep("smsbox") and providers.count("sms") >= seen + 20)  # its channel may pause for half a minute
        providers.processes[name].kill()
        time.sleep(0.2)
        providers.processes[name].start()
        providers.keep("smsbox")
        providers.wait_bound()
    settled(payung, 120)
    wait_until(60, "the operator has all", lambda: providers.keep("smsbox") and len({line["to"] for line in providers.lines("sms")[before:]}) == KILLED_ROWS, pause=0.5)
    providers.calm("sms")
    seen, counts = collections.Counter(line["to"] for line in providers.lines("sms")[before:]), total(payung)
    twice, doubts = sum(seen.values()) - len(seen), payung.number(DOUBTS) - doubts_before
    checks.equal("nobody is forgotten, and all are told", (len(seen), counts["sent"] - counts_before["sent"], counts["failed"] - counts_before["failed"]), (KILLED_ROWS, KILLED_ROWS, 0))
    checks.expect(twice <= doubts + 2 * WINDOW, "twice came at most what is in doubt, and what Kannel itself had with the SMS centre when one of them fell", f"{twice} twice, {doubts} in doubt, window {WINDOW}")


def case_liar(checks, payung, providers):
    """An hour of 500 in seconds, silence, and reports that are doubled, out of order, forged and wrong."""
    liar = Liar()
    restart(payung, NOTICE_CHANNELS="sms", KANNEL_URL=f"http://127.0.0.1:{liar.server_port}/sendsms", NOTICE_TIMEOUT_MS="1500", NOTICE_DOUBT_WAIT_MS="100", NOTICE_CONNECTIONS="8", SMS_PER_SECOND="0")  # fewer than there are letters
    before = total(payung)
    payung.enrol(payung.write_list("liar.csv", people(payung, LIAR_ROWS, 26)), AGREEMENT)
    time.sleep(2)
    counts = total(payung)
    checks.equal("while it answers 500 they wait", (counts["queued"], counts["sent"] - before["sent"]), (LIAR_ROWS, 0))
    checks.expect(len(liar.got) < LIAR_ROWS, "and its channel pauses", len(liar.got))
    liar.mode = "hang"
    time.sleep(2)
    checks.equal("while it is silent, too", total(payung)["queued"], LIAR_ROWS)
    liar.mode = "lie"
    time.sleep(2)
    checks.equal("while it says yes in words that are not Kannel's, too", (total(payung)["queued"], total(payung)["delivered"]), (LIAR_ROWS, before["delivered"]))
    liar.mode = "reports"
    counts = settled(payung, 90)
    wait_until(30, "all is reported", lambda: len(liar.answers) >= 7 * LIAR_ROWS)
    counts = total(payung)
    checks.equal("in the end each is delivered, once", (counts["delivered"] - before["delivered"], counts["failed"] - before["failed"]), (LIAR_ROWS, 0))
    checks.equal("what is forged or broken is refused", collections.Counter(liar.answers), {200: 5 * LIAR_ROWS, 403: LIAR_ROWS, 400: LIAR_ROWS})
    checks.expect(all("+62" not in path and "%2B62" not in path for _, path in liar.got), "no number stands in a URL")


def post_signed(url, body, secret, forged=False):
    mac = hmac.new((secret + ("x" if forged else "")).encode(), body, hashlib.sha256).hexdigest()
    request = urllib.request.Request(url, data=body, headers={"X-Hub-Signature-256": f"sha256={mac}", "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def case_gateways(checks, payung, providers):
    """WhatsApp with its signed reports, RapidPro, and a gateway that verifies Standard Webhooks: each of them a stand-in, since the real ones are somebody's accounts."""
    gateway, secret, port = Gateway(), SECRET, free_ports(1)[0]
    base = f"http://127.0.0.1:{gateway.server_port}"
    before = total(payung)
    restart(payung, NOTICE_CHANNELS="whatsapp", NOTICE_TIMEOUT_MS="5000", NOTICE_CONNECTIONS="64", WHATSAPP_URL=base + "/v20.0/1/messages", WHATSAPP_TOKEN="token-uji", WHATSAPP_SECRET="rahasia-app", WHATSAPP_VERIFY="kata-uji", REPORT_PORT=str(port), LOG_LEVEL="debug")
    payung.enrol(payung.write_list("wa.csv", people(payung, 20, 31)), AGREEMENT)
    settled(payung)
    sent = [(headers, json.loads(body)) for headers, body in gateway.take("/v20.0/1/messages")]
    parameters = [body["template"]["components"][0]["parameters"][0]["text"] for _, body in sent]
    checks.expect(len(sent) == 20 and {headers["authorization"] for headers, _ in sent} == {"Bearer token-uji"} and {body["template"]["language"]["code"] for _, body in sent} == {"id"}
                  and all(re.fullmatch(r"62812\d+", body["to"]) for _, body in sent) and {body["template"]["name"] for _, body in sent} <= {"payung_accepted", "payung_waitlist"}
                  and all("Info: 175" in text or "daftar tunggu" in text for text in parameters), "WhatsApp gets a template message each", sent[:1])
    lines = payung.told("sender", "a provider has a letter")
    enrolments = {row[0] for row in payung.sql("SELECT encode(application_id, 'hex') FROM notice.message")}
    checks.expect(len(lines) == 20 and {line["enrolment_id"] for line in lines} <= enrolments and len({line["trace_id"] for line in lines}) == 20, "each letter has its line with the ids of the enrolment and its trace", lines[:1])
    url = f"http://127.0.0.1:{port}/v1/reports/whatsapp"
    statuses = [{"id": f"wamid.{i}", "status": status, "biz_opaque_callback_data": body["biz_opaque_callback_data"]} for i, (_, body) in enumerate(sent) for status in ("read", "sent", "delivered", "delivered")]
    body = json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": {"statuses": statuses}}]}]}).encode()
    checks.equal("forged reports are refused, signed ones taken, twice as well", [post_signed(url, body, "rahasia-app", forged=True), post_signed(url, body, "rahasia-app"), post_signed(url, body, "rahasia-app"),
                 post_signed(url, b"{", "rahasia-app")], [403, 200, 200, 400])
    counts = total(payung)
    checks.equal("in whatever order they came: each is delivered, once", (counts["sent"] - before["sent"], counts["delivered"] - before["delivered"]), (20, 20))
    gateway.text = b'{"ok":true}'  # a yes, but not WhatsApp's: somebody else sits at its address, or it lies
    restart(payung, NOTICE_DOUBT_WAIT_MS="100")
    payung.enrol(payung.write_list("wa-lie.csv", people(payung, 5, 34)), AGREEMENT)
    wait_until(30, "they are handed over", lambda: len(gateway.take("/v20.0/1/messages")) > 20)
    time.sleep(2)
    checks.equal("a yes in words that are not WhatsApp's sends none", (total(payung)["queued"], total(payung)["sent"] - before["sent"]), (5, 20))
    gateway.text = Gateway.text
    settled(payung, 90)
    later = [json.loads(body)["biz_opaque_callback_data"].split(".")[0] for _, body in gateway.take("/v20.0/1/messages")[20:]]
    checks.equal("each is when it says so in its own", (total(payung)["sent"] - before["sent"], len(set(later))), (25, 5))
    answers = []
    for word in ("kata-uji", "lain"):
        try:
            answers.append(urllib.request.urlopen(f"{url}?hub.mode=subscribe&hub.verify_token={word}&hub.challenge=4711", timeout=10).read().decode())
        except urllib.error.HTTPError as error:
            answers.append(error.code)
    checks.equal("Meta's question for the address is answered with the agreed word", answers, ["4711", 403])

    restart(payung, NOTICE_CHANNELS="rapidpro", RAPIDPRO_URL=base + "/api/v2/broadcasts.json", RAPIDPRO_TOKEN="token-rp")
    payung.enrol(payung.write_list("rp.csv", people(payung, 12, 32)), AGREEMENT)
    settled(payung)
    sent = [(headers, json.loads(body)) for headers, body in gateway.take("/api/v2/broadcasts.json")]
    checks.expect(len(sent) == 12 and {headers["authorization"] for headers, _ in sent} == {"Token token-rp"} and all(re.fullmatch(r"tel:\+62812\d+", urn) for _, body in sent for urn in body["urns"])
                  and all(set(body["text"]) == {"ind"} for _, body in sent), "RapidPro gets a broadcast each", sent[:1])

    restart(payung, NOTICE_CHANNELS="webhook", PHONE_WEBHOOK_URL=base + "/gerbang", PHONE_WEBHOOK_SECRET=secret)
    payung.enrol(payung.write_list("gerbang.csv", people(payung, 30, 33)), AGREEMENT)
    settled(payung, 90)
    sent = gateway.take("/gerbang")
    python = os.path.join(os.environ["PAYUNG_DEPS_DIR"], "python/bin/python3")
    script = ("import json, sys; from standardwebhooks import Webhook\n"
              "for line in sys.stdin:\n    secret, headers, body = json.loads(line); Webhook(secret).verify(body, headers); print('good')")
    lines = "".join(json.dumps([secret, headers, body]) + "\n" for headers, body in sent)
    verified = subprocess.run([python, "-c", script], input=lines, capture_output=True, text=True, check=False, timeout=60).stdout.split()
    texts = {(headers["webhook-id"], body) for headers, body in sent}
    checks.equal("the gateway knows each by its id, and the reference library verifies it", (len(texts), len({headers["webhook-id"] for headers, _ in sent}), verified), (30, 30, ["good"] * len(sent)))
    checks.expect(all(json.loads(body)["data"]["phone"].startswith("+62812") for _, body in sent) and not any(nik in body for nik in NIKS for _, body in gateway.take("/gerbang") + gateway.take("/v20.0/1/messages")),
                  "with the number in the signed body, and no identity number anywhere")
    wrong = subprocess.run([os.path.join(payung.build, "bin/payung-sender")], env=dict(payung.services["sender"].environment, METRICS_PORT="0", REPORT_PORT="0", NOTICE_CHANNELS="whatsapp", WHATSAPP_TOKEN=""), capture_output=True, text=True, timeout=30, check=False)
    checks.expect(wrong.returncode != 0 and "WHATSAPP_TOKEN" in wrong.stdout + wrong.stderr, "a setting that is missing is named at the start", (wrong.stdout + wrong.stderr)[-200:])


def case_night_and_stale(checks, payung, providers):
    now = (int(time.time() // 3600) + 7) % 24
    restart(payung, NOTICE_CHANNELS="sms", KANNEL_URL=f"http://127.0.0.1:{providers.ports['send']}/cgi-bin/sendsms", NOTICE_QUIET_FROM=str(now), NOTICE_QUIET_TO=str((now + 2) % 24))
    seen = len(providers.lines("sms"))
    payung.enrol(payung.write_list("night.csv", people(payung, 6, 27)), AGREEMENT)
    time.sleep(1.5)
    checks.equal("at night nobody is rung", (total(payung)["queued"], len(providers.lines("sms")) - seen), (6, 0))
    payung.wait_sql(10, "they wait for the hour", "(SELECT count(*) FROM notice.outbox WHERE next_attempt_at > now() + interval '30 min' AND next_attempt_at <= now() + interval '2 h' "
                    "AND extract(minute FROM next_attempt_at) = 0) = 6")
    payung.sql("UPDATE notice.outbox SET stale_at = now() WHERE event_id IN (SELECT event_id FROM notice.outbox WHERE stage = 'waits' LIMIT 2)")
    payung.wait_sql(10, "two are stale", "(SELECT count(*) FROM notice.message WHERE state = 'stale') = 2")
    restart(payung, **NO_NIGHT)
    payung.sql("UPDATE notice.outbox SET next_attempt_at = now() WHERE stage = 'waits'")
    counts = settled(payung)
    checks.equal("two are dropped with a record, the others are sent in the morning", (counts["stale"], len(providers.lines("sms")) - seen), (2, 4))


def main(source, build):
    checks = Checks()
    with Installation(source, build) as payung:
        providers = Providers(payung.path("providers"))
        try:
            knobs = dict(NO_NIGHT, NOTICE_CHANNELS="sms,email", NOTICE_RETRY_FIRST_MS="50", NOTICE_TIMEOUT_MS="5000", NOTICE_DOUBT_WAIT_MS="1000", REPORT_PORT=str(free_ports(1)[0]), KANNEL_URL=f"http://127.0.0.1:{providers.ports['send']}/cgi-bin/sendsms",
                         KANNEL_USER="payung", KANNEL_PASSWORD="rahasia-uji", SMTP_URL=f"smtp://127.0.0.1:{providers.ports['mail']}", MAIL_TO="pesan-{region}@contoh.id", POLL_MS="20")
            payung.stage_knobs = {"NOTICE_CHANNELS": "sms,email"}
            payung.single_knobs = {"sender": knobs}
            payung.start()
            payung.apply(payung.sample_agreement())
            for title, case in (("both channels", case_both_channels), ("mail servers", case_two_mail_servers), ("a mail server that hangs", case_hanging_mail_server), ("killed", case_killed), ("all killed in turn", case_all_killed), ("each step", case_each_step), ("a key", case_key), ("PostgreSQL killed", case_store_killed), ("Kannel killed", case_kannel_killed),
                                ("a provider that lies", case_liar), ("gateways", case_gateways),
                                ("night and stale", case_night_and_stale)):
                checks.case(title, case, checks, payung, providers)
            size, numbers = 0, set()
            for folder, _, names in os.walk(providers.folder):
                for name in names:
                    with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                        text = file.read()
                    size += len(text)
                    numbers.update(digits[place:place + 16] for digits in re.findall(r"\d{16,}", text) for place in range(len(digits) - 15))
            checks.equal("no identity number reached a provider", (size > 10000, len(NIKS) > 400, sorted(numbers & set(NIKS))), (True, True, []))
            checks.clean_end(payung)
        finally:
            providers.close()
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
