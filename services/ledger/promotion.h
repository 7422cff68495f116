/* The waiting list of an agreement is served (domain.md 3.6): in its total order, as a strict prefix, as long as money and heads suffice. Whoever is served gets a reservation and a row in
 * ledger.pending, so that intake submits the application anew: re-validated and re-priced for the months that are left. The posting path turns the reservation into a commitment, or
 * gives it back; one whose answer from outside is still missing only gets the reservation, since it is asked again anyway.
 *
 *   estimate     price of a month as last priced (rounded up) * months left; the whole price for JAKON and PMI, whose amounts are for the whole cover
 *   start month  the later of the agreement's first month and the month of the business date; the month after it when it is invoiced already
 *   months left  up to the agreement's last month; nobody is promoted when none is left, or when the agreement has ended, or while renewals into it are not decided yet
 *
 * Nobody is served past one whose message is not known (waiting_restore.h).
 * One command serves at most PROMOTION_PERSONS_MAX, so that it holds the budget for a moment only; the rest has its turn with the next one.
 *
 * promotion_due tells which agreements have something to do: the relay asks every second or so and calls command_promotion for each. Both use the same terms and the same order, so
 * what is due is promoted. */
#ifndef PAYUNG_LEDGER_PROMOTION_H
#define PAYUNG_LEDGER_PROMOTION_H

#include "services/ledger/money.h"

enum { PROMOTION_PERSONS_MAX = 5000 };

struct promotion_result {
    bool found;      /* the agreement exists */
    int64_t promoted;
    rupiah reserved; /* for them */
    month_t start_month; /* their new one */
    int32_t months;
    day_t reserved_until;
};

MUST_USE struct err command_promotion(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct slice agreement_id, struct promotion_result *ret_result);

enum { PROMOTION_DUE_MAX = 64 };
/* Agreements in which the first of the waiting list can be served on that day, ids in the arena; at most PROMOTION_DUE_MAX, the others have their turn at the next call. */
MUST_USE struct err promotion_due(struct pg *pg, struct arena *arena, day_t day, struct slice ret_ids[PROMOTION_DUE_MAX], size_t *ret_count);

/* Who would be served if `money` rupiah and `heads` heads were free (forecast): how many, what they would cost, and the first `limit` applications. */
struct promotion_preview {
    int64_t persons;
    rupiah cost;
    month_t start_month;
    int32_t months;
    size_t id_count;
    struct id *ids; /* in the arena */
};
MUST_USE struct err promotion_would(struct pg *pg, struct arena *arena, int32_t agreement_no, day_t day, rupiah money, int64_t heads, int32_t limit, struct promotion_preview *ret_preview);

/* The place of an application in the waiting list: 1 is served first; 0: it does not wait (it may have a reservation). */
MUST_USE struct err waiting_place(struct pg *pg, struct arena *arena, struct id application_id, int64_t *ret_place);

#endif
