"""Looking into the books: digests that are equal exactly when two runs decided, posted and told the same, whatever the times, the sequence
numbers and the size of the batches were. The same for the outcomes of one list row by row."""
import hashlib
import os
import re

OUTCOME_NAMES = {1: "accepted", 2: "waitlisted", 3: "rejected", 4: "duplicate", 5: "pending", 6: "parked"}
QUERIES = {
    "outcomes": "SELECT encode(application_id, 'hex'), attempt, agreement_no, batch_id, row_number, status, codes, warnings, encode(person_token, 'hex'), segment, "
                "programmes, start_month, months, jkk, jkm, jht, jp, package, amount, rank, registration_date, lines, message_due FROM ledger.outcome "
                "WHERE NOT repeat ORDER BY 1, 2",
    "entries": "SELECT agreement_no, account, sum(amount) FROM ledger.entry GROUP BY 1, 2 ORDER BY 1, 2",
    "covers": "SELECT encode(person_token, 'hex'), segment, year, jkk, jkm, jht, jp, holders FROM ledger.cover ORDER BY 1, 2, 3",
    "budgets": "SELECT agreement_no, pagu, delegated, committed, accepted FROM ledger.budget ORDER BY 1",
    "messages": "SELECT encode(event_id, 'hex'), encode(application_id, 'hex'), attempt, agreement_id, template, channel, state FROM notice.message ORDER BY 1",
}


def digests(payung):
    """{table: first digits of the hash of its rows}, the maildir included."""
    result = {name: hashlib.sha256(repr(payung.sql(query)).encode()).hexdigest()[:16] for name, query in QUERIES.items()}
    result["letters"] = hashlib.sha256(repr(letters(payung)).encode()).hexdigest()[:16]
    return result


def letters(payung):
    """Names of the delivered letters: the event ids."""
    return sorted(name.split(":")[0] for folder in ("new", "cur") for name in os.listdir(payung.path("maildir", folder)))


def code_names(source):
    """{bit: code} from the table of codes."""
    with open(os.path.join(source, "common/domain/codes.def"), encoding="utf-8") as file:
        return {int(number): text for number, text in re.findall(r'^CODE\(\w+, (\d+), "(\w+)"', file.read(), re.M)}


def outcomes_of_batch(payung, batch):
    """[(row, status, codes, rank)] of the list, in row order; status None when the row has no outcome yet."""
    names = code_names(payung.source)
    rows = payung.sql("SELECT r.row_number, o.status, o.codes, o.rank FROM intake.batch b JOIN intake.batch_row r USING (batch_no) "
                      f"LEFT JOIN ledger.outcome o ON o.application_id = r.application_id AND NOT o.repeat WHERE b.batch_id = '{batch}' ORDER BY 1")
    result = []
    for number, status, codes, rank in rows:
        bits = int(codes or 0)
        result.append((int(number), OUTCOME_NAMES.get(int(status or 0)), {name for bit, name in names.items() if bits >> bit & 1}, int(rank or 0)))
    return result


def promised(payung):
    return payung.number("SELECT count(*) FROM ledger.outcome WHERE message_due IS NOT NULL AND NOT repeat")


def all_decided(payung):
    """True when every submitted record has its outcome and every outcome its message."""
    open_rows = payung.number("SELECT count(*) FROM intake.batch_row r WHERE NOT EXISTS (SELECT FROM ledger.outcome o WHERE o.application_id = r.application_id)")
    open_requests = payung.number("SELECT count(*) FROM intake.request r WHERE NOT EXISTS (SELECT FROM ledger.outcome o WHERE o.application_id = r.application_id)")
    settled = payung.number("SELECT count(*) FROM notice.message WHERE cause = 'decision'")
    return open_rows == 0 and open_requests == 0 and settled == promised(payung)
