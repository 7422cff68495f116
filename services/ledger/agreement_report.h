/* What stands in the ledger about agreements, for people: one agreement with all that was agreed under it, or all of them, and the documents that were in force one after the other.
 * Numbers come from the budget rows, which `payung ledger verify` proves; the money of one agreement by charge and segment is balance.h. It changes nothing. */
#ifndef PAYUNG_LEDGER_AGREEMENT_REPORT_H
#define PAYUNG_LEDGER_AGREEMENT_REPORT_H

#include "common/domain/agreement.h"
#include "common/edge/pg.h"

enum { AGREEMENT_LINES_MAX = 100000, AGREEMENT_VERSIONS_MAX = 200 };

struct agreement_line {
    int depth;                    /* 0, or how many umbrellas stand above it in this report */
    struct slice id, name, parent; /* parent "" = none */
    struct slice payer_name;
    day_t period_from, period_to;
    rupiah pagu;                  /* RUPIAH_INPUT_MAX: none stated */
    rupiah delegated, committed, reserved; /* of the pagu: given to the agreements under it, bound by accepted people, held for who is being decided */
    rupiah receivable, credit;    /* invoiced and not paid; paid and not used */
    int64_t quota, accepted, waitlisted, reserved_heads;
    int64_t warned;               /* people whose decision bears W50: a programme that was agreed or asked for is not billed; -1: not counted */
    int32_t amendment;            /* that is in force */
    struct slice state;           /* "IN_FORCE", "ENDED" */
    struct slice renews, renewed_by; /* "" = none */
};

/* One document that was in force, from in_force_at_ms until the next one. */
struct agreement_version {
    int32_t amendment;
    int64_t journal_seq;          /* 0: put in force before agreements had journals */
    struct slice made_by, approved_by;
    int64_t in_force_at_ms;
    rupiah pagu;
    int64_t quota;
    uint8_t document_sha256[32];
    struct slice canonical;       /* the document; empty when it is damaged */
};

/* An umbrella stands before those under it, these by id. root "": all agreements; else that one and all below it, none when there is no such agreement. count_warned looks at every
 * outcome: not for a service with others waiting. Everything lives in the arena. FATAL beyond AGREEMENT_LINES_MAX. */
MUST_USE struct err agreement_lines(struct pg *pg, struct arena *arena, struct slice root, bool count_warned, struct agreement_line **ret_lines, size_t *ret_count);

/* In ascending order; of more than AGREEMENT_VERSIONS_MAX the newest. None: there is no such agreement. */
MUST_USE struct err agreement_versions(struct pg *pg, struct arena *arena, struct slice id, struct agreement_version **ret_versions, size_t *ret_count);

#endif
