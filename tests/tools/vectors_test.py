"""Every row of tests/vectors through the tool that people use: prices through `payung quote`, population numbers through `payung nik`, cases through `payung check`. The rows were made
apart from the program, with the arithmetic written out in the law notes, so that an official can check them by hand. Nothing is started but the tool itself, without any server
and without PAYUNG_SHARE: it must find its data beside itself.
usage: vectors_test.py quote|nik|check|eligibility PAYUNG VECTOR_FILE..."""
import csv
import json
import os
import subprocess
import sys

CHARGES = ("JKK", "JKM", "JHT", "JP", "PACKAGE")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PAYUNG_", "LAW_"))}


class Failure(Exception):
    """What was expected and what came, without anybody's data: all people here are invented."""


def run(payung, *words, text=None):
    """(exit code, the JSON document)"""
    answer = subprocess.run([payung, *words, "--json"], input=text, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    try:
        return answer.returncode, json.loads(answer.stdout)
    except json.JSONDecodeError as error:
        raise Failure(f"exit {answer.returncode}, no JSON: {answer.stderr[:200]}") from error


def expect(what, seen, expected):
    if seen != expected:
        raise Failure(f"{what}: {seen!r}, expected {expected!r}")


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        yield from csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE)


def pairs(text):
    return dict(pair.split("=", 1) for pair in text.split(";") if pair)


# ---- quote ------------------------------------------------------------------------------------------------------------------------------

OPTIONS = {"income": "--income", "sector": "--sector", "payer": "--payer", "wage": "--wage", "class": "--risk-class", "net": "--contract-net", "gross": "--contract-gross",
           "ppn_ppm": "--vat-ppm", "basis": "--basis", "wages": "--wages", "route": "--route", "jht_monthly": "--jht-monthly", "relief": "--relief"}
SILENT = {"jht", "progs", "padat_karya", "jkp_only", "state", "recomp", "expect"}  # said otherwise below
PARAMETERS = {"new_member_full_months", "pmi_cheapest", "vat_ppm"}


def quote_arguments(row, params):
    words = ["--segment", row["segment"], "--month", row["month"], "--months", row["months"], "--people", row["n"]]
    for name, value in params.items():
        if name in OPTIONS:
            words += [OPTIONS[name], value]
        elif name in PARAMETERS:
            words += ["--parameter", f"{name}={value}"]
        elif name not in SILENT:
            raise Failure(f"the test does not know the parameter {name}")
    if "jht" in params:
        words += ["--programmes", "JKK,JKM,JHT" if params["jht"] == "1" else "JKK,JKM"]
    if "progs" in params:
        words += ["--programmes", params["progs"]]
    if "jkp_only" in params:
        words += ["--programmes", "JKP"]
    if params.get("padat_karya") == "1":
        words.append("--labour-intensive")
    return words


def check_sums(row, document):
    """The document in itself: lines times people are the totals, each line cites its row and its regulation, every figure is whole."""
    people, sums = int(row["n"]), dict.fromkeys(CHARGES, 0)
    for line in document["lines"]:
        if line["programme"] == "JKP":
            expect("JKP is not billed", line["billed"], False)
            continue
        sums[line["programme"]] += line["amount"]
        if not line["tariff_row"] or not line["regulation"] or not isinstance(line["amount"], int):
            raise Failure(f"a line without row or regulation: {line}")
    expect("lines times people", {charge: amount * people for charge, amount in sums.items()}, document["programmes"])
    expect("programmes add up", sum(document["programmes"].values()), document["total"])
    expect("normal without reduction", document["normal"] - document["reduction"], document["total"])


