/* Rows of a staged list through the rules, without the stages. It must never write anything but verdicts and how far it has come, and those in one transaction. */
#include "services/ingestion/dryrun.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/edge/clock.h"
#include "common/edge/log.h"
#include "common/edge/share_tables.h"
#include "common/tables/knobs.h"
#include "common/tables/meters.h"
#include "services/eligibility/facts.h"
#include "services/ingestion/stored_list.h"
#include "services/ledger/outcome_sql.h"
#include "services/premium/pricing.h"
#include "services/premium/tariff_share.h"

enum {
    PIECE_BYTES = 24 * 1024, /* some 150 rows */
    ROWS_MAX = PIECE_BYTES + STORED_LINES_HELD_MAX + 4,
    TABLES_BYTES = 16 * 1024 * 1024,
    LOOK_US = 1000 * 1000,
    RETRY_US = 500 * 1000,
};

struct budget {
    rupiah left;
    int64_t heads_left; /* -1: no quota */
    bool others_wait;   /* newcomers stand behind them */
};

struct trial_row {
    uint32_t number;
    struct row_text text;
    struct id id;
    uint32_t first_row;
    struct priced priced;
    enum outcome_status status;
    struct code_set codes, warnings;
    rupiah amount;
    bool decided; /* the ledger has it already: nothing new would be charged */
};

struct dryruns {
    struct intake *intake;
    struct arena *tables;
    struct tariff tariff;
    struct parameters parameters;
    struct facts_source *facts; /* NULL until the first list */
    int64_t look_at_us;
    /* the list under way; batch_no 0: none */
    int64_t batch_no;
    char batch_id[BATCH_ID_TEXT + 1], agreement_id[AGREEMENT_ID_MAX];
    uint32_t row_count, checked;
    int32_t agreement_no;
    day_t registration_date;
    struct budget budget;
    struct stored_list *list;
    struct trial_row **rows; /* of the slice, in the arena */
    size_t count;
};

struct err dryruns_open(struct intake *intake, const char *share, struct dryruns **ret_dryruns) {
    struct dryruns *self = calloc(1, sizeof *self);
    CHECK(self != NULL);
    self->intake = intake;
    self->tables = arena_create(TABLES_BYTES);
    self->rows = calloc(ROWS_MAX, sizeof *self->rows);
    CHECK(self->rows != NULL);
    struct err err = share_parameters(self->tables, share, knob_text("LAW_PARAMETERS"), &self->parameters);
    if (!failed(&err)) err = tariff_open(share, self->tables, &self->tariff);
    if (!failed(&err)) err = tariff_switch(&self->tariff, knob_text("RELIEFS"));
    if (failed(&err)) dryruns_close(self);
    else *ret_dryruns = self;
    return err;
}

static void put_down(struct dryruns *self) {
    stored_list_close(self->list);
    self->list = NULL;
    self->batch_no = 0;
}

void dryruns_close(struct dryruns *self) {
    if (self == NULL) return;
    put_down(self);
    facts_close(self->facts);
    free(self->rows);
    arena_destroy(self->tables);
    free(self);
}

struct quote_law dryruns_law(const struct dryruns *self) { return (struct quote_law){.law = self->intake->law, .tariff = &self->tariff, .parameters = &self->parameters}; }

void dryrun_look(struct intake *intake) { intake->dryruns->look_at_us = 0; }

/* ---- taking a list up ---- */

static struct err open_facts(struct dryruns *self) {
    if (self->facts != NULL) return OK;
    const struct facts_options options = {.pg_url = knob_text("PGURL"), .instance = knob_text("INSTANCE"), .keys_folder = "", .dukcapil_url = "", .dukcapil_token = "",
                                          .occupations = self->intake->tables.occupations, .law = self->intake->law, .parameters = &self->parameters};
    return facts_open(&options, &self->facts);
}

