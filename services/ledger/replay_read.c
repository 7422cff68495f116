/* The first half of a replay: what the topics say, brought into temporary tables by COPY. The first record of an origin counts, as it did for the ledger; later twins are those of
 * crashes. It must never take a log that lost records for a whole one. */
#include <stdarg.h>
#include <stdio.h>

#include "common/edge/clock.h"
#include "common/edge/kafka_scan.h"
#include "common/wire/wire.h"
#include "services/ledger/replay_parts.h"

enum { MESSAGE_BYTES_MAX = 8 * 1024 * 1024, SAY_US = 1000 * 1000, AGAIN_MS = 500, LOOK_MS = 200, TEXT_MAX = 200 };

void replay_say(struct replay *replay, const char *format, ...) {
    const int64_t now_us = clock_monotonic_us();
    if (replay->options->say == NULL || now_us - replay->said_us < SAY_US) return;
    char text[TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments); /* a cut line is still one */
    va_end(arguments);
    replay->options->say(replay->options->self, text);
    replay->said_us = now_us;
}

struct err replay_stopped(const struct replay *replay) {
    return replay->options->stop != NULL && replay->options->stop() ? ERR(FATAL, "stopped before it was finished") : OK;
}

/* ---- The snapshot ----------------------------------------------------------------------------------------------------------------------------- */

