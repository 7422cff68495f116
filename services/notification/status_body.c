/* Reads reports of WhatsApp. It must never take one from a body whose signature it did not see. */
#include "services/notification/status_body.h"

#include <jansson.h>
#include <string.h>

#include "common/domain/text.h"
#include "common/edge/crypto_auth.h"
#include "services/notification/report_query.h"

bool status_body_is_genuine(struct slice secret, struct slice body, struct slice header) {
    static const char prefix[] = "sha256=";
    const size_t size = sizeof prefix - 1;
    uint8_t mac[HMAC_SHA256_BYTES];
    char text[2 * HMAC_SHA256_BYTES + 1];
    if (header.bytes == NULL || header.size != size + 2 * HMAC_SHA256_BYTES || memcmp(header.bytes, prefix, size) != 0) return false;
    crypto_hmac_sha256(secret, &body, 1, mac);
    text_hex(slice_of(mac, sizeof mac), text);
    return crypto_same(text, header.bytes + size, 2 * HMAC_SHA256_BYTES);
}

static enum report report_of(const char *status) {
    if (strcmp(status, "delivered") == 0 || strcmp(status, "read") == 0) return REPORT_DELIVERED;
    return strcmp(status, "failed") == 0 ? REPORT_UNDELIVERED : REPORT_NOTHING_NEW;
}

/* False: it is no report about a message of ours; others may be sent by the same number. */
static bool read_one(const json_t *item, struct outbox_report *ret_report) {
    const char *status = json_string_value(json_object_get(item, "status")), *data = json_string_value(json_object_get(item, "biz_opaque_callback_data"));
    struct slice rest, event;
    uint64_t attempt;
    if (status == NULL || data == NULL) return false;
    rest = slice_text(data);
    if (rest.size == 0 || !text_split(&rest, '.', &event) || rest.bytes == NULL) return false;
    if (!id_parse(event, &ret_report->event_id) || !text_number(rest, REPORT_ATTEMPT_MAX, &attempt) || attempt == 0) return false;
    ret_report->attempt = (int32_t)attempt;
    ret_report->report = report_of(status);
    return ret_report->report != REPORT_NOTHING_NEW;
}

static bool read_change(const json_t *change, struct outbox_report *reports, size_t reports_max, size_t *count) {
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(json_object_get(change, "value"), "statuses"), i, item) {
        struct outbox_report report;
        if (!read_one(item, &report)) continue;
        if (*count == reports_max) return false;
        reports[(*count)++] = report;
    }
    return true;
}

bool status_body_read(struct slice body, struct outbox_report *ret_reports, size_t reports_max, size_t *ret_count) {
    json_t *document = body.bytes != NULL ? json_loadb((const char *)body.bytes, body.size, JSON_REJECT_DUPLICATES, NULL) : NULL, *entry, *change;
    size_t i, k;
    bool fits = json_is_object(document);
    *ret_count = 0;
    json_array_foreach(json_object_get(document, "entry"), i, entry)
        json_array_foreach(json_object_get(entry, "changes"), k, change) fits = fits && read_change(change, ret_reports, reports_max, ret_count);
    json_decref(document);
    return fits;
}
