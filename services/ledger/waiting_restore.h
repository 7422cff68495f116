/* Who waited before migration 0007 stands in ledger.waiting without a record: the message of `submitted`, which is needed to ask for the person anew, was not kept then. Nobody is
 * served past such a row (promotion.h). This finds the messages in the topic and fills record and village in, budget by budget under its lock; where the topic has lost a message
 * (retention), the row stays as it is until the same row of a list is submitted once more: it bears the same id, so the ledger repeats its outcome, and its message is there again.
 *
 * Safe at any time and any number of times: only rows without a record are filled. Without such rows Kafka is not asked. */
#ifndef PAYUNG_LEDGER_WAITING_RESTORE_H
#define PAYUNG_LEDGER_WAITING_RESTORE_H

#include "common/edge/pg.h"

enum { RESTORE_IDS_MAX = 4 * 1000 * 1000 }; /* at once; run it again for more */

struct waiting_restored {
    int64_t missing;  /* rows without a record at the start */
    int64_t restored; /* of them: found and filled */
    int64_t read;     /* records of the topic */
};

MUST_USE struct err waiting_restore(struct pg *pg, const char *brokers, struct waiting_restored *ret_restored);

#endif