/* What its own earlier rows would take is taken already. */
static const char oldest_sql[] =
    "SELECT b.batch_no, b.batch_id, a.agreement_id, b.agreement_no, b.row_count, b.checked_rows, b.registration_date, b.encoding, array_to_string(b.column_names, E'\\n'),"
    " g.pagu - g.delegated - g.committed - g.reserved - coalesce(t.amount, 0), CASE WHEN g.quota < 0 THEN -1 ELSE greatest(0, g.quota - g.accepted - g.reserved_heads - coalesce(t.heads, 0)) END,"
    " g.waitlisted > 0 OR coalesce(t.waits, false) FROM intake.batch b JOIN ledger.agreement a USING (agreement_no) JOIN ledger.budget g USING (agreement_no)"
    " LEFT JOIN LATERAL (SELECT sum(v.amount) FILTER (WHERE v.status = 1)::bigint AS amount, count(*) FILTER (WHERE v.status = 1 AND v.amount > 0) AS heads, bool_or(v.status = 2) AS waits"
    "  FROM intake.batch_verdict v WHERE v.batch_no = b.batch_no AND b.checked_rows > 0) t ON true"
    " WHERE b.state = " BATCH_CHECKING_SQL " ORDER BY b.batch_no LIMIT 1";

static bool take_record(void *state, const struct stored_record *record) {
    struct dryruns *self = state;
    struct arena *arena = self->intake->arena;
    if (record->kind != LIST_ROW || record->number <= self->checked) return true;
    CHECK(self->count < ROWS_MAX);
    struct trial_row *row = self->rows[self->count++] = arena_zero(arena, 1, sizeof *row);
    struct slice copies[LIST_CELLS_MAX];
    for (size_t i = 0; i < record->count; i++) copies[i] = arena_copy(arena, record->cells[i]);
    row->number = record->number;
    return list_row_text(record->header, copies, record->count, &row->text);
}

static void keep_text(struct slice text, char *ret_text, size_t room) {
    CHECK(text.size < room);
    memcpy(ret_text, text.bytes, text.size);
    ret_text[text.size] = '\0';
}

static struct err take_up(struct dryruns *self) {
    struct pg_rows rows;
    arena_reset(self->intake->arena);
    TRY(pg_run(self->intake->pg, self->intake->arena, oldest_sql, NULL, &rows));
    if (rows.count == 0) return OK;
    TRY(open_facts(self));
    self->batch_no = pg_int8(&rows, 0, 0);
    keep_text(pg_bytes(&rows, 0, 1), self->batch_id, sizeof self->batch_id);
    keep_text(pg_bytes(&rows, 0, 2), self->agreement_id, sizeof self->agreement_id);
    self->agreement_no = pg_int4(&rows, 0, 3);
    self->row_count = (uint32_t)pg_int4(&rows, 0, 4);
    self->checked = (uint32_t)pg_int4(&rows, 0, 5);
    self->registration_date = pg_date(&rows, 0, 6);
    self->budget = (struct budget){.left = pg_int8(&rows, 0, 9), .heads_left = pg_int8(&rows, 0, 10), .others_wait = pg_bool(&rows, 0, 11)};
    const struct stored_list_options options = {
        .batch_id = self->batch_id, .every_row_counts = pg_int2(&rows, 0, 7) == 0, .names = pg_bytes(&rows, 0, 8), .record = take_record, .self = self};
    return stored_list_open(self->intake, &options, &self->list);
}

/* ---- a slice ---- */

/* Ids, and what the ledger has decided of them already: such a row would only repeat it. */
static const char rows_sql[] =
    "SELECT r.application_id, r.first_row, " STANDING("status") ", " STANDING("codes") ", " STANDING("warnings") " FROM intake.batch_rows($1, $2, $3) r " STANDING_OUTCOME("$1")
    "ORDER BY r.row_number";

