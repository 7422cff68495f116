"""Writes tests/vectors/boundaries.tsv: a question on each edge of each table of the law and beside it, with the answer and the arithmetic written out, so that an official can check
every row with the regulation and a pocket calculator. The tables below were typed from the regulations' texts a second time, not read from the data of the programs. Run
once; the file is checked in and read by people: usage: make_boundaries.py > tests/vectors/boundaries.tsv"""
import datetime

BANDS = [(0, 1_000_000), (1_100_000, 1_200_000), (1_300_000, 1_400_000), (1_500_000, 1_600_000), (1_700_000, 1_800_000), (1_900_000, 2_000_000), (2_100_000, 2_200_000),
         (2_300_000, 2_400_000), (2_500_000, 2_600_000), (2_700_000, 2_950_000), (3_200_000, 3_450_000), (3_700_000, 3_950_000), (4_200_000, 4_450_000), (4_700_000, 4_950_000),
         (5_200_000, 5_450_000), (5_700_000, 5_950_000), (6_200_000, 6_450_000), (6_700_000, 6_950_000), (7_200_000, 7_450_000), (7_700_000, 7_950_000), (8_200_000, 8_700_000),
         (9_200_000, 9_700_000), (10_200_000, 10_700_000), (11_200_000, 11_700_000), (12_200_000, 12_700_000), (13_200_000, 13_700_000), (14_200_000, 14_700_000),
         (15_200_000, 15_700_000), (16_200_000, 16_700_000), (17_200_000, 17_700_000), (18_200_000, 18_700_000), (19_200_000, 19_700_000), (20_200_000, 20_700_000)]
CAPS = [("2015-07", 7_000_000), ("2016-03", 7_335_300), ("2017-03", 7_703_500), ("2018-03", 8_094_000), ("2019-03", 8_512_400), ("2020-03", 8_939_700), ("2021-03", 8_754_600),
        ("2022-03", 9_077_600), ("2023-03", 9_559_600), ("2024-03", 10_042_300), ("2025-03", 10_547_400), ("2026-03", 11_086_300)]
CLASSES = (2_400, 5_400, 8_900, 12_700, 17_400)
TIERS = [(0, 2_100, 300), (100_000_000, 1_700, 200), (500_000_000, 1_300, 200), (1_000_000_000, 1_100, 100), (5_000_000_000, 900, 100)]
PACKAGES = [(6, 108_000), (12, 189_000), (24, 332_500)]
PLACEMENT, EXCESS = 37_500, 13_500
SAVINGS = (50_000, 100_000, 200_000, 300_000, 400_000, 500_000, 600_000)
ROWS = []


def money(amount):
    return f"{amount:,}"


def per_cent(ppm):
    """10000 -> '1 %', 2400 -> '0.24 %'."""
    return f"{ppm // 10_000}.{ppm % 10_000:04d}".rstrip("0").rstrip(".") + " %"


def part(base, ppm):
    """(rupiah, how): one rate on one base, half a rupiah upwards."""
    exact = base * ppm
    amount = (exact + 500_000) // 1_000_000
    shown = money(amount) if exact % 1_000_000 == 0 else f"{money(exact // 1_000_000)}.{exact % 1_000_000:06d}".rstrip("0") + f", rounded {money(amount)}"
    return amount, f"{per_cent(ppm)} x {money(base)} = {shown}"


def row(kind, question, expected, arithmetic, source):
    text = ";".join(f"{name}={value}" for name, value in question.items())
    ROWS.append((f"{'QCN'[('quote', 'check', 'nik').index(kind)]}{len(ROWS) + 1:03d}", kind, text, expected, arithmetic, source))


def quote(question, sums, arithmetic, source):
    """sums: {charge: rupiah}, or the code that is said instead of a price."""
    if isinstance(sums, str):
        expected = sums
    else:
        expected = " ".join(f"{name}={amount}" for name, amount in {**sums, "total": sum(sums.values())}.items())
    row("quote", question, expected, arithmetic, source)


def month_after(text, step):
    count = int(text[:4]) * 12 + int(text[5:]) - 1 + step
    return f"{count // 12}-{count % 12 + 1:02d}"


# ---- BPU ----

def bpu(month, income, payer="PRIBADI", sector="OTHER", programmes="JKK,JKM,JHT", **more):
    question = {"segment": "BPU", "month": month, "months": 1, "people": 1, "programmes": programmes, "payer": payer, "sector": sector}
    return {**question, **({"income": income} if income is not None else {}), **more}


