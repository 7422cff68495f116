"""The model itself against the figures of the law's notes (tests/vectors/premium.tsv), which were worked out before any program was: a model that is wrong in the same way as the programs would
agree with them on everything. usage: model_test.py SHARE"""
import os
import sys

from model import Prices
from rows import Rows, month_count

VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../vectors/premium.tsv")
COLUMNS = ("jkk", "jkm", "jht", "jp", "total")


def question_of(row, params):
    number = lambda name: int(params.get(name, 0))
    programmes = params.get("progs", "JKK+JKM" + ("+JHT" if params.get("jht") == "1" or number("jht_monthly") else ""))
    return {"segment": row["segment"], "programmes": frozenset(programmes.split("+")), "start": month_count(row["month"]), "months": int(row["months"]), "sector": params.get("sector", ""),
            "funds": params.get("payer", ""), "income": number("income"), "wage": number("wage"), "risk_class": number("class"), "labour_intensive": params.get("padat_karya") == "1",
            "basis": "WAGES" if params.get("basis") in ("UPAH", "WAGES") else "CONTRACT", "net": number("net"), "gross": number("gross"), "vat_ppm": number("ppn_ppm"), "wages": number("wages"),
            "route": "P3MI" if params.get("route") == "P3MI" else "INDIVIDUAL", "jht_monthly": number("jht_monthly")}


def answer_of(rows, row):
    params = dict(pair.split("=") for pair in row["params"].split(";") if "=" in pair)
    parameters = {name: int(value) for name, value in params.items() if name in rows.parameters}
    prices = Prices(rows, parameters, {params.get("relief", "")})
    if params.get("jkp_only") == "1":
        answer = prices.premium(dict(question_of(row, params), programmes=frozenset(("JKP",))))
        lines = {line.share: line.amount for line in answer["lines"]}
        assert lines == {"STATE": int(params["state"]), "RECOMPOSITION": int(params["recomp"])}, lines
    else:
        answer = prices.premium(question_of(row, params))
    if answer["status"] != "OK":
        return [-1] * len(COLUMNS) if params.get("expect") == "E81" and answer["status"] == "BAD_AMOUNT" else [answer["status"]]
    return [int(row["n"]) * answer[name] for name in ("JKK", "JKM", "JHT", "JP", "total")]


def main(share):
    rows, failures = Rows(share), 0
    with open(VECTORS, encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("\t") for line in file if line.strip() and not line.startswith("#")]
    for line in lines[1:]:
        row = dict(zip(lines[0], line))
        answer, wanted = answer_of(rows, row), [int(row[name]) for name in COLUMNS]
        if answer != wanted:
            failures += 1
            print(f"{row['id']} {row['params']}: the model says {answer}, the notes say {wanted}")
    print(f"{len(lines) - 1} vectors, {failures} fail")
    return 1 if failures or len(lines) < 50 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
