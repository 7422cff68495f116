/* POST /v1/batches/{id}/enrol, approve, cancel, check, reverse: what people decide about a list. Each is one statement that moves the state and writes its row of the audit, or changes
 * nothing; who comes second is told what the list is by now. Somebody other than the sender approves where the agreement demands it, and takes back there, too. */
#include <stdio.h>
#include <stdlib.h>

#include "common/edge/log.h"
#include "services/ingestion/batch.h"
#include "services/ingestion/batch_decision.h"
#include "services/ingestion/dryrun.h"
#include "services/ingestion/note_body.h"
#include "services/ingestion/problem.h"

/* Who may: the sender or any other partner that may enrol here looks, enrols what needs no approval, and calls off; approving and, where approval is demanded, taking back is a second
 * person's. False: the request was answered. */
static bool may(struct http_request *request, const struct intake_partner *partner, const struct batch *batch, enum batch_act act) {
    const bool is_sender = slice_is(batch->sent_by, partner->id), is_checker = (partner->roles & PARTNER_CHECKER) != 0, may_enrol = (partner->roles & PARTNER_ENROL) != 0;
    const bool is_operator = (partner->roles & PARTNER_OPERATOR) != 0;
    if (act == BATCH_ACT_APPROVE || (act == BATCH_ACT_REVERSE && batch->needs_approval && !is_operator)) {
        if (!is_checker && !is_operator) problem_answer(request, PROBLEM_FORBIDDEN, "the partner has not the role checker", "");
        else if (is_sender && !is_operator) problem_answer(request, PROBLEM_TWO_PERSONS, "", "");
        return (is_checker || is_operator) && (!is_sender || is_operator);
    }
    if (act == BATCH_ACT_ENROL && batch->needs_approval && !is_operator) {
        problem_answer(request, PROBLEM_APPROVAL_NEEDED, "", "");
        return false;
    }
    if (may_enrol || is_operator || (act == BATCH_ACT_CANCEL && is_checker)) return true;
    problem_answer(request, PROBLEM_FORBIDDEN, "the partner has not the role enrol", "");
    return false;
}

/* Everything that was sent must have its outcome before it can be taken back. */
static bool is_ripe(struct http_request *request, const struct batch *batch, enum batch_act act, struct slice note) {
    if (batch_act_wants_note(act) && note.size == 0) {
        problem_answer(request, PROBLEM_NOTE_MISSING, "", "/note");
        return false;
    }
    if (act != BATCH_ACT_REVERSE || batch->state != BATCH_RELEASED || batch_is_done(batch)) return true;
    problem_answer(request, PROBLEM_BATCH_BUSY, "its rows are being decided", "");
    return false;
}

static struct err follow(struct intake *intake, enum batch_act act) {
    if (act == BATCH_ACT_CHECK) dryrun_look(intake);
    if (act == BATCH_ACT_REVERSE) undo_look(intake);
    return act == BATCH_ACT_ENROL || act == BATCH_ACT_APPROVE ? submitter_resume(intake) : OK;
}

static void decide(struct intake *intake, struct http_request *request, enum batch_act act) {
    const struct intake_partner *partner;
    struct batch batch;
    struct slice note;
    bool moved = false, found = false;
    if (!batch_find(intake, request, &partner, &batch) || !may(request, partner, &batch, act)) return;
    if (http_body(request).size > 0 && !problem_unless_media(request, "application/json")) return;
    if (!note_body_read(intake->arena, http_body(request), &note)) {
        problem_answer(request, PROBLEM_BAD_NOTE, "the body is not {\"note\": a text of at most 200 bytes}", "/note");
        return;
    }
    if (!is_ripe(request, &batch, act, note)) return;
    char actor[PARTNER_NAME_MAX];
    const struct batch_order order = {.act = act, .batch_no = batch.number, .batch_id = slice_text(batch.id), .agreement_id = batch.agreement_id, .note = note,
                                      .actor = slice_text(intake_partner_name(partner->id, actor))};
    struct err err = batch_act(intake->pg, intake->arena, &order, &moved);
    if (!failed(&err) && moved) err = follow(intake, act);
    arena_reset(intake->arena);
    if (!failed(&err)) err = batch_load(intake, http_segment(request, 0), &batch, &found);
    if (failed(&err)) {
        intake_answer_unavailable(intake, request, &err);
        return;
    }
    if (!moved) {
        char detail[64];
        (void)snprintf(detail, sizeof detail, "the list is %s", batch_state_name(&batch)); /* fits */
        problem_answer(request, PROBLEM_BATCH_DECIDED, detail, "");
        return;
    }
    intake_answer_json(request, 200, batch_json(&batch));
}

