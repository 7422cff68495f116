#!/usr/bin/env python3
"""Payments of partners over HTTP, first with the intake service alone: what is acknowledged stands in the outbox, the same again is the same answer, other content is refused and told,
and what became of a payment is seen by its partner only. Then relay and payments service join: all of it is booked or on the work list, as is a bank statement.
usage: payment_api_test.py SOURCE BUILD"""
import hashlib
import json
import sys

from installation import Checks, Installation, wait_until

OTHER_TOKEN = "token-of-another-partner-0123456789abcdef"
ENROLLER_TOKEN = "token-of-who-only-enrols-0123456789abcdef"
PAYMENT = {"external_id": "VA-1", "invoice": "INV-1708-202510-0001", "amount": 33331200, "received_on": "2025-10-10", "bank": "Bank Bengkulu"}
STATEMENT = """:20:STMT
:25:20-20
:28C:1/1
:60F:C251009IDR0,00
:61:2510101010C1000,00NTRFX//BR1
:86:SETORAN SITI CONTOH 3604015209909902 HP 084012345678
:61:2510101010C1000,00NTRFX//BR2
:61:2510101010RC500,00NTRFX//BR3
:61:2510101010C1000NTRFX//BR4
:62F:C251010IDR2500,00
"""


WHO_PAID = ("SITI CONTOH", "3604015209909902", "084012345678")


def seen_in_clear(payung):
    """Where a payer of STATEMENT stands in clear: tables of the ledger and of intake, and the topic of payments."""
    tables = payung.sql("SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema IN ('ledger', 'intake') AND table_type = 'BASE TABLE'")
    pattern = "|".join(f"{word}|{word.encode().hex()}" for word in WHO_PAID)
    found = [table for table, in payung.sql(" UNION ALL ".join(f"SELECT '{table}' FROM {schema}.{table} t WHERE t::text ~ '{pattern}'" for schema, table in tables))]
    topic = payung.kcat("-C", "-t", "payung.payment.received.v1", "-o", "beginning", "-e", "-f", "%k %h %s\n")
    return found + [f"topic: {word}" for word in WHO_PAID if word.encode() in topic] + ([] if b"berkas sha256 " in topic else ["topic: no place of a line"])


def bearer(token):
    return {"Authorization": f"Bearer {token}"} if token else {}


def post(payung, token=None, **changes):
    """(status, document)"""
    body = {name: value for name, value in dict(PAYMENT, **changes).items() if value is not None}
    status, _, answer = payung.post("/v1/payments", json.dumps(body), bearer(token))
    return status, json.loads(answer)


def get(payung, external_id, token=None):
    status, _, answer = payung.request("GET", f"/v1/payments/{external_id}", headers=bearer(token))
    return status, json.loads(answer)


def outbox(payung):
    return payung.number("SELECT count(*) FROM ledger.outbox WHERE topic = 'PAYMENT'")


def test_once(payung, checks):
    first = post(payung)
    checks.expect(first[0] == 202 and first[1]["status"] == "received" and len(first[1]["payment_id"]) == 32, "a payment is acknowledged", first)
    checks.expect(payung.sql("SELECT key, partition, sent_at IS NULL FROM ledger.outbox WHERE topic = 'PAYMENT'") == [["partner:local", "0", "t"]], "and stands in the outbox")
    again = [post(payung), post(payung, invoice="inv 1708 202510 0001"), post(payung, amount={"value": "33331200.00", "currency": "IDR"})]
    checks.expect(again == [(200, first[1])] * 3, "the same again, however it is written, is 200 with the same body")
    checks.expect(outbox(payung) == 1, "and is not sent again")
    checks.expect(post(payung, token=ENROLLER_TOKEN)[0] == 403, "who may only enrol may not tell of payments: they would activate covers")
    checks.expect(post(payung, token=OTHER_TOKEN)[0] == 202 and outbox(payung) == 2, "another partner's payment of the same number is another payment")
    named = [post(payung, token=OTHER_TOKEN, external_id="VA-N", invoice=f"a.n. {words}")[0] for words in (" ".join(WHO_PAID), " ".join(WHO_PAID), "other words")]
    checks.expect(named == [202, 200, 409], "a reference that is none is no reason to lose a payment; other words are other content", named)


