/* A payment that came (from a partner or a bank's statement) becomes a booking, or a row of the work list (suspense.h): exactly once, and nothing is lost.
 *
 *   BOOKED     its reference is an invoice: journal PAYMENT of the agreement: RECEIVED, SETTLED ..., STATE ...; what is left is credit (TITIPAN)
 *   SUSPENDED  a payment of nobody known: journal SUSPENSE of agreement 0, to be assigned or returned
 *   PARKED     no payment (amount, currency, date, damaged, or the same number with another content): nothing is booked, a row tells it
 *   REPEATED   the same content under the same (source, external_id) was handled before: nothing is done
 *
 * A payment locks the budget of its agreement, and that of agreement 0 only on its way to the work list. A number that comes twice at once is held by the keys of ledger.payment
 * and ledger.suspense: the second one waits for the first, is refused and looks again, with a later commit sequence, so that a replay sees them in that order, too. The
 * agreement is found by the reference before anything is locked; invoices never change, so the answer still holds then. Whether an invoice was known is kept in the archived command (agreement "none" or not), because a replay
 * must not find one that came a moment too late. */
#ifndef PAYUNG_LEDGER_PAYMENT_BOOK_H
#define PAYUNG_LEDGER_PAYMENT_BOOK_H

#include "services/ledger/refusal.h"
#include "services/ledger/settle.h"

enum payment_outcome { PAYMENT_OUTCOME_NONE = 0, PAYMENT_OUTCOME_BOOKED, PAYMENT_OUTCOME_SUSPENDED, PAYMENT_OUTCOME_PARKED, PAYMENT_OUTCOME_REPEATED };
const char *payment_outcome_name(enum payment_outcome outcome); /* "BOOKED" */

/* Moves ledger.reader over one record of `payment.received` in the transaction of its booking; another writer who was there first makes it FENCED. */
struct payment_step {
    int32_t partition;
    uint32_t seen_epoch, epoch;
    int64_t seen_next, first_origin, next;
};

struct payment_options {
    const struct payment_step *step;  /* NULL: none (a replay) */
    struct slice agreement_id;        /* of a replay: as its command says; bytes NULL: found by the reference */
};

struct payment_result {
    enum payment_outcome outcome;
    struct slice problem, agreement_id; /* of the arena; empty when there is none */
    int64_t journal_seq;
    int32_t suspense_no;                /* 0: not in the work list */
    struct settlement settlement;
};

/* options may be NULL. */
MUST_USE struct err command_payment(struct pg *pg, struct arena *arena, const struct money_moment *moment, const struct payment_received *payment,
                                    const struct payment_options *options, struct payment_result *ret_result);
/* Moves the reader over a record that holds nothing that could be kept (unreadable; its bytes are in the dead-letter topic). */
MUST_USE struct err payment_pass(struct pg *pg, struct arena *arena, const struct payment_step *step);

#endif
