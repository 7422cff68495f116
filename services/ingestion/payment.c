/* Payments of partners: POST /v1/payments and GET of one. A payment is taken as soon as its outbox row is committed: what is acknowledged is remembered, and the relay sends it
 * whatever happens here. The partner's own number makes it one payment: the same again is the same answer, other content under it is told to the ledger's work list and refused. */
#include <jansson.h>
#include <stdio.h>

#include "common/edge/clock.h"
#include "services/ingestion/intake.h"
#include "services/ingestion/payment_body.h"
#include "services/ingestion/payment_state.h"
#include "services/ingestion/problem.h"
#include "services/ledger/payment_inbox.h"

/* ---- POST ---- */

void payment_begin(void *self, struct http_request *request) {
    struct intake *intake = self;
    const struct intake_partner *partner;
    if (!intake_authorised_as(intake, request, PARTNER_PAYMENTS, &partner)) return;
    if (!problem_unless_media(request, "application/json")) return;
    if (intake->stopping || !intake_pg_allowed(intake)) problem_answer(request, PROBLEM_UNAVAILABLE, "the service is stopping, or without its database", "");
}

static bool is_ascii(struct slice text) {
    for (size_t i = 0; i < text.size; i++)
        if (text.bytes[i] >= 0x80 || text.bytes[i] == 0) return false;
    return true;
}

/* A reference that is none is not kept, as it may be anything; but another one is another content. */
static struct payment_received payment_of(const struct payment_body *body, struct slice source, struct slice partner) {
    struct payment_received payment = {
        .source = source, .external_id = body->external_id, .reference = body->reference, .bank = body->bank.size > 0 ? body->bank : partner, .amount_is_readable = true,
        .amount = body->amount, .currency = slice_text("IDR"), .received_on = body->received_on, .problem = slice_text(""),
        .raw = slice_text(""), .received_at_ms = clock_unix_ms(),
    };
    payment_identify(&payment, body->reference.size > 0 ? slice_text("") : body->written);
    return payment;
}

/* A number that no invoice has is nobody's yet: the money goes to the work list, whoever tells of it. */
static struct err reference_in_scope(struct intake *intake, const struct intake_partner *partner, struct slice reference, bool *ret_inside) {
    *ret_inside = !partner_is_bound(&partner->scope) || reference.size == 0;
    if (*ret_inside) return OK;
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    struct pg_rows rows;
    pg_add_text(parameters, reference);
    TRY(pg_run(intake->pg, intake->arena, "SELECT a.agreement_id FROM ledger.invoice v JOIN ledger.agreement a USING (agreement_no) WHERE v.invoice_id = $1 OR v.billing_code = $1",
               parameters, &rows));
    *ret_inside = rows.count == 0;
    return rows.count > 0 ? intake_in_scope(intake, partner, pg_bytes(&rows, 0, 0), ret_inside) : OK;
}

void payment_end(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct payment_body body;
    struct body_problem problem;
    const struct intake_partner *partner;
    char source[PARTNER_NAME_MAX], id[2 * ID_BYTES + 1];
    if (!intake_authorised(intake, request, &partner)) return;
    (void)intake_partner_name(partner->id, source);
    arena_reset(intake->arena);
    if (!payment_body_read(http_body(request), intake->arena, &body, &problem)) {
        problem_answer(request, PROBLEM_BAD_PAYMENT, problem.problem, problem.pointer);
        return;
    }
    if (body.received_on > intake_today()) {
        problem_answer(request, PROBLEM_FUTURE_PAYMENT, "lies in the future", "/received_on");
        return;
    }
    const struct payment_received payment = payment_of(&body, slice_text(source), arena_copy(intake->arena, slice_text(partner->id)));
    const enum payment_inbox_end *ends;
    bool inside;
    struct err err = reference_in_scope(intake, partner, body.reference, &inside);
    if (!failed(&err) && !inside) {
        problem_answer(request, PROBLEM_OUT_OF_SCOPE, "the invoice belongs to another agreement", "");
        return;
    }
    if (!failed(&err)) err = payment_inbox_add(intake->pg, intake->arena, &payment, 1, &ends);
    if (failed(&err)) {
        intake_answer_unavailable(intake, request, &err);
        return;
    }
    if (ends[0] == PAYMENT_DIFFERS || ends[0] == PAYMENT_DIFFERS_AGAIN) {
        problem_answer(request, PROBLEM_CONTENT_DIFFERS, "a payment with this external_id and other content was received before; this one is on the work list of the ledger", "/external_id");
        return;
    }
    id_format(payment.payment_id, id);
    intake_answer_json(request, ends[0] == PAYMENT_SENT ? 202 : 200, json_pack("{s:s,s:s}", "payment_id", id, "status", "received"));
}

