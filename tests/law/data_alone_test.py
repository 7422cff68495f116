"""A new relief, a new cap, a new law: each is a row in a copy of share/payung and nothing else. The same program, not built again, then asks another price; and a row that is not sound is
refused with file, line and field before anything is priced.
usage: data_alone_test.py SHARE PAYUNG"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

REGULATION = ("tariff/regulations.tsv", "PP 1/2027\tKeringanan untuk uji\t2027-01-01")
RELIEF = ("tariff/relief.tsv", "R-2027-N\tBPU\tJKK\tOTHER\tANY\t400000\t2027-01\t2027-06\tAPBN+APBD\t0\t1\tPP 1/2027\tD")
CAP = ("tariff/wage-cap.tsv", "JP-CAP-2027\tJP\t2027-03\t2028-02\t11700000\tPP 45/2015 Pasal 29\tD")
PETANI = "--segment BPU --month 2027-01 --months 7 --people 1 --programmes JKK,JKM --payer PRIBADI --income 1000000 --sector OTHER".split()
KARYAWAN = "--segment PU --month 2027-02 --months 2 --people 1 --programmes JP --payer SWASTA --wage 20000000 --risk-class 1".split()


class Law:
    """A copy of the data files in which rows can be added; the region lists are only pointed to."""

    def __init__(self, share, payung):
        self.payung, self.failures = payung, 0
        self.folder = tempfile.mkdtemp(prefix="payung-law-")
        self.share = os.path.join(self.folder, "share")
        shutil.copytree(share, self.share, ignore=shutil.ignore_patterns("regions"))
        os.symlink(os.path.join(os.path.abspath(share), "regions"), os.path.join(self.share, "regions"))

    def add(self, file, row, behind=None):
        """At the end, or behind the last row that begins with `behind`."""
        path = os.path.join(self.share, file)
        with open(path, encoding="utf-8") as old:
            lines = old.read().splitlines()
        at = 1 + max(number for number, line in enumerate(lines) if line.startswith(behind or ""))
        self.write(path, lines[:at] + [row] + lines[at:])

    def change(self, file, begins, old, new):
        path = os.path.join(self.share, file)
        with open(path, encoding="utf-8") as text:
            lines = text.read().splitlines()
        assert sum(line.startswith(begins) and old in line for line in lines) == 1, f"{file}: no single row {begins}"
        self.write(path, [line.replace(old, new, 1) if line.startswith(begins) else line for line in lines])

    def write(self, path, lines):
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def ask(self, *arguments, document=None):
        done = subprocess.run([self.payung, *arguments, "--json"], input=json.dumps(document) if document else "", capture_output=True, text=True, check=False,
                              env=dict(os.environ, PAYUNG_SHARE=self.share))
        return json.loads(done.stdout)

    def expect(self, condition, sentence, seen):
        self.failures += not condition
        print(f"{'ok' if condition else 'FAILED'}: {sentence} [{seen}]")


def total(answer):
    return answer.get("total", answer.get("error"))


def relief(law):
    before = law.ask("quote", *PETANI)
    law.expect(total(before) == 7 * 16_800, "before: a farmer pays 7 x 16,800 in 2027", total(before))
    law.add(*RELIEF)
    error = law.ask("quote", *PETANI).get("error", {})
    law.expect("relief.tsv" in error.get("message", "") and "regulation" in error.get("message", ""), "a relief without a known regulation is refused by file, line and field", error)
    law.add(*REGULATION)
    after = law.ask("quote", *PETANI)
    law.expect(total(after) == 6 * (4_000 + 6_800) + 16_800, "one row of relief later: six months JKK at 40 %, the seventh in full", total(after))
    law.expect(any(line["relief"] == "R-2027-N" and line["regulation"] for line in after["lines"]), "and its lines name the relief", len(after["lines"]))


def cap(law):
    before = law.ask("quote", *KARYAWAN)
    law.expect(total(before) == 2 * 332_589, "before: JP on the last known cap 11,086,300, both months", total(before))
    law.expect("W51" in json.dumps(before), "with the warning W51 that the cap is old", before.get("warnings"))
    law.add(*CAP, behind="JP-CAP")
    after = law.ask("quote", *KARYAWAN)
    law.expect(total(after) == 332_589 + 351_000, "one row of cap later: March 2027 on 11,700,000", total(after))
    law.expect("W51" not in json.dumps(after), "and no warning", after.get("warnings"))


def switch(law):
    question = "--segment BPU --month 2020-11 --months 3 --people 100 --programmes JKK,JKM --payer APBD --income 1000000 --sector OTHER".split()
    law.expect(total(law.ask("quote", *question)) == 5_040_000, "R-2020 is off: Rp5,040,000", total(law.ask("quote", *question)))
    law.change("tariff/relief.tsv", "R-2020\t", "\t1\t0\tPP 49/2020", "\t1\t1\tPP 49/2020")
    law.expect(total(law.ask("quote", *question)) == 50_400, "enabled in its row: Rp50,400", total(law.ask("quote", *question)))


def pension(law):
    """A law that opens the pension to the self-employed: rows of law and tariff, and what was E50 is billed."""
    document = {"registration_date": "2027-01-04", "segment": "BPU", "nik": "1708041211879901", "name": "Uji Data", "birth_date": "1987-11-12", "sex": "L", "phone": "081200000000",
                "occupation": "0201", "ktp_region": "17.08.04", "programmes": ["JKK", "JKM", "JP"], "start_month": "2027-01", "months": 1,
                "agreement": {"payer": "PRIBADI", "period": ["2027-01-01", "2027-12-31"], "legal_basis": True, "programmes": ["JKK", "JKM", "JP"]}}
    before = law.ask("check", document=document)
    law.expect(before["programmes"] == ["JKK", "JKM"] and "W50" in before["warnings"], "before: the law has no pension for the self-employed, JP is dropped with W50", before)
    for employer, mandatory in (("0", "JKK+JKM"), ("1", "JKK+JKM+JHT")):
        begins = f"BPU\tANY\t{employer}\t2015-07\t"
        law.change("programme-law.tsv", begins, "2015-07\t\t", "2015-07\t2026-12\t")
        law.add("programme-law.tsv", f"BPU\tANY\t{employer}\t2027-01\t\tJKK+JKM+JHT+JP\t{mandatory}\tPP 1/2027\tD", behind=begins)
    law.add("tariff/tariff-bpu.tsv", "BPU-JP-2027\tBPU\tJP\t2027-01\t\t0\t1000000\tppm\t30000\tPP 1/2027\tD")
    after = law.ask("check", document=document)
    law.expect(after["outcome"] == "ACCEPT" and after["programmes"] == ["JKK", "JKM", "JP"] and not after["warnings"], "two rows of law and one of tariff later JP is had", after)
    question = "--segment BPU --month 2027-02 --months 1 --people 1 --programmes JKK,JKM,JP --payer APBD --income 1000000 --sector OTHER".split()
    law.expect(total(law.ask("quote", *question)) == 46_800, "and billed: 10,000 + 6,800 + 30,000", total(law.ask("quote", *question)))


def main(share, payung):
    law = Law(share, payung)
    try:
        for case in (relief, cap, switch, pension):
            case(law)
    finally:
        shutil.rmtree(law.folder, ignore_errors=True)
    return 1 if law.failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
