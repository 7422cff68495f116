/* WhatsApp through the Cloud API: a template message, since nobody has written to us first. The template of Meta's that carries a letter is named WHATSAPP_TEMPLATES and the letter's own in small letters
 * ("payung_accepted") and has one field, the sentence. What comes back (reports.c) names the event and the attempt, which go along as the message's own data. The API knows no key against doubles: a
 * hand-over whose answer was lost is one in doubt. */
#include "services/notification/channels/call.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/base/check.h"
#include "common/domain/phone.h"
#include "common/tables/knobs.h"

enum { SETTING_MAX = 600, HEADERS = 2, TEMPLATE_MAX = 128 };

const char *whatsapp_check(void) {
    static const char *const names[] = {"WHATSAPP_URL", "WHATSAPP_TOKEN", "WHATSAPP_SECRET", "WHATSAPP_VERIFY"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!call_setting_is_sound(knob_text(names[i]), SETTING_MAX)) return "WHATSAPP_URL, WHATSAPP_TOKEN, WHATSAPP_SECRET and WHATSAPP_VERIFY are needed";
    if (strlen(knob_text("WHATSAPP_TEMPLATES")) > TEMPLATE_MAX / 2) return "WHATSAPP_TEMPLATES is too long";
    return call_url_is_http(knob_text("WHATSAPP_URL")) ? NULL : "WHATSAPP_URL begins neither with http:// nor with https://";
}

static const char *template_of(const struct letter *letter, struct arena *arena) {
    char name[TEMPLATE_MAX];
    const int size = snprintf(name, sizeof name, "%s%s", knob_text("WHATSAPP_TEMPLATES"), letter->template);
    CHECK(size > 0 && size < TEMPLATE_MAX);
    for (char *at = name; *at != '\0'; at++) *at = (char)tolower((unsigned char)*at);
    return arena_text(arena, slice_text(name));
}

const char *whatsapp_call(const struct call_letter *letter, struct arena *arena, struct http_post_call *ret_call) {
    char number[PHONE_TEXT_MAX], id[2 * ID_BYTES + 1];
    if (!phone_normalise(letter->phone, number)) return "no mobile number";
    const char **headers = arena_zero(arena, HEADERS, sizeof *headers);
    id_format(letter->event_id, id);
    headers[0] = "Content-Type: application/json";
    headers[1] = call_text(arena, "Authorization: Bearer %s", knob_text("WHATSAPP_TOKEN"));
    json_t *body = json_pack("{s:s,s:s,s:s,s:s,s:o,s:{s:s,s:{s:s},s:[{s:s,s:[{s:s,s:s%}]}]}}", "messaging_product", "whatsapp", "recipient_type", "individual", "to", number + 1, "type", "template",
                             "biz_opaque_callback_data", json_sprintf("%s.%d", id, letter->attempt), "template", "name", template_of(letter->letter, arena), "language", "code", knob_text("WHATSAPP_LANGUAGE"),
                             "components", "type", "body", "parameters", "type", "text", "text", (const char *)letter->letter->text.bytes, letter->letter->text.size);
    *ret_call = (struct http_post_call){.url = knob_text("WHATSAPP_URL"), .headers = headers, .header_count = HEADERS, .body = call_json(arena, body), .wanted = "\"messages\""}; /* the list with the id that it gave */
    return NULL;
}
