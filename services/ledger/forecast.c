/* Looks ahead, with the same prices and the same order that promotion and the monthly run use. It must never write. */
#include "services/ledger/forecast.h"

#include "services/ledger/outcome_sql.h"
#include "services/ledger/price_sql.h"

struct terms { /* of the agreement */
    int32_t number, grace_months;
    int64_t free_heads;
};

static struct err read_terms(struct pg *pg, struct arena *arena, const struct forecast_question *question, struct terms *ret_terms, struct forecast *forecast) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, question->agreement_id);
    TRY(pg_run(pg, arena,
               "SELECT a.agreement_no, a.grace_months, a.months, a.period_from, b.pagu, b.committed, b.reserved, b.delegated, b.quota, b.reserved_heads, b.waitlisted, " FREE_HEADS_SQL
               "::bigint FROM ledger.agreement a JOIN ledger.budget b USING (agreement_no) WHERE a.agreement_id = $1 AND a.agreement_no > 0",
               p, &rows));
    forecast->found = rows.count > 0;
    if (!forecast->found) return OK;
    const int32_t own_grace = pg_int2(&rows, 0, 1);
    *ret_terms = (struct terms){.number = pg_int4(&rows, 0, 0), .grace_months = own_grace >= 0 ? own_grace : (int32_t)question->grace_months, .free_heads = pg_int8(&rows, 0, 11)};
    forecast->renewal_months = pg_int2(&rows, 0, 2);
    forecast->last_month = month_add(day_month(pg_date(&rows, 0, 3)), forecast->renewal_months - 1);
    forecast->pagu = pg_int8(&rows, 0, 4);
    forecast->committed = pg_int8(&rows, 0, 5);
    forecast->reserved = pg_int8(&rows, 0, 6);
    forecast->delegated = pg_int8(&rows, 0, 7);
    forecast->quota = pg_int8(&rows, 0, 8);
    forecast->reserved_heads = pg_int8(&rows, 0, 9);
    forecast->waiting = pg_int8(&rows, 0, 10);
    forecast->free_money = forecast->pagu - forecast->committed - forecast->reserved - forecast->delegated;
    const int32_t left = month_distance(day_month(question->day), forecast->last_month) + 1;
    forecast->months_left = left < 0 ? 0 : left > forecast->renewal_months ? forecast->renewal_months : left;
    return OK;
}

/* Everybody enrolled, and whoever's cover ended with the period, with the price of the last month of each. */
static struct err read_enrolled(struct pg *pg, struct arena *arena, const struct terms *terms, struct forecast *forecast) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_int4(p, terms->number);
    TRY(pg_run(pg, arena,
               "WITH who AS MATERIALIZED (SELECT e.state, e.end_month, e.segment, " MONTH_ADD_SQL("o.start_month", "o.months - 1") " AS last, o.lines FROM ledger.enrolment e"
               " JOIN ledger.outcome o ON " OUTCOME_OF_SQL("o", "e") " WHERE e.agreement_no = $1 AND (e.state IN (1, 2, 3) OR (e.state = 5 AND e.reason = 'PERIOD'))),"
               " texts AS (SELECT DISTINCT lines FROM who WHERE lines <> ''), " PRICED_CTE
               " SELECT count(*) FILTER (WHERE w.state <= 3), coalesce(sum(p.amount) FILTER (WHERE w.state <= 3), 0)::bigint, coalesce(max(w.end_month) FILTER (WHERE w.state <= 3), 0),"
               " count(*) FILTER (WHERE w.segment IN (1, 2)), coalesce(sum(p.amount) FILTER (WHERE w.segment IN (1, 2)), 0)::bigint"
               " FROM who w LEFT JOIN priced p ON p.lines = w.lines AND p.month = w.last",
               p, &rows));
    forecast->enrolled = pg_int8(&rows, 0, 0);
    forecast->monthly = pg_int8(&rows, 0, 1);
    forecast->bound_to = pg_int4(&rows, 0, 2);
    forecast->renewal_persons = pg_int8(&rows, 0, 3);
    if (!rupiah_multiply(pg_int8(&rows, 0, 4), forecast->renewal_months, &forecast->renewal_cost)) return ERR(FATAL, "the price of a renewal leaves all bounds");
    if (forecast->bound_to == 0) return OK;
    const int32_t room = month_distance(forecast->bound_to, MONTH_OPEN);
    const int64_t more = forecast->monthly > 0 ? forecast->free_money / forecast->monthly : 0;
    forecast->covers_to = month_add(forecast->bound_to, more < room ? (int32_t)more : room);
    return OK;
}

