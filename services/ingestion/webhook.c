/* /v1/webhooks: where a partner wants to be told, with which secret, and what was sent to him. A partner sees his own endpoints only. A secret is shown when it is made and never again; kept
 * is its seal. Nothing is sent from here: services/webhook does, and everything that this file changes is noticed there with the next delivery. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/domain/text.h"
#include "common/edge/clock.h"
#include "services/ingestion/intake.h"
#include "services/ingestion/page.h"
#include "services/ingestion/problem.h"
#include "services/ingestion/webhook_body.h"
#include "services/webhook/signature.h"

enum { WEBHOOKS_PER_PARTNER = 10, WEBHOOK_ID_TEXT = 1 + 2 * ID_BYTES, PATH_TEXT_MAX = 160, HOUR_S = 3600 };

/* ---- what all of them share ---- */

#define ENDPOINT_COLUMNS                                                                                                                                                    \
    "w.webhook_no, w.webhook_id, w.url, w.description, array_to_string(w.events, ','), w.agreement_id, w.state, w.reason, w.created_at, w.failing_since, "               \
    "CASE WHEN w.previous_until > now() THEN w.previous_until END, w.generation"
enum { ENDPOINT_NO, ENDPOINT_ID, ENDPOINT_URL, ENDPOINT_DESCRIPTION, ENDPOINT_EVENTS, ENDPOINT_AGREEMENT, ENDPOINT_STATE, ENDPOINT_REASON, ENDPOINT_CREATED, ENDPOINT_FAILING, ENDPOINT_PREVIOUS,
       ENDPOINT_GENERATION };

#define DELIVERY_COLUMNS                                                                                                                                                    \
    "d.event_id, d.event_type, d.agreement_id, d.state, d.attempts, d.created_at, CASE WHEN d.state = 'pending' THEN d.next_attempt_at END, d.last_status, d.last_attempt_at, d.delivery_no"
enum { DELIVERY_EVENT_ID, DELIVERY_TYPE, DELIVERY_AGREEMENT, DELIVERY_STATE, DELIVERY_ATTEMPTS, DELIVERY_CREATED, DELIVERY_NEXT, DELIVERY_STATUS, DELIVERY_LAST, DELIVERY_NO, DELIVERY_BODY };

static void set(json_t *object, const char *name, json_t *value) { CHECK(value != NULL && json_object_set_new(object, name, value) == 0); }

static json_t *object(void) {
    json_t *made = json_object();
    CHECK(made != NULL);
    return made;
}

static json_t *text_json(const struct pg_rows *rows, size_t row, int column) {
    const struct slice text = pg_bytes(rows, row, column);
    return pg_is_null(rows, row, column) ? json_null() : json_stringn(text.size > 0 ? (const char *)text.bytes : "", text.size);
}

static json_t *time_json(const struct pg_rows *rows, size_t row, int column) {
    char text[CLOCK_TEXT_MAX];
    if (pg_is_null(rows, row, column)) return json_null();
    clock_format_ms(pg_timestamp_ms(rows, row, column), text);
    return json_string(text);
}

static json_t *events_json(struct slice names) {
    json_t *array = json_array();
    struct slice name;
    CHECK(array != NULL);
    while (names.size > 0 && text_split(&names, ',', &name)) CHECK(json_array_append_new(array, json_stringn((const char *)name.bytes, name.size)) == 0);
    return array;
}

