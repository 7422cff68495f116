/* The statements behind what people decide about a list. It must never move a list without its line in the audit. */
#include "services/ingestion/batch_decision.h"

#include "services/ingestion/batch_state.h"

/* $1 the list, $2 who, $3 the note, $4 the agreement's id, $5 the list's id for the audit. */
#define ACT_SQL(move, from, action)                                                                                                                                    \
    "WITH moved AS (UPDATE intake.batch SET " move " WHERE batch_no = $1 AND " from " RETURNING batch_no),"                                                           \
    " noted AS (INSERT INTO ledger.audit (actor, action, agreement_id, detail) SELECT $2, '" action "', $4, $5 || CASE WHEN $3 = '' THEN '' ELSE ' ' || $3 END FROM moved)" \
    " SELECT count(*) FROM moved"

static const struct {
    const char *sql;
    bool wants_note;
} acts[] = {
    [BATCH_ACT_ENROL] = {ACT_SQL("state = " BATCH_RELEASED_SQL ", released_by = $2, released_at = now(), note = $3", "state = " BATCH_HELD_SQL, "BATCH enrol"), false},
    [BATCH_ACT_APPROVE] = {ACT_SQL("state = " BATCH_RELEASED_SQL ", released_by = $2, released_at = now(), note = $3", "state = " BATCH_HELD_SQL, "BATCH approve"), false},
    [BATCH_ACT_CANCEL] = {ACT_SQL("state = " BATCH_CANCELLED_SQL ", ended_by = $2, ended_at = now(), note = $3",
                                  "state IN (" BATCH_CHECKING_SQL ", " BATCH_HELD_SQL ", " BATCH_BLOCKED_SQL ")", "BATCH cancel"), false},
    [BATCH_ACT_CHECK] = {ACT_SQL("state = " BATCH_CHECKING_SQL ", checked_rows = 0, note = $3", "state IN (" BATCH_HELD_SQL ", " BATCH_BLOCKED_SQL ")", "BATCH check"), false},
    [BATCH_ACT_REVERSE] = {ACT_SQL("state = " BATCH_REVERSING_SQL ", ended_by = $2, ended_at = now(), note = $3", "state = " BATCH_RELEASED_SQL " AND submitted_rows = row_count", "BATCH reverse"), true},
};

bool batch_act_wants_note(enum batch_act act) { return acts[act].wants_note; }

struct err batch_act(struct pg *pg, struct arena *arena, const struct batch_order *order, bool *ret_moved) {
    struct pg_parameters *parameters = pg_parameters(arena), *again = pg_parameters(arena);
    CHECK(!acts[order->act].wants_note || order->note.size > 0);
    pg_add_int8(parameters, order->batch_no);
    pg_add_text(parameters, order->actor);
    pg_add_text(parameters, order->note);
    pg_add_text(parameters, order->agreement_id);
    pg_add_text(parameters, order->batch_id);
    pg_add_int8(again, order->batch_no);
    struct pg_step steps[] = {
        {.sql = acts[order->act].sql, .parameters = parameters},
        {.sql = "DELETE FROM intake.batch_verdict WHERE batch_no = $1 AND EXISTS (SELECT FROM intake.batch b WHERE b.batch_no = $1 AND b.state = " BATCH_CHECKING_SQL " AND b.checked_rows = 0)",
         .parameters = again},
    };
    TRY(pg_begin(pg));
    struct err err = pg_run_all(pg, arena, steps, order->act == BATCH_ACT_CHECK ? 2 : 1);
    if (!failed(&err)) err = pg_commit(pg);
    if (failed(&err)) pg_rollback(pg);
    else *ret_moved = pg_int8(&steps[0].rows, 0, 0) == 1;
    return err;
}
