#!/usr/bin/env python3
"""A thousand dead letters of three reasons on a running installation: bytes that nobody can read, records without a lineage, and people whom the database refuses. They are grouped, one is
edited, one reason is discarded, one replayed by a command that is killed in the middle and repeated; afterwards everybody is enrolled once, the ledger proves itself, and each action has its
row in the audit. Then decisions are doubted (`payung reprocess`) and explained (`payung why`).
usage: dead_letters_test.py SOURCE BUILD"""
import json
import os
import subprocess
import sys
import time

from documents import agreement
from installation import Checks, Installation, wait_until

SUBMITTED, ASSESSED, PRICED = (f"payung.enrolment.{name}.v1" for name in ("submitted", "assessed", "priced"))
UNREADABLE, FOREIGN, REFUSED = 500, 380, 120  # each of the last ones takes the ledger a tenth of a second: a batch is halved down to it
AGREEMENT, DOUBTED, PREMIUM, PAGE = "surat-2025", "ragu-2025", 201600, 100
BECAUSE = ("--yes", "--because", "uji surat mati")
LONG = 60
TERMS_FRESH_S = 1.2  # a stage knows the terms of an agreement for a second (AGREEMENT_FRESH_MS)


def varint_at(data, at):
    result = shift = 0
    while True:
        byte = data[at]
        result |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return result, at


def without_lineage(record):
    """A message of ours without its first field."""
    assert record[0] == 0x0A, "the lineage comes first"
    size, at = varint_at(record, 1)
    return record[at + size:]


def produce_all(payung, topic, partition, values):
    separator = b"=-=-=-=-="
    assert not any(separator in value for value in values)
    path = payung.path("poison.bin")
    with open(path, "wb") as file:
        file.write(separator.join(values))
    with open(path, "rb") as file:
        subprocess.run(["kcat", "-b", payung.settings["BROKERS"], "-q", "-P", "-t", topic, "-p", str(partition), "-k", "poison", "-D", separator.decode()], stdin=file, check=True, timeout=60)


def groups(payung):
    """{(word of the topic, reason, kind): (open, replayed, discarded)}"""
    code, answer = payung.cli("dlq", "list")
    assert code == 0, answer
    return {(row["topic"].split(".")[2], row["reason"], row["kind"]): (row["open"], row["replayed"], row["discarded"]) for row in answer["groups"]}


def letters(payung, *options):
    code, answer = payung.cli("dlq", "list", "--limit", "1000", *options)
    assert code == 0, answer
    return answer["letters"]


def audit(payung, action):
    return payung.number(f"SELECT count(*) FROM ledger.audit WHERE action = '{action}'")


def statuses(payung, agreement_id):
    """{status of the last attempt: persons} of the agreement's lists."""
    rows = payung.sql("SELECT status, count(*) FROM (SELECT DISTINCT ON (o.application_id) o.status FROM ledger.outcome o WHERE NOT o.repeat AND o.application_id IN (SELECT r.application_id"
                      f" FROM intake.batch_row r JOIN intake.batch b USING (batch_no) JOIN ledger.agreement a ON a.agreement_no = b.agreement_no WHERE a.agreement_id = '{agreement_id}')"
                      " ORDER BY o.application_id, o.attempt DESC) s GROUP BY 1 ORDER BY 1")
    return {int(status): int(count) for status, count in rows}


def due(payung):
    return payung.number("SELECT count(*) FROM ledger.pending")


def expect_proof(checks, payung, sentence):
    code, answer = payung.cli("ledger", "verify")
    checks.expect(code == 0, sentence, answer.get("problems", answer))


# ---- cases ----

