/* `payung tail`: records of a topic as they come, with their headers, decoded if asked for. It joins no group and moves nobody's position. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/domain/text.h"
#include "common/edge/clock.h"
#include "common/edge/kafka_peek.h"
#include "common/edge/log.h"
#include "common/edge/signals.h"
#include "common/wire/record_json.h"
#include "services/operations/record_view.h"
#include "services/payung/commands.h"

enum { WHERE_MAX = 8, COUNT_MAX = 1000000, SECONDS_MAX = 86400 };

static const char usage[] = "usage: payung tail TOPIC [--decode] [--where FIELD=VALUE]... [--from beginning|end|OFFSET] [--partition N] [--count N] [--for SECONDS] [--json]\n"
                            "\n"
                            "Shows the records of a topic (or of its dead-letter topic, NAME.dlq) as they come, without a group. Ctrl-C ends it. What is sealed stays sealed.\n"
                            "  --decode     the protobuf message, field by field\n"
                            "  --where F=V  only records with this value of a field (application.segment=1, agreement_id=kepahiang-2025) or of a header (ce_type=...); all must hold\n"
                            "  --from       where to begin in each partition: end (by itself), beginning, or an offset\n"
                            "  --partition  only this one\n"
                            "  --count      ends after so many records; --for after so many seconds\n"
                            "  --json       one JSON object a line\n"
                            "Environment: BROKERS. Exit codes: 0 ok, 1 failed, 2 usage, 75 Kafka does not answer.\n";

struct tailing {
    const char *topic_name;
    enum topic topic;
    bool json, decode;
    struct record_where where[WHERE_MAX];
    size_t where_count;
    uint64_t count, told; /* count 0: no end */
    int64_t until_us;     /* 0: no end */
    int64_t from;
    int32_t partition;
};

/* ---- one record ---- */

static bool is_wanted(const struct tailing *tailing, const json_t *headers, const json_t *message) {
    for (size_t i = 0; i < tailing->where_count; i++)
        if (!record_where_holds(&tailing->where[i], headers, message)) return false;
    return true;
}

static void print(const struct tailing *tailing, const struct kafka_peek_record *record, json_t *headers, json_t *message) {
    char time_text[CLOCK_TEXT_MAX];
    const char *name;
    json_t *value;
    clock_format_ms(record->timestamp_ms, time_text);
    if (tailing->json) {
        command_print_json(record_view_json(tailing->topic_name, record, headers, message));
    } else {
        printf("%s/%d@%lld  %s  key %.*s  %zu byte\n", tailing->topic_name, (int)record->partition, (long long)record->offset, time_text, SLICE_ARGS(record->key), record->value.size);
        json_object_foreach(headers, name, value) printf("  %s: %s\n", name, json_string_value(value));
        if (message != NULL) (void)json_dumpf(message, stdout, JSON_INDENT(2)); /* a closed pipe shows at exit */
        if (message != NULL) putchar('\n');
    }
    (void)fflush(stdout); /* shows at exit */
}

static bool goes_on(void *self) {
    const struct tailing *tailing = self;
    return !signals_stop() && (tailing->until_us == 0 || clock_monotonic_us() < tailing->until_us) && (tailing->count == 0 || tailing->told < tailing->count);
}

static bool visit(void *self, const struct kafka_peek_record *record) {
    struct tailing *tailing = self;
    json_t *headers = record_headers_json(record), *message = tailing->decode || tailing->where_count > 0 ? record_json(tailing->topic, record->value) : NULL;
    if (is_wanted(tailing, headers, message)) {
        json_t *shown = !tailing->decode ? NULL : message != NULL ? json_incref(message) : json_string("(no message of this topic)");
        print(tailing, record, headers, shown);
        json_decref(shown);
        tailing->told++;
    }
    json_decref(headers);
    json_decref(message);
    return goes_on(tailing);
}

/* ---- the command line ---- */

static bool take_from(struct tailing *tailing, const char *value) {
    uint64_t offset;
    if (strcmp(value, "beginning") == 0) tailing->from = PEEK_BEGINNING;
    else if (strcmp(value, "end") == 0) tailing->from = PEEK_END;
    else if (text_number(slice_text(value), INT64_MAX, &offset)) tailing->from = (int64_t)offset;
    else return false;
    return true;
}

static bool take_where(struct tailing *tailing, const char *value) {
    return tailing->where_count < WHERE_MAX && record_where_read(value, false, &tailing->where[tailing->where_count]) && ++tailing->where_count > 0;
}

static bool take_option(struct tailing *tailing, const char *name, const char *value) {
    uint64_t number;
    if (strcmp(name, "--from") == 0) return take_from(tailing, value);
    if (strcmp(name, "--where") == 0) return take_where(tailing, value);
    if (strcmp(name, "--count") == 0) return text_number(slice_text(value), COUNT_MAX, &tailing->count) && tailing->count > 0;
    if (strcmp(name, "--for") == 0 && text_number(slice_text(value), SECONDS_MAX, &number)) return tailing->until_us = clock_monotonic_us() + (int64_t)number * 1000000, true;
    if (strcmp(name, "--partition") == 0 && text_number(slice_text(value), INT32_MAX, &number)) return tailing->partition = (int32_t)number, true;
    return false;
}

static bool read_words(int argc, char **argv, struct tailing *tailing) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) tailing->json = true;
        else if (strcmp(argv[i], "--decode") == 0) tailing->decode = true;
        else if (argv[i][0] != '-' && tailing->topic_name == NULL) tailing->topic_name = argv[i];
        else if (i + 1 < argc && take_option(tailing, argv[i], argv[i + 1])) i++;
        else return false;
    }
    return tailing->topic_name != NULL;
}

static int run(struct tailing *tailing, const char *brokers) {
    struct kafka_peek *peek = NULL;
    const bool is_dead = strcmp(tailing->topic_name, topic_row(tailing->topic)->name) != 0;
    const struct kafka_peek_range range = {.topic = tailing->topic_name, .partition = tailing->partition, .partitions = is_dead ? 1 : topic_row(tailing->topic)->partitions, .from = tailing->from,
                                           .to = PEEK_FOLLOW, .visit = visit, .idle = goes_on, .self = tailing};
    struct err err = kafka_peek_open(brokers, &peek);
    if (!failed(&err)) err = kafka_peek_read(peek, &range);
    kafka_peek_close(peek);
    if (!failed(&err)) return EXIT_OK;
    return command_fail(tailing->json, err.fate == FATE_AGAIN ? EXIT_TEMPORARY : EXIT_FAILED, "KAFKA", err.text, "Check BROKERS and that Kafka runs.");
}

int tail_main(int argc, char **argv) {
    struct tailing tailing = {.from = PEEK_END, .partition = PEEK_ALL};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") != 0) continue;
        fputs(usage, stdout);
        return EXIT_OK;
    }
    if (!read_words(argc, argv, &tailing)) return command_usage(argc, argv, usage);
    tailing.topic = record_topic(tailing.topic_name);
    if (tailing.topic == TOPIC_NONE) return command_fail(tailing.json, EXIT_USAGE, "UNKNOWN_TOPIC", "this is no topic of ours", "payung topics list shows them.");
    const char *brokers = command_env(tailing.json, "BROKERS");
    if (brokers == NULL) return EXIT_USAGE;
    log_setup("payung", "tail", LOG_ERROR);
    signals_setup();
    return run(&tailing, brokers);
}
