/* Rows of ledger.outcome, ledger.line and ledger.journal as they come out of PostgreSQL: each column list and its reader stand together, so that book and verify can't disagree. */
#ifndef PAYUNG_LEDGER_ROWS_H
#define PAYUNG_LEDGER_ROWS_H

#include "common/edge/pg.h"
#include "services/ledger/canonical.h"

#define OUTCOME_COLUMNS                                                                                                                                    \
    "o.epoch, o.partition, o.origin, o.application_id, o.attempt, o.repeat, o.agreement_no, o.batch_id, o.row_number, o.status, o.codes, o.warnings,"    \
    " o.person_token, o.segment, o.programmes, o.start_month, o.months, o.jkk, o.jkm, o.jht, o.jp, o.package, o.amount, o.rank, o.registration_date, o.lines," \
    " o.message_due, o.commit_sequence, o.position, o.journal_seq, o.decided_at, o.place"
enum { OUTCOME_ID_COLUMN = 3, OUTCOME_AGREEMENT_COLUMN = 6, OUTCOME_PERSON_COLUMN = 12, OUTCOME_JOURNAL_COLUMN = 29 };

/* Slices point into rows. A damaged row (wrong sizes of ids) is read as zeros there: verify must be able to say so. */
static inline struct outcome_row outcome_row_of(const struct pg_rows *rows, size_t row) {
    struct outcome_row outcome = {
        .epoch = (uint32_t)pg_int4(rows, row, 0), .partition = pg_int4(rows, row, 1), .origin = pg_int8(rows, row, 2),
        .attempt = (uint32_t)pg_int4(rows, row, 4), .repeat = pg_bool(rows, row, 5), .agreement_no = pg_int4(rows, row, 6),
        .batch_id = pg_bytes(rows, row, 7), .row_number = pg_int4(rows, row, 8), .status = (enum outcome_status)pg_int2(rows, row, 9),
        .codes = {(uint64_t)pg_int8(rows, row, 10)}, .warnings = {(uint64_t)pg_int8(rows, row, 11)},
        .segment = (enum segment)pg_int2(rows, row, 13), .programmes = (programme_set)pg_int2(rows, row, 14), .start_month = pg_int4(rows, row, 15),
        .months = pg_int2(rows, row, 16), .amount = pg_int8(rows, row, 22), .rank = pg_int4(rows, row, 23), .registration_date = pg_date(rows, row, 24),
        .lines = pg_bytes(rows, row, 25), .message_due = pg_bytes(rows, row, 26), .commit_sequence = pg_int8(rows, row, 27),
        .position = pg_int4(rows, row, 28), .journal_seq = pg_int8(rows, row, 29), .decided_at_us = pg_timestamp_us(rows, row, 30), .place = pg_int8(rows, row, 31),
    };
    for (int i = 0; i < LEDGER_CHARGES; i++) outcome.by_charge[i] = pg_int8(rows, row, 17 + i);
    const struct slice id = pg_bytes(rows, row, OUTCOME_ID_COLUMN), person = pg_bytes(rows, row, OUTCOME_PERSON_COLUMN);
    if (id.size == ID_BYTES) memcpy(outcome.application_id.bytes, id.bytes, ID_BYTES);
    if (person.size == TOKEN_BYTES) memcpy(outcome.person.bytes, person.bytes, TOKEN_BYTES);
    return outcome;
}

#define LINE_COLUMNS                                                                                                                                      \
    "l.agreement_no, l.journal_seq, l.position, l.month, l.kind, l.place, l.application_id, l.months, l.jkk, l.jkm, l.jht, l.jp, l.package,"              \
    " l.reduction IS NOT NULL, coalesce(l.reduction[1], 0), coalesce(l.reduction[2], 0), coalesce(l.reduction[3], 0), coalesce(l.reduction[4], 0),"        \
    " coalesce(l.reduction[5], 0), l.relief, l.amount, l.reserved, l.heads, l.waiting, l.reserved_heads, l.state, l.day, l.reason, l.detail, l.invoice_no,"  \
    " l.message_due"

static inline struct line_row line_row_of(const struct pg_rows *rows, size_t row) {
    struct line_row line = {
        .agreement_no = pg_int4(rows, row, 0), .journal_seq = pg_int8(rows, row, 1), .position = pg_int4(rows, row, 2), .month = pg_int4(rows, row, 3),
        .kind = (enum line_kind)pg_int2(rows, row, 4), .place = pg_int8(rows, row, 5), .application_id = pg_bytes(rows, row, 6), .months = pg_int2(rows, row, 7),
        .is_reduced = pg_bool(rows, row, 13), .relief = pg_bytes(rows, row, 19), .amount = pg_int8(rows, row, 20), .reserved = pg_int8(rows, row, 21),
        .heads = pg_int4(rows, row, 22), .waiting = pg_int4(rows, row, 23), .reserved_heads = pg_int4(rows, row, 24), .state = pg_int2(rows, row, 25),
        .day = pg_date(rows, row, 26), .reason = pg_bytes(rows, row, 27), .detail = pg_bytes(rows, row, 28), .invoice_no = pg_int4(rows, row, 29),
        .message_due = pg_bytes(rows, row, 30),
    };
    for (int i = 0; i < LEDGER_CHARGES; i++) {
        line.by_charge[i] = pg_int8(rows, row, 8 + i);
        line.reduction[i] = pg_int8(rows, row, 14 + i);
    }
    return line;
}

#define JOURNAL_COLUMNS "j.agreement_no, j.seq, j.kind, j.business_date, j.commit_sequence, j.outcomes, j.previous, j.hash, j.posted_at, j.version, j.lines, j.reference, j.reason, j.reverses"
enum { JOURNAL_HASH_COLUMN = 7, JOURNAL_VERSION_COLUMN = 9 };

/* The version is read as it stands: the caller judges it. */
static inline struct journal_row journal_row_of(const struct pg_rows *rows, size_t row) {
    return (struct journal_row){
        .agreement_no = pg_int4(rows, row, 0), .seq = pg_int8(rows, row, 1), .kind = pg_bytes(rows, row, 2), .business_date = pg_date(rows, row, 3),
        .commit_sequence = pg_int8(rows, row, 4), .outcomes = pg_int4(rows, row, 5), .previous = pg_bytes(rows, row, 6), .posted_at_us = pg_timestamp_us(rows, row, 8),
        .version = pg_int2(rows, row, JOURNAL_VERSION_COLUMN), .lines = pg_int4(rows, row, 10), .reference = pg_bytes(rows, row, 11), .reason = pg_bytes(rows, row, 12),
        .reverses = pg_int8(rows, row, 13),
    };
}

#endif
