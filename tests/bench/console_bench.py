"""Asks every page of the console over a database as it is after years: N applications in lists of 10,000, with their outcomes, enrolments, messages, cards, waiting lists, webhooks and audit trail, written
straight into the tables (the counters of schema/0032_tally.sql are moved by their triggers, as always). Prints for each address median and p99 beside 200 ms, and ends with 1 when one is slower.
The people are numbers: nobody is in it.
usage: console_bench.py SOURCE BUILD [--applications N] [--asks N] [--report]"""
import argparse
import http.client
import json
import os
import random
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
from installation import Installation, Service, wait_until  # noqa: E402

LIMIT_MS = 200
LIST_ROWS, CHUNK = 10_000, 500_000
HELD_ROWS, STREAM_ASKS = 100_000, 20
HELD = "b" + "e" * 32

SETTINGS = "SET synchronous_commit = off; SET work_mem = '256MB'; SET maintenance_work_mem = '1GB'; SET statement_timeout = 0; SET jit = off;"
AGREEMENTS = """INSERT INTO ledger.agreement (agreement_id, document, document_sha256, name, payer_kind, payer_name, payer_region, funds, has_legal_basis, period_from, period_to, months, partition_realtime,
 partition_bulk, applied_by) SELECT 'kab-' || lpad(a::text, 4, '0'), '{{}}', sha256(a::text::bytea), 'Perlindungan pekerja ' || a, 'REGENCY', 'Pemkab ' || a, 1101 + a, 1, true, '2025-01-01', '2025-12-31', 12, a % 2,
 2 + a % 2, 'bench' FROM generate_series(1, {agreements}) a;
INSERT INTO ledger.budget (agreement_no, pagu, committed, accepted, waitlisted, places) SELECT a, 201600::bigint * {each} * 8 / 10 + 100000, 201600::bigint * {each} * 8 / 10, {each} * 8 / 10, {each} * 8 / 100, {each}
 FROM generate_series(1, {agreements}) a;
INSERT INTO intake.batch (batch_id, agreement_no, content_sha256, bytes, row_count, registration_date, partition, submitted_rows, received_at, released_at, sent_by, state, progress_told)
 SELECT 'b' || lpad(to_hex(b), 32, '0'), b % {agreements} + 1, sha256(b::text::bytea), 1000000, {rows}, '2025-01-15', 2 + (b % {agreements} + 1) % 2, {rows}, now() - ({lists} - b) * interval '1 minute',
 now() - ({lists} - b) * interval '1 minute', 'local', 4, CASE WHEN b >= {lists} - 5 THEN 60 ELSE 100 END FROM generate_series(0, {lists} - 1) b;
INSERT INTO intake.submitted_range (batch_no, row_from, row_to, partition, epoch, offset_from, checked) SELECT batch_no, 1, row_count, partition, 1, (batch_no - 1) * {rows}, true FROM intake.batch;
INSERT INTO intake.batch (batch_id, agreement_no, content_sha256, bytes, row_count, registration_date, partition, checked_rows, sent_by, state) VALUES ('{held}', 1, '\\x01', 1, {held_rows}, '2025-01-15', 3, {held_rows}, 'local', 2);
INSERT INTO intake.batch_verdict (batch_no, row_number, status, codes, warnings, amount) SELECT (SELECT max(batch_no) FROM intake.batch), r, CASE WHEN r % 10 = 0 THEN 3 WHEN r > {held_rows} * 9 / 10 THEN 2 ELSE 1 END,
 CASE WHEN r % 10 = 0 THEN 2 ELSE 0 END, 0, 201600 FROM generate_series(1, {held_rows}) r;
INSERT INTO ledger.lineage (partition, next) SELECT p, {applications} FROM generate_series(0, 3) p;
INSERT INTO notice.lineage (partition, next) SELECT p, {applications} FROM generate_series(0, 3) p;
INSERT INTO ledger.journal (agreement_no, seq, kind, business_date, commit_sequence, outcomes, previous, hash, posted_at) SELECT b % {agreements} + 1, b / {agreements} + 1, 'COMMITMENT', '2025-01-15', b + 1, {rows}, '\\x',
 sha256(b::text::bytea), now() FROM generate_series(0, {lists} - 1) b;
INSERT INTO ledger.entry (agreement_no, seq, line, account, amount) SELECT agreement_no, seq, l, CASE l WHEN 1 THEN 'KOMITMEN' ELSE 'IURAN-KOMITMEN:JKK' END, CASE l WHEN 1 THEN 1000000 ELSE -1000000 END
 FROM ledger.journal CROSS JOIN generate_series(1, 2) l;
INSERT INTO ledger.audit (actor, action, agreement_id, detail) SELECT 'operator:' || n % 20, 'BATCH_RELEASED', 'kab-' || lpad((n % {agreements} + 1)::text, 4, '0'), 'list ' || n FROM generate_series(1, greatest(1000, {applications} / 100)) n;
INSERT INTO intake.partner (partner_id, token_sha256) SELECT 'mitra-' || n, sha256(n::text::bytea) FROM generate_series(1, 60) n;
INSERT INTO intake.webhook (webhook_id, partner_id, url, events, secret, secret_key_id) SELECT 'w' || lpad(to_hex(n), 32, '0'), 'mitra-' || n, 'https://mitra-' || n || '.example/hook', '{{enrolment.decided}}', '\\x01', 'k'
 FROM generate_series(1, 60) n;"""
