/* What the channels that speak to a server share. */
#include "services/notification/channels/call.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"

enum { CALL_TEXT_MAX = 2048 };

const char *call_text(struct arena *arena, const char *format, ...) {
    char text[CALL_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    CHECK(size >= 0 && size < CALL_TEXT_MAX); /* settings are checked at the start, the rest is bounded */
    return arena_text(arena, slice_of(text, (size_t)size));
}

const struct call_channel *call_channel(enum channel_id channel) {
    static const struct call_channel channels[CHANNELS] = {
        [CHANNEL_EMAIL] = {email_check, email_call, "MAIL_PER_SECOND"},
        [CHANNEL_SMS] = {sms_check, sms_call, "SMS_PER_SECOND"},
        [CHANNEL_WHATSAPP] = {whatsapp_check, whatsapp_call, "WHATSAPP_PER_SECOND"},
        [CHANNEL_RAPIDPRO] = {rapidpro_check, rapidpro_call, "RAPIDPRO_PER_SECOND"},
        [CHANNEL_WEBHOOK] = {phone_webhook_check, phone_webhook_call, "PHONE_WEBHOOK_PER_SECOND"},
    };
    CHECK(channel < CHANNELS);
    return channels[channel].make != NULL ? &channels[channel] : NULL;
}

bool call_setting_is_sound(const char *text, size_t bytes_max) { return text[0] != '\0' && strlen(text) <= bytes_max && strpbrk(text, "\r\n") == NULL; }

bool call_url_is_http(const char *text) { return strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0; }

struct slice call_json(struct arena *arena, struct json_t *document) {
    CHECK(document != NULL);
    char *text = json_dumps(document, JSON_COMPACT);
    CHECK(text != NULL);
    const struct slice body = arena_copy(arena, slice_text(text));
    explicit_bzero(text, body.size); /* a number, a name */
    free(text);
    json_decref(document);
    return body;
}
