/* What a partner may see, page by page: agreements, and of an agreement its lists and its outcomes; payments that he told of. Each page is one walk along an index from its mark on, so
 * that the last page costs what the first one does. Nothing here is counted. */
#include <jansson.h>
#include <stdio.h>

#include "common/domain/text.h"
#include "common/edge/clock.h"
#include "services/ingestion/answer.h"
#include "services/ingestion/batch.h"
#include "services/ingestion/page.h"
#include "services/ingestion/payment_state.h"
#include "services/ingestion/problem.h"

enum { QUERY_MAX = 160, MARK_MAX = 48, LOOKED_AT_MAX = 1000 };

static json_t *array(void) {
    json_t *made = json_array();
    CHECK(made != NULL);
    return made;
}

static void append(json_t *list, json_t *item) { CHECK(item != NULL && json_array_append_new(list, item) == 0); }
static json_t *text_json(struct slice text) { return json_stringn(text.size > 0 ? (const char *)text.bytes : "", text.size); }

/* ?agreement=ID, within the partner's scope, and the page. The arena is fresh. False: the request was answered. */
static bool begin_in_agreement(struct intake *intake, struct http_request *request, struct intake_agreement *ret_agreement, struct page *ret_page, char ret_query[QUERY_MAX]) {
    const struct intake_partner *partner;
    if (!intake_authorised(intake, request, &partner) || !page_read(request, ret_page)) return false;
    arena_reset(intake->arena);
    if (!intake_agreement_find(intake, request, partner, http_query(request, "agreement"), ret_agreement)) return false;
    CHECK(snprintf(ret_query, QUERY_MAX, "agreement=%s&", ret_agreement->id) < QUERY_MAX);
    return true;
}

static void refuse_mark(struct http_request *request) { problem_answer(request, PROBLEM_BAD_PARAMETER, "after is not the mark of a page: use the address in next", ""); }

/* ---- GET /v1/batches ---- */

void batch_list_get(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct intake_agreement agreement;
    struct page page;
    struct batch *batches;
    size_t count;
    char query[QUERY_MAX];
    if (!begin_in_agreement(intake, request, &agreement, &page, query)) return;
    if (page.after.bytes != NULL && !batch_is_possible_id(page.after)) {
        refuse_mark(request);
        return;
    }
    const struct err err = batch_load_page(intake, agreement.number, page.after.bytes != NULL ? page.after : slice_text(""), page.limit + 1, &batches, &count);
    if (failed(&err)) {
        intake_answer_unavailable(intake, request, &err);
        return;
    }
    json_t *list = array();
    const size_t told = count <= (size_t)page.limit ? count : (size_t)page.limit;
    for (size_t i = 0; i < told; i++) append(list, batch_json(&batches[i]));
    page_answer(request, "/v1/batches", query, "batches", list, count > told ? batches[told - 1].id : NULL, &page);
}

/* ---- GET /v1/enrolments ---- */

/* "journal-position": where an outcome stands in the chain of its agreement. */
static bool read_mark(struct slice text, int64_t *ret_journal, int32_t *ret_position) {
    struct slice rest = text, first;
    uint64_t journal, position;
    if (!text_split(&rest, '-', &first) || !text_number(first, INT64_MAX, &journal) || !text_number(rest, INT32_MAX, &position)) return false;
    *ret_journal = (int64_t)journal;
    *ret_position = (int32_t)position;
    return true;
}

