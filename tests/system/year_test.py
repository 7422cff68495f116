"""A scripted year of Kepahiang through the running system, every balance asserted: 2,000 applicants for Rp400 million, 1,984 in and 16 waiting; an invoice a month, paid from bank statements, one
of them short; three deaths whose replacements inherit the months left; a new pagu in 2026 with re-validation, in which one has turned 65; the end of the agreement with a notice to everybody.
The figures are worked out here from the price of a month, never taken from the programs. At the end the ledger proves itself and is built again from the topics.
usage: year_test.py SOURCE_FOLDER BUILD_FOLDER"""
import os
import sys

from installation import Checks, Installation

AGREEMENT, PRICE, JKK, JKM = "kepahiang-2025", 16_800, 10_000, 6_800
APPLICANTS, ENROLLED, WAITING = 2000, 1984, 16
PAGU, MONTHS = 400_000_000, 12
SHORT_PAYMENT = 30_000_000  # for January 2026 instead of 33,331,200
EXTRA_PLACES, MONTHS_FROM_MAY = 10, 5
NEW_PAGU = PAGU + EXTRA_PLACES * MONTHS_FROM_MAY * PRICE
TURNS_65 = 5  # the sixth of the waiting list
WARNED = ENROLLED - SHORT_PAYMENT // PRICE - 1  # the newest one of January was never covered


def month(number):
    """'2025-10' for 0."""
    count = 2025 * 12 + 9 + number
    return f"{count // 12}-{count % 12 + 1:02d}"


