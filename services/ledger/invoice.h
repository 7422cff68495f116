/* Invoices: what a payer owes for persons and months. An invoice for a month takes everybody who has bought it and was not invoiced for it, in the order of the list, and with
 * it the earlier months that somebody missed (who joined late, who was promoted). Prices are those of the premium lines of each person's outcome; a price that is one for the
 * whole cover falls into its first month; a relief shows as normal price and reduction.
 *
 * Everybody means also who has ended: what enrolment.end_month still says is bought, as the month of a death, is owed. What is not to be charged was given back when the person ended: of
 * who was never covered all that was not invoiced by then (mutation.h), of who lapsed all that was not paid (release.h).
 *
 * enrolment.invoiced_to is the last month up to which nothing is left to invoice: it passes over months that have no price. Invoicing twice gives nothing new; the unique index
 * on ledger.line is the last guard. Credit of the payer is used at once (settle.h).
 *
 * A charge that costs nothing, as under a relief of all of it, is passed over; so is a month without any price. Two persons' prices under one text of premium lines are computed once. A
 * month of a person with two different reliefs, or with a price lower than normal and no relief, can't be shown in the books: FATAL, nothing is invoiced. */
#ifndef PAYUNG_LEDGER_INVOICE_H
#define PAYUNG_LEDGER_INVOICE_H

#include "services/ledger/billing.h"
#include "services/ledger/refusal.h"
#include "services/ledger/settle.h"

enum { INVOICE_MONTHS_MAX = COVER_MONTHS_MAX };

struct invoice {
    char number[INVOICE_NUMBER_MAX]; /* "": there was nothing to invoice */
    char billing_code[BILLING_CODE_DIGITS + 1];
    int32_t invoice_no;
    int64_t journal_seq;
    month_t first_month;
    uint32_t months;
    day_t issued_on, due_on; /* due: the 15th of the month after the first month, or after that of the issue when that is later; a reminder (domain.md 2.3, 11.12) */
    int64_t persons, lines;
    rupiah amount;
    struct settlement from_credit; /* what existing credit paid at once */
};

/* Within a transaction: closes the journal INVOICE, and CREDIT when credit was used. AGAIN when an invoice of the same region and month with a later commit sequence came first:
 * undo, and try the whole transaction again. */
MUST_USE struct err invoice_issue(struct money *money, struct money_account *account, month_t first, uint32_t months, struct invoice *ret_invoice);

struct invoice_result {
    struct refusal refusal;
    struct invoice invoice;
};
MUST_USE struct err command_invoice(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct slice agreement_id, month_t first, uint32_t months,
                                    struct invoice_result *ret_result);

#endif
