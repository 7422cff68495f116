/* Bodies of events as JSON. It must never write anything of a person but the ids of his enrolment and his agreement. */
#include "services/webhook/event.h"

#include <jansson.h>
#include <stdlib.h>

#include "common/base/check.h"
#include "common/edge/clock.h"
#include "services/ingestion/answer.h"
#include "services/ledger/line.h"

const char *const event_types[] = {EVENT_DECIDED, EVENT_COVERAGE, EVENT_PROGRESS};
_Static_assert(sizeof event_types / sizeof *event_types == EVENT_TYPES, "all of them");

bool event_type_is_known(struct slice type) {
    for (int i = 0; i < EVENT_TYPES; i++)
        if (slice_is(type, event_types[i])) return true;
    return false;
}

void event_id_format(struct id event_id, char ret_text[EVENT_ID_TEXT_MAX]) {
    ret_text[0] = 'e';
    id_format(event_id, ret_text + 1);
}

bool event_id_parse(struct slice text, struct id *ret_event_id) {
    return text.size == EVENT_ID_TEXT_MAX - 1 && text.bytes[0] == 'e' && id_parse(slice_of(text.bytes + 1, text.size - 1), ret_event_id);
}

static struct slice body_of(struct arena *arena, const char *type, int64_t moment_ms, json_t *data) {
    char time_text[CLOCK_TEXT_MAX];
    clock_format_ms(moment_ms, time_text);
    json_t *document = json_pack("{s:s,s:s,s:o}", "type", type, "timestamp", time_text, "data", data);
    CHECK(document != NULL);
    char *text = json_dumps(document, JSON_COMPACT);
    CHECK(text != NULL);
    const struct slice bytes = arena_copy(arena, slice_text(text));
    free(text);
    json_decref(document);
    return bytes;
}

static void set(json_t *data, const char *name, json_t *value) { CHECK(value != NULL && json_object_set_new(data, name, value) == 0); }
static json_t *text_json(struct slice text) { return json_stringn(text.size > 0 ? (const char *)text.bytes : "", text.size); }

struct slice event_decided_body(struct arena *arena, const struct outcome *outcome) {
    json_t *data = answer_json(outcome, 0, 0);
    CHECK(data != NULL);
    set(data, "attempt", json_integer(outcome->attempt));
    if (outcome->batch_id.size > 0) {
        set(data, "batch", text_json(outcome->batch_id));
        set(data, "row", json_integer(outcome->row));
    }
    return body_of(arena, EVENT_DECIDED, outcome->decided_at_ms, data);
}

/* "YYYY-MM"; null for none. */
static json_t *month_json(month_t month) {
    char text[8];
    if (month == 0) return json_null();
    month_format(month, text);
    return json_string(text);
}

struct slice event_coverage_body(struct arena *arena, const struct coverage_changed *changed) {
    char id_text[2 * ID_BYTES + 1], day_text[11];
    json_t *data = json_object();
    CHECK(data != NULL);
    id_format(changed->application_id, id_text);
    day_format(changed->day, day_text);
    set(data, "enrolment_id", json_string(id_text));
    set(data, "agreement", text_json(changed->agreement_id));
    set(data, "state", json_string(enrolment_state_name((enum enrolment_state)changed->state)));
    set(data, "from", json_string(day_text));
    set(data, "paid_to", month_json(changed->paid_to));
    set(data, "end_month", month_json(changed->end_month));
    set(data, "reason", changed->reason.size > 0 ? text_json(changed->reason) : json_null());
    return body_of(arena, EVENT_COVERAGE, changed->changed_at_ms, data);
}

struct slice event_progress_body(struct arena *arena, const struct batch_progress *progress) {
    json_t *data = json_object();
    CHECK(data != NULL && progress->percent >= PROGRESS_STEP_PERCENT && progress->percent <= PROGRESS_WHOLE_PERCENT);
    set(data, "batch", text_json(progress->batch_id));
    set(data, "agreement", text_json(progress->agreement_id));
    set(data, "percent", json_integer(progress->percent));
    set(data, "rows", json_integer(progress->rows));
    set(data, "decided", json_integer(progress->decided));
    return body_of(arena, EVENT_PROGRESS, progress->at_ms, data);
}