static struct err read_rows(struct dryruns *self) {
    struct intake *intake = self->intake;
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    struct pg_rows rows;
    pg_add_int8(parameters, self->batch_no);
    pg_add_int4(parameters, (int32_t)self->rows[0]->number);
    pg_add_int4(parameters, (int32_t)self->rows[self->count - 1]->number);
    TRY(pg_run(intake->pg, intake->arena, rows_sql, parameters, &rows));
    if (rows.count != self->count) return ERR(PARK, "a stored list has other rows than were staged");
    for (size_t i = 0; i < self->count; i++) {
        struct trial_row *row = self->rows[i];
        CHECK(pg_bytes(&rows, i, 0).size == ID_BYTES);
        memcpy(row->id.bytes, pg_bytes(&rows, i, 0).bytes, ID_BYTES);
        row->first_row = (uint32_t)pg_int4(&rows, i, 1);
        row->decided = !pg_is_null(&rows, i, 2);
        if (!row->decided) continue;
        row->status = (enum outcome_status)pg_int2(&rows, i, 2);
        row->codes = (struct code_set){(uint64_t)pg_int8(&rows, i, 3)};
        row->warnings = (struct code_set){(uint64_t)pg_int8(&rows, i, 4)};
    }
    return OK;
}

static void fill_application(const struct dryruns *self, struct trial_row *row, struct row_result *result) {
    row_check(&row->text, &self->intake->tables, self->registration_date, result);
    row->priced.application = (struct application){
        .application_id = row->id, .attempt = 1, .agreement_id = slice_text(self->agreement_id), .batch_id = slice_text(self->batch_id), .row = row->number, .first_row = row->first_row,
        .registration_date = self->registration_date, .person = intake_token(self->intake, &row->text),
    };
    row_fill(result, &row->priced.application);
}

/* In or waiting, as posting.c asks its budget: a strict prefix. */
static void ask_budget(struct budget *budget, struct trial_row *row) {
    row->amount = row->priced.premium.total;
    const bool room = budget->heads_left != 0 && row->amount <= budget->left;
    row->status = room && !budget->others_wait ? OUTCOME_ACCEPTED : OUTCOME_WAITLISTED;
    if (row->status == OUTCOME_WAITLISTED) {
        row->codes = code_set_with(row->codes, budget->heads_left == 0 ? CODE_Q60 : CODE_Q61);
        budget->others_wait = true;
        return;
    }
    budget->left -= row->amount;
    budget->heads_left -= budget->heads_left > 0;
}

static void judge(struct dryruns *self, const struct batch_facts *facts, size_t place, struct trial_row *row) {
    struct priced *priced = &row->priced;
    facts_decide(facts, self->intake->arena, place, &priced->application, &priced->verdict);
    const bool has_price = priced->verdict.status != VERDICT_ELIGIBLE || pricing_eligible(&self->tariff, &self->parameters, self->intake->arena, priced) == PREMIUM_OK;
    row->codes = priced->verdict.codes;
    row->warnings = priced->verdict.warnings;
    if (!has_price) row->status = OUTCOME_PARKED; /* the stage would park it: the operator has to look at the tariff */
    else if (priced->verdict.status == VERDICT_ELIGIBLE) ask_budget(&self->budget, row);
    else if (priced->verdict.status == VERDICT_REJECTED) row->status = outcome_of_refusal(row->codes);
    else row->status = OUTCOME_PENDING;
    if (!has_price) row->codes = code_set_with((struct code_set){0}, CODE_X02);
}

