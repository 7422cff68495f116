#!/usr/bin/env python3
"""What the ledger promises leaves it, and the topics alone give the ledger again. Thousands of rows come into the outbox while the relay is killed again and again: each arrives,
numbered without a hole, repeats only where a kill was. Then a list is enrolled, and `payung ledger replay` rebuilds the same ledger; it names the table and the row when one figure
of the ledger in use was changed.
usage: relay_test.py SOURCE BUILD"""
import concurrent.futures
import os
import re
import sys
import threading

from installation import SIDE_TOPICS, Checks, Installation, Service, free_ports, wait_until

AGREEMENT = "kepahiang-2025"
COVERAGE, COMMAND = SIDE_TOPICS[1], SIDE_TOPICS[2]
ROWS, ROWS_AT_ONCE, KILLS = 4000, 100, 5
IN_FLIGHT = 200  # so small that the bound of the repeats says something: far below ROWS even after all kills


# ---- protobuf by hand: a few fields, so that no generated code is needed ----

def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value) if value else b""
    return varint(number << 3 | 2) + varint(len(value)) + value if value else b""


def fields(data):
    """{number: value} of a message with varints and bytes only; the last one counts."""
    found, at = {}, 0

    def number():
        nonlocal at
        result = shift = 0
        while True:
            byte = data[at]
            at += 1
            result |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return result
    while at < len(data):
        key = number()
        if key & 7 == 0:
            found[key >> 3] = number()
        else:
            size = number()
            found[key >> 3] = data[at:at + size]
            at += size
    return found


def coverage(place):
    """payung.coverage.v1.CoverageChanged of a person who is told nothing, without its lineage."""
    event = place.to_bytes(8, "big") * 2
    return (field(2, event) + field(3, b"relay-test") + field(5, event) + field(6, 1) + field(7, place) + field(8, 2) + field(9, 20251010) + field(10, 202510) + field(11, 202609) +
            field(13, 16800) + field(15, 1) + field(16, 1760000000000))


def records(payung, topic):
    """[(origin, ce_id, value)] of a topic of one partition, in log order."""
    found, end = [], payung.end(topic, 0)
    if end == 0:
        return found
    text = payung.kcat("-C", "-t", topic, "-p", "0", "-o", "beginning", "-c", str(end), "-f", "%S %h\n%s")
    at = 0
    while at < len(text):
        line_end = text.index(b"\n", at)
        size, headers = text[at:line_end].decode().split(" ", 1)
        value = text[line_end + 1:line_end + 1 + int(size)]
        at = line_end + 1 + int(size)
        lineage = fields(fields(value)[1])
        ce_id = dict(part.partition("=")[::2] for part in headers.split(","))["ce_id"]
        found.append((lineage.get(1), lineage.get(2, 0), lineage.get(3, 0), ce_id, value))
    return found


def judge(found):
    """(next origin, repeats, gaps, repeats that differ) as a reader sees them."""
    next_origin = repeats = gaps = different = 0
    first = {}
    for epoch, first_origin, origin, ce_id, value in found:
        gaps += origin > next_origin or epoch != 1 or first_origin != 0
        repeats += origin < next_origin
        different += origin in first and first[origin] != (ce_id, value)
        first.setdefault(origin, (ce_id, value))
        next_origin = max(next_origin, origin + 1)
    return next_origin, repeats, gaps, different


# ---- cases ----

def promise(payung):
    for begin in range(0, ROWS, ROWS_AT_ONCE):
        values = ",".join(f"('COVERAGE', 0, 'relay-test', '\\x{coverage(place).hex()}', 1)" for place in range(begin + 1, begin + ROWS_AT_ONCE + 1))
        payung.sql(f"INSERT INTO ledger.outbox (topic, partition, key, payload, commit_sequence) VALUES {values}")


