/* `payung dlq list|show|discard`: dead letters, grouped by their reason, each of them as it stands in its topic, and putting them away. What caused a letter stands in its dlq.* headers (common/stage/parcel.h); the record
 * itself is unchanged. It must never show what is sealed. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/domain/text.h"
#include "common/edge/clock.h"
#include "common/edge/kafka_peek.h"
#include "common/edge/log.h"
#include "common/wire/record_json.h"
#include "services/operations/dead_letter.h"
#include "services/payung/commands.h"
#include "services/payung/money_command.h"

enum { DLQ_ARENA_BYTES = 64 * 1024 * 1024 };

static const char usage[] = "usage: payung dlq list [--topic TOPIC] [--reason CODE] [--letters] [--json]\n"
                            "       payung dlq show TOPIC@OFFSET [--json]\n"
                            "       payung dlq discard TOPIC@OFFSET | [--topic TOPIC] --reason CODE | --all [--because TEXT --yes] [--json]\n"
                            "\n"
                            "Dead letters: records that a stage could not work on. list groups them by topic and reason, with a sample of each; --letters names each one (the first 1000).\n"
                            "show tells one of them with its headers, decoded as far as it can be.\n"
                            "discard puts letters away: they stay in their topic, but are not listed and not alarmed about any more. Without --yes it only counts. It is audited, and the same\n"
                            "command again does nothing. At most 100000 at a time.\n"
                            "JSON of list: {\"groups\":[{\"topic\",\"reason\",\"message\",\"count\",\"oldest\",\"newest\",\"sample\"}],\"total\",\"letters\":[...]}\n"
                            "Environment: BROKERS, PGURL (for show not needed). Exit codes: 0 ok, 1 failed, 2 usage, 75 Kafka does not answer.\n";

static json_t *time_json(int64_t moment_ms) {
    char text[CLOCK_TEXT_MAX];
    clock_format_ms(moment_ms, text);
    return json_string(text);
}

static json_t *text_json(struct slice text) {
    json_t *value = json_stringn(text.size > 0 ? (const char *)text.bytes : "", text.size);
    return value != NULL ? value : json_sprintf("(%zu bytes)", text.size);
}

/* ---- list ---- */

static const char *member(const json_t *object, const char *name) { return json_string_value(json_object_get(object, name)); }

static void print_list(const json_t *document) {
    size_t i;
    json_t *group, *letter;
    json_array_foreach(json_object_get(document, "groups"), i, group) printf("%-42s %-6s %8lld  %s  contoh: %s\n", member(group, "topic"), member(group, "reason"),
                                                                          (long long)json_integer_value(json_object_get(group, "count")), member(group, "message"), member(group, "sample"));
    json_array_foreach(json_object_get(document, "letters"), i, letter) printf("  %s  %s  %s\n", member(letter, "letter"), member(letter, "reason"), member(letter, "time"));
    if (json_integer_value(json_object_get(document, "total")) == 0) printf("Tidak ada surat mati.\n");
}

struct asking {
    struct dead_letter_wish wish;
    bool json, discards, all, yes;
    const char *because;
};

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

static int tell_count(bool json, const json_t *document, int64_t discarded, bool is_done) {
    const int64_t found = json_integer_value(json_object_get(document, "total"));
    if (json) command_print_json(json_pack("{s:I,s:I,s:b}", "found", (json_int_t)found, "discarded", (json_int_t)discarded, "done", is_done));
    else if (is_done) printf("%lld surat mati disisihkan.\n", (long long)discarded);
    else printf("%lld surat mati akan disisihkan. Jalankan lagi dengan --because ALASAN --yes.\n", (long long)found);
    return EXIT_OK;
}

/* list and discard: both look first. */
static int work(const struct asking *asking, struct kafka_peek *peek) {
    json_t *document = NULL;
    int64_t discarded = 0;
    char actor[ACTOR_MAX];
    struct err err = dead_letters(peek, &asking->wish, &document);
    if (!failed(&err) && asking->discards && asking->yes) err = dead_letters_discard(peek, &asking->wish, operator_name(actor), asking->because, &discarded);
    if (failed(&err)) {
        json_decref(document);
        return tell_failure(asking->json, &err);
    }
    if (asking->discards) (void)tell_count(asking->json, document, discarded, asking->yes);
    else if (asking->json) command_print_json(json_incref(document));
    else print_list(document);
    json_decref(document);
    return EXIT_OK;
}

