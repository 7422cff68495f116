/* GET /v1/batches/{id}: what became of a list. How far it has come is told from offsets; the equation is counted from its rows, of a long list in slices, so that no caller who waits
 * for one person stands behind it. A row counts by the outcome of its application that stands, which is that of the last attempt; so a list sent twice shows the same answers, and
 * who waited for an answer from outside shows what came of it. */
#include "services/ingestion/batch.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/edge/clock.h"
#include "services/ingestion/decided_sql.h"
#include "services/ingestion/dryrun.h"
#include "services/ingestion/problem.h"
#include "services/ledger/outcome_sql.h"

enum { COUNT_ROWS = 1000, COUNTINGS_MAX = 32 };

struct counting {
    struct counting *next;
    struct http_request *request;
    char batch_id[BATCH_ID_TEXT + 1];
    int64_t batch_no;
    int64_t rows, counted;
    bool is_trial;    /* the verdicts of the dry run */
    bool was_at_rest; /* when counting began: nothing moved under it */
    struct err (*make)(struct intake *intake, const struct counted *counted, json_t **ret_document);
    struct batch_counts counts;
};

struct countings {
    struct counting *first;
    int count;
};

struct countings *countings_open(void) {
    struct countings *countings = calloc(1, sizeof *countings);
    CHECK(countings != NULL);
    return countings;
}

void countings_close(struct countings *countings) {
    CHECK(countings->first == NULL);
    free(countings);
}

/* ---- one list ---- */

#define BATCH_SQL                                                                                                                                                                         \
    "SELECT b.batch_no, b.batch_id, a.agreement_id, b.agreement_no, b.row_count, b.submitted_rows, b.checked_rows, b.reversed_rows, b.registration_date, b.encoding, b.state, b.is_held," \
    " b.all_or_nothing, b.needs_approval, b.is_workbook, coalesce(b.sent_by, ''), coalesce(b.released_by, ''), coalesce(b.ended_by, ''), b.note, b.received_at,"                          \
    " coalesce(b.released_at, 'epoch'), coalesce(b.ended_at, 'epoch'), b.content_sha256, b.bytes, array_to_string(b.column_names, E'\\n'), coalesce(e.batch_id, ''),"                     \
    " " DECIDED_ROWS_SQL("b")                                                                                                                                                             \
    " FROM intake.batch b JOIN ledger.agreement a USING (agreement_no) LEFT JOIN intake.batch e ON e.batch_no = b.amends"

bool batch_is_possible_id(struct slice id) {
    struct id digits;
    return id.size == BATCH_ID_TEXT && id.bytes[0] == 'b' && id_parse(slice_of(id.bytes + 1, id.size - 1), &digits);
}

static void read_batch(const struct pg_rows *rows, size_t row, struct batch *ret_batch) {
    *ret_batch = (struct batch){
        .number = pg_int8(rows, row, 0), .agreement_id = pg_bytes(rows, row, 2), .agreement_no = pg_int4(rows, row, 3), .rows = pg_int4(rows, row, 4), .submitted = pg_int4(rows, row, 5),
        .checked = pg_int4(rows, row, 6), .reversed = pg_int4(rows, row, 7), .registration_date = pg_date(rows, row, 8), .encoding = pg_int2(rows, row, 9),
        .state = (enum batch_state)pg_int2(rows, row, 10), .is_held = pg_bool(rows, row, 11), .all_or_nothing = pg_bool(rows, row, 12), .needs_approval = pg_bool(rows, row, 13),
        .is_workbook = pg_bool(rows, row, 14), .sent_by = pg_bytes(rows, row, 15), .released_by = pg_bytes(rows, row, 16), .ended_by = pg_bytes(rows, row, 17), .note = pg_bytes(rows, row, 18),
        .received_at_ms = pg_timestamp_ms(rows, row, 19), .released_at_ms = pg_timestamp_ms(rows, row, 20), .ended_at_ms = pg_timestamp_ms(rows, row, 21), .sha256 = pg_bytes(rows, row, 22),
        .bytes = pg_int8(rows, row, 23), .column_names = pg_bytes(rows, row, 24), .amends = pg_bytes(rows, row, 25), .decided = pg_int8(rows, row, 26),
    };
    CHECK(pg_bytes(rows, row, 1).size == BATCH_ID_TEXT); /* a constraint of the table */
    memcpy(ret_batch->id, pg_bytes(rows, row, 1).bytes, BATCH_ID_TEXT);
}

