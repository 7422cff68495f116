/* The rows behind payung pause and resume. A change and its line in the audit are one statement, so there is none without the other. */
#include "services/operations/pause.h"

#include <string.h>

static const char pause_sql[] = "WITH put AS (INSERT INTO ledger.pause (target, actor, reason) VALUES ($1, $2, $3) ON CONFLICT (target) DO NOTHING RETURNING target)"
                                " INSERT INTO ledger.audit (actor, action, detail) SELECT $2, 'PAUSE', target || CASE WHEN $3 = '' THEN '' ELSE ' ' || $3 END FROM put";
static const char resume_sql[] = "WITH gone AS (DELETE FROM ledger.pause WHERE target = $1 RETURNING target)"
                                 " INSERT INTO ledger.audit (actor, action, detail) SELECT $2, 'RESUME', target || CASE WHEN $3 = '' THEN '' ELSE ' ' || $3 END FROM gone";
static const char list_sql[] = "SELECT target, actor, reason, since FROM ledger.pause ORDER BY target LIMIT 64";
_Static_assert(PAUSES_MAX == 64, "the limit of the list");

static bool is_first_of_group(enum topic topic) {
    for (int earlier = TOPIC_NONE + 1; earlier < (int)topic; earlier++)
        if (topic_group((enum topic)earlier) != NULL && strcmp(topic_group((enum topic)earlier), topic_group(topic)) == 0) return false;
    return true;
}

const char *pause_target(size_t i) {
    static const char *const lanes[] = {"realtime", "bulk"};
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_LIMIT; topic++) {
        const char *group = topic_group((enum topic)topic);
        if (group != NULL && is_first_of_group((enum topic)topic) && i-- == 0) return group + sizeof "payung-" - 1;
    }
    return i < sizeof lanes / sizeof *lanes ? lanes[i] : NULL;
}

bool pause_target_known(const char *target) {
    for (size_t i = 0; pause_target(i) != NULL; i++)
        if (strcmp(pause_target(i), target) == 0) return true;
    return false;
}

bool pause_holds(const struct pause_wish *wishes, size_t count, enum topic topic) {
    const char *group = topic_group(topic);
    for (size_t i = 0; i < count && group != NULL; i++) {
        const bool is_lane = slice_is(wishes[i].target, "realtime") || slice_is(wishes[i].target, "bulk");
        if (slice_is(wishes[i].target, group + sizeof "payung-" - 1) || (is_lane && topic_row(topic)->partitions > 1)) return true;
    }
    return false;
}

struct err pause_set(struct pg *pg, struct arena *arena, const struct pause_wish *wish, bool paused, bool *ret_changed) {
    CHECK(wish->actor.size > 0 && wish->reason.size <= PAUSE_REASON_MAX);
    struct pg_rows rows;
    struct pg_parameters *parameters = pg_parameters(arena);
    pg_add_text(parameters, wish->target);
    pg_add_text(parameters, wish->actor);
    pg_add_text(parameters, wish->reason);
    TRY(pg_run(pg, arena, paused ? pause_sql : resume_sql, parameters, &rows));
    *ret_changed = rows.affected > 0;
    return OK;
}

struct err pause_list(struct pg *pg, struct arena *arena, struct pause_wish ret_wishes[PAUSES_MAX], size_t *ret_count) {
    struct pg_rows rows;
    TRY(pg_run(pg, arena, list_sql, NULL, &rows));
    CHECK(rows.count <= PAUSES_MAX);
    for (size_t i = 0; i < rows.count; i++)
        ret_wishes[i] = (struct pause_wish){.target = pg_bytes(&rows, i, 0), .actor = pg_bytes(&rows, i, 1), .reason = pg_bytes(&rows, i, 2), .since_ms = pg_timestamp_ms(&rows, i, 3)};
    *ret_count = rows.count;
    return OK;
}
