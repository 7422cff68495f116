#!/usr/bin/env python3
"""What other offices know, on a real PostgreSQL and a Dukcapil-like service that also misbehaves: extracts are loaded with `payung facts`, then people are decided about with the
facts and the rules of the service (facts_probe.c), without Kafka.
usage: facts_test.py SOURCE BUILD PROBE"""
import json
import os
import resource
import shlex
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request

from documents import agreement
from dukcapil_simulator import Simulator
from installation import Checks

TIMEOUT_MS, TOKEN = 600, "token-of-the-simulator"
SLACK_MS = 400  # a loaded machine
DAY_UNLISTED = 2  # people who stand in no extract
NIK = "170804{day:02}0180{serial:04}"


def nik(number, day=1):
    """A synthetic man of Kepahiang, born on a day of January 1980; number 0..99."""
    return NIK.format(day=day, serial=9900 + number)


class Bench(Checks):
    def __init__(self, source, build, probe):
        super().__init__()
        self.source, self.build, self.probe = source, build, probe
        self.folder = tempfile.mkdtemp(prefix="payung-facts-")
        os.chmod(self.folder, 0o755)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def start(self):
        subprocess.run([os.path.join(self.source, "tests/servers/start"), self.path("servers"), "postgres"], check=True, stdin=subprocess.DEVNULL)
        with open(self.path("servers", "env"), encoding="utf-8") as file:
            settings = dict(word.split("=", 1) for word in shlex.split(file.read()))
        plain = {name: os.environ[name] for name in ("PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ}
        self.environment = dict(plain, PGURL=settings["PGURL"], PGURL_OWNER=settings["PGURL_OWNER"], PAYUNG_SHARE=os.path.join(self.build, "share/payung"), PAYUNG_KEYS=self.path("keys"))
        os.mkdir(self.path("keys"), 0o700)
        for command in (("keys", "create", "--dir", self.path("keys")), ("migrate",)):
            assert self.payung(*command)[0] == 0, command

    def stop(self):
        if os.path.exists(self.path("servers")):
            subprocess.run([os.path.join(self.source, "tests/servers/stop"), self.path("servers")], check=False, stdin=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def payung(self, *arguments):
        done = subprocess.run([os.path.join(self.build, "bin/payung"), *arguments], env=self.environment, capture_output=True, text=True, timeout=300, check=False)
        self.last = done
        return done.returncode, done.stdout, done.stderr

    def json(self, *arguments):
        code, out, error = self.payung(*arguments, "--json")
        try:
            return code, json.loads(out)
        except ValueError:
            raise AssertionError(f"{arguments}: exit {code}, no JSON: {out[:300]} {error[:300]}") from None

    def file(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def load(self, kind, text, *options):
        return self.json("facts", "load", kind, self.file("extract.csv", text), *options)

    def agreement(self, name, **changes):
        segments = {segment: {"programmes": ["JKK", "JKM"]} for segment in ("BPU", "JAKON")}
        document = agreement(name, **dict({"segments": segments}, **changes))
        code, out, error = self.payung("agreement", "apply", self.file("agreement.json", json.dumps(document)), "--yes")
        assert code == 0, out + error

    def ask(self, *batches, **settings):
        """[[(status, codes, warnings, region)...], took ms] per batch; a batch is a list of dictionaries."""
        lines = []
        for batch in batches:
            lines += ["\t".join((row.get("agreement", "plain"), row["nik"], row.get("name", "SUHARTO"), row.get("born", "1980-01-01"), "L", row.get("ktp", "17.08.04"),
                                 row.get("segment", "BPU"), row.get("findings", ""))) for row in batch] + ["go"]
        done = subprocess.run([self.probe], env=dict(self.environment, **settings), input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        self.log = done.stderr
        answers, current = [], []
        for line in done.stdout.splitlines():
            if line.startswith("took "):
                answers.append((current, int(line[5:])))
                current = []
            else:
                current.append(tuple(line.split("\t")))
        return answers

    def codes(self, *rows, **settings):
        """"STATUS codes" of each row of one batch."""
        return [" ".join(part for part in answer[:2] if part) for answer in self.ask(list(rows), **settings)[0][0]]

    def sql(self, query):
        return subprocess.run(["psql", self.environment["PGURL"], "-X", "-q", "-A", "-t", "-c", query], capture_output=True, text=True, check=True).stdout.strip()


# ---- without any source ----

def test_nothing_installed(bench):
    bench.equal("without a source nobody is held up", bench.codes({"nik": nik(1)}), ["ELIGIBLE"])
    bench.equal("an agreement that demands the list of the poor waits while no list is loaded", bench.codes({"nik": nik(1), "agreement": "dtsen"}), ["PENDING P02"])
    bench.equal("a refusal needs no waiting", bench.codes({"nik": nik(1), "agreement": "dtsen", "ktp": "17.09.01"}), ["REJECTED E30"])


# ---- the list of the poor ----

def test_list_of_poor(bench):
    code, answer = bench.load("dtsen", f"nik;desil\n{nik(1)};3\n{nik(2)};7\n{nik(3)};\n", "--region", "17.08", "--as-of", "2025-06-30")
    bench.equal("a list of three is loaded", (code, answer["rows"], answer["refused"]), (0, 3, 0))
    rows = [dict(nik=nik(n), agreement="dtsen") for n in (1, 2, 3, 4)]
    bench.equal("who is not in the list is E31", bench.codes(*rows), ["ELIGIBLE", "ELIGIBLE", "ELIGIBLE", "REJECTED E31"])
    rows = [dict(nik=nik(n), agreement="desil-5") for n in (1, 2, 3, 4)]
    bench.equal("a decile above the agreement's is E32, one that is not told waits", bench.codes(*rows), ["ELIGIBLE", "REJECTED E32", "PENDING P02", "REJECTED E31"])
    bench.equal("residence comes out with the rest of its group", bench.codes({"nik": nik(4), "agreement": "dtsen", "ktp": "16.03.01"}), ["REJECTED E30"])
    bench.equal("a list of another regency says nothing about who is missing in it", bench.codes({"nik": nik(4), "agreement": "province", "ktp": "17.09.01"}), ["PENDING P02"])
    bench.equal("who stands in it is in it wherever he lives now", bench.codes({"nik": nik(1), "agreement": "province", "ktp": "17.09.01"}), ["ELIGIBLE"])
    bench.equal("DTSEN is not DTKS", bench.codes({"nik": nik(1), "agreement": "dtks"}), ["PENDING P02"])
    bench.equal("an agreement that names the list of a day waits for that list", bench.codes({"nik": nik(1), "agreement": "dated"}), ["PENDING P02"])
    bench.equal("a project stands in no list of persons", bench.codes({"nik": nik(4), "agreement": "dtsen", "segment": "JAKON"}), ["ELIGIBLE"])

    code, answer = bench.load("dtsen", f"nik;desil\n{nik(1)};3\n{nik(2)};7\n{nik(3)};\n", "--region", "17.08")
    bench.equal("the same file again changes nothing", (code, answer["result"]), (0, "unchanged"))
    code, answer = bench.load("dtsen", f"nik;desil\n{nik(1)};9\n{nik(4)};1\n", "--region", "17.08", "--as-of", "2025-06-30")
    bench.equal("a corrected list of the same day takes the place of the old one", (answer["result"], answer["replaced"]), ("loaded", 3))
    rows = [dict(nik=nik(n), agreement="desil-5") for n in (1, 2, 4)]
    bench.equal("the new list decides", bench.codes(*rows), ["REJECTED E32", "REJECTED E31", "ELIGIBLE"])
    bench.load("dtsen", f"nik;desil\n{nik(2)};2\n", "--region", "17.08", "--as-of", "2025-09-01")
    rows = [dict(nik=nik(n), agreement=name) for name in ("dtsen", "dated") for n in (1, 2)]
    bench.equal("the newest list counts, for the agreement that names its day too", bench.codes(*rows), ["REJECTED E31", "ELIGIBLE", "REJECTED E31", "ELIGIBLE"])
    bench.agreement("older", options={"data_source": {"kind": "DTSEN", "date": "2025-06-30"}})
    bench.equal("the list that an agreement names by its day stays in force beside a newer one",
                bench.codes({"nik": nik(1), "agreement": "older"}, {"nik": nik(2), "agreement": "older"}), ["ELIGIBLE", "REJECTED E31"])
    bench.load("dtsen", f"nik;desil\n{nik(5)};2\n", "--source", "DTKS", "--region", "17")
    bench.equal("DTKS of the province", bench.codes({"nik": nik(5), "agreement": "dtks"}, {"nik": nik(1), "agreement": "dtks"}), ["ELIGIBLE", "REJECTED E31"])


def test_waiting_are_woken(bench):
    """ledger.pending as the ledger writes it: one waits for facts (P02 is bit 41), one for Dukcapil (P01, bit 40)."""
    for number in (40, 41):
        bench.sql("INSERT INTO ledger.pending (application_id, attempt, partition, origin, agreement_no, codes, record, due_at, first_pending_at)"
                  f" VALUES (decode(lpad('{number}', 32, '0'), 'hex'), 2, 0, {number}, 1, 1::bigint << {number}, '', now() + interval '1 day', now())")
    code, answer = bench.load("civil-servant", f"nik\n{nik(12)}\n", "--region", "11.01")
    bench.equal("who waits for facts is told to be tried again", (code, answer["woken"]), (0, 1))
    bench.equal("and is due at once, who waits for Dukcapil is not", bench.sql("SELECT string_agg(origin::text, ',') FROM ledger.pending WHERE due_at <= now()"), "41")
    bench.equal("the same file again wakes nobody", bench.load("civil-servant", f"nik\n{nik(12)}\n", "--region", "11.01")[1]["woken"], 0)
    bench.sql("DELETE FROM ledger.pending")


# ---- civil servants, covers, population ----

def test_civil_servants(bench):
    bench.load("civil-servant", f"nama,nik\nx,{nik(10)}\n", "--region", "17.08")
    bench.equal("a civil servant is E41", bench.codes({"nik": nik(10)}, {"nik": nik(11)}), ["REJECTED E41", "ELIGIBLE"])


def test_covers(bench):
    code, answer = bench.load("active-cover", "NIK;Segmen;Program;Pembayar;Dari;Sampai;Status\n"
                              f"{nik(20)};BPU;JKK+JKM;16.03;2025-01;2025-12;AKTIF\n"
                              f"{nik(21)};BPU;JKK;17.08;2025-11-01;;ACTIVE\n"
                              f"{nik(22)};BPU;JKK;17.00;2025-01;2025-09;AKTIF\n"
                              f"{nik(23)};BPU;JKK+JKM;17;2025-01;2026-12;NONAKTIF\n"
                              f"{nik(24)};PU;JKK+JKM+JHT;SWASTA;2024-01;;AKTIF\n"
                              f"{nik(24)};PU;JKK+JKM+JHT;SWASTA;2024-01;;AKTIF\n"
                              f"{nik(25)};BPU;JKK;17;2025-12;2025-12;AKTIF\n")
    bench.equal("covers of others are loaded, equal rows once", (code, answer["rows"], answer["doubled"]), (3 if answer["refused"] else 0, 6 - answer["refused"], 1))
    rows = [dict(nik=nik(n)) for n in (20, 21, 23, 24, 25)]
    bench.equal("E21 through another payer, E22 through the same one by its region; what lapsed and other segments are no obstacle", bench.codes(*rows),
                ["REJECTED E21", "REJECTED E22", "ELIGIBLE", "ELIGIBLE", "REJECTED E21"])
    rows = "".join(f"{nik(26)};BPU;JKK;17;{2000 + month // 12}-{month % 12 + 1:02};{2000 + month // 12}-{month % 12 + 1:02}\n" for month in range(201))
    code, answer = bench.load("active-cover", "nik;segmen;program;pembayar;dari;sampai\n" + rows, "--region", "11.01")
    bench.equal("a file with more rows of one person than a batch can hold is refused", (code, answer.get("error", {}).get("code")), (1, "FILE_REFUSED"))
    code, answer = bench.load("active-cover", "nik;segmen;program;pembayar;dari;sampai\n" + rows[:rows[:-1].rindex("\n") + 1], "--region", "11.01")
    bench.equal("at the bound it is loaded", (code, answer["rows"]), (0, 200))
    bench.equal("and dropped", bench.json("facts", "drop", str(answer["id"]))[0], 0)
    bench.equal("an agreement for people without any cover refuses with E23", bench.codes({"nik": nik(24), "agreement": "exclusive"}), ["REJECTED E23"])


def test_population(bench):
    bench.load("population", f"nik;status;wilayah_ktp\n{nik(30)};HIDUP;17.08.04\n{nik(31)};MENINGGAL;\n{nik(32)};HIDUP;17.09.01\n", "--region", "17.08")
    rows = [dict(nik=nik(n)) for n in (30, 31, 32, 33)]
    bench.equal("an incomplete register refuses nobody who is missing in it", bench.codes(*rows), ["ELIGIBLE", "REJECTED E70", "REJECTED E30", "ELIGIBLE"])
    bench.load("population", f"nik;status;wilayah_ktp\n{nik(30)};HIDUP;17.08.04\n{nik(31)};MENINGGAL;\n{nik(32)};HIDUP;17.09.01\n", "--region", "17.08", "--complete")
    bench.equal("a complete one does", bench.codes(*rows), ["ELIGIBLE", "REJECTED E70", "REJECTED E30", "REJECTED E71"])
    code, answer = bench.load("population", f"nik;status;wilayah_ktp\n{nik(30)};HIDUP;17.08.04\n123;HIDUP;\n", "--region", "17.08", "--complete")
    bench.equal("with a refused row it is not complete any more", (code, answer["complete"]), (3, False))
    extract = [row for row in bench.json("facts", "list")[1]["extracts"] if row["kind"] == "population"]
    bench.equal("one extract of a kind and region is in force", (len(extract), extract[0]["rows"]), (1, 1))
    bench.equal("it is taken out", bench.json("facts", "drop", str(extract[0]["id"]))[1], {"result": "dropped", "id": extract[0]["id"], "rows": 1})
    bench.equal("but not twice", bench.json("facts", "drop", str(extract[0]["id"]))[0], 1)
    bench.equal("its rows are gone", bench.sql("SELECT count(*) FROM facts.population"), "0")
    bench.equal("and nobody is asked about", bench.codes({"nik": nik(31)}), ["ELIGIBLE"])


# ---- damaged files ----

def test_damaged_files(bench):
    code, answer = bench.load("dtsen", f"nik;desil\n1,70804E+15;3\n{nik(40)};3\n\n{nik(41)};11\n;4\n99{nik(1)[2:]};1\n{nik(40)};4\n", "--region", "61.12", "--as-of", "2025-06-30")
    bench.equal("the good row of a damaged file is loaded", (code, answer["rows"], answer["refused"], answer["doubled"]), (3, 1, 4, 1))
    seen = [(problem["line"], problem["column"], problem["code"]) for problem in answer["problems"]]
    bench.equal("each bad row is named by line, column and code", seen, [(2, "nik", "E02"), (5, "desil", ""), (6, "nik", "E80"), (7, "nik", "E03")])
    bench.expect(nik(41) not in bench.last.stdout + bench.last.stderr, "and never quoted")
    bench.equal("the first row of a person counts", bench.sql("SELECT desil FROM facts.dtsen d JOIN facts.extract e USING (extract_id) WHERE e.region = 611200"), "3")
    before = bench.sql("SELECT count(*), sum(extract_id) FROM facts.extract WHERE state = 'in_force'")
    for text, sentence in (("nama;desil\nx;1\n", "a file without the column nik"), ("nik;desil\n123;1\n", "a file without one good row"),
                           (f"nik;desil\n{nik(1)};\"1\n", "a file that ends inside quotes"), ("\x00\x01nik", "a file that is no text"), ("", "an empty file")):
        code, answer = bench.load("dtsen", text, "--region", "61.12", "--as-of", "2025-06-30")
        bench.equal(f"{sentence} is refused: {answer['error']['message']}", (code, answer["error"]["code"]), (1, "FILE_REFUSED"))
    bench.equal("a file that is not there", bench.json("facts", "load", "dtsen", bench.path("nowhere.csv"))[0], 1)
    bench.equal("an unknown kind is wrong usage", bench.json("facts", "load", "stars", bench.path("extract.csv"))[0], 2)
    bench.equal("none of these changed anything", bench.sql("SELECT count(*), sum(extract_id) FROM facts.extract WHERE state = 'in_force'"), before)
    tokens = bench.sql("SELECT count(*) FROM facts.dtsen WHERE encode(person_token, 'escape') LIKE '1708%'")
    bench.equal("no NIK is in the database", tokens, "0")


def test_large_file(bench):
    count = 200000
    with open(bench.path("large.csv"), "w", encoding="utf-8") as file:
        file.write("nik;desil\n")
        for i in range(count):
            file.write(f"1708{i % 8 + 1:02}{i // 8 % 28 + 1:02}{i // 224 % 12 + 1:02}{i // 2688 % 100:02}{9900 + i // 268800:04};{i % 10 + 1}\n")
    began = time.monotonic()
    code, answer = bench.json("facts", "load", "dtsen", bench.path("large.csv"), "--region", "17.08", "--as-of", "2025-10-01")
    took = time.monotonic() - began
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    bench.expect(code == 0 and answer["rows"] == count, f"{count} rows in {took:.1f} s", answer["rows"])
    bench.expect("baris dibaca" in bench.last.stderr, "progress is told")
    (_, took_ms), (_, again_ms) = bench.ask([dict(nik=nik(i % 100), agreement="dtsen") for i in range(1000)], [dict(nik=nik(i % 100), agreement="dtsen") for i in range(1000)])
    bench.expect(again_ms < 250, "a batch of 1,000 is looked up in it", f"{took_ms} ms, {again_ms} ms; largest child {memory // 1024} MiB")
    extract = answer["id"]
    bench.equal("it is dropped again", bench.json("facts", "drop", str(extract))[1]["rows"], count)


def test_file_that_changes(bench):
    """The loader is held in the middle of its file: others go on, and what is written to the file meanwhile is noticed."""
    path = bench.path("large.csv")
    before = bench.sql("SELECT count(*), sum(extract_id) FROM facts.extract")
    loader = subprocess.Popen([os.path.join(bench.build, "bin/payung"), "facts", "load", "dtsen", path, "--region", "17.08", "--as-of", "2025-11-01", "--json"],
                              env=bench.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    bench.expect("baris dibaca" in loader.stderr.readline(), "a load is under way")
    loader.send_signal(signal.SIGSTOP)
    try:
        bench.agreement("meanwhile")
        bench.expect(True, "agreements are applied meanwhile")
        for arguments in (("load", "dtsen", bench.file("extract.csv", f"nik\n{nik(1)}\n")), ("drop", "1")):
            code, answer = bench.json("facts", *arguments)
            bench.equal(f"facts {arguments[0]} is told that another one is under way", (code, answer["error"]["code"]), (75, "FACTS_BUSY"))
        with open(path, "r+b") as file:
            file.seek(-3, os.SEEK_END)
            file.write(b" 9\n")
    finally:
        loader.send_signal(signal.SIGCONT)
    out, _ = loader.communicate(timeout=240)
    bench.equal("a file that was written to while it was read is refused", (loader.returncode, json.loads(out)["error"]["code"] if loader.returncode else out), (1, "FILE_REFUSED"))
    bench.equal("and changed nothing", bench.sql("SELECT count(*), sum(extract_id) FROM facts.extract"), before)
    pipe = bench.path("pipe")
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)
    code, answer = bench.json("facts", "load", "dtsen", pipe)
    bench.equal(f"a pipe is refused: {answer['error']['message']}", code, 1)
    os.close(writer)


# ---- Dukcapil ----

def test_dukcapil(bench, simulator):
    simulator.reset()
    settings = dict(DUKCAPIL_URL=simulator.url, DUKCAPIL_TOKEN=TOKEN, DUKCAPIL_TIMEOUT_MS=str(TIMEOUT_MS))
    rows = [dict(nik=nik(n)) for n in (0, 70, 71, 30, 60, 61)]
    (answers, took), = bench.ask(rows, **settings)
    bench.equal("alive, deceased, not found, living elsewhere", [answer[:2] for answer in answers],
                [("ELIGIBLE", ""), ("REJECTED", "E70"), ("REJECTED", "E71"), ("REJECTED", "E30"), ("ELIGIBLE", ""), ("ELIGIBLE", "")])
    bench.equal("what differs is a warning", [answer[2] for answer in answers[4:]], ["W06", "W07"])
    bench.equal("each is asked once, with the token and nothing more than needed", (simulator.asked, simulator.strange), (6, []))
    bench.expect(took < TIMEOUT_MS, "in time", f"{took} ms")

    simulator.reset()
    bench.ask([dict(nik=nik(1))] * 5 + [dict(nik=nik(2), findings="E06"), dict(nik=nik(3), agreement="unknown"), dict(nik=nik(4))], **settings)
    bench.equal("repeats are asked once; who is refused for his form, or has no agreement, is not asked about", simulator.asked, 2)

    simulator.reset()
    rows = [dict(nik=nik(n)) for n in (0, 50, 51, 52, 54, 55, 56, 57, 58, 59, 70)]
    (answers, took), = bench.ask(rows, **settings)
    bench.equal("500, garbage, silence, a wrong type, a huge body, hanging up, an unknown status, another address, a body without end: P01",
                [answer[1] for answer in answers], [""] + ["P01"] * 9 + ["E70"])
    bench.equal("nobody is asked about at another address that an answer names", (simulator.asked, simulator.strange), (len(rows), []))
    bench.expect(took < TIMEOUT_MS + SLACK_MS, "within the time", f"{took} ms")
    bench.equal("a refusal needs no answer of Dukcapil", bench.codes({"nik": nik(52), "ktp": "16.03.01"}, **settings), ["REJECTED E30"])
    batches = bench.ask([dict(nik=nik(50))], [dict(nik=nik(0))], [dict(nik=nik(51))], [dict(nik=nik(1))], **settings)
    bench.equal("a person whose question fails does not stop the next one", [answers[0][1] for answers, _ in batches], ["P01", "", "P01", ""])


def test_dukcapil_away(bench, simulator):
    settings = dict(DUKCAPIL_URL=simulator.url, DUKCAPIL_TOKEN=TOKEN, DUKCAPIL_TIMEOUT_MS=str(TIMEOUT_MS))
    for mode, most in (("hang", TIMEOUT_MS + SLACK_MS), ("500", TIMEOUT_MS + SLACK_MS), ("garbage", TIMEOUT_MS + SLACK_MS), ("away", TIMEOUT_MS + SLACK_MS)):
        simulator.reset(mode)
        batch = [dict(nik=nik(n, DAY_UNLISTED)) for n in range(100)]
        first, second, third = bench.ask(batch, batch, batch, **settings)
        bench.equal(f"{mode}: all wait, nobody is accepted", {answer[:2] for answer in first[0] + second[0] + third[0]}, {("PENDING", "P01")})
        bench.expect(first[1] < most, f"{mode}: within the time", f"{first[1]} ms")
        bench.expect(simulator.asked < 60, f"{mode}: it is not asked on and on", simulator.asked)
        bench.expect(second[1] < 100 and third[1] < 100, f"{mode}: the next batches do not wait", f"{second[1]} ms, {third[1]} ms")
    bench.expect("does not answer" in bench.log and "170804" not in bench.log and "SUHARTO" not in bench.log, "the log says so, without anything of a person")
    gone = dict(settings, DUKCAPIL_URL="http://127.0.0.1:1/v1/person")
    (answers, took), = bench.ask([dict(nik=nik(n, DAY_UNLISTED)) for n in range(100)], **gone)
    bench.expect({answer[1] for answer in answers} == {"P01"} and took < TIMEOUT_MS + SLACK_MS, "nobody listens there: P01", f"{took} ms")
    bench.expect("in the clear" not in bench.log, "an address of this machine needs no warning")
    bench.ask([dict(nik=nik(0, DAY_UNLISTED))], **dict(settings, DUKCAPIL_URL="http://192.0.2.1/v1/person"))
    bench.expect("in the clear" in bench.log and "192.0.2.1" not in bench.log, "an address elsewhere without https is warned of")


def test_dukcapil_certificate(bench, _):
    """A service that cannot show who it is gets no NIK."""
    key, certificate = bench.path("key.pem"), bench.path("certificate.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    secure = Simulator(token=TOKEN)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    secure.start()
    settings = dict(DUKCAPIL_URL=secure.url.replace("http:", "https:"), DUKCAPIL_TOKEN=TOKEN, DUKCAPIL_TIMEOUT_MS=str(5 * TIMEOUT_MS))
    try:
        bench.equal("a certificate that nobody vouches for: P01, and no NIK was sent", (bench.codes(dict(nik=nik(0, DAY_UNLISTED)), **settings), secure.asked), (["PENDING P01"], 0))
        question = urllib.request.Request(settings["DUKCAPIL_URL"], json.dumps({"nik": nik(0)}).encode(), {"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(question, context=ssl.create_default_context(cafile=certificate), timeout=10) as answer:
            bench.equal("who trusts it is answered", json.load(answer)["status"], "ALIVE")
    finally:
        secure.stop()


def test_dukcapil_again(bench, simulator):
    """The breaker probes: the probe asks for one person until it is answered, then everybody is asked."""
    simulator.reset("500")
    settings = dict(bench.environment, DUKCAPIL_URL=simulator.url, DUKCAPIL_TOKEN=TOKEN, DUKCAPIL_TIMEOUT_MS=str(TIMEOUT_MS))
    probe = subprocess.Popen([bench.probe], env=settings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def batch():
        for n in range(10):
            probe.stdin.write(f"plain\t{nik(n, DAY_UNLISTED)}\tSUHARTO\t1980-01-01\tL\t17.08.04\tBPU\t\n")
        probe.stdin.write("go\n")
        probe.stdin.flush()
        lines = [probe.stdout.readline() for _ in range(11)]
        return {line.split("\t")[0] for line in lines[:10]}

    bench.equal("Dukcapil is away", batch(), {"PENDING"})
    asked = simulator.asked
    bench.equal("nobody is asked about", (batch(), simulator.asked), ({"PENDING"}, asked))
    time.sleep(1.2)
    bench.equal("one probe", (batch(), simulator.asked), ({"PENDING"}, asked + 1))
    simulator.mode = "normal"
    time.sleep(2.2)
    bench.equal("it answers again, and all are asked about", (batch(), simulator.asked), ({"ELIGIBLE"}, asked + 11))
    probe.stdin.close()
    bench.equal("the probe ends", probe.wait(20), 0)
    probe.stdout.close()


def test_dukcapil_poison(bench, simulator):
    """One person whose question always fails, and whose NIK comes first, must not be the only one that is asked about when Dukcapil is back."""
    simulator.reset("500")
    settings = dict(bench.environment, DUKCAPIL_URL=simulator.url, DUKCAPIL_TOKEN=TOKEN, DUKCAPIL_TIMEOUT_MS=str(TIMEOUT_MS))
    probe = subprocess.Popen([bench.probe], env=settings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def batch(*people):
        for person, name in people:
            probe.stdin.write(f"plain\t{person}\t{name}\t1980-01-01\tL\t17.08.04\tBPU\t\n")
        probe.stdin.write("go\n")
        probe.stdin.flush()
        return [probe.stdout.readline().split("\t")[0] for _ in range(len(people) + 1)][:-1]

    few = [(nik(n, DAY_UNLISTED), "SUHARTO") for n in (50, 80, 81, 80)]
    bench.equal("Dukcapil is away", batch(*few), ["PENDING"] * 4)
    simulator.mode = "normal"
    time.sleep(1.2)
    bench.equal("it is back: only the one whose question fails still waits", batch(*few), ["PENDING", "ELIGIBLE", "ELIGIBLE", "ELIGIBLE"])
    people = [(nik(50, day), f"NAMA {letter}") for day in range(1, 5) for letter in "ABCDEFGHIJ"]
    people += [(nik(n, 6), "SUHARTO") for n in (*range(30), *range(31, 50), *range(80, 91))]
    answered = batch(*people)
    bench.equal("forty of them in front do not keep those behind them from being asked about", answered, ["PENDING"] * 40 + ["ELIGIBLE"] * 60)
    probe.stdin.close()
    bench.equal("the probe ends", probe.wait(20), 0)
    probe.stdout.close()


def test_usage(bench, _):
    usage = bench.json("facts", "usage")[1]["usage"]
    bench.expect(usage and usage[0]["asked"] > 100 and usage[0]["asked"] == usage[0]["answered"] + usage[0]["unanswered"], "every look-up is counted for the report", usage)


def main():
    bench = Bench(*sys.argv[1:4])
    simulator = Simulator(token=TOKEN).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        bench.start()
        for name, options in (("plain", None), ("dtsen", {"requires_dtsen": True}), ("dtks", {"data_source": {"kind": "DTKS"}}),
                              ("dated", {"data_source": {"kind": "DTSEN", "date": "2025-09-01"}}), ("desil-5", {"desil_max": 5}), ("exclusive", {"exclude_active": True})):
            bench.agreement(name, **({"options": options} if options else {}))
        bench.agreement("province", payer={"kind": "PEMPROV", "name": "Pemprov Bengkulu", "region": "17", "funds": "APBD"}, options={"requires_dtsen": True})
        for test in (test_nothing_installed, test_list_of_poor, test_waiting_are_woken, test_civil_servants, test_covers, test_population, test_damaged_files, test_large_file, test_file_that_changes):
            print(f"\n== {test.__name__}", flush=True)
            test(bench)
        for test in (test_dukcapil, test_dukcapil_away, test_dukcapil_certificate, test_dukcapil_again, test_dukcapil_poison, test_usage):
            print(f"\n== {test.__name__}", flush=True)
            test(bench, simulator)
    finally:
        simulator.stop()
        bench.stop()
    return bench.finish()


if __name__ == "__main__":
    sys.exit(main())
