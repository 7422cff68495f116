#!/usr/bin/env python3
"""Who is asked again, and why. Who waits for an answer from outside is tried again without anybody's doing: a list and a single person end PENDING while a Dukcapil-like service is silent, and are accepted or
refused when it speaks again. Each is charged once and told once that he waits and once what came of it, also when intake is killed meanwhile, Redis forgets, and the same rows
come again in another list. Who is called from the waiting list, or renewed, goes the same way.
usage: recheck_test.py SOURCE BUILD"""
import csv
import json
import sys
import time
from datetime import date, datetime, timedelta, timezone

import books
from documents import agreement
from dukcapil_simulator import Simulator
from facts_services_test import NAME, TOKEN, nik, write_list
from installation import Checks, Installation, wait_until

AGREEMENT, POOR, PREMIUM = "tunggu-2025", "miskin-2025", 201600
DAY, NUMBERS = 7, (0, 70, 71, 1, 2)  # the list: three alive, one dead, one unknown
SINGLE = {"nik": nik(3, DAY), "nama": NAME, "tgl_lahir": f"1980-01-{DAY:02}", "jenis_kelamin": "L", "kode_wilayah_ktp": "17.08.04", "kode_pekerjaan": "0402",
          "pekerjaan": "buruh tani", "segmen": "BPU", "agreement": AGREEMENT}
PARTS = ("accepted", "waitlisted", "rejected", "duplicates", "pending")
KNOBS = {"DUKCAPIL_TOKEN": TOKEN, "DUKCAPIL_TIMEOUT_MS": "300", "PENDING_RETRY_FIRST_S": "1", "PENDING_RETRY_MAX_S": "3"}
LOOKS_S = 3  # the relay looks every second: long enough to say that it does nothing
INTAKE_KNOBS = {"RECHECK_AGAIN_S": "3"}


def ask_single(payung):
    status, _, body = payung.post("/v1/enrolments", json.dumps(SINGLE), {"Idempotency-Key": "tunggu-1", "Prefer": "wait=20"})
    return status, body


def parts(answer):
    return {name: answer[name] for name in PARTS if answer[name]}


def tries(payung):
    """{application: (attempts that are decided, status of the last one)} of all that ever waited."""
    rows = payung.sql("SELECT encode(application_id, 'hex'), max(attempt), (array_agg(status ORDER BY attempt DESC))[1] FROM ledger.outcome WHERE NOT repeat "
                      "AND application_id IN (SELECT application_id FROM ledger.outcome WHERE status = 5) GROUP BY 1")
    return {application: (int(attempt), books.OUTCOME_NAMES[int(status)]) for application, attempt, status in rows}


def due(payung):
    return payung.number("SELECT count(*) FROM ledger.pending")


def expect_proof(checks, payung, sentence):
    code, answer = payung.cli("ledger", "verify")
    checks.expect(code == 0, sentence, answer.get("problems"))


def case_wait(checks, payung, seen):
    code, answer = payung.enrol(write_list(payung, DAY, NUMBERS), AGREEMENT)
    seen["batch"] = answer["batch"]
    checks.expect(parts(answer) == {"pending": 5} and answer["rows"] == 5, "Dukcapil is silent: all rows are pending", f"exit {code} {parts(answer)}")
    status, seen["body"] = ask_single(payung)
    answer = json.loads(seen["body"])
    seen["single"] = answer["enrolment_id"]
    checks.expect(status == 200 and answer["status"] == "pending", "a waiting caller is told that he is pending", answer["status"])
    checks.expect(due(payung) == 6, "each has its next attempt", due(payung))
    shown = payung.number(f"SELECT count(*) FROM ledger.pending WHERE position('{NAME}'::bytea in record) > 0 OR position('{nik(0, DAY)[:12]}'::bytea in record) > 0")
    checks.expect(shown == 0, "which shows neither name nor NIK", shown)
    wait_until(30, "a third attempt", lambda: min(attempt for attempt, _ in tries(payung).values()) >= 3)
    checks.expect({status for _, status in tries(payung).values()} == {"pending"} and due(payung) == 6, "tried again and again, they still wait", sorted(tries(payung).values()))
    moments = payung.number("SELECT count(*) FROM ledger.pending WHERE due_at > first_pending_at + interval '1 second' AND first_pending_at < now() - interval '2 seconds'")
    checks.expect(moments == 6, "with growing delays since the first time", moments)
    code, answer = payung.cli("ledger", "pending")
    checks.expect(code == 0 and answer["pending"] == 6 and [(line["codes"], line["last_hour"], line["older"], line["attempts"] >= 3) for line in answer["reasons"]] ==
                  [("P01", 6, 0, True)], "payung ledger pending tells why and since when", answer)
    checks.expect("P01" in payung.must("ledger", "pending") and NAME not in payung.must("ledger", "pending"), "and says it to people")
    checks.expect(payung.meter("ingestion", "payung_rechecks_total") >= 12, "the meter counts them", payung.meter("ingestion", "payung_rechecks_total"))


