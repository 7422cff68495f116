/* The monthly run of one agreement at a business date (domain.md 2.7): what time alone changes. One transaction, idempotent: the same date twice changes nothing new, a date before the last
 * one is refused. In this order, because each step sees the one before:
 *
 *   credit        of the payer pays what is open
 *   activation    where cover is active on commitment: REGISTERED whose start month has come -> ACTIVE
 *   lapse         a month is unpaid when it is invoiced and open; from the first day of the month `grace_months` behind the first unpaid one -> LAPSED. The cover ends with the last paid
 *                 month: what is behind it is given back (release.h), arrears are not charged. Who never paid is never covered and does not lapse
 *   period        the agreement is over: months behind it that nobody has invoiced are given back, and who had some -> ENDED
 *   grace         an unpaid month that is over, or whose invoice is overdue -> GRACE from its first day (LAPSE_WARN)
 *   reservations  past their day, or of an agreement that is over -> back to the waiting list, at the old place in its order
 *   invoice       agreements that pay by the month: the month of the date; prepaid ones: the block of months that it lies in. Months that were missed come along, of everybody: also of who
 *                 came into the list in the last month, or ended since (invoice.h)
 *   end           whoever's last bought month is over, all invoiced by now -> ENDED from the day after it; who was covered is owed SPONSOR_END, which is not sent when somebody covers on
 *
 * A month that nobody has invoiced yet makes nobody late; one that was invoiced only after it was over makes nobody late before the invoice is overdue, and lapses nobody before the day
 * after it is due.
 *
 * What follows are commands of their own: carry (renewal.h), promotion (promotion.h). run_agreement does all of it in that order.
 *
 * grace_months: the parameter of the law, for agreements that state none. It is archived with the command (its `months`), so a replay knows what counted. */
#ifndef PAYUNG_LEDGER_RUN_H
#define PAYUNG_LEDGER_RUN_H

#include "services/ledger/money.h"

enum run_answer {
    RUN_DONE = 0,
    RUN_NOTHING, /* all of it was done already */
    RUN_EARLIER, /* the last run was of a later date: refused */
    RUN_UNKNOWN, /* no such agreement */
};

struct run_result {
    enum run_answer answer;
    day_t last_run;       /* before this one; 0 none */
    int64_t activated, lapsed, ended, in_grace, expired;
    rupiah released;      /* of the budget, by lapse */
    bool agreement_ended; /* just now */
    int64_t invoiced_persons;
    rupiah invoiced;
    int64_t carried, promoted; /* only by run_agreement */
};

MUST_USE struct err command_run(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct slice agreement_id, uint32_t grace_months, struct run_result *ret_result);
/* command_run, and then what follows from it: the waiting list of an ended agreement to the one that renews it, promotion there and here. */
MUST_USE struct err run_agreement(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct slice agreement_id, uint32_t grace_months, struct run_result *ret_result);
/* Agreements with something that time could change: in force, or with covers or a waiting list that outlive them. Ids in the arena, in the order of their numbers, behind after_no (0 = from the first). */
enum { RUN_AGREEMENTS_MAX = 256 };
MUST_USE struct err run_agreements(struct pg *pg, struct arena *arena, int32_t after_no, struct slice ret_ids[RUN_AGREEMENTS_MAX], size_t *ret_count, int32_t *ret_last_no);

#endif
