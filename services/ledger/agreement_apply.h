/* Puts an agreement document in force: one row of ledger.agreement and its budget. Declarative: the same document again changes nothing; another document under an
 * id that is in force is refused (amendments are numbered documents of their own). The partitions are stored with the agreement and never change. */
#ifndef PAYUNG_LEDGER_AGREEMENT_APPLY_H
#define PAYUNG_LEDGER_AGREEMENT_APPLY_H

#include "common/edge/pg.h"
#include "services/ledger/agreement_document.h"

enum apply_answer {
    APPLY_CREATED,   /* or, with write == false: would be created */
    APPLY_UNCHANGED, /* the same document is in force */
    APPLY_DIFFERENT  /* another one is; ret_difference says how */
};

/* applied_by: who, for the audit. ret_difference is set for APPLY_DIFFERENT only. */
MUST_USE struct err agreement_apply(struct pg *pg, struct arena *arena, const struct agreement_document *document, const char *applied_by, bool write,
                                    enum apply_answer *ret_answer, const char **ret_difference);

#endif
