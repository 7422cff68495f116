/* Serves a waiting list in one statement: running sums in the total order say who fits. It must never skip anybody: a smaller amount behind a larger one waits with it. */
#include "services/ledger/promotion.h"

#include "services/ledger/outcome_sql.h"
#include "services/ledger/price_sql.h"

_Static_assert(LINE_RESERVED == 14, "the number in these statements");

/* The terms of whoever is promoted now: TERMS_SQL needs ledger.agreement a and the day $1; none when the agreement is over. */
#define TERMS_LAST_SQL MONTH_ADD_SQL(DAY_MONTH_SQL("a.period_from"), "a.months - 1")
#define TERMS_SQL                                                                                                                                                     \
    "(SELECT s.start, " MONTH_COUNT_SQL(TERMS_LAST_SQL) " - " MONTH_COUNT_SQL("s.start") " + 1 AS months FROM"                                                        \
    " (SELECT CASE WHEN EXISTS (SELECT FROM ledger.invoice v WHERE v.agreement_no = a.agreement_no AND v.first_month <= f.month"                                      \
    " AND " MONTH_COUNT_SQL("v.first_month") " + v.months > " MONTH_COUNT_SQL("f.month") ") THEN " MONTH_ADD_SQL("f.month", "1") " ELSE f.month END AS start"          \
    " FROM (SELECT greatest(" DAY_MONTH_SQL("a.period_from") ", " DAY_MONTH_SQL("$1::date") ") AS month) f) s"                                                         \
    " WHERE a.state = 'IN_FORCE' AND a.period_to >= $1::date AND s.start <= " TERMS_LAST_SQL                                                                           \
    " AND NOT EXISTS (SELECT FROM ledger.pending r WHERE r.agreement_no = a.agreement_no AND r.purpose = 3))"
/* Segments 3 and 4: one price for the whole cover. */
#define ESTIMATE_SQL "greatest(CASE WHEN w.segment IN (3, 4) THEN w.amount ELSE (w.amount + w.months - 1) / greatest(w.months, 1) * t.months END, 1)::bigint"

/* Parameters: $1 day, $2 agreement, $3 money, $4 heads. Whose message is not known (waiting_restore.h) can't be asked anew: nobody is served past such a row. */
#define CHOSEN_CTE                                                                                                                                                                     \
    "ordered AS (SELECT w.application_id, w.attempt, w.undecided, w.record, t.start, t.months, " ESTIMATE_SQL " AS estimate, row_number() OVER waiting_order AS n,"                 \
    " count(*) FILTER (WHERE w.record = '') OVER (waiting_order ROWS UNBOUNDED PRECEDING) AS unknown,"                                                                                 \
    " sum(" ESTIMATE_SQL ") OVER (waiting_order ROWS UNBOUNDED PRECEDING) AS total, a.agreement_id FROM ledger.agreement a CROSS JOIN LATERAL " TERMS_SQL " t"                        \
    " JOIN ledger.waiting w ON w.agreement_no = a.agreement_no AND w.state = 1 WHERE a.agreement_no = $2 WINDOW waiting_order AS (ORDER BY " WAITING_ORDER_SQL("w") ")),"              \
    " chosen AS MATERIALIZED (SELECT * FROM ordered WHERE total <= $3 AND n <= $4 AND unknown = 0)"

static const char reserve_sql[] =
    "WITH " CHOSEN_CTE
    " INSERT INTO ledger.line (agreement_no, journal_seq, position, month, kind, application_id, months, reserved, waiting, reserved_heads, day)"
    " SELECT $2, $5, c.n - 1, c.start, 14, c.application_id, c.months, c.estimate, -1, 1, $1 FROM chosen c";

/* From here on the lines of the journal say who was chosen. $1 agreement, $2 journal, $3 until, $4 moment. */
#define RESERVED_SQL "ledger.line l JOIN ledger.waiting w ON w.application_id = l.application_id"
static const char waiting_sql[] = "UPDATE ledger.waiting w SET state = 2, reserved = l.reserved, reserved_until = $3 FROM ledger.line l"
                                  " WHERE l.agreement_no = $1 AND l.journal_seq = $2 AND l.kind = 14 AND w.application_id = l.application_id";

