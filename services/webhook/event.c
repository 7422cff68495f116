/* Bodies of events as JSON. It must never write anything of a person but the ids of his enrolment and his agreement. */
#include "services/webhook/event.h"

#include <jansson.h>
#include <stdlib.h>

#include "common/base/check.h"
#include "common/edge/clock.h"
#include "services/ingestion/answer.h"

const char *const event_types[] = {EVENT_DECIDED};
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