def test_differs(payung, checks):
    before = outbox(payung)
    for again in (False, True):
        status, answer = post(payung, amount=99)
        checks.expect((status, answer["code"], answer["pointer"]) == (409, "CONTENT_DIFFERS", "/external_id"), f"other content under a number is refused{', again' if again else ''}", answer["code"])
    checks.expect(outbox(payung) == before + 1, "and told to the ledger, once")
    checks.expect(post(payung)[0] == 200, "the first one stays what it was")


def test_refused(payung, checks):
    before = outbox(payung)
    for changes, pointer in (({"amount": -1}, "/amount"), ({"amount": 0}, "/amount"), ({"amount": 10**14 + 1}, "/amount"), ({"amount": 2**63}, "/amount"), ({"amount": 1.5}, "/amount"),
                             ({"amount": {"value": "1.50", "currency": "IDR"}}, "/amount/value"), ({"amount": {"value": "1.00", "currency": "USD"}}, "/amount/currency"),
                             ({"received_on": "10/10/2025"}, "/received_on"), ({"invoice": None}, "/invoice"),
                             ({"billing_code": "1"}, "/billing_code"), ({"external_id": "a b"}, "/external_id"), ({"external_id": "3604015209909902"}, "/external_id"), ({"amonut": 1}, "/amonut")):
        status, answer = post(payung, **dict({"external_id": "VA-9"}, **changes))
        checks.expect((status, answer["code"], answer["pointer"]) == (422, "BAD_PAYMENT", pointer), f"{changes} is refused at {pointer}", answer.get("detail"))
    status, answer = post(payung, external_id="VA-9", received_on="2199-01-01")
    checks.expect((status, answer["code"], answer["pointer"], answer["errors"][0]["code"]) == (409, "FUTURE_PAYMENT", "/received_on", "IN_FUTURE"), "a day that has not come yet is a conflict, not a fault", answer)
    status, headers, _ = payung.post("/v1/payments", json.dumps(PAYMENT), {"Content-Type": "text/plain"})
    checks.expect((status, headers["Content-Type"]) == (415, "application/problem+json"), "a body that is no JSON by its type is refused", status)
    status, _, _ = payung.post("/v1/payments", b"x" * 70000)
    checks.expect(status == 413, "a huge body is refused", status)
    checks.expect(post(payung, token="nobody-knows-this-token")[0] == 401, "a token is needed")
    checks.expect(outbox(payung) == before, "nothing of it was sent")


def test_booked(payung, checks):
    """Relay and payments service join: what was told before is booked now."""
    number = post(payung)[1]["payment_id"]
    checks.expect(get(payung, "VA-1") == (200, {"payment_id": number, "status": "received"}), "a payment on its way is received")
    checks.expect(get(payung, "VA-2")[0] == 404 and get(payung, "VA-1", OTHER_TOKEN)[1]["payment_id"] != number, "each partner sees his own")
    services, ports = payung.services, payung.metrics_ports
    payung.services, payung.metrics_ports = {}, payung.others
    payung.start_services()
    payung.services.update(services)
    payung.metrics_ports.update(ports)
    wait_until(30, "the payment is booked", lambda: get(payung, "VA-1")[1]["status"] != "received")
    checks.expect(get(payung, "VA-1") == (200, {"payment_id": number, "status": "suspended", "problem": "UNKNOWN_INVOICE"}), "money for an invoice that nobody knows is suspended")
    wait_until(30, "the other content is told", lambda: payung.number("SELECT count(*) FROM ledger.suspense WHERE problem = 'CONTENT_DIFFERS'") == 2)
    checks.expect(payung.sql("SELECT problem, booked, count(*) FROM ledger.suspense GROUP BY 1, 2 ORDER BY 1") == [["CONTENT_DIFFERS", "f", "2"], ["UNKNOWN_INVOICE", "t", "3"]],
                  "the work list has all of it")