# 80 of 100 rows are accepted, the last 8 % of each list wait for money, the others are refused for several reasons, doubled or not decided for good.
OUTCOMES = """INSERT INTO ledger.outcome (epoch, partition, origin, application_id, attempt, repeat, agreement_no, batch_id, row_number, status, codes, warnings, person_token, segment, programmes, start_month, months, jkk, jkm,
 jht, jp, amount, rank, registration_date, lines, message_due, commit_sequence, position, journal_seq, decided_at, place, period)
SELECT 1, 2 + agreement % 2, n, decode(md5('a' || n), 'hex'), 1, false, agreement, 'b' || lpad(to_hex(list), 32, '0'), row, status, CASE status WHEN 3 THEN (ARRAY[2, 4, 8, 1024, 2048, 1026, 66])[n % 7 + 1] ELSE 0 END, 0,
 decode(md5('p' || n), 'hex'), 1, 3, 202501, 12, CASE WHEN status IN (1, 2) THEN 120000 ELSE 0 END, CASE WHEN status IN (1, 2) THEN 81600 ELSE 0 END, 0, 0, CASE WHEN status = 1 THEN 201600 ELSE 0 END,
 CASE WHEN status = 2 THEN row ELSE 0 END, '2025-01-15', CASE WHEN status = 1 THEN '[{{"programme":"JKK","from":202501,"months":12,"base":1000000,"rate_ppm":10000,"normal":120000,"amount":120000,"tariff_row":"BPU-JKK-2020",'
 || '"regulation":"PP 44/2015","relief":""}},{{"programme":"JKM","from":202501,"months":12,"base":0,"rate_ppm":0,"normal":81600,"amount":81600,"tariff_row":"BPU-JKM","regulation":"PP 44/2015","relief":""}}]' ELSE '' END,
 CASE WHEN status = 1 THEN 'ACCEPTED' WHEN status = 2 THEN 'WAITLIST' WHEN status = 3 THEN 'REJECTED_FIX' END, list + 1, row, list / {agreements} + 1, now() - ({applications} - n) * interval '50 milliseconds',
 CASE WHEN status = 1 THEN list / {agreements} * {rows} + row ELSE 0 END, 2025
FROM (SELECT n, n / {rows} AS list, (n % {rows})::int + 1 AS row, (n / {rows} % {agreements})::int + 1 AS agreement,
 CASE WHEN n * 7919 % 100 < 9 THEN 3 WHEN n * 7919 % 100 < 11 THEN 4 WHEN n * 7919 % 1000 = 111 THEN 5 WHEN n % {rows} >= {rows} * 92 / 100 THEN 2 ELSE 1 END AS status FROM generate_series({first}::bigint, {last}::bigint) n) x"""
ENROLMENTS = """INSERT INTO ledger.enrolment (agreement_no, place, epoch, partition, origin, application_id, attempt, person_token, segment, programmes, start_month, end_month, state, state_from)
SELECT agreement_no, place, epoch, partition, origin, application_id, 1, person_token, 1, 3, 202501, 202512, 2, '2025-01-15' FROM ledger.outcome WHERE status = 1 AND origin BETWEEN {first} AND {last} AND partition IN (2, 3)"""
MESSAGES = """INSERT INTO notice.message (event_id, application_id, attempt, agreement_id, template, channel, state, error, recipient, settled_at)
SELECT decode(lpad(to_hex(origin), 32, '0'), 'hex'), application_id, 1, 'kab-' || lpad(agreement_no::text, 4, '0'), message_due, (ARRAY['whatsapp', 'sms', 'maildir'])[1 + (origin % 3)::int], state,
 CASE state WHEN 'failed' THEN 'the provider refused it' ELSE '' END, '', decided_at FROM (SELECT *, CASE WHEN origin % 100 < 68 THEN 'delivered' WHEN origin % 100 < 90 THEN 'sent' WHEN origin % 100 < 94 THEN 'failed'
 WHEN origin % 100 < 96 THEN 'stale' ELSE 'queued' END AS state FROM ledger.outcome WHERE message_due IS NOT NULL AND origin BETWEEN {first} AND {last} AND partition IN (2, 3)) o"""
