/* When to ask a service of another office again that did not answer: not at all for a growing while, then one probe. Pure: the clock and the seed are given.
 *
 *   switch (breaker_state(&breaker, now_ms)) ...   CLOSED: ask all. PROBE: ask one, and the others only if that one is answered. OPEN: ask nobody
 *   breaker_tell(&breaker, answered, now_ms, seed)  after each batch or probe */
#ifndef PAYUNG_ELIGIBILITY_BREAKER_H
#define PAYUNG_ELIGIBILITY_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum { BREAKER_FIRST_MS = 1000, BREAKER_CAP_MS = 30000 };
enum breaker_state { BREAKER_CLOSED = 0, BREAKER_PROBE, BREAKER_OPEN };

struct breaker {
    uint32_t failures;    /* in a row; 0 = closed */
    int64_t retry_at_ms;  /* of the next probe */
};

enum breaker_state breaker_state(const struct breaker *breaker, int64_t now_ms);
/* The pause doubles from BREAKER_FIRST_MS to BREAKER_CAP_MS; it lies in its upper half, where the seed says, so that instances don't probe together. */
void breaker_tell(struct breaker *breaker, bool answered, int64_t now_ms, uint64_t seed);

#endif
