"""Reports over a small ledger with all kinds of movements: every view and column is explained, codes are those of codes.def, figures agree with the books, an umbrella shows its
offices once, and files are what spreadsheets can read without harm.

usage: report_test.py PAYUNG AUDIT_FILL SOURCE_FOLDER     PGURL and PGURL_OWNER name an empty database, PAYUNG_SHARE the schema"""
import csv
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree
import zipfile

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))
import tool
from tool import number, run, sql, tell

FILL, SOURCE = sys.argv[2:4]
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
HELPERS = {"code", "scope", "rejection"}  # relations that are no reports of their own


class Reports(tool.ToolTest):
    """The cases read one ledger, which none of them changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        filled = subprocess.run([FILL], capture_output=True, text=True, timeout=120)
        assert filled.returncode == 0, filled.stderr
        sql("UPDATE ledger.registry SET ktp_region = 170801 + place % 3, occupation = CASE WHEN place % 2 = 0 THEN '0101' ELSE '=1+1' END"
            " WHERE agreement_no = (SELECT agreement_no FROM ledger.agreement WHERE agreement_id = 'satu')", role="PGURL_OWNER")

    def rows(self, *arguments):
        code, document = tell("report", *arguments)
        self.assertEqual(code, 0, document)
        return document["rows"]

    # ---- what is documented ----

    def test_01_every_view_and_column_is_explained(self):
        bare = sql("SELECT c.relname, coalesce(a.attname, '') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                   " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
                   " WHERE n.nspname = 'report' AND c.relkind IN ('v', 'r') AND (coalesce(obj_description(c.oid, 'pg_class'), '') = ''"
                   " OR coalesce(col_description(c.oid, a.attnum), '') = '')")
        self.assertEqual(bare, [])
        self.assertEqual(sql("SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'report' AND c.relkind = 'v'"), [["11"]])

    def test_02_the_codes_are_those_of_the_source(self):
        with open(os.path.join(SOURCE, "common/domain/codes.def"), encoding="utf-8") as file:
            stated = re.findall(r'^CODE\(\w+, (\d+), "(\w+)", "(\w+)", \d+, (\w+), "([^"]*)",', file.read(), re.M)
        self.assertGreater(len(stated), 30)
        self.assertEqual(sorted(map(list, stated)), sorted(sql("SELECT number, code, name, kind, reason FROM report.code")))

    def test_03_the_list_names_all_columns_of_all_views(self):
        reports = tell("report", "list")[1]["reports"]
        columns = {}
        for view, column in sql("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'report' ORDER BY table_name, ordinal_position"):
            columns.setdefault(view, []).append(column)
        self.assertEqual({report["view"]: [column["name"] for column in report["columns"]] for report in reports},
                         {view: names for view, names in columns.items() if view not in HELPERS})
        english = tell("report", "list", "--language", "en")[1]["reports"]
        self.assertNotEqual([report["title"] for report in reports], [report["title"] for report in english])

    # ---- figures ----

    def test_04_money_agrees_with_the_books(self):
        paid = self.rows("paid-unpaid")
        self.assertEqual(sum(row["outstanding"] for row in paid), number("SELECT sum(receivable) FROM ledger.budget"))
        self.assertEqual(sum(row["outstanding"] for row in paid), sum(row["invoiced"] - row["settled"] for row in paid))
        self.assertEqual(sum(row["invoiced"] for row in paid), number("SELECT -sum(amount) FROM ledger.entry WHERE account LIKE 'IURAN:%' OR account LIKE 'KERINGANAN:%'"))
        self.assertEqual(sum(row["people_outstanding"] for row in paid), number("SELECT count(*) FROM ledger.due"))
        relief = [row for row in paid if row["agreement"] == "keringanan"]
        self.assertEqual([(row["month"], row["invoiced"], row["settled"], row["people_invoiced"]) for row in relief], [("2026-01", 16800, 0, 2)])
        self.assertEqual([row["month"] for row in self.rows("paid-unpaid", "--from", "2025-11-05", "--to", "2025-11-05")], sorted(["2025-11"] * 2))

    def test_05_budgets(self):
        budgets = {row["agreement"]: row for row in self.rows("budget")}
        self.assertEqual(list(budgets), ["keringanan", "kosong", "payung", "satu", "dinas-a", "dinas-b"])
        self.assertNotIn("none", budgets)
        self.assertEqual((budgets["payung"]["delegated"], budgets["payung"]["remaining"]), (40000000, 20000000))
        for row in budgets.values():
            self.assertEqual(row["remaining"], row["pagu"] - row["committed"] - row["reserved"] - row["delegated"])
        self.assertEqual(budgets["satu"]["pagu"], 28 * 201600, "as amended")
        offices = self.rows("budget", "--agreement", "payung")
        self.assertEqual({(row["umbrella"], row["agreement"]) for row in offices}, {("", "payung"), ("payung", "dinas-a"), ("payung", "dinas-b")})

    def test_06_people(self):
        enrolled = self.rows("enrolled")
        self.assertEqual(sum(row["people"] for row in enrolled), number("SELECT count(*) FROM ledger.enrolment"))
        for row in enrolled:
            self.assertEqual(row["people"], row["registered"] + row["active"] + row["grace"] + row["lapsed"] + row["ended"])
        self.assertEqual({row["segment"] for row in enrolled if row["agreement"] == "dinas-a"}, {"PU", "JAKON", "PMI"})
        for report in ("by-district", "by-occupation"):
            self.assertEqual(sum(row["people"] for row in self.rows(report)), sum(row["people"] for row in enrolled))
        districts = {row["district"]: row["people"] for row in self.rows("by-district", "--agreement", "satu")}
        self.assertEqual(set(districts) - {"0"}, {"170801", "170802", "170803"})
        self.assertEqual(sum(row["waiting"] for row in self.rows("by-district")), number("SELECT count(*) FROM ledger.waiting"))

    def test_07_rejections_count_once_per_reason(self):
        rows = self.rows("rejected-by-reason")
        self.assertEqual([(row["umbrella"], row["agreement"], row["month"], row["code"], row["applications"]) for row in rows if row["agreement"] != "none"],
                         [("payung", "dinas-b", "2025-09", "E30", 1)])
        self.assertEqual([(row["code"], row["applications"]) for row in rows if row["agreement"] == "none"], [("X01", 1)])

    def test_08_the_half_year(self):
        rows = {(row["agreement"], row["half"]): row for row in self.rows("half-year")}
        second = rows["satu", "2025-2"]
        paid = self.rows("paid-unpaid", "--agreement", "satu", "--from", "2025-07-01", "--to", "2025-12-31")
        self.assertEqual((second["month"], second["invoiced"], second["settled"]), ("2025-07", sum(row["invoiced"] for row in paid), sum(row["settled"] for row in paid)))
        protected = number("SELECT count(*) FROM ledger.enrolment e JOIN ledger.agreement a USING (agreement_no) WHERE agreement_id = 'satu' AND least(paid_to, end_month) >= start_month"
                          " AND start_month <= 202512")
        self.assertGreater(protected, 0)
        self.assertEqual((second["protected"], second["jkk"], second["jkm"], second["jht"]), (protected, protected, protected, 0))
        self.assertEqual((rows["dinas-b", "2025-2"]["rejected"], rows["dinas-b", "2025-2"]["reasons"]), (1, "E30: 1"))
        self.assertEqual((rows["kosong", "2026-1"]["protected"], rows["kosong", "2026-1"]["reasons"]), (0, ""))

    def test_09_coverage_against_the_target(self):
        rows = {row["agreement"]: row for row in self.rows("coverage-target")}
        self.assertEqual((rows["satu"]["target"], rows["satu"]["target_source"]), (28, "PAGU"))
        self.assertEqual((rows["kosong"]["target"], rows["kosong"]["target_source"], rows["kosong"]["enrolled_percent"]), (None, "", None))
        self.assertEqual(rows["satu"]["enrolled_percent"], rows["satu"]["people"] * 100 // 28)

    def test_10_the_waiting_list_in_its_order(self):
        rows = self.rows("waiting-list", "--agreement", "satu")
        waiting = [row for row in rows if row["state"] == "WAITING"]
        self.assertEqual([row["place"] for row in waiting], list(range(1, len(waiting) + 1)))
        self.assertEqual(len(rows), number("SELECT count(*) FROM ledger.waiting w JOIN ledger.agreement a USING (agreement_no) WHERE agreement_id = 'satu'"))
        self.assertTrue(all(row["place"] is None for row in rows if row["state"] == "RESERVED"))
        self.assertEqual([row["place"] for row in rows], [row["place"] for row in waiting] + [None] * (len(rows) - len(waiting)))

    # ---- files ----

    def test_11_csv_is_safe_for_spreadsheets(self):
        code, told = tell("report", "by-occupation", "--format", "csv", "--output", self.path("a.csv"))
        with open(self.path("a.csv"), encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file, delimiter=";")
        self.assertEqual((code, told["rows"]), (0, len(rows)))
        self.assertEqual(header[:4], ["Perjanjian induk", "Perjanjian", "Pekerjaan", "Orang"])
        self.assertIn("'=1+1", [row[2] for row in rows])
        self.assertEqual(sum(int(row[3]) for row in rows), number("SELECT count(*) FROM ledger.enrolment"))
        english = run("report", "by-occupation", "--format", "csv", "--language", "en").stdout
        self.assertTrue(english.startswith("Umbrella;Agreement;Occupation;People"))
        self.assertFalse(os.path.exists(self.path("a.csv.part")))

    def test_12_a_spreadsheet(self):
        self.assertEqual(run("report", "budget", "--format", "xlsx", "--output", self.path("a.xlsx")).returncode, 0)
        with zipfile.ZipFile(self.path("a.xlsx")) as archive:
            sheet = xml.etree.ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
            styles = archive.read("xl/styles.xml").decode()
        self.assertIn("&quot;Rp&quot;#,##0", styles)
        pane = sheet.find(f".//{SHEET}pane")
        self.assertEqual((pane.get("ySplit"), pane.get("state")), ("1", "frozen"))
        self.assertEqual(sheet.findall(f".//{SHEET}f"), [], "no formula")
        values = [[(cell.get("t"), "".join(cell.itertext())) for cell in row] for row in sheet.iter(f"{SHEET}row")]
        self.assertEqual(values[0][1], ("inlineStr", "Perjanjian"))
        self.assertEqual(len(values) - 1, len(self.rows("budget")))
        numbers = {text for row in values[1:] for kind, text in row if kind is None or kind == "n"}
        self.assertIn(str(28 * 201600), numbers)

    def test_13_months_are_dates_and_formulas_are_texts(self):
        self.assertEqual(run("report", "enrolled", "--agreement", "satu", "--format", "xlsx", "--output", self.path("b.xlsx")).returncode, 0)
        with zipfile.ZipFile(self.path("b.xlsx")) as archive:
            sheet = archive.read("xl/worksheets/sheet1.xml").decode()
            self.assertIn('formatCode="yyyy-mm"', archive.read("xl/styles.xml").decode())
        self.assertIn("<t>=1+1</t>", sheet)
        self.assertNotIn("<f>", sheet)
        self.assertIn("<v>45931</v>", sheet)  # 1 October 2025

    def test_14_a_table_for_people(self):
        told = run("report", "budget", "--agreement", "satu").stdout
        self.assertIn("Anggaran\n", told)
        self.assertIn("Rp5.644.800", told)
        self.assertEqual(run("report", "rejected-by-reason", "--agreement", "kosong").stdout, "Tidak ada baris.\n")

    def test_15_what_is_asked_wrongly(self):
        for arguments in (("nothing",), ("budget", "--format", "xlsx"), ("budget", "--from", "2025-01-01", "--to", "2025-02-01"), ("enrolled", "--from", "2025-01-01"),
                          ("enrolled", "--language", "fr"), ("enrolled", "--format", "pdf"), ("enrolled", "--from", "2025-02-01", "--to", "2025-01-01"), ()):
            self.assertEqual(run("report", *arguments).returncode, 2, arguments)
            code, document = tell("report", *arguments)
            self.assertEqual((code, document["error"]["code"]), (2, "USAGE"))
        done = run("report", "budget", "--format", "csv", "--json")
        self.assertEqual((done.returncode, json.loads(done.stdout)["error"]["code"]), (2, "USAGE"), "one stream can't hold both")
        self.assertEqual(tell("report", "budget", "--format", "csv", "--output", self.path("both.csv"))[1]["report"], "budget")
        self.assertEqual(tell("report", "budget", "--agreement", "nobody")[1]["error"]["code"], "UNKNOWN_AGREEMENT")
        self.assertEqual(tell("report", "budget", "--format", "csv", "--output", self.path("no/such/folder.csv"))[1]["error"]["code"], "FILE_UNWRITABLE")


if __name__ == "__main__":
    tool.main()
