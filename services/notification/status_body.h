/* What the WhatsApp Cloud API reports: a POST with the states of messages that we sent, signed with the app's secret. Strict in what a report is, patient with everything else that such a body holds.
 *
 *   if (!status_body_is_genuine(secret, body, header)) ...                     X-Hub-Signature-256: sha256=DIGITS over the bytes as they came
 *   if (!status_body_read(body, reports, STATUS_REPORTS_MAX, &count)) ...      no JSON of this shape
 *
 * Source: Meta, "WhatsApp Business Platform", webhooks, statuses; the message's own data is "EVENT.ATTEMPT". delivered and read are REPORT_DELIVERED, failed is REPORT_UNDELIVERED; sent tells nothing new. */
#ifndef PAYUNG_NOTIFICATION_STATUS_BODY_H
#define PAYUNG_NOTIFICATION_STATUS_BODY_H

#include "services/notification/outbox.h"

enum { STATUS_BODY_MAX = 256 * 1024, STATUS_REPORTS_MAX = 128 };

bool status_body_is_genuine(struct slice secret, struct slice body, struct slice header);
/* Reports beyond reports_max are refused with the whole body (false): Meta sends it again, in smaller parts or not at all; nothing of it was taken. */
bool status_body_read(struct slice body, struct outbox_report *ret_reports, size_t reports_max, size_t *ret_count);

#endif
