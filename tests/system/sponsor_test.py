#!/usr/bin/env python3
"""What the office of a payer is told of its agreement: the report of a day, about each decision once; that covers end, and that a renewal is needed, each once, whoever falls when. First by the maildir, as an installation
has it by itself, then by a mail server that refuses. Agreements without a contact_email owe nobody anything.
usage: sponsor_test.py SOURCE BUILD"""
import datetime
import email
import email.policy
import json
import os
import re
import sys
import time

from installation import Checks, Installation, free_ports, wait_until
from providers import Process, accepts

OFFICE = "disnaker@contoh.go.id"
SOON = {"SPONSOR_DIGEST_HOUR": "0", "SPONSOR_LOOK_S": "1"}
TODAY = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=7)).date()


def agreement(payung, name, ends_in, **more):
    """An agreement whose period began two years ago and ends in so many days."""
    begin = TODAY.replace(day=1, year=TODAY.year - 2)
    options = dict({"activate_on": "COMMITMENT"}, **more.pop("options", {"contact_email": OFFICE}))
    document = payung.sample_agreement(id=name, period={"from": begin.isoformat(), "to": (TODAY + datetime.timedelta(days=ends_in)).isoformat()}, registration_date=begin.isoformat(), options=options, **more)
    document.pop("months")
    return payung.apply(document)


def mails(payung, template=None):
    found = []
    for name in sorted(os.listdir(payung.path("maildir", "new"))):
        with open(payung.path("maildir", "new", name), encoding="utf-8") as file:
            mail = email.message_from_string(file.read(), policy=email.policy.default)
        if (mail["X-Payung-Template"] or "").startswith(template or "SPONSOR_"):
            found.append((mail, mail.get_content()))
    return found


def office_counts(payung):
    code, answer = payung.cli("notification", "report")
    return code, {name: answer["causes"]["sponsor"][name] for name in ("promised", "queued", "sent", "failed", "stale")}


def look(payung):
    """Two looks of the sender have passed."""
    time.sleep(2.5)


def next_day(payung):
    """What was told today was told ten days ago."""
    payung.sql("UPDATE notice.sponsor_notice SET day = day - 10 WHERE kind = 'SPONSOR_DIGEST'")


def rows_of(payung, count, seed, refused=0):
    rows = payung.simulated("17.08", count, seed)
    for row in rows[:refused]:
        row["kode_wilayah_ktp"] = "17.71.01.1001"
    return rows


def case_nobody(checks, payung):
    agreement(payung, "tanpa-kantor", 10, options={})
    payung.enrol(payung.write_list("silent.csv", rows_of(payung, 5, 81)), "tanpa-kantor")
    look(payung)
    checks.equal("an agreement without an office owes nothing", (len(mails(payung)), payung.number("SELECT count(*) FROM notice.sponsor_notice")), (0, 0))
    document = payung.sample_agreement(id="salah", options={"contact_email": "a@b.id\r\nBcc: c@d.id"})
    code, answer = payung.cli("agreement", "apply", payung.write("salah.json", json.dumps(document)), "--yes")
    checks.expect(code != 0 and "contact_email" in json.dumps(answer), "what is no mailbox is refused", code)


def case_report(checks, payung):
    agreement(payung, "kantor", 200, pagu=50_000_000)
    payung.wait_sql(10, "a day without anything", "(SELECT count(*) FROM notice.sponsor_notice WHERE event_id IS NULL) = 1")
    payung.enrol(payung.write_list("first.csv", rows_of(payung, 40, 82, refused=7)), "kantor")
    look(payung)
    checks.equal("one report a day", len(mails(payung)), 0)
    next_day(payung)
    wait_until(10, "the report is there", lambda: mails(payung, "SPONSOR_DIGEST"))
    mail, text = mails(payung, "SPONSOR_DIGEST")[0]
    checks.equal("it goes to the office", (mail["To"], mail["Subject"], mail["Auto-Submitted"]), (OFFICE, "Laporan harian: kantor", "auto-generated"))
    accepted, rejected = (payung.number(f"SELECT count(*) FROM ledger.outcome o JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'kantor' AND o.status = {status}") for status in (1, 3))
    checks.expect(f"Diterima: {accepted} orang, Rp" in text and f"Ditolak: {rejected} orang\n  E30 KTP bukan daerah ini: 7\n" in text, "what was decided, with the reasons", (accepted, rejected))
    checks.expect(f"Accepted: {accepted} people" in text and "  E30 your identity card is of another region: 7\n" in text and text.index("Diterima") < text.index("Accepted"), "in English below it")
    checks.expect(f"dijanjikan 40, terkirim 40, gagal 0" in text and "Sisa pagu: Rp" in text, "messages and what is left", text.splitlines()[-3:])
    _, balance = payung.cli("ledger", "balance", "--agreement", "kantor")
    left = f"{balance['left']:,}".replace(",", ".")
    checks.expect(f"Sisa pagu: Rp{left}\n" in text, "the same as the books say", left)
    checks.expect(not any(row["nik"] in text or row["nama"] in text for row in rows_of(payung, 40, 82)), "no name and no number")
    checks.equal("counted like every other message", office_counts(payung), (0, {"promised": 1, "queued": 0, "sent": 1, "failed": 0, "stale": 0}))
    payung.enrol(payung.write_list("second.csv", rows_of(payung, 10, 83)), "kantor")
    next_day(payung)
    wait_until(10, "the next one", lambda: len(mails(payung, "SPONSOR_DIGEST")) == 2)
    told = [tuple(int(re.search(pattern, text).group(1)) for pattern in (r"Diterima: (\d+) orang", r"Ditolak: (\d+) orang")) for _, text in mails(payung, "SPONSOR_DIGEST")]
    all_of_it = tuple(payung.number(f"SELECT count(*) FROM ledger.outcome o JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'kantor' AND o.status = {status}") for status in (1, 3))
    checks.equal("tells of what came since: each decision is in one report", (sum(map(sum, told)), tuple(map(sum, zip(*told)))), (50, all_of_it))
    look(payung)
    checks.equal("and there is no third", len(mails(payung)), 2)


