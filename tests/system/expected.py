"""What the sample list must lead to, worked out a second time from the rule book (domain.md 3.1 and 3.2) without any of Payung's code: a test
that asked the program for its own answer would prove nothing. Only the rules that the sample's rows can break are here."""
import csv
import datetime
import os
import re

REGISTRATION_DAY = datetime.date(2025, 9, 15)
PAYER_REGION = "17.08"
PRICE_JKK, PRICE_JKM, MONTHS, PAGU = 10_000, 6_800, 12, 400_000_000
MANDATORY = ("nik", "nama", "tgl_lahir", "jenis_kelamin", "pekerjaan", "kode_wilayah_ktp", "segmen")


def read_rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def day_of(text):
    for form in ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"):
        try:
            return datetime.datetime.strptime(text, form).date()
        except ValueError:
            pass
    return None


class Law:
    """The tables that the rules look into."""

    def __init__(self, share):
        with open(os.path.join(share, "regions/regencies.csv"), encoding="utf-8") as file:
            self.regencies = {row["code"].replace(".", "") for row in csv.DictReader(file)}
        with open(os.path.join(share, "regions/region_history.csv"), encoding="utf-8") as file:
            self.history = {line.split(",")[0].replace(".", "") for line in file if line[:1].isdigit()}
        self.formal = set()
        with open(os.path.join(share, "occupations.tsv"), encoding="utf-8") as file:
            rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
            for row in rows:
                if row["formal"] == "1":
                    self.formal |= {name.lower() for name in [row["code"], row["name"], *filter(None, row["synonyms"].split("|"))]}


def nik_codes(nik, law):
    plain = re.sub(r"[\s.-]", "", nik)
    if not re.fullmatch(r"\d*", plain):
        return {"E02"}
    if len(plain) != 16:
        return {"E01"}
    codes = set()
    if plain[:4] not in law.regencies and plain[:4] not in law.history and plain[:2] not in law.history:
        codes.add("E03")
    day, month, year = int(plain[6:8]), int(plain[8:10]), int(plain[10:12])
    day -= 40 if day > 40 else 0
    centuries = [century + year for century in (1900, 2000)]
    if not any(is_day(full, month, day) for full in centuries):
        codes.add("E04")
    if plain[12:] == "0000":
        codes.add("E05")
    return codes


def is_day(year, month, day):
    try:
        datetime.date(year, month, day)
        return True
    except ValueError:
        return False


def age_at(born, day):
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def syntax_codes(row, law):
    codes = {"E80"} if any(not row[column].strip() for column in MANDATORY) else set()
    if row["nik"].strip():
        codes |= nik_codes(row["nik"], law)
    if row["tgl_lahir"].strip() and day_of(row["tgl_lahir"].strip()) is None:
        codes.add("E80")
    name = row["nama"].strip()
    if name and (len(re.findall(r"[^\W\d_]", name)) < 2 or re.search(r"\d", name) or len(name.encode()) > 100):
        codes.add("E06")
    income = row["penghasilan"].strip()
    amount = re.fullmatch(r"(?:Rp)?\s*([1-9][\d.]*)(?:,-|,00)?", income)
    if income and (not amount or int(amount.group(1).replace(".", "")) > 10**14):
        codes.add("E81")
    return codes


def law_codes(row, law):
    codes = set()
    age = age_at(day_of(row["tgl_lahir"].strip()), REGISTRATION_DAY)
    codes |= {"E10"} if age < 17 else set()
    codes |= {"E11"} if age >= 65 else set()
    if row["pekerjaan"].strip().lower() in law.formal or row["kode_pekerjaan"].strip().lower() in law.formal:
        codes.add("E40")
    programmes = set(filter(None, re.split(r"[+, ]", row["program"].strip().upper())))
    codes |= {"E50"} if programmes & {"JP", "JKP"} else set()
    codes |= {"E51"} if programmes and not {"JKK", "JKM"} <= programmes else set()
    return codes


def answers(rows, law):
    """One (status, codes, rank) for each row, in the order of the list."""
    places = PAGU // ((PRICE_JKK + PRICE_JKM) * MONTHS)
    result, met, accepted, waiting = [], set(), 0, 0
    for row in rows:
        nik = re.sub(r"[\s.-]", "", row["nik"])
        codes = syntax_codes(row, law)
        if not codes and nik in met:
            codes = {"E20"}
        if nik:
            met.add(nik)
        codes = codes or law_codes(row, law)
        if not codes and not row["kode_wilayah_ktp"].startswith(PAYER_REGION):
            codes = {"E30"}
        if codes:
            result.append(("rejected", codes, 0))
        elif accepted < places and waiting == 0:
            accepted += 1
            result.append(("accepted", set(), 0))
        else:
            waiting += 1
            result.append(("waitlisted", {"Q61"}, waiting))
    return result
