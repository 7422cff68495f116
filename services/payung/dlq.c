/* `payung dlq list|show`: dead letters, grouped by their reason, and each of them as it stands in its topic. What caused a letter stands in its dlq.* headers (common/stage/parcel.h); the record
 * itself is unchanged. It must never show what is sealed. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/domain/text.h"
#include "common/edge/clock.h"
#include "common/edge/kafka_peek.h"
#include "common/edge/log.h"
#include "common/wire/record_json.h"
#include "services/payung/commands.h"

enum { GROUPS_MAX = 200, LETTERS_MAX = 1000, REASON_MAX = 16, MESSAGE_MAX = 200 };

static const char usage[] = "usage: payung dlq list [--topic TOPIC] [--reason CODE] [--letters] [--json]\n"
                            "       payung dlq show TOPIC@OFFSET [--json]\n"
                            "\n"
                            "Dead letters: records that a stage could not work on. list groups them by topic and reason, with a sample of each; --letters names each one (the first 1000).\n"
                            "show tells one of them with its headers, decoded as far as it can be.\n"
                            "JSON of list: {\"groups\":[{\"topic\",\"reason\",\"message\",\"count\",\"oldest\",\"newest\",\"sample\"}],\"total\",\"letters\":[...]}\n"
                            "Environment: BROKERS. Exit codes: 0 ok, 1 failed, 2 usage, 75 Kafka does not answer.\n";

struct group {
    enum topic topic;
    char reason[REASON_MAX], message[MESSAGE_MAX];
    int64_t count, oldest_ms, newest_ms, sample; /* sample: an offset */
};

struct listing {
    const char *topic_name, *reason;
    bool json, with_letters;
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
    if (listing->reason != NULL && !slice_is(reason, listing->reason)) return true;
    struct group *group = group_of(listing, reason);
    listing->total++;
    if (group != NULL && group->count++ == 0) {
        group->oldest_ms = record->timestamp_ms;
        group->sample = record->offset;
        (void)snprintf(group->message, sizeof group->message, "%.*s", SLICE_ARGS(header_of(record, "dlq.error.message"))); /* cut */
    }
    if (group != NULL) group->newest_ms = record->timestamp_ms;
    if (listing->with_letters && json_array_size(listing->letters) < LETTERS_MAX)
        CHECK(json_array_append_new(listing->letters, json_pack("{s:o,s:o,s:o,s:o,s:I}", "letter", name_json(listing->topic, record->offset), "reason", text_json(reason), "time",
                                                                time_json(record->timestamp_ms), "key", text_json(record->key), "bytes", (json_int_t)record->value.size)) == 0);
    return true;
}

