#!/usr/bin/env python3
"""Letters on paper, on an installation of its own whose channels are SMS and then paper: who has no telephone, and whose telephone can't be reached, waits for a letter; `payung letter print` makes one PDF a village, by
name, with reasons, remedies and the deadline in two languages; each is counted as sent once, whoever prints how often; two operators at once, a full disk and a killed command leave the books right.
usage: letter_test.py SOURCE BUILD"""
import json
import os
import re
import signal
import subprocess
import sys
import time

import card_readers
from gateway import Gateway
from installation import Checks, Installation

AGREEMENT = "kepahiang-2025"
ROWS, WITHOUT_PHONE, REFUSED = 60, 24, 6
CODE = re.compile(r"(\d\d\.\d\d\.\d\d\.\d{4})-\d{8}-\d{6}(-\d+)?\.pdf")


def total(checks, payung):
    code, answer = payung.cli("notification", "report")
    counts = answer["total"]
    checks.equal("the books agree", (code, counts["promised"]), (0, counts["queued"] + counts["sent"] + counts["failed"] + counts["stale"]))
    return counts


def paper(payung):
    _, answer = payung.cli("notification", "report")
    return next((row for row in answer["channels"] if row["channel"] == "paper"), None)


def folder(payung, name):
    os.mkdir(payung.path(name), 0o700)
    return payung.path(name)


def print_letters(payung, *options):
    return payung.cli("letter", "print", "--agreement", AGREEMENT, *options)


def texts(path):
    return {name: card_readers.text_of(os.path.join(path, name), "-layout") for name in sorted(os.listdir(path))}


def case_wait(checks, payung, rows):
    """Only who has no telephone waits for paper."""
    payung.enrol(payung.write_list("list.csv", rows), AGREEMENT)
    payung.wait_sql(60, "all are told but those who wait for paper", f"(SELECT count(*) FROM notice.message) = {ROWS} AND (SELECT count(*) FROM notice.message WHERE state = 'queued' AND channel = 'paper') = {WITHOUT_PHONE} "
                    f"AND (SELECT count(*) FROM notice.message WHERE state = 'sent') = {ROWS - WITHOUT_PHONE}")
    counts = total(checks, payung)
    checks.equal("who has no telephone is queued for paper", (counts["queued"], counts["sent"], counts["failed"], payung.gateway.taken), (WITHOUT_PHONE, ROWS - WITHOUT_PHONE, 0, ROWS - WITHOUT_PHONE))
    checks.equal("the meter counts them, and none of them as late", (payung.meter("sender", "payung_notice_paper_messages"), payung.meter("sender", "payung_notice_due_messages")), (WITHOUT_PHONE, 0))
    checks.equal("they may wait for long", payung.number("SELECT count(*) FROM notice.outbox WHERE stale_at > now() + interval '80 days'"), WITHOUT_PHONE)
    code, listed = payung.cli("letter", "list", "--agreement", AGREEMENT)
    checks.equal("the list knows them", (code, len(listed["letters"]), {row["state"] for row in listed["letters"]}), (0, WITHOUT_PHONE, {"waits"}))
    checks.expect(not any(row["nama"] in json.dumps(listed) for row in rows), "without names")


