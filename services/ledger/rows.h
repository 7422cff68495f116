/* Rows of ledger.outcome as they come out of PostgreSQL: the column list and its reader stand together, so that book and verify can't disagree. */
#ifndef PAYUNG_LEDGER_ROWS_H
#define PAYUNG_LEDGER_ROWS_H

#include "common/edge/pg.h"
#include "services/ledger/canonical.h"

#define OUTCOME_COLUMNS                                                                                                                                    \
    "o.epoch, o.partition, o.origin, o.application_id, o.attempt, o.repeat, o.agreement_no, o.batch_id, o.row_number, o.status, o.codes, o.warnings,"    \
    " o.person_token, o.segment, o.programmes, o.start_month, o.months, o.jkk, o.jkm, o.jht, o.jp, o.package, o.amount, o.rank, o.registration_date, o.lines," \
    " o.message_due, o.commit_sequence, o.position, o.journal_seq, o.decided_at"
enum { OUTCOME_COLUMN_COUNT = 31, OUTCOME_ID_COLUMN = 3, OUTCOME_PERSON_COLUMN = 12 };

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
        .position = pg_int4(rows, row, 28), .journal_seq = pg_int8(rows, row, 29), .decided_at_us = pg_timestamp_us(rows, row, 30),
    };
    for (int i = 0; i < LEDGER_CHARGES; i++) outcome.by_charge[i] = pg_int8(rows, row, 17 + i);
    const struct slice id = pg_bytes(rows, row, OUTCOME_ID_COLUMN), person = pg_bytes(rows, row, OUTCOME_PERSON_COLUMN);
    if (id.size == ID_BYTES) memcpy(outcome.application_id.bytes, id.bytes, ID_BYTES);
    if (person.size == TOKEN_BYTES) memcpy(outcome.person.bytes, person.bytes, TOKEN_BYTES);
    return outcome;
}

#endif
