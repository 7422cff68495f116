/* stage_main: a service's whole life around the loop. Settings are checked before anything is opened; what is away at the start is waited for, with
 * /readyz saying why, so that the order in which processes start does not matter. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/edge/clock.h"
#include "common/edge/health.h"
#include "common/edge/kafka.h"
#include "common/edge/log.h"
#include "common/edge/schema_frame.h"
#include "common/edge/signals.h"
#include "common/stage/loop.h"
#include "common/stage/retry.h"
#include "common/stage/wish.h"

enum { EXIT_OK = 0, EXIT_FATAL = 1, EXIT_USAGE = 2, FLUSH_MS = 500, NAME_BYTES_MAX = 96, FETCH_REALTIME_MS = 50, FETCH_BULK_MS = 100, LINGER_BULK_MS = 5 };

const struct knob stage_knobs[] = {
    {"BROKERS", KNOB_TEXT, "127.0.0.1:9092", 0, 0, "Kafka brokers, host:port separated by commas."},
    SCHEMA_IDS_KNOB,
    {"INSTANCE", KNOB_TEXT, "0-realtime", 0, 0, "Name of this process in its group; 0-realtime takes the lower half of the partitions, 1-bulk the upper half."},
    {"METRICS_PORT", KNOB_INT, "0", 0, 65535, "Port on 127.0.0.1 for /healthz, /readyz, /metrics and /version; 0 = any free one, which the log tells."},
    {"LOG_LEVEL", KNOB_TEXT, "info", 0, 0, "Least level that is logged: debug, info, warning or error."},
    {"BATCH_MESSAGES_MAX", KNOB_INT, "1000", 1, 10000, "Most records of one batch."},
    {"IN_FLIGHT_MAX", KNOB_INT, "5000", 1, 100000, "Most records produced and not yet confirmed; at least a batch."},
    {"LINGER_MS", KNOB_INT, "-1", -1, 1000, "How long the producer waits for more records; -1 = 0, or 5 for an instance named ...bulk."},
    {"PGURL", KNOB_SECRET, "", 0, 0, "PostgreSQL URL of services that use it."},
    {"PAYUNG_SHARE", KNOB_PATH, "", 0, 0, "Folder of the data files (regions, occupations, tariff, templates, schema)."},
    {"PAYUNG_KEYS", KNOB_PATH, "", 0, 0, "Folder of the keys, for services that seal or open persons."},
    {NULL, KNOB_TEXT, NULL, 0, 0, NULL},
};

struct life {
    const struct stage *stage;
    void *self;
    char group[NAME_BYTES_MAX], member[2 * NAME_BYTES_MAX];
    struct health *health;
    struct stage_log *log;
    struct loop *loop;
    struct wish *wish;
    struct schema_frame *frame;
};

static void print_help(const struct stage *stage) {
    printf("payung-%s: %s\n\n", stage->name, stage->story);
    printf("  reads  %s\n", topic_row(stage->consumes)->name);
    if (stage->produces != TOPIC_NONE) printf("  writes %s\n", topic_row(stage->produces)->name);
    printf("\nUsage: payung-%s [--help | --version | --check-config]\nEnds with 0 after SIGTERM or SIGINT, 1 after a fatal error, 2 for wrong usage.\n\n"
           "Settings (environment; any librdkafka property also as KAFKA_<PROPERTY>, '_' for '.'):\n",
           stage->name);
    knobs_print_help(stdout, stage_knobs, stage->knobs);
}

static struct err check_settings(const struct stage *stage) {
    enum log_level level;
    TRY(knobs_load(stage_knobs, stage->knobs));
    if (!log_level_parse(knob_text("LOG_LEVEL"), &level)) return ERR(FATAL, "LOG_LEVEL is '%.20s', not debug, info, warning or error.", knob_text("LOG_LEVEL"));
    if (knob_text("INSTANCE")[0] == '\0' || strlen(knob_text("INSTANCE")) > 48) return ERR(FATAL, "INSTANCE must have 1 to 48 characters.");
    if (knob_int("IN_FLIGHT_MAX") < knob_int("BATCH_MESSAGES_MAX")) return ERR(FATAL, "IN_FLIGHT_MAX must not be less than BATCH_MESSAGES_MAX.");
    return OK;
}

static void say(void *context, bool ready, const char *text) { health_say(((struct life *)context)->health, ready, text); }

static bool is_bulk(void) { return strstr(knob_text("INSTANCE"), "bulk") != NULL; }

/* The service's own connections. What is away is waited for. OK with self set, OK without it (stop was wished), or FATAL. */
static struct err open_service(struct life *life) {
    for (uint32_t attempt = 0; !signals_stop(); attempt++) {
        health_turn(life->health);
        struct err err = life->stage->open == NULL ? OK : life->stage->open(&life->self);
        if (err.fate != FATE_AGAIN) return err;
        if (attempt == 0) log_warning("a dependency is away at the start: trying again", LOG_TEXT("error", err.text));
        health_say(life->health, false, err.text);
        clock_wait_ms(retry_delay_ms(attempt, (uint64_t)clock_unix_ms()));
    }
    return OK;
}