static json_t *endpoint_json(const struct pg_rows *rows, size_t row) {
    json_t *endpoint = object();
    set(endpoint, "webhook_id", text_json(rows, row, ENDPOINT_ID));
    set(endpoint, "url", text_json(rows, row, ENDPOINT_URL));
    set(endpoint, "description", text_json(rows, row, ENDPOINT_DESCRIPTION));
    set(endpoint, "events", events_json(pg_bytes(rows, row, ENDPOINT_EVENTS)));
    set(endpoint, "agreement", text_json(rows, row, ENDPOINT_AGREEMENT));
    set(endpoint, "state", text_json(rows, row, ENDPOINT_STATE));
    set(endpoint, "reason", pg_bytes(rows, row, ENDPOINT_REASON).size > 0 ? text_json(rows, row, ENDPOINT_REASON) : json_null());
    set(endpoint, "created_at", time_json(rows, row, ENDPOINT_CREATED));
    set(endpoint, "failing_since", time_json(rows, row, ENDPOINT_FAILING));
    set(endpoint, "previous_secret_until", time_json(rows, row, ENDPOINT_PREVIOUS));
    return endpoint;
}

/* "w0123..." of a path or a query. */
static bool is_webhook_id(struct slice text) {
    struct id id;
    return text.size == WEBHOOK_ID_TEXT && text.bytes[0] == 'w' && id_parse(slice_of(text.bytes + 1, text.size - 1), &id);
}

/* The endpoint that the path names, in *ret_rows. False: the request was answered. */
static bool find_endpoint(struct intake *intake, struct http_request *request, struct pg_rows *ret_rows) {
    const struct intake_partner *partner;
    const struct slice id = http_segment(request, 0);
    if (!intake_authorised(intake, request, &partner)) return false;
    arena_reset(intake->arena);
    *ret_rows = (struct pg_rows){0};
    if (is_webhook_id(id)) {
        struct pg_parameters *p = pg_parameters(intake->arena);
        pg_add_text(p, slice_text(partner->id));
        pg_add_text(p, id);
        const struct err err =
            pg_run(intake->pg, intake->arena, "SELECT " ENDPOINT_COLUMNS " FROM intake.webhook w WHERE w.partner_id = $1 AND w.webhook_id = $2 AND w.state <> 'deleted'", p, ret_rows);
        if (failed(&err)) {
            intake_answer_unavailable(intake, request, &err);
            return false;
        }
    }
    if (ret_rows->count == 1) return true;
    problem_answer(request, PROBLEM_NOT_FOUND, "no webhook of yours has this id", "");
    return false;
}

static bool is_active(struct http_request *request, const struct pg_rows *endpoint) {
    if (slice_is(pg_bytes(endpoint, 0, ENDPOINT_STATE), "active")) return true;
    problem_answer(request, PROBLEM_WEBHOOK_DISABLED, "nothing is sent to it", "");
    return false;
}

/* ---- secrets ---- */

struct fresh_secret {
    char text[WEBHOOK_SECRET_TEXT_MAX];
    struct slice sealed, key_id; /* in the arena */
};

static void make_secret(struct intake *intake, struct slice webhook_id, int32_t generation, struct fresh_secret *ret_secret) {
    uint8_t bytes[WEBHOOK_SECRET_BYTES];
    crypto_random(bytes, sizeof bytes);
    webhook_secret_write(bytes, ret_secret->text);
    ret_secret->sealed = crypto_seal_secret(intake->crypto, intake->arena, slice_of(bytes, sizeof bytes), webhook_secret_id(intake->crypto, webhook_id, generation), &ret_secret->key_id);
    explicit_bzero(bytes, sizeof bytes);
}

/* The one answer that has it. */
static void answer_secret(struct http_request *request, int status, const struct pg_rows *endpoint, struct fresh_secret *secret) {
    json_t *document = endpoint_json(endpoint, 0);
    set(document, "secret", json_string(secret->text));
    http_set_header(request, "Cache-Control", "no-store");
    intake_answer_json(request, status, document);
    explicit_bzero(secret->text, sizeof secret->text);
}

/* ---- POST /v1/webhooks ---- */

static void make_id(char ret_id[WEBHOOK_ID_TEXT + 1]) {
    struct id id;
    crypto_random(id.bytes, sizeof id.bytes);
    ret_id[0] = 'w';
    id_format(id, ret_id + 1);
}

struct creation {
    struct pg_rows endpoint; /* empty: not made, since */
    bool is_known;           /* the address is there, or there are too many */
};

