/* Additive growth, halving when it hurts: what networks do who share a line without knowing its width. */
#include "services/ingestion/pace.h"

#include "common/base/check.h"

enum { SLOW_ONE_IN = 10, GROWTH_ROWS = 25, GROWTH_PART = 16 };

void pace_note(struct pace *pace, int64_t now_us, int64_t took_us, int64_t target_us) {
    CHECK(target_us > 0);
    pace->answered_at_us = now_us;
    pace->answers++;
    pace->slow += took_us > target_us;
}

static bool is_quiet(const struct pace *pace, int64_t now_us) { return pace->answered_at_us == 0 || now_us - pace->answered_at_us > PACE_QUIET_US; }

static int64_t next_rows(const struct pace *pace, int64_t now_us) {
    if (is_quiet(pace, now_us)) return pace->most;
    if (pace->slow * SLOW_ONE_IN > pace->answers) return pace->rows / 2 > PACE_ROWS_MIN ? pace->rows / 2 : PACE_ROWS_MIN;
    const int64_t more = pace->rows + GROWTH_ROWS + pace->rows / GROWTH_PART;
    return more < pace->most ? more : pace->most;
}

static void look(struct pace *pace, int64_t now_us) {
    if (pace->rows == 0) pace->rows = pace->most;
    if (now_us < pace->look_at_us) return;
    pace->look_at_us = now_us + PACE_LOOK_US;
    if (is_quiet(pace, now_us) || pace->answers >= PACE_ANSWERS_MIN || now_us - pace->judged_at_us >= PACE_PATIENCE_US) {
        pace->rows = next_rows(pace, now_us);
        pace->judged_at_us = now_us;
        pace->answers = pace->slow = 0;
    }
    pace->left = (pace->left < 0 ? pace->left : 0) + pace->rows;
}

bool pace_allows(struct pace *pace, int64_t now_us, int64_t undecided) {
    CHECK(pace->most >= PACE_ROWS_MIN);
    look(pace, now_us);
    return undecided < pace->rows && (pace->left > 0 || is_quiet(pace, now_us));
}

void pace_sent(struct pace *pace, int64_t rows) {
    CHECK(rows >= 0);
    pace->left -= rows;
    if (pace->left < -pace->most) pace->left = -pace->most; /* while it is quiet nobody counts */
}
