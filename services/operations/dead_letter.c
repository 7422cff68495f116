/* Walks the dead-letter topics. What caused a letter stands in its dlq.* headers (common/stage/parcel.h); the record itself is unchanged and not looked into. */
#include "services/operations/dead_letter.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/edge/clock.h"
#include "proto/topics.h"

enum { GROUPS_MAX = 200, REASON_MAX = 16, MESSAGE_MAX = 200 };

struct group {
    enum topic topic;
    char reason[REASON_MAX], message[MESSAGE_MAX];
    int64_t count, oldest_ms, newest_ms, sample; /* sample: an offset */
};

struct listing {
    const struct dead_letter_wish *wish;
    enum topic topic; /* in hand */
    struct group groups[GROUPS_MAX];
    size_t group_count;
    int64_t total;
    json_t *letters;
};

static struct slice header_of(const struct kafka_peek_record *record, const char *name) {
    for (size_t i = 0; i < record->header_count; i++)
        if (strcmp(record->headers[i].name, name) == 0) return record->headers[i].value;
    return slice_text("");
}

static json_t *time_json(int64_t moment_ms) {
    char text[CLOCK_TEXT_MAX];
    clock_format_ms(moment_ms, text);
    return json_string(text);
}

static json_t *text_json(struct slice text) {
    json_t *value = json_stringn(text.size > 0 ? (const char *)text.bytes : "", text.size);
    return value != NULL ? value : json_sprintf("(%zu bytes)", text.size);
}

static json_t *name_json(enum topic topic, int64_t offset) { return json_sprintf("%s@%lld", topic_row(topic)->dlq, (long long)offset); }

/* ---- list ---- */

static struct group *group_of(struct listing *listing, struct slice reason) {
    for (size_t i = 0; i < listing->group_count; i++)
        if (listing->groups[i].topic == listing->topic && slice_is(reason, listing->groups[i].reason)) return &listing->groups[i];
    if (listing->group_count == GROUPS_MAX) return NULL; /* codes.def has fewer reasons than that a topic */
    struct group *group = &listing->groups[listing->group_count++];
    *group = (struct group){.topic = listing->topic};
    (void)snprintf(group->reason, sizeof group->reason, "%.*s", SLICE_ARGS(reason)); /* a strange one is cut */
    return group;
}

static bool take_letter(void *self, const struct kafka_peek_record *record) {
    struct listing *listing = self;
    const struct slice reason = header_of(record, "dlq.error.code");
    if (listing->wish->reason != NULL && !slice_is(reason, listing->wish->reason)) return true;
    struct group *group = group_of(listing, reason);
    listing->total++;
    if (group != NULL && group->count++ == 0) {
        group->oldest_ms = record->timestamp_ms;
        group->sample = record->offset;
        (void)snprintf(group->message, sizeof group->message, "%.*s", SLICE_ARGS(header_of(record, "dlq.error.message"))); /* cut */
    }
    if (group != NULL) group->newest_ms = record->timestamp_ms;
    if (listing->wish->with_letters && json_array_size(listing->letters) < LETTERS_MAX)
        CHECK(json_array_append_new(listing->letters, json_pack("{s:o,s:o,s:o,s:o,s:I}", "letter", name_json(listing->topic, record->offset), "reason", text_json(reason), "time",
                                                                time_json(record->timestamp_ms), "key", text_json(record->key), "bytes", (json_int_t)record->value.size)) == 0);
    return true;
}

static struct err read_all(struct listing *listing, struct kafka_peek *peek) {
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_LIMIT; topic++) {
        const struct topic_row *row = topic_row((enum topic)topic);
        int64_t start, end;
        if (listing->wish->topic_name != NULL && strcmp(listing->wish->topic_name, row->name) != 0 && strcmp(listing->wish->topic_name, row->dlq) != 0) continue;
        listing->topic = (enum topic)topic;
        TRY(kafka_peek_ends(peek, row->dlq, 0, &start, &end));
        TRY(kafka_peek_read(peek, &(struct kafka_peek_range){.topic = row->dlq, .partition = 0, .from = start, .to = end, .visit = take_letter, .self = listing}));
    }
    return OK;
}

static json_t *group_json(const struct group *group) {
    return json_pack("{s:s,s:s,s:s,s:I,s:o,s:o,s:o}", "topic", topic_row(group->topic)->dlq, "reason", group->reason, "message", group->message, "count", (json_int_t)group->count, "oldest",
                     time_json(group->oldest_ms), "newest", time_json(group->newest_ms), "sample", name_json(group->topic, group->sample));
}

struct err dead_letters(struct kafka_peek *peek, const struct dead_letter_wish *wish, json_t **ret_document) {
    struct listing listing = {.wish = wish, .letters = json_array()};
    const struct err err = read_all(&listing, peek);
    if (failed(&err)) {
        json_decref(listing.letters);
        return err;
    }
    json_t *groups = json_array();
    for (size_t i = 0; i < listing.group_count; i++) CHECK(json_array_append_new(groups, group_json(&listing.groups[i])) == 0);
    *ret_document = json_pack("{s:o,s:I,s:o}", "groups", groups, "total", (json_int_t)listing.total, "letters", listing.letters);
    CHECK(*ret_document != NULL);
    return OK;
}
