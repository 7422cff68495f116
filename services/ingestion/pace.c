/* Additive growth, halving when it hurts: what networks do who share a line without knowing its width. */
#include "services/ingestion/pace.h"

#include "common/base/check.h"

enum { SLOW_ONE_IN = 10, GROWTH_ROWS = 100, GROWTH_PART = 16 };

void pace_note(struct pace *pace, int64_t now_us, int64_t took_us, int64_t target_us) {
    CHECK(target_us > 0);
    pace->answered_at_us = now_us;
    pace->answers++;
    pace->slow += took_us > target_us;
}

static int64_t next_rows(const struct pace *pace, int64_t now_us) {
    if (pace->answered_at_us == 0 || now_us - pace->answered_at_us > PACE_QUIET_US) return PACE_ROWS_MAX;
    if (pace->slow * SLOW_ONE_IN > pace->answers) return pace->rows / 2 > PACE_ROWS_MIN ? pace->rows / 2 : PACE_ROWS_MIN;
    const int64_t more = pace->rows + GROWTH_ROWS + pace->rows / GROWTH_PART;
    return more < PACE_ROWS_MAX ? more : PACE_ROWS_MAX;
}

int64_t pace_rows(struct pace *pace, int64_t now_us) {
    if (pace->rows == 0) pace->rows = PACE_ROWS_MAX;
    if (now_us < pace->look_at_us) return pace->rows;
    pace->rows = next_rows(pace, now_us);
    pace->look_at_us = now_us + PACE_LOOK_US;
    pace->answers = pace->slow = 0;
    return pace->rows;
}
