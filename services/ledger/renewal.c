/* Carries a waiting list over, and asks everybody again. It must never enrol anybody by itself: that is for the path of every application. */
#include "services/ledger/renewal.h"

#include "services/ledger/outcome_sql.h"
#include "services/ledger/price_sql.h"

_Static_assert(LINE_CARRIED == 18, "the number in these statements");

/* ---- the waiting list ----------------------------------------------------------------------------------------------------------------------------- */

/* $1 the day: A is over, B is in force, and nobody who is enrolled in A is on the way into B. */
#define CARRIES_SQL                                                                                                                                        \
    "b.renews = a.agreement_id AND b.state = 'IN_FORCE' AND (a.state = 'ENDED' OR a.period_to < $1::date)"                                                 \
    " AND NOT EXISTS (SELECT FROM ledger.pending r WHERE r.agreement_no = b.agreement_no AND r.purpose = 3)"

struct err carry_due(struct pg *pg, struct arena *arena, struct slice agreement_id, day_t day, struct carry_pair ret_pairs[CARRY_PAIRS_MAX], size_t *ret_count) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_date(p, day);
    pg_add_text(p, agreement_id);
    pg_add_int4(p, CARRY_PAIRS_MAX);
    TRY(pg_run(pg, arena,
               "SELECT a.agreement_id, b.agreement_id FROM ledger.agreement a JOIN ledger.agreement b ON " CARRIES_SQL " JOIN ledger.budget m ON m.agreement_no = a.agreement_no"
               " WHERE $2 IN (a.agreement_id, b.agreement_id) AND m.waitlisted > 0 ORDER BY a.agreement_no, b.agreement_no LIMIT $3",
               p, &rows));
    for (size_t i = 0; i < rows.count; i++) ret_pairs[i] = (struct carry_pair){.from = pg_bytes(&rows, i, 0), .into = pg_bytes(&rows, i, 1)};
    *ret_count = rows.count;
    return OK;
}

/* $1 from, $2 into, $3 and $4 their journals, $5 the day, $6 and $7 the ids of into and from. Both journals have the same lines in the same order. */
static const char lines_sql[] =
    "INSERT INTO ledger.line (agreement_no, journal_seq, position, month, kind, application_id, waiting, day, detail)"
    " SELECT s.agreement_no, s.seq, row_number() OVER (PARTITION BY s.agreement_no ORDER BY " WAITING_ORDER_SQL("w") ") - 1, " DAY_MONTH_SQL("$5::date") ", 18, w.application_id, s.waiting, $5, s.other"
    " FROM ledger.waiting w CROSS JOIN (VALUES ($1::int, $3::bigint, -1, $6::text), ($2::int, $4::bigint, 1, $7::text)) AS s (agreement_no, seq, waiting, other)"
    " WHERE w.agreement_no = $1 AND w.state = 1";
static const char rows_sql[] = "UPDATE ledger.waiting w SET agreement_no = $1, ticket = $3 + l.position + 1 FROM ledger.line l"
                               " WHERE l.agreement_no = $1 AND l.journal_seq = $2 AND l.kind = 18 AND w.application_id = l.application_id";
static const char asked_sql[] = "UPDATE ledger.pending p SET agreement_no = $1, agreement_id = $3 FROM ledger.line l"
                                " WHERE l.agreement_no = $1 AND l.journal_seq = $2 AND l.kind = 18 AND p.application_id = l.application_id";

static struct err is_carried(struct money *money, struct slice from, struct slice into, bool *ret_carried) {
    struct pg_parameters *p = pg_parameters(money->arena);
    struct pg_rows rows;
    pg_add_date(p, money->business_date);
    pg_add_text(p, from);
    pg_add_text(p, into);
    TRY(pg_run(money->pg, money->arena, "SELECT 1 FROM ledger.agreement a JOIN ledger.agreement b ON " CARRIES_SQL " WHERE a.agreement_id = $2 AND b.agreement_id = $3", p, &rows));
    *ret_carried = rows.count > 0;
    return OK;
}

