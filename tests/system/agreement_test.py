"""Agreements through the command-line tool, on an empty database: what is applied, amended and refused and why, what the law closes, an umbrella with its offices, two who amend
at the same time, and two persons for one agreement.
The sample documents of tests/data are the subject: Kabupaten Serang, Kubu Raya, Muara Enim.

usage: agreement_test.py PAYUNG SOURCE_FOLDER     PGURL, PGURL_OWNER and PAYUNG_SHARE as for the tool"""
import json
import os
import shutil
import subprocess
import sys
import time

import tool
from tool import PAYUNG, run, sql, tell

SOURCE = sys.argv[2]
OFFICES = {"serang-disnaker": 600_000_000, "serang-pupr": 900_000_000, "serang-dinsos": 400_000_000, "serang-dindik": 1_500_000_000}
PAGU = 4_000_000_000
os.environ["USER"] = "ani"  # who acts, unless a case says otherwise


def sample(name):
    return os.path.join(SOURCE, "tests", "data", f"{name}.json")


class Agreements(tool.ToolTest):
    """The cases build on each other, in the order of their names."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tool.must("migrate")

    def document(self, of, **changes):
        """The path of a sample with some members changed."""
        with open(sample(of), encoding="utf-8") as file:
            return self.file("document.json", json.dumps(dict(json.load(file), **changes)))

    def refused(self, path, code, *words):
        exit_code, answer = tell("agreement", "apply", path, "--yes")
        self.assertEqual((exit_code, answer["error"]["code"]), (1, code))
        for word in words:
            self.assertIn(word, answer["error"]["message"] + answer["error"]["remedy"])

    def test_1_an_office_needs_its_umbrella_first(self):
        self.refused(sample("serang-pupr"), "AGREEMENT_REFUSED", "parent", "first")
        self.assertEqual(tell("agreement", "list"), (0, {"agreements": []}))

    def test_2_the_umbrella_and_its_offices(self):
        code, answer = tell("agreement", "apply", sample("serang-umbrella"))
        self.assertEqual((code, answer["result"]), (0, "not applied"))
        for name, result in [("serang-umbrella", "applied"), ("serang-umbrella", "unchanged")] + [(office, "applied") for office in OFFICES]:
            code, answer = tell("agreement", "apply", sample(name), "--yes")
            self.assertEqual((code, answer["result"], answer["warnings"], answer["law_conflicts"]), (0, result, [], []))
        code, shown = tell("agreement", "show", "serang-2024")
        self.assertEqual(code, 0)
        self.assertEqual({child["agreement"]: child["pagu"] for child in shown["children"]}, OFFICES)
        self.assertEqual(len({child["payer"] for child in shown["children"]}), 4)
        given = sum(OFFICES.values())
        self.assertEqual(shown["children_total"], {"agreements": 4, "pagu": given, "committed": 0, "reserved": 0, "receivable": 0, "credit": 0, "accepted": 0, "waitlisted": 0,
                                                   "warned": 0})
        self.assertEqual((shown["pagu"], shown["delegated"], shown["left"]), (PAGU, given, PAGU - given))
        self.assertEqual(set(shown["segments"]), {"PU", "BPU", "JAKON", "PMI"})
        code, office = tell("agreement", "show", "serang-pupr")
        self.assertEqual((office["parent"], office["segments"], office["children"]), ("serang-2024", {"JAKON": ["JKK", "JKM"]}, []))

    def test_3_what_does_not_fit_the_umbrella_is_refused(self):
        new = {"id": "serang-lain"}
        self.refused(self.document("serang-dinsos", pagu=600_000_001, **new), "AGREEMENT_REFUSED", "pagu", "Rp600.000.000")
        self.refused(self.document("serang-dinsos", segments={"BPU": {"programmes": ["JKK", "JKM", "JP"]}}, **new), "AGREEMENT_REFUSED", "segments", "JP", "serang-2024")
        self.refused(self.document("serang-dinsos", period={"from": "2024-08-06", "to": "2025-08-06"}, **new), "AGREEMENT_REFUSED", "period", "2024-08-07")
        self.refused(self.document("serang-dinsos", period={"from": "2026-10-01", "to": "2027-09-30"}, **new), "AGREEMENT_REFUSED", "period", "2027-08-06")
        self.refused(self.document("serang-dinsos", payer={"kind": "PEMKOT", "region": "36.73", "funds": "APBD", "name": "Kota Serang"}, **new), "AGREEMENT_REFUSED", "payer.region", "36.04")
        self.refused(self.document("serang-dinsos", payer={"kind": "CSR", "region": "36.04", "funds": "SWASTA", "name": "PT Contoh"}, pagu=100_000_000_000_000, **new), "AGREEMENT_REFUSED", "pagu")
        self.refused(self.document("serang-dinsos", payer={"kind": "CSR", "region": "36.04", "funds": "SWASTA", "name": "PT Contoh"}, **new), "AGREEMENT_REFUSED", "payer.funds", "APBD")
        self.refused(self.document("serang-dinsos", parent="serang-dinsos"), "DOCUMENT_INVALID", "parent")
        self.refused(self.document("serang-dinsos", renews="tidak-ada", **new), "AGREEMENT_REFUSED", "renews")
        self.assertEqual(len(tell("agreement", "list")[1]["agreements"]), 5)

    def test_4_a_part_of_a_part(self):
        path = self.document("serang-dinsos", id="serang-dinsos-sk2", parent="serang-dinsos", pagu=100_000_000)
        self.assertEqual(tell("agreement", "apply", path, "--yes")[1]["result"], "applied")
        self.refused(self.document("serang-dinsos", id="serang-lain", parent="serang-dinsos", pagu=300_000_001), "AGREEMENT_REFUSED", "pagu", "Rp300.000.000")
        shown = tell("agreement", "show", "serang-2024")[1]
        self.assertEqual((shown["children_total"]["agreements"], shown["children_total"]["pagu"], len(shown["children"])), (4, sum(OFFICES.values()), 5))
        order = [line["agreement"] for line in tell("agreement", "list")[1]["agreements"]]
        self.assertEqual(order, ["serang-2024", "serang-dindik", "serang-dinsos", "serang-dinsos-sk2", "serang-disnaker", "serang-pupr"])

    def test_4b_an_amendment_has_a_number_and_the_umbrella_gives_or_takes(self):
        path = self.document("serang-dinsos", pagu=400_000_001, name="Perubahan anggaran")
        code, answer = tell("agreement", "apply", path)
        self.assertEqual((code, answer["result"], answer["amendment"]), (0, "not applied", 1))
        self.assertIn("pagu: 400000000 -> 400000001", answer["difference"])
        self.assertEqual(tell("agreement", "show", "serang-dinsos")[1]["pagu"], 400_000_000)
        for result in ("amended", "unchanged"):
            code, answer = tell("agreement", "apply", path, "--yes")
            self.assertEqual((code, answer["result"], answer["amendment"]), (0, result, 1))
        self.assertEqual(tell("agreement", "show", "serang-2024")[1]["delegated"], sum(OFFICES.values()) + 1)
        self.assertEqual(tell("agreement", "apply", self.document("serang-dinsos", pagu=300_000_000, quota=100), "--yes")[1]["amendment"], 2)
        shown = tell("agreement", "show", "serang-2024")[1]
        self.assertEqual((shown["delegated"], shown["left"]), (sum(OFFICES.values()) - 100_000_000, PAGU - sum(OFFICES.values()) + 100_000_000))
        office = tell("agreement", "show", "serang-dinsos")[1]
        self.assertEqual((office["pagu"], office["quota"], office["amendment"], office["delegated"]), (300_000_000, 100, 2, 100_000_000))
        code, history = tell("agreement", "history", "serang-dinsos")
        self.assertEqual((code, [(version["amendment"], version["pagu"]) for version in history["versions"]]), (0, [(0, 400_000_000), (1, 400_000_001), (2, 300_000_000)]))
        self.assertIn("quota: - -> 100", history["versions"][2]["difference"])
        self.assertTrue(all(version["made_by"].startswith("operator:") and version["made_by"] == version["approved_by"] for version in history["versions"]))
        journals = sql("SELECT j.seq, j.reference, j.lines FROM ledger.journal j JOIN ledger.agreement a USING (agreement_no) WHERE agreement_id = 'serang-dinsos' ORDER BY 1")
        versions = sql("SELECT v.journal_seq, 'amendment ' || v.amendment || ' sha256 ' || encode(v.document_sha256, 'hex') FROM ledger.agreement_version v"
                        " JOIN ledger.agreement a USING (agreement_no) WHERE agreement_id = 'serang-dinsos' ORDER BY 1")
        self.assertEqual([journal[:2] for journal in journals if journal[2] == "0"], versions)
        self.assertEqual([journal[:2] for journal in journals if journal[2] == "1"], [["2", "part serang-dinsos-sk2 amendment 0"]])
        given = sql("SELECT l.detail, sum(l.amount) FROM ledger.line l JOIN ledger.agreement a USING (agreement_no) WHERE agreement_id = 'serang-2024' AND kind = 17 GROUP BY 1 ORDER BY 1")
        self.assertEqual(given, [[name, str(amount if name != "serang-dinsos" else 300_000_000)] for name, amount in sorted(OFFICES.items())])
        self.assertEqual(sql("SELECT count(*) FROM ledger.outbox WHERE topic = 'COMMAND'"), [["8"]])
        self.assertEqual(tell("ledger", "verify")[1]["ok"], True)

    def test_4c_what_was_promised_is_not_taken_back(self):
        more = {"pagu": 300_000_000, "quota": 100}
        self.refused(self.document("serang-dinsos", pagu=99_999_999), "AGREEMENT_REFUSED", "pagu", "Rp99.999.999", "Rp100.000.000 given")
        self.refused(self.document("serang-dinsos", **dict(more, pagu=1_000_000_001)), "AGREEMENT_REFUSED", "pagu", "Rp1.000.000.000")
        self.refused(self.document("serang-dinsos", payer={"kind": "CSR", "region": "36.04", "funds": "APBD", "name": "PT Contoh"}, **more), "AGREEMENT_REFUSED", "payer.kind", "renews")
        self.refused(self.document("serang-dinsos", parent=None, **more), "AGREEMENT_REFUSED", "parent", "renews")
        self.refused(self.document("serang-dinsos", renews="serang-pupr", **more), "AGREEMENT_REFUSED", "renews")
        with open(sample("serang-dinsos"), encoding="utf-8") as file:
            before = json.load(file)
        period = before["period"]
        self.refused(self.document("serang-dinsos", period=dict(period, **{"from": "2025-01-01"}), **more), "AGREEMENT_REFUSED", "period.from")
        self.refused(self.document("serang-dinsos", period=dict(period, to="2025-10-31"), months=1, **more), "AGREEMENT_REFUSED", "period.to", "today")
        self.refused(self.document("serang-dinsos", months=1, **more), "AGREEMENT_REFUSED", "months")
        self.refused(self.document("serang-dinsos", segments={"PU": {"programmes": ["JKK", "JKM"]}}, **more), "AGREEMENT_REFUSED", "segments", "serang-dinsos-sk2")
        self.refused(self.document("serang-umbrella", pagu=3_000_000_000), "AGREEMENT_REFUSED", "pagu", "Rp3.000.000.000")
        self.assertEqual(tell("agreement", "show", "serang-dinsos")[1]["amendment"], 2)
        self.assertEqual(tell("agreement", "history", "tidak-ada")[1]["error"]["code"], "UNKNOWN_AGREEMENT")

    def test_4d_what_people_hold_stays(self):
        """Money, heads and months of people as the posting path and invoices would have written them; taken back at the end."""
        long = {"period": {"from": "2024-08-07", "to": "2060-12-31"}}
        for of, changes in (("serang-umbrella", {"id": "payung-panjang"}), ("serang-pupr", {"id": "proyek-panjang", "parent": "payung-panjang"})):
            self.assertEqual(tell("agreement", "apply", self.document(of, **changes, **long), "--yes")[1]["result"], "applied")
        project = lambda **changes: self.document("serang-pupr", id="proyek-panjang", parent="payung-panjang", **dict(long, **changes))
        number = sql("SELECT agreement_no FROM ledger.agreement WHERE agreement_id = 'proyek-panjang'")[0][0]
        sql(f"UPDATE ledger.budget SET committed = 7, reserved = 5, accepted = 2, reserved_heads = 1 WHERE agreement_no = {number}")
        sql("INSERT INTO ledger.enrolment (agreement_no, place, epoch, partition, origin, application_id, attempt, person_token, segment, programmes, start_month, end_month, state, state_from)"
             f" VALUES ({number}, 1, 1, 0, 0, decode(repeat('01', 16), 'hex'), 1, decode(repeat('02', 16), 'hex'), 3, 2, 202408, 202408, 2, '2024-08-07')")
        sql("INSERT INTO ledger.invoice (agreement_no, invoice_no, invoice_id, billing_code, journal_seq, first_month, months, issued_on, due_on, persons, amount)"
             f" VALUES ({number}, 1, 'INV-TEST', '1', 1, 205012, 3, '2050-12-01', '2050-12-15', 1, 7)")
        self.refused(project(pagu=11), "AGREEMENT_REFUSED", "pagu", "Rp7 committed + Rp5 reserved", "Rp12")
        self.refused(project(quota=2), "AGREEMENT_REFUSED", "quota", "2 accepted + 1 reserved", "at least 3")
        self.refused(project(segments={"JAKON": {"programmes": ["JKK"]}}), "AGREEMENT_REFUSED", "segments", "JKM", "1 enrolled")
        self.refused_end("proyek-panjang", "2051-01-31", "2051-02")
        sql("ALTER TABLE ledger.invoice DISABLE TRIGGER insert_only; DELETE FROM ledger.invoice; ALTER TABLE ledger.invoice ENABLE TRIGGER insert_only; DELETE FROM ledger.enrolment;"
             f" UPDATE ledger.budget SET committed = 0, reserved = 0, accepted = 0, reserved_heads = 0 WHERE agreement_no = {number}", role="PGURL_OWNER")
        self.assertEqual(tell("agreement", "end", "proyek-panjang", "--date", "2051-01-31")[1]["result"], "not applied")
        code, answer = tell("agreement", "end", "proyek-panjang", "--date", "2051-01-31", "--yes")
        self.assertEqual((code, answer["result"], answer["amendment"]), (0, "amended", 1))
        self.assertEqual(tell("agreement", "show", "proyek-panjang")[1]["period"]["to"], "2051-01-31")
        self.assertEqual(tell("agreement", "end", "proyek-panjang", "--date", "2020-01-31")[1]["error"]["code"], "DATE_REFUSED")
        self.refused_end("payung-panjang", "2050-12-31", "later")
        self.assertEqual(run("agreement", "end", "proyek-panjang", "--date", "31-01-2051").returncode, 2)
        self.assertEqual(tell("agreement", "apply", project(segments={"JAKON": {"programmes": ["JKK"]}}, pagu=11, quota=2), "--yes")[1]["amendment"], 2)

    def refused_end(self, agreement, date, word):
        code, answer = tell("agreement", "end", agreement, "--date", date, "--yes")
        self.assertEqual((code, answer["error"]["code"]), (1, "AGREEMENT_REFUSED"))
        self.assertIn(word, answer["error"]["message"])

    def test_4e_of_two_who_amend_at_once_one_is_told(self):
        """Both have read amendment 2 when the lock that holds them is let go."""
        paths = []
        for quota in (200, 300):
            paths.append(self.path(f"quota-{quota}.json"))
            shutil.copy(self.document("serang-dinsos", pagu=300_000_000, quota=quota), paths[-1])
        holder = subprocess.Popen(["psql", os.environ["PGURL"], "-X", "-q", "-A", "-t"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        holder.stdin.write("BEGIN; SELECT agreement_no FROM ledger.budget JOIN ledger.agreement USING (agreement_no) WHERE agreement_id IN ('serang-2024', 'serang-dinsos') FOR UPDATE OF budget;\n")
        holder.stdin.flush()
        holder.stdout.readline()
        amenders = [subprocess.Popen([PAYUNG, "agreement", "apply", path, "--yes", "--json"], stdout=subprocess.PIPE, text=True) for path in paths]
        end = time.monotonic() + 20
        while sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE 'payung-agreement%'") != [["2"]]:
            self.assertLess(time.monotonic(), end, "both wait for the lock")
            time.sleep(0.02)
        holder.communicate("ROLLBACK;\n", timeout=20)
        answers = sorted((json.loads(amender.communicate(timeout=30)[0]) for amender in amenders), key=lambda answer: "error" in answer)
        self.assertEqual((answers[0]["result"], answers[0]["amendment"], answers[1]["error"]["code"]), ("amended", 3, "AGREEMENT_REFUSED"))
        self.assertIn("amendment 3", answers[1]["error"]["message"])
        self.assertEqual(len(tell("agreement", "history", "serang-dinsos")[1]["versions"]), 4)

    def test_4f_two_persons(self):
        for name, roles in (("pembuat", ["maker"]), ("pemeriksa", ["checker"]), ("rangkap", ["maker", "checker"]), ("pengirim", [])):
            tool.must("partner", "add", name, "--token-file", "-", *(word for role in roles for word in ("--role", role)), input=f"token-0123456789-{name}")
        self.assertEqual(sql("SELECT array_to_string(roles, ',') FROM intake.partner ORDER BY partner_id"), [["maker"], ["checker"], ["enrol"], ["maker,checker"]])
        self.assertEqual(run("partner", "add", "pembuat", "--token-file", "-", "--role", "boss").returncode, 2)
        path = self.document("muara-enim", id="dua-orang")
        code, answer = tell("agreement", "propose", path, "--as", "pengirim")
        self.assertEqual((code, answer["error"]["code"]), (1, "FORBIDDEN"))
        code, proposal = tell("agreement", "propose", path, "--as", "rangkap")
        self.assertEqual((code, proposal["state"], proposal["difference"], proposal["problems"]), (0, "submitted", "", []))
        self.assertEqual(tell("agreement", "propose", path, "--as", "rangkap")[1]["proposal_id"], proposal["proposal_id"])
        number = proposal["proposal_id"]
        self.assertEqual([open["proposal_id"] for open in tell("agreement", "proposals")[1]["proposals"]], [number])
        self.assertEqual(tell("agreement", "show", "dua-orang")[1]["error"]["code"], "UNKNOWN_AGREEMENT")
        for name, code in (("rangkap", "TWO_PERSONS"), ("pembuat", "FORBIDDEN"), ("tidak-ada", "FORBIDDEN")):
            self.assertEqual(tell("agreement", "approve", number, "--as", name)[1]["error"]["code"], code)
        self.assertEqual(tell("agreement", "approve", number, "--as", "pemeriksa")[1]["error"]["code"], "TWO_PERSONS", "the operator who proposed it")
        for _ in range(2):
            code, answer = tell("agreement", "approve", number, "--as", "pemeriksa", "--note", "sesuai DPA", USER="budi as x")
            self.assertEqual((code, answer["state"], answer["checked_by"], answer["note"]), (0, "approved", "partner:pemeriksa", "sesuai DPA"))
        self.assertEqual(tell("agreement", "refuse", number, "--as", "pemeriksa")[1]["error"]["code"], "PROPOSAL_CLOSED")
        version = tell("agreement", "history", "dua-orang")[1]["versions"][0]
        self.assertEqual((version["made_by"], version["approved_by"]), ("partner:rangkap", "partner:pemeriksa"))
        self.assertEqual(sql(f"SELECT actor FROM ledger.audit WHERE detail LIKE '{number}%' ORDER BY audit_no"), [["operator:ani as partner:rangkap"], ["operator:budi_as_x as partner:pemeriksa"]])
        self.assertEqual(tell("agreement", "propose", path, "--as", "pembuat")[1]["error"]["code"], "UNCHANGED")

    def test_4g_what_came_in_between_is_not_lost_by_an_approval(self):
        late = tell("agreement", "propose", self.document("muara-enim", id="dua-orang", quota=50), "--as", "pembuat")[1]
        self.assertIn("quota: 100 -> 50", late["difference"])
        self.assertEqual(tell("agreement", "apply", self.document("muara-enim", id="dua-orang", quota=70), "--yes")[1]["result"], "amended")
        code, answer = tell("agreement", "approve", late["proposal_id"], "--as", "pemeriksa", USER="budi")
        self.assertEqual((code, answer["error"]["code"]), (1, "AGREEMENT_REFUSED"))
        self.assertIn("amendment 1", answer["error"]["message"])
        for name, code in (("rangkap", "TWO_PERSONS"), ("pemeriksa", "FORBIDDEN")):
            self.assertEqual(tell("agreement", "withdraw", late["proposal_id"], "--as", name)[1]["error"]["code"], code)
        self.assertEqual(tell("agreement", "withdraw", late["proposal_id"], "--as", "pembuat")[1]["state"], "withdrawn")
        other = tell("agreement", "propose", self.document("muara-enim", id="dua-orang", quota=60), "--as", "pembuat")[1]
        self.assertEqual(tell("agreement", "refuse", other["proposal_id"], "--as", "rangkap", "--note", "kuota terlalu kecil", USER="budi")[1]["state"], "refused")
        self.assertEqual(tell("agreement", "show", "dua-orang")[1]["quota"], 70)
        self.assertEqual(tell("agreement", "approve", "p" + "0" * 32, "--as", "pemeriksa")[1]["error"]["code"], "UNKNOWN_PROPOSAL")
        with self.assertRaises(AssertionError):
            sql("UPDATE ledger.agreement_proposal SET state = 'approved', checked_by = made_by")
        self.assertEqual(tell("ledger", "verify")[1]["ok"], True)

    def test_4g_without_its_maker_a_draft_goes_nowhere(self):
        path = self.document("muara-enim", id="dua-orang", quota=80)
        draft = tell("agreement", "propose", path, "--as", "pembuat", "--draft")[1]
        self.assertEqual(draft["state"], "draft")
        self.assertEqual(tell("agreement", "propose", path, "--as", "pembuat", "--draft")[1]["proposal_id"], draft["proposal_id"])
        number = draft["proposal_id"]
        self.assertEqual([(open["proposal_id"], open["state"]) for open in tell("agreement", "proposals")[1]["proposals"]], [(number, "draft")])
        for verb, name, code in (("approve", "pemeriksa", "PROPOSAL_DRAFT"), ("refuse", "pemeriksa", "PROPOSAL_DRAFT"), ("submit", "rangkap", "TWO_PERSONS"), ("submit", "pemeriksa", "FORBIDDEN")):
            self.assertEqual(tell("agreement", verb, number, "--as", name, USER="budi")[1]["error"]["code"], code)
        self.assertEqual(tell("agreement", "apply", self.document("muara-enim", id="dua-orang", quota=75), "--yes")[1]["result"], "amended", "while it is a draft")
        for _ in range(2):
            code, submitted = tell("agreement", "submit", number, "--as", "pembuat")
            self.assertEqual((code, submitted["proposal_id"], submitted["state"]), (0, number, "submitted"))
        path = self.document("muara-enim", id="dua-orang", quota=80)
        twin = tell("agreement", "propose", path, "--as", "pembuat", "--draft")[1]
        self.assertEqual(tell("agreement", "submit", twin["proposal_id"], "--as", "pembuat")[1]["error"]["code"], "PROPOSAL_CLOSED", "the same document waits already")
        self.assertEqual(tell("agreement", "withdraw", twin["proposal_id"], "--as", "pembuat")[1]["state"], "withdrawn")
        self.assertEqual(tell("agreement", "approve", number, "--as", "pemeriksa")[1]["error"]["code"], "TWO_PERSONS", "the operator who made it")
        code, answer = tell("agreement", "approve", number, "--as", "pemeriksa", USER="budi")
        self.assertEqual((code, answer.get("state")), (0, "approved"), f"against what was in force when it was submitted: {answer}")
        self.assertEqual(tell("agreement", "show", "dua-orang")[1]["quota"], 80)
        self.assertEqual([row[0] for row in sql(f"SELECT action FROM ledger.audit WHERE detail = '{number}' ORDER BY audit_no")], ["PROPOSAL draft", "PROPOSAL submitted", "PROPOSAL approved"])
        self.assertEqual(run("agreement", "apply", path, "--draft").returncode, 2)

    def test_4h_terms_of_money_and_a_renewal(self):
        path = self.document("muara-enim", id="muara-enim-2021", renews="dua-orang", billing={"mode": "PREPAID"}, options={"activate_on": "COMMITMENT", "grace_months": 2,
                             "reservation_days": 30, "priority_occupations": ["0201"]})
        self.assertEqual(tell("agreement", "apply", path, "--yes")[1]["result"], "applied")
        shown = tell("agreement", "show", "muara-enim-2021")[1]
        self.assertEqual((shown["renews"], shown["billing"]), ("dua-orang", {"mode": "PREPAID", "months": 3}))
        self.assertEqual(shown["options"], {"activate_on": "COMMITMENT", "grace_months": 2, "reservation_days": 30, "priority_occupations": ["0201"]})
        self.assertEqual(tell("agreement", "show", "dua-orang")[1]["renewed_by"], "muara-enim-2021")
        self.assertEqual(sql("SELECT billing, billing_months, activation, grace_months, reservation_days, priority_occupations, renews FROM ledger.agreement WHERE agreement_id = 'muara-enim-2021'"),
                         [["2", "3", "2", "2", "30", "{0201}", "dua-orang"]])
        self.refused(self.document("muara-enim", id="lain", options={"priority_occupations": ["9999"]}), "DOCUMENT_INVALID", "9999")

    def test_4i_an_ended_office_gives_back_what_it_has_not_used(self):
        for of, changes in (("serang-umbrella", {"id": "payung-tutup"}), ("serang-pupr", {"id": "dinas-tutup", "parent": "payung-tutup"})):
            self.assertEqual(tell("agreement", "apply", self.document(of, **changes), "--yes")[1]["result"], "applied")
        office = lambda **changes: self.document("serang-pupr", id="dinas-tutup", parent="payung-tutup", **changes)
        sql("UPDATE ledger.agreement SET state = 'ENDED' WHERE agreement_id = 'dinas-tutup'")
        sql("UPDATE ledger.budget b SET committed = 7 FROM ledger.agreement a WHERE a.agreement_no = b.agreement_no AND agreement_id = 'dinas-tutup'")
        for wrong in (office(pagu=900_000_001), office(name="Nama lain"), office(pagu=7, name="Nama lain"), office(pagu=7, quota=9)):
            self.refused(wrong, "AGREEMENT_REFUSED", "ended", "renews")
        self.refused(office(pagu=6), "AGREEMENT_REFUSED", "pagu", "at least Rp7")
        self.assertEqual(tell("agreement", "apply", office(pagu=7), "--yes")[1]["result"], "amended")
        self.assertEqual(tell("agreement", "show", "payung-tutup")[1]["delegated"], 7)
        self.assertEqual(tell("agreement", "show", "dinas-tutup")[1]["state"], "ENDED")
        sql("UPDATE ledger.budget b SET committed = 0 FROM ledger.agreement a WHERE a.agreement_no = b.agreement_no AND agreement_id = 'dinas-tutup'")

    def test_5_what_the_law_closes_is_said_and_not_billed(self):
        conflict = {"code": "CFG_LAW_CONFLICT", "warning": "W50", "segment": "BPU", "programmes": ["JP"], "from": "2024-01", "to": "2024-12"}
        code, answer = tell("agreement", "apply", sample("kubu-raya"), "--yes")
        self.assertEqual((code, answer["result"], answer["law_conflicts"]), (0, "applied", [conflict]))
        self.assertEqual(len(answer["warnings"]), 1)
        for done in (run("agreement", "apply", sample("kubu-raya")), run("agreement", "show", "kubu-raya-2024")):
            self.assertEqual(done.returncode, 0)
            self.assertIn("CFG_LAW_CONFLICT (W50): program JP", done.stdout)
        shown = tell("agreement", "show", "kubu-raya-2024")[1]
        self.assertEqual(shown["law_conflicts"], [conflict])
        self.assertEqual(shown["options"], {"data_source": {"kind": "DTKS"}, "occupations": ["0201", "0202", "0203", "1301"]})
        self.assertEqual((shown["segments"], shown["payer"]["region"]), ({"BPU": ["JKK", "JKM", "JHT", "JP"]}, "61.12"))

    def test_5b_an_occupation_that_nobody_can_have_is_refused(self):
        for occupations, words in ((["0201", "petani"], ['"petani"', '"0401"']), (["9999"], ['"9999"', "occupations.tsv"]), (["zzz"], ['"zzz"', "occupations.tsv"])):
            self.refused(self.document("kubu-raya", id="pekerjaan", options={"occupations": occupations}), "DOCUMENT_INVALID", *words)
        self.assertEqual(tell("agreement", "apply", self.document("kubu-raya", id="pekerjaan", options={"occupations": ["0401"]}))[0], 0)

    def test_6_a_new_law_is_a_row_of_data(self):
        share = self.path("share")
        shutil.copytree(os.environ["PAYUNG_SHARE"], share)
        path = os.path.join(share, "programme-law.tsv")
        with open(path, encoding="utf-8") as file:
            law = file.read()
        old = next(line for line in law.splitlines() if line.startswith("BPU\tANY\t0\t"))
        ended = old.replace("2015-07\t\t", "2015-07\t2023-12\t")
        with open(path, "w", encoding="utf-8") as file:
            file.write(law.replace(old, ended + "\nBPU\tANY\t0\t2024-01\t\tJKK+JKM+JHT+JP\tJKK+JKM\tPP 99/2024\tU"))
        self.assertEqual(tell("agreement", "show", "kubu-raya-2024", PAYUNG_SHARE=share)[1]["law_conflicts"], [])
        with open(path, "w", encoding="utf-8") as file:
            file.write(law.replace(old, old.replace("JKK+JKM+JHT", "JKK+JKX+JHT", 1)))
        code, answer = tell("agreement", "show", "kubu-raya-2024", PAYUNG_SHARE=share)
        self.assertEqual((code, answer["error"]["code"]), (1, "DATA_UNREADABLE"))
        self.assertIn("programme-law.tsv line", answer["error"]["message"])

    def test_7_terms_money_and_proof(self):
        code, answer = tell("agreement", "apply", sample("muara-enim"), "--yes")
        self.assertEqual((code, answer["pagu"], answer["quota"], answer["warnings"]), (0, 5_040_000, 100, []))
        shown = tell("agreement", "show", "muara-enim-2020")[1]
        self.assertEqual((shown["months"], shown["period"], shown["options"], shown["parent"]), (3, {"from": "2020-11-01", "to": "2021-01-31"}, {}, None))
        code, balance = tell("ledger", "balance", "--agreement", "serang-2024")
        self.assertEqual((code, balance["pagu"], balance["delegated"], balance["left"], balance["programmes"], balance["segments"]),
                         (0, PAGU, sum(OFFICES.values()) - 100_000_000, PAGU - sum(OFFICES.values()) + 100_000_000, {"JKK": 0, "JKM": 0}, {}))
        self.assertIn("dibagi    Rp3.300.000.000", run("ledger", "balance", "--agreement", "serang-2024").stdout)
        code, answer = tell("agreement", "show", "tidak-ada")
        self.assertEqual((code, answer["error"]["code"]), (1, "UNKNOWN_AGREEMENT"))
        self.assertEqual(tell("ledger", "verify")[1]["ok"], True)

    def test_7b_a_file_of_mutations_that_holds_none_is_an_error(self):
        for name, content in (("empty.csv", ""), ("other.csv", "a,b\n1,2\n"), ("header.csv", "enrolment,reason,date\n")):
            code, answer = tell("mutation", "--file", self.file(name, content), "--agreement", "kubu-raya-2020")
            self.assertEqual((code, answer["error"]["code"]), (1, "FILE_DAMAGED"), name)
        self.assertEqual(tell("mutation", "--file", self.folder, "--agreement", "kubu-raya-2020")[1]["error"]["code"], "FILE_DAMAGED")
        self.assertEqual(tell("mutation", "--file", self.path("none.csv"), "--agreement", "kubu-raya-2020")[1]["error"]["code"], "FILE_UNREADABLE")

    def test_8_wrong_usage_is_told(self):
        for arguments in (("show",), ("list", "x"), ("show", "a", "--yes"), ("forget", "a"), (), ("propose", "a"), ("approve", "a", "--as"), ("end", "a"), ("history", "a", "--as", "b"),
                          ("apply", "a", "--note", "b")):
            self.assertEqual(run("agreement", *arguments).returncode, 2)
        self.assertIn("payung agreement show ID", run("agreement", "--help").stdout)


if __name__ == "__main__":
    tool.main()
