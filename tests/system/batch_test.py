"""A list as an object, on an installation of its own: the dry run tells what enrolling then does, a second person lets a list in where the agreement demands it, a list is called off before and
taken back after, the refused rows put right and sent again enrol exactly the rest, two editions are compared, receipts verify, the progress can be watched, and nothing of it is lost when the
intake is killed.

usage: batch_test.py SOURCE_FOLDER BUILD_FOLDER"""
import csv
import http.client
import io
import json
import os
import sys
import time

from installation import Checks, Failure, Installation, TOKEN, wait_until

SAMPLE = "kepahiang-2025"
NAMES = ("accepted", "waitlisted", "rejected", "duplicates", "pending", "committed")
TOKENS = {"pengirim": "token-of-the-sender-0123456789", "pemeriksa": "token-of-the-checker-0123456789", "rangkap": "token-of-both-roles-0123456789"}
ROLES = {"pengirim": ["enrol"], "pemeriksa": ["checker"], "rangkap": ["enrol", "checker"]}
KILLED_ROWS = 12_000
PRICE = 16_800 * 12  # of a farm worker's JKK and JKM, a year


def counts(document):
    return {name: document[name] for name in NAMES}


def ask(payung, partner, method, path, body=None, kind="application/json"):
    """(status, JSON or text)"""
    headers = {"Authorization": f"Bearer {TOKENS.get(partner, TOKEN)}", "Content-Type": kind}
    status, _, answer = payung.request(method, path, body if isinstance(body, (str, bytes, type(None))) else json.dumps(body), headers, timeout=60)
    text = answer.decode("utf-8-sig")
    return status, json.loads(text) if text.startswith("{") else text


def batch(payung, number):
    return ask(payung, None, "GET", f"/v1/batches/{number}")[1]


def wait_state(payung, number, *states, seconds=60):
    return wait_until(seconds, f"the list is {states}", lambda: (lambda found: found if found["state"] in states else None)(batch(payung, number)))


def outcomes(payung):
    return payung.number("SELECT count(*) FROM ledger.outcome")