/* ---- GET ---- */

/* What the ledger made of it, or that it is on its way. The first content of a number is the payment; other ones do not change what it became. */
static const char payment_sql[] = PAYMENT_STATE_SQL " WHERE i.source = $1 AND i.external_id = $2 AND i.is_first";

json_t *payment_state_json(const struct pg_rows *rows, size_t row) {
    struct id payment_id;
    char id[2 * ID_BYTES + 1];
    memcpy(payment_id.bytes, pg_bytes(rows, row, 0).bytes, ID_BYTES);
    id_format(payment_id, id);
    const bool is_known = !pg_is_null(rows, row, 1), is_booked = is_known && slice_is(pg_bytes(rows, row, 1), "BOOKED");
    const struct slice invoice = pg_bytes(rows, row, 4), problem = pg_bytes(rows, row, 5);
    if (is_booked)
        return json_pack("{s:s,s:s,s:s%,s:I,s:I}", "payment_id", id, "status", "booked", "invoice", (const char *)invoice.bytes, invoice.size, "settled", (json_int_t)pg_int8(rows, row, 2),
                         "credited", (json_int_t)pg_int8(rows, row, 3));
    if (is_known || problem.size > 0)
        return json_pack("{s:s,s:s,s:s%}", "payment_id", id, "status", "suspended", "problem", problem.size > 0 ? (const char *)problem.bytes : "UNKNOWN_INVOICE",
                         problem.size > 0 ? problem.size : strlen("UNKNOWN_INVOICE"));
    return json_pack("{s:s,s:s}", "payment_id", id, "status", "received");
}

void payment_get(void *self, struct http_request *request) {
    struct intake *intake = self;
    const struct intake_partner *partner;
    char source[PARTNER_NAME_MAX];
    struct slice external_id = http_segment(request, 0);
    if (!intake_authorised(intake, request, &partner)) return;
    (void)intake_partner_name(partner->id, source);
    arena_reset(intake->arena);
    struct pg_parameters *p = pg_parameters(intake->arena);
    struct pg_rows rows = {0};
    if (external_id.size > 0 && external_id.size <= PAYMENT_TEXT_MAX && is_ascii(external_id)) {
        pg_add_text(p, slice_text(source));
        pg_add_text(p, external_id);
        const struct err err = pg_run(intake->pg, intake->arena, payment_sql, p, &rows);
        if (failed(&err)) {
            intake_answer_unavailable(intake, request, &err);
            return;
        }
    }
    bool inside = rows.count > 0;
    const struct slice agreement_id = inside ? pg_bytes(&rows, 0, 6) : slice_text("");
    const struct err err = agreement_id.size > 0 ? intake_in_scope(intake, partner, agreement_id, &inside) : OK;
    if (failed(&err)) intake_answer_unavailable(intake, request, &err);
    else if (!inside) problem_answer(request, PROBLEM_NOT_FOUND, "no payment of yours has this external_id", "");
    else intake_answer_json(request, 200, payment_state_json(&rows, 0));
}