def case_poison(checks, payung, seen):
    payung.apply(agreement(AGREEMENT))
    one = payung.write_list("one.csv", payung.simulated("17.08", 1, 3))
    _, answer = payung.enrol(one, AGREEMENT)
    checks.expect(answer["accepted"] == 1, "one person is enrolled", answer)
    partition, origin = payung.sql("SELECT partition, origin FROM ledger.outcome WHERE status = 1")[0]
    record = payung.record(ASSESSED, int(partition), int(origin))
    number = payung.number(f"SELECT agreement_no FROM ledger.agreement WHERE agreement_id = '{AGREEMENT}'")
    payung.sql(f"ALTER TABLE ledger.outcome ADD CONSTRAINT refuse_them CHECK (agreement_no <> {number} OR batch_id = '') NOT VALID")
    produce_all(payung, SUBMITTED, 0, [b"\xff\xfe poison %d" % i for i in range(UNREADABLE)])
    produce_all(payung, ASSESSED, 0, [without_lineage(record)] * FOREIGN)
    seen["list"] = payung.write_list("many.csv", payung.simulated("17.08", REFUSED, 11))
    began = time.monotonic()
    _, answer = payung.enrol(seen["list"], AGREEMENT)
    seen["batch"] = answer["batch"]
    checks.expect(statuses(payung, AGREEMENT) == {1: 1, 6: REFUSED}, "the database refuses a list: each of its people is parked, by itself", f"{statuses(payung, AGREEMENT)}, {time.monotonic() - began:.1f} s")
    wait_until(LONG, "all letters are written", lambda: sum(payung.end(f"{topic}.dlq", 0) for topic in (SUBMITTED, ASSESSED, PRICED)) >= UNREADABLE + FOREIGN + REFUSED)
    payung.sql("ALTER TABLE ledger.outcome DROP CONSTRAINT refuse_them")
    expect_proof(checks, payung, "the ledger verifies with a thousand parked records")


def case_list(checks, payung, seen):
    began = time.monotonic()
    found = groups(payung)
    took = time.monotonic() - began
    wanted = {("submitted", "X01", "unreadable"): (UNREADABLE, 0, 0), ("assessed", "X01", "foreign"): (FOREIGN, 0, 0), ("priced", "X02", "refused"): (REFUSED, 0, 0)}
    checks.equal("a thousand letters in three groups", found, wanted)
    checks.expect(took < 10, "soon", f"{took:.2f} s")
    shown = payung.must("dlq", "list")
    checks.expect("1000 menunggu tindakan" in shown and "priced:0" in shown, "and in words", shown[:300])
    seen["refused"] = letters(payung, "--reason", "X02")
    checks.expect(len(seen["refused"]) == REFUSED and {letter["topic"] for letter in seen["refused"]} == {f"{PRICED}.dlq"}, "each of a reason can be listed", len(seen["refused"]))
    checks.expect(len(letters(payung, "--topic", "assessed")) == FOREIGN and len(letters(payung, "--reason", "foreign")) == FOREIGN, "or of a topic, or of a kind")
    code, letter = payung.cli("dlq", "show", "submitted:0")
    checks.expect(code == 0 and letter["content"] is None and letter["hex"].startswith("fffe20706f69736f6e") and letter["headers"]["dlq.error.code"] == "X01", "what can't be read is shown in digits", letter)
    raw = subprocess.run([os.path.join(payung.build, "bin/payung"), "dlq", "show", "submitted:0", "--raw"], env=payung.environment, capture_output=True, check=True).stdout
    checks.expect(raw.startswith(b"\xff\xfe poison"), "and given out as it came", raw)
    person = payung.simulated("17.08", 1, 11)[0]
    page = payung.must("dlq", "show", "priced:5") + json.dumps(payung.cli("dlq", "show", "priced:5")[1])
    checks.expect("agreement" in page and AGREEMENT in page and person["nik"] not in page and person["nama"] not in page, "a letter shows its attributes and nobody", page[:200])


