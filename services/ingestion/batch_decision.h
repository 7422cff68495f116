/* What people decide about a list: one statement that moves its state and writes its row of the audit, or changes nothing, because somebody else decided first. Who may decide is asked at the door:
 * of partners in batch_act.c, of operators in the console.
 *
 *   ENROL    a list that is held, by somebody who may let it in alone
 *   APPROVE  the same by a second person, where the agreement demands one
 *   CANCEL   before any row was submitted
 *   CHECK    the dry run once more
 *   REVERSE  takes back what a list has enrolled; needs a note, and that every row was decided (the caller looks)
 *
 * Intake does the rest; it looks for lists whose state was changed elsewhere every second. */
#ifndef PAYUNG_INGESTION_BATCH_DECISION_H
#define PAYUNG_INGESTION_BATCH_DECISION_H

#include "common/base/arena.h"
#include "common/edge/pg.h"

enum batch_act { BATCH_ACT_ENROL, BATCH_ACT_APPROVE, BATCH_ACT_CANCEL, BATCH_ACT_CHECK, BATCH_ACT_REVERSE };
bool batch_act_wants_note(enum batch_act act);

struct batch_order {
    enum batch_act act;
    int64_t batch_no;
    struct slice batch_id, agreement_id, note, actor; /* actor: "partner:dinsos", "operator:ani" */
};
/* *ret_moved false: the list is not where this act takes it from. Errors are those of pg.h. */
MUST_USE struct err batch_act(struct pg *pg, struct arena *arena, const struct batch_order *order, bool *ret_moved);

#endif
