"""The news stories that brought this project about, each on one running installation with its figures: Kepahiang's first stage, Muara Enim's three months with and without the relief of
2020, Kubu Raya's pension that the law closes, and Kabupaten Serang with four segments, several offices and one umbrella agreement. What is expected comes from the stories
or from the model of the law (tests/law/model.py), never from the programs.
usage: seeds_test.py SOURCE_FOLDER BUILD_FOLDER"""
import os
import re
import sys
import time

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../law"))
import books
import expected
import system_test
from installation import Checks, Installation, wait_until
from model import Prices, Rules
from rows import Rows, month_count

CHARGES = ("JKK", "JKM", "JHT", "JP", "PACKAGE")
MUARA_ENIM_PEOPLE, KUBU_RAYA_PEOPLE, SHARED_PEOPLE = 100, 40, 5
KUBU_RAYA_JOBS = ("guru ngaji", "imam", "marbot", "relawan")
OFFICES = {"serang-dinsos": "serang-bpu", "serang-dindik": "serang-pu", "serang-pupr": "serang-jakon", "serang-disnaker": "serang-pmi"}


# ---- lists and documents ----

def write_list(payung, name, rows):
    """A list as intake reads it; its people are remembered for the search at the end."""
    payung.fixtures += rows
    return payung.write_list(name + ".csv", rows)


def simulated(payung, region, count, seed, as_of, segment="BPU"):
    return payung.simulated(region, count, seed, "--as-of", as_of, "--segment", segment)


def enrol(payung, agreement, path):
    began = time.monotonic()
    _, answer = payung.enrol(path, agreement)
    print(f"{agreement}: {answer.get('rows')} rows in {time.monotonic() - began:.2f} s")
    return answer


def counts(answer):
    return {name: answer[name] for name in ("accepted", "waitlisted", "rejected", "duplicates", "pending", "committed")}


def outcomes(payung, batch):
    """[{row, status, codes, warnings, programmes, months, amount, a charge each}] of a list."""
    names = books.code_names(payung.source)
    rows = payung.sql("SELECT r.row_number, o.status, o.codes, o.warnings, o.months, o.amount, o.jkk, o.jkm, o.jht, o.jp, o.package, o.lines FROM intake.batch b JOIN intake.batch_row r "
                      f"USING (batch_no) JOIN ledger.outcome o ON o.application_id = r.application_id AND NOT o.repeat WHERE b.batch_id = '{batch}' ORDER BY 1")
    bits = lambda number: {text for bit, text in names.items() if int(number) >> bit & 1}
    return [{"row": int(row[0]), "status": books.OUTCOME_NAMES[int(row[1])], "codes": bits(row[2]), "warnings": bits(row[3]), "months": int(row[4] or 0), "amount": int(row[5]),
             "lines": row[11], **dict(zip(CHARGES, map(int, row[6:11])))} for row in rows]


# ---- the model's answer to a list ----