def band_of(income):
    number = max(at for at, (lowest, _) in enumerate(BANDS) if lowest <= income)
    return number + 1, BANDS[number][1]


def bands():
    source = "PP 44/2015 Lampiran II, PP 46/2015"
    incomes = [1, 1_000_000] + [edge + step for edge, _ in BANDS[1:] for step in (-1, 0, 1)] + [10**14]
    for income in incomes:
        number, base = band_of(income)
        jkk, jkk_how = part(base, 10_000)
        jht, jht_how = part(base, 20_000)
        quote(bpu("2025-10", income), {"JKK": jkk, "JKM": 6_800, "JHT": jht}, f"band {number}, base {money(base)}: JKK {jkk_how}; JKM 6,800; JHT {jht_how}", source)
    quote(bpu("2025-10", None), {"JKK": 10_000, "JKM": 6_800, "JHT": 20_000}, "no income declared: band 1, base 1,000,000: 10,000 + 6,800 + 20,000", source)
    quote(bpu("2025-10", 10**14 + 1), "E81", "more than 10^14", "domain rule E81")
    quote(bpu("2015-07", 1_000_000), {"JKK": 10_000, "JKM": 6_800, "JHT": 20_000}, "first month of PP 44/2015: 10,000 + 6,800 + 20,000", source)
    quote(bpu("2015-06", 1_000_000), "NO_TARIFF", "the month before PP 44/2015", source)


def reliefs():
    source = "PP 50/2025 Pasal 2-4"
    for sector, first, last in (("TRANSPORT", "2026-01", "2027-03"), ("OTHER", "2026-04", "2026-12")):
        for payer in ("PRIBADI", "SWASTA", "APBD", "APBN"):
            for month in (month_after(first, -1), first, last, month_after(last, 1)):
                inside = first <= month <= last and payer in ("PRIBADI", "SWASTA")
                sums = {"JKK": 17_250 if inside else 34_500, "JKM": 3_400 if inside else 6_800, "JHT": 69_000}
                why = "half: 34,500 / 2 + 6,800 / 2 + 69,000 (JHT is never relieved)" if inside else \
                    f"full: 34,500 + 6,800 + 69,000 ({'money of the state: no relief' if payer in ('APBN', 'APBD') else 'outside ' + first + ' to ' + last})"
                quote(bpu(month, 3_200_000, payer, sector), sums, f"{sector}, {payer}: {why}", source)
    for month in ("2026-01", "2026-03", "2027-01", "2027-03"):
        quote(bpu(month, 3_200_000, sector="OTHER"), {"JKK": 34_500, "JKM": 6_800, "JHT": 69_000}, "only transport is relieved in this month: 34,500 + 6,800 + 69,000", source)
    span = dict(bpu("2026-03", 1_000_000, programmes="JKK,JKM"), months=11)
    quote(span, {"JKK": 65_000, "JKM": 44_200}, "March full, April to December half, January full: JKK 10,000 + 9 x 5,000 + 10,000; JKM 6,800 + 9 x 3,400 + 6,800", source)


def covid():
    source = "PP 49/2020"
    full = {"parameter": "new_member_full_months=0"}
    for month in ("2020-07", "2020-08", "2021-01", "2021-02"):
        inside = "2020-08" <= month <= "2021-01"
        how = "1 %: 100 + 68" if inside else "outside 2020-08 to 2021-01: 10,000 + 6,800"
        quote(bpu(month, 1_000_000, "APBD", programmes="JKK,JKM", relief="R-2020", **full), {"JKK": 100, "JKM": 68} if inside else {"JKK": 10_000, "JKM": 6_800}, how, source)
        if inside:
            quote(bpu(month, 1_000_000, "APBD", programmes="JKK,JKM"), {"JKK": 10_000, "JKM": 6_800}, "R-2020 is not switched on: 10,000 + 6,800", source)
        jkk, jkk_how = (part(5_000_000, 24), "0.24 % x 1 % x 5,000,000 = 120") if inside else (part(5_000_000, 2_400), "0.24 % x 5,000,000 = 12,000")
        jkm, jkm_how = (150, "0.3 % x 1 % x 5,000,000 = 150") if inside else (15_000, "0.3 % x 5,000,000 = 15,000")
        quote(pu(month, 5_000_000, 1, "JKK,JKM", relief="R-2020", **full), {"JKK": jkk[0], "JKM": jkm}, f"JKK {jkk_how}; JKM {jkm_how}", source)
        sums = {"JKK": 2_100, "JKM": 300} if inside else {"JKK": 210_000, "JKM": 30_000}
        quote(jakon(net=100_000_000, month=month, relief="R-2020", **full), sums, f"0.21 % and 0.03 % of 100,000,000 = 210,000 and 30,000{', of that 1 %' if inside else ''}", source)


