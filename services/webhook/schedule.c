/* The schedule as a table. It must not look at a clock or at chance. */
#include "services/webhook/schedule.h"

#include "common/base/check.h"

enum { SECOND = 1, MINUTE = 60, HOUR = 3600, RETRY_AFTER_MAX_S = 24 * HOUR };

static const int32_t waits_s[] = {5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR};
_Static_assert(sizeof waits_s / sizeof *waits_s == WEBHOOK_ATTEMPTS_MAX - 1, "a wait between each two attempts");
_Static_assert(5 * SECOND * 1000 == WEBHOOK_FIRST_MS, "the first wait");

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t mixed(uint64_t value) {
    value += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

static int64_t wait_ms(int32_t attempts, int64_t first_ms, uint64_t seed) {
    const int64_t whole = waits_s[attempts - 1] * first_ms / (WEBHOOK_FIRST_MS / 1000);
    return whole + (int64_t)(mixed(seed ^ ((uint64_t)attempts << 32)) % (uint64_t)(whole / 5 + 1));
}

static bool may_say_when(int status) { return status == 429 || status == 503; }

struct webhook_verdict webhook_judge(int status, int64_t retry_after_s, int32_t attempts, int64_t first_ms, uint64_t seed) {
    CHECK(attempts >= 1 && first_ms >= 1 && first_ms <= INT64_C(3600) * 1000);
    if (status >= 200 && status < 300) return (struct webhook_verdict){.fate = WEBHOOK_DELIVERED};
    if (status == WEBHOOK_STATUS_GONE) return (struct webhook_verdict){.fate = WEBHOOK_FAILED, .is_gone = true};
    struct webhook_verdict verdict = {.fate = attempts < WEBHOOK_ATTEMPTS_MAX ? WEBHOOK_AGAIN : WEBHOOK_FAILED};
    if (may_say_when(status) && retry_after_s > 0) verdict.pause_ms = (retry_after_s < RETRY_AFTER_MAX_S ? retry_after_s : RETRY_AFTER_MAX_S) * 1000;
    if (verdict.fate == WEBHOOK_AGAIN) verdict.delay_ms = wait_ms(attempts, first_ms, seed);
    if (verdict.fate == WEBHOOK_AGAIN && verdict.delay_ms < verdict.pause_ms) verdict.delay_ms = verdict.pause_ms;
    return verdict;
}
