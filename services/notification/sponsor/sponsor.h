/* Who is owed a report or a notice, and that it is made once: for each agreement with a contact_email
 *
 *   a report       a day from digest_hour on (western Indonesia), about everything that was decided since the last one; none on a day on which there was nothing
 *   the end        end_days before the last day of the period, and once for that day: an amendment that moves it is told anew
 *   the renewal    renewal_days before, unless another agreement renews it already
 *
 * A row of notice.sponsor_notice, its message and its place in the outbox are written in one transaction; whoever makes the same one at the same moment changes nothing. Sent by payung-sender. */
#ifndef PAYUNG_NOTIFICATION_SPONSOR_H
#define PAYUNG_NOTIFICATION_SPONSOR_H

#include "common/edge/crypto.h"
#include "common/edge/pg.h"
#include "services/notification/sending.h"
#include "services/notification/sponsor/sponsor_letter.h"

enum { SPONSOR_AGREEMENTS_MAX = 200 /* at a look, some 60 KiB each */, SPONSOR_STALE_S = 7 * 24 * 3600 };

struct sponsor_rules {
    int64_t now_ms;
    int digest_hour;             /* 0 ... 23; below 0: no reports */
    int end_days, renewal_days;  /* 0: no such notice */
    enum channel_id channel;     /* by which they leave: EMAIL or MAILDIR */
};

struct sponsor {
    struct pg *pg;
    const struct crypto *crypto;
    const struct sponsor_words *words;
    const struct letter_reasons *reasons;
};

/* ret_made: how many were put into the outbox; ret_more: there may be more to be made. Errors are those of pg.h. */
MUST_USE struct err sponsor_make(const struct sponsor *sponsor, struct arena *arena, const struct sponsor_rules *rules, int64_t *ret_made, bool *ret_more);

#endif
