/* The months behind the end of a cover, given back in five statements whatever the number of persons. It must never decide who ends: it follows the STATE lines of the journal. */
#include "services/ledger/release.h"

#include "services/ledger/outcome_sql.h"
#include "services/ledger/price_sql.h"

_Static_assert(LINE_INVOICED == 1 && LINE_CREDITED == 3 && LINE_REFUNDED == 4 && LINE_RELEASED == 12 && LINE_STATE == 13, "the numbers in these statements");

/* Who ends: $1 agreement, $2 journal, $3 state, $4 back. keep_to: the last month that stays, at the least the month before the start. */
#define GONE_CTE                                                                                                                                            \
    "gone AS MATERIALIZED (SELECT l.place, l.day, l.reason, greatest(" MONTH_ADD_SQL("l.month", "-1 - $4") ", " MONTH_ADD_SQL("e.start_month", "-1") ") AS keep_to,"     \
    " e.person_token, e.segment, e.programmes, e.start_month, e.end_month, e.invoiced_to, e.partition, e.epoch, e.origin"                                   \
    " FROM ledger.line l JOIN ledger.enrolment e ON e.agreement_no = l.agreement_no AND e.place = l.place"                                                  \
    " WHERE l.agreement_no = $1 AND l.journal_seq = $2 AND l.kind = 13 AND l.state = $3)"

/* Persons with the same text and the same months give back the same. */
static const char released_sql[] =
    "WITH " GONE_CTE ", early AS MATERIALIZED (SELECT g.place, g.keep_to, g.end_month, g.day, g.reason, o.lines FROM gone g JOIN ledger.outcome o ON " OUTCOME_OF_SQL("o", "g")
    " WHERE g.keep_to < g.end_month), alike AS MATERIALIZED (SELECT DISTINCT lines, keep_to, end_month FROM early), texts AS (SELECT DISTINCT lines FROM alike WHERE lines <> ''), " PRICED_CTE ","
    " sums AS MATERIALIZED (SELECT a.lines, a.keep_to, a.end_month, coalesce(sum(p.jkk), 0)::bigint AS jkk, coalesce(sum(p.jkm), 0)::bigint AS jkm, coalesce(sum(p.jht), 0)::bigint AS jht,"
    " coalesce(sum(p.jp), 0)::bigint AS jp, coalesce(sum(p.package), 0)::bigint AS package, coalesce(sum(p.amount), 0)::bigint AS amount FROM alike a"
    " LEFT JOIN priced p ON p.lines = a.lines AND p.month > a.keep_to AND p.month <= a.end_month GROUP BY a.lines, a.keep_to, a.end_month)"
    " INSERT INTO ledger.line (agreement_no, journal_seq, position, month, kind, place, months, jkk, jkm, jht, jp, package, amount, heads, day, reason)"
    " SELECT $1, $2, $5 + row_number() OVER (ORDER BY e.place) - 1, " MONTH_ADD_SQL("e.keep_to", "1") ", 12, e.place,"
    " " MONTH_COUNT_SQL("e.end_month") " - " MONTH_COUNT_SQL("e.keep_to") ", s.jkk, s.jkm, s.jht, s.jp, s.package, s.amount, -1, e.day, e.reason"
    " FROM early e JOIN sums s ON s.keep_to = e.keep_to AND s.end_month = e.end_month AND s.lines = e.lines";

/* What was invoiced behind the end: the last line INVOICED of a month says what was charged, unless it was taken back since; the receivable says whether it is open. `invoiced` is found by one
 * look-up a month for a few persons, and by one pass over the agreement's invoices for many. */