static json_t *outcome_json(const struct pg_rows *rows, size_t row, struct slice agreement_id) {
    char time_text[CLOCK_TEXT_MAX];
    struct outcome outcome = {.attempt = (uint32_t)pg_int4(rows, row, 6), .status = (enum outcome_status)pg_int2(rows, row, 1), .codes = {(uint64_t)pg_int8(rows, row, 2)},
                              .warnings = {(uint64_t)pg_int8(rows, row, 3)}, .amount = pg_int8(rows, row, 4), .rank = (uint32_t)pg_int4(rows, row, 5), .agreement_id = agreement_id};
    CHECK(pg_bytes(rows, row, 0).size == ID_BYTES); /* a constraint of the table */
    memcpy(outcome.application_id.bytes, pg_bytes(rows, row, 0).bytes, ID_BYTES);
    json_t *item = answer_json(&outcome, 0, 0);
    CHECK(item != NULL);
    clock_format_ms(pg_timestamp_ms(rows, row, 9), time_text);
    CHECK(json_object_set_new(item, "attempt", json_integer(outcome.attempt)) == 0 && json_object_set_new(item, "decided_at", json_string(time_text)) == 0);
    return item;
}

/* A row comparison, so that the index is walked from the mark on. */
static const char outcomes_sql[] =
    "SELECT o.application_id, o.status, o.codes, o.warnings, o.amount, o.rank, o.attempt, o.journal_seq, o.position, o.decided_at FROM ledger.outcome o"
    " WHERE o.agreement_no = $1 AND (o.journal_seq, o.position) > ($2, $3) AND NOT o.repeat ORDER BY o.journal_seq, o.position LIMIT $4";

void enrolment_list_get(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct intake_agreement agreement;
    struct page page;
    struct pg_rows rows;
    int64_t journal = 0;
    int32_t position = -1;
    char query[QUERY_MAX], mark[MARK_MAX];
    if (!begin_in_agreement(intake, request, &agreement, &page, query)) return;
    if (page.after.bytes != NULL && !read_mark(page.after, &journal, &position)) {
        refuse_mark(request);
        return;
    }
    struct pg_parameters *p = pg_parameters(intake->arena);
    pg_add_int4(p, agreement.number);
    pg_add_int8(p, journal);
    pg_add_int4(p, position);
    pg_add_int8(p, page.limit + 1);
    const struct err err = pg_run(intake->pg, intake->arena, outcomes_sql, p, &rows);
    if (failed(&err)) {
        intake_answer_unavailable(intake, request, &err);
        return;
    }
    json_t *list = array();
    const size_t told = rows.count <= (size_t)page.limit ? rows.count : (size_t)page.limit;
    for (size_t i = 0; i < told; i++) append(list, outcome_json(&rows, i, slice_text(agreement.id)));
    if (rows.count > told) CHECK(snprintf(mark, sizeof mark, "%lld-%d", (long long)pg_int8(&rows, told - 1, 7), pg_int4(&rows, told - 1, 8)) < (int)sizeof mark);
    page_answer(request, "/v1/enrolments", query, "enrolments", list, rows.count > told ? mark : NULL, &page);
}

/* ---- GET /v1/agreements ---- */

static const char agreements_sql[] =
    "SELECT a.agreement_id, a.name, a.payer_name, a.payer_region, a.period_from, a.period_to, a.state, b.pagu, b.committed, b.reserved, b.delegated, b.accepted, b.waitlisted"
    " FROM ledger.agreement a JOIN ledger.budget b USING (agreement_no) WHERE a.agreement_no > 0 AND a.agreement_id > $1 ORDER BY a.agreement_id LIMIT $2";

static json_t *agreement_json(const struct pg_rows *rows, size_t row) {
    static const char *const sums[] = {"pagu", "committed", "reserved", "delegated", "accepted", "waitlisted"};
    char from[11], to[11], region[8];
    day_format(pg_date(rows, row, 4), from);
    day_format(pg_date(rows, row, 5), to);
    const unsigned payer_region = (unsigned)pg_int4(rows, row, 3);
    CHECK(snprintf(region, sizeof region, "%02u.%02u", payer_region / 100 % 100, payer_region % 100) < (int)sizeof region);
    json_t *item = json_pack("{s:o,s:o,s:o,s:o,s:s,s:s,s:o}", "agreement", text_json(pg_bytes(rows, row, 0)), "name", text_json(pg_bytes(rows, row, 1)), "payer",
                             text_json(pg_bytes(rows, row, 2)), "region", payer_region > 0 ? json_string(region) : json_null(), "from", from, "to", to, "state", text_json(pg_bytes(rows, row, 6)));
    CHECK(item != NULL);
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) CHECK(json_object_set_new(item, sums[i], json_integer(pg_int8(rows, row, 7 + (int)i))) == 0);
    return item;
}

