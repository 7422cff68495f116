/* One statement: a running total over the open months in their order, cut where the money ends. It must never take part of a month, nor pass over one to reach a cheaper one. */
#include "services/ledger/settle.h"

#include "services/ledger/coverage.h"
#include "services/ledger/sql_month.h"

/* $1 agreement, $2 journal, $3 preferred invoice, $4 available, $5 day, $6 first position */
static const char settle_sql[] =
    "WITH ordered AS MATERIALIZED (SELECT d.invoice_no, d.place, d.month, d.amount, sum(d.amount) OVER w AS running, row_number() OVER w AS number FROM ledger.due d"
    " WHERE d.agreement_no = $1 WINDOW w AS (ORDER BY d.invoice_no <> $3, d.invoice_no, d.place, d.month)),"
    " paid AS MATERIALIZED (SELECT o.number, o.invoice_no, o.place, o.month, l.jkk, l.jkm, l.jht, l.jp, l.package, o.amount FROM ordered o JOIN ledger.line l"
    " ON l.agreement_no = $1 AND l.month = o.month AND l.place = o.place AND l.kind = 1 AND l.invoice_no = o.invoice_no WHERE o.running <= $4),"
    " still_open AS (SELECT place, min(month) AS month FROM ordered WHERE running > $4 GROUP BY place),"
    " person AS MATERIALIZED (SELECT e.place, e.state, e.paid_to AS before,"
    " s.month AS open_month, e.end_month,"
    " CASE WHEN s.month IS NULL THEN e.invoiced_to WHEN s.month <= e.start_month THEN 0 ELSE " MONTH_ADD_SQL("s.month", "-1") " END AS paid_to,"
    " CASE WHEN e.paid_to = 0 THEN e.start_month ELSE " MONTH_ADD_SQL("e.paid_to", "1") " END AS next"
    " FROM (SELECT DISTINCT place FROM paid) p JOIN ledger.enrolment e ON e.agreement_no = $1 AND e.place = p.place LEFT JOIN still_open s ON s.place = e.place),"
    " activated AS MATERIALIZED (SELECT p.place, greatest($5::date, " MONTH_FIRST_DAY_SQL("p.next") ") AS day, row_number() OVER (ORDER BY p.place) AS number"
    " FROM person p JOIN ledger.agreement a ON a.agreement_no = $1 AND a.activation = 1 WHERE p.paid_to > p.before"
    " AND (p.state = 1 OR (p.state = 3 AND coalesce(p.open_month > " DAY_MONTH_SQL("$5::date") ", true))) AND p.end_month >= " DAY_MONTH_SQL("$5::date") "),"
    " gone AS (DELETE FROM ledger.due d USING paid p WHERE d.agreement_no = $1 AND d.invoice_no = p.invoice_no AND d.place = p.place AND d.month = p.month),"
    " moved AS (UPDATE ledger.enrolment e SET paid_to = p.paid_to, state = CASE WHEN a.place IS NULL THEN e.state ELSE 2 END, state_from = coalesce(a.day, e.state_from),"
    " reason = CASE WHEN a.place IS NULL THEN e.reason ELSE '' END FROM person p LEFT JOIN activated a ON a.place = p.place WHERE e.agreement_no = $1 AND e.place = p.place),"
    " written AS (INSERT INTO ledger.line (agreement_no, journal_seq, position, month, kind, place, jkk, jkm, jht, jp, package, amount, state, day, reason, invoice_no)"
    " SELECT $1, $2, $6 + p.number - 1, p.month, 2, p.place, p.jkk, p.jkm, p.jht, p.jp, p.package, p.amount, 0, $5::date, '', p.invoice_no FROM paid p"
    " UNION ALL SELECT $1, $2, $6 + (SELECT count(*) FROM paid) + a.number - 1, " DAY_MONTH_SQL("a.day") ", 13, a.place, 0, 0, 0, 0, 0, 0, 2, a.day, 'PAYMENT', 0 FROM activated a)"
    " SELECT (SELECT count(*) FROM paid), (SELECT coalesce(sum(amount), 0)::bigint FROM paid), (SELECT count(*) FROM activated)";
_Static_assert(LINE_INVOICED == 1 && LINE_SETTLED == 2 && LINE_STATE == 13 && ENROLMENT_REGISTERED == 1 && ENROLMENT_ACTIVE == 2 && ENROLMENT_GRACE == 3, "the statement names them by number");

struct err settle(struct money *money, const struct money_account *account, int32_t preferred_invoice_no, rupiah available, day_t day, int32_t first_position,
                  struct settlement *ret_settlement) {
    CHECK(available >= 0 && day_is_valid(day) && first_position >= 0);
    *ret_settlement = (struct settlement){0};
    if (available == 0 || account->receivable == 0) return OK;
    struct pg_parameters *p = pg_parameters(money->arena);
    struct pg_rows rows;
    pg_add_int4(p, account->agreement_no);
    pg_add_int8(p, money_next_journal(account));
    pg_add_int4(p, preferred_invoice_no);
    pg_add_int8(p, available);
    pg_add_date(p, day);
    pg_add_int4(p, first_position);
    TRY(pg_run(money->pg, money->arena, settle_sql, p, &rows));
    *ret_settlement = (struct settlement){.months = pg_int8(&rows, 0, 0), .amount = pg_int8(&rows, 0, 1), .activated = pg_int8(&rows, 0, 2)};
    CHECK(ret_settlement->amount <= available);
    return OK;
}

struct err credit_apply(struct money *money, struct money_account *account, struct slice reference, struct settlement *ret_settlement) {
    TRY(settle(money, account, 0, account->credit, money->business_date, 0, ret_settlement));
    if (ret_settlement->months == 0) return OK;
    return coverage_close(money, account, &(struct money_journal){.kind = "CREDIT", .reference = reference}, NULL);
}
