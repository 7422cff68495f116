/* Pieces of SQL that several statements of this folder share: months (sql_month.h), and the price of a month out of the premium lines of an outcome (canonical.h). They are macros because
 * a statement must be one string literal (pg.h). Include it in a .c file, never in a header.
 *
 * PRICED_CTE makes the table `priced` (lines, month, jkk, jkm, jht, jp, package, amount), one row for each text and month that has a line, out of a table `texts` (lines) that stands
 * before it. Each distinct text is parsed once, however many persons share it. An amount for the whole cover (once) stands in the month at which its line begins. */
#ifndef PAYUNG_LEDGER_PRICE_SQL_H
#define PAYUNG_LEDGER_PRICE_SQL_H

#include "services/ledger/sql_month.h"

#define CHARGE_SUM_SQL(charge) "coalesce(sum(p.amount) FILTER (WHERE p.programme = '" charge "'), 0)::bigint"
#define PRICED_CTE                                                                                                                                                   \
    "priced AS MATERIALIZED (SELECT t.lines, m.month, " CHARGE_SUM_SQL("JKK") " AS jkk, " CHARGE_SUM_SQL("JKM") " AS jkm, " CHARGE_SUM_SQL("JHT") " AS jht, "        \
    CHARGE_SUM_SQL("JP") " AS jp, " CHARGE_SUM_SQL("PACKAGE") " AS package, sum(p.amount)::bigint AS amount"                                                         \
    " FROM texts t CROSS JOIN LATERAL jsonb_to_recordset(t.lines::jsonb) AS p (programme text, \"from\" int, months int, amount bigint)"                             \
    " CROSS JOIN LATERAL (SELECT " MONTH_ADD_SQL("p.\"from\"", "k") " AS month FROM generate_series(0, p.months - 1) AS k) m GROUP BY t.lines, m.month)"

/* `unpaid` (place, application_id, state, end_month, month): the first unpaid month of whoever is or was active, as far as the given month, for a look ahead: a month is unpaid when it has
 * a price and lies behind the last paid one, whether it is invoiced already or not. Persons with the same text, last paid and last bought month have one answer: there are few of these. */
#define UNPAID_CTE(agreement, until)                                                                                                                                      \
    "live AS MATERIALIZED (SELECT e.place, e.application_id, e.state, e.end_month, greatest(e.paid_to, " MONTH_ADD_SQL("e.start_month", "-1") ") AS paid_to, o.lines"    \
    " FROM ledger.enrolment e JOIN ledger.outcome o ON " OUTCOME_OF_SQL("o", "e") " WHERE e.agreement_no = " agreement " AND e.state IN (2, 3)"                          \
    " AND e.paid_to < least(" until ", e.end_month)), alike AS MATERIALIZED (SELECT DISTINCT lines, paid_to, end_month FROM live WHERE lines <> ''),"                    \
    " texts AS (SELECT DISTINCT lines FROM alike), " PRICED_CTE ","                                                                                                      \
    " firsts AS MATERIALIZED (SELECT a.lines, a.paid_to, a.end_month, min(p.month) AS month FROM alike a JOIN priced p ON p.lines = a.lines AND p.amount > 0"            \
    " AND p.month > a.paid_to AND p.month <= a.end_month AND p.month <= " until " GROUP BY a.lines, a.paid_to, a.end_month),"                                             \
    " unpaid AS MATERIALIZED (SELECT v.place, v.application_id, v.state, v.end_month, f.month FROM live v"                                                               \
    " JOIN firsts f ON f.paid_to = v.paid_to AND f.end_month = v.end_month AND f.lines = v.lines)"

/* The order in which the waiting list is served, and its free money and heads (ledger.budget b). */
#define WAITING_ORDER_SQL(waiting) waiting ".class, " waiting ".desil, " waiting ".proposal_date, " waiting ".village, " waiting ".row_number, " waiting ".commit_sequence, " waiting ".position"
#define FREE_MONEY_SQL "(b.pagu - b.committed - b.reserved - b.delegated)"
#define FREE_HEADS_SQL "(CASE WHEN b.quota < 0 THEN 9223372036854775807 ELSE b.quota - b.accepted - b.reserved_heads END)"

#endif
