/* From one agreement to the next (domain.md 4.10, 3.6): an agreement B that names A in `renews` takes over A's waiting list when A is over, and everybody still enrolled in A can be asked
 * again under B.
 *
 *   command_carry   waiting rows of A become waiting rows of B, with new tickets and in their old order: their keys stay. Promotion in B validates and prices them anew. Nothing happens
 *                   while B is not in force, A is not over, or renewals into B are not decided yet: who is enrolled stands before who waits
 *   command_renew   everybody in OLD who is enrolled, or whose cover ended with the period, gets a next attempt under NEW in ledger.pending (purpose 3): NEW's programmes, months and prices,
 *                   with the whole validation. Months that are over by then are not bought. Covers of a construction project or of a migrant worker's contract are not renewed, nor is
 *                   anybody whose record was deleted; both are counted. Whoever was asked again already, under NEW or otherwise, is left alone, so a second call only takes who came since
 *
 * Renew before the waiting list is carried over: newcomers stand behind who waits. */
#ifndef PAYUNG_LEDGER_RENEWAL_H
#define PAYUNG_LEDGER_RENEWAL_H

#include "services/ledger/money.h"

enum { CARRY_PAIRS_MAX = 8 };
struct carry_pair {
    struct slice from, into; /* agreement ids in the arena */
};

/* Which waiting lists are to be carried on that day, out of this agreement or into it. */
MUST_USE struct err carry_due(struct pg *pg, struct arena *arena, struct slice agreement_id, day_t day, struct carry_pair ret_pairs[CARRY_PAIRS_MAX], size_t *ret_count);
/* *ret_carried 0: there was nothing to do. */
MUST_USE struct err command_carry(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct slice from, struct slice into, int64_t *ret_carried);

enum renew_answer {
    RENEW_DONE = 0,   /* or would be done, when it was not to be written */
    RENEW_UNKNOWN,    /* one of the two agreements is not there, or they are the same */
    RENEW_NOT_LATER,  /* NEW is not in force, or its period does not end behind that of OLD */
    RENEW_OVER,       /* no month of NEW is left */
};

struct renew_result {
    enum renew_answer answer;
    int64_t persons;         /* asked again */
    int64_t asked_before;    /* under NEW already, or they wait for another answer */
    int64_t without_record;
    int64_t other_segments;
    int64_t waiting_in_old;  /* they follow when OLD is over */
    int64_t waiting_in_new;  /* > 0: who is renewed now stands behind them */
    bool renews;             /* NEW names OLD: its waiting list follows */
    month_t start_month;
    int32_t months;
    day_t registration_date;
    rupiah cost, free_money; /* an estimate by the price of the last month; and what NEW has left */
};

/* write false: only counts. */
MUST_USE struct err command_renew(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct slice old_id, struct slice new_id, bool write, struct renew_result *ret_result);

#endif
