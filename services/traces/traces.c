/* payung-traces: shows each application as a trace (OpenTelemetry): one span a stage, made from what the stages wrote, with the ids that the records bear. It follows the four enrolment topics from
 * their ends without a group, and asks PostgreSQL for the moment of a message. Whoever is traced does not know it: a receiver that hangs, this program itself, or its absence change nothing in the
 * pipeline. Traces are hints: whatever is late or too much is dropped and counted, memory is bounded, and nothing is kept over a restart. */
#include <stdlib.h>
#include <string.h>

#include "common/domain/message_due.h"
#include "common/edge/clock.h"
#include "common/edge/crypto.h"
#include "common/edge/health.h"
#include "common/edge/kafka_peek.h"
#include "common/edge/log.h"
#include "common/edge/pg.h"
#include "common/edge/program.h"
#include "common/edge/signals.h"
#include "common/stage/parcel.h"
#include "common/stage/retry.h"
#include "common/tables/knobs.h"
#include "common/tables/meters.h"
#include "common/wire/wire.h"
#include "services/traces/export.h"

enum {
    ARENA_BYTES = 16 * 1024 * 1024,
    IDLE_MS = 50,
    RECORDS_A_TURN = 500,
    STALE_MS = 60 * 1000,             /* a record that is older is not worth its work: who is behind catches up by passing over */
    OVERDUE_US = 30 * 1000 * 1000,    /* an application without news for so long is told as far as it is known */
    ASK_EVERY_US = 500 * 1000,
    ASKED_MAX = 512,                  /* messages at a look */
    PATIENCE_MS = 5000,               /* for PostgreSQL */
    STOP_US = 2 * 1000 * 1000,
    THOUSAND = 1000,
};

static const struct knob knobs[] = {
    {"BROKERS", KNOB_TEXT, NULL, 0, 0, "Kafka brokers, host:port,..."},
    {"PGURL", KNOB_SECRET, "", 0, 0, "PostgreSQL address, for the moment of each message; empty: traces end with the ledger."},
    {"OTLP_URL", KNOB_TEXT, NULL, 0, 0, "Where spans are posted: the receiver's http://127.0.0.1:4318/v1/traces (OTLP/HTTP, JSON)."},
    {"OTLP_AUTHORIZATION", KNOB_SECRET, "", 0, 0, "Value of the header Authorization; empty: none is sent."},
    {"OTLP_TIMEOUT_MS", KNOB_INT, "10000", 100, 60000, "How long the receiver may take to answer."},
    {"TRACES_PER_THOUSAND", KNOB_INT, "1000", 0, 1000, "How many of a thousand applications are traced; which ones follows from the trace id. One whose traceparent says that it is not sampled never is."},
    {"METRICS_PORT", KNOB_INT, "0", 0, 65535, "Port on 127.0.0.1 for /healthz, /readyz, /metrics and /version; 0 = any free one, which the log tells."},
    {"INSTANCE", KNOB_TEXT, "0", 0, 0, "Name of this instance in logs and metrics. A second one would tell everything twice."},
    {"LOG_LEVEL", KNOB_TEXT, "info", 0, 0, "debug, info, warning or error."},
    {NULL, KNOB_TEXT, NULL, 0, 0, NULL},
};

struct traces {
    struct kafka_peek *peek;
    struct pg *pg; /* NULL: not asked */
    struct export *export;
    struct health *health;
    struct arena *arena;
    struct assembly *assembly;
    int per_thousand;
    uint32_t attempts; /* failures of PostgreSQL one after the other */
    int64_t ask_due_us;
};

/* ---- out of the table ---- */

static void emit(struct traces *traces, struct trace *trace) {
    struct span spans[TRACED_STAGES];
    const size_t count = spans_of(trace, spans);
    for (size_t i = 0; i < count; i++) export_add(traces->export, &spans[i]);
    *trace = (struct trace){.is_used = false};
}

static void emit_overdue(struct traces *traces, int64_t since_us) {
    for (struct trace *trace; (trace = assembly_overdue(traces->assembly, since_us)) != NULL;) emit(traces, trace);
}

/* ---- into the table ---- */

/* The trace of a record, when it is to be followed. */
static bool is_traced(const struct traces *traces, const struct kafka_peek_record *record, struct id *ret_trace_id) {
    for (size_t i = 0; i < record->header_count; i++) {
        const struct slice value = record->headers[i].value;
        uint32_t part;
        if (strcmp(record->headers[i].name, "traceparent") != 0 || !parcel_trace(value, ret_trace_id->bytes) || !parcel_is_sampled(value)) continue;
        memcpy(&part, ret_trace_id->bytes + ID_BYTES - sizeof part, sizeof part); /* W3C: the last bytes are the random ones */
        return (int)(part % THOUSAND) < traces->per_thousand;
    }
    return false;
}