def case_print(checks, payung, rows):
    village = payung.sql("SELECT home_region, home_village FROM notice.outbox WHERE channel = 'paper' ORDER BY 1, 2 LIMIT 1")[0]
    code = f"{village[0][:2]}.{village[0][2:4]}.{village[0][4:]}.{int(village[1]):04}"
    one = folder(payung, "one")
    exit_code, done = print_letters(payung, "--region", code, "--out", one)
    first = done["printed"]
    checks.equal("one village alone", (exit_code, done["villages"], done["files"], [CODE.fullmatch(name).group(1) for name in os.listdir(one)]), (0, 1, 1, [code]))
    everything = folder(payung, "all")
    exit_code, done = print_letters(payung, "--out", everything)
    checks.equal("then all the others", (exit_code, done["printed"], done["failed"]), (0, WITHOUT_PHONE - first, 0))
    checks.equal("a file a village", (done["files"], done["villages"]), (len(os.listdir(everything)), len(os.listdir(everything))))
    checks.expect(done["pages"] <= (WITHOUT_PHONE - first + done["files"]), "at most one page a letter", done["pages"])
    pages = dict(texts(one), **texts(everything))
    without = [row for row in rows if not row["no_hp"]]
    whole = " ".join(" ".join(pages.values()).split())
    checks.equal("everybody's name is there once as who it is to", sorted(whole.count(f"Yth. Bapak/Ibu {row['nama']}") >= 1 for row in without), [True] * WITHOUT_PHONE)
    checks.equal("as many letters as people", len(re.findall("Yth. Bapak/Ibu", whole)), WITHOUT_PHONE)
    checks.expect(not any(row["nik"] in whole for row in rows) and not re.search(r"\b\d{16}\b", whole), "no identity number")
    checks.expect("Yang perlu dilakukan:" in whole and "What you can do:" in whole and "Batas waktu:" in whole and "Deadline:" in whole, "reasons, what can be done, and until when, in both languages")
    checks.equal("of each who was refused", whole.count("Batas waktu:"), REFUSED)
    for name, text in pages.items():
        names = re.findall(r"Yth\. Bapak/Ibu (.*)", text)
        checks.expect([line.strip().lower() for line in names] == sorted(line.strip().lower() for line in names), f"by name in {name}", len(names))
        checks.expect(CODE.fullmatch(name).group(1) in text, "of this village")
    some = os.path.join(everything, sorted(os.listdir(everything))[0])
    checks.equal("the font is in the file, which its owner alone reads", (card_readers.fonts_are_embedded(some), oct(os.stat(some).st_mode & 0o777)), (True, "0o600"))
    counts = total(checks, payung)
    checks.equal("printed is sent", (counts["queued"], counts["sent"], paper(payung)["sent"]), (0, ROWS, WITHOUT_PHONE))
    checks.equal("who and when", payung.sql("SELECT number, actor LIKE 'operator:%', at > now() - interval '5 min', count(*) FROM notice.letter GROUP BY 1, 2, 3"), [["1", "t", "t", str(WITHOUT_PHONE)]])
    exit_code, done = print_letters(payung, "--out", folder(payung, "nothing"))
    checks.equal("nothing is printed twice", (exit_code, done["printed"], os.listdir(payung.path("nothing"))), (0, 0, []))


def case_again(checks, payung, letters):
    checks.equal("again needs a reason", payung.run("letter", "print", "--agreement", AGREEMENT, "--out", payung.path("one"), "--again").returncode, 2)
    code, done = print_letters(payung, "--again", "--reason", "basah", "--enrolment", letters[0]["enrolment"], "--out", folder(payung, "again"))
    checks.equal("one letter again", (code, done["printed"], done["again"]), (0, 1, True))
    checks.expect("(cetak ulang)" in "".join(texts(payung.path("again")).values()), "which says so")
    counts = total(checks, payung)
    checks.equal("counts nothing", (counts["sent"], paper(payung)["sent"]), (ROWS, WITHOUT_PHONE))
    _, listed = payung.cli("letter", "list", "--agreement", AGREEMENT)
    checks.equal("the list tells how often", sorted(row["times"] for row in listed["letters"]), [1] * (WITHOUT_PHONE - 1) + [2])
    checks.equal("and why", payung.sql("SELECT number, note FROM notice.letter WHERE note <> ''"), [["2", "basah"]])


def more(payung, seed, count=30):
    rows = payung.simulated("17.08", count, seed)
    for row in rows:
        row["no_hp"] = ""
    payung.enrol(payung.write_list(f"more{seed}.csv", rows), AGREEMENT)
    payung.wait_sql(60, "they wait for paper", f"(SELECT count(*) FROM notice.outbox WHERE channel = 'paper' AND stage = 'waits') >= {count}")


def case_two_at_once(checks, payung):
    more(payung, 71)
    before = total(checks, payung)["sent"]
    folders = [folder(payung, f"race{i}") for i in range(3)]
    running = [subprocess.Popen([os.path.join(payung.build, "bin/payung"), "letter", "print", "--agreement", AGREEMENT, "--out", path, "--json"], env=payung.environment, stdout=subprocess.PIPE) for path in folders]
    ends = [(json.loads(process.communicate()[0]), process.returncode) for process in running]
    checks.expect(all(code == 0 or answer["error"]["code"] == "CHANGED_MEANWHILE" for answer, code in ends), "of three at once, who is late is told", [code for _, code in ends])
    print_letters(payung, "--out", folder(payung, "rest"))
    printed = sum(text.count("Yth. Bapak/Ibu") for path in folders + [payung.path("rest")] for text in texts(path).values())
    checks.equal("everybody has one letter", (total(checks, payung)["sent"] - before, printed), (30, 30))
    checks.equal("nothing half-made is left", [name for path in folders for name in os.listdir(path) if not CODE.fullmatch(name)], [])