/* The row of the partner is locked, so that two requests count one after the other. */
static struct err create(struct intake *intake, const char *partner_id, const char *webhook_id, const struct webhook_body *body, const struct fresh_secret *secret, struct creation *ret_creation) {
    enum { LOCK, MAKE, LOOK, STEPS };
    struct pg_parameters *p = pg_parameters(intake->arena), *who = pg_parameters(intake->arena), *place = pg_parameters(intake->arena);
    pg_add_text(who, slice_text(partner_id));
    pg_add_text(place, slice_text(partner_id));
    pg_add_text(place, body->url);
    pg_add_text(p, slice_text(webhook_id));
    pg_add_text(p, slice_text(partner_id));
    pg_add_text(p, body->url);
    pg_add_text(p, body->description.size > 0 ? body->description : slice_text(""));
    pg_add_text_array(p, body->events, body->event_count);
    if (body->agreement.size > 0) pg_add_text(p, body->agreement);
    else pg_add_null(p);
    pg_add_bytea(p, secret->sealed);
    pg_add_text(p, secret->key_id);
    pg_add_int8(p, WEBHOOKS_PER_PARTNER);
    struct pg_step steps[STEPS] = {
        [LOCK] = {.sql = "SELECT partner_id FROM intake.partner WHERE partner_id = $1 FOR NO KEY UPDATE", .parameters = who},
        [MAKE] = {.sql = "INSERT INTO intake.webhook AS w (webhook_id, partner_id, url, description, events, agreement_id, secret, secret_key_id)"
                         " SELECT $1, $2, $3, $4, $5, $6::text, $7, $8 WHERE (SELECT count(*) FROM intake.webhook o WHERE o.partner_id = $2 AND o.state <> 'deleted') < $9"
                         " ON CONFLICT (partner_id, url) WHERE state <> 'deleted' DO NOTHING RETURNING " ENDPOINT_COLUMNS,
                  .parameters = p},
        [LOOK] = {.sql = "SELECT count(*) FROM intake.webhook o WHERE o.partner_id = $1 AND o.url = $2 AND o.state <> 'deleted'", .parameters = place},
    };
    TRY(pg_begin(intake->pg));
    struct err err = pg_run_all(intake->pg, intake->arena, steps, STEPS);
    if (!failed(&err)) err = pg_commit(intake->pg);
    if (failed(&err)) {
        pg_rollback(intake->pg);
        return err;
    }
    *ret_creation = (struct creation){.endpoint = steps[MAKE].rows, .is_known = pg_int8(&steps[LOOK].rows, 0, 0) > 0};
    return OK;
}

void webhook_create_end(void *self, struct http_request *request) {
    struct intake *intake = self;
    const struct intake_partner *partner;
    struct webhook_body body;
    struct body_problem problem;
    struct intake_agreement agreement;
    struct fresh_secret secret;
    struct creation creation;
    char id[WEBHOOK_ID_TEXT + 1], path[PATH_TEXT_MAX];
    if (!intake_authorised(intake, request, &partner) || !problem_unless_media(request, "application/json")) return;
    arena_reset(intake->arena);
    if (!webhook_body_read(http_body(request), intake->arena, intake->webhook_allow_private, &body, &problem)) {
        problem_answer(request, PROBLEM_BAD_WEBHOOK, problem.problem, problem.pointer);
        return;
    }
    if (body.agreement.size > 0 && !intake_agreement_find(intake, request, partner, body.agreement, &agreement)) return;
    make_id(id);
    make_secret(intake, slice_text(id), 1, &secret);
    const struct err err = create(intake, partner->id, id, &body, &secret, &creation);
    if (failed(&err)) {
        intake_answer_unavailable(intake, request, &err);
    } else if (creation.endpoint.count == 1) {
        CHECK(snprintf(path, sizeof path, "/v1/webhooks/%s", id) < (int)sizeof path);
        http_set_header(request, "Location", path);
        answer_secret(request, 201, &creation.endpoint, &secret);
    } else {
        problem_answer(request, creation.is_known ? PROBLEM_WEBHOOK_EXISTS : PROBLEM_TOO_MANY_WEBHOOKS, "nothing was made", "");
    }
    explicit_bzero(secret.text, sizeof secret.text);
}

