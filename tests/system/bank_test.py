"""Payments from bank statements through the command-line tool, on an empty database: what is sent and what is not, the same file again, damaged lines, one number with two contents,
two importers at once; then the books beside a bank's file and beside the insurer's list. The ledger's own work (booking) is written into its tables by the test.

usage: bank_test.py PAYUNG     PGURL, PGURL_OWNER and PAYUNG_SHARE as for the tool"""
import hashlib
import hmac
import json
import os
import threading
import time

import tool
from documents import agreement
from tool import number, run, sql, tell

HEAD = "Tanggal;Keterangan;Referensi;Debet;Kredit;Saldo;No. Transaksi\n"
STATEMENT = HEAD + """01/10/2025;Saldo awal;;;;10.000.000,00;
02/10/2025;TRF DISNAKER inv 1708 202510 0001;;;33.331.200,00;43.331.200,00;T1
02/10/2025;TRF DISNAKER;170820251000000144;;33.331.200;;T2
03/10/2025;Biaya admin;;5.000,00;;;T3
04/10/2025;Setoran;;;1.000,00;;
04/10/2025;Setoran;;;1.000,00;;
05/13/2025;Tanggal salah;;;1.000,00;;T5
06/10/2025;"kutip rusak;;;1.000,00;;T6
07/10/2025;besar;;;9.999.999.999.999.999.999.999;;T7
07/10/2025;negatif;;;-5.000;;T8
08/10/2025;KOREKSI transaksi;;5.000;;;T9
"""
MT940 = """{1:F01BANKIDJAXXX0000000000}{2:I940XXXXXXXXXXXN}{4:
:20:STMT251010
:25:BKLU/20-20
:28C:00010/001
:60F:C251009IDR1000,00
:61:2510101010C33331200,00NTRFINV-1708-202510-//BR0001
:86:PEMBAYARAN IURAN KEPAHIANG
 0001 OKTOBER
:61:2510101010D5000,00NCHGNONREF//BR0002
:61:2510101010RC1000,00NTRFNONREF//BR0003
:62F:C251010IDR33326199,00
-}
"""


def problems(answer):
    return [(item["line"], item["problem"]) for item in answer["work_list"]]


def book(source, external_id, amount, day, state="BOOKED", settled=None):
    """What the ledger does with a payment that came."""
    settled = amount if settled is None else settled
    sql(f"INSERT INTO ledger.payment (source, external_id, content_sha256, amount, received_on, bank, reference, state, agreement_no, journal_seq, settled, credited, commit_sequence)"
        f" SELECT source, external_id, content_sha256, {amount}, '{day}', 'BANK', '', '{state}', 0, 1, {settled if state == 'BOOKED' else 0},"
        f" {amount - settled if state == 'BOOKED' else 0}, 1 FROM intake.payment WHERE source = '{source}' AND external_id = '{external_id}' AND is_first")


def park(source, external_id, problem, amount="NULL", day="NULL", booked="false", content=None):
    """What the ledger does with what is no payment."""
    origin = f"FROM intake.payment WHERE source = '{source}' AND external_id = '{external_id}' AND is_first = {str(content is None).lower()}"
    columns = {"suspense_no": "(SELECT coalesce(max(suspense_no), 0) + 1 FROM ledger.suspense)", "content_sha256": "content_sha256", "source": "source", "external_id": "external_id", "problem": f"'{problem}'", "amount": f"{amount}::bigint", "received_on": f"{day}::date", "booked": booked,
               "reference": "''", "raw": "''", "parked_at": "now()"}
    sql(f"INSERT INTO ledger.suspense ({', '.join(columns)}) SELECT {', '.join(columns.values())} {origin}")