def case_logs(checks, payung, seen):
    """Each letter has its line: whose it is and under which trace it travels; about bytes that nobody can read there is nothing to say."""
    lines = payung.told("ledger", "dead letter")
    people = {row[0] for row in payung.sql("SELECT encode(application_id, 'hex') FROM ledger.outcome WHERE status = 6 AND application_id <> decode(repeat('00', 16), 'hex')")}
    checks.equal("who was refused is named in the log by id", ({line["enrolment_id"] for line in lines} == people, len(people), {(line["code"], line["topic"], line["level"]) for line in lines}),
                 (True, REFUSED, {("X02", PRICED, "warning")}))
    headers = dict(part.partition("=")[::2] for part in payung.record(PRICED, lines[0]["partition"], lines[0]["offset"], "%h").decode().split(","))
    checks.equal("with the trace of the record", headers["traceparent"].split("-")[1], lines[0]["trace_id"])
    strange = [payung.told(stage, "dead letter") for stage in ("eligibility", "premium")]
    checks.equal("strange bytes have a place and no id", ([len(lines) for lines in strange], any({"enrolment_id", "trace_id"} & line.keys() for lines in strange for line in lines)), ([UNREADABLE, FOREIGN], False))


def case_refusals(checks, payung, seen):
    code, answer = payung.cli("dlq", "replay", "--reason", "unreadable")
    checks.expect((code, answer["dry_run"], answer["done"], answer["refused"], answer["refusals"][0]["code"]) == (3, True, 0, UNREADABLE, "UNREADABLE"), "what nobody can read is not replayed", answer)
    code, answer = payung.cli("dlq", "replay", "--topic", "assessed", *BECAUSE)
    checks.expect((code, answer["done"], answer["refused"], answer["refusals"][0]["code"]) == (3, 0, FOREIGN, "FOREIGN"), "nor what nobody of us wrote", answer)
    code, answer = payung.cli("dlq", "replay", "--all")
    checks.expect((code, answer["matching"], answer["done"], answer["submitted"], answer["refused"]) == (3, 1000, REFUSED, REFUSED, UNREADABLE + FOREIGN), "all of them, counted", answer)
    checks.expect(due(payung) == 0 and payung.number("SELECT count(*) FROM ops.dead_letter WHERE state <> 'OPEN'") == 0, "counting changes nothing")
    for arguments in (("dlq", "replay", "--all", "--yes"), ("dlq", "replay"), ("dlq", "replay", "--all", "priced:1"), ("dlq", "discard", "--all", "--yes", "--because", "NIK 1708041211879901"),
                      ("dlq", "show", "nothing:1"), ("reprocess", AGREEMENT), ("why", "--nik", "1708041211879901")):
        checks.expect(payung.run(*arguments).returncode == 2, "usage: " + " ".join(arguments[:3]))
    checks.expect(payung.cli("dlq", "show", "priced:99999")[0] == 1, "there is no such letter")


def case_edit(checks, payung, seen):
    """One of the second page, so that the row exists which holds the command up there."""
    seen["edited"] = seen["refused"][PAGE + 5]["letter"]
    document = json.loads(payung.must("dlq", "show", seen["edited"], "--document"))
    seen["edited_enrolment"] = document["enrolment"]
    damaged = payung.write("damaged.json", json.dumps(dict(document, months=0, start_month="2025-13")))
    code, answer = payung.cli("dlq", "edit", seen["edited"], "--file", damaged, "--because", "uji")
    checks.expect((code, answer["error"]["code"]) == (1, "DOCUMENT_INVALID"), "what the decoder refuses is not kept", answer)
    other = payung.write("other.json", json.dumps(dict(document, person_token="00" * 15 + "01")))
    code, answer = payung.cli("dlq", "edit", seen["edited"], "--file", other, "--because", "uji")
    checks.expect((code, answer["error"]["code"]) == (1, "OTHER_PERSON"), "nor another person", answer)
    path = payung.write("edited.json", json.dumps(dict(document, months=6)))
    code, answer = payung.cli("dlq", "edit", seen["edited"], "--file", path, "--because", "enam bulan saja")
    checks.expect((code, answer) == (0, {"id": seen["edited"], "edited": True}), "an edit is kept", answer)
    code, letter = payung.cli("dlq", "show", seen["edited"])
    checks.expect(letter["edit"]["because"] == "enam bulan saja" and letter["edit"]["content"]["months"] == 6 and letter["content"]["months"] != 6, "beside the letter, which stays as it came", letter["edit"])
    checks.expect(json.loads(payung.must("dlq", "show", seen["edited"], "--document"))["months"] == 6 and audit(payung, "DLQ edit") == 1, "and the audit has it")
    # Bytes that somebody vouches for: an unreadable letter becomes what they say.
    raw = payung.path("raw.bin")
    with open(raw, "wb") as file:
        file.write(b"\xff\xfe still poison")
    code, answer = payung.cli("dlq", "edit", "submitted:7", "--file", raw, "--because", "uji")
    checks.expect((code, answer["error"]["code"]) == (1, "BYTES_UNREADABLE"), "bytes must be a message as well", answer)


