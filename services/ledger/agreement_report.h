/* What stands in the ledger about agreements, for people: one agreement with all that was agreed under it, or all of them. Numbers come from the budget rows, which
 * `payung ledger verify` proves; the money of one agreement by charge and segment is balance.h. It changes nothing. */
#ifndef PAYUNG_LEDGER_AGREEMENT_REPORT_H
#define PAYUNG_LEDGER_AGREEMENT_REPORT_H

#include "common/domain/agreement.h"
#include "common/edge/pg.h"

enum { AGREEMENT_LINES_MAX = 100000 };

struct agreement_line {
    int depth;                    /* 0, or how many umbrellas stand above it in this report */
    struct slice id, name, parent; /* parent "" = none */
    struct slice payer_name;
    day_t period_from, period_to;
    rupiah pagu;                  /* RUPIAH_INPUT_MAX: none stated */
    rupiah delegated, committed;  /* delegated: of the pagu, given to the agreements under it */
    int64_t quota, accepted, waitlisted;
    int64_t warned;               /* people whose decision bears W50: a programme that was agreed or asked for is not billed */
};

/* An umbrella stands before those under it, these by id. root "": all agreements; else that one and all below it, none when there is no such agreement. Everything lives in
 * the arena. FATAL beyond AGREEMENT_LINES_MAX. */
MUST_USE struct err agreement_lines(struct pg *pg, struct arena *arena, struct slice root, struct agreement_line **ret_lines, size_t *ret_count);

#endif