/* A cover of one price keeps its months. Who came from another agreement is asked under this one. */
#define NEXT_TERMS_SQL "l.month, CASE WHEN w.segment IN (3, 4) THEN NULL ELSE l.months END, l.day"
static const char pending_sql[] =
    "INSERT INTO ledger.pending (application_id, attempt, partition, origin, agreement_no, codes, record, due_at, first_pending_at, purpose, agreement_id, start_month, months, registration_date)"
    " SELECT w.application_id, w.attempt + 1, o.partition, o.origin, $1, o.codes, w.record, $4, $4, 2, CASE WHEN o.agreement_no <> $1 THEN a.agreement_id END, " NEXT_TERMS_SQL
    " FROM " RESERVED_SQL " JOIN ledger.agreement a ON a.agreement_no = $1 CROSS JOIN LATERAL (SELECT o.partition, o.origin, o.codes, o.agreement_no FROM ledger.outcome o"
    " WHERE o.application_id = w.application_id AND o.attempt = w.attempt AND " FIRST_OUTCOME_ANYWHERE_SQL("o") " LIMIT 1) o"
    " WHERE l.agreement_no = $1 AND l.journal_seq = $2 AND l.kind = 14 AND NOT w.undecided"
    " ON CONFLICT (application_id) DO UPDATE SET attempt = excluded.attempt, partition = excluded.partition, origin = excluded.origin, agreement_no = excluded.agreement_no,"
    " codes = excluded.codes, record = excluded.record, due_at = excluded.due_at, purpose = 2, agreement_id = excluded.agreement_id, start_month = excluded.start_month,"
    " months = excluded.months, registration_date = excluded.registration_date";
static const char undecided_sql[] =
    "UPDATE ledger.pending p SET (start_month, months, registration_date) = (SELECT " NEXT_TERMS_SQL ") FROM " RESERVED_SQL
    " WHERE l.agreement_no = $1 AND l.journal_seq = $2 AND l.kind = 14 AND w.undecided AND p.application_id = w.application_id";

static struct err reserve(struct money *money, struct money_account *account, int64_t *ret_promoted) {
    const rupiah free_money = account->pagu - account->committed - account->reserved - account->delegated;
    const int64_t free_heads = account->quota < 0 ? INT64_MAX : account->quota - account->accepted - account->reserved_heads;
    const int64_t most = free_heads < PROMOTION_PERSONS_MAX ? free_heads : PROMOTION_PERSONS_MAX;
    struct pg_parameters *p = pg_parameters(money->arena);
    struct pg_rows rows;
    pg_add_date(p, money->business_date);
    pg_add_int4(p, account->agreement_no);
    pg_add_int8(p, free_money);
    pg_add_int8(p, most);
    pg_add_int8(p, money_next_journal(account));
    TRY(pg_run(money->pg, money->arena, reserve_sql, p, &rows));
    *ret_promoted = rows.affected;
    return OK;
}

static struct err read_terms(struct money *money, const struct money_account *account, struct promotion_result *result) {
    struct pg_parameters *p = pg_parameters(money->arena);
    struct pg_rows rows;
    pg_add_int4(p, account->agreement_no);
    pg_add_int8(p, money_next_journal(account));
    pg_add_date(p, money->business_date);
    TRY(pg_run(money->pg, money->arena,
               "SELECT $3::date + a.reservation_days, l.month, l.months FROM ledger.agreement a JOIN ledger.line l ON l.agreement_no = a.agreement_no AND l.journal_seq = $2 AND l.position = 0"
               " WHERE a.agreement_no = $1",
               p, &rows));
    CHECK(rows.count == 1);
    result->reserved_until = pg_date(&rows, 0, 0);
    result->start_month = pg_int4(&rows, 0, 1);
    result->months = pg_int2(&rows, 0, 2);
    return OK;
}

static struct err promote(struct money *money, struct money_account *account, struct promotion_result *result) {
    TRY(reserve(money, account, &result->promoted));
    if (result->promoted == 0) return OK;
    TRY(read_terms(money, account, result));
    struct pg_parameters *until = pg_parameters(money->arena), *due = pg_parameters(money->arena), *lines = pg_parameters(money->arena);
    struct pg_parameters *const all[] = {until, due, lines};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        pg_add_int4(all[i], account->agreement_no);
        pg_add_int8(all[i], money_next_journal(account));
    }
    pg_add_date(until, result->reserved_until);
    pg_add_date(due, result->reserved_until);
    pg_add_timestamp_ms(due, money->moment_ms);
    struct pg_step steps[] = {{.sql = waiting_sql, .parameters = until}, {.sql = pending_sql, .parameters = due}, {.sql = undecided_sql, .parameters = lines}};
    TRY(pg_run_all(money->pg, money->arena, steps, sizeof steps / sizeof *steps));
    struct ledger_sums sums;
    TRY(money_close(money, account, &(struct money_journal){.kind = "PROMOTION"}, &sums));
    result->reserved = sums.reserved;
    return money_command(money, &(struct ledger_command){.kind = COMMAND_PROMOTION, .agreement_id = account->id}, "promotion");
}