class Year:
    def __init__(self, payung, checks):
        self.payung, self.checks, self.expect, self.sent = payung, checks, checks.equal, 0
        self.invoiced, self.received, self.committed = 0, 0, ENROLLED * MONTHS * PRICE

    # ---- the list ----

    def people(self):
        rows = self.payung.simulated("17.08", APPLICANTS, 2025)
        waiting = list(enumerate(rows, 1))[ENROLLED:]
        order = sorted(waiting, key=lambda item: (int(item[1]["id_desil"] or 11), int(item[1]["kode_wilayah_ktp"].replace(".", "")), item[0]))
        row = order[TURNS_65][1]  # 64 on 15 September 2025, 65 from 1 December on
        day = "41" if row["jenis_kelamin"] == "P" else "01"
        row.update(tgl_lahir="1960-12-01", nik=row["nik"][:6] + day + "1260" + row["nik"][12:])
        return self.payung.write_list("pemohon.csv", rows), [number for number, _ in order]

    def row_of(self, enrolment):
        return self.payung.number(f"SELECT row_number FROM intake.batch_row WHERE application_id = '\\x{enrolment}'")

    # ---- asking ----

    def budget(self):
        columns = ("pagu", "committed", "reserved", "accepted", "reserved_heads", "waitlisted", "receivable", "credit")
        values = self.payung.sql(f"SELECT {', '.join('b.' + name for name in columns)} FROM ledger.budget b JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = '{AGREEMENT}'")[0]
        return dict(zip(columns, map(int, values)))

    def accounts(self):
        return {name: int(amount) for name, amount in self.payung.sql("SELECT account, sum(amount) FROM ledger.entry GROUP BY account HAVING sum(amount) <> 0")}

    def states(self):
        return {int(state): int(count) for state, count in self.payung.sql("SELECT state, count(*) FROM ledger.enrolment GROUP BY state")}

    def expect_money(self, when, open_amount=0, credit=0, committed=None, accepted=ENROLLED, waiting=None):
        """Every balance: of the budget and of every account."""
        if committed is not None:
            self.committed = committed
        budget = self.budget()
        self.expect(f"{when}: committed, accepted and held", (budget["committed"], budget["accepted"], budget["reserved"], budget["reserved_heads"]), (self.committed, accepted, 0, 0))
        if waiting is not None:
            self.expect(f"{when}: waiting", budget["waitlisted"], waiting)
        self.expect(f"{when}: receivable and credit", (budget["receivable"], budget["credit"]), (open_amount, credit))
        persons = self.committed // PRICE
        wanted = {f"KOMITMEN:{AGREEMENT}": self.committed, "IURAN-KOMITMEN:JKK": -persons * JKK, "IURAN-KOMITMEN:JKM": -persons * JKM,
                  f"PIUTANG:{AGREEMENT}": open_amount, "IURAN:JKK": -self.invoiced // PRICE * JKK, "IURAN:JKM": -self.invoiced // PRICE * JKM,
                  f"TITIPAN:{AGREEMENT}": -credit, "KAS:BANK-BENGKULU": self.received}
        self.expect(f"{when}: every account", self.accounts(), {name: amount for name, amount in wanted.items() if amount})

    # ---- what happens ----

    def run(self, day, persons):
        """The run of the first of a month issues its invoice."""
        code, answer = self.payung.cli("run", "--date", day, "--agreement", AGREEMENT)
        self.expect(f"{day}: the run is done", code, 0)
        self.invoiced += persons * PRICE
        rows = self.payung.sql(f"SELECT invoice_id, billing_code, persons, amount FROM ledger.invoice WHERE issued_on = '{day}'")
        self.expect(f"{day}: one invoice for {persons} persons", [(int(row[2]), int(row[3])) for row in rows], [(persons, persons * PRICE)] if persons else [])
        return rows[0][0] if rows else None, rows[0][1] if rows else None, answer

    def pay(self, day, amount, reference):
        """A bank statement with one line, read twice: money comes once."""
        self.sent += 1
        rupiah = f"{amount:,}".replace(",", ".")
        path = self.payung.write(f"mutasi-{self.sent}.csv", f"Tanggal;Keterangan;No Transaksi;Debet;Kredit\n{day};SP2D {self.sent} {reference};TRX{self.sent:04d};;{rupiah},00\n")
        for _ in range(2):
            code, _ = self.payung.import_payments(path, "--bank", "BANK-BENGKULU", "--account", "170801")
            self.expect(f"{day}: the bank statement is taken", code, 0)
        self.received += amount

    def settled_down(self, accepted):
        """Promotions are decided by the whole pipeline."""
        self.payung.wait_sql(60, f"{accepted} accepted and nothing held", f"SELECT b.accepted = {accepted} AND b.reserved_heads = 0 FROM ledger.budget b JOIN ledger.agreement a "
                             f"USING (agreement_no) WHERE a.agreement_id = '{AGREEMENT}'")

    def died(self, place, day):
        enrolment = self.payung.sql(f"SELECT encode(application_id, 'hex') FROM ledger.enrolment WHERE place = {place}")[0][0]
        code, _ = self.payung.cli("mutation", enrolment, "--reason", "DEATH", "--date", day, "--on", day)
        self.expect(f"{day}: the person at place {place} is gone", code, 0)
        self.settled_down(ENROLLED)

    def newest(self):
        rows = self.payung.sql("SELECT encode(application_id, 'hex'), start_month, end_month, place FROM ledger.enrolment ORDER BY place DESC LIMIT 1")
        return rows[0]

    # ---- the year ----

    def enrol(self):
        path, self.order = self.people()
        self.payung.apply(self.payung.sample_agreement())
        code, answer = self.payung.enrol(path, AGREEMENT)
        self.expect("2,000 applicants: 1,984 in, 16 waiting", (code, answer["accepted"], answer["waitlisted"], answer["rejected"]), (0, ENROLLED, WAITING, 0))
        self.expect_money("after the list", waiting=WAITING)
        _, waitlist = self.payung.cli("waitlist", AGREEMENT)
        self.expect("the waiting list stands in the order of desil, village and row", [self.row_of(row["enrolment"]) for row in waitlist["rows"]], self.order)
        self.expect("everybody is registered, nobody covered before a payment (C09)", self.states(), {1: ENROLLED})

    def first_quarter(self):
        for number, day in enumerate(("2025-10-01", "2025-11-01", "2025-12-01")):
            invoice, code, _ = self.run(day, ENROLLED)
            self.expect_money(f"{day}, invoiced", open_amount=ENROLLED * PRICE)
            self.pay(day[:8] + "10", ENROLLED * PRICE, (invoice, code)[number % 2])
            self.expect_money(f"{day}, paid")
            if number == 0:
                self.expect("all are ACTIVE from the day of the payment (C01, L02)", self.payung.sql("SELECT state, state_from, count(*) FROM ledger.enrolment GROUP BY 1, 2"),
                            [["2", "2025-10-10", str(ENROLLED)]])
        self.died(700, "2025-12-20")
        self.expect_money("a death in December", waiting=WAITING - 1)
        application, start, end, _ = self.newest()
        self.expect("the first of the waiting list inherits the nine months left", (self.row_of(application), start, end), (self.order[0], "202601", "202609"))

    def short_payment(self):
        paid = SHORT_PAYMENT // PRICE
        invoice, _, _ = self.run("2026-01-01", ENROLLED)
        self.pay("2026-01-12", SHORT_PAYMENT, invoice)
        self.expect_money("January, paid short", open_amount=(ENROLLED - paid) * PRICE, credit=SHORT_PAYMENT - paid * PRICE)
        rows = self.payung.sql("SELECT min(place), max(place), count(*) FROM ledger.due")[0]
        last = self.payung.sql(f"SELECT place FROM ledger.enrolment WHERE state IN (1, 2) AND place <> 700 ORDER BY place OFFSET {paid} LIMIT 1")[0][0]
        self.expect("the payment settles in the order of the list, the rest is unpaid", (rows[0], int(rows[2])), (last, ENROLLED - paid))
        february, _, _ = self.run("2026-02-01", ENROLLED)
        self.expect("who is not paid for in January is in grace; the newest one was never covered", self.states(), {2: paid, 3: ENROLLED - paid - 1, 5: 1, 1: 1})
        self.expect_money("February, invoiced", open_amount=(2 * ENROLLED - paid) * PRICE, credit=SHORT_PAYMENT - paid * PRICE)
        self.died(3, "2026-02-10")
        self.expect_money("a death in February", open_amount=(2 * ENROLLED - paid) * PRICE, credit=SHORT_PAYMENT - paid * PRICE, waiting=WAITING - 2)
        self.expect("the second of the list inherits seven months", (self.row_of(self.newest()[0]), *self.newest()[1:3]), (self.order[1], "202603", "202609"))
        self.pay("2026-02-20", 2 * ENROLLED * PRICE - SHORT_PAYMENT, february)
        self.expect_money("February, with what was missing")
        self.expect("whoever lives is ACTIVE again", self.states(), {2: ENROLLED - 1, 5: 2, 1: 1})

    def spring(self):
        invoice, _, _ = self.run("2026-03-01", ENROLLED)
        self.pay("2026-03-09", ENROLLED * PRICE, invoice)
        self.died(1984, "2026-03-15")
        self.expect_money("a death in March", waiting=WAITING - 3)
        self.expect("the third of the list inherits six months", (self.row_of(self.newest()[0]), *self.newest()[1:3]), (self.order[2], "202604", "202609"))
        invoice, _, _ = self.run("2026-04-01", ENROLLED)
        self.pay("2026-04-09", ENROLLED * PRICE, invoice)
        self.expect_money("April, paid")

    def forecast(self, when, free, *options):
        """By hand: a month of 1,984 people costs 33,331,200, so neither 25,600 nor 865,600 more buy another one and the money lasts until September, the last month that is bought; a year
        costs 399,974,400. April is invoiced: whoever is called has five months, 84,000; 865,600 pay for ten of them. All are paid for until April and may owe three months."""
        _, seen = self.payung.cli("forecast", AGREEMENT, "--date", "2026-04-10", *options)
        self.expect(f"forecast, {when}: people and money", (seen["enrolled"], seen["waiting"], seen["monthly"], seen["budget"]["committed"], seen["budget"]["free"]),
                    (1984, 13, 33_331_200, 399_974_400, free))
        self.expect(f"forecast, {when}: until when the money lasts", (seen["last_month"], seen["months_left"], seen["bound_to"], seen["covers_to"]), ("2026-09", 6, "2026-09", "2026-09"))
        self.expect(f"forecast, {when}: spent so far", [(row["month"], row["amount"]) for row in seen["spent"]], [(month(number), 33_331_200) for number in range(7)])
        self.expect(f"forecast, {when}: the renewal", seen["renewal"], {"persons": 1984, "months": 12, "cost": 399_974_400})
        self.expect(f"forecast, {when}: who would be called", [seen["promotion"][name] for name in ("money", "persons", "cost", "start_month", "months")], [865_600, 10, 840_000, "2026-05", 5])
        self.expect(f"forecast, {when}: nobody lapses in May", seen["lapsing"], {"month": "2026-05", "persons": 0})

    def new_pagu(self):
        """Ten more find money for the five months from May on; one of them has turned 65 since."""
        self.forecast("what if the pagu were more", 25_600, "--pagu", str(NEW_PAGU))
        self.payung.apply(self.payung.sample_agreement(pagu=NEW_PAGU))
        self.forecast("with the new pagu", 865_600)
        self.run("2026-04-10", 0)
        self.settled_down(ENROLLED + EXTRA_PLACES - 1)
        refused = self.payung.sql("SELECT b.row_number, o.attempt, o.codes & (1::bigint << 11) <> 0 FROM ledger.outcome o JOIN intake.batch_row b USING (application_id) WHERE o.status = 3")
        self.expect("one has turned 65 and is refused by re-validation (E11)", refused, [[str(self.order[3 + 2]), "2", "t"]])
        self.run("2026-04-11", 0)
        self.settled_down(ENROLLED + EXTRA_PLACES)
        self.expect_money("the new pagu", committed=(ENROLLED * MONTHS + EXTRA_PLACES * MONTHS_FROM_MAY) * PRICE, accepted=ENROLLED + EXTRA_PLACES, waiting=WAITING - 3 - EXTRA_PLACES - 1)
        promoted = [self.row_of(row[0]) for row in self.payung.sql("SELECT encode(application_id, 'hex') FROM ledger.enrolment WHERE start_month = 202605 ORDER BY place")]
        self.expect("the next of the list took the place", sorted(promoted), sorted(self.order[3:3 + EXTRA_PLACES + 1][:2] + self.order[6:3 + EXTRA_PLACES + 1]))

    def to_the_end(self):
        persons = ENROLLED + EXTRA_PLACES
        for day in ("2026-05-01", "2026-06-01", "2026-07-01", "2026-08-01", "2026-09-01"):
            invoice, _, _ = self.run(day, persons)
            self.pay(day[:8] + "11", persons * PRICE, invoice)
            if day == "2026-08-01":  # the Rp25,600 that nobody could use buys one month for the next of the list
                persons += 1
                self.settled_down(persons)
                self.committed += PRICE
            self.expect_money(f"{day}, paid", accepted=persons)
        self.expect("everything that was committed is invoiced and paid", (self.invoiced, self.received), (self.committed, self.committed))
        self.run("2026-10-01", 0)
        self.expect("all covers have ended", self.states(), {5: persons + 3})
        self.expect_money("the end", accepted=persons)
        self.expect("the agreement has ended", self.payung.sql("SELECT state FROM ledger.agreement WHERE agreement_no = 1"), [["ENDED"]])
        due = {row[0]: int(row[1]) for row in self.payung.sql("SELECT message_due, count(*) FROM ledger.line WHERE message_due IS NOT NULL GROUP BY 1")}
        self.expect("who is covered is told of the end, who was in grace was warned", due, {"SPONSOR_END": persons, "LAPSE_WARN": WARNED})
        code, _ = self.payung.cli("run", "--date", "2026-10-01", "--agreement", AGREEMENT)
        self.expect("the same run again does nothing", (code, self.states()), (0, {5: persons + 3}))

    def told(self):
        accepted = ENROLLED + 3 + EXTRA_PLACES + 1
        promised = accepted + WAITING + 1 + (accepted - 3) + WARNED  # decisions, the end, the warnings
        self.payung.wait_sql(120, "everybody is told", f"SELECT count(*) = {promised} FROM notice.message WHERE state = 'sent'")
        total = self.payung.cli("notification", "report")[1]["total"]
        self.expect("promised = sent, nothing failed", (total["promised"], total["sent"], total["failed"], total["queued"]), (promised, promised, 0, 0))

    def proofs(self):
        self.checks.proofs(self.payung)
        rows = self.payung.number("SELECT count(*) FROM report.paid_unpaid")
        self.checks.expect(rows >= MONTHS, "the report of what is paid has its months", rows)
        self.checks.no_disaster(self.payung)


def main():
    source, build = map(os.path.abspath, sys.argv[1:3])
    checks = Checks()
    with Installation(source, build) as payung:
        payung.start()
        year = Year(payung, checks)
        for title, step in (("The list", year.enrol), ("October to December 2025", year.first_quarter), ("A short payment", year.short_payment), ("Spring", year.spring),
                            ("A new pagu", year.new_pagu), ("To the end", year.to_the_end), ("Everybody is told", year.told), ("Proofs", year.proofs)):
            checks.case(title, step)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
