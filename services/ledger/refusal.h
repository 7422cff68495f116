/* A command that is not an error but can't be done: which rule says no, and what to do instead. A refused command has changed nothing. */
#ifndef PAYUNG_LEDGER_REFUSAL_H
#define PAYUNG_LEDGER_REFUSAL_H

#include "services/ledger/money.h"

enum { REFUSAL_TEXT_MAX = 232 };

struct refusal {
    const char *code; /* a stable word ("UNKNOWN_AGREEMENT"), static; NULL: it was done */
    char text[REFUSAL_TEXT_MAX];
    const char *remedy; /* static */
};

/* Fills in a refusal and returns OK, so that a command can end with it. */
MUST_USE struct err refuse(struct refusal *ret_refusal, const char *code, const char *remedy, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The end of a command's transaction: commits what was done; undoes what failed or was refused. A constraint of the database that says no (closed period, pagu, quota,
 * credit) becomes a refusal, unless it is one already; other errors stay errors. */
MUST_USE struct err money_finish(struct money *money, struct err err, struct refusal *refusal);

#endif