class Bank(tool.ToolTest):
    """The cases build on each other, in the order of their names."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        os.environ["PAYUNG_KEYS"] = cls.path("keys")
        os.mkdir(os.environ["PAYUNG_KEYS"], 0o700)
        tool.must("keys", "create", "--dir", os.environ["PAYUNG_KEYS"])
        tool.must("migrate")

    def test_01_a_dry_run_sends_nothing(self):
        code, answer = tell("payment", "import", self.file("a.csv", STATEMENT), "--account", "101-02", "--dry-run")
        self.assertEqual((code, answer["payments"], answer["sum"], answer["dry_run"]), (3, 4, 66664400, True))
        self.assertEqual(number("SELECT count(*) FROM ledger.outbox"), 0)

    def test_02_a_file_without_an_account_is_refused(self):
        code, answer = tell("payment", "import", self.file("a.csv", STATEMENT))
        self.assertEqual((code, answer["error"]["code"]), (1, "FILE_REFUSED"))
        self.assertIn("--account", answer["error"]["message"])
        self.assertEqual(number("SELECT count(*) FROM ledger.outbox"), 0)

    def test_03_every_line_is_sent_or_named(self):
        code, answer = tell("payment", "import", self.file("a.csv", STATEMENT), "--account", "101-02", "--bank", "Bank Bengkulu")
        self.assertEqual((code, answer["format"], answer["lines"], answer["payments"], answer["sent"], answer["repeats"], answer["debits"], answer["balances"]), (3, "csv", 12, 4, 4, 0, 1, 1))
        self.assertEqual(problems(answer), [(8, "DATE_INVALID"), (9, "LINE_DAMAGED"), (10, "AMOUNT_RANGE"), (11, "AMOUNT_NEGATIVE"), (12, "REVERSAL_LINE")])
        self.assertEqual(sql("SELECT topic, partition, key, commit_sequence, count(*), bool_and(sequence IS NULL AND sent_at IS NULL) FROM ledger.outbox GROUP BY 1, 2, 3, 4"),
                         [["PAYMENT", "0", "bank:10102", "0", "9", "t"]])
        self.assertEqual(sql("SELECT count(*), count(DISTINCT external_id), bool_and(is_first) FROM intake.payment"), [["9", "9", "t"]])

    def test_04_the_same_file_again_sends_nothing(self):
        code, answer = tell("payment", "import", self.file("b.csv", STATEMENT), "--account", "10102", "--bank", "Bank Bengkulu")
        self.assertEqual((code, answer["payments"], answer["sent"], answer["sum"], answer["repeats"], len(answer["work_list"])), (3, 4, 0, 0, 9, 5))
        self.assertEqual(number("SELECT count(*) FROM ledger.outbox"), 9)

    def test_05_another_content_under_a_number_is_sent_and_named(self):
        other = HEAD + "02/10/2025;TRF;INV-1708-202510-0001;;99.000;;T1\n02/10/2025;TRF DISNAKER inv 1708 202510 0001;;;33.331.200,00;;T1\n"
        for again in (False, True):
            code, answer = tell("payment", "import", self.file("c.csv", other), "--account", "10102")
            self.assertEqual((code, answer["sent"], answer["repeats"], problems(answer)), (3, 0, 2 if again else 1, [(2, "CONTENT_DIFFERS")]))
            self.assertEqual(number("SELECT count(*) FROM ledger.outbox"), 10)
        self.assertEqual(sql("SELECT is_first, count(*) FROM intake.payment WHERE external_id = 'T1' GROUP BY 1 ORDER BY 1"), [["f", "1"], ["t", "1"]])
        two = HEAD + "02/10/2025;a;;;1;;N1\n02/10/2025;b;;;2;;N1\n02/10/2025;a;;;1;;N1\n"
        code, answer = tell("payment", "import", self.file("d.csv", two), "--account", "303")
        self.assertEqual((code, answer["sent"], answer["repeats"], problems(answer)), (3, 1, 1, [(3, "CONTENT_DIFFERS")]))

    def test_06_a_statement_of_swift(self):
        code, answer = tell("payment", "import", self.file("a.sta", MT940))
        self.assertEqual((code, answer["format"], answer["statements"], answer["payments"], answer["debits"], problems(answer)), (3, "mt940", 1, 1, 1, [(10, "REVERSAL_LINE")]))
        self.assertEqual([(warning["line"], warning["code"], warning["difference_sen"]) for warning in answer["warnings"]], [(11, "BALANCE_DIFFERS", -100)])
        self.assertEqual(sql("SELECT external_id FROM intake.payment WHERE source = 'bank:2020' ORDER BY 1"), [["BR0001"], ["BR0003"]])
        self.assertEqual(tell("payment", "import", self.file("a.sta", MT940))[1]["repeats"], 2)
        right = MT940.replace("33326199,00", "33326200,00").replace(":61:2510101010RC1000,00NTRFNONREF//BR0003\n", "").replace("33326200,00", "33327200,00").replace("BR0001", "BR0009")
        code, answer = tell("payment", "import", self.file("b.sta", right))
        self.assertEqual((code, answer["warnings"], answer["work_list"]), (0, [], []))

    def test_07_files_that_are_none(self):
        for name, text in (("x.xlsx", "PK\x03\x04"), ("empty.csv", ""), ("other.csv", "nama;alamat\n1;2\n")):
            code, answer = tell("payment", "import", self.file(name, text), "--account", "1")
            self.assertEqual((code, answer["error"]["code"]), (1, "FILE_REFUSED"), name)
        self.assertEqual(tell("payment", "import", self.path("none.csv"))[1]["error"]["code"], "FILE_UNREADABLE")
        for arguments in ((), ("a", "b"), ("a", "--format", "pdf"), ("a", "--wait", "--dry-run")):
            self.assertEqual(run("payment", "import", *arguments).returncode, 2)
        self.assertIn("MT940", run("payment", "import", "--help").stdout)
        self.assertEqual(run("payment", "forget").returncode, 2)

    def test_08_two_importers_at_once_send_each_line_once(self):
        text = HEAD + "".join(f"02/10/2025;iuran {i};;;{i + 1};;P{i}\n" for i in range(3000))
        path, answers = self.file("large.csv", text), []
        threads = [threading.Thread(target=lambda: answers.append(tell("payment", "import", path, "--account", "404"))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted({code for code, _ in answers}), [0])
        self.assertEqual(sum(answer["sent"] for _, answer in answers), 3000)
        self.assertEqual(sum(answer["sum"] for _, answer in answers), 3000 * 3001 // 2)
        self.assertEqual(number("SELECT count(*) FROM ledger.outbox WHERE key = 'bank:404'"), 3000)

    def test_09_who_paid_is_not_sent(self):
        who = ("SITI CONTOH", "3604015209909902", "084012345678")
        lines = (f"02/10/2025;SETORAN {who[0]} HP {who[2]};{who[1]};;1;;S1", f"02/10/2025;{who[0]} inv 1708 202510 9;{who[1]};;2;;S2", f"02/10/2025;iuran;;;3;;{who[1]}",
                 f"02/10/2025;iuran;;;3;;{who[1]}", f"02/10/2025;iuran;;;4;;{who[0]}", f"31/02/2025;\"{who[0]};;;5;;", f"02/10/2025;iuran;;;99;;TRX{who[1]}")
        path = self.file("siapa.csv", HEAD + "\n".join(lines) + "\n")
        code, answer = tell("payment", "import", path, "--account", "505")
        self.assertEqual((code, answer["sent"], problems(answer)), (3, 6, [(7, "LINE_DAMAGED")]))
        self.assertEqual(tell("payment", "import", self.file("lagi.csv", HEAD + "\n" + "\n".join(lines) + "\n"), "--account", "505")[1]["repeats"], 7) # wherever they stand
        self.assertEqual(sql("SELECT length(external_id), count(*) FROM intake.payment WHERE source = 'bank:505' GROUP BY 1 ORDER BY 1"), [["2", "2"], ["33", "5"]])
        with open(path, "rb") as file:
            place = f"baris 7, berkas sha256 {hashlib.sha256(file.read()).hexdigest()[:12]}"
        self.assertEqual(number(f"SELECT count(*) FROM ledger.outbox WHERE position('{place}'::bytea in payload) > 0 AND position('LINE_DAMAGED'::bytea in payload) > 0"), 1)
        self.assertEqual(number("SELECT count(*) FROM ledger.outbox WHERE key = 'bank:505' AND position('INV-1708-202510-0009'::bytea in payload) > 0"), 1)
        pattern = "|".join(f"{word}|{word.encode().hex()}" for word in who)
        tables = sql("SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema IN ('ledger', 'intake') AND table_type = 'BASE TABLE'")
        self.assertEqual(sql(" UNION ALL ".join(f"SELECT '{table}' FROM {schema}.{table} t WHERE t::text ~ '{pattern}'" for schema, table in tables)), [])

    def test_10_the_ledger_is_right(self):
        """So far all is the tools' own work; from here on the test writes into the ledger's tables."""
        code, answer = tell("ledger", "verify")
        self.assertEqual((code, answer["ok"]), (0, True), answer)

    def test_11_waiting_for_the_ledger(self):
        done = []
        thread = threading.Thread(target=lambda: done.append(tell("payment", "import", self.file("a.csv", STATEMENT), "--account", "10102", "--bank", "Bank Bengkulu", "--wait")))
        thread.start()
        time.sleep(0.5)
        self.assertEqual(done, [])
        book("bank:10102", "T1", 33331200, "2025-10-02")
        book("bank:10102", "T2", 33331200, "2025-10-02", settled=30000000)
        for external_id, in sql("SELECT external_id FROM intake.payment WHERE source = 'bank:10102' AND external_id LIKE 'h%' AND payment_id IN"
                                " (SELECT payment_id FROM intake.payment)"):
            if number(f"SELECT count(*) FROM ledger.outbox WHERE position('LINE_DAMAGED'::bytea in payload) > 0 AND position('{external_id}'::bytea in payload) > 0"):
                park("bank:10102", external_id, "LINE_DAMAGED")
            else:
                book("bank:10102", external_id, 1000, "2025-10-04", state="SUSPENDED")
        for external_id, problem, amount, day in (("T5", "DATE_INVALID", 1000, "NULL"), ("T7", "AMOUNT_RANGE", "NULL", "'2025-10-07'"), ("T8", "AMOUNT_NEGATIVE", -5000, "'2025-10-07'"),
                                                  ("T9", "REVERSAL_LINE", -5000, "'2025-10-08'")):
            park("bank:10102", external_id, problem, amount, day)
        thread.join()
        code, answer = done[0]
        self.assertEqual((code, answer["ledger"]), (3, {"booked": 2, "suspended": 2, "parked": 5, "missing": 0, "settled": 63331200, "credited": 3331200}))

    def test_12_the_books_beside_the_banks_file(self):
        path = self.file("a.csv", STATEMENT)
        code, answer = tell("reconcile", "bank", path, "--account", "10102", "--bank", "Bank Bengkulu")
        self.assertEqual((code, answer["differences"], answer["equal"]), (0, [], {"count": 9, "sum": 33331200 * 2 + 2000 + 1000 - 10000, "suspended": 7}))
        self.assertEqual((answer["from"], answer["to"], answer["file"]["sum"], answer["ledger"]["sum"]), ("2025-10-02", "2025-10-08", 66655400, 66655400))

        changed = STATEMENT.replace("33.331.200,00;43.331.200,00;T1", "33.331.100,00;43.331.100,00;T1").replace("05/13/2025;Tanggal salah", "05/10/2025;Tanggal benar").replace(";T5", ";T55")
        changed = changed.replace("02/10/2025;TRF DISNAKER;170820251000000144;;33.331.200;;T2\n", "")
        output = self.path("selisih.csv")
        code, answer = tell("reconcile", "bank", self.file("e.csv", changed), "--account", "10102", "--bank", "Bank Bengkulu", "--output", output)
        self.assertEqual((code, answer["amount_differs"], answer["file_only"], answer["ledger_only"]), (3, 1, 1, 1))
        self.assertEqual([(item["difference"], item["line"], item["external_id"], item["file_amount"], item["ledger_amount"]) for item in answer["differences"]],
                         [("AMOUNT_DIFFERS", 3, "T1", 33331100, 33331200), ("FILE_ONLY", 7, "T55", 1000, None), ("LEDGER_ONLY", 0, "T2", None, 33331200)])
        with open(output, encoding="utf-8") as file:
            self.assertEqual([line.split(";")[1] for line in file.read().splitlines()], ["perbedaan", "AMOUNT_DIFFERS", "FILE_ONLY", "LEDGER_ONLY"])
        text = run("reconcile", "bank", self.file("e.csv", changed), "--account", "10102", "--bank", "Bank Bengkulu").stdout
        self.assertIn("baris 3: jumlah berbeda, nomor T1", text)
        self.assertNotIn("DISNAKER", text)

        code, answer = tell("reconcile", "bank", path, "--account", "10102", "--bank", "Bank Bengkulu", "--from", "2025-10-04", "--to", "2025-10-07")
        self.assertEqual((code, answer["file_only"], answer["ledger_only"]), (0, 0, 0))
        with open(output, encoding="utf-8") as file:
            written = file.read()
        for arguments, refusal in ((("--account", "1", "--agreement", "tidak-ada"), "UNKNOWN_AGREEMENT"), ((), "FILE_REFUSED")):
            self.assertEqual(tell("reconcile", "bank", path, *arguments, "--output", output)[1]["error"]["code"], refusal)
            with open(output, encoding="utf-8") as file:
                self.assertEqual(file.read(), written, "a comparison that came to no end leaves the file of --output as it was")
            self.assertFalse(os.path.exists(output + ".part"))
        code, answer = tell("reconcile", "bank", path, "--account", "1")
        self.assertEqual((code, answer["file_only"], answer["ledger"]["count"]), (3, 9, 0))
        for arguments in (("bank",), ("bank", path, "--from", "2025-10-02", "--to", "2025-10-01"), ("participants", path), ("participants", path, "--agreement", "a", "--from", "2025-10-01")):
            self.assertEqual(run("reconcile", *arguments).returncode, 2)

    def test_13_who_is_enrolled_beside_the_insurers_list(self):
        code, answer = tell("agreement", "apply", self.file("agreement.json", json.dumps(agreement("kepahiang"))), "--yes")
        self.assertEqual(code, 0, answer)
        with open(os.path.join(os.environ["PAYUNG_KEYS"], "pepper"), "rb") as file:
            pepper = file.read()
        nik = lambda n: f"17080401018099{n:02}"
        token = lambda n: hmac.new(pepper, nik(n).encode(), hashlib.sha256).hexdigest()[:32]
        #        person  state  start   end
        people = ((1, 2, 202510, 202609), (2, 2, 202510, 202609), (3, 3, 202510, 202609), (4, 4, 202510, 202512), (5, 2, 202510, 202609), (6, 1, 202510, 202609), (7, 5, 202510, 202511),
                  (8, 5, 202510, 202511), (8, 2, 202512, 202609), (9, 2, 202510, 202609))
        for place, (person, state, start, end) in enumerate(people, 1):
            sql(f"INSERT INTO ledger.enrolment (agreement_no, place, epoch, partition, origin, application_id, attempt, person_token, segment, programmes, start_month, end_month, state, state_from)"
                f" SELECT agreement_no, {place}, 1, 0, {place}, '\\x{place:032x}', 1, '\\x{token(person)}', 1, 3, {start}, {end}, {state}, '2025-10-01' FROM ledger.agreement"
                f" WHERE agreement_id = 'kepahiang'")
        lines = ["No. KPJ;NIK;Program;TMT;Akhir;Status", f"1;{nik(1)};JKK+JKM;2025-10;2026-09;AKTIF", f"2;{nik(2)};JKK+JKM;2025-11;2026-09;AKTIF", f"3;{nik(3)};JKK;01-10-2025;;AKTIF",
                 f"4;{nik(4)};JKK+JKM;;;AKTIF", f"5;{nik(5)};;;;NONAKTIF", f"7;{nik(7)};;;;NONAKTIF", f"8;{nik(8)};;2025-12;2026-09;", f"9;{nik(20)};;;;AKTIF", f"9;{nik(21)};;;;NONAKTIF",
                 f"1;{nik(1)};;;;AKTIF", "x;170804;;;;AKTIF", f"6;{nik(6)};;;;mungkin"]
        path, output = self.file("peserta.csv", "\n".join(lines) + "\n"), self.path("beda.csv")
        code, answer = tell("reconcile", "participants", path, "--agreement", "kepahiang", "--output", output)
        self.assertEqual(code, 3, answer)
        seen = sorted((item["difference"], item["line"], int(item["enrolment_id"], 16) if item["enrolment_id"] else 0) for item in answer["differences"])
        self.assertEqual(seen, sorted([("MONTHS_DIFFER", 3, 2), ("PROGRAMMES_DIFFER", 4, 3), ("STATUS_DIFFERS", 5, 4), ("STATUS_DIFFERS", 6, 5), ("INSURER_ONLY", 9, 0), ("DOUBLED", 11, 0),
                                       ("UNREADABLE", 12, 0), ("UNREADABLE", 13, 0), ("OURS_ONLY", 0, 6), ("OURS_ONLY", 0, 10)]))
        self.assertEqual((answer["lines"], answer["same"], answer["inactive"]), (12, 2, 2))
        months = next(item for item in answer["differences"] if item["difference"] == "MONTHS_DIFFER")
        self.assertEqual((months["ours"], months["theirs"]), ("ACTIVE 2025-10..2026-09 JKK+JKM", "AKTIF 2025-11..2026-09 JKK+JKM"))
        with open(output, encoding="utf-8") as file:
            written = file.read()
        self.assertEqual(len(written.splitlines()), 11)
        text = written + json.dumps(answer) + run("reconcile", "participants", path, "--agreement", "kepahiang").stdout
        for n in (1, 2, 3, 4, 20):
            self.assertNotIn(nik(n), text)

        alike = self.file("sama.csv", "nik\n" + "".join(f"{nik(n)}\n" for n in (1, 2, 3, 5, 8, 9)))
        sql("UPDATE ledger.enrolment SET state = 5 WHERE state = 1")
        self.assertEqual(tell("reconcile", "participants", alike, "--agreement", "kepahiang")[0], 0)
        self.assertEqual(tell("reconcile", "participants", self.file("tanpa.csv", "nama\nx\n"), "--agreement", "kepahiang")[1]["error"]["code"], "FILE_REFUSED")
        self.assertEqual(tell("reconcile", "participants", alike, "--agreement", "lain")[1]["error"]["code"], "UNKNOWN_AGREEMENT")


if __name__ == "__main__":
    tool.main()