def check_quote(payung, row):
    params = pairs(row["params"])
    code, document = run(payung, "quote", *quote_arguments(row, params))
    if row["total"] == "-1":
        expect("exit code", code, 1)
        expect("error code", document["error"]["code"], params["expect"])
        return
    expect("exit code", code, 0)
    check_sums(row, document)
    expect("total", document["total"], int(row["total"]))
    for charge in ("JHT", "JP"):
        expect(charge, document["programmes"][charge], int(row[charge.lower()]))
    if row["segment"] == "PMI":  # one price for JKK and JKM
        expect("package", document["programmes"]["PACKAGE"], int(row["total"]) - int(row["jht"]))
    else:
        expect("JKK and JKM", [document["programmes"][charge] for charge in ("JKK", "JKM")], [int(row["jkk"]), int(row["jkm"])])
    if "jkp_only" in params:
        expect("JKP", {line["payer_share"]: line["amount"] for line in document["lines"]}, {"STATE": int(params["state"]), "RECOMPOSITION": int(params["recomp"])})


# ---- nik --------------------------------------------------------------------------------------------------------------------------------

SMALL_TABLE = {"B26", "B39"}  # rows about regions that the short table of the unit test does not have; the whole table has them
MARKS = {"{NBSP}": "\u00a0", "{EN}": "\u2013", "{MINUS}": "\u2212", "{ZW}": "\u200b"}


def as_typed(text):
    for mark, character in MARKS.items():
        text = text.replace(mark, character)
    if text.startswith("{FW}"):
        return "".join(chr(ord(digit) + 0xFEE0) if digit.isdigit() else digit for digit in text[4:])
    return text


def check_nik(payung, row):
    words = ["nik", "-", "--as-of", "2025-09-15"]
    if row["birth"] != "-":
        words += ["--birth-date", row["birth"]]
    if row["sex"] != "-":
        words += ["--sex", row["sex"]]
    code, document = run(payung, *words, text=as_typed(row["nik"]) + "\n")
    codes = [] if row["expected"] == "valid" else row["expected"].split()
    valid = not any(found.startswith("E") for found in codes)
    expect("codes", sorted(document["codes"]), sorted(codes))
    expect("valid", document["valid"], valid)
    expect("exit code", code, 0 if valid else 3)
    for member, column in (("birth_date", "date"), ("sex", "told_sex"), ("region", "region")):
        if row[column] != "-":
            expect(member, document[member], row[column])
    if codes and set(codes) <= {"E01", "E02"}:
        expect("nothing is read from what is no NIK", (document["birth_date"], document["sex"], document["region"]), (None, None, None))


# ---- check ------------------------------------------------------------------------------------------------------------------------------

def put(document, change):
    """The document with the change in it; objects are merged, null takes away."""
    merged = dict(document)
    for name, value in change.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            merged[name] = put(merged.get(name, {}), value)
        else:
            merged[name] = value
    return merged


def check_answer(payung, document, outcome, codes, warnings, programmes, subsidy=None):
    code, answer = run(payung, "check", text=json.dumps(document))
    expect("exit code", code, 0)
    expect("answer", [answer["outcome"], answer["codes"], answer["warnings"], answer["programmes"]], [outcome, codes, warnings, programmes])
    if subsidy is not None:
        expect("bsu_candidate", answer["bsu_candidate"], subsidy)


def check_case(payung, row):
    check_answer(payung, row["document"], row["outcome"], row.get("codes", []), row.get("warnings", []), row.get("programmes", []), row.get("bsu_candidate"))


def numbers(path):
    return (row for row in table(path) if row["id"] not in SMALL_TABLE)


def cases(path):
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    for case in document["cases"]:
        yield {**case, "document": put(document["ordinary"], case["change"])}


# ---- eligibility: the rows of the rules, written as documents ----------------------------------------------------------------------------

# What a document has no member for: what intake found or counted in a list, an agreement that nobody knows, a source of covers that is silent ...
NEEDS_MORE = {"findings", "first_row", "unknown", "covers_unanswered", "basis"}
# ... and values that no document can hold, or that the checks of intake refuse before any rule is asked.
IMPOSSIBLE = {("born", ""), ("born", "2025-09-16"), ("job", ""), ("job", "9999"), ("ktp", ""), ("desil", "11"), ("scope", "STRANGE"), ("all_months", "0"), ("source", "DTKS")}


