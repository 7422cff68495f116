/* Who is owed an outcome: one row of intake.webhook_delivery for each active endpoint whose partner's scope holds the agreement now, and whose own filter does. To be called in the transaction
 * that moves past the outcome (house.md, rule 10), so that it is noted once, by whoever commits; a row that is there already stays as it is. A repeat and a parked record owe nothing.
 *
 *   TRY(webhook_note_decided(pg, batch, &quiet_until_us));      quiet_until_us: the caller's, 0 at the start
 *
 * Without an endpoint no body is made, and for a second nobody asks again whether there is one. Errors are those of pg.h. */
#ifndef PAYUNG_WEBHOOK_NOTE_H
#define PAYUNG_WEBHOOK_NOTE_H

#include "common/edge/pg.h"
#include "common/stage/stage.h"
#include "services/webhook/event.h"

MUST_USE struct err webhook_note_decided(struct pg *pg, const struct stage_batch *batch, int64_t *quiet_until_us);

#endif