# ---- PU ----

def pu(month, wage, risk_class, programmes="JKK,JKM,JHT,JP", **more):
    return {"segment": "PU", "month": month, "months": 1, "people": 1, "programmes": programmes, "payer": "SWASTA", "wage": wage, "risk-class": risk_class, **more}


def cap_in(month):
    return max((first, cap) for first, cap in CAPS if first <= month)[1]


def pensions():
    for at, (first, cap) in enumerate(CAPS):
        for month in (month_after(first, -1), first):
            if month < "2015-07":
                quote(pu(month, 20_000_000, 1, "JP"), "NO_TARIFF", "the month before PP 45/2015", "PP 45/2015")
                continue
            now = cap_in(month)
            one, one_how = part(now, 20_000)
            two, two_how = part(now, 10_000)
            quote(pu(month, 20_000_000, 1, "JP"), {"JP": one + two}, f"cap {money(now)}: employer {one_how}; worker {two_how}", "PP 45/2015 Pasal 29")
        for wage in (cap - 1, cap, cap + 1):
            one, one_how = part(min(wage, cap), 20_000)
            two, two_how = part(min(wage, cap), 10_000)
            quote(pu(first, wage, 1, "JP"), {"JP": one + two}, f"wage {money(wage)}, cap {money(cap)}: employer {one_how}; worker {two_how}", "PP 45/2015 Pasal 29")
    one, one_how = part(11_086_300, 20_000)
    two, two_how = part(11_086_300, 10_000)
    quote(pu("2027-03", 20_000_000, 1, "JP"), {"JP": one + two}, f"no newer cap is known, the last one stays: employer {one_how}; worker {two_how}", "PP 45/2015 Pasal 29")


def classes():
    for number, ppm in enumerate(CLASSES, 1):
        for wage in (1, 208, 209, 5_000_000, 1_234_375):
            jkk, jkk_how = part(wage, ppm)
            jkm, jkm_how = part(wage, 3_000)
            quote(pu("2026-04", wage, number, "JKK,JKM"), {"JKK": jkk, "JKM": jkm}, f"class {number}: JKK {jkk_how}; JKM {jkm_how}", "PP 44/2015, PP 82/2019 Lampiran I")
    for wage in (0, 10**14 + 1):
        quote(pu("2026-04", wage, 1, "JKK,JKM"), "E81", "a wage is from 1 to 10^14", "domain rule E81")


def labour_intensive():
    for month in ("2025-01", "2025-02", "2026-01", "2026-02"):
        for industry in (True, False):
            half = industry and "2025-02" <= month <= "2026-01"
            more = {"labour-intensive": ""} if industry else {}
            jht_one, jht_two = part(4_000_000, 37_000)[0], part(4_000_000, 20_000)[0]
            how = "0.89 % / 2 = 0.445 % x 4,000,000 = 17,800" if half else "0.89 % x 4,000,000 = 35,600"
            quote(pu(month, 4_000_000, 3, "JKK,JKM,JHT", **more), {"JKK": 17_800 if half else 35_600, "JKM": 12_000, "JHT": jht_one + jht_two},
                  f"JKK {how}; JKM 0.3 % = 12,000; JHT 3.7 % + 2 % = 148,000 + 80,000", "PP 7/2025, PP 36/2025")


# ---- Jakon ----

def jakon(month="2026-04", net=None, gross=None, **more):
    value = {"contract-net": net} if net is not None else {"contract-gross": gross}
    return {"segment": "JAKON", "month": month, "months": 1, "people": 1, "programmes": "JKK,JKM", "payer": "SWASTA", **value, **more}


def tiers_of(net):
    sums, how = {}, []
    for name, column in (("JKK", 1), ("JKM", 2)):
        parts = []
        for at, tier in enumerate(TIERS):
            end = TIERS[at + 1][0] if at + 1 < len(TIERS) else net
            if net > tier[0]:
                parts.append(part(min(net, end) - tier[0], tier[column]))
        sums[name] = sum(amount for amount, _ in parts)
        how.append(f"{name} " + " + ".join(text for _, text in parts))
    return sums, "; ".join(how)