/* ---- pages ---- */

/* rows: one more than the page has, if there are more. The mark of a page is the id of the last thing on it. */
static void answer_rows(struct http_request *request, const char *path, const char *name, const struct page *page, const struct pg_rows *rows, json_t *(*json_of)(const struct pg_rows *, size_t),
                        const char *id_member) {
    json_t *array = json_array();
    CHECK(array != NULL);
    const size_t count = rows->count <= (size_t)page->limit ? rows->count : (size_t)page->limit;
    for (size_t i = 0; i < count; i++) CHECK(json_array_append_new(array, json_of(rows, i)) == 0);
    page_answer(request, path, "", name, array, rows->count > count ? json_string_value(json_object_get(json_array_get(array, count - 1), id_member)) : NULL, page);
}

void webhook_list_get(void *self, struct http_request *request) {
    struct intake *intake = self;
    const struct intake_partner *partner;
    struct page page;
    if (!intake_authorised(intake, request, &partner) || !page_read(request, &page)) return;
    if (page.after.bytes != NULL && !is_webhook_id(page.after)) {
        problem_answer(request, PROBLEM_BAD_PARAMETER, "after is the id of a webhook", "");
        return;
    }
    arena_reset(intake->arena);
    struct pg_parameters *mark = pg_parameters(intake->arena), *p = pg_parameters(intake->arena);
    struct pg_rows marks, rows;
    pg_add_text(mark, slice_text(partner->id));
    pg_add_text(mark, page.after.bytes != NULL ? page.after : slice_text(""));
    /* One that was removed meanwhile still says where to go on. */
    struct err err = pg_run(intake->pg, intake->arena, "SELECT webhook_no FROM intake.webhook WHERE partner_id = $1 AND webhook_id = $2", mark, &marks);
    if (!failed(&err) && page.after.bytes != NULL && marks.count == 0) {
        problem_answer(request, PROBLEM_NOT_FOUND, "after is no webhook of yours", "");
        return;
    }
    pg_add_text(p, slice_text(partner->id));
    pg_add_int8(p, !failed(&err) && marks.count > 0 ? pg_int8(&marks, 0, 0) : 0);
    pg_add_int8(p, page.limit + 1);
    if (!failed(&err))
        err = pg_run(intake->pg, intake->arena, "SELECT " ENDPOINT_COLUMNS " FROM intake.webhook w WHERE w.partner_id = $1 AND w.webhook_no > $2 AND w.state <> 'deleted' ORDER BY w.webhook_no LIMIT $3",
                     p, &rows);
    if (failed(&err)) intake_answer_unavailable(intake, request, &err);
    else answer_rows(request, "/v1/webhooks", "webhooks", &page, &rows, endpoint_json, "webhook_id");
}

/* ---- one endpoint ---- */

void webhook_get(void *self, struct http_request *request) {
    struct pg_rows endpoint;
    if (find_endpoint(self, request, &endpoint)) intake_answer_json(request, 200, endpoint_json(&endpoint, 0));
}

/* What was not sent is not sent any more; the history goes when it is old. An address may hold a token, so it goes now. */
void webhook_delete_end(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct pg_rows endpoint;
    if (!find_endpoint(intake, request, &endpoint)) return;
    struct pg_parameters *p = pg_parameters(intake->arena);
    pg_add_int8(p, pg_int8(&endpoint, 0, ENDPOINT_NO));
    const struct err err = pg_run(intake->pg, intake->arena,
                                  "UPDATE intake.webhook SET state = 'deleted', url = 'deleted', description = '', secret = NULL, secret_key_id = NULL, previous_secret = NULL, previous_key_id = NULL,"
                                  " previous_until = NULL WHERE webhook_no = $1",
                                  p, NULL);
    if (failed(&err)) intake_answer_unavailable(intake, request, &err);
    else http_answer(request, 204, NULL, slice_text(""));
}