def result_rows(payung, answer, *option):
    path = payung.path("result.csv")
    payung.run("batch", answer["batch"], *(option or ("--result",)), path)
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def text_of(rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys(), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


# ---- the dry run ----

def case_dry_run(checks, payung):
    code, trial = payung.cli("enrol", payung.sample(SAMPLE + ".csv"), "--agreement", SAMPLE, "--dry-run")
    checks.equal("the dry run ends with 3: some rows would be refused; the list is held", (code, trial["state"]), (3, "held"))
    checks.equal("nobody is decided", (outcomes(payung), counts(trial)["pending"], trial["rows"]), (0, 2073, 2073))
    shown = trial["dry_run"]
    checks.equal("what would become of it", counts(shown), {"accepted": 1984, "waitlisted": 16, "rejected": 73, "duplicates": 0, "pending": 0, "committed": 399_974_400})
    checks.equal("and of the money", shown["budget"], {"left_before": 400_000_000, "committed": 399_974_400, "left_after": 25_600, "short_by": 16 * PRICE, "heads_left_before": None, "heads": 1984})
    words = [row["status"] for row in result_rows(payung, trial)]
    checks.equal("the result file tells it row by row", (words.count("AKAN DITERIMA"), words.count("AKAN MASUK DAFTAR TUNGGU"), words.count("AKAN DITOLAK")), (1984, 16, 73))
    rejected = result_rows(payung, trial, "--rejected")
    checks.expect(len(rejected) == 73 and all(row["kode"] and row["alasan"] and row["saran"] for row in rejected), "the file of the refused rows has just these, each with its reason and remedy", len(rejected))

    code, shown = payung.cli("batch", trial["batch"], "--cancel", "--note", "salah berkas")
    checks.equal("it is called off", (code, shown["state"]), (0, "cancelled"))
    code, problem = payung.cli("batch", trial["batch"], "--enrol")
    checks.equal("and can't be enrolled then", (code, problem["error"]["code"]), (1, "BATCH_DECIDED"))
    code, shown = payung.cli("enrol", payung.sample(SAMPLE + ".csv"), "--agreement", SAMPLE, "--dry-run")
    checks.equal("the same file opens it anew", (code, shown["batch"], shown["state"]), (3, trial["batch"], "held"))
    code, shown = payung.cli("batch", trial["batch"], "--check")
    wait_state(payung, trial["batch"], "held")
    code, shown = payung.cli("batch", trial["batch"], "--enrol")
    checks.equal("it is let in", code, 0)
    code, done = payung.enrol(payung.sample(SAMPLE + ".csv"), SAMPLE)
    checks.equal("what happened is what was told", (code, done["batch"], done["state"], done["dry_run"], counts(done)), (3, trial["batch"], "done", None, counts(trial["dry_run"])))
    verdicts = payung.number("SELECT count(*) FROM intake.batch_verdict v JOIN intake.batch_row r USING (batch_no, row_number) JOIN ledger.outcome o USING (application_id) "
                             "WHERE NOT o.repeat AND o.attempt = 1 AND (v.status, v.codes, v.warnings) IS DISTINCT FROM (o.status, o.codes, o.warnings)")
    checks.equal("row by row, code by code", verdicts, 0)
    actions = [row[0] for row in payung.sql("SELECT action FROM ledger.audit WHERE action LIKE 'BATCH %' ORDER BY audit_no")]
    checks.equal("each decision is in the audit", actions, ["BATCH cancel", "BATCH check", "BATCH enrol"])
    code, problem = payung.cli("batch", trial["batch"], "--cancel")
    checks.equal("what was enrolled can't be called off any more", (code, problem["error"]["code"]), (1, "BATCH_DECIDED"))


def case_all_or_nothing(checks, payung):
    payung.apply(payung.sample_agreement(id="semua", pagu=100_000_000, payer={"kind": "PEMKAB", "region": "17.08", "funds": "APBD", "name": "Dinas Semua"}))
    rows = payung.simulated("17.08", 20, 31, "--errors", "E01=1")
    path, before = payung.write_list("semua.csv", rows), outcomes(payung)
    code, shown = payung.cli("enrol", path, "--agreement", "semua", "--all-or-nothing")
    checks.equal("one bad row blocks the list", (code, shown["state"], counts(shown["dry_run"])["rejected"], outcomes(payung) - before), (3, "blocked", 1, 0))
    code, shown = payung.enrol(path, "semua")
    checks.equal("the same file, good rows welcome", (code, shown["state"], counts(shown)["accepted"], counts(shown)["rejected"]), (3, "done", 20, 1))
    good = payung.write_list("semua-baik.csv", payung.simulated("17.08", 20, 32))
    code, shown = payung.cli("enrol", good, "--agreement", "semua", "--all-or-nothing", "--wait")
    wait_state(payung, shown["batch"], "done")
    checks.equal("a list without a bad row enrols", counts(batch(payung, shown["batch"]))["accepted"], 20)


# ---- two persons ----

def case_two_persons(checks, payung):
    for name, token in TOKENS.items():
        payung.must("partner", "add", name, *(word for role in ROLES[name] for word in ("--role", role)), "--token-file", "-", input=token)
    payung.apply(payung.sample_agreement(id="berdua", pagu=100_000_000, options={"batch_approval": True, "columns": {"Nama sesuai KTP": "nama", "Nomor Induk": "nik"}},
                                         payer={"kind": "PEMKAB", "region": "17.08", "funds": "APBD", "name": "Dinas Berdua"}))
    people = payung.simulated("17.08", 15, 41)
    renamed = [{{"nama": "NAMA SESUAI KTP", "nik": "nomor induk"}.get(name, name): value for name, value in row.items()} for row in people]
    path = "/v1/batches?agreement=berdua"
    status, made = ask(payung, "pengirim", "POST", path, text_of(renamed), "text/csv")
    checks.equal("a list with the payer's own column names is taken, and looked at first", (status, made["state"], made["needs_approval"], made["sent_by"]), (201, "checking", True, "pengirim"))
    number = made["batch"]
    shown = wait_state(payung, number, "held")
    checks.equal("by the dry run all would be in", counts(shown["dry_run"])["accepted"], 15)
    for partner, verb, code in (("pengirim", "approve", "FORBIDDEN"), ("pengirim", "enrol", "APPROVAL_NEEDED"), ("rangkap", "enrol", "APPROVAL_NEEDED"), ("pemeriksa", "enrol", "APPROVAL_NEEDED"),
                                ("pemeriksa", "check", "FORBIDDEN")):
        status, answer = ask(payung, partner, "POST", f"/v1/batches/{number}/{verb}")
        checks.equal(f"{partner} can't {verb}", (status, answer["code"]), (403, code))
    status, answer = ask(payung, "pemeriksa", "POST", f"/v1/batches/{number}/approve", {"note": 7})
    checks.equal("a note is a text", (status, answer["code"], answer["pointer"]), (422, "BAD_NOTE", "/note"))
    checks.equal("nobody is in yet", payung.number("SELECT accepted FROM ledger.budget JOIN ledger.agreement USING (agreement_no) WHERE agreement_id = 'berdua'"), 0)
    status, answer = ask(payung, "pemeriksa", "POST", f"/v1/batches/{number}/approve", {"note": "sesuai SK"})
    checks.equal("another partner lets it in", (status, answer["released_by"], answer["note"]), (200, "partner:pemeriksa", "sesuai SK"))
    checks.equal("all are in", counts(wait_state(payung, number, "done"))["accepted"], 15)
    checks.equal("a second approval comes too late", ask(payung, "pemeriksa", "POST", f"/v1/batches/{number}/approve")[1]["code"], "BATCH_DECIDED")

    status, made = ask(payung, "rangkap", "POST", path, text_of(payung.simulated("17.08", 3, 42)), "text/csv")
    wait_state(payung, made["batch"], "held")
    checks.equal("who sent it can't let it in, whatever his roles", ask(payung, "rangkap", "POST", f"/v1/batches/{made['batch']}/approve")[1]["code"], "TWO_PERSONS")
    checks.equal("a checker may call it off", ask(payung, "pemeriksa", "POST", f"/v1/batches/{made['batch']}/cancel")[1]["state"], "cancelled")
    code, shown = payung.enrol(payung.write_list("operator.csv", payung.simulated("17.08", 4, 43)), "berdua")
    checks.equal("the operator of the installation needs nobody", (code, shown["state"], counts(shown)["accepted"]), (0, "done", 4))
    for query, status, code in (("&hold=ja", 400, "BAD_PARAMETER"), ("&amends=b" + "0" * 32, 404, "NOT_FOUND")):
        found = ask(payung, None, "POST", path + query, text_of(people), "text/csv")
        checks.equal(f"{query[1:7]}: a parameter that is none is refused", (found[0], found[1]["code"]), (status, code))


# ---- put right and sent again ----

def case_put_right(checks, payung):
    payung.apply(payung.sample_agreement(id="perbaikan", pagu=100_000_000, payer={"kind": "PEMKAB", "region": "17.08", "funds": "APBD", "name": "Dinas Perbaikan"}))
    good = payung.simulated("17.08", 40, 51)
    spoilt = [dict(row) for row in good]
    for number in range(0, 40, 4):
        spoilt[number].update({"tgl_lahir": "31-02-1990"} if number % 8 else {"kode_wilayah_ktp": "99.99.99"})
    code, first = payung.enrol(payung.write_list("daftar.csv", spoilt), "perbaikan")
    checks.equal("ten of forty rows are refused, the others are in", (code, counts(first)["accepted"], counts(first)["rejected"]), (3, 30, 10))
    rejected = result_rows(payung, first, "--rejected")
    right = {row["nik"]: row for row in good}
    for row in rejected:
        row.update({name: right[row["nik"]][name] for name in ("tgl_lahir", "kode_wilayah_ktp")})
    before = outcomes(payung)
    code, second = payung.enrol(payung.write_list("perbaikan.csv", rejected), "perbaikan")
    checks.equal("put right and sent again: exactly the rest", (code, second["rows"], counts(second)["accepted"], outcomes(payung) - before), (0, 10, 10, 10))
    again = result_rows(payung, second)
    checks.expect(list(again[0]) == list(rejected[0]), "the result has each answer column once", list(again[0])[-5:])
    code, third = payung.enrol(payung.write_list("hasil.csv", result_rows(payung, first)), "perbaikan")
    checks.equal("a result that is sent again is the list it was made from", (counts(third), outcomes(payung) - before), (counts(first), 10))

    edited = [dict(row) for row in spoilt[1:]] + payung.simulated("17.08", 2, 52)
    edited[5]["no_hp"] = "081200009999"
    code, amended = payung.cli("enrol", payung.write_list("edisi2.csv", edited), "--agreement", "perbaikan", "--amends", first["batch"], "--dry-run")
    code, difference = payung.cli("batch", amended["batch"], "--difference")
    checks.equal("an amended edition is a difference",
                 (code, difference["against"], difference["unchanged"], difference["added"], difference["changed"], difference["removed"]),
                 (0, first["batch"], 38, {"count": 2, "rows": [40, 41], "cut": False}, {"count": 1, "rows": [[6, 7]], "cut": False}, {"count": 1, "rows": [1], "cut": False}))
    code, turned = payung.cli("batch", first["batch"], "--difference", "--against", amended["batch"])
    checks.equal("and the other way round", (turned["unchanged"], turned["added"]["rows"], turned["changed"]["rows"], turned["removed"]["rows"]), (38, [1], [[7, 6]], [40, 41]))
    code, problem = payung.cli("batch", first["batch"], "--difference")
    checks.equal("a list that amends none has nothing to be compared with", (code, problem["error"]["code"]), (1, "NOT_FOUND"))


# ---- taken back ----

def budget(payung, agreement):
    return payung.sql(f"SELECT committed, reserved, accepted, waitlisted FROM ledger.budget JOIN ledger.agreement USING (agreement_no) WHERE agreement_id = '{agreement}'")[0]


def case_reversed(checks, payung):
    payung.apply(payung.sample_agreement(id="tarik", pagu=30 * PRICE, payer={"kind": "PEMKAB", "region": "17.08", "funds": "APBD", "name": "Dinas Tarik"}))
    people = payung.simulated("17.08", 33, 61)
    code, earlier = payung.enrol(payung.write_list("tarik-awal.csv", people[:5]), "tarik")
    before = budget(payung, "tarik")
    path = payung.write_list("tarik.csv", people)
    code, done = payung.enrol(path, "tarik")
    checks.equal("five of the list are in by an earlier one, three wait", (counts(done)["accepted"], counts(done)["waitlisted"]), (30, 3))
    code, problem = payung.cli("batch", done["batch"], "--reverse")
    checks.equal("to take a list back needs a reason", (code, problem["error"]["code"]), (1, "NOTE_MISSING"))
    code, shown = payung.cli("batch", done["batch"], "--reverse", "--note", "daftar desa lain")
    shown = wait_state(payung, done["batch"], "reversed")
    checks.equal("it is taken back, and says by whom and why", (code, shown["ended_by"], shown["note"], shown["progress"]["reversed"]), (0, "partner:local", "daftar desa lain", 33))
    checks.equal("the money is free again, the five of the earlier list stay", budget(payung, "tarik"), before)
    code, again = payung.enrol(path, "tarik")
    checks.expect(again["batch"] != done["batch"], "the same file is then a new list")
    checks.equal("which enrols again", (counts(again)["accepted"], counts(again)["waitlisted"]), (30, 3))
    code, shown = payung.cli("batch", again["batch"], "--reverse", "--note", "sekali lagi")
    wait_state(payung, again["batch"], "reversed")
    code, third = payung.enrol(path, "tarik")
    checks.equal("and once more", (counts(third)["accepted"], counts(third)["waitlisted"], third["batch"] in (again["batch"], done["batch"])), (30, 3, False))


# ---- receipts and events ----

def case_receipt(checks, payung):
    number = payung.sql(f"SELECT batch_id FROM intake.batch JOIN ledger.agreement USING (agreement_no) WHERE agreement_id = '{SAMPLE}'")[0][0]
    path = payung.path("tanda-terima.json")
    payung.must("batch", number, "--receipt", path) if batch(payung, number)["rejected"] == 0 else payung.run("batch", number, "--receipt", path)
    with open(path, encoding="utf-8") as file:
        receipt = json.load(file)
    checks.equal("the receipt tells rows and sum", (receipt["receipt"]["rows"], receipt["receipt"]["accepted"], receipt["receipt"]["committed"]), (2073, 1984, 399_974_400))
    code, answer = payung.cli("batch", "--verify", path, "--key", payung.path("keys", "sign-public"))
    checks.equal("it verifies with the installation's key", (code, answer["right"]), (0, True))
    for member, changed in (("text", receipt["text"].replace('"accepted":1984', '"accepted":1985')), ("receipt", dict(receipt["receipt"], accepted=1985)), ("signature", "0" * 128)):
        code, answer = payung.cli("batch", "--verify", payung.write("palsu.json", json.dumps(dict(receipt, **{member: changed}))))
        checks.equal(f"changed in {member} it does not", (code, answer["error"]["code"]), (1, "RECEIPT_WRONG"))


def read_events(payung, number, last=None, seconds=60):
    """(status, [(id, event, data)]) until the stream ends."""
    connection = http.client.HTTPConnection("127.0.0.1", payung.api_port, timeout=seconds)
    connection.request("GET", f"/v1/batches/{number}/events", headers={"Authorization": f"Bearer {TOKEN}", **({"Last-Event-ID": last} if last else {})})
    answer = connection.getresponse()
    events, found = [], {}
    for line in answer:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name in ("id", "event", "data"):
            found[name] = value
        elif not name and found:
            events.append((found["id"], found["event"], json.loads(found["data"])))
            found = {}
    connection.close()
    return answer.status, events


def case_events(checks, payung):
    payung.apply(payung.sample_agreement(id="pantau", pagu=2_000_000_000, payer={"kind": "PEMKAB", "region": "17.08", "funds": "APBD", "name": "Dinas Pantau"}))
    status, made = ask(payung, None, "POST", "/v1/batches?agreement=pantau&all_or_nothing=true", text_of(payung.simulated("17.08", 6000, 71)), "text/csv")
    status, events = read_events(payung, made["batch"])
    states = [data["state"] for _, _, data in events]
    checks.expect(status == 200 and states[-1] == "done" and events[-1][1] == "end" and events[-1][2]["decided"] == 6000 and "checking" in states, "the progress is told to its end", states[:1] + states[-1:])
    steps = [(data["checked"], data["submitted"], data["decided"]) for _, _, data in events]
    checks.expect(len(steps) > 3 and all(all(a <= b for a, b in zip(one, two)) for one, two in zip(steps, steps[1:])), "it only goes forward", len(steps))
    status, rest = read_events(payung, made["batch"], events[-2][0])
    checks.equal("who comes back hears what is new to him", (status, [event[0] for event in rest]), (200, [events[-1][0]]))
    checks.equal("and nothing when there is nothing", read_events(payung, made["batch"], events[-1][0])[0], 204)
    checks.equal("an unknown list has no events", ask(payung, None, "GET", "/v1/batches/b" + "0" * 32 + "/events")[0], 404)


# ---- killed ----

def case_killed(checks, payung):
    payung.apply(payung.sample_agreement(id="mati", pagu=10_000_000_000, payer={"kind": "PEMKAB", "region": "17.08", "funds": "APBD", "name": "Dinas Mati"}))
    intake = payung.services["ingestion"]
    status, made = ask(payung, None, "POST", "/v1/batches?agreement=mati&hold=true", text_of(payung.simulated("17.08", KILLED_ROWS, 81)), "text/csv")
    number = made["batch"]
    for part in (1, 2, 3):
        payung.wait_sql(60, "the dry run is under way", f"SELECT checked_rows >= {KILLED_ROWS * part // 5} FROM intake.batch WHERE batch_id = '{number}'")
        intake.kill()
        payung.wait_ready("ingestion")
    shown = wait_state(payung, number, "held")
    trial = counts(shown["dry_run"])
    checks.equal("the dry run goes on where it was: every row has its verdict", (trial["accepted"] + trial["rejected"], trial["committed"], shown["progress"]["checked"]),
                 (KILLED_ROWS, trial["accepted"] * PRICE, KILLED_ROWS))
    checks.expect(trial["accepted"] > KILLED_ROWS * 99 // 100, "nearly all would be in; a few synthetic people stand in the other payers' lists, too", trial["accepted"])
    ask(payung, None, "POST", f"/v1/batches/{number}/enrol")
    checks.equal("and so it comes", counts(wait_state(payung, number, "done", seconds=120)), trial)
    small = payung.write_list("mati.csv", payung.simulated("17.08", 400, 82))
    code, done = payung.enrol(small, "mati")
    before = budget(payung, "mati")
    payung.cli("batch", done["batch"], "--reverse", "--note", "uji")
    for part in (1, 2):
        payung.wait_sql(60, "it is being taken back", f"SELECT (SELECT count(*) FROM ledger.departed WHERE reason = 'LIST_REVERSED') >= {70 + 100 * part}")
        intake.kill()
        payung.wait_ready("ingestion")
    wait_state(payung, done["batch"], "reversed")
    after = budget(payung, "mati")
    checks.equal("a list is taken back once, whatever happens", (int(before[0]) - int(after[0]), int(before[2]) - int(after[2])), (400 * PRICE, 400))


def main():
    source, build = sys.argv[1:]
    checks = Checks()
    with Installation(source, build) as payung:
        payung.start()
        payung.apply(payung.sample_agreement())
        checks.case("The dry run", case_dry_run, checks, payung)
        checks.case("All or nothing", case_all_or_nothing, checks, payung)
        checks.case("Two persons", case_two_persons, checks, payung)
        checks.case("Put right and sent again", case_put_right, checks, payung)
        checks.case("Taken back", case_reversed, checks, payung)
        checks.case("Receipts", case_receipt, checks, payung)
        checks.case("Watched", case_events, checks, payung)
        checks.case("Killed", case_killed, checks, payung)
        checks.case("Proofs", checks.proofs, payung)
        checks.clean_end(payung)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
