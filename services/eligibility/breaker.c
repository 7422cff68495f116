/* A count of failures and the moment of the next probe. It must never stay open for good: the pause is capped. */
#include "services/eligibility/breaker.h"

enum { DOUBLINGS_MAX = 16 };

enum breaker_state breaker_state(const struct breaker *breaker, int64_t now_ms) {
    if (breaker->failures == 0) return BREAKER_CLOSED;
    return now_ms >= breaker->retry_at_ms ? BREAKER_PROBE : BREAKER_OPEN;
}

void breaker_tell(struct breaker *breaker, size_t asked, size_t answered, int64_t now_ms, uint64_t seed) {
    if (answered > 0) {
        *breaker = (struct breaker){0};
        return;
    }
    breaker->silent += asked;
    if (breaker->failures == 0 && breaker->silent < BREAKER_TOLERATED) return;
    const uint32_t doublings = breaker->failures < DOUBLINGS_MAX ? breaker->failures : DOUBLINGS_MAX;
    int64_t pause_ms = (int64_t)BREAKER_FIRST_MS << doublings;
    if (pause_ms > BREAKER_CAP_MS) pause_ms = BREAKER_CAP_MS;
    const uint64_t mixed = (seed + breaker->failures) * UINT64_C(0x9E3779B97F4A7C15) >> 33;
    if (breaker->failures < UINT32_MAX) breaker->failures++;
    breaker->retry_at_ms = now_ms + pause_ms - (int64_t)(mixed % (uint64_t)(pause_ms / 2 + 1));
}
