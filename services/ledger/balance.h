/* The money of one agreement. What is committed is computed from the entries, its parts from the outcomes and lines; what has no entries (reserved, people, who waits) is
 * taken from the working tables that `payung ledger verify` recomputes. */
#ifndef PAYUNG_LEDGER_BALANCE_H
#define PAYUNG_LEDGER_BALANCE_H

#include "common/domain/rupiah.h"
#include "common/edge/pg.h"
#include "services/ledger/canonical.h"

struct segment_balance {
    rupiah committed;             /* what its people cost, without what was released */
    int64_t accepted, waitlisted; /* whose head was not given back; who waits now, without a reservation */
};

struct agreement_balance {
    rupiah pagu, delegated, committed, reserved, left; /* delegated: given to the agreements under this one; reserved: held for who is being decided; left: nothing of these */
    rupiah by_charge[LEDGER_CHARGES];        /* by ledger_charge */
    int64_t accepted, waitlisted;
    struct segment_balance segments[SEGMENT_PMI + 1];
};

/* *ret_found false: there is no such agreement. */
MUST_USE struct err agreement_balance(struct pg *pg, struct arena *arena, struct slice agreement_id, bool *ret_found, struct agreement_balance *ret_balance);

#endif