struct err command_promotion(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct slice agreement_id, struct promotion_result *ret_result) {
    struct money money;
    *ret_result = (struct promotion_result){0};
    TRY(money_begin(pg, arena, moment, &agreement_id, 1, &money));
    struct money_account *account = money_account(&money, agreement_id);
    ret_result->found = account != NULL;
    struct err err = account != NULL ? promote(&money, account, ret_result) : OK;
    if (!failed(&err) && ret_result->promoted > 0) return money_commit(&money);
    money_undo(&money);
    return err;
}

struct err promotion_due(struct pg *pg, struct arena *arena, day_t day, struct slice ret_ids[PROMOTION_DUE_MAX], size_t *ret_count) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_date(p, day);
    pg_add_int4(p, PROMOTION_DUE_MAX);
    TRY(pg_run(pg, arena,
               "SELECT a.agreement_id FROM ledger.budget b JOIN ledger.agreement a USING (agreement_no) CROSS JOIN LATERAL " TERMS_SQL " t"
               " CROSS JOIN LATERAL (SELECT * FROM ledger.waiting w WHERE w.agreement_no = b.agreement_no AND w.state = 1 ORDER BY " WAITING_ORDER_SQL("w") " LIMIT 1) w"
               " WHERE b.waitlisted > 0 AND w.record <> '' AND " FREE_HEADS_SQL " > 0 AND " ESTIMATE_SQL " <= " FREE_MONEY_SQL " ORDER BY b.agreement_no LIMIT $2",
               p, &rows));
    for (size_t i = 0; i < rows.count; i++) ret_ids[i] = pg_bytes(&rows, i, 0);
    *ret_count = rows.count;
    return OK;
}

struct err promotion_would(struct pg *pg, struct arena *arena, int32_t agreement_no, day_t day, rupiah money, int64_t heads, int32_t limit, struct promotion_preview *ret_preview) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_date(p, day);
    pg_add_int4(p, agreement_no);
    pg_add_int8(p, money);
    pg_add_int8(p, heads);
    pg_add_int4(p, limit);
    TRY(pg_run(pg, arena,
               "WITH " CHOSEN_CTE ", sums AS (SELECT count(*) AS persons, coalesce(sum(estimate), 0)::bigint AS cost FROM chosen)"
               " SELECT s.persons, s.cost, c.start, c.months, c.application_id FROM sums s LEFT JOIN chosen c ON c.n <= $5 ORDER BY c.n",
               p, &rows));
    *ret_preview = (struct promotion_preview){.persons = pg_int8(&rows, 0, 0), .cost = pg_int8(&rows, 0, 1), .ids = arena_zero(arena, rows.count, sizeof(struct id))};
    for (size_t i = 0; i < rows.count && !pg_is_null(&rows, i, 2); i++) {
        ret_preview->start_month = pg_int4(&rows, i, 2);
        ret_preview->months = pg_int4(&rows, i, 3);
        const struct slice id = pg_bytes(&rows, i, 4);
        if (id.size == ID_BYTES) memcpy(ret_preview->ids[ret_preview->id_count++].bytes, id.bytes, ID_BYTES);
    }
    return OK;
}

struct err waiting_place(struct pg *pg, struct arena *arena, struct id application_id, int64_t *ret_place) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_bytea(p, slice_of(application_id.bytes, ID_BYTES));
    TRY(pg_run(pg, arena,
               "SELECT count(*) FROM ledger.waiting me JOIN ledger.waiting w ON w.agreement_no = me.agreement_no AND w.state = 1 AND (" WAITING_ORDER_SQL("w") ") <= (" WAITING_ORDER_SQL("me") ")"
               " WHERE me.application_id = $1 AND me.state = 1",
               p, &rows));
    *ret_place = pg_int8(&rows, 0, 0);
    return OK;
}