struct err batch_load(struct intake *intake, struct slice id, struct batch *ret_batch, bool *ret_found) {
    struct pg_rows rows;
    *ret_found = false;
    if (!batch_is_possible_id(id)) return OK;
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    pg_add_text(parameters, id);
    TRY(pg_run(intake->pg, intake->arena, BATCH_SQL " WHERE b.batch_id = $1", parameters, &rows));
    if (rows.count == 0) return OK;
    read_batch(&rows, 0, ret_batch);
    *ret_found = true;
    return OK;
}

struct err batch_load_page(struct intake *intake, int32_t agreement_no, struct slice before_id, int64_t limit, struct batch **ret_batches, size_t *ret_count) {
    struct pg_parameters *p = pg_parameters(intake->arena);
    struct pg_rows rows;
    pg_add_int4(p, agreement_no);
    pg_add_text(p, before_id);
    pg_add_int8(p, limit);
    TRY(pg_run(intake->pg, intake->arena,
               BATCH_SQL " WHERE b.agreement_no = $1 AND b.batch_no < CASE WHEN $2 = '' THEN 9223372036854775807 ELSE (SELECT m.batch_no FROM intake.batch m WHERE m.batch_id = $2) END"
                         " ORDER BY b.batch_no DESC LIMIT $3",
               p, &rows));
    struct batch *batches = arena_zero(intake->arena, rows.count + 1, sizeof *batches);
    for (size_t i = 0; i < rows.count; i++) read_batch(&rows, i, &batches[i]);
    *ret_batches = batches;
    *ret_count = rows.count;
    return OK;
}

bool batch_find(struct intake *intake, struct http_request *request, const struct intake_partner **ret_partner, struct batch *ret_batch) {
    bool found, inside = false;
    if (!intake_authorised(intake, request, ret_partner)) return false;
    arena_reset(intake->arena);
    struct err err = batch_load(intake, http_segment(request, 0), ret_batch, &found);
    if (!failed(&err) && found) err = intake_in_scope(intake, *ret_partner, ret_batch->agreement_id, &inside);
    if (failed(&err)) {
        intake_answer_unavailable(intake, request, &err);
        return false;
    }
    if (!inside) problem_answer(request, PROBLEM_NOT_FOUND, "no list has this id", "");
    return inside;
}

bool batch_is_done(const struct batch *batch) { return batch->state == BATCH_RELEASED && batch->decided == batch->rows; }

const char *batch_state_name(const struct batch *batch) {
    switch (batch->state) {
    case BATCH_CHECKING: return "checking";
    case BATCH_HELD: return "held";
    case BATCH_BLOCKED: return "blocked";
    case BATCH_RELEASED: return batch_is_done(batch) ? "done" : batch->submitted < batch->rows ? "submitting" : "deciding";
    case BATCH_CANCELLED: return "cancelled";
    case BATCH_REVERSING: return "reversing";
    case BATCH_REVERSED: return "reversed";
    }
    return "submitting";
}

static json_t *text_or_null(struct slice text) { return text.size > 0 ? json_stringn((const char *)text.bytes, text.size) : json_null(); }

static json_t *moment_or_null(int64_t moment_ms) {
    char text[CLOCK_TEXT_MAX];
    if (moment_ms == 0) return json_null();
    clock_format_ms(moment_ms, text);
    return json_string(text);
}

json_t *batch_json(const struct batch *batch) {
    char sha256[2 * SHA256_BYTES + 1];
    for (size_t i = 0; i < SHA256_BYTES; i++) (void)snprintf(sha256 + 2 * i, 3, "%02x", i < batch->sha256.size ? batch->sha256.bytes[i] : 0u);
    json_t *document = json_pack(
        "{s:s,s:s%,s:s,s:I,s:s,s:I,s:o,s:o,s:b,s:b,s:b,s:o,s:o,s:o,s:o,s:s%,s:o,s:{s:I,s:I,s:I,s:I}}", "batch", batch->id, "agreement", (const char *)batch->agreement_id.bytes,
        batch->agreement_id.size, "state", batch_state_name(batch), "rows", (json_int_t)batch->rows, "sha256", sha256, "bytes", (json_int_t)batch->bytes, "received_at",
        moment_or_null(batch->received_at_ms), "sent_by", text_or_null(batch->sent_by), "held", batch->is_held, "all_or_nothing", batch->all_or_nothing, "needs_approval",
        batch->needs_approval, "released_by", text_or_null(batch->released_by), "released_at", moment_or_null(batch->released_at_ms), "ended_by", text_or_null(batch->ended_by), "ended_at",
        moment_or_null(batch->ended_at_ms), "note", (const char *)batch->note.bytes, batch->note.size, "amends", text_or_null(batch->amends), "progress", "checked",
        (json_int_t)batch->checked, "submitted", (json_int_t)batch->submitted, "decided", (json_int_t)batch->decided, "reversed", (json_int_t)batch->reversed);
    CHECK(document != NULL);
    return document;
}

