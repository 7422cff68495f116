"""The comparison with the model can fail: with one cell of one row changed for the model only, it must find differences, and with nothing changed none. One change
for each table, most of them a single rupiah, month or word.
usage: self_test.py SHARE LAW_DRIVER"""
import contextlib
import io
import sys

import compare
from rows import Rows

CASES = 4000
CHANGES = [
    ("premium", ""), ("eligibility", ""), ("nik", ""),
    ("premium", "bpu/BPU-JKM-2015/value=6801"),
    ("premium", "bpu/BPU-JKK-2015/02/income_from=1100001"),
    ("premium", "pu/PU-JKK-2015/3/value=8901"),
    ("premium", "caps/JP-CAP-2025/first=2025-04"),
    ("premium", "caps/JP-CAP-2026/last=2027-03"),
    ("premium", "jakon/JAKON-JKK-2015/2/value=1701"),
    ("premium", "pmi/PMI-EXCESS-2023/value=13501"),
    ("premium", "reliefs/R-2026-N/last=2027-01"),
    ("premium", "reliefs/R-2026-T/funds_set=APBN"),
    ("premium", "parameters/vat_ppm/value=110001"),
    ("eligibility", "parameters/age_limit/value=66"),
    ("eligibility", "parameters/pmi_min_age/value=19"),
    ("eligibility", "law/0/mandatory_set=JKK+JKM+JHT"),
    ("eligibility", "law/11/first=2019-01"),
    ("eligibility", "occupations/0101/formal=1"),
    ("nik", "regencies"), ("nik", "former"),
]


def main(share, driver):
    failures = 0
    for kind, change in CHANGES:
        rows = Rows(share)
        if change in ("regencies", "former"):
            getattr(rows, change).discard("1708" if change == "regencies" else "54")
        elif change:
            rows.perturb(change)
        with contextlib.redirect_stdout(io.StringIO()):
            differing = compare.compare(kind, rows, driver, share, CASES if change or kind != "nik" else 1000, seed=4)
        good = bool(differing) == bool(change)
        failures += not good
        print(f"{'ok' if good else 'FAILED'}: {kind}, {change or 'nothing changed'}: {len(differing)} of {CASES} answers differ")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
