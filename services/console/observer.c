/* Sums over the partitions of a topic. It must never call a group stalled that has nothing to do. */
#include "services/console/observer.h"

#include "common/edge/clock.h"
#include "common/tables/meters.h"

struct standing {
    int64_t lag, finished, seconds;
};

static struct standing standing_of(const struct kafka_lag *rows, size_t count, enum topic topic) {
    struct standing standing = {0};
    for (size_t i = 0; i < count; i++) {
        if (rows[i].topic != topic) continue;
        standing.lag += rows[i].lag;
        standing.finished += rows[i].committed > 0 ? rows[i].committed : 0;
        if ((int64_t)rows[i].lag_seconds > standing.seconds) standing.seconds = (int64_t)rows[i].lag_seconds;
    }
    return standing;
}

void observer_take(struct observer *observer, const struct kafka_lag *rows, size_t count, const bool is_paused[TOPIC_LIMIT], int64_t now_us) {
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_LIMIT; topic++) {
        if (topic_group((enum topic)topic) == NULL) continue;
        const struct standing now = standing_of(rows, count, (enum topic)topic);
        if (now.lag == 0 || is_paused[topic] || now.finished != observer->finished[topic] || observer->moved_us[topic] == 0) observer->moved_us[topic] = now_us;
        observer->finished[topic] = now.finished;
        meter_set(METER_GROUP_LAG, topic, now.lag);
        meter_set(METER_GROUP_LAG_SECONDS, topic, now.seconds);
        meter_set(METER_GROUP_STALLED, topic, now_us - observer->moved_us[topic] >= (int64_t)OBSERVER_STALL_MS * 1000);
    }
    meter_set(METER_OBSERVED_AT, 0, clock_unix_ms() / 1000);
}

void observer_take_letters(enum topic topic, int64_t letters) { meter_set(METER_DEAD_LETTERS_KEPT, topic, letters); }

#define FREE_SQL "(g.pagu - g.committed - g.reserved - g.delegated)"

struct err observer_take_books(struct pg *pg, struct arena *arena) {
    struct pg_rows rows;
    TRY(pg_run(pg, arena,
               "SELECT coalesce(sum(" FREE_SQL "), 0)::bigint, count(*) FILTER (WHERE g.pagu > 0 AND " FREE_SQL " * 20 < g.pagu),"
               " (SELECT coalesce(extract(epoch FROM now() - min(p.first_pending_at)), 0)::bigint FROM ledger.pending p)"
               " FROM ledger.budget g JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_no > 0 AND a.state = 'IN_FORCE'",
               NULL, &rows));
    meter_set(METER_BUDGET_LEFT, 0, pg_int8(&rows, 0, 0));
    meter_set(METER_BUDGETS_TIGHT, 0, pg_int8(&rows, 0, 1));
    meter_set(METER_OLDEST_PENDING, 0, pg_int8(&rows, 0, 2));
    return OK;
}
