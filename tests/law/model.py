"""The law a second time, in whole numbers and sets and without a line of the programs: what a person's protection costs (domain.md 2) and who may have it
(domain.md 3). It asks the same rows of data as the programs do, so it tests how they are read and reckoned with, not whether they are true. Written to be
read beside the regulation: a month at a time, no short cuts. Where the regulation is silent, the decision is the one in parameters.tsv or in the headers."""
import bisect
import calendar
import functools
import unicodedata
from collections import namedtuple

from rows import OPEN

MILLION = 10**6
AMOUNT_MAX = 10**14
MONTHS_MAX, LINES_MAX = 12_000, 64
PROGRAMMES = ("JKK", "JKM", "JHT", "JP", "JKP")
CHARGES = PROGRAMMES + ("PACKAGE",)
BILLED = ("JKK", "JKM", "JHT", "JP", "PACKAGE")

Line = namedtuple("Line", "charge share once first months base rate normal amount row regulation relief")


def half_up(top, bottom):
    """top / bottom as a whole number, halves upwards. Both positive."""
    return (2 * top + bottom) // (2 * bottom)


class Refused(Exception):
    """There is no price, and why: NO_TARIFF, BAD_QUESTION, BAD_AMOUNT, TOO_MANY_LINES."""


# ---- what it costs ----