struct reading { /* what is wanted of a message, whatever its topic */
    struct id application_id;
    uint32_t attempt;
    struct slice agreement_id;
    int64_t received_ms;
    const struct outcome *outcome; /* of `decided` */
};

static struct reading of_application(const struct application *application, int64_t received_ms) {
    return (struct reading){.application_id = application->application_id, .attempt = application->attempt, .agreement_id = application->agreement_id, .received_ms = received_ms};
}

static bool read_message(struct arena *arena, enum topic topic, struct slice bytes, enum traced *ret_stage, struct reading *ret_reading) {
    struct submitted submitted;
    struct assessed assessed;
    struct priced priced;
    struct decided *decided;
    switch ((int)topic) {
    case TOPIC_SUBMITTED:
        if (!wire_decode_submitted(arena, bytes, &submitted)) return false;
        *ret_stage = TRACED_INGESTION;
        *ret_reading = of_application(&submitted.application, submitted.application.submitted_at_ms);
        return true;
    case TOPIC_ASSESSED:
        if (!wire_decode_assessed(arena, bytes, &assessed)) return false;
        *ret_stage = TRACED_ELIGIBILITY;
        *ret_reading = of_application(&assessed.application, 0);
        return true;
    case TOPIC_PRICED:
        if (!wire_decode_priced(arena, bytes, &priced)) return false;
        *ret_stage = TRACED_PREMIUM;
        *ret_reading = of_application(&priced.application, 0);
        return true;
    case TOPIC_DECIDED:
        decided = arena_take(arena, sizeof *decided);
        if (!wire_decode_decided(arena, bytes, decided)) return false;
        *ret_stage = TRACED_LEDGER;
        *ret_reading = (struct reading){.application_id = decided->outcome.application_id, .attempt = decided->outcome.attempt, .agreement_id = decided->outcome.agreement_id, .outcome = &decided->outcome};
        return true;
    default: return false;
    }
}

static void take(struct traces *traces, enum topic topic, const struct kafka_peek_record *record) {
    struct id trace_id;
    struct reading reading;
    struct trace gone;
    enum traced stage;
    const int64_t now_us = clock_monotonic_us();
    if (!is_traced(traces, record, &trace_id)) return;
    if (record->timestamp_ms < clock_unix_ms() - STALE_MS) {
        meter_add(METER_SPANS_DROPPED, 0, 1);
        return;
    }
    arena_reset(traces->arena);
    if (!read_message(traces->arena, topic, record->value, &stage, &reading) || id_is_zero(reading.application_id)) return; /* nobody's */
    struct trace *trace = assembly_place(traces->assembly, reading.application_id, reading.attempt, now_us, &gone);
    if (gone.is_used) emit(traces, &gone);
    trace->trace_id = trace_id;
    trace->news_us = now_us;
    trace->partition = record->partition;
    trace->at_ms[stage] = record->timestamp_ms;
    trace->offset[stage] = record->offset;
    (void)snprintf(trace->agreement, sizeof trace->agreement, "%.*s", SLICE_ARGS(reading.agreement_id)); /* an id of ours fits */
    if (stage == TRACED_INGESTION) trace->received_ms = reading.received_ms;
    if (reading.outcome != NULL) {
        trace->outcome = reading.outcome->status;
        trace->owes_message = traces->pg != NULL && message_due(reading.outcome) != NULL;
    }
    if (trace_is_complete(trace)) emit(traces, trace);
}

/* ---- messages to people: they leave no record ---- */

struct waiting {
    struct trace *traces[ASKED_MAX];
    struct slice events[ASKED_MAX];
    struct id ids[ASKED_MAX];
    size_t count;
};

static void find_waiting(struct traces *traces, struct waiting *waiting) {
    for (size_t i = 0; i < ASSEMBLY_TRACES && waiting->count < ASKED_MAX; i++) {
        struct trace *trace = &traces->assembly->traces[i];
        if (!trace->is_used || !trace->owes_message || trace->at_ms[TRACED_LEDGER] == 0 || trace->at_ms[TRACED_NOTIFICATION] != 0) continue;
        waiting->ids[waiting->count] = crypto_event_id("ledger", trace->application_id, trace->attempt, NULL, trace->partition);
        waiting->events[waiting->count] = slice_of(waiting->ids[waiting->count].bytes, ID_BYTES);
        waiting->traces[waiting->count++] = trace;
    }
}

