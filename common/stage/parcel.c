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
    for (size_t i = 0; i < header_count && list.count < STAGE_HEADERS_MAX - PARCEL_OWN_HEADERS; i++)
        if (!is_ours(headers[i].name)) list.headers[list.count++] = headers[i];
    struct slice value = record->value;
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
    return (struct stage_output){.topic = cause->topic, .dead_letter = true, .key = record->key, .value = value, .headers = list.headers, .header_count = list.count};
}

static void format_hex(const uint8_t *bytes, size_t size, char *ret_text) {
    for (size_t i = 0; i < size; i++) (void)snprintf(ret_text + 2 * i, 3, "%02x", bytes[i]);
}

void parcel_event(struct arena *arena, const struct parcel_event *event, struct stage_output *output) {
    struct list list = list_in(arena);
    char id[2 * ID_BYTES + 1], trace[2 * TRACE_BYTES + 1];
    id_format(event->event_id, id);
    format_hex(event->trace, TRACE_BYTES, trace);
    add(&list, "ce_specversion", "1.0");
    add(&list, "ce_id", "%s", id);
    add(&list, "ce_source", "/payung/%s", event->stage);
    add(&list, "ce_type", "%s", topic_row(event->topic)->type);
    add(&list, "ce_time", "%s", event->time_text);
    add(&list, "content-type", "application/protobuf");
    add(&list, "traceparent", "00-%s-%.16s-01", trace, id); /* the span is this event: the first 8 bytes of its id */
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