def case_disturbances(checks, payung, seen):
    payung.redis("FLUSHALL")
    code, answer = payung.enrol(write_list(payung, DAY, (*NUMBERS, 4)), AGREEMENT)
    seen["second"] = answer["batch"]
    checks.expect(seen["second"] != seen["batch"] and parts(answer) == {"pending": 6}, "the same rows in another list wait too", f"exit {code} {parts(answer)}")
    repeats = payung.number("SELECT count(*) FROM ledger.outcome WHERE repeat AND status = 5")
    checks.expect(repeats >= 5 and due(payung) == 7, "they repeat what stands, and make nothing due twice", f"{repeats} repeats, {due(payung)} due")
    starts = payung.services["ingestion"].starts
    checks.expect(payung.services["ingestion"].kill(), "intake is killed")
    wait_until(30, "intake is back", lambda: payung.services["ingestion"].starts > starts and payung.get("ingestion", "/readyz")[0] == 200)
    before = max(attempt for attempt, _ in tries(payung).values())
    wait_until(30, "another attempt", lambda: min(attempt for attempt, _ in tries(payung).values()) > before)
    checks.expect(due(payung) == 7, "after its restart all are tried again", sorted(tries(payung).values()))
    ledger = payung.services["ledger-1-bulk"]
    starts = ledger.starts
    ledger.kill()
    wait_until(30, "the ledger is back", lambda: ledger.starts > starts and payung.get("ledger-1-bulk", "/readyz")[0] == 200)
    wait_until(30, "nothing is under way", lambda: payung.cli("ledger", "verify")[1]["problem_count"] == 0, 0.5)
    checks.expect(True, "the ledger verifies while they wait")
    told = payung.sql("SELECT template, count(*), count(DISTINCT application_id) FROM notice.message GROUP BY 1")
    checks.expect(told == [["PENDING", "7", "7"]], "each was told once that he waits", told)


def case_answer(checks, payung, simulator, seen):
    simulator.reset()
    wait_until(90, "nobody waits any more", lambda: due(payung) == 0, 0.2)
    results = sorted(status for _, status in tries(payung).values())
    checks.expect(results == ["accepted"] * 5 + ["rejected"] * 2, "Dukcapil answers: who waited is accepted or refused by itself", sorted(tries(payung).values()))
    checks.expect(not simulator.strange, "with proper questions", simulator.strange)
    for name, rows in (("batch", 5), ("second", 6)):
        code, answer = payung.cli("batch", seen[name])
        checks.expect(parts(answer) == {"accepted": rows - 2, "rejected": 2} and answer["rows"] == rows and answer["committed"] == (rows - 2) * PREMIUM and
                      answer["by_code"] == {"E70": 1, "E71": 1, "W20": rows}, f"the list of {rows} rows adds up and shows it", f"exit {code} {answer}")
    payung.run("batch", seen["second"], "--result", payung.path("result.csv"))
    with open(payung.path("result.csv"), encoding="utf-8-sig", newline="") as file:
        rows = [(row["status"], row["kode"]) for row in csv.DictReader(file, delimiter=";")]
    checks.expect(rows == [("DITERIMA", "W20"), ("DITOLAK", "E70 W20"), ("DITOLAK", "E71 W20")] + [("DITERIMA", "W20")] * 3, "and so does its result file", rows)
    answer = payung.cli("status", seen["single"])[1]
    checks.expect(answer["status"] == "accepted" and answer["amount"] == PREMIUM, "and the single enrolment", answer["status"])
    status, body = ask_single(payung)
    checks.expect(status == 200 and body == seen["body"], "the same key still gives the first answer, byte for byte", json.loads(body)["status"])


def case_books(checks, payung):
    committed, accepted = payung.sql(f"SELECT committed, accepted FROM ledger.budget JOIN ledger.agreement USING (agreement_no) WHERE agreement_id = '{AGREEMENT}'")[0]
    checks.expect((int(committed), int(accepted)) == (5 * PREMIUM, 5), "the budget is charged once for each", f"{committed} for {accepted}")
    wait_until(30, "every message is settled", lambda: books.all_decided(payung))
    told = payung.sql("SELECT template, count(*), count(DISTINCT application_id) FROM notice.message GROUP BY 1 ORDER BY 1")
    checks.expect(told == [["ACCEPTED", "5", "5"], ["PENDING", "7", "7"], ["REJECTED_FIX", "1", "1"]], "one letter that he waits and one that he is in; nobody is told of a death", told)
    checks.expect(len(books.letters(payung)) == 13, "as many letters were delivered", len(books.letters(payung)))
    checks.expect(payung.cli("notification", "report")[0] == 0, "the report of messages agrees")
    expect_proof(checks, payung, "the ledger verifies")