static struct err move_rows(struct money *money, const struct money_account *from, struct money_account *into, int64_t *ret_carried) {
    struct pg_parameters *lines = pg_parameters(money->arena), *rows = pg_parameters(money->arena), *asked = pg_parameters(money->arena), *tickets = pg_parameters(money->arena);
    pg_add_int4(lines, from->agreement_no);
    pg_add_int4(lines, into->agreement_no);
    pg_add_int8(lines, money_next_journal(from));
    pg_add_int8(lines, money_next_journal(into));
    pg_add_date(lines, money->business_date);
    struct pg_rows written;
    pg_add_text(lines, into->id);
    pg_add_text(lines, from->id);
    TRY(pg_run(money->pg, money->arena, lines_sql, lines, &written));
    CHECK(written.affected % 2 == 0);
    *ret_carried = written.affected / 2;
    if (*ret_carried == 0) return OK;
    struct pg_parameters *const all[] = {rows, asked};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        pg_add_int4(all[i], into->agreement_no);
        pg_add_int8(all[i], money_next_journal(into));
    }
    pg_add_int8(rows, into->tickets);
    pg_add_text(asked, into->id);
    pg_add_int4(tickets, into->agreement_no);
    pg_add_int8(tickets, *ret_carried);
    struct pg_step steps[] = {{.sql = rows_sql, .parameters = rows},
                              {.sql = asked_sql, .parameters = asked},
                              {.sql = "UPDATE ledger.budget SET tickets = tickets + $2 WHERE agreement_no = $1", .parameters = tickets}};
    TRY(pg_run_all(money->pg, money->arena, steps, sizeof steps / sizeof *steps));
    into->tickets += *ret_carried;
    return OK;
}

static struct err carry(struct money *money, struct money_account *from, struct money_account *into, int64_t *ret_carried) {
    bool carried;
    TRY(is_carried(money, from->id, into->id, &carried));
    if (!carried) return OK;
    TRY(move_rows(money, from, into, ret_carried));
    if (*ret_carried == 0) return OK;
    TRY(money_close(money, from, &(struct money_journal){.kind = "PROMOTION", .reference = into->id, .reason = slice_text("CARRY")}, NULL));
    TRY(money_close(money, into, &(struct money_journal){.kind = "PROMOTION", .reference = from->id, .reason = slice_text("CARRY")}, NULL));
    return money_command(money, &(struct ledger_command){.kind = COMMAND_CARRY, .agreement_id = from->id, .text = into->id}, "carry");
}

struct err command_carry(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct slice from, struct slice into, int64_t *ret_carried) {
    const struct slice ids[] = {from, into};
    struct money money;
    *ret_carried = 0;
    TRY(money_begin(pg, arena, moment, ids, 2, &money));
    struct money_account *source = money_account(&money, from), *target = money_account(&money, into);
    struct err err = source != NULL && target != NULL && source != target ? carry(&money, source, target, ret_carried) : OK;
    if (!failed(&err) && *ret_carried > 0) return money_commit(&money);
    money_undo(&money);
    return err;
}

/* ---- everybody again ------------------------------------------------------------------------------------------------------------------------------------ */

/* Each one of OLD ($1) with what is to become of it under NEW ($2): 0 asked again, 1 asked before, 2 no record, 3 another segment. Of a person who stands twice in OLD the later place. */
#define RENEWED_CTE                                                                                                                                                    \
    "renewed AS MATERIALIZED (SELECT DISTINCT ON (e.application_id) e.place, e.application_id, e.partition, e.epoch, e.origin, n.attempt, r.record,"                   \
    " CASE WHEN e.segment IN (3, 4) THEN 3 WHEN n.asked OR EXISTS (SELECT FROM ledger.pending p WHERE p.application_id = e.application_id) THEN 1"                     \
    " WHEN r.record IS NULL OR r.record = '' THEN 2 ELSE 0 END AS answer FROM ledger.enrolment e"                                                                      \
    " CROSS JOIN LATERAL (SELECT o.attempt, o.agreement_no = $2 OR o.status <> 1 AS asked FROM ledger.outcome o WHERE o.application_id = e.application_id"            \
    " AND " FIRST_OUTCOME_ANYWHERE_SQL("o") " ORDER BY o.attempt DESC LIMIT 1) n"                                                                                     \
    " LEFT JOIN ledger.registry r ON r.agreement_no = e.agreement_no AND r.place = e.place"                                                                            \
    " WHERE e.agreement_no = $1 AND (e.state IN (1, 2, 3) OR (e.state = 5 AND e.reason = 'PERIOD'))"                                                                  \
    " AND NOT EXISTS (SELECT FROM ledger.departed d WHERE d.application_id = e.application_id) ORDER BY e.application_id, e.place DESC)"

static struct err read_terms(struct money *money, const struct money_account *from, const struct money_account *into, struct renew_result *result) {
    struct pg_parameters *p = pg_parameters(money->arena);
    struct pg_rows rows;
    pg_add_int4(p, from->agreement_no);
    pg_add_int4(p, into->agreement_no);
    TRY(pg_run(money->pg, money->arena,
               "SELECT b.period_from, b.months, b.state = 'IN_FORCE' AND b.period_to > a.period_to, coalesce(b.renews = a.agreement_id, false) FROM ledger.agreement a, ledger.agreement b"
               " WHERE a.agreement_no = $1 AND b.agreement_no = $2",
               p, &rows));
    CHECK(rows.count == 1);
    const day_t first_day = pg_date(&rows, 0, 0);
    const month_t first = day_month(first_day), today = day_month(money->business_date), last = month_add(first, pg_int2(&rows, 0, 1) - 1);
    result->registration_date = first_day > money->business_date ? first_day : money->business_date;
    result->start_month = today > first ? today : first;
    result->months = month_distance(result->start_month, last) + 1;
    result->renews = pg_bool(&rows, 0, 3);
    result->waiting_in_old = from->waitlisted;
    result->waiting_in_new = into->waitlisted;
    result->free_money = into->pagu - into->committed - into->reserved - into->delegated;
    result->answer = !pg_bool(&rows, 0, 2) ? RENEW_NOT_LATER : result->months < 1 ? RENEW_OVER : RENEW_DONE;
    return OK;
}

