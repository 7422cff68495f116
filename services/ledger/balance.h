/* The money of one agreement, computed from the entries and outcomes, not from the budget row that is kept beside them. */
#ifndef PAYUNG_LEDGER_BALANCE_H
#define PAYUNG_LEDGER_BALANCE_H

#include "common/domain/rupiah.h"
#include "common/edge/pg.h"
#include "services/ledger/canonical.h"

struct segment_balance {
    rupiah committed;
    int64_t accepted, waitlisted;
};

struct agreement_balance {
    rupiah pagu, delegated, committed, left; /* delegated: given to the agreements under this one; left: neither committed nor given */
    rupiah by_charge[LEDGER_CHARGES];        /* by ledger_charge */
    int64_t accepted, waitlisted;
    struct segment_balance segments[SEGMENT_PMI + 1];
};

/* *ret_found false: there is no such agreement. */
MUST_USE struct err agreement_balance(struct pg *pg, struct arena *arena, struct slice agreement_id, bool *ret_found, struct agreement_balance *ret_balance);

#endif