static struct err judge_all(struct dryruns *self) {
    struct arena *arena = self->intake->arena;
    struct stage_item *items = arena_zero(arena, self->count, sizeof *items);
    struct row_result *results = arena_zero(arena, self->count, sizeof *results);
    struct batch_facts *facts;
    for (size_t i = 0; i < self->count; i++) {
        struct submitted *submitted = arena_zero(arena, 1, sizeof *submitted);
        fill_application(self, self->rows[i], &results[i]);
        submitted->application = self->rows[i]->priced.application;
        items[i].in = submitted;
    }
    const struct stage_batch batch = {.arena = arena, .items = items, .count = self->count, .moment_ms = clock_unix_ms()};
    struct err err = facts_fetch(self->facts, &batch, &facts);
    for (size_t i = 0; i < self->count && !failed(&err); i++)
        if (!self->rows[i]->decided) judge(self, facts, i, self->rows[i]);
    explicit_bzero(results, self->count * sizeof *results);
    return err;
}

static struct err save(struct dryruns *self) {
    struct arena *arena = self->intake->arena;
    const size_t count = self->count;
    int32_t *numbers = arena_take(arena, count * sizeof *numbers);
    int16_t *statuses = arena_take(arena, count * sizeof *statuses);
    int64_t *codes = arena_take(arena, count * sizeof *codes), *warnings = arena_take(arena, count * sizeof *warnings), *amounts = arena_take(arena, count * sizeof *amounts);
    for (size_t i = 0; i < count; i++) {
        const struct trial_row *row = self->rows[i];
        numbers[i] = (int32_t)row->number;
        statuses[i] = (int16_t)row->status;
        codes[i] = (int64_t)row->codes.bits;
        warnings[i] = (int64_t)row->warnings.bits;
        amounts[i] = row->amount;
    }
    struct pg_parameters *insert = pg_parameters(arena), *update = pg_parameters(arena);
    pg_add_int8(insert, self->batch_no);
    pg_add_int4_array(insert, numbers, count);
    pg_add_int2_array(insert, statuses, count);
    pg_add_int8_array(insert, codes, count);
    pg_add_int8_array(insert, warnings, count);
    pg_add_int8_array(insert, amounts, count);
    pg_add_int8(update, self->batch_no);
    pg_add_int4(update, numbers[count - 1]);
    pg_add_int4(update, (int32_t)self->checked);
    struct pg_step steps[] = {
        {.sql = "UPDATE intake.batch SET checked_rows = $2 WHERE batch_no = $1 AND state = " BATCH_CHECKING_SQL " AND checked_rows = $3", .parameters = update},
        {.sql = "INSERT INTO intake.batch_verdict (batch_no, row_number, status, codes, warnings, amount) SELECT $1, v.* FROM unnest($2, $3, $4, $5, $6) AS v", .parameters = insert},
    };
    TRY(pg_begin(self->intake->pg));
    struct err err = pg_run_all(self->intake->pg, arena, steps, sizeof steps / sizeof *steps);
    const bool is_ours = !failed(&err) && steps[0].rows.affected == 1;
    if (is_ours) err = pg_commit(self->intake->pg);
    if (!is_ours || failed(&err)) pg_rollback(self->intake->pg);
    if (failed(&err)) return err;
    if (is_ours) self->checked = (uint32_t)numbers[count - 1];
    else put_down(self); /* called off, or begun anew, meanwhile */
    return OK;
}

/* ---- the end ---- */

static const char finish_sql[] =
    "UPDATE intake.batch b SET state = CASE WHEN b.all_or_nothing AND EXISTS (SELECT FROM intake.batch_verdict v WHERE v.batch_no = b.batch_no AND v.status IN (2, 3, 6)) THEN " BATCH_BLOCKED_SQL
    " WHEN b.is_held OR b.needs_approval THEN " BATCH_HELD_SQL " ELSE " BATCH_RELEASED_SQL " END"
    " WHERE b.batch_no = $1 AND b.state = " BATCH_CHECKING_SQL " AND b.checked_rows = b.row_count RETURNING b.state";
_Static_assert(OUTCOME_WAITLISTED == 2 && OUTCOME_REJECTED == 3 && OUTCOME_PARKED == 6, "the statement names them by number");

