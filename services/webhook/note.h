/* Who is owed an event: one row of intake.webhook_delivery for each active endpoint whose partner's scope holds the agreement now, and whose own filter does. To be called in the transaction
 * that moves past what is told (house.md, rule 10), so that it is noted once, by whoever commits; a row that is there already stays as it is.
 *
 *   webhook_note_decided     first outcomes; a repeat and a parked record owe nothing
 *   webhook_note_coverage    changes of cover
 *   webhook_note_progress    lists that came beyond another fifth of their rows since they were looked at: by whoever leads the senders, in a transaction of its own
 *
 * Without an endpoint one small question is asked and no body is made. Errors are those of pg.h. */
#ifndef PAYUNG_WEBHOOK_NOTE_H
#define PAYUNG_WEBHOOK_NOTE_H

#include "common/edge/pg.h"
#include "common/stage/stage.h"
#include "services/webhook/event.h"

MUST_USE struct err webhook_note_decided(struct pg *pg, const struct stage_batch *batch);
MUST_USE struct err webhook_note_coverage(struct pg *pg, const struct stage_batch *batch);
enum { NOTE_LISTS_MAX = 200 }; /* of one look; the oldest first */
MUST_USE struct err webhook_note_progress(struct pg *pg, struct arena *arena);

#endif
