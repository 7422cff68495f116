/* Membership cards over HTTP: GET /v1/enrolments/{id}/card draws one as PDF or PNG for a partner within whose scope it lies, and GET /cards/{code} tells whoever scanned a card whether it stands. A card that nobody has asked for is
 * noted as requested when it is drawn first. The page needs no token: a code that is not signed by this installation is refused before the database is asked, all who ask share one rate, and what is shown is in
 * card_page.h. Names must reach nothing but the card. */
#include <stdio.h>

#include "common/edge/clock.h"
#include "common/edge/crypto_auth.h"
#include "common/edge/log_enrolment.h"
#include "services/ingestion/intake.h"
#include "services/ingestion/problem.h"
#include "services/notification/cards/card_page.h"
#include "services/notification/cards/card_print.h"
#include "services/notification/cards/card_register.h"

enum { CARD_BYTES_MAX = 1024 * 1024, POLICY_MAX = 256 };

static struct card_register register_of(struct intake *intake, const char *actor) {
    return (struct card_register){.pg = intake->pg, .crypto = intake->crypto, .places = {intake->tables.regions, intake->villages}, .actor = actor};
}

/* ---- one card ---- */

/* PDF unless only a picture is wanted. */
static enum paper_kind wanted_kind(struct http_request *request) {
    const struct slice accept = http_header(request, "Accept");
    static const char png[] = "image/png", pdf[] = "application/pdf";
    if (accept.size == 0 || memmem(accept.bytes, accept.size, png, sizeof png - 1) == NULL) return PAPER_PDF;
    return memmem(accept.bytes, accept.size, pdf, sizeof pdf - 1) == NULL ? PAPER_PNG : PAPER_PDF;
}

struct asked {
    struct card card;
    int32_t agreement_no;
    struct slice agreement_id;
    bool found, inside;
};

static struct err read_asked(struct intake *intake, const struct intake_partner *partner, struct id id, struct asked *asked) {
    char actor[PARTNER_NAME_MAX];
    const struct card_register reg = register_of(intake, intake_partner_name(partner->id, actor));
    TRY(card_register_of_application(&reg, intake->arena, id, &asked->found, &asked->card, &asked->agreement_no, &asked->agreement_id));
    if (!asked->found) return OK;
    TRY(intake_in_scope(intake, partner, asked->agreement_id, &asked->inside));
    return asked->inside ? card_register_request(&reg, intake->arena, asked->agreement_no, &asked->card, 1) : OK;
}

/* Nobody is enrolled by it: does the partner know the application at all? */
static void answer_none(struct intake *intake, struct http_request *request, const struct intake_partner *partner, struct id id) {
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    struct pg_rows rows;
    bool inside = false;
    pg_add_bytea(parameters, slice_of(id.bytes, ID_BYTES));
    struct err err = pg_run(intake->pg, intake->arena, enrolment_agreement_sql, parameters, &rows);
    if (!failed(&err) && rows.count > 0) err = intake_in_scope(intake, partner, pg_bytes(&rows, 0, 0), &inside);
    if (failed(&err)) intake_answer_unavailable(intake, request, &err);
    else if (!inside) problem_answer(request, PROBLEM_NOT_FOUND, "no enrolment has this id", "");
    else problem_answer(request, PROBLEM_NO_CARD, "nobody is enrolled by this application, or the person was forgotten", "");
}

static void answer_card(struct intake *intake, struct http_request *request, struct id id, const struct card *card) {
    const enum paper_kind kind = wanted_kind(request);
    struct slice bytes;
    const struct err err = card_print_single(card, slice_text(intake->card_url), intake_today(), kind, intake->arena, CARD_BYTES_MAX, &bytes);
    if (failed(&err)) {
        const struct enrolment_names names = enrolment_names(id);
        log_error("a card can't be drawn", LOG_ENROLMENT(names), LOG_TEXT("error", err.text));
        problem_answer(request, PROBLEM_UNAVAILABLE, "the card can't be drawn", "");
        return;
    }
    http_set_header(request, "Cache-Control", "private, no-store");
    http_set_header(request, "X-Content-Type-Options", "nosniff");
    http_set_header(request, "Vary", "Accept");
    http_answer(request, 200, kind == PAPER_PDF ? "application/pdf" : "image/png", bytes);
}

void card_get(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct id id;
    struct asked asked = {.found = false};
    const struct intake_partner *partner;
    if (!intake_authorised(intake, request, &partner)) return;
    if (!id_parse(http_segment(request, 0), &id) || id_is_zero(id)) {
        problem_answer(request, PROBLEM_NOT_FOUND, "an enrolment id has 32 hexadecimal digits", "");
        return;
    }
    if (!intake->can_draw) {
        problem_answer(request, PROBLEM_UNAVAILABLE, "the installation has not the font of cards", "");
        return;
    }
    arena_reset(intake->arena);
    const struct err err = read_asked(intake, partner, id, &asked);
    if (failed(&err)) intake_answer_unavailable(intake, request, &err);
    else if (!asked.found) answer_none(intake, request, partner, id);
    else if (!asked.inside) problem_answer(request, PROBLEM_NOT_FOUND, "no enrolment has this id", "");
    else answer_card(intake, request, id, &asked.card);
}

/* ---- the page behind a code ---- */

static void answer_page(struct intake *intake, struct http_request *request, int status, enum card_page_kind kind, const struct card *card) {
    uint8_t hash[SHA256_BYTES];
    char text[BASE64_TEXT(SHA256_BYTES)], policy[POLICY_MAX];
    crypto_sha256(slice_text(card_page_style), hash);
    base64_write(slice_of(hash, sizeof hash), text);
    CHECK(snprintf(policy, sizeof policy, "default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", text) < (int)sizeof policy);
    http_set_header(request, "Content-Security-Policy", policy);
    http_set_header(request, "X-Content-Type-Options", "nosniff");
    http_set_header(request, "Referrer-Policy", "no-referrer");
    http_set_header(request, "Cache-Control", "no-store");
    if (status == 429 || status == 503) http_set_header(request, "Retry-After", "1");
    const bool english = slice_is(http_query(request, "lang"), "en");
    http_answer(request, status, "text/html; charset=utf-8", card_page(intake->arena, kind, card, intake_today(), english));
}

void card_page_get(void *self, struct http_request *request) {
    static const char everybody[] = "/cards"; /* no partner can have this name */
    struct intake *intake = self;
    struct card_code code;
    struct card card;
    bool found = false;
    arena_reset(intake->arena);
    if (http_first_asked(request) && !rate_take(&intake->rates, everybody, clock_monotonic_us())) {
        answer_page(intake, request, 429, CARD_PAGE_BUSY, NULL);
        return;
    }
    if (!card_code_parse(http_segment(request, 0), &code) || !card_code_is_ours(intake->crypto, code)) {
        answer_page(intake, request, 404, CARD_PAGE_UNKNOWN, NULL);
        return;
    }
    const struct card_register reg = register_of(intake, everybody);
    const bool allowed = intake_pg_allowed(intake); /* while the database is away strangers don't ask it */
    const struct err err = allowed ? card_register_of_number(&reg, intake->arena, code.number, &found, &card) : OK;
    if (failed(&err)) intake_pg_failed(intake, "a card can't be looked up", &err);
    if (!allowed || failed(&err)) {
        answer_page(intake, request, 503, CARD_PAGE_UNAVAILABLE, NULL);
        return;
    }
    answer_page(intake, request, found ? 200 : 404, found ? CARD_PAGE_CARD : CARD_PAGE_UNKNOWN, found ? &card : NULL);
}