CARDS = """INSERT INTO notice.card (agreement_no, place, region, village) SELECT agreement_no, place, 110101 + agreement_no * 100 + (place % 20)::int, 2001 + (place / 20 % 15)::int FROM ledger.enrolment WHERE place % 5 < 2;
INSERT INTO notice.card_event (card_no, number, state, actor) SELECT card_no, 1, 'requested', 'bench' FROM notice.card;
INSERT INTO notice.card_event (card_no, number, state, actor) SELECT card_no, 2, 'printed', 'bench' FROM notice.card WHERE card_no % 4 < 3;
INSERT INTO notice.card_event (card_no, number, state, actor, officer, venue, day) SELECT card_no, 3, 'handed_over', 'bench', 'petugas', 'balai desa', '2025-03-01' FROM notice.card WHERE card_no % 4 = 0;"""
REST = """INSERT INTO ledger.waiting (application_id, agreement_no, attempt, state, undecided, ticket, class, desil, proposal_date, village, row_number, commit_sequence, position, person_token, segment, start_month, months, amount,
 record) SELECT application_id, agreement_no, 1, 1, false, row_number, 2, 11, '2025-01-15', 0, row_number, commit_sequence, position, person_token, 1, 202501, 12, 201600, '' FROM ledger.outcome WHERE status = 2;
INSERT INTO ledger.pending (application_id, attempt, partition, origin, agreement_no, codes, record, due_at, first_pending_at) SELECT application_id, 2, partition, origin, agreement_no, 2, '\\x00', now(), decided_at
 FROM ledger.outcome WHERE status = 5;
INSERT INTO intake.webhook_delivery (webhook_no, event_id, event_type, body, state) SELECT 1 + origin % 60, decode(md5('e' || origin), 'hex'), 'enrolment.decided', '\\x00', CASE WHEN origin % 50 = 0 THEN 'pending' ELSE 'delivered' END
 FROM ledger.outcome WHERE origin % 5 = 0 AND partition IN (2, 3);"""
# One session has filled them; in time every slot has its row.
SLOTS = """INSERT INTO notice.message_tally SELECT DISTINCT t.agreement_id, t.channel, t.state, s, 0 FROM notice.message_tally t CROSS JOIN generate_series(0, 7) s ON CONFLICT DO NOTHING"""
SLOW_TO_GROW = ("ledger.outcome", "ledger.enrolment", "notice.message", "notice.card", "ledger.waiting", "intake.webhook_delivery")


