/* Payments on their way in: what a bank's file or a partner tells becomes an outbox row of the topic payment.received, once. PostgreSQL remembers what was sent (intake.payment),
 * so that the same line again is not sent again, whoever brings it; the same number with other content is sent, because the ledger must put it on its work list.
 *
 *   payment_identify(&payment, told);                         content hash and id of what is filled in otherwise
 *   TRY(payment_inbox_add(pg, arena, payments, count, &ends));     one transaction; ends[i] says what became of payments[i]
 *
 * After OK the payments are remembered: the relay sends them whatever happens here. Errors are those of pg.h; then nothing was taken. Writers of the same source wait for each
 * other, so that exactly one content is the first one of a number, and the first one that was told goes out first. */
#ifndef PAYUNG_LEDGER_PAYMENT_INBOX_H
#define PAYUNG_LEDGER_PAYMENT_INBOX_H

#include "common/domain/command.h"
#include "common/edge/pg.h"

enum { PAYMENT_INBOX_ITEMS_MAX = 1000 };
#define PAYMENT_CONTENT_DIFFERS "CONTENT_DIFFERS"

enum payment_inbox_end {
    PAYMENT_SENT = 1,       /* new */
    PAYMENT_REPEATED,       /* the same number and content was sent before, or stands earlier among these */
    PAYMENT_DIFFERS,        /* another content was sent under this number: sent too, for the work list */
    PAYMENT_DIFFERS_AGAIN,  /* ... and this content was sent before as well */
};

/* Fills in content_sha256 (over source, external_id, amount, day, reference, currency, problem, and told) and payment_id (over source, external_id and content). `told` is what else
 * tells this one from another of its number and is not kept, because it may name persons: the line that can't be read, the reference that is none; empty when there is nothing.
 * Not over raw: the same line is the same payment wherever it stands. Texts must fit their bounds: CHECK. */
void payment_identify(struct payment_received *payment, struct slice told);

/* At most PAYMENT_INBOX_ITEMS_MAX; received_at_ms is given by the caller. The ends are in the arena. */
MUST_USE struct err payment_inbox_add(struct pg *pg, struct arena *arena, const struct payment_received *items, size_t count, const enum payment_inbox_end **ret_ends);

#endif
