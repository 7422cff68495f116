"""Reads the rows of the law (tariffs, caps, reliefs, programmes, parameters, occupations, regions) from share/payung for the model and for what is
generated from them. It shares nothing with the loaders of the programs: a table is a list of dictionaries, a month is a count of months, and that is all.
A row may be changed here after loading (`perturb`), which is how the comparison proves that it can fail."""
import csv
import os

OPEN = 10**9  # an end that nobody has set


def month_count(text):
    """'2025-10' as a count of months, so that the next month is one more."""
    year, month = text.split("-")
    assert 1 <= int(month) <= 12, text
    return int(year) * 12 + int(month) - 1


def month_text(count):
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def table(*path, delimiter="\t"):
    with open(os.path.join(*path), encoding="utf-8", newline="") as file:
        lines = [line for line in file if line.strip() and not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter=delimiter))


def dated(rows):
    for row in rows:
        row["first"] = month_count(row["valid_from"])
        row["last"] = month_count(row["valid_to"]) if row["valid_to"] else OPEN
    return rows


def words(text):
    return frozenset(text.split("+")) - {""}


class Rows:
    """All tables of one share/payung."""

    def __init__(self, share):
        tariff = os.path.join(share, "tariff")
        self.bpu, self.pu, self.jakon, self.pmi = (dated(table(tariff, f"tariff-{name}.tsv")) for name in ("bpu", "pu", "jakon", "pmi"))
        self.caps = dated(table(tariff, "wage-cap.tsv"))
        self.reliefs = dated(table(tariff, "relief.tsv"))
        self.law = dated(table(share, "programme-law.tsv"))
        self.parameters = {row["name"]: row for row in table(share, "parameters.tsv")}
        self.occupations = {row["code"]: row for row in table(share, "occupations.tsv")}
        regions = os.path.join(share, "regions")
        self.regencies = {row["code"].replace(".", "") for row in table(regions, "regencies.csv", delimiter=",")}
        self.districts = {row["code"].replace(".", "") for row in table(regions, "districts.csv", delimiter=",")}
        self.former = {row["code"].replace(".", "") for row in table(regions, "region_history.csv", delimiter=",")}
        for row in self.bpu + self.pu + self.jakon + self.pmi:
            row["value"] = int(row["value"])
        for row in self.reliefs:
            row["pay_ppm"] = int(row["pay_ppm"])
            row["segment_set"], row["programme_set"], row["funds_set"] = words(row["segments"]), words(row["programmes"]), words(row["excluded_funds"])
        for row in self.law:
            row["open_set"], row["mandatory_set"] = words(row["open"]), words(row["mandatory"])

    def dated_tables(self):
        return self.bpu, self.pu, self.jakon, self.pmi, self.caps, self.reliefs

    def perturb(self, text):
        """'bpu/BPU-JKM-2015/value=6801': one cell of one row, found by its first column, else by its number."""
        place, value = text.split("=", 1)
        name, rest = place.split("/", 1)
        key, column = rest.rsplit("/", 1)
        kept = getattr(self, name)
        rows = list(kept.values()) if isinstance(kept, dict) else kept
        hit = [row for row in rows if next(iter(row.values())) == key] or [rows[int(key)]]
        assert len(hit) == 1 and column in hit[0], f"no such cell: {text}"
        old = hit[0][column]
        if column in ("first", "last"):
            hit[0][column] = month_count(value)
        elif isinstance(old, frozenset):
            hit[0][column] = words(value)
        else:
            hit[0][column] = int(value) if isinstance(old, int) else value