def is_document(params):
    silent_segment = params.get("segment") == "PU" and "paid" not in params  # a segment that is not in the agreement
    return not NEEDS_MORE & params.keys() and not IMPOSSIBLE & set(params.items()) and not silent_segment


def fact(value):
    return {"YES": True, "NO": False}.get(value, value)


def month_after(month, months):
    count = int(month[:4]) * 12 + int(month[5:7]) - 1 + months
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def cover_of(text, params):
    segment, programme, start, months, whose, *status = text.split(":")
    payer = params.get("payer", "17.08") or params["funds"]
    return {"segment": segment, "programme": programme, "from": start, "to": month_after(start, int(months) - 1), "payer": payer if whose == "same" else "PEMPROV",
            "status": status[0] if status else "ACTIVE"}


def nik_of(born):
    return f"170804{born[8:10]}{born[5:7]}{born[2:4]}9901"


def document_of(params):
    born = params.get("born", "1980-05-17")
    first = params.get("from", "2025-10-01")
    document = {"registration_date": params.get("registered", "2025-09-15"), "segment": params.get("segment", "BPU"), "nik": nik_of(born), "name": "CONTOH WARGA", "birth_date": born,
                "sex": "L", "phone": "081200000000", "occupation": params.get("job", "0402"), "ktp_region": params.get("ktp", "17.08.04"), "start_month": params.get("start", first[:7]),
                "months": int(params.get("months", params.get("all_months", "12"))), "wage": 3000000}
    agreement = {"payer": params.get("funds", "APBD"), "region": params.get("payer", "17.08") or None, "period": [first, params.get("to", "2026-09-30")],
                 "programmes": params.get("paid", "JKK+JKM"), "legal_basis": params.get("no_basis") != "1", "exclude_active": params.get("exclude_active") == "1",
                 "requires_dtsen": "source" in params, "region_scope": params.get("scope", "PAYER")}
    for name in ("desil_max", "min_age", "age_limit"):
        if name in params:
            agreement[name] = int(params[name])
    if "jobs" in params:
        agreement["occupations"] = params["jobs"].split(",")
    facts = {name: params[name] for name in ("dukcapil", "dukcapil_region") if name in params}
    facts.update({name: fact(params[name]) for name in ("dtsen", "civil_servant") if name in params})
    if "desil" in params:
        facts["desil"] = int(params["desil"])
    facts["active"] = [cover_of(text, params) for text in params.get("cover", "").split("|") if text]
    if "asks" in params:
        document["programmes"] = params["asks"]
    if "size" in params:
        document["employer_size"] = params["size"]
    if "employer" in params:
        document["is_employer"] = params["employer"] == "1"
    if "set" in params:
        document["parameters"] = {name: int(value) for name, value in (params["set"].split("=", 1),)}
    return {**document, "agreement": agreement, "facts": facts}


def check_rule(payung, row):
    programmes = row["programmes"].split("+") if row["programmes"] else []
    check_answer(payung, document_of(pairs(row["params"])), row["expected"], row["codes"].split(), row["warnings"].split(), programmes)


def rules(path):
    return (row for row in table(path) if is_document(pairs(row["params"])))


KINDS = {"quote": (table, check_quote), "nik": (numbers, check_nik), "check": (cases, check_case), "eligibility": (rules, check_rule)}


def main(arguments):
    kind, payung, *paths = arguments
    rows_of, check = KINDS[kind]
    count = failures = 0
    for path in paths:
        for row in rows_of(path):
            count += 1
            try:
                check(payung, row)
            except Failure as failure:
                failures += 1
                print(f"FAILED: {os.path.basename(path)} {row['id']}: {failure}")
    print(f"{kind}: {count} rows, {failures} failed")
    return 1 if failures or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