void webhook_rotate_end(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct pg_rows endpoint, rotated;
    struct body_problem problem;
    struct fresh_secret secret;
    int32_t grace_hours;
    if (!find_endpoint(intake, request, &endpoint) || !problem_unless_media(request, "application/json")) return;
    if (!webhook_rotate_body_read(http_body(request), &grace_hours, &problem)) {
        problem_answer(request, PROBLEM_BAD_WEBHOOK, problem.problem, problem.pointer);
        return;
    }
    const int32_t generation = pg_int4(&endpoint, 0, ENDPOINT_GENERATION);
    struct pg_parameters *p = pg_parameters(intake->arena);
    make_secret(intake, pg_bytes(&endpoint, 0, ENDPOINT_ID), generation + 1, &secret);
    pg_add_int8(p, pg_int8(&endpoint, 0, ENDPOINT_NO));
    pg_add_int4(p, generation);
    pg_add_bytea(p, secret.sealed);
    pg_add_text(p, secret.key_id);
    pg_add_int4(p, grace_hours * HOUR_S);
    struct err err = pg_run(intake->pg, intake->arena,
                            "UPDATE intake.webhook w SET generation = w.generation + 1, secret = $3, secret_key_id = $4, previous_secret = CASE WHEN $5 > 0 THEN w.secret END,"
                            " previous_key_id = CASE WHEN $5 > 0 THEN w.secret_key_id END, previous_until = CASE WHEN $5 > 0 THEN now() + $5 * interval '1 second' END"
                            " WHERE w.webhook_no = $1 AND w.generation = $2 AND w.state <> 'deleted' RETURNING " ENDPOINT_COLUMNS,
                            p, &rotated);
    if (!failed(&err) && rotated.count == 0) err = ERR(AGAIN, "a webhook was changed at the same moment");
    if (failed(&err)) intake_answer_unavailable(intake, request, &err);
    else answer_secret(request, 200, &rotated, &secret);
    explicit_bzero(secret.text, sizeof secret.text);
}

/* What waits goes out now, and has all its attempts before it again. */
void webhook_enable_end(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct pg_rows endpoint;
    if (!find_endpoint(intake, request, &endpoint)) return;
    enum { WAKE, ENABLE, STEPS };
    struct pg_parameters *p = pg_parameters(intake->arena);
    pg_add_int8(p, pg_int8(&endpoint, 0, ENDPOINT_NO));
    struct pg_step steps[STEPS] = {
        [WAKE] = {.sql = "UPDATE intake.webhook_delivery d SET next_attempt_at = now(), step = 0 FROM intake.webhook w WHERE w.webhook_no = $1 AND w.state = 'disabled'"
                         " AND d.webhook_no = w.webhook_no AND d.state = 'pending'",
                  .parameters = p},
        [ENABLE] = {.sql = "UPDATE intake.webhook w SET state = 'active', reason = '', failing_since = NULL, not_before = '-infinity' WHERE w.webhook_no = $1 AND w.state <> 'deleted' RETURNING " ENDPOINT_COLUMNS,
                    .parameters = p},
    };
    struct err err = pg_begin(intake->pg);
    if (!failed(&err)) err = pg_run_all(intake->pg, intake->arena, steps, STEPS);
    if (!failed(&err)) err = pg_commit(intake->pg);
    if (failed(&err)) {
        pg_rollback(intake->pg);
        intake_answer_unavailable(intake, request, &err);
        return;
    }
    if (steps[ENABLE].rows.count == 1) intake_answer_json(request, 200, endpoint_json(&steps[ENABLE].rows, 0));
    else problem_answer(request, PROBLEM_NOT_FOUND, "no webhook of yours has this id", "");
}

/* ---- deliveries ---- */

