/* Mail: a letter as an RFC 5322 message, the form in which channels carry it. Pure and deterministic: the same decision gives the same
 * bytes, so writing it a second time after a crash changes nothing. Lines end with LF, as in a maildir.
 *
 * Headers may be logged by whoever carries the message, so they hold no name, NIK or phone number: the address is made of the event id, or is the mailbox of an office. */
#ifndef PAYUNG_NOTIFICATION_MAIL_H
#define PAYUNG_NOTIFICATION_MAIL_H

#include "services/notification/letter.h"

enum { MAIL_DATE_MAX = 48, MAIL_SUBJECT_MAX = 512 };

void mail_date(int64_t ms, char ret_text[MAIL_DATE_MAX]);                    /* of RFC 5322, in UTC */
void mail_subject(struct slice title, char ret_text[MAIL_SUBJECT_MAX]);      /* a title of letters: its bound is theirs */
struct slice mail_compose(const struct letter *letter, struct id event_id, int64_t decided_at_ms, struct arena *arena);

#endif