class Model:
    """What a list must lead to: the checks of expected.py and of the segment's own columns, then the rules and prices of the model."""

    def __init__(self, share):
        self.rows, self.law = Rows(share), expected.Law(share)
        self.rules, self.prices = Rules(self.rows), Prices(self.rows)
        self.names = {name.lower(): code for code, row in self.rows.occupations.items() for name in [code, row["name"], *row["synonyms"].split("|")] if name}

    def findings(self, row):
        codes = expected.syntax_codes(row, self.law)
        needed = {"PU": ("upah", "kelas_risiko", "skala"), "PMI": ("jalur", "lama_kontrak_bulan"), "BPU": (),
                  "JAKON": ("basis", "tgl_mulai", "tgl_selesai", "jumlah_tk", "upah" if row.get("basis") == "UPAH" else "nilai_kontrak_neto")}[row["segmen"]]
        for column in needed:
            alternative = row.get("nilai_kontrak_bruto", "") if column == "nilai_kontrak_neto" else ""
            codes |= {"E80"} if not (row[column].strip() or alternative.strip()) else set()
        if row["segmen"] == "JAKON" and not row["no_proyek"].strip() and not row["no_spk"].strip():
            codes.add("E80")
        for column in ("upah", "nilai_kontrak_neto", "nilai_kontrak_bruto", "jht_bulanan"):
            text = row.get(column, "").strip()
            codes |= {"E81"} if text and (not re.fullmatch(r"[1-9]\d*", text) or int(text) > 10**14) else set()
        return codes

    def subject(self, row):
        """Whom a row is about: the person; in construction the project, with wages the worker on it."""
        nik = re.sub(r"[\s.-]", "", row["nik"])
        if row["segmen"] != "JAKON":
            return nik
        return (row["no_proyek"] or row["no_spk"], row["npp"]) + ((nik,) if row["basis"] == "UPAH" else ())

    def case(self, row, agreement, first_row, covers):
        day = lambda text: int(text.replace("-", ""))
        born = expected.day_of(row["tgl_lahir"].strip())
        months, start = int(row["jumlah_bulan"] or 0), month_count(row["periode_mulai"]) if row["periode_mulai"] else 0
        if row["segmen"] == "JAKON":
            begin, end = expected.day_of(row["tgl_mulai"]), expected.day_of(row["tgl_selesai"])
            start, months = begin.year * 12 + begin.month - 1, (end.year - begin.year) * 12 + end.month - begin.month + 1
        months = int(row["lama_kontrak_bulan"]) if row["segmen"] == "PMI" else months
        programmes = agreement["segments"].get(row["segmen"], {}).get("programmes", [])
        return {"segment": row["segmen"], "size": {"MIKRO": "MICRO", "KECIL": "SMALL", "MENENGAH": "MEDIUM", "BESAR": "LARGE"}.get(row.get("skala", ""), ""),
                "basis": {"KONTRAK": "CONTRACT", "UPAH": "WAGES"}.get(row.get("basis", ""), ""), "occupation": self.names.get((row["kode_pekerjaan"] or row["pekerjaan"]).lower(), ""),
                "dukcapil": "", "dukcapil_region": 0, "dtsen": "", "desil": 0, "civil_servant": "", "covers_unanswered": False, "covers": covers, "funds": agreement["payer"]["funds"],
                "first_row": first_row, "registered": day(agreement["registration_date"]), "born": int(born.strftime("%Y%m%d")), "is_employer": False, "findings": [],
                "ktp_region": int((row["kode_wilayah_ktp"].replace(".", "") + "000000")[:6]), "start": start, "months": months, "first_month": month_count(agreement["period"]["from"][:7]),
                "agreement_months": agreement["months"], "asked": frozenset(filter(None, re.split(r"[+, ]", row["program"]))), "paid": frozenset(programmes),
                "payer_region": int(agreement["payer"]["region"].replace(".", "")), "scope": "PAYER", "period_from": day(agreement["period"]["from"]),
                "period_to": day(agreement["period"]["to"]), "legal_basis": True, "min_age": 0, "age_limit": 0, "exclude_active": False, "data_source": "NONE", "desil_max": 0,
                "occupations": frozenset()}

    def price(self, row, case, verdict):
        whole = lambda name: int(row.get(name, "") or 0)
        sector = self.rows.occupations.get(case["occupation"], {}).get("sector", "")
        question = {"segment": case["segment"], "programmes": verdict["programmes"], "start": verdict["start"], "months": verdict["months"], "sector": sector, "funds": case["funds"],
                    "labour_intensive": row.get("status_padat_karya") == "ya", "basis": case["basis"], "route": "P3MI" if row.get("jalur") == "P3MI" else "INDIVIDUAL",
                    "income": whole("penghasilan"), "wage": whole("upah"), "risk_class": whole("kelas_risiko"), "net": whole("nilai_kontrak_neto"),
                    "gross": whole("nilai_kontrak_bruto"), "vat_ppm": whole("ppn_ppm"), "wages": whole("upah"), "jht_monthly": whole("jht_bulanan")}
        return self.prices.premium(question)

    def answers(self, rows, agreement, met=None, covers_of=lambda subject: []):
        """One (status, codes, {charge: rupiah}) for each row. covers_of: what stands for a subject already."""
        met, result = {} if met is None else met, []
        for number, row in enumerate(rows, 1):
            subject, codes, sums = self.subject(row), self.findings(row), {}
            verdict = None
            if not codes:
                case = self.case(row, agreement, met.get(subject, 0), covers_of(subject))
                verdict = self.rules.decide(case)
                codes = verdict["codes"]
            if row["nik"].strip():
                met.setdefault(subject, number)
            if not codes:
                sums = self.price(row, case, verdict)
                codes = {"E81"} if sums["status"] == "BAD_AMOUNT" else codes
            status = ("duplicate" if codes == {"E22"} else "rejected") if codes else "accepted"
            result.append((status, codes, {name: sums.get(name, 0) for name in CHARGES} if status == "accepted" else dict.fromkeys(CHARGES, 0)))
        return result


