/* Wraps dead letters and events in their headers. It copies what it is given and decides nothing; it must never put data of a person into a
 * header. */
#include "common/stage/parcel.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/base/check.h"

_Static_assert((int)PARCEL_OWN_HEADERS < (int)STAGE_HEADERS_MAX, "room for original headers");

struct list {
    struct arena *arena;
    struct stage_header *headers;
    size_t count;
};

__attribute__((format(printf, 3, 4))) static void add(struct list *list, const char *name, const char *format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments); /* a cut sentence is still a sentence */
    va_end(arguments);
    CHECK(list->count < STAGE_HEADERS_MAX);
    list->headers[list->count++] = (struct stage_header){.name = name, .value = arena_copy(list->arena, slice_text(text))};
}

static struct list list_in(struct arena *arena) {
    return (struct list){.arena = arena, .headers = arena_zero(arena, STAGE_HEADERS_MAX, sizeof(struct stage_header))};
}

static bool is_ours(const char *name) { return strncmp(name, "dlq.", 4) == 0; }

struct stage_output parcel_dead_letter(struct arena *arena, const struct parcel_cause *cause, const struct stage_record *record,
                                       const struct stage_header *headers, size_t header_count) {
    struct list list = list_in(arena);
    size_t room = PARCEL_HEADERS_MAX;
    for (size_t i = 0; i < header_count && list.count < STAGE_HEADERS_MAX - PARCEL_OWN_HEADERS; i++) {
        const size_t size = strlen(headers[i].name) + headers[i].value.size;
        if (is_ours(headers[i].name) || size > room) continue;
        room -= size;
        list.headers[list.count++] = headers[i];
    }
    struct slice key = record->key, value = record->value;
    add(&list, "dlq.error.code", "%s", cause->code);
    add(&list, "dlq.error.message", "%s", cause->message);
    add(&list, "dlq.topic", "%s", topic_row(cause->topic)->name);
    add(&list, "dlq.partition", "%" PRId32, record->partition);
    add(&list, "dlq.offset", "%" PRId64, record->offset);
    add(&list, "dlq.timestamp", "%" PRId64, record->timestamp_ms);
    add(&list, "dlq.group", "%s", cause->group);
    add(&list, "dlq.attempts", "%" PRIu32, cause->attempts);
    add(&list, "dlq.service.version", "%s", cause->version);
    if (value.size > PARCEL_VALUE_MAX) {
        add(&list, "dlq.size", "%zu", value.size);
        value.size = PARCEL_VALUE_MAX;
    }
    if (key.size > PARCEL_KEY_MAX) {
        add(&list, "dlq.key.size", "%zu", key.size);
        key.size = PARCEL_KEY_MAX;
    }
    return (struct stage_output){.topic = cause->topic, .dead_letter = true, .key = key, .value = value, .headers = list.headers, .header_count = list.count};
}

/* Events are many: their texts are put together by copying, not by formats. */
static void add_text(struct list *list, const char *name, struct slice text) {
    CHECK(list->count < STAGE_HEADERS_MAX);
    list->headers[list->count++] = (struct stage_header){.name = name, .value = text};
}

static struct slice joined(struct arena *arena, const char *a, const char *b) {
    size_t size_a = strlen(a), size_b = strlen(b);
    uint8_t *text = arena_take(arena, size_a + size_b);
    memcpy(text, a, size_a);
    memcpy(text + size_a, b, size_b);
    return slice_of(text, size_a + size_b);
}

/* 00-<trace>-<span>-01; the span is this event: the first 8 bytes of its id. */
static struct slice traceparent(struct arena *arena, const char *trace, const char *span) {
    enum { TRACE_DIGITS = 2 * TRACE_BYTES, SPAN_DIGITS = 16, SIZE = 3 + TRACE_DIGITS + 1 + SPAN_DIGITS + 3 };
    char *text = arena_take(arena, SIZE);
    memcpy(text, "00-", 3);
    memcpy(text + 3, trace, TRACE_DIGITS);
    text[3 + TRACE_DIGITS] = '-';
    memcpy(text + 4 + TRACE_DIGITS, span, SPAN_DIGITS);
    memcpy(text + 4 + TRACE_DIGITS + SPAN_DIGITS, "-01", 3);
    return slice_of(text, SIZE);
}

void parcel_event(struct arena *arena, const struct parcel_event *event, struct stage_output *output) {
    _Static_assert((int)TRACE_BYTES == (int)ID_BYTES, "a trace is written like an id");
    struct list list = list_in(arena);
    struct id trace_id;
    char trace[2 * ID_BYTES + 1];
    char *id = arena_take(arena, 2 * ID_BYTES + 1);
    memcpy(trace_id.bytes, event->trace, TRACE_BYTES);
    id_format(event->event_id, id);
    id_format(trace_id, trace);
    add_text(&list, "ce_specversion", slice_text("1.0"));
    add_text(&list, "ce_id", slice_of(id, 2 * ID_BYTES));
    add_text(&list, "ce_source", joined(arena, "/payung/", event->stage));
    add_text(&list, "ce_type", slice_text(topic_row(event->topic)->type));
    add_text(&list, "ce_time", arena_copy(arena, slice_text(event->time_text)));
    add_text(&list, "content-type", slice_text("application/protobuf"));
    add_text(&list, "traceparent", traceparent(arena, trace, id));
    output->topic = event->topic;
    output->headers = list.headers;
    output->header_count = list.count;
}

static int hexadecimal(uint8_t byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
    return -1;
}

bool parcel_trace(struct slice traceparent, uint8_t ret_trace[TRACE_BYTES]) {
    enum { TEXT_BYTES = 2 + 1 + 32 + 1 + 16 + 1 + 2 };
    uint8_t trace[TRACE_BYTES];
    unsigned any = 0;
    const uint8_t *text = traceparent.bytes;
    if (traceparent.size != TEXT_BYTES || memcmp(text, "00-", 3) != 0 || text[35] != '-' || text[52] != '-') return false;
    for (int i = 0; i < TRACE_BYTES; i++) {
        int high = hexadecimal(text[3 + 2 * i]), low = hexadecimal(text[4 + 2 * i]);
        if (high < 0 || low < 0) return false;
        trace[i] = (uint8_t)(high << 4 | low);
        any |= trace[i];
    }
    if (any == 0) return false;
    memcpy(ret_trace, trace, TRACE_BYTES);
    return true;
}

bool parcel_is_sampled(struct slice traceparent) {
    const int low = traceparent.size == 55 ? hexadecimal(traceparent.bytes[54]) : -1;
    return low >= 0 && (low & 1) != 0;
}
