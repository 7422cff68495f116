"""Agreements through the command-line tool, on an empty database: what is applied, what is refused and why, what the law closes, and an umbrella with its offices.
The sample documents of tests/data are the subject: Kabupaten Serang, Kubu Raya, Muara Enim.

usage: agreement_test.py PAYUNG SOURCE_FOLDER     PGURL and PAYUNG_SHARE as for the tool"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

PAYUNG, SOURCE = sys.argv[1], sys.argv[2]
OFFICES = {"serang-disnaker": 600_000_000, "serang-pupr": 900_000_000, "serang-dinsos": 400_000_000, "serang-dindik": 1_500_000_000}
PAGU = 4_000_000_000


def run(*arguments, share=None):
    environment = dict(os.environ, **({"PAYUNG_SHARE": share} if share else {}))
    return subprocess.run([PAYUNG, *arguments], env=environment, capture_output=True, text=True, timeout=60)


def tell(*arguments, share=None):
    """(exit code, the JSON document)"""
    done = run(*arguments, "--json", share=share)
    return done.returncode, json.loads(done.stdout)


def sample(name):
    return os.path.join(SOURCE, "tests", "data", f"{name}.json")


class Agreements(unittest.TestCase):
    """The cases build on each other, in the order of their names."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="payung-test-")
        done = run("migrate")
        assert done.returncode == 0, done.stderr

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def document(self, name, **changes):
        """The path of a sample with some members changed."""
        with open(sample(name), encoding="utf-8") as file:
            document = dict(json.load(file), **changes)
        path = os.path.join(self.folder, "document.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file)
        return path

    def refused(self, path, code, *words):
        exit_code, answer = tell("agreement", "apply", path, "--yes")
        self.assertEqual((exit_code, answer["error"]["code"]), (1, code))
        for word in words:
            self.assertIn(word, answer["error"]["message"] + answer["error"]["remedy"])

    def test_1_an_office_needs_its_umbrella_first(self):
        self.refused(sample("serang-pupr"), "UMBRELLA_REFUSED", "parent", "first")
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
        self.assertEqual(shown["children_total"], {"agreements": 4, "pagu": given, "committed": 0, "accepted": 0, "waitlisted": 0, "warned": 0})
        self.assertEqual((shown["pagu"], shown["delegated"], shown["left"]), (PAGU, given, PAGU - given))
        self.assertEqual(set(shown["segments"]), {"PU", "BPU", "JAKON", "PMI"})
        code, office = tell("agreement", "show", "serang-pupr")
        self.assertEqual((office["parent"], office["segments"], office["children"]), ("serang-2024", {"JAKON": ["JKK", "JKM"]}, []))

    def test_3_what_does_not_fit_the_umbrella_is_refused(self):
        new = {"id": "serang-lain"}
        self.refused(self.document("serang-dinsos", pagu=600_000_001, **new), "UMBRELLA_REFUSED", "pagu", "Rp600.000.000")
        self.refused(self.document("serang-dinsos", segments={"BPU": {"programmes": ["JKK", "JKM", "JP"]}}, **new), "UMBRELLA_REFUSED", "segments", "JP", "serang-2024")
        self.refused(self.document("serang-dinsos", period={"from": "2024-08-06", "to": "2025-08-06"}, **new), "UMBRELLA_REFUSED", "period", "2024-08-07")
        self.refused(self.document("serang-dinsos", period={"from": "2026-10-01", "to": "2027-09-30"}, **new), "UMBRELLA_REFUSED", "period", "2027-08-06")
        self.refused(self.document("serang-dinsos", payer={"kind": "PEMKOT", "region": "36.73", "funds": "APBD", "name": "Kota Serang"}, **new), "UMBRELLA_REFUSED", "payer.region", "36.04")
        self.refused(self.document("serang-dinsos", payer={"kind": "CSR", "region": "36.04", "funds": "SWASTA", "name": "PT Contoh"}, pagu=100_000_000_000_000, **new), "UMBRELLA_REFUSED", "pagu")
        self.refused(self.document("serang-dinsos", payer={"kind": "CSR", "region": "36.04", "funds": "SWASTA", "name": "PT Contoh"}, **new), "UMBRELLA_REFUSED", "payer.funds", "APBD")
        self.refused(self.document("serang-dinsos", parent="serang-dinsos"), "DOCUMENT_INVALID", "parent")
        code, answer = tell("agreement", "apply", self.document("serang-dinsos", pagu=400_000_001), "--yes")
        self.assertEqual((code, answer["result"]), (1, "different"))
        self.assertIn("pagu: 400000000 -> 400000001", answer["difference"])
        self.assertEqual(len(tell("agreement", "list")[1]["agreements"]), 5)

    def test_4_a_part_of_a_part(self):
        path = self.document("serang-dinsos", id="serang-dinsos-sk2", parent="serang-dinsos", pagu=100_000_000)
        self.assertEqual(tell("agreement", "apply", path, "--yes")[1]["result"], "applied")
        self.refused(self.document("serang-dinsos", id="serang-lain", parent="serang-dinsos", pagu=300_000_001), "UMBRELLA_REFUSED", "pagu", "Rp300.000.000")
        shown = tell("agreement", "show", "serang-2024")[1]
        self.assertEqual((shown["children_total"]["agreements"], shown["children_total"]["pagu"], len(shown["children"])), (4, sum(OFFICES.values()), 5))
        order = [line["agreement"] for line in tell("agreement", "list")[1]["agreements"]]
        self.assertEqual(order, ["serang-2024", "serang-dindik", "serang-dinsos", "serang-dinsos-sk2", "serang-disnaker", "serang-pupr"])

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
        share = os.path.join(self.folder, "share")
        shutil.copytree(os.environ["PAYUNG_SHARE"], share)
        path = os.path.join(share, "programme-law.tsv")
        with open(path, encoding="utf-8") as file:
            law = file.read()
        old = next(line for line in law.splitlines() if line.startswith("BPU\tANY\t0\t"))
        ended = old.replace("2015-07\t\t", "2015-07\t2023-12\t")
        with open(path, "w", encoding="utf-8") as file:
            file.write(law.replace(old, ended + "\nBPU\tANY\t0\t2024-01\t\tJKK+JKM+JHT+JP\tJKK+JKM\tPP 99/2024\tU"))
        self.assertEqual(tell("agreement", "show", "kubu-raya-2024", share=share)[1]["law_conflicts"], [])
        with open(path, "w", encoding="utf-8") as file:
            file.write(law.replace(old, old.replace("JKK+JKM+JHT", "JKK+JKX+JHT", 1)))
        code, answer = tell("agreement", "show", "kubu-raya-2024", share=share)
        self.assertEqual((code, answer["error"]["code"]), (1, "DATA_UNREADABLE"))
        self.assertIn("programme-law.tsv line", answer["error"]["message"])

    def test_7_terms_money_and_proof(self):
        code, answer = tell("agreement", "apply", sample("muara-enim"), "--yes")
        self.assertEqual((code, answer["pagu"], answer["quota"], answer["warnings"]), (0, 5_040_000, 100, []))
        shown = tell("agreement", "show", "muara-enim-2020")[1]
        self.assertEqual((shown["months"], shown["period"], shown["options"], shown["parent"]), (3, {"from": "2020-11-01", "to": "2021-01-31"}, {}, None))
        code, balance = tell("ledger", "balance", "--agreement", "serang-2024")
        self.assertEqual((code, balance["pagu"], balance["delegated"], balance["left"], balance["programmes"], balance["segments"]),
                         (0, PAGU, sum(OFFICES.values()), PAGU - sum(OFFICES.values()), {"JKK": 0, "JKM": 0}, {}))
        self.assertIn("dibagi    Rp3.400.000.000", run("ledger", "balance", "--agreement", "serang-2024").stdout)
        code, answer = tell("agreement", "show", "tidak-ada")
        self.assertEqual((code, answer["error"]["code"]), (1, "UNKNOWN_AGREEMENT"))
        self.assertEqual(tell("ledger", "verify")[1]["ok"], True)

    def test_8_wrong_usage_is_told(self):
        for arguments in (("show",), ("list", "x"), ("show", "a", "--yes"), ("forget", "a"), ()):
            self.assertEqual(run("agreement", *arguments).returncode, 2)
        self.assertIn("payung agreement show ID", run("agreement", "--help").stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
