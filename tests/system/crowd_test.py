"""Many at once, and an intake that dies, on an installation of its own: a thousand equal requests are one enrolment, a thousand requests for one person charge the budget once, connections that
say next to nothing hold up nobody, and a list of 100,000 rows whose intake is killed ten times while it comes in and goes on is enrolled whole, no row twice.

usage: crowd_test.py SOURCE_FOLDER BUILD_FOLDER"""
import asyncio
import collections
import json
import random
import socket
import subprocess
import sys
import time

from installation import Checks, Failure, Installation, TOKEN, wait_until

CROWD = 1000
KILLED_ROWS = 100_000
KILLS = 10
PRICE = 16_800 * 12
SLOW_HEADS, SLOW_BODIES = 300, 50


async def post(port, path, body, key):
    """(status, body) of one request on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write((f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\nIdempotency-Key: {key}\r\nPrefer: wait=20\r\n"
                  f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n").encode() + body)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    head, _, rest = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), rest


async def crowd(port, bodies_and_keys):
    return await asyncio.gather(*(post(port, "/v1/enrolments", body, key) for body, key in bodies_and_keys))


def budget(payung, agreement):
    return [int(number) for number in payung.sql(f"SELECT committed, accepted FROM ledger.budget JOIN ledger.agreement USING (agreement_no) WHERE agreement_id = '{agreement}'")[0]]


def body_of(row, agreement):
    return json.dumps(dict({name: value for name, value in row.items() if value}, agreement=agreement)).encode()


def case_crowd(checks, payung):
    one, other = payung.simulated("17.08", 2, 101)
    body = body_of(one, "ramai")
    answers = asyncio.run(crowd(payung.api_port, [(body, "sama")] * CROWD))
    statuses = collections.Counter(status for status, _ in answers)
    checks.expect(set(statuses) <= {200, 409} and statuses[200] >= 1, f"{CROWD} equal requests at once: the decision, or told that it is under way", dict(statuses))
    checks.expect(len({answer for status, answer in answers if status == 200}) == 1, "every decision is the same, byte for byte")
    codes = {json.loads(answer)["code"] for status, answer in answers if status == 409}
    checks.expect(codes <= {"IN_FLIGHT"}, "and every other one is told why", codes)
    checks.equal("it is one enrolment, charged once", (budget(payung, "ramai"), payung.number("SELECT count(*) FROM ledger.outcome")), ([PRICE, 1], 1))
    again = asyncio.run(crowd(payung.api_port, [(body, "sama")]))[0]
    checks.expect(again[0] == 200 and again in answers, "asked again it is the same answer")

    body = body_of(other, "ramai")
    answers = asyncio.run(crowd(payung.api_port, [(body, f"lain-{number}") for number in range(CROWD)]))
    found = collections.Counter((status, json.loads(answer).get("status")) for status, answer in answers)
    checks.equal(f"{CROWD} requests for one person under different keys: accepted once, else a duplicate", dict(found), {(200, "accepted"): 1, (200, "duplicate"): CROWD - 1})
    checks.equal("charged once", budget(payung, "ramai"), [2 * PRICE, 2])


def case_slow(checks, payung):
    """Who dribbles is not served worse than he asks for, and nobody else is."""
    slow = []
    for number in range(SLOW_HEADS + SLOW_BODIES):
        connection = socket.create_connection(("127.0.0.1", payung.api_port))
        connection.sendall(b"POST /v1/enrolments HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n" if number < SLOW_HEADS else
                           f"POST /v1/enrolments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{{".encode())
        slow.append(connection)
    worst = 0.0
    for number in range(20):
        for connection in slow[number::20]:
            connection.sendall(b"X" if connection in slow[SLOW_HEADS:] else b"X-B: 1\r\n")
        began = time.monotonic()
        status, _, _ = payung.request("GET", "/v1/agreements/ramai")
        worst = max(worst, time.monotonic() - began)
        if status != 200:
            raise Failure(f"a good client got {status}")
    checks.expect(worst < 2, f"beside {len(slow)} connections that dribble a good client is answered at once", f"{worst:.3f} s at worst")
    last = slow[0]
    for connection in slow[1:]:
        connection.close()
    last.settimeout(60)
    began = time.monotonic()
    try:
        left = last.recv(1000)
    except ConnectionError:
        left = b""
    checks.expect(b" 200 " not in left, "who falls silent is cut off", f"{time.monotonic() - began:.0f} s")
    last.close()


def case_killed(checks, payung):
    payung.apply(payung.sample_agreement(id="seratus", pagu=1_000_000_000_000, payer={"kind": "PEMPROV", "region": "17.00", "funds": "APBD", "name": "Dinas Seratus"}))
    path = payung.path("seratus.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write(payung.must("simulate", "people", "--region", "17", "--count", str(KILLED_ROWS), "--seed", "7"))
    chance = random.Random(20251126)
    intake = payung.services["ingestion"]
    sender = None
    kills, began = 0, time.monotonic()
    while kills < KILLS:
        if sender is None or sender.poll() is not None: # a file that broke off is sent again, as its sender would
            sender = subprocess.Popen([f"{payung.build}/bin/payung", "enrol", path, "--agreement", "seratus"], env=payung.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.05, 1.5))
        if intake.kill():
            kills += 1
            payung.wait_ready("ingestion")
    sender.wait(300)
    checks.expect(True, f"the intake was killed {kills} times", f"{time.monotonic() - began:.0f} s")
    answer = {}
    for _ in range(5):
        code, answer = payung.cli("enrol", path, "--agreement", "seratus", "--wait", timeout=560)
        if code in (0, 3):
            break
    checks.equal("uploaded = enrolled + rejected + waiting", (answer["rows"], answer["accepted"] + answer["rejected"] + answer["waitlisted"] + answer["duplicates"], answer["pending"]),
                 (KILLED_ROWS, KILLED_ROWS, 0))
    checks.expect(answer["accepted"] > KILLED_ROWS * 99 // 100, "nearly all are in", answer["by_code"])
    checks.equal("one list, one outcome a row, charged once",
                 (payung.number("SELECT count(*) FROM intake.batch JOIN ledger.agreement USING (agreement_no) WHERE agreement_id = 'seratus'"),
                  payung.number("SELECT count(*) FROM ledger.outcome o JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'seratus' AND NOT o.repeat"), budget(payung, "seratus")),
                 (1, KILLED_ROWS, [answer["accepted"] * PRICE, answer["accepted"]]))
    twice = payung.number("SELECT count(*) FROM (SELECT person_token FROM ledger.outcome o JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'seratus' AND status = 1 AND NOT repeat"
                          " GROUP BY 1 HAVING count(*) > 1) t")
    checks.equal("nobody is in twice", twice, 0)


def main():
    source, build = sys.argv[1:]
    checks = Checks()
    with Installation(source, build) as payung:
        payung.start()
        payung.apply(payung.sample_agreement(id="ramai", pagu=100_000_000, payer={"kind": "PEMKAB", "region": "17.08", "funds": "APBD", "name": "Dinas Ramai"}))
        checks.case("A crowd", case_crowd, checks, payung)
        checks.case("Slow ones", case_slow, checks, payung)
        checks.case("Killed while a list comes in", case_killed, checks, payung)
        checks.case("Proofs", lambda: checks.equal("the ledger proves itself", payung.cli("ledger", "verify", timeout=600)[0], 0))
        checks.clean_end(payung)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
