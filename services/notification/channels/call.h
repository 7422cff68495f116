/* What is said to a server for one letter: a channel of kind MAIL or HTTP makes a call (common/edge/http_post.h) of it, and the sender has it posted. One file each (channels/<channel>.c) and one
 * row in channels.def. No address of a server, header line or URL may hold a NIK or a name; a phone number stands only where the provider reads it. */
#ifndef PAYUNG_NOTIFICATION_CALL_H
#define PAYUNG_NOTIFICATION_CALL_H

#include "common/base/arena.h"
#include "common/edge/crypto.h"
#include "common/edge/http_post.h"
#include "services/notification/letter.h"
#include "services/notification/sending.h"

struct call_letter {
    const struct letter *letter;
    struct id event_id;
    int32_t attempt;     /* the number of this one, which a report brings back */
    struct slice phone;  /* as sealed */
    int32_t region;      /* PPKK; 0: not known */
    int64_t at_ms;       /* of the event */
    const char *report_url; /* where reports go: what is behind it is added here */
    const char *report_key; /* proves that a report is about a letter of ours */
};

/* A channel of kind MAIL or HTTP. check: what is wrong with its settings, in static words; NULL: nothing. make: what is wrong with the person for this channel, in static words; NULL: *ret_call is made, in the
 * arena. */
struct call_channel {
    const char *(*check)(void);
    const char *(*make)(const struct call_letter *letter, struct arena *arena, struct http_post_call *ret_call);
    const char *pace_knob; /* most letters a second */
};
const struct call_channel *call_channel(enum channel_id channel); /* NULL: it is one of files */

const char *email_call(const struct call_letter *letter, struct arena *arena, struct http_post_call *ret_call);         /* channels/email.c */
const char *sms_call(const struct call_letter *letter, struct arena *arena, struct http_post_call *ret_call);           /* channels/sms.c */
const char *whatsapp_call(const struct call_letter *letter, struct arena *arena, struct http_post_call *ret_call);      /* channels/whatsapp.c */
const char *rapidpro_call(const struct call_letter *letter, struct arena *arena, struct http_post_call *ret_call);      /* channels/rapidpro.c */
const char *phone_webhook_call(const struct call_letter *letter, struct arena *arena, struct http_post_call *ret_call); /* channels/phone_webhook.c */
const char *email_check(void);
const char *email_office_check(void); /* for letters to offices, which say themselves where they go */
const char *sms_check(void);
const char *whatsapp_check(void);
const char *rapidpro_check(void);
const char *phone_webhook_check(void);

/* A setting that goes into a header line or an address: there, of at most so many bytes, of one line. */
bool call_setting_is_sound(const char *text, size_t bytes_max);
bool call_url_is_http(const char *text); /* begins with http:// or https://; what follows is the operator's */
struct json_t;
/* The document as a body, in the arena; the document is taken. */
struct slice call_json(struct arena *arena, struct json_t *document);

/* A text in the arena. */
const char *call_text(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
