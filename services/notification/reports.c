/* The HTTP side of reports. It must never believe one without its key, and never log one. */
#include "services/notification/reports.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/edge/crypto_auth.h"
#include "common/edge/http.h"
#include "services/notification/report_query.h"
#include "services/notification/status_body.h"

/* CONNECTIONS_KEPT: of those that brought reports at the same time. A provider that had many after a pause of ours would hold them for good, and Kannel looks at all of them for each message. */
enum { CONNECTIONS_MAX = 512, CONNECTIONS_KEPT = 16, IDLE_SECONDS = 30, HEAD_BYTES_MAX = 8192 };
/* With so many waiting a body of WhatsApp's is refused, which brings it again: the rest is for those who bring one report a connection. */
enum { LISTS_WAITING_MAX = REPORTS_WAITING_MAX - CONNECTIONS_MAX };

struct reports {
    struct http_server *server;
    const struct crypto *crypto;
    const char *whatsapp_secret, *whatsapp_verify;
    struct { struct http_request *request; struct outbox_report report; } waiting[REPORTS_WAITING_MAX];
    size_t count;
};

void report_key(const struct crypto *crypto, struct id event_id, char ret_text[REPORT_KEY_TEXT_MAX]) {
    const struct slice part = slice_of(event_id.bytes, ID_BYTES);
    id_format(crypto_keyed_id(crypto, "report of a delivery", &part, 1), ret_text);
}

static void answer(struct http_request *request, int status) { http_answer(request, status, "text/plain", slice_text(status == 200 ? "OK\n" : "")); }

static void refused(void *self, struct http_request *request, int status) {
    (void)self;
    answer(request, status);
}

static bool is_genuine(const struct reports *reports, const struct report_query *query) {
    const struct slice part = slice_of(query->event_id.bytes, ID_BYTES);
    const struct id key = crypto_keyed_id(reports->crypto, "report of a delivery", &part, 1);
    return crypto_same(key.bytes, query->key.bytes, ID_BYTES);
}

static void take(void *self, struct http_request *request) {
    struct reports *reports = self;
    struct report_query query;
    if (!report_query_read(http_query(request, "event"), http_query(request, "attempt"), http_query(request, "key"), http_query(request, "status"), &query)) return answer(request, 400);
    if (!is_genuine(reports, &query)) return answer(request, 403);
    const enum report report = report_of_kannel(query.status);
    if (report == REPORT_NOTHING_NEW) return answer(request, 200);
    if (reports->count == REPORTS_WAITING_MAX) return answer(request, 503);
    reports->waiting[reports->count].report = (struct outbox_report){.event_id = query.event_id, .attempt = query.attempt, .report = report};
    reports->waiting[reports->count++].request = request;
    http_wait(request);
}

/* ---- WhatsApp: reports come several in a body, which is answered when all of them are written ---- */

static void take_statuses(void *self, struct http_request *request) {
    struct reports *reports = self;
    struct outbox_report list[STATUS_REPORTS_MAX];
    size_t count;
    const struct slice secret = slice_text(reports->whatsapp_secret);
    if (secret.size == 0 || !status_body_is_genuine(secret, http_body(request), http_header(request, "X-Hub-Signature-256"))) return answer(request, 403);
    if (!status_body_read(http_body(request), list, STATUS_REPORTS_MAX, &count)) return answer(request, 400);
    if (count == 0) return answer(request, 200);
    if (reports->count + count > LISTS_WAITING_MAX) return answer(request, 503);
    for (size_t i = 0; i < count; i++) {
        reports->waiting[reports->count].report = list[i];
        reports->waiting[reports->count++].request = i + 1 == count ? request : NULL;
    }
    http_wait(request);
}

/* Meta asks whether the address is ours, with the word that was agreed. */
static void shake_hands(void *self, struct http_request *request) {
    const struct reports *reports = self;
    const struct slice mode = http_query(request, "hub.mode"), word = http_query(request, "hub.verify_token"), challenge = http_query(request, "hub.challenge");
    const struct slice wanted = slice_text(reports->whatsapp_verify);
    const bool is_known = mode.bytes != NULL && slice_is(mode, "subscribe") && word.bytes != NULL && wanted.size > 0 && word.size == wanted.size && crypto_same(word.bytes, wanted.bytes, wanted.size);
    if (!is_known || challenge.bytes == NULL) return answer(request, 403);
    http_answer(request, 200, "text/plain", challenge);
}

/* Whoever asked has hung up: what he said counts all the same, but there is nobody to answer. */
static void gone(void *self, struct http_request *request) {
    struct reports *reports = self;
    for (size_t i = 0; i < reports->count; i++)
        if (reports->waiting[i].request == request) reports->waiting[i].request = NULL;
}

static const struct http_route routes[] = {
    {.method = "GET", .path = "/v1/reports/kannel", .end = take, .gone = gone},
    {.method = "GET", .path = "/v1/reports/whatsapp", .end = shake_hands},
    {.method = "POST", .path = "/v1/reports/whatsapp", .body_max = STATUS_BODY_MAX, .end = take_statuses, .gone = gone},
};

struct err reports_open(const struct reports_options *wanted, struct reports **ret_reports) {
    const struct http_options options = {.port = wanted->port, .connections_max = CONNECTIONS_MAX, .idle_seconds = IDLE_SECONDS, .head_bytes_max = HEAD_BYTES_MAX, .refused = refused};
    struct reports *reports = calloc(1, sizeof *reports);
    CHECK(reports != NULL);
    reports->crypto = wanted->crypto;
    reports->whatsapp_secret = wanted->whatsapp_secret;
    reports->whatsapp_verify = wanted->whatsapp_verify;
    struct err err = http_open(&options, routes, sizeof routes / sizeof *routes, reports, &reports->server);
    if (failed(&err)) {
        free(reports);
        return err;
    }
    *ret_reports = reports;
    return OK;
}

void reports_answer(struct reports *reports, size_t count, bool written) {
    CHECK(count <= reports->count);
    for (size_t i = 0, answered = 0; i < count; i++) {
        if (reports->waiting[i].request == NULL) continue;
        if (answered++ >= CONNECTIONS_KEPT) http_set_header(reports->waiting[i].request, "Connection", "close");
        answer(reports->waiting[i].request, written ? 200 : 503);
    }
    reports->count -= count;
    memmove(reports->waiting, reports->waiting + count, reports->count * sizeof *reports->waiting);
}

void reports_close(struct reports *reports) {
    if (reports == NULL) return;
    reports_answer(reports, reports->count, false);
    http_close(reports->server);
    free(reports);
}

int reports_port(const struct reports *reports) { return http_port(reports->server); }

void reports_run(struct reports *reports) { http_run(reports->server); }

size_t reports_waiting(const struct reports *reports, struct outbox_report ret_list[REPORTS_WAITING_MAX]) {
    for (size_t i = 0; i < reports->count; i++) ret_list[i] = reports->waiting[i].report;
    return reports->count;
}