class Prices:
    def __init__(self, rows, parameters=None, reliefs_on=()):
        self.rows = rows
        self.parameters = {name: int(row["value"]) for name, row in rows.parameters.items()} | (parameters or {})
        self.reliefs = [row for row in rows.reliefs if row["enabled"] == "1" or row["id"] in reliefs_on]
        self.caps = {name: [row for row in rows.caps if row["cap"] == name] for name in {row["cap"] for row in rows.caps}}
        self.edges = sorted({edge for part in rows.dated_tables() for row in part for edge in (row["first"], row["last"] + 1) if edge < OPEN})
        self.in_force = functools.lru_cache(None)(self._in_force)

    def _in_force(self, name, key, era):
        """Rows of one table and series that hold in an era: a run of months in which no row of any table begins or ends."""
        month = self.edges[era - 1] if era > 0 else self.edges[0] - 1
        columns = {"bpu": ("programme",), "pu": ("programme",), "jakon": ("basis", "programme"), "pmi": ("item",)}[name]
        return [row for row in getattr(self.rows, name)
                if tuple(row[column] for column in columns) == key and row["first"] <= month <= row["last"]]

    def rows_of(self, name, month, *key):
        found = self.in_force(name, key, bisect.bisect_right(self.edges, month))
        if not found:
            raise Refused("NO_TARIFF")
        return found

    def cap(self, name, month):
        """(rupiah, past its announced time?). The newest cap stays until a newer one is known."""
        begun = [row for row in self.caps[name] if row["first"] <= month]
        newest = max(begun, key=lambda row: row["first"])
        return int(newest["rupiah"]), month > newest["last"]

    def relief(self, question, programmes, month, once):
        """Full months at the beginning of a cover are months: what is paid once for the whole time has none."""
        new = not once and month - question["start"] < self.parameters["new_member_full_months"]
        fitting = [row for row in self.reliefs
                   if question["segment"] in row["segment_set"] and programmes <= row["programme_set"] and row["first"] <= month <= row["last"]
                   and row["sector"] in ("ANY", question["sector"]) and question["funds"] not in row["funds_set"]
                   and row["labour_intensive"] in ("ANY", "1" if question["labour_intensive"] else "0")
                   and not (new and row["new_member_full"] == "1")]
        assert len(fitting) <= 1, "two reliefs at once"
        return fitting[0] if fitting else None

    def line(self, question, month, row, charge, share, base, rate, fixed=None, once=False):
        """One line: the relief multiplies the rate, then one rounding."""
        programmes = frozenset(("JKK", "JKM")) if charge == "PACKAGE" else frozenset((charge,))
        relief = self.relief(question, programmes, month, once)
        pay = relief["pay_ppm"] if relief else MILLION
        normal = fixed if fixed is not None else half_up(base * rate, MILLION)
        amount = half_up(fixed * pay, MILLION) if fixed is not None else half_up(base * rate * pay, MILLION * MILLION)
        return Line(charge, share, once, month, 1, base, rate, normal, amount, row["id"], row["regulation"], relief["id"] if relief else "")

    # -- by segment: the lines of one month, and those for the whole time --

    def bpu_month(self, question, month):
        for charge in PROGRAMMES:
            if charge not in question["programmes"]:
                continue
            rows = self.rows_of("bpu", month, charge)
            row = max((row for row in rows if int(row["income_from"]) <= question["income"]), key=lambda row: int(row["income_from"]))
            if row["unit"] == "rupiah":
                yield self.line(question, month, row, charge, "PAYER", 0, 0, fixed=row["value"])
            else:
                yield self.line(question, month, row, charge, "PAYER", int(row["base"]), row["value"])

    def pu_month(self, question, month):
        for charge in PROGRAMMES:
            if charge not in question["programmes"]:
                continue
            for row in self.rows_of("pu", month, charge):
                if row["risk_class"] not in ("ANY", str(question["risk_class"])):
                    continue
                base = question["wage"]
                if row["cap"]:
                    cap, stale = self.cap(row["cap"], month)
                    base = min(base, cap)
                    question["stale"] |= stale
                yield self.line(question, month, row, charge, row["share"], base, row["value"])

    def jakon_wages_month(self, question, month):
        for charge in PROGRAMMES:
            if charge in question["programmes"]:
                for row in self.rows_of("jakon", month, "WAGES", charge):
                    yield self.line(question, month, row, charge, "PAYER", question["wages"], row["value"])

    def jakon_contract(self, question):
        net = question["net"]
        if net == 0:
            vat = question["vat_ppm"] or self.parameters["vat_ppm"]
            net = half_up(question["gross"] * MILLION, MILLION + vat)
        month = question["start"]
        for charge in PROGRAMMES:
            if charge not in question["programmes"]:
                continue
            tiers = sorted(self.rows_of("jakon", month, "CONTRACT", charge), key=lambda row: int(row["slice_from"]))
            for at, row in enumerate(tiers):
                begin = int(row["slice_from"])
                end = int(tiers[at + 1]["slice_from"]) if at + 1 < len(tiers) else AMOUNT_MAX
                if net > begin:
                    yield self.line(question, month, row, charge, "PAYER", min(net, end) - begin, row["value"], once=True)

    def pmi_package(self, question):
        if not {"JKK", "JKM"} & question["programmes"]:
            return
        month, stay = question["start"], question["months"]
        packages = sorted(self.rows_of("pmi", month, "PACKAGE"), key=lambda row: int(row["months"]))
        (excess_row,) = self.rows_of("pmi", month, "EXCESS")
        filled = [row for row in packages if int(row["months"]) <= stay]
        package = filled[-1] if filled else packages[0]
        excess = max(0, stay - int(package["months"]))
        price = package["value"] + excess * excess_row["value"]
        larger = [row for row in packages if int(row["months"]) > int(package["months"])]
        if self.parameters["pmi_cheapest"] == 1 and larger and larger[0]["value"] < price:
            package, excess = larger[0], 0
        if question["route"] == "P3MI":
            (placement,) = self.rows_of("pmi", month, "PLACEMENT")
            yield self.line(question, month, placement, "PACKAGE", "PAYER", 0, 0, fixed=placement["value"], once=True)
        yield self.line(question, month, package, "PACKAGE", "PAYER", 0, 0, fixed=package["value"], once=True)
        if excess > 0:
            yield self.line(question, month, excess_row, "PACKAGE", "PAYER", excess_row["value"], 0, fixed=excess * excess_row["value"], once=True)

    def pmi_month(self, question, month):
        if question["programmes"] & {"JP", "JKP"}:
            raise Refused("NO_TARIFF")
        if "JHT" not in question["programmes"] or question["jht_monthly"] == 0:
            return
        hit = [row for row in self.rows_of("pmi", month, "JHT") if row["value"] == question["jht_monthly"]]
        if not hit:
            raise Refused("BAD_AMOUNT")
        yield self.line(question, month, hit[0], "JHT", "PAYER", 0, 0, fixed=hit[0]["value"])

    # -- the whole --

    def check(self, question):
        segment, programmes = question["segment"], question["programmes"]
        if segment not in ("BPU", "PU", "JAKON", "PMI") or not programmes or not question["start"] or not 1 <= question["months"] <= MONTHS_MAX:
            raise Refused("BAD_QUESTION")
        if segment == "PU" and "JKK" in programmes and not 1 <= question["risk_class"] <= 5:
            raise Refused("BAD_QUESTION")
        if segment == "JAKON" and question["basis"] not in ("CONTRACT", "WAGES"):
            raise Refused("BAD_QUESTION")
        if segment == "PMI" and question["route"] not in ("P3MI", "INDIVIDUAL"):
            raise Refused("BAD_QUESTION")
        amount = {"BPU": question["income"] or 1, "PU": question["wage"], "PMI": 1,
                  "JAKON": question["wages"] if question["basis"] == "WAGES" else question["net"] or question["gross"]}[segment]
        gross = segment == "JAKON" and question["basis"] == "CONTRACT" and question["net"] == 0
        if not 1 <= amount <= AMOUNT_MAX or (gross and not 0 <= question["vat_ppm"] <= MILLION):
            raise Refused("BAD_AMOUNT")

    def lines(self, question):
        segment, start = question["segment"], question["start"]
        if segment == "JAKON" and question["basis"] == "CONTRACT":
            return list(self.jakon_contract(question))
        monthly = {"BPU": self.bpu_month, "PU": self.pu_month, "JAKON": self.jakon_wages_month, "PMI": self.pmi_month}[segment]
        done = list(self.pmi_package(question)) if segment == "PMI" else []
        runs, seen, full = {}, {}, self.parameters["new_member_full_months"]
        for month in range(start, start + question["months"]):
            kind = (bisect.bisect_right(self.edges, month), month - start < full)
            if kind not in seen:
                seen[kind] = [line._replace(first=0, months=0) for line in monthly(question, month)]
            for line in seen[kind]:
                group = runs.setdefault((line.charge, line.share, line.row if segment == "PU" else ""), [])
                if group and group[-1][0] == line and group[-1][1] + group[-1][2] == month:
                    group[-1][2] += 1
                else:
                    group.append([line, month, 1])
        return done + [line._replace(first=first, months=months) for group in runs.values() for line, first, months in group]

    def premium(self, question):
        """{"status", "total", charge: amount, "stale": cap past its time used, "lines": sorted}."""
        question = dict(question, stale=False)
        try:
            self.check(question)
            lines = self.lines(question)
            if len(lines) > LINES_MAX:
                raise Refused("TOO_MANY_LINES")
        except Refused as refused:
            return {"status": str(refused)}
        sums = {charge: sum(line.amount * line.months for line in lines if line.charge == charge and charge in BILLED) for charge in CHARGES}
        return {"status": "OK", "total": sum(sums.values()), "stale": question["stale"], "lines": sorted(lines), **sums}