def case_stray(checks, payung):
    """A row that is due although its attempt is decided (somebody restored an old table): named, sent, and gone."""
    application = payung.sql("SELECT application_id, attempt, partition, origin, agreement_no FROM ledger.outcome WHERE NOT repeat AND attempt > 1 AND status = 1 LIMIT 1")[0]
    checks.expect(len(application) == 5, "somebody was accepted by a later attempt")
    record = payung.record("payung.enrolment.submitted.v1", application[2], application[3]).hex()
    payung.services["ingestion"].pause()
    payung.sql(f"INSERT INTO ledger.pending VALUES ('{application[0]}', {application[1]}, {application[2]}, {application[3]}, {application[4]}, 0, '\\x{record}', now(), now())")
    code, answer = payung.cli("ledger", "verify")
    checks.expect(code == 1 and {problem["check"] for problem in answer["problems"]} == {"pending"}, "a row too much is named", answer["problems"])
    payung.services["ingestion"].resume()
    payung.wait_ready("ingestion")
    wait_until(30, "it is gone", lambda: due(payung) == 0)
    expect_proof(checks, payung, "it goes by itself, and nothing is charged twice")


def case_extracts(checks, payung):
    payung.apply(agreement(POOR, options={"requires_dtsen": True}))
    _, answer = payung.enrol(write_list(payung, 26, (0, 1)), POOR)
    checks.expect(parts(answer) == {"pending": 2} and answer["by_code"]["P02"] == 2, "without a list of the poor they wait", parts(answer))
    payung.must("facts", "load", "dtsen", payung.write("dtsen.csv", f"nik;desil\n{nik(0, 26)};1\n"), "--region", "17.08", "--as-of", "2025-06-30")
    wait_until(60, "nobody waits any more", lambda: due(payung) == 0, 0.2)
    answer = payung.cli("batch", answer["batch"])[1]
    checks.expect(payung.cli("ledger", "pending")[1] == {"pending": 0, "reasons": []}, "the report is empty")
    checks.expect(parts(answer) == {"accepted": 1, "rejected": 1}, "when the list is loaded, they are decided by themselves", parts(answer))


def enrolled(payung, agreement_id):
    """[(place, state, start month, end month, committed)...]"""
    return payung.sql("SELECT e.place, e.state, e.start_month, e.end_month, o.amount FROM ledger.enrolment e JOIN ledger.agreement a USING (agreement_no) "
                      f"JOIN ledger.outcome o USING (partition, epoch, origin) WHERE a.agreement_id = '{agreement_id}' ORDER BY e.place")


def case_promotion(checks, payung):
    """The next in the waiting list is submitted again, with the months that are left; everybody enrolled is asked again for the next period."""
    payung.apply(agreement("antri-2025", pagu=2 * PREMIUM + 20000))
    payung.apply(agreement("antri-2026", period={"from": "2026-10-01", "to": "2027-09-30"}, registration_date=None, pagu=3 * PREMIUM, renews="antri-2025"))
    _, answer = payung.enrol(write_list(payung, 12, (0, 1, 2, 3)), "antri-2025")
    checks.expect(parts(answer) == {"accepted": 2, "waitlisted": 2}, "two are in, two wait", parts(answer))
    first, third = (row[0] for row in payung.sql(f"SELECT encode(application_id, 'hex') FROM ledger.outcome WHERE batch_id = '{answer['batch']}' AND row_number IN (1, 3) ORDER BY row_number"))
    code, shown = payung.cli("waitlist", "antri-2025")
    checks.expect(code == 0 and [row["place"] for row in shown["rows"]] == [1, 2] and shown["rows"][0]["enrolment"] == third, "payung waitlist tells their order", shown)
    code, answer = payung.cli("mutation", first, "--reason", "DEATH", "--date", "2025-11-03", "--on", "2025-11-05")
    checks.expect(code == 0 and answer["promoted"] == 1 and answer["agreements"][0]["released"] == PREMIUM, "one dies, never covered and never invoiced: all of it falls free, the first in line is called", answer)
    wait_until(60, "who was called is enrolled", lambda: len(enrolled(payung, "antri-2025")) == 3, 0.2)
    checks.expect(enrolled(payung, "antri-2025")[2] == ["3", "1", "202511", "202609", str(11 * 16800)], "for the eleven months that are left", enrolled(payung, "antri-2025"))
    code, answer = payung.cli("agreement", "renew", "antri-2025", "--into", "antri-2026", "--on", "2026-09-20", "--yes")
    checks.expect(code == 0 and answer["persons"] == 2 and answer["waiting_in_old"] == 1, "those who are in are renewed", answer)
    wait_until(60, "they are enrolled again", lambda: len(enrolled(payung, "antri-2026")) == 2 and due(payung) == 0, 0.2)
    checks.expect([row[1:] for row in enrolled(payung, "antri-2026")] == [["1", "202610", "202709", str(PREMIUM)]] * 2, "for the next period", enrolled(payung, "antri-2026"))
    code, answer = payung.cli("run", "--date", "2026-10-01", "--agreement", "antri-2025")
    checks.expect(code == 0 and answer["agreements"][0]["carried"] == 1 and answer["agreements"][0]["promoted"] == 1, "the old one ends: who waits goes over and is called", answer)
    wait_until(60, "the last one is enrolled", lambda: len(enrolled(payung, "antri-2026")) == 3, 0.2)
    code, answer = payung.cli("run", "--date", "2026-10-01", "--agreement", "antri-2025")
    checks.expect(code == 0 and answer["agreements"][0]["result"] == "nothing", "the same run again does nothing", answer)
    expect_proof(checks, payung, "the ledger verifies")