void batch_enrol_end(void *self, struct http_request *request) { decide(self, request, BATCH_ACT_ENROL); }
void batch_approve_end(void *self, struct http_request *request) { decide(self, request, BATCH_ACT_APPROVE); }
void batch_cancel_end(void *self, struct http_request *request) { decide(self, request, BATCH_ACT_CANCEL); }
void batch_check_end(void *self, struct http_request *request) { decide(self, request, BATCH_ACT_CHECK); }
void batch_reverse_end(void *self, struct http_request *request) { decide(self, request, BATCH_ACT_REVERSE); }

/* ---- the same file sent again ---- */

/* $1 the list, $2 held, $3 all or nothing, $4 by an operator, $5 who. */
static const char wish_sql[] =
    "UPDATE intake.batch b SET is_held = $2, all_or_nothing = $3, needs_approval = needs_approval AND NOT $4,"
    " checked_rows = CASE WHEN state = " BATCH_CANCELLED_SQL " THEN 0 ELSE checked_rows END, ended_by = NULL, ended_at = NULL,"
    " released_by = CASE WHEN $2 OR state = " BATCH_CHECKING_SQL " OR (needs_approval AND NOT $4) THEN NULL ELSE $5 END,"
    " released_at = CASE WHEN $2 OR state = " BATCH_CHECKING_SQL " OR (needs_approval AND NOT $4) THEN NULL ELSE now() END,"
    " state = CASE WHEN state = " BATCH_CANCELLED_SQL " AND ($2 OR $3 OR (needs_approval AND NOT $4)) THEN " BATCH_CHECKING_SQL
    "  WHEN state = " BATCH_CANCELLED_SQL " THEN " BATCH_RELEASED_SQL
    "  WHEN state = " BATCH_CHECKING_SQL " OR (state = " BATCH_BLOCKED_SQL " AND $3) THEN state"
    "  WHEN $2 OR (needs_approval AND NOT $4) THEN " BATCH_HELD_SQL " ELSE " BATCH_RELEASED_SQL " END"
    " WHERE batch_no = $1 AND state IN (" BATCH_CHECKING_SQL ", " BATCH_HELD_SQL ", " BATCH_BLOCKED_SQL ", " BATCH_CANCELLED_SQL ") RETURNING 1";

struct err batch_wish_again(struct intake *intake, struct pg *pg, int64_t batch_no, const struct batch_wish *wish, struct slice actor) {
    struct pg_parameters *parameters = pg_parameters(intake->arena), *verdicts = pg_parameters(intake->arena);
    pg_add_int8(parameters, batch_no);
    pg_add_bool(parameters, wish->is_held);
    pg_add_bool(parameters, wish->all_or_nothing);
    pg_add_bool(parameters, wish->by_operator);
    pg_add_text(parameters, actor);
    pg_add_int8(verdicts, batch_no);
    struct pg_step steps[] = {
        {.sql = wish_sql, .parameters = parameters},
        {.sql = "DELETE FROM intake.batch_verdict WHERE batch_no = $1 AND EXISTS (SELECT FROM intake.batch b WHERE b.batch_no = $1 AND b.checked_rows = 0)", .parameters = verdicts},
    };
    return pg_run_all(pg, intake->arena, steps, sizeof steps / sizeof *steps);
}
