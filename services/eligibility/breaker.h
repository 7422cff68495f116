/* When to ask a service of another office again that did not answer: not at all for a growing while, then one probe. Pure: the clock and the seed are given.
 *
 *   switch (breaker_state(&breaker, now_ms)) ...   CLOSED: ask all. PROBE: ask one, and the others only if that one is answered. OPEN: ask nobody
 *   breaker_tell(&breaker, asked, answered, now_ms, seed)  after each batch or probe
 *
 * It opens at BREAKER_TOLERATED questions in a row without an answer, so that one person whose question always fails does not stop the others, and at once at a probe
 * that fails. */
#ifndef PAYUNG_ELIGIBILITY_BREAKER_H
#define PAYUNG_ELIGIBILITY_BREAKER_H

#include <stddef.h>
#include <stdint.h>

enum { BREAKER_TOLERATED = 3, BREAKER_FIRST_MS = 1000, BREAKER_CAP_MS = 30000 };
enum breaker_state { BREAKER_CLOSED = 0, BREAKER_PROBE, BREAKER_OPEN };

struct breaker {
    size_t silent;        /* questions in a row without an answer, while closed */
    uint32_t failures;    /* batches and probes in a row that opened it; 0 = closed */
    int64_t retry_at_ms;  /* of the next probe */
};

enum breaker_state breaker_state(const struct breaker *breaker, int64_t now_ms);
/* The pause doubles from BREAKER_FIRST_MS to BREAKER_CAP_MS; it lies in its upper half, where the seed says, so that instances don't probe together. */
void breaker_tell(struct breaker *breaker, size_t asked, size_t answered, int64_t now_ms, uint64_t seed);

#endif
