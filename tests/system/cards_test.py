"""Membership cards on an installation of its own: the sample list is enrolled, its cards are printed by village and name, every code of them is read by two readers and leads to the person's enrolment, nothing is printed twice
unless asked for, cards are handed over by code and by village, the insurer's numbers replace the simulated ones, a single card comes over the API as PDF and PNG, and the page behind a code shows no more than
initials, programmes and validity. No NIK is in any of it.

usage: cards_test.py SOURCE_FOLDER BUILD_FOLDER"""
import csv
import json
import os
import re
import signal
import subprocess
import sys
import time

import card_readers
from installation import Checks, Installation, TOKEN, wait_until

SAMPLE = "kepahiang-2025"
ACCEPTED, VILLAGE, PAGES_READ = 1984, "17.08.04.2001", 40
BASE = "https://kartu.example.go.id/cards"
OTHER_TOKEN = "token-of-a-partner-elsewhere-0123456789"
ONE_NIK, ONE_NAME = "1708041211879991", "Siti Contoh Nur'aini"


def sample_rows(payung):
    with open(payung.sample(SAMPLE + ".csv"), encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def cards(payung, *options):
    return payung.cli("card", "list", "--agreement", SAMPLE, *options)[1]["cards"]


def report(payung):
    shown = payung.cli("card", "report", "--agreement", SAMPLE)[1]
    return {name: shown[name] for name in ("without_card", "requested", "printed", "handed_over")}


def no_nik(checks, what, text):
    """16 digits in a row that are no part of a longer word (an id may have as many)."""
    found = re.findall(r"(?<![0-9A-Za-z])\d{16}(?![0-9A-Za-z])", text)
    checks.expect(not found, f"{what}: no NIK", len(found))


# ---- printing ----

def case_print(checks, payung):
    sheets, signed = payung.path("cards.pdf"), payung.path("sign.pdf")
    checks.equal("before, nobody has a card", report(payung), {"without_card": ACCEPTED, "requested": 0, "printed": 0, "handed_over": 0})
    code, done = payung.cli("card", "print", "--agreement", SAMPLE, "--village", VILLAGE, "--output", sheets, "--sign-off", signed)
    village = done["printed"]
    checks.expect(code == 0 and 0 < village < ACCEPTED, "the cards of one village", village)
    checks.equal("all of them with a simulated number", done["simulated_numbers"], village)
    checks.equal("the others have none yet", report(payung), {"without_card": ACCEPTED - village, "requested": 0, "printed": village, "handed_over": 0})
    code, done = payung.cli("card", "print", "--agreement", SAMPLE, "--village", VILLAGE, "--output", payung.path("twice.pdf"))
    checks.equal("asked for again, nothing is printed", (code, done["printed"], os.path.exists(payung.path("twice.pdf"))), (0, 0, False))
    checks.equal("printing again needs a reason", payung.run("card", "print", "--agreement", SAMPLE, "--output", sheets, "--again").returncode, 2)
    code, done = payung.cli("card", "print", "--agreement", SAMPLE, "--output", sheets, "--sign-off", signed)
    checks.equal("then all the others", (code, done["printed"], done["pages"]), (0, ACCEPTED - village, -(-(ACCEPTED - village) // 10)))
    code, done = payung.cli("card", "print", "--agreement", SAMPLE, "--output", sheets, "--sign-off", signed, "--again", "--reason", "printer rusak")
    checks.equal("and all of them again, as it was asked for", (code, done["printed"], done["again"]), (0, ACCEPTED, True))
    checks.equal("they are readable by their owner alone", oct(os.stat(sheets).st_mode & 0o777), "0o600")
    checks.equal("the reasons stand there", payung.sql("SELECT note, count(*) FROM notice.card_event WHERE state = 'printed' GROUP BY 1 ORDER BY 1"), [["", str(ACCEPTED)], ["printer rusak", str(ACCEPTED)]])
    return sheets, signed


def case_read(checks, payung, files):
    sheets, signed = files
    listed = {f"{BASE}/{card['code']}": card for card in cards(payung)}
    checks.equal("each card has a code of its own", len(listed), ACCEPTED)
    by_zbar, by_zxing = card_readers.read_codes(sheets, payung.path(), PAGES_READ)
    checks.equal("zbar reads every code of the first pages", (len(by_zbar), set(by_zbar) <= set(listed)), (10 * PAGES_READ, True))
    checks.equal("and zxing; each leads to an enrolment (of all pages: card_read_test.py)", (len(set(by_zxing)), set(by_zxing) == set(by_zbar)), (10 * PAGES_READ, True))
    villages = [listed[address]["village"] for address in by_zxing if address in listed]
    checks.expect(villages == sorted(villages) and len(set(villages)) > 1, "the cards lie by villages", len(set(villages)))
    people = {row["nama"].strip().lower() for row in sample_rows(payung)}
    order = card_readers.text_of(signed, "-layout")
    by_village, village = {}, None
    for line in order.splitlines():
        if line.strip().startswith("Desa:"):
            village = line.strip()
        match = re.match(r"\s*\d{1,3}\s+([^\d\s].*?)(?:\s{2,}.*)?$", line)
        if match:
            by_village.setdefault(village, []).append(match.group(1).strip())
    checks.equal("everybody stands on the list to sign", sum(map(len, by_village.values())), ACCEPTED)
    checks.expect(all(names == sorted(names, key=str.lower) for names in by_village.values()), "by name within the village", len(by_village))
    text = card_readers.text_of(sheets)
    checks.equal("simulated numbers say so", text.count("SIMULASI"), ACCEPTED)
    shown = {name.lower() for names in by_village.values() for name in names}
    checks.expect(len(shown) > 1000 and len(shown - people) == 0, "the names are those of the list", f"{len(shown)}, {len(shown - people)} of them unknown")
    checks.expect(all(name in " ".join(text.lower().split()) for name in shown), "and stand on the cards")
    for what, content in (("the cards", text), ("the list to sign", order), ("card list", json.dumps(list(listed.values()))), ("card report", json.dumps(payung.cli("card", "report")[1]))):
        no_nik(checks, what, content)
    checks.expect(card_readers.fonts_are_embedded(sheets), "the font is in the file")


# ---- handing over ----

def case_hand_over(checks, payung):
    mine = cards(payung, "--village", VILLAGE)
    codes = [card["code"] for card in mine]
    forged = codes[1][:-1] + ("0" if codes[1][-1] != "0" else "1")
    lines = "\n".join([codes[0], "-".join(codes[1][i:i + 4] for i in range(0, 16, 4)).lower(), codes[0], forged, "ABC", ""])
    hand = ("card", "hand-over", "--agreement", SAMPLE, "--officer", "Camat Kepahiang", "--place", "Balai Desa", "--date", "2025-11-20")
    code, done = payung.cli(*hand, "--codes", "-", input=lines)
    checks.equal("by codes, as they are typed: two are handed over, the rest is told", (code, done["handed_over"], [row["code"] for row in done["refused"]]), (3, 2, ["DOUBLED", "NOT_OURS", "NOT_OURS"]))
    code, done = payung.cli(*hand, "--codes", "-", input=codes[0])
    checks.equal("not twice", (code, done["handed_over"], done["refused"][0]["code"]), (3, 0, "HANDED_OVER"))
    code, done = payung.cli(*hand, "--village", VILLAGE)
    checks.equal("the rest of the village", (code, done["handed_over"]), (0, len(mine) - 2))
    checks.equal("the report knows", report(payung), {"without_card": 0, "requested": 0, "printed": ACCEPTED - len(mine), "handed_over": len(mine)})
    one = next(card for card in cards(payung, "--state", "handed_over") if card["code"] == codes[0])
    checks.equal("who, where, when", (one["officer"], one["place"], one["date"], one["actor"].startswith("operator:")), ("Camat Kepahiang", "Balai Desa", "2025-11-20", True))
    checks.equal("tomorrow is too early", payung.run(*hand[:-1], "2999-01-01", "--all").returncode, 2)
    number = payung.number("SELECT min(card_no) FROM notice.card_event WHERE state = 'handed_over'")
    checks.equal("what happened to a card is appended", payung.sql(f"SELECT number, state FROM notice.card_event WHERE card_no = {number} ORDER BY 1"),
                 [["1", "requested"], ["2", "printed"], ["3", "printed"], ["4", "handed_over"]])
    for statement in (f"UPDATE notice.card_event SET officer = 'x' WHERE card_no = {number}", f"DELETE FROM notice.card_event WHERE card_no = {number}"):
        try:
            payung.sql(statement)
            checks.expect(False, f"refused: {statement}")
        except Exception as refusal:
            checks.expect("insert-only" in str(refusal), "and never overwritten, even by the owner of the table", statement.split()[0])


def case_ceremony(checks, payung):
    """The list holds who is covered on that day and has a printed card, by village and name; it notes nothing."""
    pdf, sheet = payung.path("ceremony.pdf"), payung.path("ceremony.csv")
    ceremony = ("card", "ceremony", "--agreement", SAMPLE, "--output", pdf, "--csv", sheet, "--place", "Balai Desa Pagar Gunung", "--officer", "Camat Kepahiang")
    code, done = payung.cli(*ceremony, "--date", "2025-11-20")
    printed = report(payung)["printed"]
    checks.equal("nobody is covered before anything is paid: no file", (code, done["people"], done["not_covered"], os.path.exists(pdf)), (0, 0, printed, False))
    covered = f"FROM ledger.agreement a WHERE a.agreement_no = e.agreement_no AND a.agreement_id = '{SAMPLE}' AND e.place % 20 = 1"
    payung.sql(f"UPDATE ledger.enrolment e SET state = 2 {covered}")
    wanted = payung.number(f"SELECT count(*) FROM notice.card c JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = '{SAMPLE}' AND c.place % 20 = 1 "
                           "AND NOT EXISTS (SELECT FROM notice.card_event v WHERE v.card_no = c.card_no AND v.state = 'handed_over')")
    before = payung.number("SELECT count(*) FROM notice.card_event")
    code, done = payung.cli(*ceremony, "--date", "2025-11-20")
    checks.equal("who is covered is on it", (code, done["people"], done["not_covered"], done["date"]), (0, wanted, printed - wanted, "2025-11-20"))
    with open(sheet, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    checks.equal("as a CSV, by village and name", ([row["no"] for row in rows if row["no"] == "1"] != [], rows == sorted(rows, key=lambda row: (row["kode_desa"], row["nama"].lower())), len(rows)), (True, True, wanted))
    text = " ".join(card_readers.text_of(pdf, "-layout").split())
    checks.expect(all(row["nama"] in text and row["kode_kartu"] in text for row in rows), "and as a PDF to sign")
    checks.expect("Tempat: Balai Desa Pagar Gunung" in text and "Tanggal: 20 November 2025" in text and "Petugas: Camat Kepahiang" in text, "where, when, and by whom")
    with open(sheet, encoding="utf-8") as file:
        no_nik(checks, "the ceremony's files", text + file.read())
    checks.equal("readable by their owner alone", {oct(os.stat(path).st_mode & 0o777) for path in (pdf, sheet)}, {"0o600"})
    checks.equal("nothing is noted", payung.number("SELECT count(*) FROM notice.card_event"), before)
    payung.cli("card", "hand-over", "--agreement", SAMPLE, "--officer", "Camat", "--place", "Balai", "--codes", "-", input=rows[0]["kode_kartu"])
    code, done = payung.cli(*ceremony, "--date", "2025-11-20")
    checks.equal("who has the card is not called again", done["people"], wanted - 1)
    code, done = payung.cli(*ceremony, "--date", "2025-09-20")
    checks.equal("nor who is not covered yet", done["people"], 0)
    payung.sql(f"UPDATE ledger.enrolment e SET state = 1 {covered}")


def case_numbers(checks, payung):
    rows = sample_rows(payung)[:3]
    niks = [re.sub(r"\D", "", row["nik"]) for row in rows]
    text = "no ktp;no kpj\n" + "".join(f"{nik};{kpj}\n" for nik, kpj in ((niks[0], "12345678901"), (niks[1], "1234 567 8902"), (niks[2], "123"), (niks[2], "12345678901"), ("x", "12345678903")))
    code, done = payung.cli("card", "numbers", payung.write("kpj.csv", text))
    checks.equal("the insurer's numbers: what is one person's is taken", (code, done["numbers"], done["changed"], done["without_number"], done["unclear"], done["unreadable"]), (3, 1, 1, 1, 2, 1))
    code, done = payung.cli("card", "numbers", payung.write("kpj.csv", f"nik;kpj\n{niks[0]};12345678901\n"))
    checks.equal("a later list puts it right", (code, done["changed"]), (0, 1))
    path = payung.path("numbered.pdf")
    code, done = payung.cli("card", "print", "--agreement", SAMPLE, "--output", path, "--again", "--reason", "nomor KPJ")
    text = card_readers.text_of(path)
    checks.equal("their cards bear it, and simulate nothing", (done["simulated_numbers"], "12345678901" in text, "12345678902" in text, text.count("SIMULASI")), (ACCEPTED - 2, True, True, ACCEPTED - 2))


def case_two_at_once(checks, payung):
    """Two operators print the same cards: whoever is late is told, and leaves no file and no note."""
    before = payung.number("SELECT count(*) FROM notice.card_event")
    files = [payung.path(f"race{i}.pdf") for i in range(3)]
    running = [subprocess.Popen([os.path.join(payung.build, "bin/payung"), "card", "print", "--agreement", SAMPLE, "--output", file, "--again", "--reason", "berdua", "--json"], env=payung.environment,
                                stdout=subprocess.PIPE) for file in files]
    ends = [(json.loads(process.communicate()[0]), process.returncode) for process in running]
    winners = sum(code == 0 for _, code in ends)
    checks.expect(winners >= 1 and all(code == 0 or answer["error"]["code"] == "CHANGED_MEANWHILE" for answer, code in ends), "of three at once one or more print, the others are told", winners)
    checks.equal("each of these has its notes, and no other", payung.number("SELECT count(*) FROM notice.card_event") - before, winners * ACCEPTED)
    checks.equal("and its file", [os.path.exists(file) for file in files], [code == 0 for _, code in ends])
    checks.equal("nothing half-made is left", [name for name in os.listdir(payung.path()) if name.endswith(".part")], [])


def case_away(checks, payung):
    """PostgreSQL is killed (its supervisor brings it back): pages say so and come back by themselves, and a print that fails leaves neither file nor note."""
    code = cards(payung)[0]["code"]
    before = payung.number("SELECT count(*) FROM notice.card_event")
    with open(payung.path("servers", "pids", "postgres.pid"), encoding="ascii") as file:
        os.kill(int(file.read()), signal.SIGKILL)
    path = payung.path("away.pdf")
    printed = payung.run("card", "print", "--agreement", SAMPLE, "--output", path, "--again", "--reason", "uji", "--json")
    seen = set()

    def back():
        status, headers, _ = get(payung, f"/cards/{code}", token=None)
        seen.add((status, headers["Content-Type"]))
        return status == 200
    wait_until(60, "the page is back", back)
    checks.expect(seen <= {(200, "text/html; charset=utf-8"), (503, "text/html; charset=utf-8")}, "while the database is away pages say so, then they are back", seen)
    checks.expect(printed.returncode in (0, 75), "printing says: later", printed.returncode)
    done = printed.returncode == 0
    checks.equal("a file only with its notes", (os.path.exists(path), payung.number("SELECT count(*) FROM notice.card_event") - before), (done, ACCEPTED if done else 0))


def case_forgotten(checks, payung):
    place = payung.sql(f"SELECT c.place FROM notice.card c JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = '{SAMPLE}' ORDER BY 1 LIMIT 1")[0][0]
    listed = cards(payung)
    application = payung.sql(f"SELECT encode(e.application_id, 'hex') FROM ledger.enrolment e JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = '{SAMPLE}' AND e.place = {place}")[0][0]
    code = next(card["code"] for card in listed if card["enrolment"] == application)
    checks.equal("a card is known", get(payung, f"/cards/{code}", token=None)[0], 200)
    payung.sql(f"DELETE FROM ledger.registry r USING ledger.agreement a WHERE a.agreement_no = r.agreement_no AND a.agreement_id = '{SAMPLE}' AND r.place = {place}")
    checks.equal("of a person who was forgotten it is not", get(payung, f"/cards/{code}", token=None)[0], 404)
    checks.equal("nor is it drawn", get(payung, f"/v1/enrolments/{application}/card")[0], 409)
    code, done = payung.cli("card", "print", "--agreement", SAMPLE, "--output", payung.path("less.pdf"), "--again", "--reason", "uji")
    checks.equal("and it is missing on the sheets, which is told", (code, done["printed"], done["without_person"]), (0, ACCEPTED - 1, 1))


# ---- the API ----

def get(payung, path, accept=None, token=TOKEN):
    status, headers, body = payung.request("GET", path, headers={"Authorization": f"Bearer {token}" if token else None, "Accept": accept, "Content-Type": None})
    return status, headers, body


def enrol_one(payung):
    body = json.dumps({"agreement": "satu", "nik": ONE_NIK, "nama": ONE_NAME, "tgl_lahir": "1987-11-12", "jenis_kelamin": "L", "pekerjaan": "petani", "kode_wilayah_ktp": VILLAGE, "segmen": "BPU"})
    status, _, answer = payung.post("/v1/enrolments", body, {"Idempotency-Key": '"kartu-1"', "Prefer": "wait=20"})
    return status, json.loads(answer)


def case_api(checks, payung):
    year = time.gmtime(time.time() - 40 * 86400).tm_year  # of a day that is past everywhere: the period holds today, and the day after
    period = {"period": {"from": f"{year}-01-01", "to": f"{year + 1}-12-31"}, "months": 24, "registration_date": f"{year}-01-01"}
    payung.apply(payung.sample_agreement(id="satu", options={"activate_on": "COMMITMENT"}, **period))
    status, one = enrol_one(payung)
    checks.equal("somebody is enrolled", (status, one["status"]), (200, "accepted"))
    path = f"/v1/enrolments/{one['enrolment_id']}/card"
    status, headers, pdf = get(payung, path, "application/pdf")
    checks.equal("a card as PDF", (status, headers["Content-Type"], pdf[:5], headers["Cache-Control"]), (200, "application/pdf", b"%PDF-", "private, no-store"))
    with open(payung.path("one.pdf"), "wb") as file:
        file.write(pdf)
    text = card_readers.text_of(payung.path("one.pdf"))
    checks.expect(ONE_NAME in text and "SIMULASI" in text and "JKK+JKM" in text and "BERAKHIR" not in text, "it shows name, programmes, and that its number is simulated")
    no_nik(checks, "the card", text)
    status, headers, png = get(payung, path, "image/png")
    checks.equal("and as PNG", (status, headers["Content-Type"], png[:4]), (200, "image/png", b"\x89PNG"))
    with open(payung.path("one.png"), "wb") as file:
        file.write(png)
    by_zbar, by_zxing = card_readers.read_picture(payung.path("one.png"), payung.path())
    checks.equal("both readers read it", (len(by_zbar), by_zbar), (1, by_zxing))
    checks.expect(by_zbar[0].startswith(BASE + "/") and len(by_zbar[0]) == len(BASE) + 17, "an address with a short code", by_zbar[0])
    checks.equal("by asking it was requested, once, and is not printed", payung.sql("SELECT v.state, v.actor FROM notice.card_event v JOIN notice.card USING (card_no) JOIN ledger.agreement USING (agreement_no) WHERE agreement_id = 'satu'"),
                 [["requested", "partner:local"]])
    payung.must("partner", "add", "lain", "--role", "enrol", "--agreement", SAMPLE, "--token-file", "-", input=OTHER_TOKEN)
    checks.equal("a partner bound to another agreement gets none", get(payung, path, token=OTHER_TOKEN)[0], 404)
    checks.equal("nobody gets one without a token", get(payung, path, token=None)[0], 401)
    checks.equal("an id that nobody has", get(payung, f"/v1/enrolments/{'ab' * 16}/card")[0], 404)
    refused = payung.sql(f"SELECT encode(application_id, 'hex') FROM ledger.outcome WHERE status = 3 LIMIT 1")[0][0]
    status, headers, body = get(payung, f"/v1/enrolments/{refused}/card")
    checks.equal("who was refused has no card", (status, headers["Content-Type"], json.loads(body)["code"]), (409, "application/problem+json", "NO_CARD"))
    return one, by_zbar[0].rsplit("/", 1)[1]


def case_page(checks, payung, code, one):
    status, headers, body = get(payung, f"/cards/{code}", token=None)
    page = body.decode()
    checks.equal("the page behind the code, without a token", (status, headers["Content-Type"]), (200, "text/html; charset=utf-8"))
    checks.expect("default-src 'none'" in headers["Content-Security-Policy"] and headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer", "with a strict policy", headers["Content-Security-Policy"])
    checks.expect("S. C. N." in page and "JKK" in page and "JKM" in page and re.search(r"20\d\d-01 &ndash; 20\d\d-12", page), "initials, programmes, validity")
    words = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page)
    for secret in (ONE_NIK, "Siti", "Contoh", "Nur", "1987", VILLAGE, "petani", one["enrolment_id"]):
        checks.expect(secret not in words, "nothing else of the person", secret[:4] + "...")
    checks.expect('lang="id"' in page and "AKTIF" in page, "in Bahasa Indonesia first")
    english = get(payung, f"/cards/{code}?lang=en", token=None)[2].decode()
    checks.expect('lang="en"' in english and "ACTIVE" in english, "and in English")
    checks.equal("as people type it", get(payung, f"/cards/{code[:4].lower()}-{code[4:8]}-{code[8:]}", token=None)[0], 200)
    forged = code[:-1] + ("0" if code[-1] != "0" else "1")
    for wrong in (forged, "x", "0" * 16, "A" * 300):
        status, headers, body = get(payung, f"/cards/{wrong}", token=None)
        checks.equal(f"a code that is none ({wrong[:6]}...)", (status, headers["Content-Type"], "tidak dikenal" in body.decode()), (404, "text/html; charset=utf-8", True))
    logs = ""
    for name in os.listdir(payung.path("logs")):
        with open(payung.path("logs", name), encoding="utf-8", errors="replace") as log:
            logs += log.read()
    checks.expect(ONE_NAME not in logs and ONE_NIK not in logs, "and nothing of it in a log")


def case_ended(checks, payung, code, one):
    today = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400))
    payung.must("mutation", one["enrolment_id"], "--reason", "WRONG_NIK", "--date", today)
    page = get(payung, f"/cards/{code}", token=None)[2].decode()
    checks.expect("BERAKHIR" in page and ">AKTIF<" not in page, "the page of an ended cover says so")
    with open(payung.path("over.pdf"), "wb") as file:
        file.write(get(payung, f"/v1/enrolments/{one['enrolment_id']}/card")[2])
    checks.expect("PERLINDUNGAN BERAKHIR" in card_readers.text_of(payung.path("over.pdf")), "and so does the card")
    code, done = payung.cli("card", "print", "--agreement", "satu", "--output", payung.path("none.pdf"))
    checks.equal("it is printed for nobody", (code, done["printed"]), (0, 0))


def main():
    source, build = sys.argv[1:]
    checks = Checks()
    with Installation(source, build, intake_knobs={"CARD_URL": BASE}) as payung:
        payung.start()
        payung.environment["CARD_URL"] = BASE
        payung.apply(payung.sample_agreement())
        payung.enrol(payung.sample(SAMPLE + ".csv"), SAMPLE)
        files = []
        checks.case("Printed", lambda: files.extend(case_print(checks, payung)))
        checks.case("Read", case_read, checks, payung, files)
        checks.case("Handed over", case_hand_over, checks, payung)
        checks.case("Ceremony", case_ceremony, checks, payung)
        checks.case("Numbers of the insurer", case_numbers, checks, payung)
        checks.case("Two at once", case_two_at_once, checks, payung)
        found = []
        checks.case("Over the API", lambda: found.extend(case_api(checks, payung)))
        if found:
            checks.case("The page behind a code", case_page, checks, payung, found[1], found[0])
            checks.case("A cover that is over", case_ended, checks, payung, found[1], found[0])
        checks.case("The database away", case_away, checks, payung)
        checks.case("Forgotten", case_forgotten, checks, payung)
        checks.clean_end(payung)
    return checks.finish()


if __name__ == "__main__":
    card_readers.need_readers()
    sys.exit(main())
