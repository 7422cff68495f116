/* One resource a stage, as if each of them had told its spans itself. It must never put into a span what tells who a person is: ids, places and words of our own only. */
#include "services/traces/span.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/base/check.h"
#include "common/edge/crypto.h"
#include "proto/topics.h"

enum { DIGITS_MAX = 32, KIND_SERVER = 2, KIND_CONSUMER = 5, STATUS_ERROR = 2 };

static const struct {
    const char *name;
    enum topic topic; /* its record; NONE: a message to a person */
} stages[TRACED_STAGES] = {
    [TRACED_INGESTION] = {"ingestion", TOPIC_SUBMITTED}, [TRACED_ELIGIBILITY] = {"eligibility", TOPIC_ASSESSED}, [TRACED_PREMIUM] = {"premium", TOPIC_PRICED},
    [TRACED_LEDGER] = {"ledger", TOPIC_DECIDED},         [TRACED_NOTIFICATION] = {"notification", TOPIC_NONE},
};

const char *traced_name(enum traced stage) {
    CHECK(stage >= 0 && stage < TRACED_STAGES);
    return stages[stage].name;
}

static void span_id(enum traced stage, const struct trace *trace, uint32_t attempt, uint8_t ret_id[SPAN_BYTES]) {
    const struct id event = crypto_event_id(stages[stage].name, trace->application_id, attempt, NULL, trace->partition);
    memcpy(ret_id, event.bytes, SPAN_BYTES);
}

size_t spans_of(const struct trace *trace, struct span ret_spans[TRACED_STAGES]) {
    size_t count = 0;
    for (enum traced stage = TRACED_INGESTION; stage < TRACED_STAGES; stage++) {
        struct span span = {.stage = stage, .trace_id = trace->trace_id, .application_id = trace->application_id, .attempt = trace->attempt, .partition = trace->partition,
                            .offset = stage == TRACED_NOTIFICATION ? -1 : trace->offset[stage], .outcome = stage == TRACED_LEDGER ? trace->outcome : 0};
        if (!trace_span(trace, stage, &span.from_ms, &span.to_ms)) continue;
        memcpy(span.agreement, trace->agreement, sizeof span.agreement);
        span_id(stage, trace, trace->attempt, span.id);
        if (stage > TRACED_INGESTION) span_id(stage - 1, trace, trace->attempt, span.parent);
        else if (trace->attempt > 1) span_id(TRACED_LEDGER, trace, trace->attempt - 1, span.parent);
        ret_spans[count++] = span;
    }
    return count;
}

static void add(json_t *list, json_t *value) { CHECK(value != NULL && json_array_append_new(list, value) == 0); }

static void add_word(json_t *attributes, const char *key, const char *word) { add(attributes, json_pack("{s:s,s:{s:s}}", "key", key, "value", "stringValue", word)); }

/* 64-bit numbers are texts in the JSON of protobuf. */
static void add_number(json_t *attributes, const char *key, int64_t number) {
    char digits[DIGITS_MAX];
    (void)snprintf(digits, sizeof digits, "%lld", (long long)number); /* fits */
    add(attributes, json_pack("{s:s,s:{s:s}}", "key", key, "value", "intValue", digits));
}

static void nanoseconds(int64_t ms, char ret_digits[DIGITS_MAX]) { (void)snprintf(ret_digits, DIGITS_MAX, "%lld000000", (long long)ms); }

static void hexadecimal(const uint8_t *bytes, char ret_digits[2 * SPAN_BYTES + 1]) {
    for (int i = 0; i < SPAN_BYTES; i++) (void)snprintf(ret_digits + 2 * i, 3, "%02x", bytes[i]);
}

static json_t *attributes_of(const struct span *span) {
    char enrolment[2 * ID_BYTES + 1];
    json_t *attributes = json_array();
    id_format(span->application_id, enrolment);
    add_word(attributes, "payung.enrolment.id", enrolment);
    add_number(attributes, "payung.enrolment.attempt", span->attempt);
    add_word(attributes, "payung.agreement.id", span->agreement);
    if (span->outcome != 0) add_word(attributes, "payung.outcome", outcome_name(span->outcome));
    if (stages[span->stage].topic == TOPIC_NONE) return attributes;
    add_word(attributes, "messaging.system", "kafka");
    add_word(attributes, "messaging.destination.name", topic_row(stages[span->stage].topic)->name);
    add_number(attributes, "messaging.destination.partition.id", span->partition);
    add_number(attributes, "messaging.kafka.offset", span->offset);
    return attributes;
}

static json_t *span_json(const struct span *span) {
    static const uint8_t none[SPAN_BYTES] = {0};
    char trace[2 * ID_BYTES + 1], id[2 * SPAN_BYTES + 1], parent[2 * SPAN_BYTES + 1] = "", from[DIGITS_MAX], to[DIGITS_MAX];
    id_format(span->trace_id, trace);
    hexadecimal(span->id, id);
    if (memcmp(span->parent, none, SPAN_BYTES) != 0) hexadecimal(span->parent, parent);
    nanoseconds(span->from_ms, from);
    nanoseconds(span->to_ms, to);
    json_t *status = span->outcome == OUTCOME_PARKED ? json_pack("{s:i,s:s}", "code", STATUS_ERROR, "message", "parked") : json_object();
    return json_pack("{s:s,s:s,s:s,s:s,s:i,s:s,s:s,s:o,s:o}", "traceId", trace, "spanId", id, "parentSpanId", parent, "name", stages[span->stage].name, "kind",
                     span->stage == TRACED_INGESTION ? KIND_SERVER : KIND_CONSUMER, "startTimeUnixNano", from, "endTimeUnixNano", to, "attributes", attributes_of(span), "status", status);
}

static json_t *resource_json(enum traced stage, json_t *spans) {
    char name[64];
    json_t *attributes = json_array();
    (void)snprintf(name, sizeof name, "payung-%s", stages[stage].name); /* fits */
    add_word(attributes, "service.namespace", "payung");
    add_word(attributes, "service.name", name);
    return json_pack("{s:{s:o},s:[{s:{s:s,s:s},s:o}]}", "resource", "attributes", attributes, "scopeSpans", "scope", "name", "payung-traces", "version", PAYUNG_VERSION, "spans", spans);
}

char *spans_json(const struct span *spans, size_t count) {
    json_t *resources = json_array();
    for (enum traced stage = TRACED_INGESTION; stage < TRACED_STAGES; stage++) {
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++)
            if (spans[i].stage == stage) add(list, span_json(&spans[i]));
        if (json_array_size(list) > 0) add(resources, resource_json(stage, list));
        else json_decref(list);
    }
    json_t *document = json_pack("{s:o}", "resourceSpans", resources);
    char *text = json_dumps(document, JSON_COMPACT);
    CHECK(text != NULL);
    json_decref(document);
    return text;
}