static json_t *delivery_json(const struct pg_rows *rows, size_t row) {
    char id[EVENT_ID_TEXT_MAX];
    struct id event_id;
    json_t *delivery = object();
    CHECK(pg_bytes(rows, row, DELIVERY_EVENT_ID).size == ID_BYTES); /* a constraint of the table */
    memcpy(event_id.bytes, pg_bytes(rows, row, DELIVERY_EVENT_ID).bytes, ID_BYTES);
    event_id_format(event_id, id);
    set(delivery, "delivery_id", json_string(id));
    set(delivery, "type", text_json(rows, row, DELIVERY_TYPE));
    set(delivery, "agreement", pg_bytes(rows, row, DELIVERY_AGREEMENT).size > 0 ? text_json(rows, row, DELIVERY_AGREEMENT) : json_null());
    set(delivery, "state", text_json(rows, row, DELIVERY_STATE));
    set(delivery, "attempts", json_integer(pg_int4(rows, row, DELIVERY_ATTEMPTS)));
    set(delivery, "created_at", time_json(rows, row, DELIVERY_CREATED));
    set(delivery, "next_attempt_at", time_json(rows, row, DELIVERY_NEXT));
    set(delivery, "last_status", pg_is_null(rows, row, DELIVERY_STATUS) ? json_null() : json_integer(pg_int4(rows, row, DELIVERY_STATUS)));
    set(delivery, "last_attempt_at", time_json(rows, row, DELIVERY_LAST));
    return delivery;
}

/* The delivery that the path names, with its body, beside its endpoint. False: the request was answered. */
static bool find_delivery(struct intake *intake, struct http_request *request, struct pg_rows *ret_endpoint, struct pg_rows *ret_delivery) {
    struct id event_id;
    if (!find_endpoint(intake, request, ret_endpoint)) return false;
    *ret_delivery = (struct pg_rows){0};
    if (event_id_parse(http_segment(request, 1), &event_id)) {
        struct pg_parameters *p = pg_parameters(intake->arena);
        pg_add_int8(p, pg_int8(ret_endpoint, 0, ENDPOINT_NO));
        pg_add_bytea(p, slice_of(event_id.bytes, ID_BYTES));
        const struct err err =
            pg_run(intake->pg, intake->arena, "SELECT " DELIVERY_COLUMNS ", d.body FROM intake.webhook_delivery d WHERE d.webhook_no = $1 AND d.event_id = $2", p, ret_delivery);
        if (failed(&err)) {
            intake_answer_unavailable(intake, request, &err);
            return false;
        }
    }
    if (ret_delivery->count == 1) return true;
    problem_answer(request, PROBLEM_NOT_FOUND, "the webhook has no delivery with this id", "");
    return false;
}

void webhook_deliveries_get(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct pg_rows endpoint, marks = {0}, rows;
    struct page page;
    struct id after;
    char path[PATH_TEXT_MAX];
    if (!find_endpoint(intake, request, &endpoint) || !page_read(request, &page)) return;
    if (page.after.bytes != NULL && !event_id_parse(page.after, &after)) {
        problem_answer(request, PROBLEM_BAD_PARAMETER, "after is the id of a delivery", "");
        return;
    }
    struct pg_parameters *mark = pg_parameters(intake->arena), *p = pg_parameters(intake->arena);
    struct err err = OK;
    pg_add_int8(mark, pg_int8(&endpoint, 0, ENDPOINT_NO));
    if (page.after.bytes != NULL) {
        pg_add_bytea(mark, slice_of(after.bytes, ID_BYTES));
        err = pg_run(intake->pg, intake->arena, "SELECT delivery_no FROM intake.webhook_delivery WHERE webhook_no = $1 AND event_id = $2", mark, &marks);
    }
    if (!failed(&err) && page.after.bytes != NULL && marks.count == 0) {
        problem_answer(request, PROBLEM_NOT_FOUND, "after is no delivery of this webhook", "");
        return;
    }
    pg_add_int8(p, pg_int8(&endpoint, 0, ENDPOINT_NO));
    pg_add_int8(p, marks.count > 0 ? pg_int8(&marks, 0, 0) : INT64_MAX);
    pg_add_int8(p, page.limit + 1);
    if (!failed(&err))
        err = pg_run(intake->pg, intake->arena,
                     "SELECT " DELIVERY_COLUMNS " FROM intake.webhook_delivery d WHERE d.webhook_no = $1 AND d.delivery_no < $2 ORDER BY d.delivery_no DESC LIMIT $3", p, &rows);
    if (failed(&err)) {
        intake_answer_unavailable(intake, request, &err);
        return;
    }
    CHECK(snprintf(path, sizeof path, "/v1/webhooks/%.*s/deliveries", SLICE_ARGS(pg_bytes(&endpoint, 0, ENDPOINT_ID))) < (int)sizeof path);
    answer_rows(request, path, "deliveries", &page, &rows, delivery_json, "delivery_id");
}

