/* Puts an agreement document in force: one row of ledger.agreement and its budget. Declarative: the same document again changes nothing; another document under an
 * id that is in force is refused (amendments are numbered documents of their own). The partitions are stored with the agreement and never change.
 *
 * An agreement with a parent is a part of that umbrella agreement, which must be in force: its segments, programmes, period and region lie within the parent's, and when the
 * parent states a pagu, so does the child, of the same source of funds, out of what the parent has neither committed itself nor given to others. That money is taken from the parent in the same transaction
 * (budget.delegated), under a constraint: it can't be spent twice. */
#ifndef PAYUNG_LEDGER_AGREEMENT_APPLY_H
#define PAYUNG_LEDGER_AGREEMENT_APPLY_H

#include "common/edge/pg.h"
#include "services/ledger/agreement_document.h"

enum apply_answer {
    APPLY_CREATED,   /* or, with write == false: would be created */
    APPLY_UNCHANGED, /* the same document is in force */
    APPLY_DIFFERENT, /* another one is; *ret_difference says how */
    APPLY_REFUSED    /* it does not fit its parent; *ret_problem names member and remedy */
};

/* applied_by: who, for the audit. ret_difference is set for APPLY_DIFFERENT only, ret_problem for APPLY_REFUSED only. */
MUST_USE struct err agreement_apply(struct pg *pg, struct arena *arena, const struct agreement_document *document, const char *applied_by, bool write,
                                    enum apply_answer *ret_answer, const char **ret_difference, struct document_problem *ret_problem);

#endif