def compare(checks, payung, title, answer, wanted):
    """Rows, codes and rupiah of a list against the model; returns the sums by charge."""
    seen = outcomes(payung, answer["batch"])
    differing = [f"row {one['row']}: {one['status']} {sorted(one['codes'])} {[one[name] for name in CHARGES]}, the model says {status} {sorted(codes)} {list(sums.values())}"
                 for one, (status, codes, sums) in zip(seen, wanted) if (one["status"], one["codes"], [one[name] if one["status"] == "accepted" else 0 for name in CHARGES]) !=
                 (status, codes, list(sums.values()))]
    checks.expect(len(seen) == len(wanted) and not differing, f"{title}: every row has the status, the codes and the rupiah of the model", f"{len(seen)} rows; {differing[:3]}")
    sums = {name: sum(sums[name] for _, _, sums in wanted) for name in CHARGES}
    checks.expect(answer["committed"] == sum(sums.values()), f"{title}: Rp{sum(sums.values()):,} in all", f"{answer['committed']:,}")
    return sums


def balance_is(checks, payung, agreement, sums):
    code, balance = payung.cli("ledger", "balance", "--agreement", agreement)
    told = {name: balance["programmes"].get(name, 0) for name in CHARGES}
    told = {name: value["committed"] if isinstance(value, dict) else value for name, value in told.items()}
    checks.expect(code == 0 and told == sums, f"{agreement}: the ledger has them by charge", told)


# ---- the stories ----

def case_kepahiang(checks, payung):
    """Rp100 million for the first three months, October to December 2025: 1,984 people, Rp6,400 left."""
    payung.apply(payung.sample_agreement(id="kepahiang-2025-tahap-1", months=3, period={"from": "2025-10-01", "to": "2025-12-31"}, pagu=100_000_000))
    rows = expected.read_rows(os.path.join(payung.source, "tests/data/kepahiang-2025.csv"))
    answer = enrol(payung, "kepahiang-2025-tahap-1", write_list(payung, "tahap-1", rows))
    checks.expect(counts(answer) == {"accepted": 1984, "waitlisted": 16, "rejected": 73, "duplicates": 0, "pending": 0, "committed": 99_993_600},
                  "1,984 people for three months cost Rp99,993,600", counts(answer))
    accepted = [one for one in outcomes(payung, answer["batch"]) if one["status"] == "accepted"]
    checks.expect({(one["JKK"], one["JKM"], one["months"]) for one in accepted} == {(30_000, 20_400, 3)}, "each of them JKK 30,000 and JKM 20,400 for three months")
    code, balance = payung.cli("ledger", "balance", "--agreement", "kepahiang-2025-tahap-1")
    checks.expect(code == 0 and balance["left"] == 6_400, "Rp6,400 are left", balance["left"])


def case_muara_enim(checks, payung):
    """100 people, three months: Rp5,040,000 by the tariff, Rp50,400 with the relief of PP 49/2020 switched on."""
    payung.apply(payung.sample_agreement("muara-enim.json"))
    people = simulated(payung, "16.03", 2 * MUARA_ENIM_PEOPLE, 1603, "2020-11-02")
    answer = enrol(payung, "muara-enim-2020", write_list(payung, "muara-enim", people[:MUARA_ENIM_PEOPLE]))
    checks.expect(counts(answer)["accepted"] == MUARA_ENIM_PEOPLE and answer["committed"] == 5_040_000, "100 people for three months cost Rp5,040,000", counts(answer))
    relieved(payung, "R-2020")
    payung.apply(payung.sample_agreement("muara-enim.json", id="muara-enim-2020-keringanan"))
    answer = enrol(payung, "muara-enim-2020-keringanan", write_list(payung, "muara-enim-relief", people[MUARA_ENIM_PEOPLE:]))
    checks.expect(counts(answer)["accepted"] == MUARA_ENIM_PEOPLE and answer["committed"] == 50_400, "with R-2020 on the next 100 cost Rp50,400", counts(answer))
    seen = outcomes(payung, answer["batch"])
    checks.expect({(one["JKK"], one["JKM"]) for one in seen} == {(300, 204)} and all("R-2020" in one["lines"] for one in seen), "JKK 300 and JKM 204 each, and the lines name the relief")
    relieved(payung, "")


def relieved(payung, reliefs):
    """The premium services with these reliefs switched on."""
    for name in [name for name in payung.services if name.startswith("premium-")]:
        service = payung.services[name]
        service.pause()
        service.environment["RELIEFS"] = reliefs
        service.resume()
        payung.wait_ready(name)