static struct err ask(struct traces *traces, struct waiting *waiting) {
    struct pg_parameters *parameters = pg_parameters(traces->arena);
    struct pg_rows rows;
    pg_add_bytea_array(parameters, waiting->events, waiting->count);
    TRY(pg_run(traces->pg, traces->arena, "SELECT k.place::int, m.settled_at FROM unnest($1::bytea[]) WITH ORDINALITY AS k (event_id, place) JOIN notice.message m USING (event_id)", parameters, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const int32_t place = pg_int4(&rows, i, 0) - 1;
        CHECK(place >= 0 && (size_t)place < waiting->count);
        struct trace *trace = waiting->traces[place];
        trace->at_ms[TRACED_NOTIFICATION] = pg_timestamp_ms(&rows, i, 1);
        if (trace_is_complete(trace)) emit(traces, trace);
    }
    return OK;
}

/* While PostgreSQL is away traces wait for it, and go out without their end. */
static void ask_for_messages(struct traces *traces) {
    const int64_t now_us = clock_monotonic_us();
    struct waiting waiting = {.count = 0};
    if (traces->pg == NULL || now_us < traces->ask_due_us) return;
    traces->ask_due_us = now_us + ASK_EVERY_US;
    find_waiting(traces, &waiting);
    if (waiting.count == 0) return;
    arena_reset(traces->arena);
    struct err err = pg_ready(traces->pg);
    if (!failed(&err)) err = ask(traces, &waiting);
    if (failed(&err)) {
        if (traces->attempts == 0) log_warning("PostgreSQL failed; it is tried again", LOG_TEXT("error", err.text));
        traces->ask_due_us = now_us + retry_delay_ms(traces->attempts++, (uint64_t)now_us) * 1000;
        return;
    }
    if (traces->attempts > 0) log_info("PostgreSQL answers again");
    traces->attempts = 0;
}

/* ---- life ---- */

static void turn(struct traces *traces, bool stopping) {
    struct kafka_peek_record record;
    enum topic topic;
    for (int i = 0; !stopping && i < RECORDS_A_TURN && kafka_peek_next(traces->peek, i == 0 ? IDLE_MS : 0, &topic, &record); i++) take(traces, topic, &record);
    ask_for_messages(traces);
    emit_overdue(traces, clock_monotonic_us() - OVERDUE_US);
    export_turn(traces->export, stopping);
    health_turn(traces->health);
}

static void run(struct traces *traces) {
    health_say(traces->health, true, "ready");
    log_info("ready");
    while (!signals_stop()) turn(traces, false);
    log_info("stopping");
    health_say(traces->health, false, "stopping");
    for (size_t i = 0; i < ASSEMBLY_TRACES; i++)
        if (traces->assembly->traces[i].is_used) emit(traces, &traces->assembly->traces[i]);
    for (const int64_t until_us = clock_monotonic_us() + STOP_US; !export_is_empty(traces->export) && clock_monotonic_us() < until_us; clock_wait_ms(5)) turn(traces, true);
}

static struct err open_stores(void *self) {
    struct traces *traces = self;
    static const enum topic topics[] = {TOPIC_SUBMITTED, TOPIC_ASSESSED, TOPIC_PRICED, TOPIC_DECIDED};
    if (traces->peek == NULL) TRY(kafka_peek_open(knob_text("BROKERS"), &traces->peek));
    if (traces->pg == NULL && knob_text("PGURL")[0] != '\0') {
        TRY(pg_open(knob_text("PGURL"), "payung-traces", &traces->pg));
        pg_patience(traces->pg, PATIENCE_MS);
    }
    return kafka_peek_follow_topics(traces->peek, topics, sizeof topics / sizeof *topics);
}

static struct err open_all(struct traces *traces) {
    const struct export_options options = {.url = knob_text("OTLP_URL"), .authorization = knob_text("OTLP_AUTHORIZATION"), .timeout_ms = (int)knob_int("OTLP_TIMEOUT_MS")};
    traces->per_thousand = (int)knob_int("TRACES_PER_THOUSAND");
    TRY(health_open((int)knob_int("METRICS_PORT"), "traces", knob_text("INSTANCE"), &traces->health));
    log_info("starting", LOG_TEXT("version", PAYUNG_VERSION), LOG_INT("metrics_port", health_port(traces->health)));
    TRY(export_open(&options, &traces->export));
    return program_wait(traces->health, open_stores, traces);
}

static void close_all(struct traces *traces) {
    export_close(traces->export);
    kafka_peek_close(traces->peek);
    pg_close(traces->pg);
    health_close(traces->health);
    arena_destroy(traces->arena);
    free(traces->assembly);
}

static int serve(void) {
    struct traces traces = {.arena = arena_create(ARENA_BYTES), .assembly = calloc(1, sizeof(struct assembly))};
    CHECK(traces.assembly != NULL);
    const struct err err = open_all(&traces);
    if (!failed(&err) && !signals_stop()) run(&traces);
    if (failed(&err)) log_error("ends: fatal", LOG_TEXT("error", err.text));
    close_all(&traces);
    if (!failed(&err)) log_info("ends");
    return failed(&err) ? 1 : 0;
}

static const struct program program = {.name = "traces", .story = "shows each application as a trace of OpenTelemetry, from what the stages wrote.", .knobs = knobs, .uses_kafka = true, .serve = serve};

int main(int argc, char **argv) { return program_main(&program, argc, argv); }
