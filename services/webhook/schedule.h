/* When a delivery is tried again, and what an answer means. Pure: the seed of the jitter is given.
 *
 * The waits are those that the specification of Standard Webhooks proposes: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, so ten attempts over three days; each is lengthened by
 * up to a fifth, so that what failed together does not come again together. With another first wait all of them change in proportion (for tests).
 *
 *   2xx            delivered
 *   410            the endpoint is gone: it is disabled, and this delivery failed
 *   429, 503       again; when the answer says Retry-After, not before that (a day at most), and nothing else goes to this endpoint before either
 *   all the rest   again, redirections too: none is followed. After the last attempt the delivery failed */
#ifndef PAYUNG_WEBHOOK_SCHEDULE_H
#define PAYUNG_WEBHOOK_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

enum { WEBHOOK_ATTEMPTS_MAX = 10, WEBHOOK_FIRST_MS = 5000, WEBHOOK_STATUS_GONE = 410 };

enum webhook_fate { WEBHOOK_DELIVERED, WEBHOOK_AGAIN, WEBHOOK_FAILED };

struct webhook_verdict {
    enum webhook_fate fate;
    bool is_gone;
    int64_t delay_ms; /* AGAIN: until the next attempt */
    int64_t pause_ms; /* of the whole endpoint */
};

/* status 0: no answer. attempts: made since the delivery began or was sent anew by hand, with this one: 1..WEBHOOK_ATTEMPTS_MAX; more is as many. */
struct webhook_verdict webhook_judge(int status, int64_t retry_after_s, int32_t attempts, int64_t first_ms, uint64_t seed);

#endif