static struct err count_renewed(struct money *money, const struct money_account *from, const struct money_account *into, struct renew_result *result) {
    struct pg_parameters *p = pg_parameters(money->arena);
    struct pg_rows rows;
    pg_add_int4(p, from->agreement_no);
    pg_add_int4(p, into->agreement_no);
    pg_add_int4(p, result->months);
    TRY(pg_run(money->pg, money->arena,
               "WITH " RENEWED_CTE ", asked AS (SELECT o.lines, " MONTH_ADD_SQL("o.start_month", "o.months - 1") " AS last FROM renewed r JOIN ledger.outcome o ON " OUTCOME_OF_SQL("o", "r")
               " WHERE r.answer = 0), texts AS (SELECT DISTINCT lines FROM asked WHERE lines <> ''), " PRICED_CTE
               " SELECT count(*) FILTER (WHERE answer = 0), count(*) FILTER (WHERE answer = 1), count(*) FILTER (WHERE answer = 2), count(*) FILTER (WHERE answer = 3),"
               " (SELECT coalesce(sum(p.amount), 0)::bigint * $3 FROM asked k JOIN priced p ON p.lines = k.lines AND p.month = k.last) FROM renewed",
               p, &rows));
    result->persons = pg_int8(&rows, 0, 0);
    result->asked_before = pg_int8(&rows, 0, 1);
    result->without_record = pg_int8(&rows, 0, 2);
    result->other_segments = pg_int8(&rows, 0, 3);
    result->cost = pg_int8(&rows, 0, 4);
    return OK;
}

/* In the order of the old list: partition and origin of the enrolment decide who is sent first. */
static struct err ask_again(struct money *money, const struct money_account *from, const struct money_account *into, const struct renew_result *result) {
    struct pg_parameters *p = pg_parameters(money->arena);
    struct pg_rows rows;
    pg_add_int4(p, from->agreement_no);
    pg_add_int4(p, into->agreement_no);
    pg_add_timestamp_ms(p, money->moment_ms);
    pg_add_text(p, into->id);
    pg_add_int4(p, result->start_month);
    pg_add_int2(p, (int16_t)result->months);
    pg_add_date(p, result->registration_date);
    TRY(pg_run(money->pg, money->arena,
               "WITH " RENEWED_CTE
               " INSERT INTO ledger.pending (application_id, attempt, partition, origin, agreement_no, codes, record, due_at, first_pending_at, purpose, agreement_id, start_month, months,"
               " registration_date) SELECT r.application_id, r.attempt + 1, a.partition_bulk, r.place, $2, 0, r.record, $3, $3, 3, $4, $5, $6, $7 FROM renewed r"
               " JOIN ledger.agreement a ON a.agreement_no = $2 WHERE r.answer = 0",
               p, &rows));
    if (rows.affected != result->persons) return ERR(FATAL, "%lld persons to be renewed, %lld asked", (long long)result->persons, (long long)rows.affected);
    const struct ledger_command command = {.kind = COMMAND_RENEW, .agreement_id = from->id, .text = into->id};
    return money_command(money, &command, "renew");
}

struct err command_renew(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct slice old_id, struct slice new_id, bool write, struct renew_result *ret_result) {
    const struct slice ids[] = {old_id, new_id};
    struct money money;
    *ret_result = (struct renew_result){.answer = RENEW_UNKNOWN};
    TRY(money_begin(pg, arena, moment, ids, 2, &money));
    const struct money_account *from = money_account(&money, old_id), *into = money_account(&money, new_id);
    const bool known = from != NULL && into != NULL && from != into && from->agreement_no > 0 && into->agreement_no > 0;
    struct err err = known ? read_terms(&money, from, into, ret_result) : OK;
    if (!failed(&err) && ret_result->answer == RENEW_DONE) err = count_renewed(&money, from, into, ret_result);
    const bool asks = !failed(&err) && ret_result->answer == RENEW_DONE && write && ret_result->persons > 0;
    if (asks) err = ask_again(&money, from, into, ret_result);
    if (asks && !failed(&err)) return money_commit(&money);
    money_undo(&money);
    return err;
}