def contracts():
    source = "PP 44/2015 (jasa konstruksi)"
    for net in [1, 238, 239, 10**14] + [tier[0] + step for tier in TIERS[1:] for step in (-1, 0, 1, 1_000_000)]:
        sums, how = tiers_of(net)
        quote(jakon(net=net), sums, how, source)
    for gross, vat, net in ((111_000_000, None, 100_000_000), (110_999_999, None, 99_999_999), (111_000_001, None, 100_000_001), (112_000_000, 120_000, 100_000_000), (110_000_000, 100_000, 100_000_000),
                            (555_000_000, None, 500_000_000), (1_110_000_000, None, 1_000_000_000)):
        sums, how = tiers_of(net)
        rate = vat or 110_000
        shown = f"{money(gross)} / {1 + rate // 1_000_000}.{rate // 10_000:02d} = {money(net)} without PPN"
        assert (2 * gross * 1_000_000 + 1_000_000 + rate) // (2 * (1_000_000 + rate)) == net, gross
        quote(jakon(gross=gross, **({"vat-ppm": vat} if vat else {})), sums, f"{shown}; {how}", source)
    for net in (0, 10**14 + 1):
        quote(jakon(net=net), "E81", "a contract is from 1 to 10^14", "domain rule E81")
    for wages in (50_000_000, 1, 167, 500):
        jkk, jkk_how = part(wages, 17_400)
        jkm, jkm_how = part(wages, 3_000)
        question = {"segment": "JAKON", "month": "2026-04", "months": 1, "people": 1, "programmes": "JKK,JKM", "payer": "SWASTA", "basis": "WAGES", "wages": wages}
        quote(question, {"JKK": jkk, "JKM": jkm}, f"wages known: JKK {jkk_how}; JKM {jkm_how}", source)


# ---- PMI ----

def pmi(months, route, **more):
    return {"segment": "PMI", "month": "2026-04", "months": months, "people": 1, "payer": "PRIBADI", "route": route, **more}


def package_of(stay, cheapest=False):
    fitting = [one for one in PACKAGES if one[0] <= stay] or PACKAGES[:1]
    months, price = fitting[-1]
    excess = max(0, stay - months)
    total = price + excess * EXCESS
    how = f"package of {months} months {money(price)}" + (f" + {excess} x 13,500 = {money(total)}" if excess else "")
    larger = [one for one in PACKAGES if one[0] > months]
    if cheapest and larger and larger[0][1] < total:
        return larger[0][1], f"{how}, but the package of {larger[0][0]} months costs {money(larger[0][1])}"
    return total, how


def packages():
    source = "Permenaker 4/2023 Pasal 18"
    for route in ("INDIVIDUAL", "P3MI"):
        for stay in range(1, 38):
            total, how = package_of(stay)
            before = PLACEMENT if route == "P3MI" else 0
            quote(pmi(stay, route), {"PACKAGE": total + before}, ("before work 37,500 + " if before else "") + how, source)
    for stay in (11, 12, 17, 22, 23, 24, 25):
        total, how = package_of(stay, cheapest=True)
        quote(pmi(stay, "INDIVIDUAL", parameter="pmi_cheapest=1"), {"PACKAGE": total}, "pmi_cheapest=1: " + how, source)
    for value in SAVINGS:
        for monthly in (value - 1, value, value + 1):
            if monthly in SAVINGS:
                quote(pmi(24, "P3MI", **{"jht-monthly": monthly}), {"PACKAGE": 370_000, "JHT": 24 * monthly}, f"37,500 + 332,500; JHT 24 x {money(monthly)}", source)
            else:
                quote(pmi(24, "P3MI", **{"jht-monthly": monthly}), "E81", f"{money(monthly)} is not one of the amounts that may be chosen", source)


# ---- ages ----

def person(born, registered, segment="BPU", **more):
    return {"registration_date": registered, "segment": segment, "birth_date": born, **more}