static struct err look_at_archive(struct replay *replay, int64_t *ret_open) {
    struct pg_rows rows;
    TRY(pg_begin(replay->live));
    TRY(pg_script(replay->live, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"));
    TRY(pg_script(replay->live, "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"));
    TRY(pg_run(replay->live, replay->arena,
               "SELECT count(*) FILTER (WHERE sent_at IS NULL), coalesce(max(sequence), -1) + 1, (SELECT count(*) FROM ledger.agreement_version WHERE journal_seq = 0)"
               " FROM ledger.outbox WHERE topic = 'COMMAND'",
               NULL, &rows));
    *ret_open = pg_int8(&rows, 0, 0);
    replay->command_end = pg_int8(&rows, 0, 1);
    if (pg_int8(&rows, 0, 2) > 0)
        return ERR(FATAL, "%lld agreements were put in force before commands were archived: the topics do not hold their documents", (long long)pg_int8(&rows, 0, 2));
    return OK;
}

static struct err look_at_lineage(struct replay *replay) {
    struct pg_rows rows;
    TRY(pg_run(replay->live, replay->arena, "SELECT partition, epoch, first_origin, next FROM ledger.lineage", NULL, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const int32_t partition = pg_int4(&rows, i, 0);
        if (partition < 0 || partition >= REPLAY_PARTITIONS_MAX) return ERR(FATAL, "the ledger has a partition %d: at most %d are read", partition, REPLAY_PARTITIONS_MAX);
        replay->ends[partition] = (struct stage_position){.epoch = (uint32_t)pg_int4(&rows, i, 1), .first_origin = pg_int8(&rows, i, 2), .next = pg_int8(&rows, i, 3)};
    }
    return OK;
}

/* A snapshot in which all commands are handed over: then the archive up to its last number is exactly what the snapshot holds. */
static struct err take_snapshot(struct replay *replay, int64_t until_us) {
    for (;;) {
        int64_t open = 0;
        arena_reset(replay->arena);
        TRY(look_at_archive(replay, &open));
        if (open == 0) return look_at_lineage(replay);
        pg_rollback(replay->live);
        TRY(replay_stopped(replay));
        if (clock_monotonic_us() >= until_us) return ERR(AGAIN, "%lld commands in the outbox are not handed over yet: does payung-relay run?", (long long)open);
        clock_wait_ms(LOOK_MS);
    }
}

/* ---- Topics into tables ------------------------------------------------------------------------------------------------------------------------ */

struct reading { /* of one topic */
    struct replay *replay;
    const char *name;
    struct pg_copy *copy;
    struct arena *arena; /* of one message */
    struct stage_position seen[REPLAY_PARTITIONS_MAX];
    int64_t records;
};

static int compare(struct stage_position a, struct stage_position b) {
    if (a.epoch != b.epoch) return a.epoch < b.epoch ? -1 : 1;
    return (a.next > b.next) - (a.next < b.next);
}

/* Whether this record is the next one of its partition; a gap is an error. */
static struct err judge(struct reading *reading, int32_t partition, const struct lineage *lineage, bool *ret_is_next) {
    struct stage_position *seen = &reading->seen[partition];
    const bool is_newer = lineage->epoch > seen->epoch;
    const int64_t next = is_newer ? lineage->first_origin : seen->next;
    *ret_is_next = lineage->epoch >= seen->epoch && lineage->origin >= next;
    if (!*ret_is_next) reading->replay->report->repeats++;
    if (*ret_is_next && lineage->origin > next)
        return ERR(FATAL, "%s/%d: origin %lld of epoch %u follows %lld: records were lost, the topic does not hold the whole story", reading->name, (int)partition,
                   (long long)lineage->origin, lineage->epoch, (long long)next - 1);
    if (*ret_is_next) *seen = (struct stage_position){.epoch = lineage->epoch, .first_origin = lineage->first_origin, .next = lineage->origin + 1};
    return OK;
}

static bool is_in_snapshot(const struct replay *replay, int32_t partition, const struct lineage *lineage) {
    const struct stage_position after = {.epoch = lineage->epoch, .next = lineage->origin + 1};
    return compare(after, replay->ends[partition]) <= 0;
}

static struct err begin_record(struct reading *reading, const struct kafka_scan_record *record) {
    CHECK(record->partition >= 0 && record->partition < REPLAY_PARTITIONS_MAX);
    arena_reset(reading->arena);
    replay_say(reading->replay, "%s: %lld records read", reading->name, (long long)reading->records);
    reading->records++;
    return replay_stopped(reading->replay);
}

/* The sequence is 0 in records that were written before it was archived. */
static struct err take_decided(void *self, const struct kafka_scan_record *record) {
    struct reading *reading = self;
    struct decided decided;
    bool is_next;
    TRY(begin_record(reading, record));
    if (!wire_decode_decided(reading->arena, record->bytes, &decided)) return OK; /* foreign: every reader drops it */
    TRY(judge(reading, record->partition, &decided.lineage, &is_next));
    if (!is_next) return OK;
    if (!is_in_snapshot(reading->replay, record->partition, &decided.lineage)) {
        reading->replay->report->later++;
        return OK;
    }
    const struct outcome *outcome = &decided.outcome;
    if (outcome->posted_sequence <= 0)
        return ERR(FATAL, "decided/%d origin %lld does not say which transaction posted it: it is older than the archive", (int)record->partition, (long long)decided.lineage.origin);
    pg_copy_row(reading->copy, 10);
    pg_copy_int4(reading->copy, record->partition);
    pg_copy_int4(reading->copy, (int32_t)decided.lineage.epoch);
    pg_copy_int8(reading->copy, decided.lineage.first_origin);
    pg_copy_int8(reading->copy, decided.lineage.origin);
    pg_copy_int8(reading->copy, outcome->posted_sequence);
    pg_copy_int4(reading->copy, (int32_t)outcome->posted_position);
    pg_copy_int8(reading->copy, outcome->posted_at_ms);
    pg_copy_int2(reading->copy, (int16_t)outcome->status);
    pg_copy_int2(reading->copy, outcome->repeat);
    pg_copy_int8(reading->copy, (int64_t)outcome->codes.bits);
    reading->replay->report->records++;
    return OK;
}

static struct err take_priced(void *self, const struct kafka_scan_record *record) {
    struct reading *reading = self;
    struct priced priced;
    bool is_next;
    TRY(begin_record(reading, record));
    if (!wire_decode_priced(reading->arena, record->bytes, &priced)) return OK;
    TRY(judge(reading, record->partition, &priced.lineage, &is_next));
    if (!is_next || !is_in_snapshot(reading->replay, record->partition, &priced.lineage)) return OK;
    pg_copy_row(reading->copy, 4);
    pg_copy_int4(reading->copy, record->partition);
    pg_copy_int4(reading->copy, (int32_t)priced.lineage.epoch);
    pg_copy_int8(reading->copy, priced.lineage.origin);
    pg_copy_bytes(reading->copy, record->bytes);
    return OK;
}

static struct err take_payment(void *self, const struct kafka_scan_record *record) {
    struct reading *reading = self;
    struct payment_received payment;
    bool is_next;
    TRY(begin_record(reading, record));
    if (!wire_decode_payment(reading->arena, record->bytes, &payment)) return OK;
    TRY(judge(reading, record->partition, &payment.lineage, &is_next));
    if (!is_next) return OK;
    pg_copy_row(reading->copy, 5);
    pg_copy_int8(reading->copy, payment.lineage.origin);
    pg_copy_bytes(reading->copy, payment.source);
    pg_copy_bytes(reading->copy, payment.external_id);
    pg_copy_bytes(reading->copy, slice_of(payment.payment_id.bytes, ID_BYTES));
    pg_copy_bytes(reading->copy, record->bytes);
    reading->replay->report->payments++;
    return OK;
}

static struct err take_command(void *self, const struct kafka_scan_record *record) {
    struct reading *reading = self;
    struct ledger_command command;
    bool is_next;
    TRY(begin_record(reading, record));
    if (!wire_decode_command(reading->arena, record->bytes, &command)) return OK;
    TRY(judge(reading, record->partition, &command.lineage, &is_next));
    if (!is_next || command.lineage.origin >= reading->replay->command_end) return OK;
    pg_copy_row(reading->copy, 2);
    pg_copy_int8(reading->copy, command.commit_sequence);
    pg_copy_bytes(reading->copy, record->bytes);
    reading->replay->report->commands++;
    return OK;
}

static struct err read_topic(struct replay *replay, enum topic topic, const char *copy_sql, struct err (*visit)(void *self, const struct kafka_scan_record *record), struct reading *ret_reading) {
    *ret_reading = (struct reading){.replay = replay, .name = topic_row(topic)->name, .arena = arena_create(MESSAGE_BYTES_MAX)};
    struct err err = pg_copy_start(replay->stage, copy_sql, &ret_reading->copy);
    if (!failed(&err)) {
        err = kafka_scan(&(struct kafka_scan_options){.brokers = replay->options->brokers, .topic = topic, .visit = visit, .self = ret_reading});
        struct err end = pg_copy_finish(ret_reading->copy);
        if (!failed(&err)) err = end;
    }
    arena_destroy(ret_reading->arena);
    return err;
}

/* The first partition that does not reach the end of the snapshot, or -1. */
static int32_t first_short(const struct replay *replay, const struct reading *reading) {
    for (int32_t i = 0; i < REPLAY_PARTITIONS_MAX; i++)
        if (replay->ends[i].next > replay->ends[i].first_origin && compare(reading->seen[i], replay->ends[i]) < 0) return i;
    return -1;
}

/* What the ledger has committed a moment ago may still be on its way to the topic. */
static struct err read_decided(struct replay *replay, int64_t until_us) {
    for (;;) {
        struct reading reading;
        TRY(read_topic(replay, TOPIC_DECIDED, "COPY replay_decided FROM STDIN BINARY", take_decided, &reading));
        const int32_t partition = first_short(replay, &reading);
        if (partition < 0) return OK;
        TRY(replay_stopped(replay));
        if (clock_monotonic_us() >= until_us)
            return ERR(AGAIN, "%s/%d ends at origin %lld, the ledger stands at %lld: does payung-ledger run?", reading.name, (int)partition, (long long)reading.seen[partition].next,
                       (long long)replay->ends[partition].next);
        clock_wait_ms(AGAIN_MS);
        replay->report->records = replay->report->later = replay->report->repeats = 0;
        TRY(pg_script(replay->stage, "TRUNCATE replay_decided"));
    }
}

static struct err read_rest(struct replay *replay) {
    struct reading reading;
    TRY(read_topic(replay, TOPIC_PRICED, "COPY replay_priced FROM STDIN BINARY", take_priced, &reading));
    const int32_t partition = first_short(replay, &reading);
    if (partition >= 0) return ERR(FATAL, "%s/%d ends at origin %lld, before what the ledger decided: it was cut", reading.name, (int)partition, (long long)reading.seen[partition].next);
    TRY(read_topic(replay, TOPIC_PAYMENT, "COPY replay_payment FROM STDIN BINARY", take_payment, &reading));
    TRY(read_topic(replay, TOPIC_COMMAND, "COPY replay_command FROM STDIN BINARY", take_command, &reading));
    if (reading.seen[0].next < replay->command_end)
        return ERR(FATAL, "%s ends at origin %lld, %lld were handed over: it was cut", reading.name, (long long)reading.seen[0].next, (long long)replay->command_end);
    return OK;
}

struct err replay_read(struct replay *replay) {
    const int64_t until_us = clock_monotonic_us() + (int64_t)replay->options->wait_s * 1000000;
    TRY(take_snapshot(replay, until_us));
    TRY(pg_script(replay->stage, "SET statement_timeout = 0; SET work_mem = '64MB'; SET maintenance_work_mem = '128MB'"));
    TRY(pg_script(replay->stage,
                  "CREATE TEMP TABLE replay_decided (partition int, epoch int, first_origin bigint, origin bigint, sequence bigint, position int, moment_ms bigint, status smallint,"
                  " is_repeat smallint, codes bigint);"
                  "CREATE TEMP TABLE replay_priced (partition int, epoch int, origin bigint, bytes bytea);"
                  "CREATE TEMP TABLE replay_payment (origin bigint, source text, external_id text, payment_id bytea, bytes bytea);"
                  "CREATE TEMP TABLE replay_command (sequence bigint, bytes bytea)"));
    TRY(read_decided(replay, until_us));
    TRY(read_rest(replay));
    struct err err = pg_script(replay->stage,
                               "CREATE UNIQUE INDEX ON replay_decided (sequence, position); CREATE UNIQUE INDEX ON replay_priced (partition, epoch, origin);"
                               "CREATE INDEX ON replay_payment (source, external_id, origin); CREATE UNIQUE INDEX ON replay_command (sequence);"
                               "CREATE TEMP TABLE replay_turn AS SELECT sequence, false AS is_command FROM replay_decided GROUP BY sequence"
                               " UNION ALL SELECT sequence, true FROM replay_command;"
                               "CREATE UNIQUE INDEX ON replay_turn (sequence); ANALYZE replay_decided, replay_priced, replay_turn");
    return err.fate == FATE_SPLIT ? ERR(FATAL, "the topics name a commit sequence or a place in it twice (%.120s)", err.text) : err;
}
