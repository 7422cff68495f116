/* A list that is taken back: whoever it has enrolled leaves, one person a transaction of the ledger (mutation LIST_REVERSED: what is not paid is given back; months
 * that are paid stay covered), in the order of the list. Rows that were refused, or that repeat what another list has enrolled, are passed over. A crash goes on at the next row: a person who has
 * left already leaves no second time. It must never touch what this list has not enrolled. */
#include <stdlib.h>
#include <string.h>

#include "common/edge/clock.h"
#include "common/edge/log.h"
#include "common/tables/meters.h"
#include "services/ingestion/batch.h"
#include "services/ledger/mutation.h"
#include "services/ledger/outcome_sql.h"

enum { ROWS_PER_LOOK = 256, LOOK_US = 1000 * 1000, RETRY_US = 500 * 1000, ACTOR_MAX = PARTNER_NAME_MAX };

struct undo {
    int64_t look_at_us;
    int64_t batch_no; /* 0: none is under way */
    char batch_id[BATCH_ID_TEXT + 1], actor[ACTOR_MAX];
    uint32_t row_count, reversed;
    struct id ids[ROWS_PER_LOOK]; /* those that this list has enrolled or has waiting */
    uint32_t numbers[ROWS_PER_LOOK];
    size_t count, at;
    uint32_t seen; /* rows up to here were looked at */
};

struct undo *undo_open(void) {
    struct undo *undo = calloc(1, sizeof *undo);
    CHECK(undo != NULL);
    return undo;
}
void undo_close(struct undo *undo) { free(undo); }
void undo_look(struct intake *intake) { intake->undo->look_at_us = 0; }

static struct err take_up(struct intake *intake, struct undo *undo) {
    struct pg_rows rows;
    TRY(pg_run(intake->pg, intake->arena,
               "SELECT batch_no, batch_id, row_count, reversed_rows, coalesce(ended_by, '') FROM intake.batch WHERE state = " BATCH_REVERSING_SQL " ORDER BY batch_no LIMIT 1", NULL, &rows));
    if (rows.count == 0) return OK;
    undo->batch_no = pg_int8(&rows, 0, 0);
    memcpy(undo->batch_id, pg_bytes(&rows, 0, 1).bytes, BATCH_ID_TEXT);
    undo->row_count = (uint32_t)pg_int4(&rows, 0, 2);
    undo->reversed = undo->seen = (uint32_t)pg_int4(&rows, 0, 3);
    const struct slice actor = pg_bytes(&rows, 0, 4);
    CHECK(actor.size < ACTOR_MAX);
    memcpy(undo->actor, actor.bytes, actor.size);
    undo->actor[actor.size] = '\0';
    undo->count = undo->at = 0;
    return OK;
}

/* The first outcome that let somebody in or made him wait says which list it was; whoever only waits for an answer or for money leaves, too. It is the first one of all, unless an operator mended what
 * that had refused or parked. */
static const char enrolled_sql[] =
    "SELECT r.row_number, r.application_id, f.ours FROM intake.batch b CROSS JOIN intake.batch_rows($1, $2 + 1, $3) r JOIN LATERAL (SELECT o.batch_id = b.batch_id AND o.row_number = r.row_number"
    " AND o.status IN (1, 2, 5) AS ours FROM ledger.outcome o WHERE o.period = " PERIODS_OF_SQL("intake.batch c JOIN ledger.agreement a USING (agreement_no) WHERE c.batch_no = $1")
    " AND o.application_id = r.application_id AND (o.attempt = 1 OR o.status IN (1, 2, 5)) AND " FIRST_OUTCOME_SQL("o") " ORDER BY o.status IN (1, 2, 5) DESC, o.attempt LIMIT 1) f ON true"
    " WHERE b.batch_no = $1 ORDER BY r.row_number";
_Static_assert(OUTCOME_ACCEPTED == 1 && OUTCOME_WAITLISTED == 2 && OUTCOME_PENDING == 5, "the statement names them by number");

static struct err look_further(struct intake *intake, struct undo *undo) {
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    struct pg_rows rows;
    const uint32_t to = undo->seen + ROWS_PER_LOOK < undo->row_count ? undo->seen + ROWS_PER_LOOK : undo->row_count;
    pg_add_int8(parameters, undo->batch_no);
    pg_add_int4(parameters, (int32_t)undo->seen);
    pg_add_int4(parameters, (int32_t)to);
    TRY(pg_run(intake->pg, intake->arena, enrolled_sql, parameters, &rows));
    undo->count = undo->at = 0;
    for (size_t i = 0; i < rows.count; i++) {
        if (!pg_bool(&rows, i, 2)) continue;
        CHECK(undo->count < ROWS_PER_LOOK && pg_bytes(&rows, i, 1).size == ID_BYTES);
        undo->numbers[undo->count] = (uint32_t)pg_int4(&rows, i, 0);
        memcpy(undo->ids[undo->count++].bytes, pg_bytes(&rows, i, 1).bytes, ID_BYTES);
    }
    undo->seen = to;
    return OK;
}

static struct err remember(struct intake *intake, struct undo *undo, uint32_t reversed) {
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    pg_add_int8(parameters, undo->batch_no);
    pg_add_int4(parameters, (int32_t)reversed);
    TRY(pg_run(intake->pg, intake->arena,
               "UPDATE intake.batch SET reversed_rows = $2, state = CASE WHEN $2 = row_count THEN " BATCH_REVERSED_SQL " ELSE state END WHERE batch_no = $1 AND state = " BATCH_REVERSING_SQL,
               parameters, NULL));
    undo->reversed = reversed;
    return OK;
}

static struct err step(struct intake *intake, struct undo *undo) {
    arena_reset(intake->arena);
    if (undo->batch_no == 0) TRY(take_up(intake, undo));
    if (undo->batch_no == 0) {
        undo->look_at_us = clock_monotonic_us() + LOOK_US;
        return OK;
    }
    if (undo->at == undo->count) {
        TRY(remember(intake, undo, undo->seen));
        if (undo->reversed < undo->row_count) return look_further(intake, undo);
        log_info("list taken back", LOG_TEXT("batch", undo->batch_id), LOG_INT("rows", undo->row_count));
        undo->batch_no = 0;
        return OK;
    }
    struct mutation_result result;
    const struct money_moment moment = {.moment_ms = clock_unix_ms(), .actor = undo->actor};
    TRY(command_mutation(intake->pg, intake->arena, &moment, undo->ids[undo->at], MUTATION_LIST_REVERSED, day_of_business(moment.moment_ms), &result));
    undo->at++; /* whatever the answer: who has left, or ended otherwise, needs nothing */
    return OK;
}

bool undo_turn(struct intake *intake) {
    struct undo *undo = intake->undo;
    if (intake->stopping || !intake_pg_allowed(intake) || clock_monotonic_us() < undo->look_at_us) return false;
    struct err err = step(intake, undo);
    if (!failed(&err)) return undo->batch_no != 0 || undo->look_at_us == 0;
    undo->look_at_us = clock_monotonic_us() + RETRY_US;
    intake_pg_failed(intake, "a list can't be taken back now", &err); /* it goes on behind what is remembered; who left is passed over */
    if (err.fate != FATE_AGAIN) {
        meter_add(METER_ALARMS, 0, 1);
        undo->look_at_us += 60 * LOOK_US;
    }
    undo->batch_no = 0;
    return false;
}
