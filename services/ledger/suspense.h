/* The suspense account and its work list (ledger.suspense): money that came without a payer, booked on SUSPENS in the chain of agreement 0 ("none"), and messages or lines that are
 * no payment, of which nothing is booked. Nothing that came is lost: each row keeps who told it under which number, and where it stands in the bank's file (`raw`). What stands there
 * is not kept: it may name persons.
 *
 * What an operator does with a row, each a command with journals, audit and archive:
 *   assign    its payer is known now: SUSPENS -> PINDAHAN in the chain of "none", PINDAHAN -> TITIPAN and settled months in the payer's. What is a payment but was not booked
 *             (REFUSED by the database, or CONTENT_DIFFERS: a number that another payment has, too) is booked by it: KAS -> SUSPENS first, in the same journal. It gets a
 *             row in ledger.payment, with "#<number of its row>" behind the external id when that is taken
 *   return    the money goes back to the bank it came from
 *   dismiss   it is no payment; only where nothing was booked
 * A row is resolved once; a payment that is reversed as WRONG_PAYER opens it again (reversal.h). Its number is given under the lock of agreement 0, so that a replay gives the same ones. */
#ifndef PAYUNG_LEDGER_SUSPENSE_H
#define PAYUNG_LEDGER_SUSPENSE_H

#include "services/ledger/refusal.h"
#include "services/ledger/settle.h"

#define SUSPENSE_AGREEMENT "none" /* agreement 0 */
enum { SUSPENSE_NOTE_MAX = 200 };

struct suspense_words {
    const char *problem, *remedy; /* Bahasa Indonesia */
};
struct suspense_words suspense_words(struct slice problem); /* pure; of an unknown problem: a general sentence */

struct suspense_result {
    struct refusal refusal;
    rupiah amount;
    int64_t journal_seq;       /* in the chain of "none"; 0 when nothing was booked */
    int64_t payer_journal_seq; /* assign: in the payer's chain */
    struct settlement settlement;
};

/* In a transaction that holds the account of "none". journal_seq: of the line SUSPENDED when booked, else 0. */
MUST_USE struct err suspense_park(struct money *money, const struct payment_received *payment, struct slice problem, bool booked, int64_t journal_seq, int32_t *ret_suspense_no);

/* invoice_id: settled first; empty for none. note: why, at most SUSPENSE_NOTE_MAX bytes, nothing personal. */
MUST_USE struct err command_assign(struct pg *pg, struct arena *arena, const struct money_moment *moment, int64_t suspense_no, struct slice agreement_id, struct slice invoice_id,
                                   struct slice note, struct suspense_result *ret_result);
MUST_USE struct err command_return(struct pg *pg, struct arena *arena, const struct money_moment *moment, int64_t suspense_no, struct slice note, struct suspense_result *ret_result);
MUST_USE struct err command_dismiss(struct pg *pg, struct arena *arena, const struct money_moment *moment, int64_t suspense_no, struct slice note, struct suspense_result *ret_result);

#endif
