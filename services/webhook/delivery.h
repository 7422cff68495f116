/* intake.webhook_delivery as the sender works on it: which deliveries are due, how attempts ended, what is old. One sender works at a time (delivery_lead), so what is under way is known by
 * the sender alone: after a crash it is due as before and is sent again, under the same id.
 *
 *   delivery_lead     one sender works, the others wait: a lock that lives as long as the session
 *   delivery_due      due ones of active endpoints that did not ask for a pause, the longest waiting first, some of each; not those that are under way
 *   delivery_settle   how attempts ended, in one transaction with the state of their endpoints
 *   delivery_forget   deletes old ones with their attempts
 *
 * Errors are those of pg.h; after one of them the session may be another one: ask delivery_lead again. What comes out lives in the arena, secrets too: wipe it. */
#ifndef PAYUNG_WEBHOOK_DELIVERY_H
#define PAYUNG_WEBHOOK_DELIVERY_H

#include "common/domain/application.h"
#include "common/edge/pg.h"
#include "services/webhook/schedule.h"
#include "services/webhook/signature.h"

enum { DELIVERY_PAGE_MAX = 256, DELIVERY_FORGET_MAX = 10000, DELIVERY_COUNT_MAX = 100000 };

struct delivery_due {
    int64_t delivery_no, webhook_no;
    const char *webhook_id, *url;
    struct id event_id;
    struct slice body;
    int32_t step;         /* attempts since it began */
    bool is_failing;      /* the last attempt at this endpoint failed */
    struct webhook_secrets secrets; /* none: they do not open */
};

struct delivery_end {
    int64_t delivery_no, webhook_no;
    int32_t step; /* with this attempt */
    int status;
    int32_t duration_ms;
    const char *trouble;
    struct webhook_verdict verdict;
};

struct delivery_disabled { /* an endpoint that was disabled by what came of it */
    const char *webhook_id, *reason;
};

struct delivery_look {
    int64_t due;   /* counted up to DELIVERY_COUNT_MAX */
    int64_t age_s; /* of the one that is due for the longest time */
};

MUST_USE struct err delivery_lead(struct pg *pg, struct arena *arena, bool *ret_leads);
/* per_endpoint: most of an endpoint that works; one of an endpoint that fails. most: DELIVERY_PAGE_MAX. */
MUST_USE struct err delivery_due(struct pg *pg, struct arena *arena, const struct crypto *crypto, const int64_t *under_way, size_t under_way_count, int per_endpoint, size_t most,
                                 struct delivery_due **ret_due, size_t *ret_count);
/* disable_after_s: so long nothing but failures. ret_disabled has room for `count`. */
MUST_USE struct err delivery_settle(struct pg *pg, struct arena *arena, const struct delivery_end *ends, size_t count, int64_t disable_after_s, struct delivery_disabled *ret_disabled,
                                    size_t *ret_disabled_count);
MUST_USE struct err delivery_forget(struct pg *pg, struct arena *arena, int32_t kept_days, int64_t *ret_deleted);
MUST_USE struct err delivery_look(struct pg *pg, struct arena *arena, struct delivery_look *ret_look);

#endif