static int open_and_work(struct asking *asking, struct kafka_peek *peek) {
    const char *url = command_env(asking->json, "PGURL");
    if (url == NULL) return EXIT_USAGE;
    const struct err err = pg_open(url, "payung-dlq", &asking->wish.pg);
    if (failed(&err)) return command_fail(asking->json, err.fate == FATE_AGAIN ? EXIT_TEMPORARY : EXIT_FAILED, "DATABASE", err.text, "Check PGURL; run payung migrate first.");
    asking->wish.arena = arena_create(DLQ_ARENA_BYTES);
    const int code = work(asking, peek);
    arena_destroy(asking->wish.arena);
    pg_close(asking->wish.pg);
    return code;
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

static bool read_option(int argc, char **argv, int *i, struct asking *asking) {
    const bool has_value = *i + 1 < argc;
    if (strcmp(argv[*i], "--letters") == 0) asking->wish.with_letters = true;
    else if (strcmp(argv[*i], "--all") == 0) asking->all = true;
    else if (strcmp(argv[*i], "--yes") == 0) asking->yes = true;
    else if (has_value && strcmp(argv[*i], "--topic") == 0) asking->wish.topic_name = argv[++*i];
    else if (has_value && strcmp(argv[*i], "--reason") == 0) asking->wish.reason = argv[++*i];
    else if (has_value && strcmp(argv[*i], "--because") == 0) asking->because = argv[++*i];
    else return false;
    return true;
}

static bool is_complete(const char *verb, struct asking *asking, struct showing *showing) {
    const struct dead_letter_wish *wish = &asking->wish;
    const bool has_filter = wish->topic_name != NULL || wish->reason != NULL;
    if (wish->topic_name != NULL && record_topic(wish->topic_name) == TOPIC_NONE) return false;
    if (strcmp(verb, "show") == 0) return showing->name != NULL && read_name(showing) && !has_filter && !wish->with_letters && !asking->yes && !asking->all && asking->because == NULL;
    if (strcmp(verb, "list") == 0) return showing->name == NULL && !asking->yes && !asking->all && asking->because == NULL;
    asking->discards = true;
    const int ways = (showing->name != NULL) + (wish->reason != NULL) + asking->all;
    if (strcmp(verb, "discard") != 0 || ways != 1 || wish->with_letters || asking->yes != (asking->because != NULL && asking->because[0] != '\0')) return false;
    if (showing->name == NULL) return true;
    if (!read_name(showing) || wish->topic_name != NULL) return false;
    asking->wish.topic_name = topic_row(showing->topic)->dlq;
    asking->wish.offset = showing->offset;
    return true;
}

static bool read_words(int argc, char **argv, struct asking *asking, struct showing *showing, const char **ret_verb) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) asking->json = showing->json = true;
        else if (argv[i][0] != '-' && *ret_verb == NULL) *ret_verb = argv[i];
        else if (argv[i][0] != '-' && showing->name == NULL) showing->name = argv[i];
        else if (!read_option(argc, argv, &i, asking)) return false;
    }
    return *ret_verb != NULL && is_complete(*ret_verb, asking, showing);
}

int dlq_main(int argc, char **argv) {
    struct asking asking = {.wish = {.offset = -1}};
    struct showing showing = {.found = false};
    const char *verb = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") != 0) continue;
        fputs(usage, stdout);
        return EXIT_OK;
    }
    if (!read_words(argc, argv, &asking, &showing, &verb)) return command_usage(argc, argv, usage);
    const char *brokers = command_env(asking.json, "BROKERS");
    if (brokers == NULL) return EXIT_USAGE;
    log_setup("payung", "dlq", LOG_ERROR);
    struct kafka_peek *peek = NULL;
    const struct err err = kafka_peek_open(brokers, &peek);
    if (failed(&err)) return tell_failure(asking.json, &err);
    const int code = strcmp(verb, "show") == 0 ? show(&showing, peek) : open_and_work(&asking, peek);
    kafka_peek_close(peek);
    return code;
}
