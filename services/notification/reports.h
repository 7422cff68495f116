/* The door for what providers report: GET /v1/reports/kannel and POST /v1/reports/whatsapp on 127.0.0.1 (behind a proxy where the provider is on another machine). A report is answered only after it stands in PostgreSQL, so
 * that a provider that asks again after a failure loses none.
 *
 *   reports_run(reports)                 each turn: takes what came
 *   reports_waiting(reports, list)       those that nobody has answered yet
 *   reports_answer(reports, n, true)     answers the first n of them: 200, or 503 when they could not be written */
#ifndef PAYUNG_NOTIFICATION_REPORTS_H
#define PAYUNG_NOTIFICATION_REPORTS_H

#include "common/edge/crypto.h"
#include "services/notification/outbox.h"

struct reports;

/* More may wait than there are connections: whoever brings one at a time is slowed down and not refused, because Kannel does not bring it again unless it is told to. */
enum { REPORTS_WAITING_MAX = 1024, REPORT_KEY_TEXT_MAX = 2 * ID_BYTES + 1 };

struct reports_options {
    int port;
    const struct crypto *crypto;                        /* this and the texts must outlive it */
    const char *whatsapp_secret, *whatsapp_verify;      /* "": nothing is taken from WhatsApp */
};
MUST_USE struct err reports_open(const struct reports_options *options, struct reports **ret_reports);
void reports_close(struct reports *reports); /* NULL is allowed; what waits is answered with 503 */
int reports_port(const struct reports *reports);
void reports_run(struct reports *reports);
size_t reports_waiting(const struct reports *reports, struct outbox_report ret_list[REPORTS_WAITING_MAX]);
void reports_answer(struct reports *reports, size_t count, bool written);
/* What proves a report about this event. */
void report_key(const struct crypto *crypto, struct id event_id, char ret_text[REPORT_KEY_TEXT_MAX]);

#endif