/* For who is bound to some, the others are passed over, a bounded number at a time: then a page may be shorter than asked for, and next goes on. */
void agreement_list_get(void *self, struct http_request *request) {
    struct intake *intake = self;
    const struct intake_partner *partner;
    struct page page;
    struct pg_rows rows;
    if (!intake_authorised(intake, request, &partner) || !page_read(request, &page)) return;
    arena_reset(intake->arena);
    const int64_t most = partner_is_bound(&partner->scope) ? LOOKED_AT_MAX : page.limit + 1;
    struct pg_parameters *p = pg_parameters(intake->arena);
    pg_add_text(p, page.after.bytes != NULL ? page.after : slice_text(""));
    pg_add_int8(p, most);
    struct err err = pg_run(intake->pg, intake->arena, agreements_sql, p, &rows);
    json_t *list = array();
    size_t looked = 0, told = 0;
    for (; !failed(&err) && looked < rows.count && told < (size_t)page.limit; looked++) {
        bool inside;
        err = intake_in_scope(intake, partner, pg_bytes(&rows, looked, 0), &inside);
        if (failed(&err) || !inside) continue;
        append(list, agreement_json(&rows, looked));
        told++;
    }
    if (failed(&err)) {
        json_decref(list);
        intake_answer_unavailable(intake, request, &err);
        return;
    }
    const bool is_more = looked < rows.count || rows.count == (size_t)most;
    page_answer(request, "/v1/agreements", "", "agreements", list, is_more ? arena_text(intake->arena, pg_bytes(&rows, looked - 1, 0)) : NULL, &page);
}

/* ---- GET /v1/payments ---- */

void payment_list_get(void *self, struct http_request *request) {
    struct intake *intake = self;
    const struct intake_partner *partner;
    struct page page;
    struct pg_rows rows;
    char source[PARTNER_NAME_MAX];
    if (!intake_authorised(intake, request, &partner) || !page_read(request, &page)) return;
    arena_reset(intake->arena);
    struct pg_parameters *p = pg_parameters(intake->arena);
    pg_add_text(p, slice_text(intake_partner_name(partner->id, source)));
    pg_add_text(p, page.after.bytes != NULL ? page.after : slice_text(""));
    pg_add_int8(p, page.limit + 1);
    struct err err = pg_run(intake->pg, intake->arena, PAYMENT_STATE_SQL " WHERE i.source = $1 AND i.external_id > $2 AND i.is_first ORDER BY i.external_id LIMIT $3", p, &rows);
    json_t *list = array();
    const size_t told = failed(&err) || rows.count <= (size_t)page.limit ? (failed(&err) ? 0 : rows.count) : (size_t)page.limit;
    for (size_t i = 0; i < told && !failed(&err); i++) {
        const struct slice agreement_id = pg_bytes(&rows, i, PAYMENT_STATE_AGREEMENT);
        bool inside = true;
        if (agreement_id.size > 0) err = intake_in_scope(intake, partner, agreement_id, &inside);
        if (failed(&err) || !inside) continue;
        json_t *item = payment_state_json(&rows, i);
        CHECK(item != NULL && json_object_set_new(item, "external_id", text_json(pg_bytes(&rows, i, PAYMENT_STATE_EXTERNAL_ID))) == 0);
        append(list, item);
    }
    if (failed(&err)) {
        json_decref(list);
        intake_answer_unavailable(intake, request, &err);
        return;
    }
    page_answer(request, "/v1/payments", "", "payments", list, rows.count > told ? arena_text(intake->arena, pg_bytes(&rows, told - 1, PAYMENT_STATE_EXTERNAL_ID)) : NULL, &page);
}