class Filling:
    def __init__(self, payung, applications):
        self.payung = payung
        lists = applications // LIST_ROWS
        agreements = max(2, min(500, lists // 2))
        self.names = {"applications": applications, "lists": lists, "agreements": agreements, "rows": LIST_ROWS, "each": applications // agreements, "held": HELD, "held_rows": HELD_ROWS}

    def run(self, statement, what, **more):
        began = time.monotonic()
        self.payung.sql(SETTINGS + statement.format(**self.names, **more))
        print(f"  {what}: {time.monotonic() - began:.1f} s", flush=True)

    def chunks(self, statement, what):
        for first in range(0, self.names["applications"], CHUNK):
            last = min(first + CHUNK, self.names["applications"]) - 1
            self.run(statement, f"{what} to {last + 1:,}", first=first, last=last)

    def fill(self):
        """Indexes beside the keys are made at the end, in a fraction of the time."""
        tables = ", ".join(f"'{table}'::regclass" for table in SLOW_TO_GROW)
        indexes = self.payung.sql(f"SELECT i.indexrelid::regclass, pg_get_indexdef(i.indexrelid) FROM pg_index i WHERE i.indrelid IN ({tables}) AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)")
        self.run(AGREEMENTS, "agreements, lists, journals")
        self.payung.sql("; ".join(f"DROP INDEX {name}" for name, _ in indexes))
        self.chunks(OUTCOMES, "outcomes")
        self.chunks(ENROLMENTS, "enrolments")
        self.chunks(MESSAGES, "messages")
        self.run(CARDS, "cards")
        self.run(REST, "waiting lists, webhooks")
        self.run(SLOTS, "counters as many services leave them")
        for name, definition in indexes:
            self.payung.sql(SETTINGS + definition)
        print("  indexes made", flush=True)
        self.payung.sql("VACUUM ANALYZE")


def start_console(payung):
    own = {"METRICS_PORT": str(payung.metrics_ports["console"]), "INSTANCE": "0", "CONSOLE_PORT": str(payung.console_port)}
    payung.services["console"] = Service("console", [os.path.join(payung.build, "bin/payung-console")], dict(payung.service_environment, **own), payung.path("logs", "console.log"))
    payung.services["console"].start()
    payung.wait_ready("console")


def ask(payung, path):
    """(milliseconds, status, bytes)"""
    connection = http.client.HTTPConnection("127.0.0.1", payung.console_port, timeout=120)
    began = time.monotonic()
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.readline() if "event-stream" in (answer.headers["Content-Type"] or "") else answer.read()
    took = (time.monotonic() - began) * 1000
    connection.close()
    return took, answer.status, body


def marks(payung, path, most):
    """Marks of pages, from the first one on."""
    found = [""]
    while len(found) < most:
        mark = json.loads(ask(payung, path + found[-1])[2])["next"]
        if mark is None:
            break
        found.append(mark)
    return found


def addresses(payung, filling, asks):
    """{title: paths to be asked for}"""
    names, chance = filling.names, random.Random(7)
    lists = [f"b{chance.randrange(names['lists']):032x}" for _ in range(asks)]
    agreements = [f"kab-{chance.randrange(names['agreements']) + 1:04d}" for _ in range(asks)]
    people = payung.sql(f"SELECT md5('a' || n) FROM (SELECT floor(random() * {names['applications']})::bigint AS n FROM generate_series(1, {asks})) x")
    failed = marks(payung, "/api/failed?after=", 20) + payung.sql("SELECT (extract(epoch FROM failed_at) * 1000000)::bigint || '-' || encode(event_id, 'hex') FROM notice.message WHERE failed_at IS NOT NULL"
                                                                  " ORDER BY failed_at LIMIT 1")[0]
    pages = {"/api/batches, any page": [f"/api/batches?after={chance.randrange(names['lists']) + 2}" for _ in range(asks)],
             "/api/agreements, any page": [f"/api/agreements?after={agreement}" for agreement in agreements], "/api/audit, any page": [f"/api/audit?after={chance.randrange(names['applications'] // 100) + 1}" for _ in range(asks)],
             "/api/failed, any page": [f"/api/failed?after={chance.choice(failed)}" for _ in range(asks)], "/api/notifications, any page": [f"/api/notifications?after={agreement}" for agreement in agreements],
             "/api/cards, any page": [f"/api/cards?after={agreement}" for agreement in agreements], "/api/cards/AGREEMENT": [f"/api/cards/{agreement}" for agreement in agreements],
             "/api/batches/LIST": [f"/api/batches/{number}" for number in lists], "/api/batches/HELD, 100,000 verdicts": [f"/api/batches/{HELD}"] * asks,
             "/api/enrolments/NUMBER": [f"/api/enrolments/{person[0]}" for person in people]}
    pages.update({path: [path] * STREAM_ASKS for path in ("/api/events", "/api/messages/payung.enrolment.decided.v1")})  # who has left is noticed after a while
    for path in ("/", "/console.js", "/api/overview", "/api/batches", "/api/agreements", "/api/audit", "/api/partners", "/api/notifications", "/api/failed", "/api/cards", "/api/lag", "/api/history", "/api/letters"):
        pages[path] = [path] * asks
    return pages


def measure(payung, filling, asks):
    """How many addresses are slower than they may be."""
    slow = 0
    wait_until(60, "Kafka was looked at", lambda: ask(payung, "/api/lag")[1] == 200)
    print(f"{'address':44} {'median ms':>10} {'p99 ms':>9} {'bytes':>9}")
    for title, paths in addresses(payung, filling, asks).items():
        times, size = [], 0
        for path in paths:
            took, status, body = ask(payung, path)
            if status != 200:
                raise SystemExit(f"{path}: {status} {body[:200]}")
            times.append(took)
            size = max(size, len(body))
        times.sort()
        p99 = times[-(-len(times) * 99 // 100) - 1]  # the nearest rank
        slow += p99 > LIMIT_MS
        print(f"{title:44} {statistics.median(times):10.1f} {p99:9.1f} {size:9}{'' if p99 <= LIMIT_MS else f'   MISSED: more than {LIMIT_MS} ms'}", flush=True)
    return slow


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("source")
    parser.add_argument("build")
    parser.add_argument("--applications", type=int, default=1_000_000)
    parser.add_argument("--asks", type=int, default=100)
    parser.add_argument("--report", action="store_true", help="exit code 0 whatever the figures are")
    options = parser.parse_args()
    with Installation(os.path.abspath(options.source), os.path.abspath(options.build)) as payung:
        payung.start_servers()
        payung.prepare()
        filling = Filling(payung, max(options.applications, 2 * LIST_ROWS))
        print(f"{filling.names['applications']:,} applications in {filling.names['lists']:,} lists of {filling.names['agreements']:,} agreements", flush=True)
        filling.fill()
        start_console(payung)
        slow = measure(payung, filling, options.asks)
    return 1 if slow > 0 and not options.report else 0


if __name__ == "__main__":
    sys.exit(main())