# ---- who may have it ----

GROUPS = {1: ("E01", "E02", "E03", "E04", "E05", "E06", "E80", "E81"), 2: ("E20", "E70", "E71"),
          3: ("E10", "E11", "E21", "E22", "E40", "E41", "E50", "E51"), 4: ("E23", "E30", "E31", "E32", "E33", "E90")}


def is_day(year, month, day):
    return 1900 <= year <= 2999 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def parts(day):
    """20250915 as (2025, 9, 15), or None when there is no such day."""
    split = (day // 10_000, day // 100 % 100, day % 100)
    return split if is_day(*split) else None


def age(born, on):
    """Full years. Who was born on 29 February is a year older on 29 February or 1 March."""
    years = on[0] - born[0]
    return years if on[1:] >= born[1:] else years - 1


def month_of(day):
    return parts(day)[0] * 12 + parts(day)[1] - 1


class Rules:
    def __init__(self, rows, parameters=None):
        self.rows = rows
        self.parameters = {name: int(row["value"]) for name, row in rows.parameters.items()} | (parameters or {})
        self.law_cache = {}

    def law(self, segment, size, employer, first, months):
        """(open in all of the months, mandatory in any of them); both empty when the law has nothing in one of them."""
        key = (segment, size, employer, first, months)
        if key not in self.law_cache:
            sizes = [size] if size else ["MICRO", "SMALL", "MEDIUM", "LARGE"]
            answers = [self.law_of_size(segment, one, employer, first, months) for one in sizes]
            known = [answer for answer in answers if answer[0]]
            self.law_cache[key] = (frozenset.intersection(*(a[0] for a in known)), frozenset.intersection(*(a[1] for a in known))) \
                if len(known) == len(answers) else (frozenset(), frozenset())
        return self.law_cache[key]

    def law_of_size(self, segment, size, employer, first, months):
        rows = [row for row in self.rows.law if row["segment"] == segment and row["employer_size"] in ("ANY", size)
                and row["employer"] in ("ANY", "1" if employer else "0")]
        opened, mandatory = frozenset(PROGRAMMES), frozenset()
        for month in range(first, first + months):
            row = next((row for row in rows if row["first"] <= month <= row["last"]), None)
            if row is None:
                return frozenset(), frozenset()
            opened, mandatory = opened & row["open_set"], mandatory | row["mandatory_set"]
        return opened, mandatory

    def terms(self, case):
        """What is asked, what the law and the agreement leave of it."""
        occupation = self.rows.occupations.get(case["occupation"], {})
        terms = {"occupation": occupation, "paid": case["paid"], "start": case["start"] or case["first_month"], "months": case["months"] or case["agreement_months"],
                 "programmes": frozenset(), "closed": frozenset(), "dropped": frozenset(), "open": frozenset(), "mandatory": frozenset()}
        if not terms["start"] or not terms["months"]:
            return terms
        employer = case["is_employer"] or occupation.get("employer") == "1"
        terms["open"], terms["mandatory"] = self.law(case["segment"], case["size"], employer, terms["start"], terms["months"])
        for programme in case["asked"] or case["paid"]:
            if programme in terms["open"] and programme in case["paid"] and programme != "JKP":
                terms["programmes"] |= {programme}
            elif programme not in terms["open"] and programme not in case["paid"]:
                terms["closed"] |= {programme}
            elif not (programme == "JKP" and programme in terms["open"]):
                terms["dropped"] |= {programme}
        return terms

    def limits(self, case):
        lowest = case["min_age"] or self.parameters["min_age"]
        if case["segment"] == "PMI":
            lowest = max(lowest, self.parameters["pmi_min_age"])
        late = "age_limit" if case["registered"] >= self.parameters["age_limit_since"] else "age_limit_old"
        return lowest, case["age_limit"] or self.parameters[late]

    def active(self, case, terms):
        """The covers that stand in a month of the terms."""
        wanted = range(terms["start"], terms["start"] + terms["months"])
        return [cover for cover in case["covers"] if cover["status"] == "ACTIVE" and wanted and cover["months"] > 0 and
                cover["first"] < wanted.stop and wanted.start < cover["first"] + cover["months"]]

    def law_codes(self, case, terms):
        born, on = parts(case["born"]), parts(case["registered"])
        lowest, limit = self.limits(case)
        if born and on and age(born, on) < lowest:
            yield "E10"
        if born and on and case["segment"] == "BPU" and age(born, on) >= limit:
            yield "E11"
        if case["civil_servant"] == "YES" or terms["occupation"].get("civil_servant") == "1":
            yield "E41"
        if case["segment"] == "BPU" and terms["occupation"].get("formal") == "1":
            yield "E40"
        real = bool(case["paid"] and terms["start"] and terms["months"])
        if terms["closed"] or (real and not terms["open"]):
            yield "E50"
        if case["paid"] and terms["open"] and not (terms["programmes"] and terms["mandatory"] <= terms["programmes"]):
            yield "E51"
        meeting = [cover for cover in self.active(case, terms) if cover["segment"] == case["segment"] and cover["programme"] in terms["programmes"]]
        if any(not cover["same_payer"] for cover in meeting):
            yield "E21"
        if any(cover["same_payer"] for cover in meeting):
            yield "E22"

    def outside(self, case):
        """Does the person live outside what the money is for?"""
        payer, scope = case["payer_region"], case["scope"]
        home = (case["dukcapil_region"] or case["ktp_region"]) // 100
        if payer == 0 or scope == "ANY" or (scope == "PAYER" and case["funds"] != "APBD"):
            return False
        if scope == "PROVINCE" or payer % 100 == 0:
            return home // 100 != payer // 100
        return home != payer

    def sponsor_codes(self, case, terms):
        listed = 1 <= case["desil"] <= 10
        source, highest = self.poverty(case)
        if self.outside(case):
            yield "E30"
        if case["exclude_active"] and any(cover["segment"] != case["segment"] for cover in self.active(case, terms)):
            yield "E23"
        if case["dtsen"] == "NO" and (source or (highest and not listed)):
            yield "E31"
        if highest and listed and case["desil"] > highest:
            yield "E32"
        if case["occupations"] and case["occupation"] not in case["occupations"]:
            yield "E33"
        if not self.has_basis(case, terms):
            yield "E90"

    def poverty(self, case):
        """(must stand in a list of the poor?, highest decile or 0). A construction project is no household."""
        return (False, 0) if case["segment"] == "JAKON" else (case["data_source"] != "NONE", case["desil_max"])

    def has_basis(self, case, terms):
        begin, end = parts(case["period_from"]), parts(case["period_to"])
        if not (case["legal_basis"] and case["paid"] and begin and end and terms["start"] and terms["months"]):
            return False
        if not parts(case["registered"]) or case["registered"] > case["period_to"]:
            return False
        once = case["segment"] == "PMI" or (case["segment"] == "JAKON" and case["basis"] == "CONTRACT")
        last = terms["start"] if once else terms["start"] + terms["months"] - 1
        return month_of(case["period_from"]) <= terms["start"] and last <= month_of(case["period_to"])

    def waits(self, case):
        codes = set(code for code in case["findings"] if code[0] == "P")
        if case["dukcapil"] == "NO_ANSWER":
            codes.add("P01")
        listed = 1 <= case["desil"] <= 10
        source, highest = self.poverty(case)
        undecided = not listed and case["dtsen"] != "NO" and (highest > 0 or (source and case["dtsen"] != "YES"))
        if case["civil_servant"] == "NO_ANSWER" or case["covers_unanswered"] or undecided:
            codes.add("P02")
        return codes

    def decide(self, case):
        """{"status": ELIGIBLE, REJECTED or PENDING, "codes", "warnings", and unless refused "programmes", "start", "months"}."""
        terms = self.terms(case)
        warnings = {code for code in case["findings"] if code[0] == "W"} | ({"W50"} if terms["dropped"] else set())
        found = set(case["findings"])
        identity = ({"E20"} if case["first_row"] else set()) | {{"DECEASED": "E70", "NOT_FOUND": "E71"}.get(case["dukcapil"], "")} - {""}
        for codes in (found & set(GROUPS[1]), identity, set(self.law_codes(case, terms)), set(self.sponsor_codes(case, terms))):
            if codes:
                return {"status": "REJECTED", "codes": codes, "warnings": warnings}
        waits = self.waits(case)
        bought = {"programmes": terms["programmes"], "start": terms["start"], "months": terms["months"]}
        return {"status": "PENDING" if waits else "ELIGIBLE", "codes": waits, "warnings": warnings, **bought}


# ---- the number on the card ----

def plain_nik(typed):
    """Without what typing and spreadsheets put in: blanks of every kind, dots, dashes; full-width digits as plain ones."""
    kept = "".join(chr(ord(c) - 0xFEE0) if "０" <= c <= "９" else c for c in typed)
    return "".join(c for c in kept if not (c.isspace() or c in ".-" or unicodedata.category(c) in ("Zs", "Cf")))


class Niks:
    def __init__(self, rows):
        self.rows = rows

    def check(self, typed, born, sex, as_of):
        """{"codes", "birth_date", "sex", "region"} of what was typed; born 0 and sex "" when not given."""
        nik = plain_nik(typed)
        if not (nik.isascii() and nik.isdigit()):
            return {"codes": {"E02"}, "birth_date": 0, "sex": "", "region": 0}
        if len(nik) != 16:
            return {"codes": {"E01"}, "birth_date": 0, "sex": "", "region": 0}
        codes = self.region_codes(nik)
        day, month, year = int(nik[6:8]), int(nik[8:10]), int(nik[10:12])
        female = day > 40
        day -= 40 if female else 0
        days = [century + year for century in (1900, 2000) if is_day(century + year, month, day)]
        if not days:
            codes.add("E04")
        if nik[12:] == "0000":
            codes.add("E05")
        marked = "P" if female else "L"
        seen = self.pick(days, month, day, born, as_of) if days else 0
        if seen and born and seen != born:
            codes.add("W06")
        if days and sex and sex != marked:
            codes.add("W07")
        return {"codes": codes, "birth_date": seen, "sex": marked if days else "", "region": int(nik[:6])}

    def region_codes(self, nik):
        if nik[:4] in self.rows.regencies:
            return set() if nik[:6] in self.rows.districts else {"W03"}
        return {"W03"} if nik[:4] in self.rows.former or nik[:2] in self.rows.former else {"E03"}

    def pick(self, years, month, day, born, as_of):
        """The century: that of the birth date given when it is the same day; else the one that makes the age 0 to 99."""
        days = [year * 10_000 + month * 100 + day for year in years]
        if born in days:
            return born
        fitting = [one for one in days if one <= as_of and age(parts(one), parts(as_of)) <= 99]
        return fitting[-1] if fitting else days[0]