def case_kubu_raya(checks, payung):
    """The agreement names a pension for volunteers. The law has none for them: told on load, dropped for each person with W50, billed Rp36,800 a month."""
    content = payung.sample_agreement("kubu-raya.json")
    answer = payung.apply(content)
    checks.expect([(one["warning"], one["segment"], one["programmes"]) for one in answer["law_conflicts"]] == [("W50", "BPU", ["JP"])], "loading the agreement says that JP is dropped",
                  answer["law_conflicts"])
    people = simulated(payung, "61.12", KUBU_RAYA_PEOPLE + 1, 6112, content["registration_date"])
    for at, row in enumerate(people):
        row["pekerjaan"], row["kode_pekerjaan"] = KUBU_RAYA_JOBS[at % len(KUBU_RAYA_JOBS)], ""
    path = write_list(payung, "kubu-raya", people)
    poor = payung.path("dtks.csv")
    with open(poor, "w", encoding="utf-8") as file:
        file.write("nik;desil\n" + "".join(f"{row['nik']};{1 + at % 4}\n" for at, row in enumerate(people[:KUBU_RAYA_PEOPLE])))
    payung.must("facts", "load", "dtsen", poor, "--source", "DTKS", "--region", "61.12", "--as-of", "2023-12-01")
    answer = enrol(payung, content["id"], path)
    seen = outcomes(payung, answer["batch"])
    taken = seen[:KUBU_RAYA_PEOPLE]
    checks.expect({(one["status"], one["JKK"], one["JKM"], one["JHT"], one["JP"]) for one in taken} == {("accepted", 120_000, 81_600, 240_000, 0)},
                  "each of them costs Rp36,800 a month: 10,000 + 6,800 + 20,000, twelve months, and nothing for JP", taken[0]["amount"])
    checks.expect(all("W50" in one["warnings"] for one in seen), "each person has the warning W50")
    checks.expect(seen[-1]["status"] == "rejected" and seen[-1]["codes"] == {"E31"}, "who does not stand in DTKS is refused with E31", sorted(seen[-1]["codes"]))
    checks.expect(answer["committed"] == KUBU_RAYA_PEOPLE * 12 * 36_800, "Rp36,800 x 12 x 40 are committed", answer["committed"])
    _, shown = payung.cli("agreement", "show", content["id"])
    checks.expect(shown["warned"] == KUBU_RAYA_PEOPLE + 1 and shown["law_conflicts"], "the agreement shows how many bear the warning, the refused one too", shown["warned"])


def cover(segment, programmes, same_payer):
    return [{"segment": segment, "programme": programme, "status": "ACTIVE", "same_payer": same_payer, "first": month_count("2025-10"), "months": 12} for programme in programmes]


def case_serang(checks, payung):
    """One Nota Kesepakatan, four offices with agreements of their own, four segments; people and projects that two offices name."""
    model = Model(os.path.join(payung.build, "share/payung"))
    payung.apply(payung.sample_agreement("serang-umbrella.json"))
    agreements = {name: payung.sample_agreement(name + ".json") for name in OFFICES}
    for document in agreements.values():
        payung.apply(document)
    lists, total, accepted = {}, 0, 0
    for office, name in OFFICES.items():
        rows = expected.read_rows(os.path.join(payung.source, "tests/data", name + ".csv"))
        lists[office] = (rows, model.answers(rows, agreements[office]))
        payung.fixtures += rows
        answer = enrol(payung, office, os.path.join(payung.source, "tests/data", name + ".csv"))
        sums = compare(checks, payung, office, answer, lists[office][1])
        balance_is(checks, payung, office, sums)
        total, accepted = total + sum(sums.values()), accepted + answer["accepted"]
    packages = sum(sums["PACKAGE"] for _, _, sums in lists["serang-disnaker"][1])
    checks.expect(packages > 0 and all(sums["JKK"] == sums["JKM"] == 0 for _, _, sums in lists["serang-disnaker"][1]), "the package of migrant workers is one price", f"Rp{packages:,}")
    extra = [case_serang_two_offices(checks, payung, lists["serang-dinsos"]), case_serang_project_again(checks, payung, model, lists["serang-pupr"])]
    case_serang_wage_of_nothing(checks, payung)
    case_serang_umbrella(checks, payung, total + sum(extra), accepted + (extra[0] > 0))