static json_t *attempt_json(const struct pg_rows *rows, size_t row) {
    json_t *attempt = object();
    const int32_t status = pg_int4(rows, row, 2);
    set(attempt, "attempt", json_integer(pg_int4(rows, row, 0)));
    set(attempt, "at", time_json(rows, row, 1));
    set(attempt, "status", status != 0 ? json_integer(status) : json_null());
    set(attempt, "error", text_json(rows, row, 3));
    set(attempt, "duration_ms", json_integer(pg_int4(rows, row, 4)));
    return attempt;
}

void webhook_delivery_get(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct pg_rows endpoint, delivery, attempts;
    if (!find_delivery(intake, request, &endpoint, &delivery)) return;
    struct pg_parameters *p = pg_parameters(intake->arena);
    pg_add_int8(p, pg_int8(&delivery, 0, DELIVERY_NO));
    pg_add_int8(p, PAGE_MAX);
    const struct err err = pg_run(intake->pg, intake->arena,
                                  "SELECT attempt, attempted_at, status, error, duration_ms FROM intake.webhook_attempt WHERE delivery_no = $1 ORDER BY attempt DESC LIMIT $2", p, &attempts);
    if (failed(&err)) {
        intake_answer_unavailable(intake, request, &err);
        return;
    }
    json_t *document = delivery_json(&delivery, 0), *history = json_array();
    const struct slice body = pg_bytes(&delivery, 0, DELIVERY_BODY);
    CHECK(history != NULL);
    for (size_t i = 0; i < attempts.count; i++) CHECK(json_array_append_new(history, attempt_json(&attempts, i)) == 0);
    set(document, "history", history);
    set(document, "payload", json_loadb((const char *)body.bytes, body.size, 0, NULL)); /* ours */
    intake_answer_json(request, 200, document);
}

/* A delivery that was made or woken: it is on its way. */
static void answer_on_its_way(struct intake *intake, struct http_request *request, const struct err *err, const struct pg_rows *delivery) {
    if (failed(err)) intake_answer_unavailable(intake, request, err);
    else if (delivery->count != 1) problem_answer(request, PROBLEM_NOT_FOUND, "the webhook has no delivery with this id", "");
    else intake_answer_json(request, 202, delivery_json(delivery, 0));
}

void webhook_resend_end(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct pg_rows endpoint, delivery, woken = {0};
    if (!find_delivery(intake, request, &endpoint, &delivery) || !is_active(request, &endpoint)) return;
    struct pg_parameters *p = pg_parameters(intake->arena);
    pg_add_int8(p, pg_int8(&delivery, 0, DELIVERY_NO));
    const struct err err = pg_run(intake->pg, intake->arena,
                                  "UPDATE intake.webhook_delivery d SET state = 'pending', next_attempt_at = now(), step = 0 WHERE d.delivery_no = $1 RETURNING " DELIVERY_COLUMNS, p, &woken);
    answer_on_its_way(intake, request, &err, &woken);
}
