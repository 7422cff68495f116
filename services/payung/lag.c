/* `payung lag`: how far each stage is behind, in records and in seconds, partition by partition. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/edge/kafka_lag.h"
#include "common/edge/log.h"
#include "services/payung/commands.h"

enum { LAG_ARENA_BYTES = 1024 * 1024 };

static const char usage[] = "usage: payung lag [--json]\n"
                            "\n"
                            "How far each consumer group of topics.def is behind: records that it has not finished, and the age of the oldest of them. What a group never\n"
                            "committed counts from the beginning of the log. Repeats, and records that are parked without an output, move the position, too.\n"
                            "JSON: {\"partitions\":[{\"topic\",\"partition\",\"group\",\"lag\",\"lag_seconds\",\"committed\",\"end\"}],\"lag\",\"lag_seconds\"}; committed is null when there is none.\n"
                            "Environment: BROKERS. Exit codes: 0 ok, 1 failed, 2 usage, 75 Kafka does not answer.\n";

static json_t *row_json(const struct kafka_lag *row) {
    return json_pack("{s:s,s:i,s:s,s:I,s:f,s:o,s:I}", "topic", topic_row(row->topic)->name, "partition", (int)row->partition, "group", topic_group(row->topic), "lag", (json_int_t)row->lag,
                     "lag_seconds", row->lag_seconds, "committed", row->committed >= 0 ? json_integer((json_int_t)row->committed) : json_null(), "end", (json_int_t)row->end);
}

static void print_json(const struct kafka_lag *rows, size_t count) {
    json_t *list = json_array();
    int64_t lag = 0;
    double seconds = 0;
    for (size_t i = 0; i < count; i++) {
        CHECK(json_array_append_new(list, row_json(&rows[i])) == 0);
        lag += rows[i].lag;
        if (rows[i].lag_seconds > seconds) seconds = rows[i].lag_seconds;
    }
    command_print_json(json_pack("{s:o,s:I,s:f}", "partitions", list, "lag", (json_int_t)lag, "lag_seconds", seconds));
}

static void print_text(const struct kafka_lag *rows, size_t count) {
    printf("%-22s %-34s %7s %12s %12s %12s %14s\n", "Grup", "Topik", "Partisi", "Selesai", "Akhir", "Tertinggal", "Usia tertua");
    for (size_t i = 0; i < count; i++) {
        char committed[24] = "belum ada", age[24] = "-";
        if (rows[i].committed >= 0) (void)snprintf(committed, sizeof committed, "%lld", (long long)rows[i].committed); /* fits */
        if (rows[i].lag > 0) (void)snprintf(age, sizeof age, "%.1f detik", rows[i].lag_seconds);
        printf("%-22s %-34s %7d %12s %12lld %12lld %14s\n", topic_group(rows[i].topic), topic_row(rows[i].topic)->name, (int)rows[i].partition, committed, (long long)rows[i].end,
               (long long)rows[i].lag, age);
    }
}

static int run(bool json, const char *brokers) {
    struct arena *arena = arena_create(LAG_ARENA_BYTES);
    struct kafka_lag *rows;
    size_t count;
    const struct err err = kafka_lag_look(brokers, arena, &rows, &count);
    if (!failed(&err) && json) print_json(rows, count);
    else if (!failed(&err)) print_text(rows, count);
    arena_destroy(arena);
    if (!failed(&err)) return EXIT_OK;
    return command_fail(json, err.fate == FATE_AGAIN ? EXIT_TEMPORARY : EXIT_FAILED, "KAFKA", err.text, "Check BROKERS and that Kafka runs; payung topics list shows the topics.");
}

int lag_main(int argc, char **argv) {
    bool json = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return EXIT_OK;
        }
        if (strcmp(argv[i], "--json") != 0) return command_usage(argc, argv, usage);
        json = true;
    }
    const char *brokers = command_env(json, "BROKERS");
    if (brokers == NULL) return EXIT_USAGE;
    log_setup("payung", "lag", LOG_ERROR);
    return run(json, brokers);
}
