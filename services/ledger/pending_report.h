/* Who waits for an answer from outside, for operators: counts by reason and age, never a person. What is read is ledger.pending, which `payung ledger verify` proves. */
#ifndef PAYUNG_LEDGER_PENDING_REPORT_H
#define PAYUNG_LEDGER_PENDING_REPORT_H

#include "common/domain/codes.h"
#include "common/edge/pg.h"

enum { PENDING_LINES_MAX = 64 }; /* sets of P codes that ever meet: three today */

struct pending_line {
    struct code_set codes;
    int64_t applications, last_hour, last_day; /* of all: those that have waited less than an hour, less than a day */
    int64_t since_ms, next_ms;                 /* the oldest of them; the next try of any of them (past: it is under way) */
    int32_t attempts;                          /* the most that one of them was tried */
};

/* One line for each set of reasons. */
MUST_USE struct err pending_lines(struct pg *pg, struct arena *arena, struct pending_line ret_lines[PENDING_LINES_MAX], size_t *ret_count);

#endif
