/* Refusals, and the one place where a broken constraint of the database is put into words. */
#include "services/ledger/refusal.h"

#include <stdarg.h>
#include <stdio.h>

struct err refuse(struct refusal *ret_refusal, const char *code, const char *remedy, const char *format, ...) {
    va_list arguments;
    *ret_refusal = (struct refusal){.code = code, .remedy = remedy};
    va_start(arguments, format);
    (void)vsnprintf(ret_refusal->text, sizeof ret_refusal->text, format, arguments); /* a cut sentence is still one */
    va_end(arguments);
    return OK;
}

static const struct {
    const char *word, *code, *text, *remedy;
} constraints[] = {
    {"is closed: a journal of", "PERIOD_CLOSED", "the period of that business date is closed", "Choose a business date after the day up to which the agreement is closed."},
    {"pagu_never_exceeded", "PAGU_EXCEEDED", "the budget of the agreement does not allow it", "Raise the pagu by an amendment, or release what is bound."},
    {"quota_never_exceeded", "QUOTA_EXCEEDED", "the quota of the agreement does not allow it", "Raise the quota by an amendment."},
    {"money_is_there", "CREDIT_MISSING", "the credit of the payer (TITIPAN) is less than what would be taken from it",
     "Reverse first what used the credit (payung ledger reverse of the CREDIT or PAYMENT journal), or book a new payment."},
};

static struct err refusal_of_constraint(struct err err, struct refusal *refusal) {
    if (err.fate != FATE_SPLIT) return err;
    for (size_t i = 0; i < sizeof constraints / sizeof *constraints; i++)
        if (strstr(err.text, constraints[i].word) != NULL) return refuse(refusal, constraints[i].code, constraints[i].remedy, "%s", constraints[i].text);
    return err;
}

struct err money_finish(struct money *money, struct err err, struct refusal *refusal) {
    if (!failed(&err) && refusal->code == NULL) return money_commit(money);
    money_undo(money);
    return failed(&err) ? refusal_of_constraint(err, refusal) : OK;
}
