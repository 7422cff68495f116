/* The back-off of AGAIN. It must not look at a clock or at chance: the same attempt and seed always give the same wait. */
#include "common/stage/retry.h"

/* splitmix64 (Steele, Lea, Flood 2014): a good mixer of a counter, no state. */
static uint64_t mixed(uint64_t value) {
    value += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

int64_t retry_delay_ms(uint32_t attempt, uint64_t seed) {
    int64_t whole = RETRY_CAP_MS;
    if (attempt < 16 && (int64_t)RETRY_FIRST_MS << attempt < RETRY_CAP_MS) whole = (int64_t)RETRY_FIRST_MS << attempt;
    uint64_t jitter = mixed(seed ^ ((uint64_t)attempt << 32)) % (uint64_t)(whole / 2 + 1);
    return whole - (int64_t)jitter;
}
