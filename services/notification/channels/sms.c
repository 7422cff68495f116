/* SMS through Kannel: a POST to its sendsms with the number in a header line, never in the URL, and the words as the body. Kannel keeps what it has taken (its store), but does not know the event
 * id: a hand-over whose answer was lost is one in doubt. Reports of delivery come back to the URL that is given here, which names the event and the attempt. */
#include "services/notification/channels/call.h"

#include <string.h>

#include "common/domain/phone.h"
#include "common/tables/knobs.h"

enum { SETTING_MAX = 300, HEADERS = 8, TAKEN_STATUS = 202, REPORTS_WANTED = 1 + 2 + 16 }; /* delivered, undeliverable, refused by the operator; that he took it (8) would say nothing of its delivery, and cost as much */

const char *sms_check(void) {
    static const char *const names[] = {"KANNEL_URL", "KANNEL_USER", "KANNEL_PASSWORD", "KANNEL_FROM"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!call_setting_is_sound(knob_text(names[i]), SETTING_MAX)) return "KANNEL_URL, KANNEL_USER, KANNEL_PASSWORD and KANNEL_FROM are needed";
    return call_url_is_http(knob_text("KANNEL_URL")) ? NULL : "KANNEL_URL begins neither with http:// nor with https://";
}

const char *sms_call(const struct call_letter *letter, struct arena *arena, struct http_post_call *ret_call) {
    char number[PHONE_TEXT_MAX], id[2 * ID_BYTES + 1];
    if (!phone_normalise(letter->phone, number)) return "no mobile number";
    const char **headers = arena_zero(arena, HEADERS, sizeof *headers);
    size_t count = 0;
    id_format(letter->event_id, id);
    headers[count++] = "Content-Type: text/plain; charset=UTF-8";
    headers[count++] = call_text(arena, "X-Kannel-Username: %s", knob_text("KANNEL_USER"));
    headers[count++] = call_text(arena, "X-Kannel-Password: %s", knob_text("KANNEL_PASSWORD"));
    headers[count++] = call_text(arena, "X-Kannel-From: %s", knob_text("KANNEL_FROM"));
    headers[count++] = call_text(arena, "X-Kannel-To: %s", number);
    headers[count++] = "X-Kannel-Coding: 0"; /* GSM-7: letter.c writes nothing else */
    headers[count++] = call_text(arena, "X-Kannel-DLR-Mask: %d", REPORTS_WANTED);
    headers[count++] = call_text(arena, "X-Kannel-DLR-Url: %s/v1/reports/kannel?event=%s&attempt=%d&key=%s&status=%%d", letter->report_url, id, letter->attempt, letter->report_key);
    *ret_call = (struct http_post_call){.url = knob_text("KANNEL_URL"), .headers = headers, .header_count = count, .body = letter->letter->text, .wanted_status = TAKEN_STATUS};
    return NULL;
}
