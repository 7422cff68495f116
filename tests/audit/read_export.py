"""An auditor's own reader of a ledger's export, written from the lines in front of the file alone: it shares no code with the program that wrote it. It recomputes every hash,
link and balance, and can write a file anew, right or forged.
usage: read_export.py FILE"""
import hashlib
import struct
import sys

NULL = object()  # \N


def unescape(text):
    if text == "\\N":
        return NULL
    out, at = [], 0
    while at < len(text):
        if text[at] == "\\":
            out.append({"t": "\t", "n": "\n", "\\": "\\"}[text[at + 1]])
            at += 2
        else:
            out.append(text[at])
            at += 1
    return "".join(out)


def number(value, width):
    return (int(value) % (1 << 8 * width)).to_bytes(width, "big")


def text(value):
    value = unescape(value)
    if value is NULL:
        return b"\xff\xff\xff\xff"
    data = value.encode()
    return struct.pack(">I", len(data)) + data


def octets(value):
    if value == "\\N":
        return b"\xff\xff\xff\xff"
    data = bytes.fromhex(value)
    return struct.pack(">I", len(data)) + data


def fields_as(fields, plan):
    """The bytes of these fields by a plan like "4 8 t h": a width, a text, a byte string, or r for bytes without a length."""
    out = []
    for value, kind in zip(fields, plan.split(), strict=True):
        out.append(text(value) if kind == "t" else octets(value) if kind == "h" else bytes.fromhex(value) if kind == "r" else number(value, int(kind)))
    return out


class Journal:
    def __init__(self, agreement_no, fields, line):
        self.agreement_no, self.fields, self.line = agreement_no, fields, line
        self.rows = []  # (kind, fields)

    @property
    def seq(self):
        return int(self.fields[0])

    def bytes(self):
        seq, version, kind, date, commit, outcomes, lines, reference, reason, reverses, previous, posted, _ = self.fields
        out = [b"payung-journal-" + version.encode(), octets(previous), number(self.agreement_no, 4), number(seq, 8), text(kind), number(date, 4), number(commit, 8), number(outcomes, 4)]
        if int(version) >= 3:
            out += [number(lines, 4), text(reference), text(reason), number(reverses, 8)]
        return b"".join(out) + number(posted, 8)

    def row_bytes(self, kind, f):
        if kind == "entry":
            return b"".join(fields_as(f, "2 t 8"))
        if kind == "outcome":
            version = int(self.fields[1])
            out = fields_as(f, "4 4 8 r 4 1 t 4 2 8 8 h 2 2 4 2 8 8 8 8 8 8 4 8 4 t t 8 4 8")
            if version < 3:
                out[23] = b""
            if version < 2:
                out[20] = b""
            return b"".join(out[:6] + [number(self.agreement_no, 4)] + out[6:29] + [number(self.seq, 8)] + out[29:])
        out = fields_as(f[:11] + f[12:], "4 4 2 8 h 2 8 8 8 8 8 t 8 8 4 4 4 2 4 t t 4 t")
        reduction = b"\x00" if f[11] == "\\N" else b"\x01" + b"".join(number(amount, 8) for amount in f[11].split(","))
        return b"".join(out[:11] + [reduction] + out[11:])

    def hash(self):
        return hashlib.sha256(self.bytes() + b"".join(self.row_bytes(kind, fields) for kind, fields in self.rows)).hexdigest()


def read(path):
    """[(kind, fields, line number)] of the records of a file; comments have the kind '#'."""
    with open(path, encoding="utf-8", newline="\n") as file:
        content = file.read()
    assert content.endswith("\n")
    records = []
    for at, line in enumerate(content[:-1].split("\n"), 1):
        kind, *fields = ["#", line] if line.startswith("#") else line.split("\t")
        records.append((kind, fields, at))
    return records


def journals(records):
    """[(agreement record's fields, [Journal])] in the order of the file."""
    agreements = []
    for kind, fields, line in records:
        if kind == "agreement":
            agreements.append((fields, []))
        elif kind == "journal":
            agreements[-1][1].append(Journal(int(agreements[-1][0][0]), fields, line))
        elif kind in ("entry", "outcome", "line"):
            agreements[-1][1][-1].rows.append((kind, fields))
    return agreements


def check(path):
    """What is wrong with a file, in sentences."""
    records, wrong = read(path), []
    for agreement, chain in journals(records):
        previous = ""
        for at, journal in enumerate(chain, 1):
            place = f"agreement {agreement[1]} journal {journal.seq}"
            if journal.seq != at or journal.fields[10] != previous:
                wrong.append(f"{place}: number or link")
            if journal.hash() != journal.fields[12]:
                wrong.append(f"{place}: hash")
            if sum(int(fields[2]) for kind, fields in journal.rows if kind == "entry") != 0:
                wrong.append(f"{place}: balance")
            previous = journal.fields[12]
        if (int(agreement[5]), agreement[6]) != (len(chain), previous):
            wrong.append(f"agreement {agreement[1]}: head")
    for kind, fields, line in records:
        if kind == "version" and hashlib.sha256(unescape(fields[3]).encode()).hexdigest() != fields[2]:
            wrong.append(f"line {line}: document")
    return wrong


def write(path, records):
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for kind, fields, _ in records:
            file.write((fields[0] if kind == "#" else "\t".join([kind, *fields])) + "\n")


def chain_anew(records):
    """Makes all hashes, links and heads right again, as somebody would who can write the whole file. Signatures can't be made anew."""
    for agreement, chain in journals(records):
        previous = ""
        for journal in chain:
            journal.fields[10] = previous
            previous = journal.fields[12] = journal.hash()
        agreement[6] = previous


if __name__ == "__main__":
    found = check(sys.argv[1])
    print("\n".join(found) if found else "right")
    sys.exit(1 if found else 0)