#define CREDITED_SQL(invoiced)                                                                                                                                       \
    "WITH " GONE_CTE ", " invoiced                                                                                                                                   \
    " INSERT INTO ledger.line (agreement_no, journal_seq, position, month, kind, place, jkk, jkm, jht, jp, package, reduction, relief, amount, day, reason, invoice_no)"   \
    " SELECT $1, $2, $5 + row_number() OVER (ORDER BY i.place, i.month) - 1, i.month, CASE WHEN d.amount IS NULL THEN 4 ELSE 3 END, i.place, i.jkk, i.jkm, i.jht, i.jp, i.package,"   \
    " i.reduction, i.relief, i.amount, i.ended_on, i.why, i.invoice_no FROM invoiced i"                                                                               \
    " LEFT JOIN ledger.due d ON d.agreement_no = $1 AND d.invoice_no = i.invoice_no AND d.place = i.place AND d.month = i.month"
static const char credited_few_sql[] = CREDITED_SQL(
    "invoiced AS MATERIALIZED (SELECT i.*, g.day AS ended_on, g.reason AS why FROM gone g"
    " CROSS JOIN LATERAL (SELECT " MONTH_OF_SQL("k") " AS month FROM generate_series(" MONTH_COUNT_SQL("g.keep_to") " + 1, " MONTH_COUNT_SQL("g.invoiced_to") ") AS k) m"
    " CROSS JOIN LATERAL (SELECT l.* FROM ledger.line l WHERE l.agreement_no = $1 AND l.kind = 1 AND l.month = m.month AND l.place = g.place"
    " AND NOT EXISTS (SELECT FROM ledger.line c WHERE c.agreement_no = $1 AND c.kind IN (3, 4) AND c.month = m.month AND c.place = g.place AND c.journal_seq > l.journal_seq)"
    " ORDER BY l.journal_seq DESC LIMIT 1) i)");
static const char credited_many_sql[] = CREDITED_SQL(
    "charged AS MATERIALIZED (SELECT DISTINCT ON (l.place, l.month) l.*, g.day AS ended_on, g.reason AS why FROM gone g JOIN ledger.line l ON l.place = g.place"
    " AND l.month > g.keep_to AND l.month <= g.invoiced_to WHERE l.agreement_no = $1 AND l.kind = 1 ORDER BY l.place, l.month, l.journal_seq DESC),"
    " taken_back AS MATERIALIZED (SELECT place, month, max(journal_seq) AS journal_seq FROM ledger.line WHERE agreement_no = $1 AND kind IN (3, 4) GROUP BY place, month),"
    " invoiced AS MATERIALIZED (SELECT c.* FROM charged c LEFT JOIN taken_back t ON t.place = c.place AND t.month = c.month WHERE t.journal_seq IS NULL OR t.journal_seq < c.journal_seq)");

static const char due_sql[] = "DELETE FROM ledger.due d USING ledger.line l WHERE l.agreement_no = $1 AND l.journal_seq = $2 AND l.kind = 3"
                              " AND d.agreement_no = $1 AND d.invoice_no = l.invoice_no AND d.place = l.place AND d.month = l.month";

/* Locked in the order in which every writer takes these rows (book.h). */
static const char covers_sql[] =
    "WITH " GONE_CTE ", freed AS MATERIALIZED (SELECT g.person_token, g.segment, (k / 12)::smallint AS year,"
    " bit_or(CASE WHEN g.programmes & 1 <> 0 THEN 1 << k % 12 ELSE 0 END) AS jkk, bit_or(CASE WHEN g.programmes & 2 <> 0 THEN 1 << k % 12 ELSE 0 END) AS jkm,"
    " bit_or(CASE WHEN g.programmes & 4 <> 0 THEN 1 << k % 12 ELSE 0 END) AS jht, bit_or(CASE WHEN g.programmes & 8 <> 0 THEN 1 << k % 12 ELSE 0 END) AS jp FROM gone g"
    " CROSS JOIN LATERAL generate_series(" MONTH_COUNT_SQL("g.keep_to") " + 1, " MONTH_COUNT_SQL("g.end_month") ") AS k GROUP BY 1, 2, 3),"
    " locked AS MATERIALIZED (SELECT c.person_token, c.segment, c.year FROM freed f JOIN ledger.cover c USING (person_token, segment, year) ORDER BY 1, 2, 3 FOR UPDATE OF c)"
    " UPDATE ledger.cover c SET jkk = c.jkk & ~f.jkk, jkm = c.jkm & ~f.jkm, jht = c.jht & ~f.jht, jp = c.jp & ~f.jp,"
    " holders = ledger.cover_without(c.holders, $1, f.jkk, f.jkm, f.jht, f.jp) FROM freed f JOIN locked USING (person_token, segment, year)"
    " WHERE c.person_token = f.person_token AND c.segment = f.segment AND c.year = f.year";

