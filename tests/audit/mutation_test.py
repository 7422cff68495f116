"""The proof of an export proves: a right one is right, for our program and for a reader of another hand; and each of 1,000 random changes is found, at its place: a byte, a record
taken out, put in twice or moved, amounts changed so that they still add up, a tail cut off. A chain that was forged as a whole is found by the heads that somebody kept.

usage: mutation_test.py PAYUNG AUDIT_FILL AUDIT_PROBE [number of mutations [seed]]     PGURL and PGURL_OWNER name an empty database, PAYUNG_SHARE the schema"""
import json
import os
import random
import subprocess
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))
import read_export
import tool
from tool import PAYUNG, must, run, tell

FILL, PROBE = sys.argv[2:4]
COUNT = int(sys.argv[4]) if len(sys.argv) > 4 else 1000
SEED = int(sys.argv[5]) if len(sys.argv) > 5 else 1708
DAYS = ("2025-10-15", "2025-11-30", "2026-03-31")
ROWS = ("entry", "outcome", "line")


def line_count(path):
    """How many lines a file has."""
    with open(path, "rb") as file:
        return file.read().count(b"\n")


class Audit(tool.ToolTest):
    """The cases build on one ledger, which none of them changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        filled = subprocess.run([FILL], capture_output=True, text=True, timeout=120)
        assert filled.returncode == 0, filled.stderr
        keys = cls.path("keys")
        os.environ["PAYUNG_KEYS"] = keys
        must("keys", "create", "--dir", keys)
        cls.key = os.path.join(keys, "sign-public")
        cls.heads = []
        for day in DAYS:
            must("ledger", "head", "--date", day, "--output", cls.path(f"heads-{day}"))
            cls.heads.append(cls.path(f"heads-{day}"))
        cls.export = cls.path("export.txt")
        must("ledger", "export", "--output", cls.export)
        cls.records = read_export.read(cls.export)
        with open(cls.export, "rb") as file:
            cls.bytes = file.read()
        cls.lines = cls.bytes.split(b"\n")[:-1]

    def first_problem(self, probe, content):
        """(number of problems, line of the first one, what it says)"""
        with open(self.path("changed.txt"), "wb") as file:
            file.write(content)
        print(self.path("changed.txt"), file=probe.stdin, flush=True)
        count, line, *words = probe.stdout.readline().rstrip("\n").split("\t")
        return int(count), int(line), words

    # ---- what is right ----

    def test_01_the_export_is_right(self):
        code, report = tell("ledger", "verify", "--offline", self.export, "--key", self.key)
        self.assertEqual((code, report["problems"]), (0, []))
        kinds = [kind for kind, _, _ in self.records]
        for kind, name in (("journal", "journals"), ("entry", "entries"), ("outcome", "outcomes"), ("line", "lines"), ("head", "heads"), ("version", "documents")):
            self.assertEqual(report[name], kinds.count(kind))
            self.assertGreater(kinds.count(kind), 0)
        self.assertEqual(run("ledger", "verify", "--offline", self.export).returncode, 0, "without a key")
        environment = {"PATH": os.environ["PATH"]}
        self.assertEqual(subprocess.run([PAYUNG, "ledger", "verify", "--offline", self.export], env=environment, capture_output=True).returncode, 0, "without database and environment")

    def test_02_a_reader_of_another_hand_agrees(self):
        self.assertEqual(read_export.check(self.export), [])
        read_export.write(self.path("again.txt"), self.records)
        with open(self.path("again.txt"), "rb") as file:
            self.assertEqual(file.read(), self.bytes)

    def test_03_the_same_ledger_gives_the_same_export(self):
        run("ledger", "export", "--output", self.path("second.txt"))
        with open(self.path("second.txt"), "rb") as file:
            self.assertEqual(file.read(), self.bytes)
        self.assertEqual(os.stat(self.export).st_mode & 0o777, 0o600)

    def test_04_one_agreement_alone(self):
        code, told = tell("ledger", "export", "--output", self.folder, "--agreement", "dinas-a")
        self.assertEqual((code, told["agreements"]), (0, 1))
        self.assertEqual(tell("ledger", "verify", "--offline", told["file"])[0], 0)
        self.assertEqual(read_export.check(told["file"]), [])
        self.assertEqual(tell("ledger", "export", "--output", self.folder, "--agreement", "nobody")[1]["error"]["code"], "UNKNOWN_AGREEMENT")

    # ---- heads ----

    def test_05_heads_are_signed_once_and_the_chain_passes_through_them(self):
        for day, heads in zip(DAYS, self.heads):
            run("ledger", "head", "--date", day, "--output", self.path("again"))
            with open(heads, "rb") as first, open(self.path("again"), "rb") as second:
                self.assertEqual(first.read(), second.read())
            self.assertEqual(tell("ledger", "head", "verify", heads, "--key", self.key), (0, {"ok": True, "heads": line_count(heads)}))
            code, report = tell("ledger", "head", "verify", heads, "--key", self.key, "--against", self.export)
            self.assertEqual((code, report["problems"]), (0, []))
        with open(self.heads[1], encoding="utf-8") as file:
            documents = [json.loads(line)["document"] for line in file]
        satu = next(document for document in documents if document["agreement"] == "satu")
        self.assertEqual((satu["date"], satu["number"], satu["totals"]["receivable"] >= 0), (DAYS[1], 2, True))
        self.assertEqual(tell("ledger", "head", "--date", "2025-10-14")[1]["error"]["code"], "LATER_HEAD_EXISTS")

    def test_06_a_head_that_was_touched_or_is_of_somebody_else_is_none(self):
        with open(self.heads[0], "rb") as file:
            content = file.read()
        dice = random.Random(SEED)
        for _ in range(40):
            at = dice.randrange(len(content))
            changed = bytearray(content)
            changed[at] ^= 1 << dice.randrange(8)
            with open(self.path("touched"), "wb") as file:
                file.write(changed)
            if changed.rstrip(b"\n") == content.rstrip(b"\n"):
                continue
            self.assertEqual(run("ledger", "head", "verify", self.path("touched"), "--key", self.key).returncode, 1, f"byte {at}")
        run("keys", "create", "--dir", self.path("other-keys"))
        other = self.path("other-keys/sign-public")
        self.assertEqual(tell("ledger", "head", "verify", self.heads[0], "--key", other)[1]["error"]["code"], "SIGNATURE_WRONG")
        self.assertEqual(tell("ledger", "verify", "--offline", self.export, "--key", other)[1]["problems"][0]["check"], "head")

    def test_06b_a_file_that_holds_no_heads_is_told_as_that(self):
        for name, content, code in (("endless", b"x" * 5_000_000, "FILE_UNREADABLE"), ("many", b"{}\n" * 100_001, "FILE_UNREADABLE"), ("damaged", b"{}\n" * 1000, "HEADS_DAMAGED"),
                                    ("empty", b"", "NO_HEADS")):
            with open(self.path(name), "wb") as file:
                file.write(content)
            exit_code, answer = tell("ledger", "head", "verify", self.path(name), "--key", self.key)
            self.assertEqual((exit_code, answer["error"]["code"]), (1, code), name)
            self.assertTrue(answer["error"]["remedy"], name)
        self.assertEqual(tell("ledger", "head", "verify", self.folder, "--key", self.key)[1]["error"]["code"], "FILE_UNREADABLE")
        self.assertEqual(tell("ledger", "head", "verify", self.heads[0], "--key", self.path("no-key"))[1]["error"]["code"], "KEYS_UNUSABLE")

    def test_06c_the_word_may_stand_behind_its_options(self):
        self.assertEqual(run("ledger", "--output", self.path("behind.txt"), "export").returncode, 0)
        self.assertEqual(tell("ledger", "--offline", self.path("behind.txt"), "verify")[1]["ok"], True)
        self.assertEqual(tell("ledger", "--agreement", "close", "balance")[1]["error"]["code"], "UNKNOWN_AGREEMENT")
        self.assertEqual(tell("ledger", "export", "--output", self.path("no/such/folder"))[1]["error"]["code"], "FILE_UNWRITABLE")

    # ---- forgeries ----

    def copy(self):
        return [(kind, list(fields), line) for kind, fields, line in self.records]

    def forged(self, keep_heads):
        """The chain of satu with an invoice and its entries 1,000 rupiah higher for one person, everything made right again behind it."""
        records = self.copy()
        start = next(at for at, (kind, fields, _) in enumerate(records) if kind == "agreement" and fields[1] == "satu")
        journal = next(at for at in range(start, len(records)) if records[at][0] == "journal" and records[at][1][2] == "INVOICE")
        end = next(at for at in range(journal + 1, len(records)) if records[at][0] not in ROWS)
        line = next(fields for kind, fields, _ in records[journal:end] if kind == "line" and fields[2] == "1")
        line[6], line[13] = str(int(line[6]) + 1000), str(int(line[13]) + 1000)
        for kind, fields, _ in records[journal:end]:
            if kind == "entry" and fields[1] in ("PIUTANG:satu", "IURAN:JKK"):
                fields[2] = str(int(fields[2]) + (1000 if fields[1].startswith("PIUTANG") else -1000))
        records[start][1][10] = str(int(records[start][1][10]) + 1000)  # receivable of the agreement
        if not keep_heads:
            records = [record for record in records if record[0] != "head"]
            for kind, fields, _ in records:
                if kind == "agreement":
                    fields[3] = "0"
                if kind == "end":
                    fields[6] = "0"
        read_export.chain_anew(records)
        read_export.write(self.path("forged.txt"), records)
        self.assertEqual(read_export.check(self.path("forged.txt")), [])

    def test_07_a_chain_forged_as_a_whole_is_found_by_its_signed_heads(self):
        self.forged(keep_heads=True)
        code, report = tell("ledger", "verify", "--offline", self.path("forged.txt"))
        self.assertEqual((code, report["problems"][0]["check"], report["problems"][0]["agreement"]), (1, "head", "satu"))

    def test_08_without_heads_in_it_only_by_those_that_somebody_kept(self):
        self.forged(keep_heads=False)
        self.assertEqual(tell("ledger", "verify", "--offline", self.path("forged.txt"))[0], 0, "in itself it is right: nothing in the file can tell")
        code, report = tell("ledger", "head", "verify", self.heads[0], "--key", self.key, "--against", self.path("forged.txt"))
        self.assertEqual((code, report["problems"][0]["check"]), (1, "head"))

    def test_09_a_chain_cut_with_its_head_is_found_by_a_kept_one(self):
        records = self.copy()
        at = next(i for i, (kind, fields, _) in enumerate(records) if kind == "agreement" and fields[1] == "keringanan")
        end = next(i for i in range(at + 1, len(records)) if records[i][0] in ("agreement", "end"))
        cut = next(i for i in range(at, end) if records[i][0] == "journal" and records[i][1][2] == "INVOICE")
        gone = records[cut:end]
        agreement, last = records[at][1], records[-1][1]
        heads = sum(kind == "head" for kind, _, _ in gone)
        agreement[3], agreement[5], agreement[10] = str(int(agreement[3]) - heads), str(int(agreement[5]) - 1), "0"
        for field, kind in ((2, "journal"), (3, "entry"), (5, "line"), (6, "head")):
            last[field] = str(int(last[field]) - sum(k == kind for k, _, _ in gone))
        kept = records[:cut] + records[end:]
        read_export.chain_anew(kept)
        read_export.write(self.path("cut.txt"), kept)
        self.assertEqual(tell("ledger", "verify", "--offline", self.path("cut.txt"))[0], 0)
        code, report = tell("ledger", "head", "verify", self.heads[2], "--key", self.key, "--against", self.path("cut.txt"))
        self.assertEqual((code, report["problems"][0]["check"]), (1, "head"))

    # ---- mutations ----

    def block(self, at):
        """Lines (from 1) of the journal, with its rows, that line index `at` belongs to; of any other record only its own."""
        kinds = [kind for kind, _, _ in self.records]
        start = at
        while kinds[start] in ROWS:
            start -= 1
        if kinds[start] != "journal":
            return {at + 1}
        end = start + 1
        while kinds[end] in ROWS:
            end += 1
        return set(range(start + 1, end + 1))

    def gap(self, at):
        """Where the order of records breaks between line index `at` and the one before: what stands on both sides."""
        return self.block(max(at - 1, 0)) | (self.block(at) if at < len(self.records) else {at + 1})

    def missed(self, at, *moved):
        """Who tells at line index `at`, beside its neighbours, that the record of index `moved` is missing or too much: rows are counted by their journal; of heads the next one, since they are
        numbered; journals, documents, heads and the agreement itself by the agreement whose chain is interrupted there."""
        kinds = [kind for kind, _, _ in self.records]
        if all(kinds[record] in ROWS for record in moved):
            return set()
        before = min(at, len(kinds) - 1)
        places = {i + 1 for i in range(before, -1, -1) if kinds[i] == "agreement" and "agreement" not in kinds[i + 1:before + 1]}
        if kinds[before] == "agreement":  # the chain before it is the one that is interrupted
            places |= self.missed(before - 1, *moved)
        end = next((i for i in range(at + 1, len(kinds)) if kinds[i] in ("agreement", "end")), at)
        heads = [i + 1 for i in range(at + 1, end) if kinds[i] == "head"]
        return places | set(heads[:1] if "head" in (kinds[record] for record in moved) else ())

    def mutate(self, dice):
        """(what was done, the changed content, the lines that name the place)"""
        lines, kinds = list(self.lines), [kind for kind, _, _ in self.records]
        first = kinds.index("export")
        at = dice.randrange(first, len(lines)) if dice.random() < 0.97 else dice.randrange(first)
        what = dice.choice(("byte", "byte", "byte", "delete", "insert", "swap", "amounts", "tail"))
        if what == "byte":
            line = bytearray(lines[at] + b"\n")
            line[dice.randrange(len(line))] ^= 1 << dice.randrange(8)
            content = b"".join(line_ + b"\n" for line_ in lines[:at]) + bytes(line) + b"".join(line_ + b"\n" for line_ in lines[at + 1:])
            stated_again = {at + 2} | {kinds.index("head", at) + 1} if kinds[at] == "agreement" and "head" in kinds[at:] else set()  # its id, by the document and the head that follow
            return f"byte in line {at + 1}", content, self.block(at) | stated_again
        if what == "delete":
            rows_go_to = self.block(at - 1) if kinds[at] == "journal" else set()
            places = self.block(at) | self.gap(at + 1) | rows_go_to | {line - more for line in self.missed(at, at) for more in (0, 1)}
            del lines[at]
            return f"line {at + 1} deleted", self.joined(lines), places
        if what == "insert":
            to = dice.randrange(first, len(lines) + 1)
            lines.insert(to, lines[at])
            places = {line + more for line in self.gap(to) for more in (0, 1)} | self.missed(to, at)
            return f"line {at + 1} inserted before {to + 1}", self.joined(lines), places
        if what == "swap":
            other = dice.randrange(first, len(lines))
            lines[at], lines[other] = lines[other], lines[at]
            low = min(at, other)  # the first of both is found
            return f"lines {at + 1} and {other + 1} swapped", self.joined(lines), self.gap(low) | self.gap(low + 1) | self.missed(low, at, other)
        if what == "amounts":
            return self.change_amounts(dice)
        cut = dice.randrange(1, len(lines) - 1)
        return f"cut behind line {cut}", self.joined(lines[:cut]), self.block(cut - 1) | {cut + 1}

    @staticmethod
    def joined(lines):
        return b"".join(line + b"\n" for line in lines)

    def change_amounts(self, dice):
        """A settled month, and its two entries, changed alike: sums and balance stay right."""
        records = self.copy()
        journals = [at for at, (kind, fields, _) in enumerate(records) if kind == "journal" and fields[2] in ("PAYMENT", "CREDIT")]
        more = dice.choice((1, 100, 16800))
        for journal in dice.sample(journals, len(journals)):
            end = next(at for at in range(journal + 1, len(records)) if records[at][0] not in ROWS)
            settled = [fields for kind, fields, _ in records[journal:end] if kind == "line" and fields[2] == "2"]
            receivable = [fields for kind, fields, _ in records[journal:end] if kind == "entry" and fields[1].startswith("PIUTANG:")]
            credit = [fields for kind, fields, _ in records[journal:end] if kind == "entry" and fields[1].startswith("TITIPAN:")]
            if settled and receivable and credit and int(credit[0][2]) + more != 0:
                line = dice.choice(settled)
                line[6], line[13] = str(int(line[6]) + more), str(int(line[13]) + more)
                receivable[0][2], credit[0][2] = str(int(receivable[0][2]) - more), str(int(credit[0][2]) + more)
                content = "".join((fields[0] if kind == "#" else "\t".join([kind, *fields])) + "\n" for kind, fields, _ in records).encode()
                return f"amounts of the journal in line {journal + 1}", content, self.block(journal)
        raise AssertionError("no journal settles anything")

    def test_10_every_change_is_found_at_its_place(self):
        dice = random.Random(SEED)
        undetected, misplaced, done = [], [], 0
        with subprocess.Popen([PROBE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as probe:
            while done < COUNT:
                what, content, places = self.mutate(dice)
                if content == self.bytes:
                    continue
                done += 1
                problems, line, words = self.first_problem(probe, content)
                if problems == 0:
                    undetected.append(what)
                elif line not in places:
                    misplaced.append((what, line, words, sorted(places)))
        print(f"{done} mutations (seed {SEED}): {len(undetected)} not found, {len(misplaced)} named elsewhere")
        self.assertEqual(undetected, [])
        self.assertEqual(misplaced, [])


if __name__ == "__main__":
    tool.main()
