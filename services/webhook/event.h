/* What endpoints are told: {"type","timestamp","data"}, as Event of proto/openapi.yaml describes it. No name, no NIK, no phone: an enrolment is named by its id, with the
 * words of GET /v1/enrolments/{id}. The id of an event comes from what it tells, never from chance, so that it is the same whoever notices it and how often: it is the header webhook-id. */
#ifndef PAYUNG_WEBHOOK_EVENT_H
#define PAYUNG_WEBHOOK_EVENT_H

#include "common/base/arena.h"
#include "common/domain/application.h"
#include "common/domain/command.h"

/* The types that an endpoint may ask for. */
#define EVENT_DECIDED "enrolment.decided"
#define EVENT_COVERAGE "coverage.changed"
#define EVENT_PROGRESS "batch.progress"
extern const char *const event_types[];
enum { EVENT_TYPES = 3, EVENT_ID_TEXT_MAX = 1 + 2 * ID_BYTES + 1 };

bool event_type_is_known(struct slice type); /* one of event_types */

/* "e0123...": the header webhook-id, and the id of the delivery. */
void event_id_format(struct id event_id, char ret_text[EVENT_ID_TEXT_MAX]);
bool event_id_parse(struct slice text, struct id *ret_event_id);

/* How far a list has come: told once for each of 20, 40, 60, 80 and 100 percent of its rows that are decided. */
enum { PROGRESS_STEP_PERCENT = 20, PROGRESS_WHOLE_PERCENT = 100 };
struct batch_progress {
    struct slice batch_id, agreement_id;
    int32_t percent;       /* one of the five */
    int64_t rows, decided; /* when it was noticed: decided may be beyond percent */
    int64_t at_ms;
};

/* The bodies, in the arena. */
struct slice event_decided_body(struct arena *arena, const struct outcome *outcome);
struct slice event_coverage_body(struct arena *arena, const struct coverage_changed *changed);
struct slice event_progress_body(struct arena *arena, const struct batch_progress *progress);

#endif
