/* From an event that waits in notice.outbox to the letter that its person reads: the sender's half of what a teller does (teller.h). This is one of the few places where the seal of a person is
 * opened; what is inside must never reach a log, an error text or the database. */
#ifndef PAYUNG_NOTIFICATION_TOLD_H
#define PAYUNG_NOTIFICATION_TOLD_H

#include "common/edge/crypto.h"
#include "services/notification/letter.h"

struct told {
    struct letter letter;
    struct person person;
    int64_t at_ms;
    struct id application_id; /* zero: the event can't be read */
    const char *failure; /* why it can never be sent; NULL = it can */
};

/* Everything lives in the arena. An error is one of the keys', not of this event. */
/* A notice to an office: nothing is sealed, and `person` stays empty. */
void told_open_office(struct slice event, struct told *ret_told);
MUST_USE struct err told_open(const struct crypto *crypto, const struct letters *letters, struct arena *arena, bool is_decision, struct slice event, struct told *ret_told);

#endif