static const char enrolments_sql[] =
    "WITH " GONE_CTE " UPDATE ledger.enrolment e SET end_month = least(g.keep_to, e.end_month), state = $3, state_from = g.day, reason = g.reason,"
    " invoiced_to = CASE WHEN g.keep_to < e.start_month THEN 0 ELSE least(e.invoiced_to, g.keep_to) END, paid_to = CASE WHEN g.keep_to < e.start_month THEN 0 ELSE least(e.paid_to, g.keep_to) END"
    " FROM gone g WHERE e.agreement_no = $1 AND e.place = g.place";

static struct pg_parameters *gone_parameters(struct money *money, const struct money_account *account, enum enrolment_state state, int32_t back, int32_t position) {
    struct pg_parameters *p = pg_parameters(money->arena);
    pg_add_int4(p, account->agreement_no);
    pg_add_int8(p, money_next_journal(account));
    pg_add_int2(p, (int16_t)state);
    pg_add_int4(p, back);
    if (position >= 0) pg_add_int4(p, position);
    return p;
}

enum { MANY = 1000 };

struct err release_ended(struct money *money, const struct money_account *account, enum enrolment_state state, int32_t back, int32_t persons, int32_t releasing, int32_t *position) {
    CHECK(back >= 0 && persons >= 0 && releasing >= 0 && releasing <= persons && *position >= persons);
    if (persons == 0) return OK;
    struct pg_parameters *due = pg_parameters(money->arena), *gone = gone_parameters(money, account, state, back, -1);
    pg_add_int4(due, account->agreement_no);
    pg_add_int8(due, money_next_journal(account));
    enum { PLAN, RELEASED, CREDITED, DUE, COVERS, ENROLMENTS, PLAN_AGAIN, STEPS };
    struct pg_step steps[STEPS] = {
        /* The planner can't know how many lines were just written: for many a nested loop over them would take hours, for one anything else would read whole tables. */
        [PLAN] = {.sql = persons >= MANY ? "SET LOCAL enable_nestloop = off" : "SET LOCAL enable_nestloop = on"},
        [PLAN_AGAIN] = {.sql = "SET LOCAL enable_nestloop = on"},
        [RELEASED] = {.sql = released_sql, .parameters = gone_parameters(money, account, state, back, *position)},
        [CREDITED] = {.sql = persons >= MANY ? credited_many_sql : credited_few_sql, .parameters = gone_parameters(money, account, state, back, *position + releasing)},
        [DUE] = {.sql = due_sql, .parameters = due},
        [COVERS] = {.sql = covers_sql, .parameters = gone},
        [ENROLMENTS] = {.sql = enrolments_sql, .parameters = gone},
    };
    TRY(pg_run_all(money->pg, money->arena, steps, STEPS));
    if (steps[RELEASED].rows.affected != releasing || steps[ENROLMENTS].rows.affected != persons)
        return ERR(FATAL, "agreement %d: %d persons end, %d of them early, but %lld have months to give back and %lld an enrolment: run payung ledger verify",
                   account->agreement_no, persons, releasing, (long long)steps[RELEASED].rows.affected, (long long)steps[ENROLMENTS].rows.affected);
    *position += releasing + (int32_t)steps[CREDITED].rows.affected;
    return OK;
}

#undef CREDITED_SQL
#undef GONE_CTE
