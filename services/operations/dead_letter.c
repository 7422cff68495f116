/* Walks the dead-letter topics. What caused a letter stands in its dlq.* headers (common/stage/parcel.h); the record itself is unchanged and not looked into. */
#include "services/operations/dead_letter.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/edge/clock.h"

enum { GROUPS_MAX = 200, REASON_MAX = 16, MESSAGE_MAX = 200, DETAIL_MAX = 400 };

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
    struct pg_rows discarded; /* of the topic in hand, by their offsets */
    size_t discarded_at;
    struct slice *names;      /* to be put away; NULL: nothing is */
    int64_t *offsets;
    size_t marked;
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

/* Both walk upwards. */
static bool is_discarded(struct listing *listing, int64_t offset) {
    while (listing->discarded_at < listing->discarded.count && pg_int8(&listing->discarded, listing->discarded_at, 0) < offset) listing->discarded_at++;
    return listing->discarded_at < listing->discarded.count && pg_int8(&listing->discarded, listing->discarded_at, 0) == offset;
}

static void mark(struct listing *listing, int64_t offset) {
    if (listing->names == NULL || listing->marked == DISCARD_MAX) return;
    listing->names[listing->marked] = slice_text(topic_row(listing->topic)->dlq);
    listing->offsets[listing->marked++] = offset;
}

static bool take_letter(void *self, const struct kafka_peek_record *record) {
    struct listing *listing = self;
    const struct slice reason = header_of(record, "dlq.error.code");
    if (listing->wish->reason != NULL && !slice_is(reason, listing->wish->reason)) return true;
    if (is_discarded(listing, record->offset)) return true;
    mark(listing, record->offset);
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

static struct err read_discarded(struct listing *listing, int64_t start) {
    listing->discarded = (struct pg_rows){.count = 0};
    listing->discarded_at = 0;
    if (listing->wish->pg == NULL) return OK;
    struct pg_parameters *p = pg_parameters(listing->wish->arena);
    pg_add_text(p, slice_text(topic_row(listing->topic)->dlq));
    pg_add_int8(p, start);
    return pg_run(listing->wish->pg, listing->wish->arena, "SELECT record_offset FROM intake.dead_letter WHERE topic = $1 AND record_offset >= $2 ORDER BY 1", p, &listing->discarded);
}

static struct err read_all(struct listing *listing, struct kafka_peek *peek) {
    const int64_t only = listing->wish->offset;
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_LIMIT; topic++) {
        const struct topic_row *row = topic_row((enum topic)topic);
        int64_t start, end;
        if (listing->wish->topic_name != NULL && strcmp(listing->wish->topic_name, row->name) != 0 && strcmp(listing->wish->topic_name, row->dlq) != 0) continue;
        listing->topic = (enum topic)topic;
        TRY(kafka_peek_ends(peek, row->dlq, 0, &start, &end));
        if (only >= 0 && (only < start || only >= end)) continue;
        if (only >= 0) start = only, end = only + 1;
        TRY(read_discarded(listing, start));
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

/* ---- putting away ---- */

static struct err write_marks(const struct listing *listing, const char *actor, const char *because, int64_t *ret_count) {
    const struct dead_letter_wish *wish = listing->wish;
    char detail[DETAIL_MAX];
    struct pg_rows rows;
    struct pg_parameters *p = pg_parameters(wish->arena), *note = pg_parameters(wish->arena);
    pg_add_text_array(p, listing->names, listing->marked);
    pg_add_int8_array(p, listing->offsets, listing->marked);
    pg_add_text(p, slice_text(actor));
    pg_add_text(p, slice_text(because));
    TRY(pg_run(wish->pg, wish->arena,
               "INSERT INTO intake.dead_letter (topic, record_offset, actor, because) SELECT x.topic, x.record_offset, $3, $4 FROM unnest($1::text[], $2::bigint[]) AS x (topic, record_offset)"
               " ON CONFLICT DO NOTHING",
               p, &rows));
    *ret_count = rows.affected;
    if (rows.affected == 0) return OK;
    (void)snprintf(detail, sizeof detail, "%lld dead letters%s%s%s%s: %s", (long long)rows.affected, wish->topic_name != NULL ? " of " : "", wish->topic_name != NULL ? wish->topic_name : "",
                   wish->reason != NULL ? ", reason " : "", wish->reason != NULL ? wish->reason : "", because); /* a long reason is cut */
    pg_add_text(note, slice_text(actor));
    pg_add_text(note, slice_text(detail));
    return pg_run(wish->pg, wish->arena, "INSERT INTO ledger.audit (actor, action, detail) VALUES ($1, 'dlq.discard', $2)", note, NULL);
}

static struct err put_away(const struct listing *listing, const char *actor, const char *because, int64_t *ret_count) {
    TRY(pg_begin(listing->wish->pg));
    struct err err = write_marks(listing, actor, because, ret_count);
    if (!failed(&err)) err = pg_commit(listing->wish->pg);
    if (failed(&err)) pg_rollback(listing->wish->pg);
    return err;
}

struct err dead_letters_discard(struct kafka_peek *peek, const struct dead_letter_wish *wish, const char *actor, const char *because, int64_t *ret_count) {
    CHECK(wish->pg != NULL && wish->arena != NULL);
    struct listing listing = {.wish = wish, .letters = json_array(), .names = calloc(DISCARD_MAX, sizeof *listing.names), .offsets = calloc(DISCARD_MAX, sizeof *listing.offsets)};
    CHECK(listing.names != NULL && listing.offsets != NULL);
    *ret_count = 0;
    struct err err = read_all(&listing, peek);
    if (!failed(&err) && listing.marked > 0) err = put_away(&listing, actor, because, ret_count);
    json_decref(listing.letters);
    free(listing.names);
    free(listing.offsets);
    return err;
}

struct err dead_letters_count(struct kafka_peek *peek, struct pg *pg, struct arena *arena, int64_t ret_counts[TOPIC_LIMIT]) {
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_LIMIT; topic++) {
        struct pg_parameters *p = pg_parameters(arena);
        struct pg_rows rows;
        int64_t start, end;
        TRY(kafka_peek_ends(peek, topic_row((enum topic)topic)->dlq, 0, &start, &end));
        ret_counts[topic] = end - start;
        if (end == start) continue;
        pg_add_text(p, slice_text(topic_row((enum topic)topic)->dlq));
        pg_add_int8(p, start);
        TRY(pg_run(pg, arena, "SELECT count(*) FROM intake.dead_letter WHERE topic = $1 AND record_offset >= $2", p, &rows));
        ret_counts[topic] -= pg_int8(&rows, 0, 0);
    }
    return OK;
}
