/* How many requests a partner may send: a token bucket each (kept as one moment instead of a count). Pure: the clock comes in. Kept in memory only: after a
 * restart, or when more than RATE_PARTNERS_MAX partners ask at once, a bucket is full again, which lets a little more through and never less.
 *
 *   rate_take(&rates, "dinsos", clock_monotonic_us())   true: the request may go on */
#ifndef PAYUNG_INGESTION_RATE_H
#define PAYUNG_INGESTION_RATE_H

#include <stdbool.h>
#include <stdint.h>

enum { RATE_PARTNERS_MAX = 64, RATE_NAME_MAX = 64 };

struct rate_bucket {
    char partner[RATE_NAME_MAX]; /* "": free */
    int64_t full_at_ns;          /* when it would be full again; each request moves it on by 1 s / per_second */
};

struct rates {
    int64_t per_second, burst; /* both at least 1 */
    struct rate_bucket buckets[RATE_PARTNERS_MAX];
};

bool rate_take(struct rates *rates, const char *partner, int64_t now_us);

#endif
