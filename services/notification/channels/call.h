/* What is said to a server for one letter: a channel of kind MAIL or HTTP makes a call (common/edge/http_post.h) of it, and the sender has it posted. One file each (channels/<channel>.c) and one
 * row in channels.def. No address of a server, header line or URL may hold a NIK or a name; a phone number stands only where the provider reads it. */
#ifndef PAYUNG_NOTIFICATION_CALL_H
#define PAYUNG_NOTIFICATION_CALL_H

#include "common/base/arena.h"
#include "common/edge/crypto.h"
#include "common/edge/http_post.h"
#include "services/notification/letter.h"

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

/* What is wrong with the person for this channel, in static words; NULL: *ret_call is made, in the arena. */
const char *email_call(const struct call_letter *letter, struct arena *arena, struct http_post_call *ret_call); /* channels/email.c */
const char *sms_call(const struct call_letter *letter, struct arena *arena, struct http_post_call *ret_call);   /* channels/sms.c */

/* What is wrong with the settings of the channel, in static words; NULL: nothing. */
const char *email_check(void);
const char *sms_check(void);

/* A text in the arena. */
const char *call_text(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
