/* A numbered row of the outbox as a record of its topic: the lineage (epoch 1, first origin 0, origin = sequence) in front of the payload, the stored key and partition, and
 * CloudEvents headers with a traceparent. All ids are derived from the content or the place, never random: sent again after a crash, a record is the same. */
#ifndef PAYUNG_RELAY_ENVELOPE_H
#define PAYUNG_RELAY_ENVELOPE_H

#include "common/stage/port.h"
#include "services/relay/outbox.h"

/* Fills all of the output but its tag; what it points to lives in the arena and in the row. False when the payload is no message of its topic, or its partition does not
 * exist: such a record would stop every reader, so it may not leave. A row that is not numbered yet is judged as if it were the first one. */
MUST_USE bool envelope_of(struct arena *arena, const struct outbox_row *row, struct stage_output *ret_output);

#endif