static struct err finish(struct dryruns *self) {
    struct pg_parameters *parameters = pg_parameters(self->intake->arena);
    struct pg_rows rows;
    pg_add_int8(parameters, self->batch_no);
    TRY(pg_run(self->intake->pg, self->intake->arena, finish_sql, parameters, &rows));
    const int state = rows.count > 0 ? pg_int2(&rows, 0, 0) : 0;
    log_info("dry run of a list is through", LOG_TEXT("batch", self->batch_id), LOG_INT("rows", self->row_count),
             LOG_TEXT("state", state == BATCH_BLOCKED ? "blocked" : state == BATCH_HELD ? "held" : state == BATCH_RELEASED ? "released" : "gone"));
    put_down(self);
    self->look_at_us = 0;
    return state == BATCH_RELEASED ? submitter_resume(self->intake) : OK;
}

static struct err step(struct dryruns *self) {
    if (self->batch_no == 0) TRY(take_up(self));
    if (self->batch_no == 0) {
        self->look_at_us = clock_monotonic_us() + LOOK_US;
        return OK;
    }
    arena_reset(self->intake->arena);
    if (self->checked == self->row_count) return finish(self);
    self->count = 0;
    TRY(stored_list_read(self->list, PIECE_BYTES));
    if (self->count == 0) return stored_list_at_end(self->list) ? ERR(PARK, "a stored list has fewer rows than were staged") : OK;
    TRY(read_rows(self));
    TRY(judge_all(self));
    return save(self);
}

bool dryruns_turn(struct intake *intake) {
    struct dryruns *self = intake->dryruns;
    if (intake->stopping || !intake_pg_allowed(intake) || clock_monotonic_us() < self->look_at_us) return false;
    struct err err = step(self);
    if (!failed(&err)) return self->batch_no != 0 || self->look_at_us == 0;
    self->look_at_us = clock_monotonic_us() + RETRY_US;
    if (err.fate == FATE_PARK) {
        meter_add(METER_ALARMS, 0, 1);
        log_error("a list can't be tried", LOG_TEXT("batch", self->batch_id), LOG_TEXT("error", err.text)); /* again after the pause: somebody has to restore file or key, or call the list off */
        self->look_at_us += 60 * LOOK_US;
    } else {
        intake_pg_failed(intake, "a dry run waits for PostgreSQL", &err);
    }
    put_down(self); /* begun anew behind what is saved */
    return false;
}

/* ---- what it would do to the money ---- */

struct err dryrun_budget_json(struct intake *intake, const struct batch *batch, const struct batch_counts *counts, json_t **ret_budget) {
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    struct pg_rows rows;
    pg_add_int4(parameters, batch->agreement_no);
    pg_add_int8(parameters, RUPIAH_INPUT_MAX);
    TRY(pg_run(intake->pg, intake->arena,
               "SELECT pagu - delegated - committed - reserved, pagu < $2, CASE WHEN quota < 0 THEN -1 ELSE quota - accepted - reserved_heads END FROM ledger.budget WHERE agreement_no = $1", parameters, &rows));
    CHECK(rows.count == 1); /* an agreement has its budget from the beginning */
    const int64_t left = pg_int8(&rows, 0, 0), heads = pg_int8(&rows, 0, 2);
    const bool is_stated = pg_bool(&rows, 0, 1); /* who states no pagu has RUPIAH_INPUT_MAX */
    *ret_budget = json_pack("{s:o,s:I,s:o,s:I,s:o,s:I}", "left_before", is_stated ? json_integer(left) : json_null(), "committed", (json_int_t)counts->committed, "left_after",
                            is_stated ? json_integer(left - counts->committed) : json_null(), "short_by", (json_int_t)counts->waiting, "heads_left_before",
                            heads >= 0 ? json_integer(heads) : json_null(), "heads", (json_int_t)counts->by_status[OUTCOME_ACCEPTED]);
    CHECK(*ret_budget != NULL);
    return OK;
}