static struct err open_life(struct life *life) {
    const char *instance = knob_text("INSTANCE");
    enum log_level level = LOG_INFO;
    CHECK(log_level_parse(knob_text("LOG_LEVEL"), &level));
    log_setup(life->stage->name, instance, level);
    (void)snprintf(life->group, sizeof life->group, "payung-%s", life->stage->name);
    CHECK(strcmp(life->group, topic_group(life->stage->consumes)) == 0); /* a row of topics.def: who looks for lag must find it */
    (void)snprintf(life->member, sizeof life->member, "%s-%.48s", life->group, instance);
    signals_setup();
    TRY(health_open((int)knob_int("METRICS_PORT"), life->stage->name, instance, &life->health));
    log_info("starting", LOG_TEXT("version", PAYUNG_VERSION), LOG_TEXT("librdkafka", kafka_library_version()), LOG_INT("metrics_port", health_port(life->health)));
    TRY(open_service(life));
    if (signals_stop()) return OK;
    TRY(schema_frame_open(knob_text("SCHEMA_IDS"), &life->frame));
    int linger_ms = (int)knob_int("LINGER_MS");
    const struct kafka_options kafka = {.brokers = knob_text("BROKERS"), .group = life->group, .member = life->member, .frame = life->frame,
                                        .linger_ms = linger_ms >= 0 ? linger_ms : is_bulk() ? LINGER_BULK_MS : 0,
                                        .fetch_wait_ms = is_bulk() ? FETCH_BULK_MS : FETCH_REALTIME_MS};
    return kafka_log_open(&kafka, life->stage->consumes, &life->log);
}

static struct err run(struct life *life) {
    if (life->log == NULL) return OK; /* stopped while it waited for its dependencies */
    const struct loop_options options = {.group = life->group, .version = PAYUNG_VERSION, .batch_messages_max = (size_t)knob_int("BATCH_MESSAGES_MAX"),
                                         .in_flight_max = (size_t)knob_int("IN_FLIGHT_MAX"), .seed = (uint64_t)clock_unix_ms(), .say = say, .say_context = life};
    life->loop = loop_create(life->stage, life->self, life->log, &options);
    life->wish = wish_open(knob_text("PGURL"), life->stage->name, knob_text("INSTANCE"));
    while (!loop_ended(life->loop)) {
        health_turn(life->health);
        loop_pause(life->loop, wish_paused(life->wish, clock_monotonic_us()));
        if (signals_stop()) loop_stop(life->loop);
        loop_step(life->loop);
    }
    return loop_end(life->loop);
}

/* The log first: its last deliveries are told to the loop. */
static void close_life(struct life *life) {
    kafka_log_close(life->log, FLUSH_MS);
    schema_frame_close(life->frame);
    loop_destroy(life->loop);
    wish_close(life->wish);
    if (life->self != NULL && life->stage->close != NULL) life->stage->close(life->self);
    health_close(life->health);
}

static int live(const struct stage *stage) {
    (void)mallopt(M_ARENA_MAX, 2); /* the Kafka client has many threads; a heap for each would hold memory that others need. A wish: may be refused */
    struct life life = {.stage = stage};
    struct err err = open_life(&life);
    if (!failed(&err)) err = run(&life);
    if (failed(&err)) log_error("ends: fatal", LOG_TEXT("error", err.text));
    close_life(&life);
    if (!failed(&err)) log_info("ends");
    return failed(&err) ? EXIT_FATAL : EXIT_OK;
}

int stage_main(const struct stage *stage, int argc, char **argv) {
    const char *wish = argc > 1 ? argv[1] : "";
    if (argc > 2 || (wish[0] != '\0' && strcmp(wish, "--help") != 0 && strcmp(wish, "--version") != 0 && strcmp(wish, "--check-config") != 0)) {
        fprintf(stderr, "payung-%s: unknown arguments. Usage: payung-%s [--help | --version | --check-config]\n", stage->name, stage->name);
        return EXIT_USAGE;
    }
    if (strcmp(wish, "--help") == 0) {
        print_help(stage);
        return EXIT_OK;
    }
    if (strcmp(wish, "--version") == 0) {
        printf("payung-%s %s (librdkafka %s)\n", stage->name, PAYUNG_VERSION, kafka_library_version());
        return EXIT_OK;
    }
    struct err err = check_settings(stage);
    if (failed(&err)) {
        fprintf(stderr, "payung-%s: %s\n", stage->name, err.text);
        return EXIT_FATAL;
    }
    if (strcmp(wish, "--check-config") == 0) {
        knobs_print_config(stdout, stage_knobs, stage->knobs);
        return EXIT_OK;
    }
    return live(stage);
}
