"""The vectors Q, C and L of domain.md 8.6 that the scripted year does not hold, each through the running system: quota and budget (Q02, Q05, Q07, Q09, Q10), cover over time (C03, C04, C07, C08),
the same list twice (L05). Q01, Q04, C01, C09, L01, L02 and L04 are in year_test.py.
usage: vectors_test.py SOURCE_FOLDER BUILD_FOLDER"""
import csv
import json
import os
import sys

from documents import agreement
from installation import Checks, Installation

PRICE = 16_800


class Vectors:
    def __init__(self, payung, checks):
        self.payung, self.checks, self.expect, self.statements = payung, checks, checks.equal, 0

    # ---- helpers ----

    def agreement(self, name, kind="PEMKAB", payer="Pemkab Uji", region="17.08", funds="APBD", end="2026-09-30", pagu=None, **more):
        self.payung.apply(agreement(name, payer={"kind": kind, "name": payer, "region": region, "funds": funds}, period={"from": "2025-10-01", "to": end}, pagu=pagu, **more))

    def people(self, region, count, seed, errors=""):
        return self.payung.simulated(region, count, seed, *(["--errors", errors] if errors else []))

    def enrol(self, agreement_id, rows, name=None):
        return self.payung.enrol(self.payung.write_list((name or agreement_id) + ".csv", rows), agreement_id)[1]

    def budget(self, agreement):
        row = self.payung.sql("SELECT b.committed, b.pagu - b.committed, b.accepted, b.waitlisted, b.reserved_heads FROM ledger.budget b JOIN ledger.agreement a USING (agreement_no) "
                              f"WHERE a.agreement_id = '{agreement}'")[0]
        return dict(zip(("spent", "left", "accepted", "waiting", "held"), map(int, row)))

    def run(self, agreement, day):
        code, answer = self.payung.cli("run", "--date", day, "--agreement", agreement)
        if code:
            raise ValueError(f"run of {agreement} at {day}: {json.dumps(answer)[:500]}")

    def pay(self, agreement, day, amount):
        invoice = self.payung.sql("SELECT i.invoice_id FROM ledger.invoice i JOIN ledger.agreement a USING (agreement_no) "
                                  f"WHERE a.agreement_id = '{agreement}' ORDER BY invoice_no DESC LIMIT 1")[0][0]
        self.statements += 1
        path = self.payung.write(f"mutasi-{self.statements}.csv", f"Tanggal;Keterangan;No Transaksi;Kredit\n{day};{invoice};V{self.statements:05d};{amount}\n")
        code, answer = self.payung.import_payments(path, "--bank", "BANK-UJI", "--account", "1")
        if code:
            raise ValueError(f"payment of {amount} for {invoice}: {json.dumps(answer)[:500]}")

    def invoiced(self, agreement):
        return [int(row[0]) for row in self.payung.sql(f"SELECT i.amount FROM ledger.invoice i JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = '{agreement}' ORDER BY invoice_no")]

    def enrolments(self, agreement):
        return self.payung.sql("SELECT encode(e.application_id, 'hex'), e.place, e.state, e.state_from, e.start_month, e.end_month FROM ledger.enrolment e JOIN ledger.agreement a USING (agreement_no) "
                               f"WHERE a.agreement_id = '{agreement}' ORDER BY place")

    def wait_enrolled(self, agreement, count):
        """Nobody is being asked any more."""
        self.payung.wait_sql(60, f"{count} are in", f"SELECT b.reserved_heads = 0 AND (SELECT count(*) FROM ledger.enrolment e WHERE e.agreement_no = b.agreement_no) = {count}"
                             f" FROM ledger.budget b JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = '{agreement}'")

    def cover_changes(self, agreement):
        return [(int(row[0]), row[1]) for row in self.payung.sql("SELECT l.state, l.day FROM ledger.line l JOIN ledger.agreement a USING (agreement_no) WHERE l.kind = 13 "
                                                               f"AND a.agreement_id = '{agreement}' ORDER BY l.journal_seq, l.position")]

    # ---- quota and budget ----

    def budget_of_three_months(self):
        self.agreement("q02", months=3, end="2025-12-31", pagu=100_000_000)
        answer = self.enrol("q02", self.people("17.08", 1990, 902))
        self.expect("Q02: 1,984 of 1,990 in", (answer["accepted"], answer["waitlisted"]), (1984, 6))
        budget = self.budget("q02")
        self.expect("Q02: spent 99,993,600, left 6,400", (budget["spent"], budget["left"]), (99_993_600, 6_400))

    def no_money_for_one(self):
        self.agreement("q05", payer="Pemkab Lima", pagu=201_599)
        rows = self.people("17.07", 3, 905)
        for row in rows:
            row["kode_wilayah_ktp"] = "17.08.04.2001"
        answer = self.enrol("q05", rows)
        self.expect("Q05: quota 0, all wait for money (Q61)", (answer["accepted"], answer["waitlisted"], answer["by_code"].get("Q61")), (0, 3, 3))

    def a_death_and_its_replacement(self):
        self.agreement("q07", payer="Pemkab Tujuh", region="16.03", pagu=201_600)
        answer = self.enrol("q07", self.people("16.03", 2, 907))
        self.expect("Q07: one in, one waits", (answer["accepted"], answer["waitlisted"]), (1, 1))
        for month in ("2025-10", "2025-11", "2025-12", "2026-01"):
            self.run("q07", month + "-01")
            self.pay("q07", month + "-05", PRICE)
        code, _ = self.payung.cli("mutation", self.enrolments("q07")[0][0], "--reason", "DEATH", "--date", "2026-01-20", "--on", "2026-01-20")
        self.expect("Q07: the death is booked", code, 0)
        self.wait_enrolled("q07", 2)
        paid = sum(self.invoiced("q07"))
        self.expect("Q07: 67,200 for the first, 134,400 for the second; the place costs 201,600", (paid, self.budget("q07")["spent"] - paid, self.budget("q07")["spent"]), (67_200, 134_400, 201_600))
        self.expect("Q07: the second has the eight months left", self.enrolments("q07")[1][4:], ["202602", "202609"])

    def free_places_are_filled(self):
        self.agreement("q09", payer="Pemkab Mukomuko", region="17.06", pagu=1_000_000_000, quota=1800)
        answer = self.enrol("q09", self.people("17.06", 1616, 909, "E10=60,E11=60,E06=64"))
        self.expect("Q09: 1,616 valid, 184 rejected", (answer["accepted"], answer["rejected"], answer["waitlisted"]), (1616, 184, 0))
        self.expect("Q09: 325,785,600 a year", self.budget("q09")["spent"], 325_785_600)
        self.run("q09", "2025-10-01")
        self.expect("Q09: 27,148,800 a month", self.invoiced("q09"), [27_148_800])
        known = {row["nik"] for row in self.read("q09")}
        rows = [row for row in self.people("17.06", 260, 919) if row["nik"] not in known][:200]
        answer = self.enrol("q09", rows, "q09-kedua")
        self.expect("Q09: the 184 free places are filled, 16 wait for a place (Q60)", (answer["accepted"], answer["waitlisted"], answer["by_code"].get("Q60")), (184, 16, 16))
        self.next_five_follow()

    def next_five_follow(self):
        """Five leave in October; the first five of the waiting list have their places from November on, since October is invoiced."""
        _, before = self.payung.cli("waitlist", "q09")
        first = {row["enrolment"] for row in before["rows"][:5]}
        spent = self.budget("q09")["spent"]
        codes = [self.payung.cli("mutation", row[0], "--reason", "EXIT", "--date", "2025-10-20", "--on", "2025-10-21")[0] for row in self.enrolments("q09")[100:105]]
        self.wait_enrolled("q09", 1805)
        rows = self.enrolments("q09")
        self.expect("Q09: five leave, the first five of those who wait follow, for the eleven months left", (codes, {row[0] for row in rows[1800:]}, {tuple(row[4:]) for row in rows[1800:]}),
                    ([0] * 5, first, {("202511", "202609")}))
        budget = self.budget("q09")
        self.expect("Q09: 1,800 have a place, 11 wait, the five places cost the same as before", (sum(row[2] != "5" for row in rows), budget["waiting"], budget["spent"]), (1800, 11, spent))

    def read(self, name):
        with open(self.payung.path(name + ".csv"), encoding="utf-8") as file:
            return list(csv.DictReader(file, delimiter=";"))

    def two_payers(self):
        self.agreement("q10-provinsi", kind="PEMPROV", payer="Pemprov Kalimantan Timur", region="64", pagu=10_000_000_000)
        self.agreement("q10-kabupaten", payer="Pemkab Penajam Paser Utara", region="64.09", pagu=10_000_000_000)
        province = self.people("64.09", 5614, 910)
        known = {row["nik"] for row in province}
        regency = [row for row in self.people("64.09", 15_200, 911) if row["nik"] not in known][:14_997] + province[100:103]
        first, second = self.enrol("q10-provinsi", province), self.enrol("q10-kabupaten", regency)
        self.expect("Q10: the province enrols 5,614, the regency 14,997; 3 are paid for already (E21)", (first["accepted"], second["accepted"], second["rejected"], second["by_code"].get("E21")),
                    (5614, 14_997, 3, 3))
        self.expect("Q10: 20,611 people are covered once", self.payung.number("SELECT count(DISTINCT person_token) FROM ledger.enrolment e JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id LIKE 'q10%'"),
                    20_611)

    # ---- cover over time ----

    def grace_and_lapse(self):
        for name, options, lapsed in (("c03", {}, "2026-05-01"), ("c04", {"options": {"grace_months": 2}}, "2026-04-01")):
            self.agreement(name, kind="MANDIRI", payer="Peserta " + name, funds="PRIBADI", region="61.12", **options)
            self.expect(f"{name.upper()}: enrolled", self.enrol(name, self.people("61.12", 1, int(name[1:]) + 930))["accepted"], 1)
            for month in ("2025-10", "2025-11", "2025-12", "2026-01"):
                self.run(name, month + "-01")
                self.pay(name, month + "-03", PRICE)
            for day in ("2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01"):
                self.run(name, day)
            self.expect(f"{name.upper()}: GRACE from 2026-02-01, LAPSED {lapsed}", self.cover_changes(name), [(2, "2025-10-03"), (3, "2026-02-01"), (4, lapsed)])
            self.expect(f"{name.upper()}: old arrears are not charged", self.payung.number(f"SELECT count(*) FROM ledger.due d JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = '{name}'"), 0)

    def what_a_death_pays(self):
        self.agreement("c07", payer="Pemkab Muara Enim", region="16.03", pagu=10_000_000, billing={"mode": "PREPAID"})
        self.expect("C07: enrolled", self.enrol("c07", self.people("16.03", 20, 937)[10:12])["accepted"], 2)
        self.run("c07", "2025-10-01")
        self.pay("c07", "2025-10-10", 2 * 12 * PRICE)
        first, second = (row[0] for row in self.enrolments("c07"))
        answers = [self.payung.cli("mutation", enrolment, "--reason", "DEATH", "--date", day, "--on", day)[1] for enrolment, day in ((first, "2025-12-09"), (second, "2026-01-08"))]
        self.expect("C07: 60 days after the start JKM pays 10,000,000", (answers[0]["death_benefit"]["days"], answers[0]["death_benefit"]["amount"]), (60, 10_000_000))
        self.expect("C08: 90 days after the start JKM pays 42,000,000", (answers[1]["death_benefit"]["days"], answers[1]["death_benefit"]["amount"]), (90, 42_000_000))
        self.expect("what was prepaid behind a death is a credit of the payer", self.payung.number("SELECT credit FROM ledger.budget JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'c07'"),
                    (9 + 8) * PRICE)

    def outcomes(self):
        """(repeats, others)"""
        return tuple(map(int, self.payung.sql("SELECT count(*) FILTER (WHERE repeat), count(*) FILTER (WHERE NOT repeat) FROM ledger.outcome")[0]))

    def the_same_list_twice(self):
        before = self.budget("q02")
        _, answer = self.payung.enrol(self.payung.path("q02.csv"), "q02")
        self.expect("L05: the same file gives the same answers", (answer["accepted"], answer["waitlisted"]), (1984, 6))
        rows = self.read("q02")[:100]
        for name, what, people, answered in (("q02-lagi", "the same rows in another list repeat the first answer", rows[::-1], {"accepted": 100}),
                                             ("q02-berubah", "the same people with another address are enrolled already (E22)", [dict(row, alamat="Dusun 1") for row in rows], {"duplicates": 100})):
            outcomes = self.outcomes()
            answer = self.enrol("q02", people, name)
            self.expect(f"L05: {what}", {part: answer[part] for part in ("accepted", "waitlisted", "rejected", "duplicates", "pending") if answer[part]}, answered)
            self.expect(f"L05: {what}: codes", answer["by_code"].get("E22", 0), answered.get("duplicates", 0))
            more = (0, 0) if "accepted" in answered else (0, 100)  # intake knows that the same rows are decided and does not send them again
            self.expect(f"L05: {what}: repeats and new outcomes in the ledger", tuple(now - then for now, then in zip(self.outcomes(), outcomes)), more)
            self.expect(f"L05: {what} and are charged nothing", self.budget("q02"), before)

    def proofs(self):
        self.checks.proofs(self.payung)
        self.checks.no_disaster(self.payung)


def main():
    source, build = map(os.path.abspath, sys.argv[1:3])
    checks = Checks()
    with Installation(source, build) as payung:
        payung.start()
        vectors = Vectors(payung, checks)
        for title, case in (("Q02", vectors.budget_of_three_months), ("Q05", vectors.no_money_for_one), ("Q07", vectors.a_death_and_its_replacement), ("Q09", vectors.free_places_are_filled),
                            ("Q10", vectors.two_payers), ("C03 and C04", vectors.grace_and_lapse), ("C07 and C08", vectors.what_a_death_pays), ("L05", vectors.the_same_list_twice),
                            ("Proofs", vectors.proofs)):
            checks.case(title, case)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