def case_serang_two_offices(checks, payung, dinsos):
    """The same people in the list of another office: E21, nothing charged; a new one beside them is taken."""
    rows, answers = dinsos
    shared = [row for row, (status, _, _) in zip(rows, answers) if status == "accepted"][:SHARED_PEOPLE]
    newcomer = dict(simulated(payung, "36.04", 1, 3604, "2025-09-15")[0], pekerjaan="petani", kode_pekerjaan="")
    answer = enrol(payung, "serang-disnaker", write_list(payung, "disnaker-bpu", shared + [newcomer]))
    seen = outcomes(payung, answer["batch"])
    checks.expect([(one["status"], one["codes"], one["amount"]) for one in seen[:SHARED_PEOPLE]] == [("rejected", {"E21"}, 0)] * SHARED_PEOPLE,
                  "who is in two offices' lists is refused by the second with E21", [sorted(one["codes"]) for one in seen])
    checks.expect(seen[-1]["status"] == "accepted" and seen[-1]["amount"] == 12 * 16_800, "and a new person beside them is taken for 12 x Rp16,800", seen[-1]["amount"])
    return answer["committed"]


def case_serang_project_again(checks, payung, model, pupr):
    """A project is booked once: named again by the same office it is a duplicate, whoever answers for it."""
    rows, answers = pupr
    at = next(at for at, (row, (status, _, _)) in enumerate(zip(rows, answers)) if status == "accepted" and row["basis"] == "KONTRAK")
    others = [row for row, (status, _, _) in zip(rows, answers) if status == "accepted"]
    again = dict(rows[at], catatan="diajukan lagi")
    for column in ("nik", "nama", "tgl_lahir", "jenis_kelamin"):
        again[column] = others[-1][column]
    answer = enrol(payung, "serang-pupr", write_list(payung, "pupr-lagi", [again]))
    seen = outcomes(payung, answer["batch"])
    checks.expect([(one["status"], one["codes"], one["amount"]) for one in seen] == [("duplicate", {"E22"}, 0)], "a project that another person names again is booked once", seen)
    project = model.subject(rows[at])
    booked = payung.number("SELECT count(*) FROM ledger.outcome WHERE NOT repeat AND status = 1 AND person_token = (SELECT o.person_token FROM ledger.outcome o JOIN intake.batch_row r "
                           f"USING (application_id) JOIN intake.batch b USING (batch_no) WHERE b.batch_id = '{answer['batch']}' AND NOT o.repeat LIMIT 1)")
    checks.expect(booked == 1, f"the ledger has one accepted outcome for it ({len(project)} parts name it)", booked)
    return answer["committed"]


def case_serang_wage_of_nothing(checks, payung):
    """A wage of Rp1 has premiums that round to nothing: it is refused by name, not parked."""
    employee = dict(simulated(payung, "36.04", 1, 100, "2025-09-15", segment="PU")[0], upah="1")
    answer = enrol(payung, "serang-dindik", write_list(payung, "dindik-upah", [employee]))
    seen = outcomes(payung, answer["batch"])
    checks.expect([(one["status"], one["codes"], one["amount"]) for one in seen] == [("rejected", {"E81"}, 0)], "a wage whose premiums round to nothing is E81", seen)


def case_serang_umbrella(checks, payung, total, accepted):
    code, shown = payung.cli("agreement", "show", "serang-2024")
    sums = shown["children_total"]
    checks.expect(code == 0 and sums["agreements"] == len(OFFICES) and sums["committed"] == total and sums["accepted"] == accepted,
                  f"the umbrella shows four offices with Rp{total:,} and {accepted} accepted", sums)
    checks.expect(sums["pagu"] == shown["delegated"] <= shown["pagu"], "and what it has given to them lies within its pagu", f"{shown['delegated']:,} of {shown['pagu']:,}")


def case_proof(checks, payung):
    wait_until(60, "everybody is told", lambda: books.all_decided(payung))
    code, report = payung.cli("ledger", "verify")
    checks.expect(code == 0 and report["ok"], "the ledger verifies", {name: report[name] for name in ("journals", "entries")})
    entries = payung.sql("SELECT account, sum(amount) FROM ledger.entry GROUP BY 1")
    checks.expect(sum(int(amount) for _, amount in entries) == 0 and any("PACKAGE" in account or "PAKET" in account for account, _ in entries),
                  "debits equal credits, and the package has an account of its own", entries)


def main(source, build):
    checks = Checks()
    with Installation(source, build) as payung:
        payung.fixtures, payung.sanitized = [], system_test.is_sanitized(build)
        payung.start()
        for title, function in (("Kepahiang, the first stage", case_kepahiang), ("Muara Enim", case_muara_enim), ("Kubu Raya", case_kubu_raya), ("Kabupaten Serang", case_serang),
                                ("The proof", case_proof), ("Persons stay out of topics, logs and metrics", system_test.case_no_persons)):
            checks.case(title, function, checks, payung)
        checks.clean_end(payung)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])))
