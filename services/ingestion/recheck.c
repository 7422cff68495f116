/* What waits for an answer from outside is tried again by itself: the ledger keeps the next attempt of every application that ended PENDING, with the moment at which it
 * is due (ledger.pending), and this file submits it, the same application with that attempt number, from the beginning of the path, so that all facts are asked anew
 * (house.md, rule 7). Before a record is sent its moment is set forward, so a record that is lost with us or with Kafka is sent again later, which is harmless: the ledger
 * repeats what it has decided. It must never remove a row: only an outcome does, in the ledger's transaction. */
#include "common/edge/clock.h"
#include "common/edge/log.h"
#include "common/tables/meters.h"
#include "common/wire/wire.h"
#include "services/ingestion/intake.h"

/* Taken and set forward by one statement; in the order in which they were decided, because the budget is asked in the order of the list. */
static const char take_due_sql[] =
    "WITH due AS (SELECT application_id FROM ledger.pending WHERE due_at <= now() ORDER BY due_at, partition, origin LIMIT $1 FOR UPDATE SKIP LOCKED), "
    "taken AS (UPDATE ledger.pending p SET due_at = now() + $2 * interval '1 second' FROM due WHERE p.application_id = due.application_id "
    "  RETURNING p.attempt, p.partition, p.origin, p.record) "
    "SELECT attempt, partition, record FROM taken ORDER BY partition, origin";

/* The record as it would be made today: the lineage of its partition may have another epoch by now. */
static struct err send_again(struct intake *intake, const struct pg_rows *rows, size_t at) {
    struct submitted submitted;
    if (!wire_decode_submitted(intake->arena, pg_bytes(rows, at, 2), &submitted)) return ERR(PARK, "a record of ledger.pending is damaged");
    struct application *application = &submitted.application;
    const int32_t partition = pg_int4(rows, at, 1);
    application->attempt = (uint32_t)pg_int4(rows, at, 0);
    return record_send(intake, record_encode(intake, application, partition), application->application_id, application->attempt, application->agreement_id,
                       clock_unix_ms(), partition, 0);
}

static struct err send_due(struct intake *intake) {
    arena_reset(intake->arena);
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    struct pg_rows rows;
    pg_add_int4(parameters, intake->rechecks_per_second);
    pg_add_int4(parameters, intake->recheck_again_s);
    TRY(pg_run(intake->pg, intake->arena, take_due_sql, parameters, &rows));
    size_t sent = 0, damaged = 0;
    for (size_t i = 0; i < rows.count; i++) {
        struct err err = send_again(intake, &rows, i);
        if (err.fate == FATE_AGAIN && failed(&err)) break; /* the queue is full: the others have their turn when they are due again */
        if (failed(&err)) damaged++;
        else sent++;
    }
    meter_add(METER_RECHECKS, 0, (int64_t)sent);
    if (rows.count > 0) log_info("applications that wait for an answer from outside are tried again", LOG_INT("applications", sent));
    if (damaged == 0) return OK;
    meter_add(METER_ALARMS, 0, (int64_t)damaged);
    log_error("records of ledger.pending can't be read: restore these rows", LOG_INT("records", damaged));
    return OK;
}

void recheck_turn(struct intake *intake) {
    if (intake->stopping || !intake_pg_allowed(intake) || !kafka_intake_reachable(intake->kafka)) return;
    if (kafka_intake_outstanding(intake->kafka) >= intake->in_flight_max) return; /* Kafka is behind already */
    struct err err = send_due(intake);
    if (failed(&err)) intake_pg_failed(intake, "what is to be tried again can't be read", &err);
}
