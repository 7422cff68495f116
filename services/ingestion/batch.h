/* A list as an object. It is staged when it comes in; what then becomes of it:
 *
 *   CHECKING -> HELD ---------> RELEASED -> (all rows decided) -> REVERSING -> REVERSED
 *      |          |  approve       ^                  reverse
 *      |          |  or enrol      |
 *      v          v                | nobody has to look first: staged like this
 *   BLOCKED    CANCELLED
 *
 *   CHECKING   the dry run is under way (dryrun.c): each row gets the verdict that it would get now
 *   HELD       it waits: for its sender to say `enrol`, or for another partner to `approve` where the agreement demands that
 *   BLOCKED    all-or-nothing, and some row would not be accepted: nothing was enrolled, nothing will be
 *   RELEASED   its rows go to `submitted` (submit.c), in order, once; good ones are enrolled while bad ones are told
 *   CANCELLED  called off before any row was submitted. The same file sent again opens it anew
 *   REVERSING  what it has enrolled is taken back, one person a transaction (undo.c), and then REVERSED. The same file may then come in as a new list
 *
 * Each move is one UPDATE that names the states it may come from, together with its row in ledger.audit; so of two who decide at once, one is told that it was decided. */
#ifndef PAYUNG_INGESTION_BATCH_H
#define PAYUNG_INGESTION_BATCH_H

#include "services/ingestion/batch_state.h"
#include "services/ingestion/intake.h"

/* Texts live in the arena. */
struct batch {
    int64_t number;
    char id[BATCH_ID_TEXT + 1];
    struct slice agreement_id;
    int32_t agreement_no;
    int64_t rows, submitted, checked, reversed;
    int64_t decided; /* rows that the ledger has passed; told from offsets, not by looking at each */
    day_t registration_date;
    int encoding; /* enum encoding; 0: staged by the first edition */
    enum batch_state state;
    bool is_held, all_or_nothing, needs_approval, is_workbook;
    struct slice sent_by, released_by, ended_by, note; /* "" when not known */
    int64_t received_at_ms, released_at_ms, ended_at_ms; /* 0: not yet */
    struct slice sha256;
    int64_t bytes;
    struct slice column_names; /* as in struct list */
    struct slice amends;       /* id of the earlier edition, or "" */
};

/* The list of the first segment of the path, within the partner's scope. False: the request was answered (401, 404, 429, 503). */
bool batch_find(struct intake *intake, struct http_request *request, const struct intake_partner **ret_partner, struct batch *ret_batch);
/* The same without a request: *ret_found. */
MUST_USE struct err batch_load(struct intake *intake, struct slice id, struct batch *ret_batch, bool *ret_found);
bool batch_is_possible_id(struct slice id);
enum { BATCH_PAGE_ROWS = 1000 }; /* rows of one tuple of intake.batch_page */
/* The lists of an agreement that came in before one of them (id; "": from the newest), the newest first, at most limit. None when there is no such list. */
MUST_USE struct err batch_load_page(struct intake *intake, int32_t agreement_no, struct slice before_id, int64_t limit, struct batch **ret_batches, size_t *ret_count);
const char *batch_state_name(const struct batch *batch); /* "checking", ..., "submitting", "deciding", "done", "reversed" */
bool batch_is_done(const struct batch *batch);            /* RELEASED, and every row has its outcome */

bool batch_shows_trial(const struct batch *batch);        /* nothing was submitted: what is known of its rows is the dry run's */

/* All of it as people and programs read it, without what only a walk over its rows tells. */
struct json_t;
struct json_t *batch_json(const struct batch *batch);

/* The outcome that stands for the application of r (intake.batch_rows). A PENDING one (5) is followed by another attempt, and one that refused, found a duplicate or parked
 * (3, 4, 6) may be when an operator mends it, so only those rows are looked up twice. Needs services/ledger/outcome_sql.h. */
#define STANDING_OUTCOME(batch)                                                                                                                                      \
    "LEFT JOIN LATERAL (SELECT f.status, f.codes, f.warnings, f.amount, f.rank FROM ledger.outcome f WHERE f.period = "                                             \
    PERIODS_OF_SQL("intake.batch b JOIN ledger.agreement a USING (agreement_no) WHERE b.batch_no = " batch) " AND f.application_id = r.application_id "             \
    "AND f.attempt = 1 AND " FIRST_OUTCOME_SQL("f") " LIMIT 1) f ON true "                                                                                          \
    "LEFT JOIN LATERAL (SELECT n.status, n.codes, n.warnings, n.amount, n.rank FROM ledger.outcome n WHERE f.status IN (3, 4, 5, 6) AND n.application_id = r.application_id AND " \
    FIRST_OUTCOME_ANYWHERE_SQL("n") " ORDER BY n.attempt DESC LIMIT 1) n ON true "
/* A column of it. */
#define STANDING(column) "coalesce(n." column ", f." column ")"

/* What the sender of a file wants of it. */
struct batch_wish {
    bool is_held, all_or_nothing, by_operator;
};
/* Inside a transaction of pg_bulk: the same file came again with this wish. A list that nobody has let in yet follows the last wish; one that was called off is opened anew. */
MUST_USE struct err batch_wish_again(struct intake *intake, struct pg *pg, int64_t batch_no, const struct batch_wish *wish, struct slice actor);

/* How many rows ended how. */
struct batch_counts {
    int64_t by_status[OUTCOME_PARKED + 1]; /* OUTCOME_NONE: not decided yet */
    int64_t by_code[CODE_LIMIT];
    int64_t committed; /* rupiah of the accepted ones */
    int64_t waiting;   /* rupiah of who waits for money */
};
/* Counts the rows, of a long list in slices, and then answers the request with what `make` makes of them; is_trial: they are the verdicts of the dry run. Only in `end`, and the route's
 * `gone` must be batch_get_gone. */
struct counted {
    const struct batch *batch; /* as it is by now */
    const struct batch_counts *counts;
    bool is_trial;
};
void batch_count(struct intake *intake, struct http_request *request, const struct batch *batch, struct err (*make)(struct intake *intake, const struct counted *counted, struct json_t **ret_document));
void batch_counts_add(struct batch_counts *counts, enum outcome_status status, struct code_set codes, int64_t rows, int64_t amount);
/* "accepted", "waitlisted", "rejected", "duplicates", "pending", "by_code", "committed" as members of document. */
void batch_counts_json(struct json_t *document, const struct batch_counts *counts);

#endif