def test_statement(payung, checks):
    path = payung.write("statement.sta", STATEMENT)
    code, answer = payung.import_payments(path)
    checks.expect(code == 3 and answer["sent"] == 2 and [item["problem"] for item in answer["work_list"]] == ["REVERSAL_LINE", "LINE_DAMAGED"], "a statement is imported", answer["work_list"])
    checks.expect(answer["ledger"] == {"booked": 0, "suspended": 2, "parked": 2, "missing": 0, "settled": 0, "credited": 0}, "and the ledger has every line", answer["ledger"])
    checks.expect(seen_in_clear(payung) == [], "who paid stands nowhere in clear", seen_in_clear(payung))
    digest = hashlib.sha256(STATEMENT.encode()).hexdigest()
    rows = {item["external_id"]: item for item in payung.cli("payment", "suspense", "list")[1]["suspense"]}
    checks.expect((rows["BR1"]["place"], rows["BR1"]["reference"], rows["VA-N"]["place"]) == (f"baris 5, berkas sha256 {digest[:12]}", "", ""), "the work list says where a line stands",
                  (rows["BR1"]["place"], rows["VA-N"]["place"]))
    checks.expect(f"baris 5, berkas sha256 {digest[:12]}" in payung.must("payment", "suspense", "list"), "on the screen, too")
    code, answer = payung.import_payments(path)
    checks.expect(code == 3 and answer["sent"] == 0 and answer["repeats"] == 4 and answer["ledger"]["missing"] == 0, "again it sends nothing", answer["repeats"])
    code, answer = payung.cli("reconcile", "bank", path)
    checks.expect(code == 0 and answer["equal"]["count"] == 4 and answer["equal"]["suspended"] == 4, "the books fit the bank's file", answer["equal"])
    payung.write("statement.sta", STATEMENT.replace("C1000,00NTRFX//BR1", "C1001,00NTRFX//BR1").replace("//BR2", "//BR5"))
    code, answer = payung.cli("reconcile", "bank", path)
    checks.expect(code == 3 and (answer["amount_differs"], answer["file_only"], answer["ledger_only"]) == (1, 1, 1), "a changed file does not", [item["difference"] for item in answer["differences"]])
    code, answer = payung.cli("ledger", "verify")
    checks.expect(code == 0 and answer["ok"], "the ledger verifies", answer["problems"])
    _, text = payung.get("payments", "/metrics")
    checks.expect("BR1" not in text and "SITI" not in text, "no meter names a payment")


def test_state(payung, checks):
    """The end of this ledger: a row that no journal has."""
    number = post(payung, external_id="VA-7")[1]["payment_id"]
    payung.services["payments"].pause()
    payung.sql("INSERT INTO ledger.payment (source, external_id, content_sha256, amount, received_on, bank, reference, state, agreement_no, journal_seq, settled, credited, commit_sequence)"
               " SELECT source, 'VA-8', content_sha256, 33331200, '2025-10-10', 'BANK-BENGKULU', 'INV-1708-202510-0001', 'BOOKED', 0, 1, 33000000, 331200, 1 FROM intake.payment"
               " WHERE source = 'partner:local' AND external_id = 'VA-7'")
    payung.sql("INSERT INTO intake.payment (source, external_id, content_sha256, payment_id, is_first) SELECT source, 'VA-8', content_sha256, payment_id, true FROM intake.payment"
               " WHERE source = 'partner:local' AND external_id = 'VA-7'")
    checks.expect(get(payung, "VA-8") == (200, {"payment_id": number, "status": "booked", "invoice": "", "settled": 33000000, "credited": 331200}), "a booked payment says what it settled")


def main(arguments):
    source, build = arguments
    checks = Checks()
    with Installation(source, build) as payung:
        payung.start_servers()
        payung.prepare()
        payung.must("partner", "add", "other", "--role", "payments", "--token-file", "-", input=OTHER_TOKEN)
        payung.must("partner", "add", "enroller", "--token-file", "-", input=ENROLLER_TOKEN)
        payung.others = {name: payung.metrics_ports[name] for name in ("relay", "payments")}
        payung.metrics_ports = {"ingestion": payung.metrics_ports["ingestion"]}  # nothing books yet
        payung.start_services()
        for title, case in (("one payment", test_once), ("other content", test_differs), ("what is no payment", test_refused)):
            checks.case(title, case, payung, checks)
        payung.services["ingestion"].pause()
        payung.services["ingestion"].resume()
        payung.wait_ready("ingestion")
        checks.expect(post(payung)[0] == 200, "a restart forgets nothing")
        for title, case in (("what the ledger makes of it", test_booked), ("a bank statement", test_statement), ("a booked payment", test_state)):
            checks.case(title, case, payung, checks)
        checks.no_disaster(payung)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