def case_end(checks, payung):
    agreement(payung, "berakhir", 20)
    agreement(payung, "diteruskan", 25)
    payung.enrol(payung.write_list("covered.csv", rows_of(payung, 12, 84)), "berakhir")
    wait_until(10, "both are told", lambda: len(mails(payung, "SPONSOR_COVER_END")) == 2 and len(mails(payung, "SPONSOR_RENEWAL")) == 2)
    end = next(text for mail, text in mails(payung, "SPONSOR_COVER_END") if mail["Subject"].endswith(": berakhir"))
    checks.expect("20 hari lagi" in end and "in 20 days" in end, "how long it is", end.splitlines()[1])
    agreement(payung, "jauh", 61)
    agreement(payung, "lama", 70)
    payung.sql("UPDATE ledger.agreement SET renews = 'lama' WHERE agreement_id = 'tanpa-kantor'")
    payung.sql(f"UPDATE ledger.agreement SET period_to = '{TODAY + datetime.timedelta(days=25)}' WHERE agreement_id = 'lama'")
    wait_until(10, "an amendment brings the end near", lambda: len(mails(payung, "SPONSOR_COVER_END")) == 3)
    look(payung)
    payung.services["sender"].kill()
    payung.wait_ready("sender")
    look(payung)
    checks.equal("each once, none that is far away, and no renewal of what is renewed", (len(mails(payung, "SPONSOR_COVER_END")), len(mails(payung, "SPONSOR_RENEWAL"))), (3, 2))


def case_killed(checks, payung):
    """Many at once while the sender is killed again and again: one of each."""
    before = payung.number("SELECT count(*) FROM notice.sponsor_notice WHERE event_id IS NOT NULL")
    for number in range(12):
        agreement(payung, f"banyak-{number}", 5)
        if number % 2:
            payung.services["sender"].kill()
    payung.wait_ready("sender")
    wait_until(60, "all are sent", lambda: len(mails(payung)) == before + 24)
    look(payung)
    code, counts = office_counts(payung)
    events = [mail["X-Payung-Event"] for mail, _ in mails(payung)]
    checks.equal("one of each, and the books agree", (code, len(events), len(set(events)), counts["promised"], counts["sent"], counts["queued"]), (0, before + 24, before + 24, before + 24, before + 24, 0))


def case_server(checks, payung):
    """By a mail server: taken, put off, refused."""
    port = free_ports(1)[0]
    out = payung.path("mail")
    here = os.path.dirname(os.path.abspath(__file__))
    server = Process([os.path.join(os.environ["PAYUNG_DEPS_DIR"], "python/bin/python3"), os.path.join(here, "smtp_sink.py"), str(port), out], payung.path("mail.log"))
    try:
        wait_until(20, "the mail server listens", lambda: accepts(port))
        payung.services["sender"].pause()
        payung.services["sender"].environment.update(SMTP_URL=f"smtp://127.0.0.1:{port}", NOTICE_CHANNELS="sms", KANNEL_URL="http://127.0.0.1:9/", KANNEL_USER="x", KANNEL_PASSWORD="x", NOTICE_RETRY_FIRST_MS="50")
        with open(out + ".mode", "w", encoding="ascii") as file:
            file.write("451")
        before = len(mails(payung))
        agreement(payung, "surat", 3)
        payung.services["sender"].resume()
        payung.wait_ready("sender")
        payung.wait_sql(10, "two are queued", "(SELECT count(*) FROM notice.message WHERE state = 'queued' AND cause = 'sponsor') = 2")
        look(payung)
        checks.equal("what is put off waits", office_counts(payung)[1]["queued"], 2)
        os.unlink(out + ".mode")
        payung.wait_sql(30, "then it is taken", "NOT EXISTS (SELECT FROM notice.message WHERE state = 'queued' AND cause = 'sponsor')")
        with open(out, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        checks.equal("by the office's mailbox, not by the maildir", (sorted(line["to"][0] for line in lines), len(mails(payung)) - before), ([OFFICE] * 2, 0))
        checks.expect(all(line["text"].startswith("Kepada Pemkab Kepahiang,") and "\n\n--\n\nTo Pemkab Kepahiang," in line["text"].replace("\r", "") for line in lines), "as it was written", lines[0]["text"][:60])
        with open(out + ".mode", "w", encoding="ascii") as file:
            file.write("550")
        agreement(payung, "ditolak", 3)
        payung.wait_sql(30, "what is refused has failed", "(SELECT count(*) FROM notice.message WHERE state = 'failed' AND cause = 'sponsor') = 2")
        code, counts = office_counts(payung)
        checks.equal("and goes by no telephone", (code, counts["failed"], payung.number("SELECT count(*) FROM notice.attempt a JOIN notice.message m USING (event_id) WHERE m.cause = 'sponsor' AND a.channel = 'sms'")), (0, 2, 0))
    finally:
        server.kill()


def main(source, build):
    checks = Checks()
    with Installation(source, build, single_knobs={"sender": dict(SOON)}) as payung:
        payung.start()
        for title, case in (("no office", case_nobody), ("the report of a day", case_report), ("the end", case_end), ("killed", case_killed), ("a mail server", case_server)):
            checks.case(title, case, checks, payung)
        checks.clean_end(payung)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
