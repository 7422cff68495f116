/* Sums over the partitions of a topic. It must never call a group stalled that has nothing to do. */
#include "services/console/observer.h"

#include <stdio.h>

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

static struct err take_tightest(struct pg *pg, struct arena *arena) {
    struct pg_rows rows;
    struct meter_named tightest[METER_NAMED_MAX];
    TRY(pg_run(pg, arena,
               "SELECT a.agreement_id, " FREE_SQL " FROM ledger.budget g JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_no > 0 AND a.state = 'IN_FORCE' AND g.pagu > 0"
               " ORDER BY " FREE_SQL "::numeric / g.pagu, a.agreement_id LIMIT 20",
               NULL, &rows));
    _Static_assert(METER_NAMED_MAX == 20, "the limit of this statement");
    for (size_t i = 0; i < rows.count; i++) {
        (void)snprintf(tightest[i].name, sizeof tightest[i].name, "%.*s", SLICE_ARGS(pg_bytes(&rows, i, 0))); /* at most 63 characters: ledger.agreement */
        tightest[i].value = pg_int8(&rows, i, 1);
    }
    meter_replace(METER_AGREEMENT_LEFT, tightest, rows.count);
    return OK;
}

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
    return take_tightest(pg, arena);
}

/* ---- do the books balance? ---- */

/* One snapshot for all of them: an agreement that has been walked to its end is compared with the budget of the same moment. Few journals first, so that what is new does not wait behind a long walk. */
static const char walk_restart[] =
    "UPDATE walked w SET seq = 0, bound = 0, receivable = 0, credit = 0, unbalanced = 0, began = now() FROM ledger.budget b WHERE b.agreement_no = w.agreement_no"
    " AND (b.journal_seq < w.seq OR (b.journal_seq = w.seq AND w.began <= now() - make_interval(secs => $1)))";
static const char walk_on[] =
    "WITH ahead AS (SELECT b.agreement_no, coalesce(w.seq, 0) AS seq, b.journal_seq - coalesce(w.seq, 0) AS journals FROM ledger.budget b LEFT JOIN walked w USING (agreement_no)"
    " WHERE b.journal_seq > coalesce(w.seq, 0)),"
    " ranked AS (SELECT *, sum(journals) OVER (ORDER BY journals, agreement_no) - journals AS before FROM ahead),"
    " part AS (SELECT agreement_no, seq, seq + least(journals, $1 - before)::bigint AS upto FROM ranked WHERE before < $1)"
    " INSERT INTO walked AS w (agreement_no, seq, bound, receivable, credit, unbalanced)"
    " SELECT p.agreement_no, p.upto, coalesce(sum(j.bound), 0), coalesce(sum(j.receivable), 0), coalesce(sum(j.credit), 0), coalesce(sum(abs(j.difference)), 0)"
    " FROM part p LEFT JOIN LATERAL (SELECT sum(e.amount) AS difference, sum(e.amount) FILTER (WHERE e.account LIKE 'KOMITMEN:%') AS bound,"
    " sum(e.amount) FILTER (WHERE e.account LIKE 'PIUTANG:%') AS receivable, -sum(e.amount) FILTER (WHERE e.account LIKE 'TITIPAN:%') AS credit"
    " FROM ledger.entry e WHERE e.agreement_no = p.agreement_no AND e.seq > p.seq AND e.seq <= p.upto GROUP BY e.seq) j ON true GROUP BY p.agreement_no, p.upto"
    " ON CONFLICT (agreement_no) DO UPDATE SET seq = excluded.seq, bound = w.bound + excluded.bound, receivable = w.receivable + excluded.receivable, credit = w.credit + excluded.credit,"
    " unbalanced = w.unbalanced + excluded.unbalanced";
static const char walk_judge[] =
    "UPDATE walked w SET imbalance = w.unbalanced + abs(b.committed - w.bound) + abs(b.receivable - w.receivable) + abs(b.credit - w.credit) FROM ledger.budget b"
    " WHERE b.agreement_no = w.agreement_no AND b.journal_seq = w.seq"
    " AND w.imbalance <> w.unbalanced + abs(b.committed - w.bound) + abs(b.receivable - w.receivable) + abs(b.credit - w.credit)";
static const char walk_tell[] =
    "SELECT least(coalesce(sum(w.imbalance), 0), 9000000000000000000)::bigint, coalesce(sum(b.journal_seq - coalesce(w.seq, 0)), 0)::bigint FROM ledger.budget b LEFT JOIN walked w USING (agreement_no)";

static struct err walk(struct pg *pg, struct arena *arena, const struct observer_steps *steps) {
    struct pg_parameters *seconds = pg_parameters(arena), *journals = pg_parameters(arena);
    pg_add_int8(seconds, steps->again_seconds);
    pg_add_int8(journals, steps->journals_max);
    enum { RESTART, ON, JUDGE, TELL, STEPS };
    struct pg_step all[STEPS] = {[RESTART] = {.sql = walk_restart, .parameters = seconds}, [ON] = {.sql = walk_on, .parameters = journals}, [JUDGE] = {.sql = walk_judge}, [TELL] = {.sql = walk_tell}};
    TRY(pg_begin(pg));
    TRY(pg_script(pg, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"));
    TRY(pg_script(pg, "CREATE TEMPORARY TABLE IF NOT EXISTS walked (agreement_no int PRIMARY KEY, seq bigint NOT NULL, bound numeric NOT NULL, receivable numeric NOT NULL, credit numeric NOT NULL,"
                      " unbalanced numeric NOT NULL, imbalance numeric NOT NULL DEFAULT 0, began timestamptz NOT NULL DEFAULT now())"));
    TRY(pg_run_all(pg, arena, all, STEPS));
    TRY(pg_commit(pg));
    meter_set(METER_LEDGER_IMBALANCE, 0, pg_int8(&all[TELL].rows, 0, 0));
    meter_set(METER_LEDGER_UNWALKED, 0, pg_int8(&all[TELL].rows, 0, 1));
    return OK;
}

struct err observer_walk_ledger(struct pg *pg, struct arena *arena, const struct observer_steps *steps) {
    const struct err err = walk(pg, arena, steps);
    if (failed(&err)) pg_rollback(pg);
    return err;
}
