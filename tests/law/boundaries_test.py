"""Runs tests/vectors/boundaries.tsv: every row through the programs' functions (law_driver), through the model, and through the command that an official would type (payung quote, check,
nik). All three must say what the row says; a row that fails is told with its arithmetic and the command.
usage: boundaries_test.py SHARE LAW_DRIVER PAYUNG"""
import concurrent.futures
import json
import os
import shlex
import subprocess
import sys
import time

import compare
from rows import Rows, month_text

VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../vectors/boundaries.tsv")
ROWS_MIN, AT_ONCE, COMMAND_SECONDS = 300, 2, 30
CHARGES = ("JKK", "JKM", "JHT", "JP", "PACKAGE")


def read():
    with open(VECTORS, encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]
    for line in lines[1:]:
        row = dict(zip(lines[0], line))
        row["question"] = dict(pair.split("=", 1) for pair in row["question"].split(";"))
        yield row


# ---- as fields of the driver and of the model ----

def premium_fields(question):
    names = {"income": "income", "wage": "wage", "risk-class": "risk_class", "contract-net": "net", "contract-gross": "gross", "vat-ppm": "vat_ppm", "wages": "wages",
             "jht-monthly": "jht_monthly"}
    fields = {"segment": question["segment"], "programmes": question.get("programmes", "JKK,JKM,JHT").replace(",", "+"), "start": question["month"],
              "months": int(question["months"]), "sector": question.get("sector", ""), "funds": question["payer"], "relief": question.get("relief", ""),
              "parameters": question.get("parameter", ""), "labour_intensive": "labour-intensive" in question, "route": question.get("route", "")}
    if question["segment"] == "JAKON":
        fields["basis"] = question.get("basis", "CONTRACT")
    fields.update({name: int(question[option]) for option, name in names.items() if option in question})
    return fields


