/* A gateway of the operator's own that rings telephones: one POST a letter, signed by Standard Webhooks, so that any of its libraries verifies it. The event id is the message's id, by which the gateway knows
 * a letter that comes again: nothing is in doubt. The number stands in the signed body, never in the URL. */
#include "services/notification/channels/call.h"

#include <jansson.h>
#include <string.h>

#include "common/domain/phone.h"
#include "common/edge/clock.h"
#include "common/tables/knobs.h"
#include "services/webhook/signature.h"

enum { SETTING_MAX = 600, HEADERS = 4 };

static bool read_secret(struct webhook_secrets *ret_secrets) {
    const char *text = knob_text("PHONE_WEBHOOK_SECRET");
    const size_t prefix = sizeof WEBHOOK_SECRET_PREFIX - 1;
    size_t size;
    ret_secrets->count = 1;
    return strncmp(text, WEBHOOK_SECRET_PREFIX, prefix) == 0 && base64_read(slice_text(text + prefix), ret_secrets->bytes[0], WEBHOOK_SECRET_BYTES, &size) && size == WEBHOOK_SECRET_BYTES;
}

const char *phone_webhook_check(void) {
    struct webhook_secrets secrets;
    const bool has_secret = read_secret(&secrets);
    explicit_bzero(&secrets, sizeof secrets);
    if (!has_secret) return "PHONE_WEBHOOK_SECRET is whsec_ and 32 bytes in base64";
    if (!call_setting_is_sound(knob_text("PHONE_WEBHOOK_URL"), SETTING_MAX)) return "PHONE_WEBHOOK_URL is needed";
    return call_url_is_http(knob_text("PHONE_WEBHOOK_URL")) ? NULL : "PHONE_WEBHOOK_URL begins neither with http:// nor with https://";
}

const char *phone_webhook_call(const struct call_letter *letter, struct arena *arena, struct http_post_call *ret_call) {
    char number[PHONE_TEXT_MAX], id[2 * ID_BYTES + 1], at[CLOCK_TEXT_MAX], signature[WEBHOOK_SIGNATURE_TEXT_MAX];
    struct webhook_secrets secrets;
    if (!phone_normalise(letter->phone, number)) return "no mobile number";
    if (!read_secret(&secrets)) return "the secret was changed"; /* checked at the start */
    const char **headers = arena_zero(arena, HEADERS, sizeof *headers);
    const int64_t now_s = clock_unix_ms() / 1000;
    id_format(letter->event_id, id);
    clock_format_ms(letter->at_ms, at);
    json_t *body = json_pack("{s:s,s:s,s:{s:s,s:s,s:s%}}", "type", "message.due", "timestamp", at, "data", "phone", number, "template", letter->letter->template, "text",
                             (const char *)letter->letter->text.bytes, letter->letter->text.size);
    const struct slice bytes = call_json(arena, body);
    webhook_sign(&secrets, slice_text(id), now_s, bytes, signature);
    explicit_bzero(&secrets, sizeof secrets);
    headers[0] = "Content-Type: application/json";
    headers[1] = call_text(arena, "webhook-id: %s", id);
    headers[2] = call_text(arena, "webhook-timestamp: %lld", (long long)now_s);
    headers[3] = call_text(arena, "webhook-signature: %s", signature);
    *ret_call = (struct http_post_call){.url = knob_text("PHONE_WEBHOOK_URL"), .headers = headers, .header_count = HEADERS, .body = bytes};
    return NULL;
}