def business_month():
    """YYYYMM of today in Jakarta."""
    return datetime.now(timezone(timedelta(hours=7))).strftime("%Y%m")


def case_relay_calls(checks, payung):
    """In an agreement of these days nobody has to ask: the relay calls the next one by itself, today."""
    month = business_month()
    first = int(month[:4]) * 12 + int(month[4:]) - 2  # the months are counted from 0; it began last month
    begin, end = (date((first + count) // 12, (first + count) % 12 + 1, 1) for count in (0, 12))
    members = {"period": {"from": str(begin), "to": str(end - timedelta(days=1))}, "registration_date": str(begin - timedelta(days=1))}
    payung.apply(agreement("hari-ini", pagu=100 * PREMIUM, quota=1, **members))
    _, answer = payung.enrol(write_list(payung, 14, (0, 1, 2)), "hari-ini")
    checks.expect(parts(answer) == {"accepted": 1, "waitlisted": 2}, "one is in, two wait for a place", parts(answer))
    payung.apply(agreement("hari-ini", pagu=100 * PREMIUM, quota=2, **members))
    time.sleep(LOOKS_S)
    checks.expect(len(enrolled(payung, "hari-ini")) == 1, "told to leave that to the run, the relay calls nobody")
    relay = payung.services["relay"]
    relay.pause()
    relay.environment["SERVE_WAITING_LISTS"] = "1"
    relay.resume()
    wait_until(60, "who was called is enrolled", lambda: len(enrolled(payung, "hari-ini")) == 2, 0.2)
    months = [row[2:4] for row in enrolled(payung, "hari-ini")]
    last = (end - timedelta(days=1)).strftime("%Y%m")
    checks.expect(months == [[begin.strftime("%Y%m"), last], [months[1][0], last]] and months[1][0] in (month, business_month()), "a place falls free: the next one has it from this month on", months)
    actors = payung.sql("SELECT actor, action FROM ledger.audit WHERE agreement_id = 'hari-ini' AND action = 'promotion'")
    checks.expect(actors == [["service:relay", "promotion"]], "the audit knows who called him, once", actors)
    wait_until(30, "nothing is under way", lambda: due(payung) == 0, 0.2)
    time.sleep(LOOKS_S)
    checks.expect(len(enrolled(payung, "hari-ini")) == 2 and payung.cli("waitlist", "hari-ini")[1]["rows"][0]["place"] == 1, "the last one waits")


def main():
    source, build = sys.argv[1:3]
    checks, simulator, seen = Checks(), Simulator(token=TOKEN, mode="hang").start(), {}
    try:
        with Installation(source, build, stage_knobs=dict(KNOBS, DUKCAPIL_URL=simulator.url), intake_knobs=INTAKE_KNOBS) as payung:
            payung.start()
            payung.apply(agreement(AGREEMENT))
            checks.case("they wait", case_wait, checks, payung, seen)
            checks.case("disturbances", case_disturbances, checks, payung, seen)
            checks.case("the answer", case_answer, checks, payung, simulator, seen)
            checks.case("the books", case_books, checks, payung)
            checks.case("a stray row", case_stray, checks, payung)
            checks.case("extracts", case_extracts, checks, payung)
            checks.case("promotion and renewal", case_promotion, checks, payung)
            checks.case("the relay calls", case_relay_calls, checks, payung)
            expect_proof(checks, payung, "at the end the ledger verifies")
            checks.no_disaster(payung)
    finally:
        simulator.stop()
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