def case_killed(checks, payung, seen):
    """Somebody holds a row of the second page; the command is killed there, with the first page done."""
    offset = seen["edited"].split(":")[1]
    held = subprocess.Popen(["psql", payung.settings["PGURL_OWNER"], "-X", "-q", "-A", "-t", "-c",
                             f"BEGIN; SELECT 1 FROM ops.dead_letter WHERE topic = 'PRICED' AND letter_offset = {offset} FOR UPDATE; SELECT pg_sleep(3)"], stdout=subprocess.PIPE, text=True)
    sleeps = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'BEGIN; SELECT 1 FROM ops.dead_letter%' AND wait_event = 'PgSleep'"
    wait_until(20, "the row is held", lambda: payung.number(sleeps) == 1)
    command = subprocess.Popen([os.path.join(payung.build, "bin/payung"), "dlq", "replay", "--reason", "X02", *BECAUSE], env=payung.environment, stdout=subprocess.DEVNULL)
    try:
        wait_until(20, "the first page is done", lambda: payung.number("SELECT count(*) FROM ops.dead_letter WHERE state = 'REPLAYED'") == PAGE)
        time.sleep(0.3)
        command.kill()
        command.wait()
    finally:
        held.kill()
        held.wait()
    gone = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'BEGIN; SELECT 1 FROM ops.dead_letter%' OR application_name = 'payung-dlq'"
    wait_until(20, "who held the row is gone", lambda: payung.number(gone) == 0)
    checks.expect(groups(payung)[("priced", "X02", "refused")] == (REFUSED - PAGE, PAGE, 0), "killed in the middle: a page is done, the rest is open", groups(payung))
    checks.expect(audit(payung, "DLQ replay") == PAGE, "and so says the audit", audit(payung, "DLQ replay"))
    code, answer = payung.cli("dlq", "replay", "--reason", "X02", *BECAUSE)
    checks.expect((code, answer["done"], answer["already"], answer["refused"]) == (0, REFUSED - PAGE, PAGE, 0), "repeated, it goes on", answer)
    code, answer = payung.cli("dlq", "replay", "--reason", "X02", *BECAUSE)
    checks.expect((code, answer["done"], answer["already"]) == (0, 0, REFUSED), "once more, it does nothing", answer)