static struct err read_all(struct listing *listing, struct kafka_peek *peek) {
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_LIMIT; topic++) {
        const struct topic_row *row = topic_row((enum topic)topic);
        int64_t start, end;
        if (listing->topic_name != NULL && strcmp(listing->topic_name, row->name) != 0 && strcmp(listing->topic_name, row->dlq) != 0) continue;
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

static void print_list(const struct listing *listing) {
    json_t *groups = json_array();
    for (size_t i = 0; i < listing->group_count; i++) {
        const struct group *group = &listing->groups[i];
        if (!listing->json) printf("%-40s %-6s %8lld  %s  contoh: @%lld\n", topic_row(group->topic)->dlq, group->reason, (long long)group->count, group->message, (long long)group->sample);
        CHECK(json_array_append_new(groups, group_json(group)) == 0);
    }
    size_t i;
    json_t *letter;
    if (!listing->json) json_array_foreach(listing->letters, i, letter) printf("  %s  %s  %s\n", json_string_value(json_object_get(letter, "letter")), json_string_value(json_object_get(letter, "reason")),
                                                                            json_string_value(json_object_get(letter, "time")));
    if (!listing->json && listing->total == 0) printf("Tidak ada surat mati.\n");
    if (listing->json) command_print_json(json_pack("{s:o,s:I,s:O}", "groups", groups, "total", (json_int_t)listing->total, "letters", listing->letters));
    else json_decref(groups);
}

/* ---- show ---- */

struct showing {
    bool json, found;
    const char *name;
    enum topic topic;
    int64_t offset;
};

static bool show_letter(void *self, const struct kafka_peek_record *record) {
    struct showing *showing = self;
    if (record->offset != showing->offset) return false; /* retention has removed it */
    json_t *headers = json_object(), *message = record_json(showing->topic, record->value);
    for (size_t i = 0; i < record->header_count; i++) CHECK(json_object_set_new_nocheck(headers, record->headers[i].name, text_json(record->headers[i].value)) == 0);
    json_t *document = json_pack("{s:s,s:o,s:o,s:I,s:o,s:o}", "letter", showing->name, "time", time_json(record->timestamp_ms), "key", text_json(record->key), "bytes", (json_int_t)record->value.size,
                                 "headers", headers, "message", message != NULL ? message : json_null());
    CHECK(document != NULL);
    showing->found = true;
    if (showing->json) {
        command_print_json(document);
        return false;
    }
    (void)json_dumpf(document, stdout, JSON_INDENT(2)); /* a closed pipe shows at exit */
    putchar('\n');
    if (message == NULL) printf("Isi rekaman ini bukan pesan topiknya.\n");
    json_decref(document);
    return false;
}

static bool read_name(struct showing *showing) {
    char topic[128];
    const char *at = strrchr(showing->name, '@');
    uint64_t offset;
    if (at == NULL || (size_t)(at - showing->name) >= sizeof topic || !text_number(slice_text(at + 1), INT64_MAX, &offset)) return false;
    memcpy(topic, showing->name, (size_t)(at - showing->name));
    topic[at - showing->name] = '\0';
    showing->topic = record_topic(topic);
    showing->offset = (int64_t)offset;
    return showing->topic != TOPIC_NONE;
}

/* ---- the command line ---- */

static int tell_failure(bool json, const struct err *err) {
    return command_fail(json, err->fate == FATE_AGAIN ? EXIT_TEMPORARY : EXIT_FAILED, "KAFKA", err->text, "Check BROKERS and that Kafka runs.");
}

static int list(struct listing *listing, struct kafka_peek *peek) {
    listing->letters = json_array();
    const struct err err = read_all(listing, peek);
    if (!failed(&err)) print_list(listing);
    json_decref(listing->letters);
    return failed(&err) ? tell_failure(listing->json, &err) : EXIT_OK;
}

static int show(struct showing *showing, struct kafka_peek *peek) {
    int64_t start, end;
    const char *topic = topic_row(showing->topic)->dlq;
    struct err err = kafka_peek_ends(peek, topic, 0, &start, &end);
    if (!failed(&err) && showing->offset >= start && showing->offset < end)
        err = kafka_peek_read(peek, &(struct kafka_peek_range){.topic = topic, .partition = 0, .from = showing->offset, .to = showing->offset + 1, .visit = show_letter, .self = showing});
    if (failed(&err)) return tell_failure(showing->json, &err);
    return showing->found ? EXIT_OK : command_fail(showing->json, EXIT_FAILED, "UNKNOWN_LETTER", "there is no dead letter at this offset", "payung dlq list --letters names them.");
}

static bool read_words(int argc, char **argv, struct listing *listing, struct showing *showing, const char **ret_verb) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) listing->json = showing->json = true;
        else if (strcmp(argv[i], "--letters") == 0) listing->with_letters = true;
        else if (argv[i][0] != '-' && *ret_verb == NULL) *ret_verb = argv[i];
        else if (argv[i][0] != '-' && showing->name == NULL) showing->name = argv[i];
        else if (i + 1 < argc && strcmp(argv[i], "--topic") == 0) listing->topic_name = argv[++i];
        else if (i + 1 < argc && strcmp(argv[i], "--reason") == 0) listing->reason = argv[++i];
        else return false;
    }
    if (*ret_verb == NULL) return false;
    if (strcmp(*ret_verb, "list") == 0) return showing->name == NULL && (listing->topic_name == NULL || record_topic(listing->topic_name) != TOPIC_NONE);
    return strcmp(*ret_verb, "show") == 0 && showing->name != NULL && read_name(showing) && listing->topic_name == NULL && listing->reason == NULL && !listing->with_letters;
}

int dlq_main(int argc, char **argv) {
    struct listing listing = {.total = 0};
    struct showing showing = {.found = false};
    const char *verb = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") != 0) continue;
        fputs(usage, stdout);
        return EXIT_OK;
    }
    if (!read_words(argc, argv, &listing, &showing, &verb)) return command_usage(argc, argv, usage);
    const char *brokers = command_env(listing.json, "BROKERS");
    if (brokers == NULL) return EXIT_USAGE;
    log_setup("payung", "dlq", LOG_ERROR);
    struct kafka_peek *peek = NULL;
    const struct err err = kafka_peek_open(brokers, &peek);
    if (failed(&err)) return tell_failure(listing.json, &err);
    const int code = strcmp(verb, "list") == 0 ? list(&listing, peek) : show(&showing, peek);
    kafka_peek_close(peek);
    return code;
}
