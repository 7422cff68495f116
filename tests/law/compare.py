"""Asks the programs and the model the same random questions about the law and compares every figure, line, code and date. Half of the questions are drawn at or beside the
edges that the tables have (bands, caps, tiers, months, birthdays), where errors live. The seed is fixed, so a failure can be seen again; the first difference is told
so that an official can check it with the regulation at hand.
usage: compare.py premium|eligibility|nik SHARE LAW_DRIVER [--cases N] [--seed N] [--perturb TABLE/ROW/COLUMN=VALUE]"""
import argparse
import datetime
import random
import subprocess
import sys
import time

from model import AMOUNT_MAX, CHARGES, PROGRAMMES, Niks, Prices, Rules
from rows import OPEN, Rows, month_count, month_text

CASES = {"premium": 100_000, "eligibility": 100_000, "nik": 30_000}
FUNDS = ("NONE", "APBN", "APBD", "SWASTA", "PRIBADI")
SIZES = ("", "MICRO", "SMALL", "MEDIUM", "LARGE")


def joined(programmes):
    return "+".join(programme for programme in PROGRAMMES if programme in programmes)


def one_in(draw, count):
    return draw.randrange(count) == 0


def encode(kind, fields):
    return "\t".join([kind] + [f"{name}={value}" for name, value in fields.items() if value not in ("", 0, False, None)]).replace("True", "1")


def ask(driver, share, lines):
    done = subprocess.run([driver, share], input="\n".join(lines) + "\n", capture_output=True, text=True, check=False)
    answers = done.stdout.split("\n")[:-1]
    if done.returncode != 0 or len(answers) != len(lines):
        sys.exit(f"the driver ended with {done.returncode} after {len(answers)} of {len(lines)} answers: {done.stderr[:2000]}")
    return answers


# ---- premium ----