def case_killed(checks, payung):
    relay, begun = payung.services["relay"], payung.end(COVERAGE, 0)
    writer = threading.Thread(target=promise, args=(payung,), daemon=True)
    writer.start()
    for kill in range(KILLS):
        before = payung.end(COVERAGE, 0)
        wait_until(30, "something was handed over since", lambda: payung.end(COVERAGE, 0) > before)
        checks.expect(relay.kill(), f"kill {kill + 1} with {payung.end(COVERAGE, 0) - begun} records handed over")
        wait_until(30, "the relay is back", lambda: payung.get("relay", "/readyz")[0] == 200)
    writer.join(60)
    payung.wait_sql(60, "all is handed over", "SELECT count(*) = 0 FROM ledger.outbox WHERE sent_at IS NULL")
    next_origin, repeats, gaps, different = judge(records(payung, COVERAGE))
    checks.expect((next_origin, gaps) == (ROWS, 0), "every row arrives once or more, numbered without a hole, in order", f"next {next_origin}, gaps {gaps}, repeats {repeats}")
    checks.expect(different == 0, "a record that came again is the same, under the same event id", different)
    checks.expect(repeats <= KILLS * IN_FLIGHT, "a kill repeats no more than was in flight", f"{repeats} after {KILLS} kills with at most {IN_FLIGHT} in flight")
    numbers = payung.sql("SELECT count(*), count(DISTINCT sequence), min(sequence), max(sequence) FROM ledger.outbox WHERE topic = 'COVERAGE'")[0]
    checks.expect(numbers == [str(ROWS), str(ROWS), "0", str(ROWS - 1)], "the outbox says the same", numbers)


def case_second(checks, payung):
    """Another relay stands by and takes over when the first one stops."""
    payung.metrics_ports["relay-second"] = free_ports(1)[0]
    second = Service("relay-second", payung.services["relay"].command, dict(payung.service_environment, INSTANCE="1", METRICS_PORT=str(payung.metrics_ports["relay-second"])),
                     payung.path("logs", "relay-second.log"))
    second.start()
    payung.services["relay-second"] = second
    wait_until(20, "it stands by", lambda: "another relay works" in payung.get("relay-second", "/readyz")[1])
    payung.services["relay"].pause()
    wait_until(20, "it takes over", lambda: payung.get("relay-second", "/readyz")[1].strip() == "ready")
    before = payung.end(COVERAGE, 0)
    payung.sql(f"INSERT INTO ledger.outbox (topic, partition, key, payload, commit_sequence) VALUES ('COVERAGE', 0, 'relay-test', '\\x{coverage(ROWS + 1).hex()}', 1)")
    wait_until(20, "a row goes through it", lambda: payung.end(COVERAGE, 0) > before)
    checks.expect(judge(records(payung, COVERAGE))[0::2] == (ROWS + 1, 0), "a second relay stands by and goes on with the next number when the first one stops")
    payung.services["relay"].resume()
    payung.wait_ready("relay")
    second.stop()
    del payung.services["relay-second"], payung.metrics_ports["relay-second"]


def withhold(payung, row):
    """What deploy/README.md tells operators to do with a row that is no message: the very statement that stands there."""
    with open(os.path.join(payung.source, "deploy/README.md"), encoding="utf-8") as file:
        statement = re.search(r"WITH withheld AS .*?;", file.read(), re.S).group(0)
    payung.sql(statement.replace("OUTBOX_NO", str(row)).replace("NAME", "test").replace("REASON", "written by hand"))


def case_poison(checks, payung):
    """What is no message of its topic stops that topic before it, not its readers and not the others."""
    payung.sql(f"INSERT INTO ledger.outbox (topic, partition, key, payload, commit_sequence) VALUES ('COVERAGE', 0, 'relay-test', '\\xffff', 1), "
               f"('COVERAGE', 0, 'relay-test', '\\x{coverage(ROWS + 2).hex()}', 1)")
    wait_until(20, "the relay says so", lambda: "HELD" in payung.get("relay", "/readyz")[1])
    held = payung.number("SELECT count(*) FROM ledger.outbox WHERE topic = 'COVERAGE' AND sequence IS NULL")
    checks.expect(held == 2 and payung.meter("relay", "payung_alarms_total") >= 1, "a row that nobody could read is held with an alarm, and what stands behind it", held)
    row = payung.number("SELECT outbox_no FROM ledger.outbox WHERE payload = '\\xffff'")
    checks.expect(f'"outbox_no":{row}' in payung.log_tail("relay", 50).replace(" ", ""), "the log names the row", row)
    withhold(payung, row)
    payung.services["relay"].pause()
    payung.services["relay"].resume()
    wait_until(30, "the rest goes", lambda: payung.number("SELECT count(*) FROM ledger.outbox WHERE sent_at IS NULL") == 0)
    checks.expect(judge(records(payung, COVERAGE))[0::2] == (ROWS + 2, 0), "started anew after the remedy, the topic goes on without a hole")
    kept = payung.sql(f"SELECT sequence IS NULL, sent_at IS NOT NULL FROM ledger.outbox WHERE outbox_no = {row}")
    checks.expect(kept == [["t", "t"]] and payung.number("SELECT count(*) FROM ledger.audit WHERE action = 'outbox-withhold'") == 1, "the row stays, without a number, and the audit knows who decided so")