static struct err read_spent(struct pg *pg, struct arena *arena, const struct terms *terms, struct forecast *forecast) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_int4(p, terms->number);
    pg_add_int4(p, FORECAST_MONTHS_MAX);
    TRY(pg_run(pg, arena,
               "SELECT month, amount FROM (SELECT month, sum(CASE WHEN kind = 1 THEN amount ELSE -amount END)::bigint AS amount FROM ledger.line WHERE agreement_no = $1 AND kind IN (1, 3, 4)"
               " GROUP BY month ORDER BY month DESC LIMIT $2) m ORDER BY month",
               p, &rows));
    CHECK(rows.count <= FORECAST_MONTHS_MAX);
    for (size_t i = 0; i < rows.count; i++) forecast->spent[i] = (struct forecast_month){.month = pg_int4(&rows, i, 0), .amount = pg_int8(&rows, i, 1)};
    forecast->month_count = rows.count;
    return OK;
}

/* Places that fall free give back the price of a month of an average person for the months left, and their heads. */
static struct err read_promotion(struct pg *pg, struct arena *arena, const struct terms *terms, const struct forecast_question *question, struct forecast *forecast) {
    rupiah given = 0;
    const int64_t places = question->places < forecast->enrolled ? question->places : forecast->enrolled;
    if (places > 0 && (!rupiah_multiply(forecast->monthly / forecast->enrolled, places, &given) || !rupiah_multiply(given, forecast->months_left, &given)))
        return ERR(FATAL, "the price of %lld places leaves all bounds", (long long)places);
    forecast->what_if_money = forecast->free_money + given;
    if (question->pagu >= 0) forecast->what_if_money += question->pagu - forecast->pagu;
    const int64_t heads = terms->free_heads > INT64_MAX - places ? INT64_MAX : terms->free_heads + places;
    return promotion_would(pg, arena, terms->number, question->day, forecast->what_if_money, heads, FORECAST_IDS, &forecast->promotion);
}

static struct err read_lapsing(struct pg *pg, struct arena *arena, const struct terms *terms, const struct forecast_question *question, struct forecast *forecast) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    forecast->lapse_month = month_add(day_month(question->day), 1);
    pg_add_int4(p, terms->number);
    pg_add_int4(p, forecast->lapse_month);
    pg_add_int4(p, terms->grace_months);
    TRY(pg_run(pg, arena,
               "WITH " UNPAID_CTE("$1", "$2") " SELECT count(*) FROM unpaid u CROSS JOIN LATERAL (SELECT " MONTH_ADD_SQL("u.month", "$3") " AS month) n"
               " WHERE n.month <= $2 AND n.month <= u.end_month",
               p, &rows));
    forecast->lapsing = pg_int8(&rows, 0, 0);
    return OK;
}

struct err ledger_forecast(struct pg *pg, struct arena *arena, const struct forecast_question *question, struct forecast *ret_forecast) {
    struct terms terms;
    *ret_forecast = (struct forecast){0};
    TRY(read_terms(pg, arena, question, &terms, ret_forecast));
    if (!ret_forecast->found) return OK;
    TRY(read_enrolled(pg, arena, &terms, ret_forecast));
    TRY(read_spent(pg, arena, &terms, ret_forecast));
    TRY(read_promotion(pg, arena, &terms, question, ret_forecast));
    return read_lapsing(pg, arena, &terms, question, ret_forecast);
}
