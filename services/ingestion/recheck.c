/* What waits for an answer from outside is tried again by itself: the ledger keeps the next attempt of every application that ended PENDING, with the moment at which it
 * is due (ledger.pending), and this file submits it, the same application with that attempt number, from the beginning of the path, so that all facts are asked anew
 * (house.md, rule 7). Who is promoted from the waiting list, or renewed under another agreement, goes the same way with the terms that its row names. Before a record is sent its moment is set forward, so a record that is lost with us or with Kafka is sent again later, which is harmless: the ledger
 * repeats what it has decided. It must never remove a row: only an outcome does, in the ledger's transaction. */
#include "common/edge/clock.h"
#include "common/edge/log_enrolment.h"
#include "common/tables/meters.h"
#include "common/wire/wire.h"
#include "services/ingestion/intake.h"

/* Taken and set forward by one statement; in the order in which they were decided, because the budget is asked in the order of the list. */
static const char take_due_sql[] =
    "WITH due AS (SELECT application_id FROM ledger.pending WHERE due_at <= now() ORDER BY due_at, partition, origin LIMIT $1 FOR UPDATE SKIP LOCKED), "
    "taken AS (UPDATE ledger.pending p SET due_at = now() + $2 * interval '1 second' FROM due WHERE p.application_id = due.application_id "
    "  RETURNING p.application_id, p.attempt, p.partition, p.origin, p.record, p.agreement_id, p.start_month, p.months, p.registration_date) "
    "SELECT t.attempt, coalesce(a.partition_bulk, t.partition), t.record, t.agreement_id, t.start_month, t.months, t.registration_date, t.application_id FROM taken t "
    "LEFT JOIN ledger.agreement a ON a.agreement_id = t.agreement_id ORDER BY t.partition, t.origin";
enum { ATTEMPT, PARTITION, RECORD, AGREEMENT, START_MONTH, MONTHS, REGISTRATION_DATE, APPLICATION };

/* The terms of the row in place of those of the record; NULL keeps the record's. */
static void apply_terms(struct application *application, const struct pg_rows *rows, size_t at) {
    if (!pg_is_null(rows, at, AGREEMENT)) application->agreement_id = pg_bytes(rows, at, AGREEMENT);
    if (!pg_is_null(rows, at, START_MONTH)) application->start_month = pg_int4(rows, at, START_MONTH);
    if (!pg_is_null(rows, at, MONTHS)) application->months = (uint32_t)pg_int2(rows, at, MONTHS);
    if (!pg_is_null(rows, at, REGISTRATION_DATE)) application->registration_date = pg_date(rows, at, REGISTRATION_DATE);
}

/* The record as it would be made today: the lineage of its partition may have another epoch by now. */
static struct err send_again(struct intake *intake, const struct pg_rows *rows, size_t at) {
    struct submitted submitted;
    if (!wire_decode_submitted(intake->arena, pg_bytes(rows, at, RECORD), &submitted)) return ERR(PARK, "a record of ledger.pending is damaged");
    struct application *application = &submitted.application;
    const int32_t partition = pg_int4(rows, at, PARTITION);
    application->attempt = (uint32_t)pg_int4(rows, at, ATTEMPT);
    apply_terms(application, rows, at);
    return record_send(intake, record_encode(intake, application, partition), application->application_id, application->attempt, application->agreement_id,
                       clock_unix_ms(), partition, 0);
}

/* The queue is full: what it did not take is due at once again, else those of the next second would go before it. */
static struct err put_back(struct intake *intake, const struct pg_rows *rows, size_t from) {
    struct slice *applications = arena_take(intake->arena, rows->count * sizeof *applications);
    int32_t *attempts = arena_take(intake->arena, rows->count * sizeof *attempts);
    for (size_t i = from; i < rows->count; i++) {
        applications[i - from] = pg_bytes(rows, i, APPLICATION);
        attempts[i - from] = pg_int4(rows, i, ATTEMPT);
    }
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    pg_add_bytea_array(parameters, applications, rows->count - from);
    pg_add_int4_array(parameters, attempts, rows->count - from);
    return pg_run(intake->pg, intake->arena,
                  "UPDATE ledger.pending p SET due_at = now() FROM unnest($1::bytea[], $2::int4[]) AS w (application_id, attempt)"
                  " WHERE p.application_id = w.application_id AND p.attempt = w.attempt AND p.due_at > now()",
                  parameters, NULL);
}

static struct id application_at(const struct pg_rows *rows, size_t at) {
    const struct slice bytes = pg_bytes(rows, at, APPLICATION);
    struct id id;
    CHECK(bytes.size == ID_BYTES);
    memcpy(id.bytes, bytes.bytes, ID_BYTES);
    return id;
}

static struct err send_due(struct intake *intake) {
    arena_reset(intake->arena);
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    struct pg_rows rows;
    pg_add_int4(parameters, intake->rechecks_per_second);
    pg_add_int4(parameters, intake->recheck_again_s);
    TRY(pg_run(intake->pg, intake->arena, take_due_sql, parameters, &rows));
    size_t sent = 0, damaged = 0, at = 0;
    for (; at < rows.count; at++) {
        struct err err = send_again(intake, &rows, at);
        if (err.fate == FATE_AGAIN && failed(&err)) break;
        if (failed(&err)) {
            const struct enrolment_names names = enrolment_names(application_at(&rows, at));
            log_error("a record of ledger.pending can't be read: restore its row", LOG_ENROLMENT(names), LOG_INT("attempt", pg_int4(&rows, at, ATTEMPT)));
            damaged++;
        } else {
            sent++;
        }
    }
    meter_add(METER_RECHECKS, 0, (int64_t)sent);
    if (rows.count > 0) log_info("applications that wait for an answer from outside are tried again", LOG_INT("applications", sent));
    if (at < rows.count) TRY(put_back(intake, &rows, at));
    meter_add(METER_ALARMS, 0, (int64_t)damaged);
    return OK;
}

void recheck_turn(struct intake *intake) {
    if (intake->stopping || !intake_pg_allowed(intake) || !kafka_intake_reachable(intake->kafka)) return;
    if (kafka_intake_outstanding(intake->kafka) >= intake->in_flight_max) return; /* Kafka is behind already */
    struct err err = send_due(intake);
    if (failed(&err)) intake_pg_failed(intake, "what is to be tried again can't be read", &err);
}
