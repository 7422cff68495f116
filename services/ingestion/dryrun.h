/* The dry run of a list: each row gets the verdict that it would get if the list were let in now, by the same rules, facts, tariff and budget as in the stages, and nobody is enrolled,
 * charged or written to. It is a prediction: between it and the release covers, budget and law may change, and a Dukcapil service is not asked, because a question there is counted.
 *
 * One list at a time, the oldest first, in slices; a crash goes on at the next row. Then the list is HELD, BLOCKED or RELEASED (batch.h). */
#ifndef PAYUNG_INGESTION_DRYRUN_H
#define PAYUNG_INGESTION_DRYRUN_H

#include "services/ingestion/batch.h"
#include "services/premium/quote_sum.h"

struct dryruns;

MUST_USE struct err dryruns_open(struct intake *intake, const char *share, struct dryruns **ret_dryruns); /* reads tariff and parameters: FATAL names what is wrong in them */
void dryruns_close(struct dryruns *dryruns); /* NULL is allowed */
struct quote_law dryruns_law(const struct dryruns *dryruns); /* law, tariff and parameters of this installation, as long as dryruns live */
void dryrun_look(struct intake *intake);     /* a list came to CHECKING: do not wait for the next look */
bool dryruns_turn(struct intake *intake);    /* true: more to do at once */

/* What the list would do to the money of its agreement: {"left_before","committed","left_after","short_by","heads_left_before","heads"}; left and heads_left are null where none is
 * stated, short_by is what those who would wait for money or a place would cost. */
struct json_t;
MUST_USE struct err dryrun_budget_json(struct intake *intake, const struct batch *batch, const struct batch_counts *counts, struct json_t **ret_budget);

#endif