/* ---- the equation ---- */

void batch_counts_add(struct batch_counts *counts, enum outcome_status status, struct code_set codes, int64_t rows, int64_t amount) {
    CHECK(status >= OUTCOME_NONE && status <= OUTCOME_PARKED);
    counts->by_status[status] += rows;
    if (status == OUTCOME_ACCEPTED) counts->committed += amount;
    if (status == OUTCOME_WAITLISTED) counts->waiting += amount;
    for (int code = 1; code < CODE_LIMIT; code++)
        if (code_set_has(codes, (enum code)code)) counts->by_code[code] += rows;
}

static json_t *by_code_json(const struct batch_counts *counts) {
    json_t *object = json_object();
    CHECK(object != NULL);
    for (int code = 1; code < CODE_LIMIT; code++) {
        const struct code_row *row = counts->by_code[code] > 0 ? code_row((enum code)code) : NULL;
        if (row != NULL) CHECK(json_object_set_new(object, row->text, json_integer(counts->by_code[code])) == 0);
    }
    return object;
}

void batch_counts_json(json_t *document, const struct batch_counts *counts) {
    json_t *more = json_pack("{s:I,s:I,s:I,s:I,s:I,s:o,s:I}", "accepted", (json_int_t)counts->by_status[OUTCOME_ACCEPTED], "waitlisted", (json_int_t)counts->by_status[OUTCOME_WAITLISTED],
                             "rejected", (json_int_t)(counts->by_status[OUTCOME_REJECTED] + counts->by_status[OUTCOME_PARKED]), "duplicates",
                             (json_int_t)counts->by_status[OUTCOME_DUPLICATE], "pending", (json_int_t)(counts->by_status[OUTCOME_NONE] + counts->by_status[OUTCOME_PENDING]), "by_code",
                             by_code_json(counts), "committed", (json_int_t)counts->committed);
    CHECK(more != NULL && json_object_update_missing(document, more) == 0);
    json_decref(more);
}

static const char count_sql[] =
    "SELECT coalesce(n.status, f.status, 0::smallint), coalesce(n.codes, f.codes, 0), coalesce(n.warnings, f.warnings, 0), count(*), "
    "coalesce(sum(" STANDING("amount") "), 0)::bigint FROM intake.batch_rows($1, $2 + 1, $3) r " STANDING_OUTCOME("$1") "GROUP BY 1, 2, 3";
static const char count_trial_sql[] =
    "SELECT v.status, v.codes, v.warnings, count(*), sum(v.amount)::bigint FROM intake.batch_verdict v WHERE v.batch_no = $1 AND v.row_number > $2 AND v.row_number <= $3 GROUP BY 1, 2, 3";

static struct err count_slice(struct intake *intake, struct counting *counting) {
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    struct pg_rows rows;
    pg_add_int8(parameters, counting->batch_no);
    pg_add_int4(parameters, (int32_t)counting->counted);
    pg_add_int4(parameters, (int32_t)(counting->counted + COUNT_ROWS));
    TRY(pg_run(intake->pg, intake->arena, counting->is_trial ? count_trial_sql : count_sql, parameters, &rows));
    for (size_t i = 0; i < rows.count; i++)
        batch_counts_add(&counting->counts, (enum outcome_status)pg_int2(&rows, i, 0), (struct code_set){(uint64_t)pg_int8(&rows, i, 1) | (uint64_t)pg_int8(&rows, i, 2)},
                         pg_int8(&rows, i, 3), pg_int8(&rows, i, 4));
    counting->counted += COUNT_ROWS;
    return OK;
}

/* Nothing moves by itself any more. */
static bool is_at_rest(const struct batch *batch) { return batch->state != BATCH_CHECKING && batch->state != BATCH_REVERSING && (batch->state != BATCH_RELEASED || batch_is_done(batch)); }

bool batch_shows_trial(const struct batch *batch) { return batch->state != BATCH_RELEASED && batch->state != BATCH_REVERSING && batch->state != BATCH_REVERSED; }

