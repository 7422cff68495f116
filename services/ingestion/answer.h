/* Outcomes as people and programs read them. */
#ifndef PAYUNG_INGESTION_ANSWER_H
#define PAYUNG_INGESTION_ANSWER_H

#include "common/base/arena.h"
#include "common/domain/application.h"

/* {"enrolment_id","status","codes":[{"code","reason","remedy"}],"warnings":[...],"rank","amount","agreement"}: made from the outcome, and for the one who sent
 * the person from what was sent: wanting and wrong are the columns that E80 and E81 speak of (row_code_columns), told as "fields":["upah"] of that code; 0
 * when the row is not at hand. The same request and outcome always give the same bytes. */
struct slice answer_of_outcome(struct arena *arena, const struct outcome *outcome, uint64_t wanting, uint64_t wrong);
/* The same, for who adds to it; NULL only without memory. */
struct json_t;
struct json_t *answer_json(const struct outcome *outcome, uint64_t wanting, uint64_t wrong);
struct slice answer_in_progress(struct arena *arena, struct id application_id, struct slice agreement_id);

/* Words of the result file, in Bahasa Indonesia. status 0 is "not decided yet". */
const char *answer_status_word(enum outcome_status status);
const char *answer_trial_word(enum outcome_status status); /* the same of a dry run: "AKAN DITERIMA" */

#endif
