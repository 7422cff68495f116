#!/usr/bin/env python3
"""Outside facts through the running services: a list and single persons are enrolled while a Dukcapil-like service answers, hangs, fails and comes back. Nobody is accepted without
its answer, the lane never stops, and nothing of a person reaches a log or a metric.
usage: facts_services_test.py SOURCE BUILD"""
import subprocess
import sys
import time

from documents import agreement
from dukcapil_simulator import Simulator
from installation import Checks, Installation, wait_until

COLUMNS = ("no_urut", "nik", "nama", "tgl_lahir", "jenis_kelamin", "kode_wilayah_ktp", "no_hp", "kode_pekerjaan", "pekerjaan", "segmen")
NAME, AGREEMENT, TOKEN, TIMEOUT_MS = "Suharto Uji Fakta", "fakta-2025", "token-of-the-simulator", 1000
ACCEPTED, REJECTED, PENDING = 1, 3, 5
CODES = {"E31": 17, "E41": 21, "E70": 24, "E71": 25, "P01": 40, "P02": 41}


def nik(number, day):
    return f"170804{day:02}0180{9900 + number:04}"


def write_list(payung, day, numbers):
    people = [(row, nik(number, day), NAME, f"1980-01-{day:02}", "L", "17.08.04", "", "0402", "buruh tani", "BPU") for row, number in enumerate(numbers, 1)]
    return payung.write_list(f"day-{day}.csv", [dict(zip(COLUMNS, person)) for person in people])


def enrol(payung, day, numbers, agreement_id=AGREEMENT):
    """(seconds, [(status, codes)...] in the order of the list)."""
    began = time.monotonic()
    _, answer = payung.enrol(write_list(payung, day, numbers), agreement_id, timeout=120)
    took = time.monotonic() - began
    rows = payung.sql(f"SELECT status, codes FROM ledger.outcome WHERE batch_id = '{answer['batch']}' AND NOT repeat ORDER BY row_number")
    return took, [(int(status), {name for name, bit in CODES.items() if int(codes) >> bit & 1}) for status, codes in rows]


def case_answers(checks, payung, simulator):
    took, rows = enrol(payung, 1, (0, 70, 71, 1))
    checks.expect(rows == [(ACCEPTED, set()), (REJECTED, {"E70"}), (REJECTED, {"E71"}), (ACCEPTED, set())], "alive, deceased, unknown, alive", f"{rows}, {took:.1f} s")
    checks.expect(simulator.asked == 4 and not simulator.strange, "each was asked once", simulator.asked)


def case_silence(checks, payung, simulator):
    simulator.reset("hang")
    took, rows = enrol(payung, 2, range(0, 70))
    checks.expect(set(map(str, rows)) == {str((PENDING, {"P01"}))} and len(rows) == 70, "silence: all wait with P01, nobody is accepted", f"{took:.1f} s")
    checks.expect(took < 30, "and the list has its answer soon", f"{took:.1f} s")
    for mode in ("500", "garbage"):
        simulator.reset(mode)
        took, rows = enrol(payung, 3 if mode == "500" else 4, range(0, 10))
        checks.expect({status for status, _ in rows} == {PENDING}, f"{mode}: all wait", f"{took:.1f} s")
    lanes = [payung.meter(f"eligibility-{lane}", "payung_dukcapil_away") for lane in ("0-realtime", "1-bulk")]
    checks.expect(sum(lanes) >= 1, "the meter says that it is away", lanes)


def case_back(checks, payung, simulator):
    simulator.reset()
    day = [4]

    def answered():
        day[0] += 1
        return enrol(payung, day[0], (0,))[1] == [(ACCEPTED, set())]

    wait_until(60, "Dukcapil is asked again", answered, 1)
    checks.expect(True, "it answers again, and people are accepted again", f"after {day[0] - 4} lists")


def case_extracts(checks, payung):
    payung.apply(agreement("miskin-2025", options={"requires_dtsen": True}))
    _, rows = enrol(payung, 25, (0, 1), "miskin-2025")
    checks.expect(rows == [(PENDING, {"P02"})] * 2, "an agreement for the listed waits while there is no list", rows)
    payung.must("facts", "load", "dtsen", payung.write("dtsen.csv", f"nik;desil\n{nik(0, 26)};1\n{nik(2, 26)};2\n"), "--region", "17.08", "--as-of", "2025-06-30")
    payung.must("facts", "load", "civil-servant", payung.write("asn.csv", f"nik\n{nik(2, 26)}\n"))
    _, rows = enrol(payung, 26, (0, 1, 2), "miskin-2025")
    checks.expect(rows == [(ACCEPTED, set()), (REJECTED, {"E31"}), (REJECTED, {"E41"})], "loaded while the services run, the lists decide at once", rows)


def case_no_persons(checks, payung):
    patterns = payung.write("patterns", "\n".join([NAME] + [nik(number, day) for day in range(1, 29) for number in range(100)]) + "\n")
    metrics = payung.write("metrics", "".join(payung.get(name, "/metrics")[1] for name in payung.services))
    tables = payung.path("tables")
    with open(tables, "w", encoding="utf-8") as file:
        for (table,) in payung.sql("SELECT table_name FROM information_schema.tables WHERE table_schema = 'facts'"):
            file.write(repr(payung.sql(f"SELECT t::text FROM facts.{table} t")) + "\n")
    done = subprocess.run(["grep", "-r", "-l", "-a", "-F", "-f", patterns, metrics, tables, payung.path("logs"), payung.path("servers", "logs")], capture_output=True, text=True,
                          check=False)
    checks.expect(done.returncode == 1, "nothing of a person in logs, metrics and the schema facts", done.stdout)
    usage = payung.cli("facts", "usage")[1]["usage"]
    checks.expect(usage and usage[0]["asked"] == usage[0]["answered"] + usage[0]["unanswered"], "the report of look-ups adds up", usage)


def main():
    source, build = sys.argv[1:3]
    checks, simulator = Checks(), Simulator(token=TOKEN).start()
    knobs = {"DUKCAPIL_URL": simulator.url, "DUKCAPIL_TOKEN": TOKEN, "DUKCAPIL_TIMEOUT_MS": str(TIMEOUT_MS)}
    try:
        with Installation(source, build, stage_knobs=knobs) as payung:
            payung.start()
            payung.apply(agreement(AGREEMENT))
            checks.case("Dukcapil answers", case_answers, checks, payung, simulator)
            checks.case("Dukcapil is silent or wrong", case_silence, checks, payung, simulator)
            checks.case("Dukcapil comes back", case_back, checks, payung, simulator)
            checks.case("extracts", case_extracts, checks, payung)
            checks.case("no persons", case_no_persons, checks, payung)
            checks.expect(payung.cli("ledger", "verify")[0] == 0, "the ledger verifies")
            checks.no_disaster(payung)
    finally:
        simulator.stop()
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
