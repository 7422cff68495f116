/* Acknowledged means remembered (house.md, rule 8): when the ledger has passed the offsets where acknowledged rows and requests stand, every one of them must
 * have its outcome there. If one has not, the log lost it or was cut and has grown again: an alarm is raised and it is submitted again, under the
 * same application id, so a false alarm changes nothing. It must never take an absence for granted before the ledger's `next` has passed. */
#include <stdlib.h>

#include "common/edge/clock.h"
#include "common/edge/log_enrolment.h"
#include "common/tables/meters.h"
#include "services/ingestion/intake.h"
#include "services/ledger/outcome_sql.h"

enum {
    RANGES_MAX = 4, /* some hundred rows: milliseconds, as single persons wait meanwhile */
    RANGES_SOON_US = 50 * 1000, RANGES_IDLE_US = 1000 * 1000,
    REQUESTS_MAX = 256, REPAIRS_MAX = 32,
};

/* A range is passed when the ledger stands behind its last offset, or in a later epoch (rule 9). Those without a gap are marked as checked; of the others the
 * first missing row of each list comes back; last comes how many were passed. */
static const char check_ranges_sql[] =
    "WITH passed AS (SELECT r.batch_no, r.row_from, r.row_to, " AGREEMENT_PERIOD_SQL("a") " AS period FROM intake.submitted_range r JOIN ledger.lineage l USING (partition) "
    "  JOIN intake.batch t ON t.batch_no = r.batch_no JOIN ledger.agreement a ON a.agreement_no = t.agreement_no "
    "  WHERE NOT r.checked AND (l.epoch > r.epoch OR (l.epoch = r.epoch AND l.next > r.offset_from + (r.row_to - r.row_from))) "
    "  ORDER BY r.partition, r.offset_from LIMIT $1), "
    "missing AS (SELECT p.batch_no, p.row_from, b.row_number FROM passed p "
    "  CROSS JOIN LATERAL intake.batch_rows(p.batch_no, p.row_from, p.row_to) b "
    "  LEFT JOIN LATERAL (SELECT true AS there FROM ledger.outcome o WHERE o.period IN (p.period, 0) AND o.application_id = b.application_id AND " FIRST_OUTCOME_SQL("o")
    "    LIMIT 1) f ON true WHERE f.there IS NULL), "
    "done AS (UPDATE intake.submitted_range s SET checked = true FROM passed p WHERE s.batch_no = p.batch_no AND s.row_from = p.row_from "
    "  AND NOT EXISTS (SELECT 1 FROM missing m WHERE m.batch_no = p.batch_no AND m.row_from = p.row_from)) "
    "SELECT batch_no, min(row_number), count(*) FROM missing GROUP BY batch_no UNION ALL SELECT 0, 0, count(*) FROM passed";

/* The list goes on again before its first missing row: what stands behind it is forgotten and sent again, the ledger repeats what it knows. A list that is
 * still being submitted goes back too, or it would write its progress over this. */
static struct err rewind_list(struct intake *intake, int64_t batch_no, int32_t row) {
    struct pg_parameters *forget = pg_parameters(intake->arena), *back = pg_parameters(intake->arena);
    struct pg_parameters *const both[] = {forget, back};
    for (int i = 0; i < 2; i++) {
        pg_add_int8(both[i], batch_no);
        pg_add_int4(both[i], row);
    }
    struct pg_step steps[] = {
        {.sql = "DELETE FROM intake.submitted_range WHERE batch_no = $1 AND row_to >= $2", .parameters = forget},
        {.sql = "UPDATE intake.batch SET submitted_rows = least(submitted_rows, coalesce((SELECT max(row_to) FROM intake.submitted_range "
                "WHERE batch_no = $1), 0), $2 - 1) WHERE batch_no = $1 RETURNING submitted_rows",
         .parameters = back},
    };
    TRY(pg_begin(intake->pg));
    struct err err = pg_run_all(intake->pg, intake->arena, steps, 2);
    if (!failed(&err)) err = pg_commit(intake->pg);
    if (failed(&err)) pg_rollback(intake->pg);
    if (!failed(&err) && steps[1].rows.count == 1) submitter_rewind(intake, batch_no, (uint32_t)pg_int4(&steps[1].rows, 0, 0));
    return err;
}

static struct err check_ranges(struct intake *intake, bool *ret_more) {
    arena_reset(intake->arena);
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    struct pg_rows rows;
    pg_add_int4(parameters, RANGES_MAX);
    TRY(pg_run(intake->pg, intake->arena, check_ranges_sql, parameters, &rows));
    bool missing = false;
    for (size_t i = 0; i < rows.count; i++) {
        if (pg_int8(&rows, i, 0) == 0) {
            *ret_more = pg_int8(&rows, i, 2) == RANGES_MAX;
            continue;
        }
        missing = true;
        meter_add(METER_ALARMS, 0, 1);
        log_error("acknowledged rows have no outcome though the ledger has passed them: submitting them again", LOG_INT("batch_no", pg_int8(&rows, i, 0)),
                  LOG_INT("first_row", pg_int4(&rows, i, 1)), LOG_INT("rows", pg_int8(&rows, i, 2)));
        TRY(rewind_list(intake, pg_int8(&rows, i, 0), pg_int4(&rows, i, 1)));
    }
    return missing ? submitter_resume(intake) : OK;
}