def case_killed(checks, payung):
    """Killed at any moment: what is noted has its file or can be printed again; what is not waits."""
    more(payung, 72)
    for pause in (0.05, 0.2, 0.4, 0.6):
        process = subprocess.Popen([os.path.join(payung.build, "bin/payung"), "letter", "print", "--agreement", AGREEMENT, "--out", payung.path("rest"), "--json"], env=payung.environment, stdout=subprocess.DEVNULL)
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
    code, _ = print_letters(payung, "--out", payung.path("rest"))
    counts = total(checks, payung)
    checks.equal("the rest is printed by the next call", (code, counts["queued"], counts["failed"]), (0, 0, 0))
    checks.equal("each message has one first print", payung.number("SELECT count(*) FROM notice.letter WHERE number = 1"), payung.number("SELECT count(*) FROM notice.message WHERE channel = 'paper'"))


def case_unreachable(checks, payung):
    """A telephone that the operator can't reach: its letter goes on paper. A person whose seal can't be read has failed."""
    rows = payung.simulated("17.08", 4, 73)
    for place, row in enumerate(rows):
        row["no_hp"] = f"081273000{place:03}"
    seen = len(payung.gateway.urls)
    payung.enrol(payung.write_list("unreachable.csv", rows), AGREEMENT)
    payung.wait_sql(60, "all are taken", "(SELECT count(*) FROM notice.outbox WHERE stage = 'taken' AND channel = 'sms') >= 4")
    for url in payung.gateway.urls[seen:]:
        payung.gateway.report(url, 2)
    checks.equal("a report that it could not be delivered", (payung.number("SELECT count(*) FROM notice.outbox WHERE channel = 'paper' AND stage = 'waits'"), total(checks, payung)["queued"]), (4, 4))
    payung.sql("UPDATE notice.outbox SET event = '\\x00' WHERE event_id = (SELECT event_id FROM notice.outbox WHERE channel = 'paper' AND stage = 'waits' LIMIT 1)")
    code, done = print_letters(payung, "--out", payung.path("rest"))
    counts = total(checks, payung)
    checks.equal("who can't be read has failed, the others are printed", (code, done["printed"], done["failed"], counts["failed"], counts["queued"]), (3, 3, 1, 1, 0))


def case_away(checks, payung):
    more(payung, 74, 6)
    closed = folder(payung, "closed")
    os.rename(closed, closed + "-gone")
    checks.equal("a folder that is not there", print_letters(payung, "--out", closed)[0], 2)
    print_letters(payung, "--out", payung.path("rest"))
    more(payung, 75, 2)
    payung.sql("UPDATE notice.outbox SET stale_at = now() - interval '1 s' WHERE stage = 'waits'")
    payung.wait_sql(10, "what nobody printed in time is stale", "(SELECT count(*) FROM notice.message WHERE state = 'stale') = 2")
    checks.equal("and is not printed", print_letters(payung, "--out", payung.path("rest"))[1]["printed"], 0)
    total(checks, payung)


def main(source, build):
    checks = Checks()
    gateway = Gateway()
    channels = {"NOTICE_CHANNELS": "sms,paper"}
    with Installation(source, build, stage_knobs=channels, single_knobs={"coverage": channels, "sender": dict(channels, NOTICE_QUIET_FROM="0", NOTICE_QUIET_TO="0", POLL_MS="20", NOTICE_RETRY_FIRST_MS="50", **gateway.knobs())}) as payung:
        payung.gateway = gateway
        payung.start()
        payung.apply(payung.sample_agreement())
        rows = payung.simulated("17.08", ROWS, 70)
        for place, row in enumerate(rows):
            row["no_hp"] = "" if place < WITHOUT_PHONE else f"081270000{place:03}"
        for row in rows[:REFUSED]:
            row["kode_wilayah_ktp"] = "17.71.01.1001"
        checks.case("who waits for paper", case_wait, checks, payung, rows)
        checks.case("printing", case_print, checks, payung, rows)
        _, listed = payung.cli("letter", "list", "--agreement", AGREEMENT)
        checks.case("printing again", case_again, checks, payung, listed["letters"])
        for title, case in (("two at once", case_two_at_once), ("killed", case_killed), ("a telephone that can't be reached", case_unreachable), ("away, and too late", case_away)):
            checks.case(title, case, checks, payung)
        checks.clean_end(payung)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
