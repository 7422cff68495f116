/* Looks for a record by its origin. It must never read on without a bound: what is not near its origin is not there any more. */
#include <jansson.h>

#include "common/edge/clock.h"
#include "common/edge/kafka_peek.h"
#include "common/wire/record_json.h"
#include "services/payung/why.h"

enum { LOOKED_AT_MAX = 5000 };

struct search {
    enum topic topic;
    int64_t epoch, origin;
    json_t *stage;
};

static json_t *header_json(const struct kafka_peek_record *record, const char *name) {
    for (size_t i = 0; i < record->header_count; i++) {
        json_t *value = strcmp(record->headers[i].name, name) == 0 ? json_stringn((const char *)record->headers[i].value.bytes, record->headers[i].value.size) : NULL;
        if (value != NULL) return value;
    }
    return json_null();
}

static bool is_it(const struct search *search, const json_t *message, int64_t offset) {
    const json_t *lineage = json_object_get(message, "lineage");
    if (search->topic == TOPIC_SUBMITTED) return offset == search->origin;
    return json_integer_value(json_object_get(lineage, "epoch")) == search->epoch && json_integer_value(json_object_get(lineage, "origin")) == search->origin;
}

static bool visit(void *self, const struct kafka_peek_record *record) {
    struct search *search = self;
    char time_text[CLOCK_TEXT_MAX];
    json_t *message = record_json(search->topic, record->value);
    const bool found = is_it(search, message, record->offset);
    if (found) {
        clock_format_ms(record->timestamp_ms, time_text);
        CHECK(json_object_set_new(search->stage, "offset", json_integer((json_int_t)record->offset)) == 0 && json_object_set_new(search->stage, "time", json_string(time_text)) == 0 &&
              json_object_set_new(search->stage, "source", header_json(record, "ce_source")) == 0 && json_object_set(search->stage, "message", message) == 0);
    }
    json_decref(message);
    return !found;
}

static struct err find(struct kafka_peek *peek, const json_t *attempt, enum topic topic, json_t *stages) {
    const int32_t partition = (int32_t)json_integer_value(json_object_get(attempt, "partition"));
    struct search search = {.topic = topic, .epoch = json_integer_value(json_object_get(attempt, "epoch")), .origin = json_integer_value(json_object_get(attempt, "origin"))};
    int64_t start, end;
    search.stage = json_pack("{s:s,s:i,s:n}", "topic", topic_row(topic)->name, "partition", (int)partition, "offset");
    CHECK(search.stage != NULL && json_array_append_new(stages, search.stage) == 0);
    TRY(kafka_peek_ends(peek, topic_row(topic)->name, partition, &start, &end));
    const int64_t from = search.origin > start ? search.origin : start, to = from + LOOKED_AT_MAX < end ? from + LOOKED_AT_MAX : end;
    return kafka_peek_read(peek, &(struct kafka_peek_range){.topic = topic_row(topic)->name, .partition = partition, .from = from, .to = to, .visit = visit, .self = &search});
}

struct err why_stages(const char *brokers, json_t *attempts) {
    static const enum topic path[] = {TOPIC_SUBMITTED, TOPIC_ASSESSED, TOPIC_PRICED, TOPIC_DECIDED};
    struct kafka_peek *peek = NULL;
    size_t i;
    json_t *attempt;
    TRY(kafka_peek_open(brokers, &peek));
    struct err err = OK;
    json_array_foreach(attempts, i, attempt) {
        json_t *stages = json_array();
        CHECK(json_object_set_new(attempt, "stages", stages) == 0);
        for (size_t k = 0; k < sizeof path / sizeof *path && !failed(&err); k++) err = find(peek, attempt, path[k], stages);
    }
    kafka_peek_close(peek);
    return err;
}
