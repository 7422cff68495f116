/* RapidPro (or TextIt): one broadcast to one telephone. It answers that it has taken the message; whether it arrived it tells its own operators. It knows no key against doubles: a hand-over whose answer was
 * lost is one in doubt. */
#include "services/notification/channels/call.h"

#include <jansson.h>
#include <string.h>

#include "common/domain/phone.h"
#include "common/tables/knobs.h"

enum { SETTING_MAX = 600, HEADERS = 2, LANGUAGE_BYTES = 3 };

const char *rapidpro_check(void) {
    if (!call_setting_is_sound(knob_text("RAPIDPRO_URL"), SETTING_MAX) || !call_setting_is_sound(knob_text("RAPIDPRO_TOKEN"), SETTING_MAX)) return "RAPIDPRO_URL and RAPIDPRO_TOKEN are needed";
    if (strlen(knob_text("RAPIDPRO_LANGUAGE")) != LANGUAGE_BYTES) return "RAPIDPRO_LANGUAGE has three letters";
    return call_url_is_http(knob_text("RAPIDPRO_URL")) ? NULL : "RAPIDPRO_URL begins neither with http:// nor with https://";
}

const char *rapidpro_call(const struct call_letter *letter, struct arena *arena, struct http_post_call *ret_call) {
    char number[PHONE_TEXT_MAX];
    if (!phone_normalise(letter->phone, number)) return "no mobile number";
    const char **headers = arena_zero(arena, HEADERS, sizeof *headers);
    headers[0] = "Content-Type: application/json";
    headers[1] = call_text(arena, "Authorization: Token %s", knob_text("RAPIDPRO_TOKEN"));
    json_t *body = json_pack("{s:[o],s:{s:s%},s:s}", "urns", json_sprintf("tel:%s", number), "text", knob_text("RAPIDPRO_LANGUAGE"), (const char *)letter->letter->text.bytes, letter->letter->text.size,
                             "base_language", knob_text("RAPIDPRO_LANGUAGE"));
    *ret_call = (struct http_post_call){.url = knob_text("RAPIDPRO_URL"), .headers = headers, .header_count = HEADERS, .body = call_json(arena, body)};
    return NULL;
}