class PremiumCases:
    """Questions about money, in the names of the driver's fields; the model's own view is made from them."""

    def __init__(self, rows):
        self.rows = rows
        self.months = sorted({month for part in rows.dated_tables() for row in part for edge in (row["first"], row["last"] + 1) if edge < OPEN
                              for month in (edge - 1, edge)})
        bands = {int(row["income_from"]) for row in rows.bpu}
        caps = {int(row["rupiah"]) for row in rows.caps}
        tiers = {int(row["slice_from"]) for row in rows.jakon}
        self.amounts = sorted({amount + step for amount in bands | caps | tiers | {AMOUNT_MAX} for step in (-1, 0, 1)} - {-1})
        self.stays = sorted({int(row["months"]) + step for row in rows.pmi for step in (-1, 0, 1)})
        self.savings = sorted({row["value"] for row in rows.pmi if row["item"] == "JHT"})

    def amount(self, draw):
        kind = draw.randrange(8)
        if kind < 3:
            return draw.choice(self.amounts)
        if kind == 3:
            return draw.randrange(1, 10 ** draw.randint(1, 14))
        if kind == 4 and one_in(draw, 10):
            return draw.choice((-1, AMOUNT_MAX + 1, 2 * AMOUNT_MAX))
        return draw.randrange(500_000, 25_000_000)

    def month(self, draw):
        return draw.choice(self.months) if one_in(draw, 2) else draw.randrange(month_count("2015-05"), month_count("2030-01"))

    def count(self, draw):
        kind = draw.randrange(200)
        if kind == 0:
            return draw.choice((0, 601, 12_000, 12_001))
        if kind < 4:
            return draw.randrange(1, 301)
        return draw.choice((1, 1, 2, 3, 6, 12)) if kind < 100 else draw.randrange(1, 40)

    def draw(self, draw):
        segment = draw.choice(("BPU", "PU", "JAKON", "PMI"))
        usual = {"BPU": "JKK JKM JHT", "PU": "JKK JKM JHT JP JKP", "JAKON": "JKK JKM", "PMI": "JKK JKM JHT"}[segment].split()
        wanted = set(usual) if one_in(draw, 3) else {programme for programme in usual if one_in(draw, 2)}
        wanted |= {draw.choice(PROGRAMMES)} if one_in(draw, 40) else set()
        fields = {"segment": segment if not one_in(draw, 500) else "NONE", "programmes": joined(wanted), "start": month_text(self.month(draw)), "months": self.count(draw),
                  "sector": draw.choice(("", "TRANSPORT", "OTHER")), "funds": draw.choice(FUNDS), "relief": "R-2020" if one_in(draw, 3) else ""}
        if fields["relief"] and one_in(draw, 2):
            fields["start"] = month_text(draw.randrange(month_count("2020-05"), month_count("2021-03")))
        parameters = {}
        if one_in(draw, 4):
            parameters["new_member_full_months"] = draw.choice((0, 1, 2, 3, 12))
        getattr(self, "draw_" + segment.lower())(draw, fields, parameters)
        fields["parameters"] = ",".join(f"{name}={value}" for name, value in parameters.items())
        return fields

    def draw_bpu(self, draw, fields, _):
        fields["income"] = self.amount(draw) if not one_in(draw, 6) else 0

    def draw_pu(self, draw, fields, _):
        fields.update(wage=self.amount(draw), risk_class=draw.randint(1, 5) if not one_in(draw, 100) else draw.choice((0, 6, -1)), labour_intensive=one_in(draw, 2))

    def draw_jakon(self, draw, fields, parameters):
        fields["basis"] = draw.choice(("CONTRACT", "CONTRACT", "WAGES")) if not one_in(draw, 100) else "NONE"
        fields[draw.choice(("net", "gross")) if fields["basis"] != "WAGES" else "wages"] = self.amount(draw)
        if one_in(draw, 3):
            fields["vat_ppm"] = draw.choice((1, 100_000, 110_000, 120_000, 1_000_000, 1_000_001, draw.randrange(1, 200_000)))
        if one_in(draw, 4):
            parameters["vat_ppm"] = draw.choice((0, 100_000, 120_000))

    def draw_pmi(self, draw, fields, parameters):
        fields["route"] = draw.choice(("P3MI", "INDIVIDUAL")) if not one_in(draw, 100) else "NONE"
        if one_in(draw, 2):
            fields["months"] = draw.choice(self.stays)
        if one_in(draw, 2):
            fields["jht_monthly"] = draw.choice(self.savings) + (draw.choice((-1, 1)) if one_in(draw, 8) else 0)
        if one_in(draw, 2):
            parameters["pmi_cheapest"] = draw.randint(0, 1)

    def line(self, fields):
        return encode("premium", fields)

    def expect(self, fields):
        whole = lambda name: int(fields.get(name, 0) or 0)
        question = {"segment": fields["segment"], "programmes": frozenset(fields["programmes"].split("+")) - {""}, "start": month_count(fields["start"]),
                    "months": whole("months"), "sector": fields["sector"], "funds": fields["funds"], "labour_intensive": bool(fields.get("labour_intensive")),
                    "basis": fields.get("basis", ""), "route": fields.get("route", "")}
        question.update({name: whole(name) for name in ("income", "wage", "risk_class", "net", "gross", "vat_ppm", "wages", "jht_monthly")})
        return self.prices(fields).premium(question)

    def prices(self, fields):
        kept = self.__dict__.setdefault("kept", {})
        key = (fields["parameters"], fields["relief"])
        if key not in kept:
            parameters = {name: int(value) for name, value in (pair.split("=") for pair in fields["parameters"].split(",") if pair)}
            kept[key] = Prices(self.rows, parameters, {fields["relief"]})
        return kept[key]

    def expected_text(self, answer):
        if answer["status"] != "OK":
            return answer["status"]
        figures = [answer["total"]] + [answer[charge] for charge in CHARGES]
        lines = ["|".join([line.charge, line.share, str(int(line.once)), month_text(line.first), str(line.months), str(line.base), str(line.rate), str(line.normal),
                           str(line.amount), line.row, line.regulation, line.relief]) for line in answer["lines"]]
        return "\t".join(["OK", *map(str, figures), "W51" if answer["stale"] else "", *sorted(lines)])

    def normal_form(self, answer):
        """Lines are compared as a set: their order is the program's affair."""
        parts = answer.split("\t")
        return "\t".join(parts[:9] + sorted(parts[9:]))

    def tell(self, answer):
        parts = answer.split("\t")
        if parts[0] != "OK":
            return f"  no price: {answer}"
        text = "  " + ", ".join(f"{name} Rp{int(value):,}" for name, value in zip(("total",) + CHARGES, parts[1:8])) + (f", warning {parts[8]}" if parts[8] else "")
        for line in parts[9:]:
            charge, share, once, first, months, base, rate, normal, amount, row, regulation, relief = line.split("|")
            how = f"{int(base):,} x {int(rate):,} ppm" if int(rate) else "fixed"
            text += (f"\n    {charge} {share}: {'once' if once == '1' else months + ' months'} from {first}: {how} = {int(normal):,}" +
                     (f", with {relief} {int(amount):,}" if relief else "") + f"   ({row}, {regulation})" + ("" if int(normal) == int(amount) or relief else f" amount {amount}!"))
        return text