/* ---- single requests that were acknowledged by 202 ---- */

static const char check_requests_sql[] =
    "WITH passed AS (SELECT r.partner_id, r.request_key, r.application_id FROM intake.request r JOIN ledger.lineage l USING (partition) "
    "  WHERE NOT r.checked AND r.state = 2 AND (l.epoch > r.epoch OR (l.epoch = r.epoch AND l.next > r.log_offset)) "
    "  ORDER BY r.partition, r.log_offset LIMIT $1), "
    "decided AS (SELECT p.* FROM passed p CROSS JOIN LATERAL (SELECT FROM ledger.outcome o WHERE o.application_id = p.application_id AND "
    FIRST_OUTCOME_ANYWHERE_SQL("o") " LIMIT 1) f), "
    "done AS (UPDATE intake.request r SET checked = true, record = NULL FROM decided d "
    "  WHERE r.partner_id = d.partner_id AND r.request_key = d.request_key) "
    "SELECT r.application_id, r.partition, r.record, a.agreement_id FROM passed p JOIN intake.request r USING (partner_id, request_key) "
    "JOIN ledger.agreement a ON a.agreement_no = r.agreement_no WHERE r.record IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM decided d WHERE d.partner_id = p.partner_id AND d.request_key = p.request_key) LIMIT $2";

struct repair {
    struct delivery delivery; /* first: a tag points here */
    struct id application_id;
    int32_t partition;
    uint32_t epoch;
};

static struct err resend(struct intake *intake, const struct pg_rows *rows, size_t at) {
    struct repair *repair = calloc(1, sizeof *repair);
    CHECK(repair != NULL);
    struct slice id = pg_bytes(rows, at, 0);
    CHECK(id.size == ID_BYTES);
    repair->delivery.kind = DELIVERY_REPAIR;
    memcpy(repair->application_id.bytes, id.bytes, ID_BYTES);
    const struct enrolment_names names = enrolment_names(repair->application_id);
    log_warning("an acknowledged enrolment without an outcome is submitted again", LOG_ENROLMENT(names));
    repair->partition = pg_int4(rows, at, 1);
    repair->epoch = intake->epochs[repair->partition].epoch;
    struct err err = record_send(intake, pg_bytes(rows, at, 2), repair->application_id, 1, pg_bytes(rows, at, 3), clock_unix_ms(), repair->partition,
                                 (uint64_t)(uintptr_t)&repair->delivery);
    if (failed(&err)) free(repair);
    return err;
}

/* The log has it again, elsewhere. */
void reconcile_delivered(struct intake *intake, struct delivery *delivery, int64_t offset) {
    struct repair *repair = (struct repair *)delivery;
    if (offset >= 0) {
        struct pg_parameters *parameters = pg_parameters(intake->arena);
        pg_add_bytea(parameters, slice_of(repair->application_id.bytes, ID_BYTES));
        pg_add_int8(parameters, offset);
        pg_add_int4(parameters, (int32_t)repair->epoch);
        struct err err = pg_run(intake->pg, intake->arena, "UPDATE intake.request SET log_offset = $2, epoch = $3 WHERE application_id = $1 AND state = 2",
                                parameters, NULL);
        if (failed(&err)) intake_pg_failed(intake, "a repaired request can't be remembered", &err); /* the next look repairs it once more */
    }
    free(repair);
}

static struct err check_requests(struct intake *intake) {
    arena_reset(intake->arena);
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    struct pg_rows rows;
    pg_add_int4(parameters, REQUESTS_MAX);
    pg_add_int4(parameters, REPAIRS_MAX);
    TRY(pg_run(intake->pg, intake->arena, check_requests_sql, parameters, &rows));
    if (rows.count == 0) return OK;
    meter_add(METER_ALARMS, 0, (int64_t)rows.count);
    log_error("acknowledged enrolments have no outcome though the ledger has passed them: submitting them again", LOG_INT("enrolments", rows.count));
    for (size_t i = 0; i < rows.count; i++) TRY(resend(intake, &rows, i));
    return OK;
}

void reconcile_turn(struct intake *intake) {
    if (!intake_pg_allowed(intake)) return;
    struct err err = intake_epochs_read(intake);
    if (!failed(&err)) err = check_requests(intake);
    if (failed(&err)) intake_pg_failed(intake, "what was acknowledged can't be checked", &err);
}

void reconcile_ranges_turn(struct intake *intake) {
    bool more = false;
    if (clock_monotonic_us() < intake->ranges_at_us) return;
    struct err err = intake_pg_allowed(intake) ? check_ranges(intake, &more) : OK;
    if (failed(&err)) intake_pg_failed(intake, "what was acknowledged can't be checked", &err);
    intake->ranges_at_us = clock_monotonic_us() + (more ? RANGES_SOON_US : RANGES_IDLE_US);
}