def ages():
    for day, note in (("2026-11-22", ""), ("2024-02-29", "leap day"), ("2025-03-01", ""), ("2021-04-01", "first day of Permenaker 5/2021"), ("2025-12-31", ""), ("2026-01-01", "")):
        on = datetime.date.fromisoformat(day)
        for years, segment, older, younger in ((65, "BPU", "REJECT E11", "ACCEPT"), (17, "BPU", "ACCEPT", "REJECT E10"), (18, "PMI", "ACCEPT", "REJECT E10")):
            for step in (-1, 0, 1):
                born = anniversary(on, -years) + datetime.timedelta(days=step)
                birthday = anniversary(born, years)
                why = f"born {born}: {years} years old on {birthday}, registered {on}" + (f" ({note})" if note else "")
                row("check", person(born.isoformat(), day, segment), older if birthday <= on else younger, why, "age limit" if years == 65 else "minimum age")
    row("check", person("1960-02-29", "2025-02-28"), "ACCEPT", "born on 29 February: 65 on 1 March 2025, the day after", "age limit")
    row("check", person("1960-02-29", "2025-03-01"), "REJECT E11", "born on 29 February: 65 on 1 March 2025, the day itself", "age limit")
    row("check", person("2008-02-29", "2025-02-28"), "REJECT E10", "born on 29 February: 17 on 1 March 2025, the day after", "minimum age")
    row("check", person("2008-02-29", "2025-03-01"), "ACCEPT", "born on 29 February: 17 on 1 March 2025, the day itself", "minimum age")
    row("check", person("1961-03-31", "2021-03-31", parameter="age_limit_old=60"), "REJECT E11", "60 on the last day before Permenaker 5/2021, when 60 is set for that time", "age limit, unsure")
    row("check", person("1961-03-31", "2021-04-01", parameter="age_limit_old=60"), "ACCEPT", "a day later the limit is 65", "age limit, unsure")
    row("check", person("1961-03-31", "2021-03-31"), "ACCEPT", "60 on the last day before Permenaker 5/2021: by default 65 holds for that time as well", "age limit, unsure")


def anniversary(day, years):
    """The same day so many years later; 29 February becomes 1 March in common years."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return datetime.date(day.year + years, 3, 1)


# ---- NIK ----

def niks():
    as_of = {"as-of": "2026-11-22"}
    for number, codes, why in (("1708042902009901", "", "29 February 2000 exists"), ("1708042902019901", "E04", "29 February 2001 and 1901 do not exist"),
                               ("1708046902009902", "", "69 = 29 + 40, a woman born on 29 February 2000"), ("1708046902019902", "E04", "no 29 February 2001"),
                               ("1708042902969903", "", "29 February 1996"), ("1708042902959903", "E04", "no 29 February 1995 or 2095"), ("1708043002009901", "E04", "no 30 February"),
                               ("1708043104909901", "E04", "April has 30 days"), ("1708043004909901", "", "30 April 1990"), ("1708043101909901", "", "31 January 1990"),
                               ("1708043201909901", "E04", "no day 32"), ("1708040001909901", "E04", "no day 0"), ("1708044001909901", "E04", "40 = 0 + 40: no day 0 of a woman"),
                               ("1708044101909902", "", "41 = 1 + 40, a woman"), ("1708047101909902", "", "71 = 31 + 40, a woman"), ("1708047201909902", "E04", "72 = 32 + 40: no day 32"),
                               ("1708040112909901", "", "December"), ("1708040113909901", "E04", "no month 13"), ("1708040100909901", "E04", "no month 0"),
                               ("1708040101909999", "", "the highest serial of test people"), ("1708040101900000", "E05", "serial 0000"), ("170804010190990", "E01", "15 digits"),
                               ("17080401019099011", "E01", "17 digits"), ("1708000101909901", "W03", "district 17.08.00 is in no list"), ("1700040101909901", "E03", "regency 17.00 never was"),
                               ("5401010101909901", "W03", "54: the former province Timor Timur")):
        row("nik", {"nik": number, **as_of}, codes or "valid", why, "Permendagri 102/2019 (NIK)")


def main():
    for make in (bands, reliefs, covid, pensions, classes, labour_intensive, contracts, packages, ages, niks):
        make()
    print("# Every edge of every table of the law and its neighbours; amounts in rupiah. kind: the command that is asked (payung quote, payung check, payung nik). question: its options or, for")
    print("# check, the members of its document that matter; the rest is a person of Kepahiang without any fault. expected: amounts, or codes. A NIK is never that of a person: serials 9900 to 9999.")
    print("id\tkind\tquestion\texpected\tarithmetic\tsource")
    for line in ROWS:
        print("\t".join(line))


if __name__ == "__main__":
    main()