def case_enrol(checks, payung):
    payung.apply(payung.sample_agreement())
    code, answer = payung.enrol(payung.sample("kepahiang-2025.csv"), AGREEMENT)
    checks.expect((code, answer["accepted"], answer["waitlisted"], answer["rejected"]) == (3, 1984, 16, 73), "the sample list of Kepahiang is enrolled")
    wait_until(30, "the command of the agreement is in the archive", lambda: payung.end(COMMAND, 0) >= 1)
    checks.expect(judge(records(payung, COMMAND))[2] == 0, "commands leave the ledger without a hole", payung.end(COMMAND, 0))


def case_payments(checks, payung):
    """Money that nobody knows: booked on the suspense account by the service that reads what the relay handed over."""
    path = payung.write("statement.csv", "tanggal;keterangan;kredit;no_transaksi\n2025-10-10;tanpa nomor;100000;T1\n2025-10-11;tanpa nomor;70000;T2\n")
    code, answer = payung.import_payments(path, "--bank", "BANK-BENGKULU", "--account", "0010101")
    checks.expect(answer.get("ledger", {}).get("suspended") == 2, "two payments go through the outbox, the topic and the ledger into the work list", f"exit {code} {answer.get('ledger', answer)}")
    wait_until(30, "their commands are in the archive", lambda: payung.end(COMMAND, 0) >= 3)


def differing(answer):
    return {table["table"]: table["first_difference"] for table in answer["tables"] if not table["equal"]}


def databases(payung):
    return payung.number("SELECT count(*) FROM pg_database WHERE datname LIKE 'payung_replay_%'")


def case_replay(checks, payung):
    with concurrent.futures.ThreadPoolExecutor() as pool:  # each in a database of its own
        told = pool.submit(payung.run, "ledger", "replay")
        code, answer = payung.cli("ledger", "replay")
        told = told.result()
    if "tables" not in answer:
        print(f"   {answer}")
    if not checks.expect(code == 0 and answer.get("equal"), "the ledger rebuilt from the topics is the same", answer.get("error") or differing(answer)):
        return
    rows = {table["table"]: table["ledger"]["rows"] for table in answer["tables"]}
    checks.expect(answer["records"] == 2073 == rows["outcome"] and answer["commands"] == 3 and answer["payments"] == rows["payment"] == rows["suspense"] == 2 and rows["enrolment"] == 1984 and rows["waiting"] == 16, "all of it", rows)
    checks.expect(told.returncode == 0 and "Buku besar sama" in told.stdout, "and says it to people, when two replay at once", told.stderr)
    checks.expect(databases(payung) == 0, "their databases are gone")


def case_difference(checks, payung):
    payung.sql("UPDATE ledger.enrolment SET end_month = end_month + 1 WHERE place = 7")
    code, answer = payung.cli("ledger", "replay")
    checks.expect(code == 1 and differing(answer) == {"enrolment": "1 7"}, "one figure changed by hand is found, with its table and key", differing(answer))
    payung.sql("UPDATE ledger.enrolment SET end_month = end_month - 1 WHERE place = 7")


def case_not_whole(checks, payung):
    payung.services["relay"].pause()
    payung.sql("INSERT INTO ledger.outbox (topic, partition, key, payload, commit_sequence) VALUES ('COMMAND', 0, 'x', '\\x00', 1)")
    code, answer = payung.cli("ledger", "replay", "--wait", "1")
    checks.expect(code == 75 and "payung-relay" in answer["error"]["message"], "what is not handed over is waited for, then told", answer)
    withhold(payung, payung.number("SELECT outbox_no FROM ledger.outbox WHERE payload = '\\x00'"))
    payung.services["relay"].resume()
    payung.wait_ready("relay")
    code, answer = payung.cli("ledger", "replay", "--into", payung.settings["PGURL"])
    checks.expect(code == 1 and "not empty" in answer["error"]["message"], "a database that is not empty is refused", answer)
    checks.expect(databases(payung) == 0 and payung.cli("ledger", "verify")[0] == 0, "nothing is left behind, and the ledger verifies")


def main(source, build):
    checks = Checks()
    with Installation(source, build, single_knobs={"relay": {"IN_FLIGHT_MAX": str(IN_FLIGHT)}}) as payung:
        payung.start()
        for title, function in (("The relay is killed", case_killed), ("A second relay", case_second), ("A row that is no message", case_poison),
                                ("A list", case_enrol), ("Payments", case_payments), ("The ledger from the topics", case_replay), ("A changed figure", case_difference), ("Not the whole story", case_not_whole)):
            checks.case(title, function, checks, payung)
        checks.clean_end(payung)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])))
