"""What `payung quote`, `nik`, `check` and `tariff` say beside the prices: budgets, warnings, defaults, what is wrong and how it is put right, and that nothing of a person is shown.
Every wrong question must name the option or the member and a remedy, with the exit code that the help promises.
usage: answers_test.py PAYUNG"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PAYUNG_", "LAW_"))}
BPU = "quote --segment BPU --month 2025-01"
PU = "quote --segment PU --month 2026-04"
JAKON = "quote --segment JAKON --month 2026-04"
PMI = "quote --segment PMI --month 2026-04"
NIK = "1708041705809901"

# (arguments, exit code, error code, what message or remedy must name)
WRONG = [
    ("quote", 2, "USAGE", "--segment"),
    ("quote --segment BPU", 2, "USAGE", "--month"),
    ("quote --segment BPX --month 2025-01", 2, "USAGE", "BPU, PU, JAKON or PMI"),
    ("quote --segment BPU --month 2025-13", 2, "USAGE", "--month"),
    (PU + " --risk-class 1", 2, "USAGE", "--wage"),
    (PU + " --wage 5000000", 2, "USAGE", "--risk-class"),
    (PU + " --wage 5000000 --risk-class 6", 2, "USAGE", "--risk-class"),
    (JAKON, 2, "USAGE", "--contract-net"),
    (JAKON + " --basis WAGES", 2, "USAGE", "--wages"),
    (JAKON + " --contract-net 5 --contract-gross 5", 2, "USAGE", "--contract-gross"),
    (JAKON + " --contract-net 80000000 --wages 50000000", 2, "USAGE", "basis CONTRACT"),
    (JAKON + " --contract-gross 80000000 --wages 50000000", 2, "USAGE", "basis CONTRACT"),
    (PMI, 2, "USAGE", "--route"),
    (PMI + " --route P3MI --programmes JKK,JKM", 2, "USAGE", "--programmes"),
    (PMI + " --months 24 --route P3MI --jht-monthly 150000", 1, "E81", "--jht-monthly"),
    (PMI + " --months 24 --route P3MI --jht-monthly 150000", 1, "E81", "100000 200000"),
    (BPU + " --income 0", 1, "E81", "--income"),
    (BPU + " --income -5", 1, "E81", "--income"),
    (BPU + " --income 100000000000001", 1, "E81", "--income"),
    (BPU + " --income seribu", 1, "E81", "--income"),
    (PU + " --wage 99999999999999999999999 --risk-class 1", 1, "E81", "--wage"),
    (JAKON + " --contract-net 0", 1, "E81", "--contract-net"),
    (BPU + " --budget 0", 1, "E81", "--budget"),
    (BPU + " --programmes JKK,JKM,JP", 1, "E50", "JP"),
    (JAKON + " --contract-net 5000000 --programmes JKK,JKM,JHT", 1, "E50", "JHT"),
    (BPU + " --programmes JKK,JKX", 2, "USAGE", "--programmes"),
    (BPU + " --payer APBK", 2, "USAGE", "--payer"),
    (BPU + " --months 0", 2, "USAGE", "--months"),
    (BPU + " --people 0", 2, "USAGE", "--people"),
    (BPU + " --people 1 --people 2", 2, "USAGE", "--people"),
    (BPU + " --people 1000000000000 --months 12000", 1, "TOTAL_TOO_LARGE", "--people"),
    (BPU + " --relief R-1999", 2, "USAGE", "R-1999"),
    (BPU + " --parameter pmi_cheapest=2", 2, "USAGE", "pmi_cheapest"),
    (BPU + " --parameter harga=2", 2, "USAGE", "harga"),
    (BPU + " --sector SEA", 2, "USAGE", "--sector"),
    (BPU + " --colour red", 2, "USAGE", "--colour"),
    (BPU + " --months", 2, "USAGE", "--months"),
    (BPU + " seribu", 2, "USAGE", "seribu"),
    ("quote --segment BPU --month 2010-01", 1, "NO_TARIFF", "--month"),
    ("nik", 2, "USAGE", "nik"),
    ("nik - --sex X", 2, "USAGE", "COMMAND --help"),
    ("tariff", 2, "USAGE", "COMMAND --help"),
    ("tariff diff 2026-01", 2, "USAGE", "COMMAND --help"),
    ("tariff show --month 2026-00", 2, "USAGE", "COMMAND --help"),
]

# (document, the member that must be named)
WRONG_DOCUMENTS = [
    ("", "the document"), ("[]", "the document"), ('{"nik":"1","nik":"2"}', "the document"), ('{"nama":"CONTOH"}', "/nama"), ('{"agreement":[]}', "/agreement"),
    ('{"agreement":{"payer":"PEMKAB"}}', "/agreement/payer"), ('{"agreement":{"period":["2025-10"]}}', "/agreement/period"), ('{"agreement":{"period":["Oktober","2025-12"]}}', "/agreement/period"),
    ('{"agreement":{"region":"Kepahiang"}}', "/agreement/region"), ('{"agreement":{"desil_max":11}}', "/agreement/desil_max"), ('{"agreement":{"legal_basis":"ya"}}', "/agreement/legal_basis"),
    ('{"facts":{"dukcapil":"MATI"}}', "/facts/dukcapil"), ('{"facts":{"active":[{},{"status":"AKTIF"}]}}', "/facts/active/1/status"), ('{"facts":{"dtsen":2}}', "/facts/dtsen"),
    ('{"facts":{"active":[{"sejak":"2025-01"}]}}', "/facts/active/0/sejak"), ('{"programmes":["JKZ"]}', "/programmes"), ('{"months":0}', "/months"), ('{"start_month":"2025"}', "/start_month"),
    ('{"employer_size":"HUGE"}', "/employer_size"), ('{"parameters":{"harga":1}}', "/parameters"), ('{"registration_date":"2025-02-30"}', "/registration_date"), ('{"nik":{}}', "/nik"),
]

failures = 0


def run(payung, words, text=""):
    answer = subprocess.run([payung, *words], input=text, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    return answer.returncode, answer.stdout, answer.stderr


def document(payung, words, text=""):
    code, out, err = run(payung, [*words.split(), "--json"], text)
    try:
        return code, json.loads(out)
    except json.JSONDecodeError:
        return code, {"error": {"code": "no JSON", "message": err[:200], "remedy": out[:200]}}


def judge(sentence, good, seen=""):
    global failures
    failures += not good
    print(("ok: " if good else "FAILED: ") + sentence + ("" if good else f" (seen {seen})"))


def judge_wrong(payung):
    for words, exit_code, error, named in WRONG:
        code, answer = document(payung, words)
        problem = answer.get("error", {})
        told = problem.get("message", "") + " " + problem.get("remedy", "") + " " + words.split()[0]
        judge(f"wrong is named: {words}", (code, problem.get("code")) == (exit_code, error) and named in told and problem.get("remedy"), (code, problem))
        text_code, out, err = run(payung, words.split())
        judge(f"the same without --json: {words}", text_code == exit_code and out == "" and err != "", (text_code, out[:80]))
    for text, member in WRONG_DOCUMENTS:
        code, answer = document(payung, "check", text)
        problem = answer.get("error", {})
        judge(f"a document that is not understood: {text[:60]}", code == 2 and problem.get("message", "").startswith(member), (code, problem))
    code, _, err = run(payung, ["quote", "--json", "--segment", "BPU"])
    judge("--json may stand before what is wrong", code == 2 and err == "", err)


def judge_quotes(payung):
    _, answer = document(payung, "quote --segment BPU --month 2025-10 --months 12 --payer APBD --budget 400000000")
    judge("a budget covers 1,984 people and leaves 25,600", answer.get("budget") == {"amount": 400000000, "people": 1984, "left": 25600} and answer.get("total") == 399974400, answer.get("budget"))
    _, answer = document(payung, BPU + " --months 12 --budget 201599")
    judge("a budget below one person covers nobody", answer["budget"] == {"amount": 201599, "people": 0, "left": 201599} and answer["total"] == 0, answer["budget"])
    _, answer = document(payung, BPU + " --months 3 --people 7 --budget 100000000")
    judge("people and budget: the price of the people, and what the budget would cover", answer["total"] == 7 * 50400 and answer["budget"]["people"] == 1984, answer["total"])
    _, answer = document(payung, PU + " --wage 8000000 --programmes JKP --budget 5")
    judge("what costs nothing has no number of people", answer["budget"] == {"amount": 5, "people": None, "left": 5} and answer["total"] == 0, answer["budget"])
    _, answer = document(payung, PU + " --wage 5000000 --risk-class 1")
    judge("PU without a set and size: what every firm owes", answer["programme_set"] == "JKK+JKM", answer["programme_set"])
    _, answer = document(payung, PU + " --wage 5000000 --risk-class 1 --employer-size LARGE")
    judge("PU of a large firm without a set: all four", answer["programme_set"] == "JKK+JKM+JHT+JP" and answer["total"] == 462000, answer["total"])
    _, answer = document(payung, PU + " --wage 5000000 --risk-class 1 --employer-size BESAR --programmes JKK,JKM")
    judge("what is mandatory and missing is a hint", [w["code"] for w in answer["warnings"]] == ["E51"] and "JHT+JP" in answer["warnings"][0]["message"], answer["warnings"])
    _, answer = document(payung, BPU + " --employer")
    judge("who employs others saves", answer["programme_set"] == "JKK+JKM+JHT", answer["programme_set"])
    _, answer = document(payung, "quote --segment PU --month 2027-03 --wage 20000000 --risk-class 1 --programmes JKK,JKM,JHT,JP")
    judge("an old wage cap is told", "W51" in [w["code"] for w in answer["warnings"]], answer["warnings"])
    _, answer = document(payung, BPU + " --wage 5000000")
    judge("an option of another segment is told", [w["code"] for w in answer["warnings"]] == ["OPTION_IGNORED"], answer["warnings"])
    _, answer = document(payung, BPU + " --wage 5000000 --route P3MI")
    judge("each of them is told", sorted(w["message"].split()[0] for w in answer["warnings"]) == ["route", "wage"], answer["warnings"])
    _, answer = document(payung, JAKON + " --basis WAGES --wages 50000000 --contract-net 80000000")
    judge("so is an amount of the basis that does not count", answer["total"] == 1020000 and [w["code"] for w in answer["warnings"]] == ["OPTION_IGNORED"], answer)
    _, answer = document(payung, JAKON + " --basis CONTRACT --wages 50000000 --contract-net 80000000 --vat-ppm 110000")
    judge("and PPN on a net value", answer["total"] == 192000 and len(answer["warnings"]) == 2, answer)
    _, answer = document(payung, JAKON + " --contract-gross 100000000 --vat-ppm 0")
    judge("a contract without PPN is its own net value", answer["total"] == 240000, answer["total"])
    _, answer = document(payung, BPU + " --months 5000 --people 10 --payer APBD")
    judge("any number of months is priced", answer["total"] == 5000 * 16800 * 10 and len(answer["lines"]) == 10000 and answer["lines"][4999]["month"] == "2441-08", answer["total"])
    _, answer = document(payung, "quote --month 2026-03 --segment BPU --months 2 --sector TRANSPORT --people 2")
    judge("normal, reduction and relief", (answer["normal"], answer["reduction"], answer["total"]) == (67200, 33600, 33600) and {l["relief"] for l in answer["lines"]} == {"R-2026-T"}, answer)
    _, out, _ = run(payung, (PU + " --wage 20000000 --risk-class 5 --employer-size LARGE").split())
    judge("the table names regulations and rates", all(word in out for word in ("PP 45/2015", "1,74 %", "Rp11.086.300", "Jumlah")), out)


def judge_nik(payung):
    code, out, _ = run(payung, ["nik", "-", "--json"], "1708041211879901\n\n1,70804E+15\n")
    answers = [json.loads(line) for line in out.splitlines()]
    judge("several lines, one object each", code == 3 and [a["valid"] for a in answers] == [True, False], out)
    judge("the region has its name and the number is masked", answers[0]["region_name"] == "Kepahiang" and answers[0]["masked"] == "170804******9901", answers[0])
    judge("damage by a spreadsheet has its hint", answers[1]["codes"] == ["E02"] and answers[1]["hint"] == "kolom NIK harus berformat teks", answers[1])
    code, answer = document(payung, "nik -")
    judge("no number at all", code == 3 and answer["codes"] == ["E80"], answer)
    code, out, _ = run(payung, ["nik", "-"], "1708041211879901\n1708043211879901\n")
    judge("no number is shown", not re.search(r"\d{16}", out) and "tidak sah" in out and "E04" in out, out)


def judge_check(payung):
    person = {"segment": "BPU", "nik": NIK, "name": "SAMARAN UJI", "birth_date": "1980-05-17", "sex": "L", "phone": "081234500001", "occupation": "petani", "ktp_region": "17.08.04"}
    for words in (["check", "--json"], ["check"]):
        code, out, err = run(payung, words, json.dumps(person))
        shown = [secret for secret in (NIK, "SAMARAN", "81234500001") if secret in out + err]
        judge(f"{' '.join(words)} shows nothing of the person", code == 0 and not shown and out != "", shown)
    _, out, _ = run(payung, ["check"], json.dumps({**person, "name": ""}))
    judge("what is missing is named", "DITOLAK" in out and "nama" in out, out)
    _, answer = document(payung, "check", json.dumps({**person, "income": 1000000.5}))
    judge("an income with a fraction is E81", answer["codes"] == ["E81"], answer)
    regency = {"payer": "APBD", "region": "17.08", "period": ["2025-01", "2025-12"]}
    case = {**person, "registration_date": "2025-06-01", "agreement": regency}
    for payer, code in (("17", "E21"), ("17.08", "E22"), ("PEMPROV", "E21"), ("PEMKAB", "E22"), ("PRIBADI", "E21"), ("", "E21")):
        _, answer = document(payung, "check", json.dumps({**case, "facts": {"active": [{"segment": "BPU", "programme": "JKK", "payer": payer}]}}))
        judge(f"a cover paid by '{payer}' beside one of the regency: {code}", answer["codes"] == [code], answer)
    _, answer = document(payung, "check", json.dumps({**case, "facts": {"active": [{"segment": "BPU", "programme": "JKK", "payer": "17", "status": "registered"}]}}))
    judge("who was registered and never paid for has no cover", answer["outcome"] == "ACCEPT", answer)
    written = {**case, "months": "3", "employer_size": "", "start_month": " ", "agreement": {**regency, "requires_dtsen": 1, "desil_max": "4", "exclude_active": 0}, "facts": {"dtsen": 1, "desil": "5"}}
    _, answer = document(payung, "check", json.dumps(written))
    judge("1 and 0, digits as text and blanks are understood", answer.get("codes") == ["E32"], answer)
    for occupation, codes in (("petani/pekebun", []), ("wiraswasta", []), ("supir angkot", []), ("guru ASN", ["E41"]), ("guru honorer SD", ["E40"]), ("pemilik warung dengan 2 karyawan", ["E51"])):
        _, answer = document(payung, "check", json.dumps({**person, "occupation": occupation, "programmes": ["JKK", "JKM"]}))
        judge(f"an occupation as identity cards and lists write it: {occupation}", answer["codes"] == codes, answer)
    _, answer = document(payung, "check", json.dumps({**person, "agreement": {"quota_left": 0, "budget_left": 0}}))
    judge("no place and no money", (answer["outcome"], answer["codes"]) == ("WAITLIST", ["Q60", "Q61"]), answer)


def judge_tariff(payung):
    _, answer = document(payung, "tariff diff 2026-02 2026-03")
    judge("the new JP cap is the change of March 2026", [(c["before"]["value"], c["after"]["value"]) for c in answer["changed"]] == [(10547400, 11086300)] and not answer["began"] + answer["ended"], answer)
    _, answer = document(payung, "tariff diff 2026-12 2027-01 --segment BPU")
    judge("the relief of the other sectors ends", sorted(r["programme"] for r in answer["ended"]) == ["JKK", "JKM"] and {r["id"] for r in answer["ended"]} == {"R-2026-N"}, answer)
    _, answer = document(payung, "tariff diff 2025-03 2025-03")
    judge("a month does not differ from itself", not answer["ended"] + answer["began"] + answer["changed"] + answer["restated"], answer)
    _, answer = document(payung, "tariff show --month 2026-04 --segment PMI")
    judge("every row in force cites its regulation", len(answer["rows"]) >= 5 and all(row["regulation"] and row["segment"] == "PMI" for row in answer["rows"]), answer)
    _, out, _ = run(payung, "tariff show --month 2026-04".split())
    lines = {row: next((line for line in out.splitlines() if f"[{row}]" in line), "") for row in ("BPU-JKK-2015/02", "PU-JKK-2015/1", "PU-JP-2015/WORKER", "JAKON-JKM-2015/2", "PMI-PACKAGE-2023/06", "R-2026-T")}
    said = {"BPU-JKK-2015/02": ("penghasilan mulai Rp1.100.000", "Rp1.200.000", " 1 %", "PP 44/2015"), "PU-JKK-2015/1": ("pemberi kerja", "kelas risiko 1", "upah", "0,24 %"),
            "PU-JP-2015/WORKER": ("pekerja", "batas JP"), "JAKON-JKM-2015/2": ("nilai kontrak di atas Rp100.000.000", "0,02 %"), "PMI-PACKAGE-2023/06": ("PAKET", "6 bulan", "Rp108.000"),
            "R-2026-T": ("transportasi, bukan APBN/APBD", "dibayar 50 %")}
    unsaid = [(row, word) for row, words in said.items() for word in words if word not in lines[row]]
    judge("the table is in Bahasa Indonesia with base, rate as per cent and regulation", not unsaid and not re.search("ppm|income|wage|EMPLOYER |WORKER |PACKAGE ", out), unsaid)
    _, out, _ = run(payung, "tariff show --month 2030-01 --segment PU".split())
    judge("an old cap is marked", "W51" in out, out[-300:])


def judge_places(payung):
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "bin"))
        alone = shutil.copy(payung, os.path.join(folder, "bin", "payung"))
        code, answer = document(alone, BPU)
        judge("a program without its data says so", code == 1 and answer["error"]["code"] == "DATA_UNREADABLE", answer)
    for command in ("quote", "check", "nik", "tariff"):
        code, out, _ = run(payung, [command, "--help"])
        judge(f"{command} --help has examples", code == 0 and "example" in out and "Exit code" in out, code)


def main(arguments):
    (payung,) = arguments
    for part in (judge_wrong, judge_quotes, judge_nik, judge_check, judge_tariff, judge_places):
        part(payung)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
