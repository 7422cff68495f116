/* What endpoints are told: {"type","timestamp","data"}, as DecidedEvent of proto/openapi.yaml describes it. No name, no NIK, no phone: an enrolment is named by its id, with the
 * words of GET /v1/enrolments/{id}. The id of an event comes from what it tells, never from chance, so that it is the same whoever notices it and how often: it is the header webhook-id. */
#ifndef PAYUNG_WEBHOOK_EVENT_H
#define PAYUNG_WEBHOOK_EVENT_H

#include "common/base/arena.h"
#include "common/domain/application.h"

/* The types that an endpoint may ask for. */
#define EVENT_DECIDED "enrolment.decided"
extern const char *const event_types[];
enum { EVENT_TYPES = 1, EVENT_ID_TEXT_MAX = 1 + 2 * ID_BYTES + 1 };

bool event_type_is_known(struct slice type); /* one of event_types */

/* "e0123...": the header webhook-id, and the id of the delivery. */
void event_id_format(struct id event_id, char ret_text[EVENT_ID_TEXT_MAX]);
bool event_id_parse(struct slice text, struct id *ret_event_id);

/* The body, in the arena. */
struct slice event_decided_body(struct arena *arena, const struct outcome *outcome);

#endif