static struct err make_batch(struct intake *intake, const struct counted *counted, json_t **ret_document) {
    const struct batch *batch = counted->batch;
    json_t *budget, *trial, *document;
    if (!counted->is_trial) {
        document = batch_json(batch);
        batch_counts_json(document, counted->counts);
        CHECK(json_object_set_new(document, "dry_run", json_null()) == 0);
        *ret_document = document;
        return OK;
    }
    const struct batch_counts nothing = {.by_status = {[OUTCOME_NONE] = batch->rows}};
    TRY(dryrun_budget_json(intake, batch, counted->counts, &budget));
    document = batch_json(batch);
    trial = json_object();
    CHECK(trial != NULL);
    batch_counts_json(document, &nothing);
    batch_counts_json(trial, counted->counts);
    CHECK(json_object_set_new(trial, "budget", budget) == 0);
    CHECK(json_object_set_new(document, "dry_run", trial) == 0);
    *ret_document = document;
    return OK;
}

/* The slices were counted one after the other. Whoever came to rest meanwhile is counted once more, or the first slices would say that people wait in a list that is done. True: it has to be. */
static bool begin_again(struct counting *counting, const struct batch *batch) {
    if (counting->was_at_rest || !is_at_rest(batch)) return false;
    counting->was_at_rest = true;
    counting->is_trial = batch_shows_trial(batch);
    counting->counted = 0;
    counting->counts = (struct batch_counts){0};
    return true;
}

/* False: it begins again. */
static bool answer(struct intake *intake, struct counting *counting) {
    struct batch batch;
    json_t *document;
    bool found = false;
    arena_reset(intake->arena);
    struct err err = batch_load(intake, slice_text(counting->batch_id), &batch, &found);
    CHECK(failed(&err) || found); /* lists are never deleted while somebody counts them */
    if (!failed(&err) && begin_again(counting, &batch)) return false;
    int64_t *undecided = &counting->counts.by_status[OUTCOME_NONE];
    for (int status = OUTCOME_NONE + 1; status <= OUTCOME_PARKED && counting->is_trial; status++) *undecided -= counting->counts.by_status[status];
    if (counting->is_trial) *undecided += counting->rows; /* a row without a verdict yet has no row in the table */
    const struct counted counted = {.batch = &batch, .counts = &counting->counts, .is_trial = counting->is_trial};
    if (!failed(&err)) err = counting->make(intake, &counted, &document);
    if (failed(&err)) intake_answer_unavailable(intake, counting->request, &err);
    else intake_answer_json(counting->request, 200, document);
    return true;
}

static void counting_end(struct countings *countings, struct counting *counting) {
    struct counting **place = &countings->first;
    while (*place != counting) place = &(*place)->next;
    *place = counting->next;
    countings->count--;
    free(counting);
}

/* True: it is answered. */
static bool counting_step(struct intake *intake, struct counting *counting) {
    arena_reset(intake->arena);
    struct err err = counting->counted < counting->rows ? count_slice(intake, counting) : OK;
    if (failed(&err)) intake_answer_unavailable(intake, counting->request, &err);
    else if (counting->counted < counting->rows || !answer(intake, counting)) return false;
    return true;
}

void batch_count(struct intake *intake, struct http_request *request, const struct batch *batch, struct err (*make)(struct intake *, const struct counted *, json_t **)) {
    if (intake->countings->count >= COUNTINGS_MAX) {
        problem_answer(request, PROBLEM_UNAVAILABLE, "too many lists are being counted", "");
        return;
    }
    struct counting *counting = calloc(1, sizeof *counting);
    CHECK(counting != NULL);
    *counting = (struct counting){.request = request, .batch_no = batch->number, .rows = batch->rows, .is_trial = batch_shows_trial(batch), .was_at_rest = is_at_rest(batch), .make = make, .next = intake->countings->first};
    memcpy(counting->batch_id, batch->id, sizeof batch->id);
    intake->countings->first = counting;
    intake->countings->count++;
    if (counting_step(intake, counting)) { /* what failed */
        counting_end(intake->countings, counting);
        return;
    }
    while (counting->counted >= counting->rows) { /* a short one is answered at once */
        if (!counting_step(intake, counting)) continue;
        counting_end(intake->countings, counting);
        return;
    }
    http_set_state(request, counting);
    http_wait(request);
}

void batch_get(void *self, struct http_request *request) {
    const struct intake_partner *partner;
    struct batch batch;
    if (batch_find(self, request, &partner, &batch)) batch_count(self, request, &batch, make_batch);
}

void batch_get_gone(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct counting *counting = http_state(request);
    if (counting != NULL) counting_end(intake->countings, counting); /* the caller hung up */
}

/* A slice of the oldest. */
bool countings_turn(struct intake *intake) {
    struct counting *counting = intake->countings->first;
    if (counting == NULL) return false;
    while (counting->next != NULL) counting = counting->next;
    if (!counting_step(intake, counting)) return true;
    http_set_state(counting->request, NULL);
    counting_end(intake->countings, counting);
    return intake->countings->first != NULL;
}