def case_replayed(checks, payung, seen):
    wait_until(LONG, "all are decided", lambda: due(payung) == 0, 0.2)
    checks.equal("everybody is accepted", statuses(payung, AGREEMENT), {1: 1 + REFUSED})
    attempts = payung.sql("SELECT count(*), count(DISTINCT application_id) FROM ledger.outcome WHERE attempt = 2 AND status = 1 AND NOT repeat")[0]
    checks.equal("each once, as its second attempt", attempts, [str(REFUSED)] * 2)
    committed, accepted = payung.sql(f"SELECT committed, accepted FROM ledger.budget JOIN ledger.agreement USING (agreement_no) WHERE agreement_id = '{AGREEMENT}'")[0]
    checks.equal("and is charged once, the edited one for six months", (int(committed), int(accepted)), (REFUSED * PREMIUM + PREMIUM // 2, REFUSED + 1))
    checks.equal("who was edited", payung.sql(f"SELECT months, amount FROM ledger.outcome WHERE application_id = '\\x{seen['edited_enrolment']}' AND status = 1"), [["6", str(PREMIUM // 2)]])
    code, answer = payung.cli("batch", seen["batch"])
    checks.expect(answer["accepted"] == REFUSED, "the list shows it", answer)
    code, answer = payung.cli("dlq", "discard", "--reason", "foreign")
    checks.expect((code, answer["done"], answer["dry_run"]) == (0, FOREIGN, True), "discarding is counted first", answer)
    code, answer = payung.cli("dlq", "discard", "--reason", "foreign", *BECAUSE)
    again = payung.cli("dlq", "discard", "--reason", "foreign", *BECAUSE)[1]
    checks.expect((code, answer["done"], again["done"], again["already"]) == (0, FOREIGN, 0, FOREIGN), "and done once", answer)
    code, answer = payung.cli("dlq", "discard", "submitted:3", "submitted:4", *BECAUSE)
    checks.expect((code, answer["done"]) == (0, 2), "single ones by their ids", answer)
    checks.equal("the groups tell all of it", groups(payung), {("submitted", "X01", "unreadable"): (UNREADABLE - 2, 0, 2), ("assessed", "X01", "foreign"): (0, 0, FOREIGN),
                                                               ("priced", "X02", "refused"): (0, REFUSED, 0)})
    checks.equal("every action is in the audit", [audit(payung, action) for action in ("DLQ replay", "DLQ edit", "DLQ discard")], [REFUSED, 1, FOREIGN + 2])
    named = payung.number("SELECT count(DISTINCT detail) FROM ledger.audit WHERE action = 'DLQ replay' AND detail LIKE 'priced:% X02 refused enrolment % attempt 2: uji surat mati' AND actor LIKE 'operator:%'")
    checks.equal("with letter, reason, enrolment, attempt, who and why", named, REFUSED)
    expect_proof(checks, payung, "the ledger verifies")


def case_mend(checks, payung, seen):
    """An unreadable submission that somebody writes down anew: a person whom nobody had decided."""
    document = json.loads(payung.must("dlq", "show", seen["edited"], "--document"))
    stranger = dict(document, enrolment="ab" * 16, person_token="cd" * 16, attempt=1, batch="", row=0, months=12, sealed_person="", seal_key_id="")
    path = payung.write("stranger.json", json.dumps(stranger))
    code, answer = payung.cli("dlq", "edit", "submitted:9", "--file", path, "--because", "ditulis ulang")
    checks.expect(code == 0, "an unreadable one is written down", answer)
    code, answer = payung.cli("dlq", "replay", "submitted:9", *BECAUSE)
    checks.expect((code, answer["done"], answer["submitted"]) == (0, 1, 1), "and replayed", answer)
    wait_until(LONG, "it is decided", lambda: payung.number(f"SELECT count(*) FROM ledger.outcome WHERE application_id = '\\x{'ab' * 16}' AND attempt = 2 AND status = 1") == 1, 0.2)
    code, answer = payung.cli("dlq", "edit", "submitted:9", "--file", path, "--because", "lagi")
    checks.expect((code, answer["error"]["code"]) == (1, "LETTER_CLOSED"), "what was replayed is not edited any more", answer)


def case_reprocess(checks, payung, seen):
    people = payung.simulated("17.08", 30, 23)
    payung.apply(agreement(DOUBTED, legal_basis=[]))
    _, answer = payung.enrol(payung.write_list("doubted.csv", people), DOUBTED)
    seen["doubted"] = answer["batch"]
    checks.expect(answer["rejected"] == 30 and answer["by_code"].get("E90") == 30, "without a legal basis all are refused", answer)
    payung.apply(agreement(DOUBTED))
    time.sleep(TERMS_FRESH_S)
    first = payung.sql(f"SELECT encode(application_id, 'hex') FROM ledger.outcome WHERE batch_id = '{answer['batch']}' AND row_number = 1")[0][0]
    seen["first"] = first
    code, answer = payung.cli("reprocess", "--from", "eligibility", "--reason", "E90")
    checks.expect((code, answer["done"], answer["dry_run"], due(payung)) == (0, 30, True, 0), "counted first", answer)
    code, answer = payung.cli("reprocess", "--from", "eligibility", first, *BECAUSE)
    checks.expect((code, answer["done"], answer["enters_at"]) == (0, 1, "submitted"), "one of them is decided anew", answer)
    wait_until(LONG, "he is decided", lambda: due(payung) == 0, 0.2)
    code, answer = payung.cli("reprocess", "--from", "eligibility", first, *BECAUSE)
    checks.expect((code, answer["done"], answer["refusals"][0]["code"]) == (3, 0, "ACCEPTED"), "he is accepted, so not once more", answer)
    code, answer = payung.cli("reprocess", "--from", "eligibility", "--batch", seen["doubted"], *BECAUSE)
    checks.expect((code, answer["matching"], answer["done"], answer["refused"]) == (3, 30, 29, 1), "the rest of the list", answer)
    code, answer = payung.cli("reprocess", "--from", "eligibility", "--batch", seen["doubted"], *BECAUSE)
    checks.expect(answer["done"] == 0 and {row["code"] for row in answer["refusals"]} <= {"ACCEPTED", "DUE_ALREADY"}, "nobody twice", answer)
    wait_until(LONG, "all are decided", lambda: due(payung) == 0, 0.2)
    checks.equal("all are accepted", statuses(payung, DOUBTED), {1: 30})
    code, answer = payung.cli("reprocess", "--from", "ledger", "00" * 15 + "99")
    checks.expect((code, answer["refusals"][0]["code"]) == (3, "UNKNOWN_ENROLMENT"), "who is unknown is told so", answer)
    checks.expect(audit(payung, "REPROCESS") == 30, "each is in the audit", audit(payung, "REPROCESS"))
    expect_proof(checks, payung, "the ledger verifies")


def case_why(checks, payung, seen):
    wait_until(LONG, "the message is settled", lambda: payung.number(f"SELECT count(*) FROM notice.message WHERE application_id = '\\x{seen['edited_enrolment']}'") >= 1)
    code, page = payung.cli("why", seen["edited_enrolment"])
    first, second = page["attempts"]
    checks.expect((code, first["status"], [row["code"] for row in first["codes"]], second["status"], second["amount"]) == (0, "parked", ["X02"], "accepted", PREMIUM // 2), "two attempts with their reasons", page["attempts"])
    checks.expect(len(second["stages"]) >= 4 and all(stage["offset"] is not None for stage in second["stages"]), "every stage with its place", second["stages"])
    checks.expect(page["letters"][0]["state"] == "replayed" and page["letters"][0]["edited_by"] and page["letters"][0]["attempt"] == 2, "and what operators did", page["letters"])
    checks.expect("Surat mati priced:" in payung.must("why", seen["edited_enrolment"]), "in words as well")


def main():
    source, build = sys.argv[1:3]
    checks, seen = Checks(), {}
    with Installation(source, build) as payung:
        payung.start()
        checks.case("a thousand poison records", case_poison, checks, payung, seen)
        checks.case("they are listed", case_list, checks, payung, seen)
        checks.case("and stand in the log", case_logs, checks, payung, seen)
        checks.case("what is refused", case_refusals, checks, payung, seen)
        checks.case("one is edited", case_edit, checks, payung, seen)
        checks.case("a replay is killed and repeated", case_killed, checks, payung, seen)
        checks.case("one reason replayed, one discarded", case_replayed, checks, payung, seen)
        checks.case("an unreadable one is mended", case_mend, checks, payung, seen)
        checks.case("decisions are doubted", case_reprocess, checks, payung, seen)
        checks.case("explained", case_why, checks, payung, seen)
        expect_proof(checks, payung, "at the end the ledger verifies")
        checks.clean_end(payung)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