# ---- eligibility ----

def day_text(day):
    return int(day.strftime("%Y%m%d"))


def years_before(draw, day, years):
    """A birth date that makes about so many years: the day itself, the day before or behind, or any."""
    try:
        birthday = day.replace(year=day.year - years)
    except ValueError:
        birthday = day.replace(year=day.year - years, month=3, day=1)
    return birthday + datetime.timedelta(days=draw.choice((-1, 0, 1)) if not one_in(draw, 4) else draw.randrange(-400, 400))


class EligibilityCases:
    def __init__(self, rows):
        self.rows = rows
        self.occupations = sorted(rows.occupations)
        self.special = [code for code, row in rows.occupations.items() if "1" in (row["formal"], row["employer"], row["civil_servant"])]
        self.edges = sorted({edge for row in rows.law for edge in (row["first"], row["last"] + 1) if edge < OPEN})

    def registered(self, draw):
        if one_in(draw, 6):
            return draw.choice((datetime.date(2021, 3, 31), datetime.date(2021, 4, 1), datetime.date(2024, 2, 29), datetime.date(2023, 2, 28), datetime.date(2023, 3, 1)))
        return datetime.date(2017, 1, 1) + datetime.timedelta(days=draw.randrange(4000))

    def draw(self, draw):
        registered = self.registered(draw)
        fields = {"segment": draw.choice(("BPU", "BPU", "PU", "JAKON", "PMI")), "registered": day_text(registered)}
        self.draw_person(draw, fields, registered)
        self.draw_agreement(draw, fields, registered)
        self.draw_facts(draw, fields)
        return fields

    def draw_person(self, draw, fields, registered):
        years = draw.choice((17, 18, 19, 54, 56, 60, 65, 66)) if one_in(draw, 3) else draw.randint(20, 60)
        fields["born"] = day_text(years_before(draw, registered, years)) if not one_in(draw, 60) else draw.choice((0, 20230229, 19960229, 20000229, 18991231))
        fields["occupation"] = draw.choice(self.special) if one_in(draw, 8) else draw.choice(self.occupations + [""])
        fields.update(is_employer=one_in(draw, 10), size=draw.choice(SIZES), basis=draw.choice(("", "CONTRACT", "WAGES")), first_row=int(one_in(draw, 40)) * 7)
        fields["ktp_region"] = draw.choice((170804, 170800, 170804, 170205, 360405, 367301, 0))
        if one_in(draw, 4):
            fields["asked"] = joined({programme for programme in PROGRAMMES if not one_in(draw, 3)})
        elif one_in(draw, 2):
            fields["asked"] = "JKK+JKM"
        findings = [code for code in ("E01", "E02", "E03", "E04", "E05", "E06", "E80", "E81") if one_in(draw, 100)]
        fields["findings"] = " ".join(findings + [code for code in ("W03", "W06", "W07", "W20") if one_in(draw, 6)])

    def draw_agreement(self, draw, fields, registered):
        own = {"BPU": "JKK+JKM", "PU": "JKK+JKM+JHT+JP", "JAKON": "JKK+JKM", "PMI": "JKK+JKM+JHT"}[fields["segment"]]
        fields["paid"] = draw.choice((own, own, own, "JKK+JKM", "JKK+JKM+JHT", "JKK+JKM+JHT+JP", "JKK+JKM+JHT+JP+JKP", "JHT", ""))
        first = registered.year * 12 + registered.month - 1 + draw.choice((0, 0, 1, 1, 2, -1)) if not one_in(draw, 5) else draw.choice(self.edges) + draw.randint(-3, 3)
        length = draw.choice((1, 3, 12, 12, 24))
        start = datetime.date(first // 12, first % 12 + 1, draw.choice((1, 1, 15, 28)))
        fields.update(first_month=month_text(first), agreement_months=draw.choice((length, length, 1, 3, 0 if one_in(draw, 20) else 1)), period_from=day_text(start),
                      period_to=day_text(start + datetime.timedelta(days=length * 30 + draw.choice((-1, 0, 1, 31)))), legal_basis=not one_in(draw, 30))
        if one_in(draw, 3):
            fields["start"] = month_text(first + draw.choice((-1, 0, 1, length - 1, length)))
        if one_in(draw, 3):
            fields["months"] = draw.choice((1, 2, length, length + 1, 6))
        fields.update(payer_region=draw.choice((1708, 1708, 1708, 1700, 3604, 0)), funds=draw.choice(FUNDS[1:] + ("APBD", "APBD")),
                      scope=draw.choice(("", "", "REGENCY", "PROVINCE", "ANY")))
        fields.update(min_age=draw.choice((0, 0, 0, 15, 18, 21)), age_limit=draw.choice((0, 0, 0, 60, 66)), exclude_active=one_in(draw, 3))
        fields.update(data_source=draw.choice(("", "", "DTSEN", "DTKS")), desil_max=draw.choice((0, 0, 4, 5, 10)))
        if one_in(draw, 6):
            fields["occupations"] = "+".join(draw.sample(self.occupations, 3) + [fields["occupation"] or "0101"] * one_in(draw, 2))
        parameters = {"min_age": draw.choice((15, 17, 18)), "pmi_min_age": draw.choice((18, 21)), "age_limit": draw.choice((64, 65, 66)),
                      "age_limit_old": draw.choice((56, 60, 65)), "age_limit_since": draw.choice((20210401, 20240301, 20260101))} if one_in(draw, 4) else {}
        fields["parameters"] = ",".join(f"{name}={value}" for name, value in parameters.items())

    def draw_facts(self, draw, fields):
        fields["dukcapil"] = draw.choice(("ALIVE", "ALIVE", "ALIVE", "")) if not one_in(draw, 8) else draw.choice(("DECEASED", "NOT_FOUND", "NO_ANSWER"))
        fields["dukcapil_region"] = draw.choice((0, 0, 0, 170803, 367301))
        fields["dtsen"] = draw.choice(("", "YES", "YES", "YES", "NO", "NO_ANSWER"))
        fields["desil"] = draw.choice((0, 1, 3, 4, 5, 6, 10, 11)) if fields["dtsen"] != "NO" or one_in(draw, 4) else 0
        fields["civil_servant"] = draw.choice(("", "NO", "NO", "NO", "NO", "YES" if one_in(draw, 3) else "NO_ANSWER"))
        fields["covers_unanswered"] = one_in(draw, 30)
        first = month_count(fields.get("start") or fields["first_month"])
        covers = []
        for _ in range(draw.choice((0, 0, 0, 1, 1, 2, 3))):
            segment = fields["segment"] if one_in(draw, 2) else draw.choice(("BPU", "PU", "JAKON", "PMI"))
            from_, months = first + draw.choice((-12, -3, -1, 0, 1, 3, 12)), draw.choice((1, 3, 12, 12, 0 if one_in(draw, 9) else 3))
            state = draw.choice(("ACTIVE", "ACTIVE", "ACTIVE", "GRACE", "LAPSED", "ENDED"))
            covers.append(f"{segment},{draw.choice(PROGRAMMES[:4])},{state},{draw.randint(0, 1)},{month_text(from_)},{months}")
        fields["covers"] = ";".join(covers)

    def line(self, fields):
        return encode("decide", fields)

    def expect(self, fields):
        whole = lambda name: int(fields.get(name, 0) or 0)
        case = {name: fields.get(name, "") for name in ("segment", "size", "basis", "occupation", "dukcapil", "dtsen", "civil_servant", "funds")}
        case.update({name: whole(name) for name in ("first_row", "registered", "born", "ktp_region", "dukcapil_region", "months", "agreement_months", "payer_region",
                                                    "period_from", "period_to", "min_age", "age_limit", "desil", "desil_max")})
        case.update({name: bool(fields.get(name)) for name in ("is_employer", "legal_basis", "exclude_active", "covers_unanswered")})
        case.update({name: frozenset(fields.get(name, "").split("+")) - {""} for name in ("asked", "paid", "occupations")})
        case.update(scope=fields.get("scope") or "PAYER", data_source=fields.get("data_source") or "NONE", findings=fields.get("findings", "").split(),
                    start=month_count(fields["start"]) if fields.get("start") else 0, first_month=month_count(fields["first_month"]))
        case["covers"] = [dict(zip(("segment", "programme", "status", "same_payer", "first", "months"),
                                   (a, b, c, d == "1", month_count(e), int(f)))) for a, b, c, d, e, f in (one.split(",") for one in fields["covers"].split(";") if one)]
        kept = self.__dict__.setdefault("kept", {})
        if fields["parameters"] not in kept:
            kept[fields["parameters"]] = Rules(self.rows, {name: int(value) for name, value in (pair.split("=") for pair in fields["parameters"].split(",") if pair)})
        return kept[fields["parameters"]].decide(case)

    def expected_text(self, answer):
        text = [answer["status"], " ".join(sorted(answer["codes"])), " ".join(sorted(answer["warnings"]))]
        if answer["status"] in ("ELIGIBLE", "PENDING"):
            text += [joined(answer["programmes"]), month_text(answer["start"]), str(answer["months"])]
        return "\t".join(text)

    def normal_form(self, answer):
        parts = answer.split("\t")
        return "\t".join([parts[0], " ".join(sorted(parts[1].split())), " ".join(sorted(parts[2].split())), *parts[3:]])

    def tell(self, answer):
        parts = answer.split("\t") + ["", "", ""]
        return f"  {parts[0]}, codes {parts[1] or '-'}, warnings {parts[2] or '-'}" + (f", {parts[3]} from {parts[4]} for {parts[5]} months" if parts[3] else "")


# ---- NIK ----

class NikCases:
    """Synthetic numbers only: serials 9900 to 9999, or none that a person could have."""

    def __init__(self, rows):
        self.rows, self.niks = rows, Niks(rows)
        self.places = sorted(rows.districts)
        self.odd = sorted(rows.former) + ["00", "1799", "9999", "3604", "5401"]

    def draw(self, draw):
        place = draw.choice(self.places) if not one_in(draw, 3) else (draw.choice(self.odd) + f"{draw.randrange(100):02d}0101")[:6]
        born = datetime.date(1930, 1, 1) + datetime.timedelta(days=draw.randrange(34_000)) if not one_in(draw, 5) else draw.choice((datetime.date(2000, 2, 29), datetime.date(1996, 2, 29)))
        female = one_in(draw, 2)
        day, month, year = born.day + 40 * female, born.month, born.year % 100
        if one_in(draw, 6):
            day, month = draw.choice((0, 28, 29, 30, 31, 32, 40, 41, 69, 70, 71, 72)), draw.choice((0, 1, 2, 4, 12, 13))
        serial = draw.randint(9900, 9999) if not one_in(draw, 12) else 0
        nik = f"{place}{day:02d}{month:02d}{year:02d}{serial:04d}"
        fields = {"typed": self.spoil(draw, nik) if one_in(draw, 4) else nik, "as_of": day_text(datetime.date(2026, 11, 22) - datetime.timedelta(days=draw.randrange(4000)))}
        if not one_in(draw, 3):
            fields["born"] = min(day_text(born if not one_in(draw, 4) else born + datetime.timedelta(days=draw.choice((-1, 1, 365, 36525)))), fields["as_of"])
        if not one_in(draw, 3):
            fields["sex"] = draw.choice(("L", "P"))
        return fields

    def spoil(self, draw, nik):
        at = draw.randrange(1, 15)
        return draw.choice((nik[:-1], nik + "0", nik[:at] + " " + nik[at:], nik[:at] + "." + nik[at:], nik[:6] + "-" + nik[6:12] + "-" + nik[12:], "\u00a0" + nik,
                            nik + "\u200b", "".join(chr(ord(c) + 0xFEE0) for c in nik), nik[:at] + "O" + nik[at + 1:], nik[:at] + "x" + nik[at:], "1,70804E+15", "1.70804E+15",
                            nik[:at] + "é" + nik[at:]))

    def line(self, fields):
        return encode("nik", fields)

    def expect(self, fields):
        return self.niks.check(fields["typed"], fields.get("born", 0), fields.get("sex", ""), fields["as_of"])

    def expected_text(self, answer):
        return f"{' '.join(sorted(answer['codes']))}\t{answer['birth_date']}\t{answer['sex']}\t{answer['region']}"

    def normal_form(self, answer):
        codes, rest = answer.split("\t", 1)
        return " ".join(sorted(codes.split())) + "\t" + rest

    def tell(self, answer):
        codes, born, sex, region = answer.split("\t")
        return f"  codes {codes or '-'}, born {born}, sex {sex or '-'}, region {region}"


def tell_question(fields):
    return "\n".join(f"  {name} = {value}" for name, value in fields.items() if value not in ("", 0, False, None))


def compare(kind, rows, driver, share, count, seed):
    """Returns (differing questions, seconds); tells the first of them."""
    began = time.monotonic()
    cases = {"premium": PremiumCases, "eligibility": EligibilityCases, "nik": NikCases}[kind](rows)
    draw = random.Random(seed)
    questions = [cases.draw(draw) for _ in range(count)]
    answers = ask(driver, share, [cases.line(fields) for fields in questions])
    differing, tally = [], {}
    for fields, answer in zip(questions, answers):
        wanted = cases.expected_text(cases.expect(fields))
        tally[wanted.split("\t")[0]] = tally.get(wanted.split("\t")[0], 0) + 1
        if cases.normal_form(answer) != wanted:
            differing.append((fields, answer, wanted))
    print(f"{kind}: {count} questions in {time.monotonic() - began:.1f} s, {len(differing)} answered differently; answers of the model: " +
          ", ".join(f"{name or 'none'} {number}" for name, number in sorted(tally.items(), key=lambda item: -item[1])[:12]))
    if differing:
        fields, answer, wanted = min(differing, key=lambda one: len(tell_question(one[0])))
        print(f"\nThe question:\n{tell_question(fields)}\nThe programs answer:\n{cases.tell(answer)}\nThe model answers:\n{cases.tell(wanted)}")
    return differing


def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=sorted(CASES))
    parser.add_argument("share")
    parser.add_argument("driver")
    parser.add_argument("--cases", type=int)
    parser.add_argument("--seed", type=int, default=1708)
    parser.add_argument("--perturb", action="append", default=[], help="one cell of the model's rows: TABLE/ROW/COLUMN=VALUE")
    options = parser.parse_args(arguments)
    rows = Rows(options.share)
    for change in options.perturb:
        rows.perturb(change)
    return 1 if compare(options.kind, rows, options.driver, options.share, options.cases or CASES[options.kind], options.seed) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
