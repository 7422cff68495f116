/* Corrections: a journal is never changed, it is taken back by another one that points at it (journal.reverses) with a reason code (reversal.def). What can be taken back:
 *
 *   PAYMENT   its settled months are open again. People of whom no month is paid any more are REGISTERED again; the others are left to the monthly run. Its money, as the reason
 *             says, leaves to the bank it came from (RETURNED); or stays as credit of the agreement, which the next invoice or run settles with; or moves to the work list
 *             (suspense.h): RETURNED here and SUSPENDED in the chain of "none", so that no account of a bank changes in total, to be assigned to its payer. Refused when
 *             money would leave that was kept as credit and has been used meanwhile, or when nothing was settled and nothing leaves.
 *   CREDIT    its settled months are open again, the credit is there again.
 *   INVOICE   its months are credited as if never invoiced, and can be invoiced again. Only while nothing of it is paid and no later invoice stands for the same
 *             people. Months that were credited or refunded since (the person left) do not count.
 *
 * A journal is reversed once. Months that were refunded since stay so. Also here: the close of a period, after which no journal has a business date in it.
 * Both are commands: pg.h errors, or a refusal, or done. */
#ifndef PAYUNG_LEDGER_REVERSAL_H
#define PAYUNG_LEDGER_REVERSAL_H

#include "services/ledger/refusal.h"

struct reversal_result {
    struct refusal refusal;
    int64_t journal_seq;                    /* the reversal's */
    int64_t months;                         /* lines UNSETTLED or CREDITED */
    int64_t registered;                     /* people who are REGISTERED again */
    rupiah amount, returned;                /* of these months; that left the agreement */
    int32_t suspense_no;                    /* WRONG_PAYER: where it waits now; else 0 */
};

bool reversal_reason_is_known(struct slice reason); /* pure */
const char *reversal_reason_sentence(size_t index, const char **ret_symbol); /* NULL behind the last one */

MUST_USE struct err command_reversal(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct slice agreement_id, int64_t journal_seq, struct slice reason,
                                     struct reversal_result *ret_result);

struct close_result {
    struct refusal refusal;
    int64_t journal_seq;
    day_t before; /* closed up to this day before; 0 never */
};
/* `to` must lie before the business date, and after what is closed already: today's payments always find an open day. */
MUST_USE struct err command_close(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct slice agreement_id, day_t to, struct close_result *ret_result);

#endif
