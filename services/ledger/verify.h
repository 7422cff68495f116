/* The proof: recomputes the whole ledger from its insert-only rows and compares with everything that is kept beside them. Reads one snapshot in bounded memory, whatever
 * the size, and changes nothing. What is checked (the words are `check` of a problem):
 *   chain      journals of an agreement are numbered 1, 2, 3, ... and each names the hash before it; a reversal names a journal before it
 *   hash       journal, entries, outcomes and lines give the hash that is stored (canonical.h): no byte of them was changed, no row added, removed or moved
 *   balance    debits equal credits in each journal
 *   sums       a journal's entries are the sums of its outcomes and lines, account by account (line.h)
 *   outcome    an outcome does not contradict itself: amounts and the premium lines that add up to them, ranks, places, message due
 *   prefix     who waits waits for a reason: nobody is accepted past somebody who waits but out of a reservation; tickets and places are 1, 2, 3, ...
 *   budget     pagu and quota are those of the version in force and were exceeded after no journal, reservations included; the budget row says what outcomes and lines add up to;
 *              an umbrella agreement has given away exactly what the agreements under it state; no balance was ever below zero
 *   agreement  each version has its hash and its journal, the newest is in force, and the columns that deciding reads say what it says
 *   cover      accepted outcomes without the months that were released give exactly the cover calendar, holders included, and nobody holds a month of a programme twice
 *   enrolment  who is enrolled, up to which month and in which state is what outcomes and lines say
 *   due, invoice, payment, suspense   open receivables, invoices, payments and the work list are what the lines say; money between two chains has arrived
 *   waiting    the waiting list holds who was decided so, with the money that the budget reserves
 *   origins    each partition holds one outcome for each origin from the first to the last, none missing, none beyond
 *   once       one outcome per application and attempt; a repeat says what the first one said
 *   acknowledged  each acknowledged row or request that the ledger has passed has its outcome, at the place it was acknowledged for
 *   pending    every outcome PENDING that stands has its next attempt in ledger.pending, and nothing else is due but promotions, renewals and what operators mend
 *   message    nobody was sent a message that was not due, or twice
 *   counter    the counters of lists, promises, messages and cards (schema/0032_tally.sql) are what their rows give when they are counted again */
#ifndef PAYUNG_LEDGER_VERIFY_H
#define PAYUNG_LEDGER_VERIFY_H

#include "common/edge/pg.h"

enum { PROBLEMS_MAX = 100 };

struct verify_problem {
    char check[16];
    char agreement[64]; /* "" when it concerns none */
    char where[96];     /* "journal 3 position 17", "partition 2 origin 1999" */
    char text[200];
};

struct verify_report {
    int64_t agreements, journals, entries, outcomes, lines, covers;
    int64_t waiting;       /* acknowledged rows that the ledger has not reached yet: not a problem */
    int64_t problem_count; /* all, of which the first PROBLEMS_MAX are kept */
    struct verify_problem problems[PROBLEMS_MAX];
};

/* OK whatever was found: the report says it. AGAIN or FATAL when the database could not be read. */
MUST_USE struct err ledger_verify(struct pg *pg, struct verify_report *ret_report);

#endif