def person_fields(question):
    day = int(question["registration_date"].replace("-", ""))
    month = month_text(day // 10_000 * 12 + day // 100 % 100 - 1)
    programmes = "JKK+JKM"
    return {"segment": question["segment"], "registered": day, "born": int(question["birth_date"].replace("-", "")), "occupation": "0301", "ktp_region": 170804,
            "paid": programmes, "asked": programmes, "first_month": month, "agreement_months": 1, "period_from": day, "period_to": day, "legal_basis": True, "payer_region": 1708,
            "funds": "APBD", "parameters": question.get("parameter", ""), "covers": "", "dukcapil": "ALIVE"}


def nik_fields(question):
    return {"typed": question["nik"], "as_of": int(question["as-of"].replace("-", ""))}


# ---- what the driver, the model and the command say, in the words of the file ----

def sums_text(question, status, amounts, total):
    if status != "OK":
        return {"BAD_AMOUNT": "E81"}.get(status, status)
    asked = ("PACKAGE", "JHT") if question["segment"] == "PMI" else question["programmes"].split(",")
    shown = {name: amount for name, amount in amounts.items() if name in asked and not (question["segment"] == "PMI" and amount == 0)}
    hidden = sum(amounts.values()) - sum(shown.values())
    return " ".join(f"{name}={shown[name]}" for name in ("JKK", "JKM", "PACKAGE", "JHT", "JP") if name in shown) + f" total={total}" + (f" and {hidden} more" if hidden else "")


def premium_text(question, answer):
    parts = answer.split("\t")
    if parts[0] != "OK":
        return sums_text(question, parts[0], {}, 0)
    figures = dict(zip(compare.CHARGES, map(int, parts[2:8])))
    return sums_text(question, "OK", {name: figures[name] for name in CHARGES}, int(parts[1]))


def verdict_text(answer):
    status, codes = answer.split("\t")[:2]
    return "ACCEPT" if status == "ELIGIBLE" else f"{status.replace('REJECTED', 'REJECT').replace('PENDING', 'PENDING')} {codes}"


def expected_of(row):
    if row["kind"] != "quote" or "=" not in row["expected"]:
        return row["expected"]
    amounts = dict(pair.split("=") for pair in row["expected"].split())
    return " ".join(f"{name}={amounts[name]}" for name in ("JKK", "JKM", "PACKAGE", "JHT", "JP") if name in amounts) + f" total={amounts['total']}"


def command_of(row, payung):
    """(words, standard input)."""
    question = row["question"]
    if row["kind"] == "nik":
        return [payung, "nik", "-", "--json", "--as-of", question["as-of"]], question["nik"] + "\n"
    if row["kind"] == "check":
        return [payung, "check", "--json"], json.dumps(document_of(question))
    return [payung, "quote", "--json"] + [word for name, value in question.items() for word in ([f"--{name}", value] if value else [f"--{name}"])], ""


def document_of(question):
    year, month, day = question["birth_date"].split("-")
    programmes = ["JKK", "JKM"]
    document = {"registration_date": question["registration_date"], "segment": question["segment"], "nik": f"170804{day}{month}{year[2:]}9901", "name": "Uji Batas",
                "birth_date": question["birth_date"], "sex": "L", "phone": "081200000000", "occupation": "0301", "ktp_region": "17.08.04", "programmes": programmes, "months": 1,
                "start_month": question["registration_date"][:7],
                "agreement": {"payer": "APBD", "region": "17.08", "period": [question["registration_date"]] * 2, "legal_basis": True, "programmes": programmes},
                "facts": {"dukcapil": "ALIVE"}}
    if "parameter" in question:
        name, value = question["parameter"].split("=")
        document["parameters"] = {name: int(value)}
    return document


def command_text(row, answer):
    if "error" in answer:
        return answer["error"]["code"]
    if row["kind"] == "nik":
        return " ".join(answer["codes"]) or "valid"
    if row["kind"] == "check":
        return answer["outcome"] if answer["outcome"] == "ACCEPT" else f"{answer['outcome']} {' '.join(answer['codes'])}"
    return sums_text(row["question"], "OK", {name: answer["programmes"].get(name, 0) for name in CHARGES}, answer["total"])


def run_command(row, share, payung):
    words, text = command_of(row, payung)
    done = subprocess.run(words, input=text, capture_output=True, text=True, timeout=COMMAND_SECONDS, env=dict(os.environ, PAYUNG_SHARE=share), check=False)
    try:
        return command_text(row, json.loads(done.stdout))
    except (ValueError, KeyError) as error:
        return f"exit code {done.returncode}, {type(error).__name__}: {done.stdout[:200]}{done.stderr[:200]}"


# ---- the three ways ----

def model_and_driver(table, share, driver):
    rows = Rows(share)
    makers = {"quote": (compare.PremiumCases(rows), premium_fields), "check": (compare.EligibilityCases(rows), person_fields), "nik": (compare.NikCases(rows), nik_fields)}
    fields = [makers[row["kind"]][1](row["question"]) for row in table]
    told = compare.ask(driver, share, [makers[row["kind"]][0].line(one) for row, one in zip(table, fields)])
    for row, one, answer in zip(table, fields, told):
        cases = makers[row["kind"]][0]
        reckoned = cases.expected_text(cases.expect(one))
        if row["kind"] == "quote":
            yield premium_text(row["question"], reckoned), premium_text(row["question"], answer)
        elif row["kind"] == "check":
            yield verdict_text(reckoned), verdict_text(answer)
        else:
            yield reckoned.split("\t")[0] or "valid", answer.split("\t")[0] or "valid"


def main(share, driver, payung):
    table = list(read())
    assert len(table) >= ROWS_MIN, f"only {len(table)} rows"
    began = time.monotonic()
    reckoned = list(model_and_driver(table, share, driver))
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        commanded = list(pool.map(lambda row: run_command(row, share, payung), table))
    failures = 0
    for row, (model, function), command in zip(table, reckoned, commanded):
        wanted = expected_of(row)
        if (model, function, command) == (wanted, wanted, wanted):
            continue
        failures += 1
        if failures <= 10:
            words, text = command_of(row, "payung")
            print(f"{row['id']} ({row['source']}): {row['arithmetic']}\n  the file says  {wanted}\n  the command    {command}\n  the functions  {function}\n  the model      {model}\n"
                  f"  try: {shlex.join(words)}" + (f" <<< {shlex.quote(text.strip())}" if text else ""))
    print(f"{len(table)} vectors in {time.monotonic() - began:.1f} s, {failures} fail")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
