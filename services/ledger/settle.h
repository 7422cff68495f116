/* Money meets receivables. Whole months of a person are paid in a fixed order, so that a short payment never activates a subset at random (domain.md 4.6): those of the invoice
 * that was named first, then by invoice, place in the list, month; a strict prefix: at the first one that can't be afforded it stops. What is left stays credit of the payer.
 *
 *   TRY(settle(money, account, invoice_no, available, day, position, &settlement));    within a journal that the caller closes
 *   TRY(credit_apply(money, account, reference, &settlement));                         a journal CREDIT of its own, of the credit that is there; none when nothing is open
 *
 * A settled month moves enrolment.paid_to: the last month of the unbroken run of settled ones from the start (months never invoiced don't count; months without a price, as
 * those after a contract's single premium, are passed over). Who has thereby paid the next month and is REGISTERED, or is in GRACE and has no month open up to that
 * of `day`, becomes ACTIVE from the later of `day` and the first day of that next month, unless the agreement's cover is active on commitment, or all that was bought is over by then.
 * A later month paid while an earlier one is open activates nobody: cover starts with the
 * first contribution (domain.md 2.7). */
#ifndef PAYUNG_LEDGER_SETTLE_H
#define PAYUNG_LEDGER_SETTLE_H

#include "services/ledger/money.h"

struct settlement {
    rupiah amount;         /* settled */
    int64_t months;        /* lines SETTLED */
    int64_t activated;     /* lines STATE after them */
};

/* Writes the lines from first_position on, deletes the rows of ledger.due, moves ledger.enrolment. preferred_invoice_no 0: none was named. available: the payment and the
 * credit that was there; not negative. */
MUST_USE struct err settle(struct money *money, const struct money_account *account, int32_t preferred_invoice_no, rupiah available, day_t day, int32_t first_position,
                           struct settlement *ret_settlement);
/* The day is the business date. Publishes the changes of cover. */
MUST_USE struct err credit_apply(struct money *money, struct money_account *account, struct slice reference, struct settlement *ret_settlement);

#endif
