/* One statement prices, writes lines and open months, and marks the persons; then the invoice gets its number. It must never price by itself: what a month costs was decided
 * with the outcome. */
#include "services/ledger/invoice.h"

#include "services/ledger/sql_month.h"

#define CHARGE_SUM(column, name) "coalesce(sum(r." column ") FILTER (WHERE r.programme = '" name "'), 0)::bigint"
#define CHARGE_CUT(name) "coalesce(sum(r.normal - r.amount) FILTER (WHERE r.programme = '" name "'), 0)::bigint"

/* $1 agreement, $2 journal, $3 last month, $4 invoice, $5 day. `who` owes the months from_month to to_month; `price` has one row per text of premium lines and month. */
static const char invoice_sql[] =
    "WITH who AS MATERIALIZED (SELECT e.place, e.end_month, greatest(e.start_month, CASE WHEN e.invoiced_to = 0 THEN 0 ELSE " MONTH_ADD_SQL("e.invoiced_to", "1") " END) AS from_month,"
    " least(e.end_month, $3) AS to_month, o.lines FROM ledger.enrolment e JOIN ledger.outcome o USING (partition, epoch, origin)"
    " WHERE e.agreement_no = $1 AND e.state <> 4 AND e.start_month <= least(e.end_month, $3) AND e.invoiced_to < least(e.end_month, $3)),"
    " texts AS MATERIALIZED (SELECT lines, " MONTH_COUNT_SQL("min(from_month)") " AS low, " MONTH_COUNT_SQL("max(to_month)") " AS high FROM who WHERE lines <> '' GROUP BY lines),"
    " runs AS MATERIALIZED (SELECT t.lines, t.low, t.high, r.programme, " MONTH_COUNT_SQL("r.\"from\"") " AS first, r.months, r.normal, r.amount, r.relief"
    " FROM texts t CROSS JOIN LATERAL jsonb_to_recordset(t.lines::jsonb) AS r (programme text, \"from\" int, months int, normal bigint, amount bigint, relief text)"
    " WHERE r.amount > 0),"
    " price AS MATERIALIZED (SELECT r.lines, m.count, " CHARGE_SUM("amount", "JKK") " AS jkk, " CHARGE_SUM("amount", "JKM") " AS jkm, " CHARGE_SUM("amount", "JHT") " AS jht, "
    CHARGE_SUM("amount", "JP") " AS jp, " CHARGE_SUM("amount", "PACKAGE") " AS package, sum(r.amount)::bigint AS amount,"
    " ARRAY[" CHARGE_CUT("JKK") ", " CHARGE_CUT("JKM") ", " CHARGE_CUT("JHT") ", " CHARGE_CUT("JP") ", " CHARGE_CUT("PACKAGE") "] AS reduction, max(r.relief) AS relief,"
    " count(DISTINCT r.relief) > 1 OR bool_or(r.amount > r.normal OR (r.relief IS NULL AND r.amount <> r.normal)) AS odd"
    " FROM runs r CROSS JOIN LATERAL generate_series(greatest(r.first, r.low), least(r.first + r.months - 1, r.high)) AS m (count) GROUP BY r.lines, m.count),"
    " later AS (SELECT lines, min(greatest(first, " MONTH_COUNT_SQL("$3") " + 1)) AS count FROM runs WHERE first + months - 1 > " MONTH_COUNT_SQL("$3") " GROUP BY lines),"
    " taken_back AS (SELECT place, month, max(journal_seq)::text AS journal FROM ledger.line WHERE agreement_no = $1 AND kind IN (3, 4) AND month <= $3 GROUP BY place, month),"
    " billed AS MATERIALIZED (SELECT w.place, w.end_month, w.lines, " MONTH_OF_SQL("p.count") " AS month, p.jkk, p.jkm, p.jht, p.jp, p.package, p.reduction, p.relief, p.amount, p.odd,"
    " row_number() OVER (ORDER BY w.place, p.count) - 1 AS position FROM who w JOIN price p ON p.lines = w.lines"
    " AND p.count BETWEEN " MONTH_COUNT_SQL("w.from_month") " AND " MONTH_COUNT_SQL("w.to_month") "),"
    " written AS (INSERT INTO ledger.line (agreement_no, journal_seq, position, month, kind, place, jkk, jkm, jht, jp, package, reduction, relief, amount, day, detail, invoice_no)"
    " SELECT $1, $2, b.position, b.month, 1, b.place, b.jkk, b.jkm, b.jht, b.jp, b.package, CASE WHEN b.relief IS NOT NULL THEN b.reduction END, b.relief, b.amount, $5::date,"
    " coalesce(t.journal, ''), $4 FROM billed b LEFT JOIN taken_back t ON t.place = b.place AND t.month = b.month),"
    " owed AS (INSERT INTO ledger.due (agreement_no, invoice_no, place, month, amount) SELECT $1, $4, place, month, amount FROM billed),"
    " moved AS (UPDATE ledger.enrolment e SET invoiced_to = least(b.end_month, coalesce(" MONTH_OF_SQL("l.count - 1") ", b.end_month))"
    " FROM (SELECT DISTINCT place, end_month, lines FROM billed) b LEFT JOIN later l ON l.lines = b.lines WHERE e.agreement_no = $1 AND e.place = b.place)"
    " SELECT count(*), count(DISTINCT place), coalesce(sum(amount), 0)::bigint, coalesce(bool_or(odd), false), coalesce(min(place) FILTER (WHERE odd), 0) FROM billed";
_Static_assert(LINE_INVOICED == 1 && LINE_CREDITED == 3 && LINE_REFUNDED == 4, "the statement names them by number");

static struct err write_lines(struct money *money, const struct money_account *account, struct invoice *invoice) {
    struct pg_parameters *p = pg_parameters(money->arena);
    struct pg_rows rows;
    pg_add_int4(p, account->agreement_no);
    pg_add_int8(p, money_next_journal(account));
    pg_add_int4(p, month_add(invoice->first_month, (int32_t)invoice->months - 1));
    pg_add_int4(p, invoice->invoice_no);
    pg_add_date(p, money->business_date);
    TRY(pg_run(money->pg, money->arena, invoice_sql, p, &rows));
    if (pg_bool(&rows, 0, 3))
        return ERR(FATAL, "agreement %.*s, place %lld: a month has two reliefs, or a price that is not normal without a relief; it can't be invoiced", SLICE_ARGS(account->id),
                   (long long)pg_int8(&rows, 0, 4));
    invoice->lines = pg_int8(&rows, 0, 0);
    invoice->persons = pg_int8(&rows, 0, 1);
    invoice->amount = pg_int8(&rows, 0, 2);
    return OK;
}

/* The next number of the region and month. A counter that a later commit sequence has moved already would give numbers in another order than a replay. */
static struct err draw_number(struct money *money, const struct money_account *account, struct invoice *invoice) {
    struct pg_parameters *p = pg_parameters(money->arena);
    struct pg_rows rows;
    pg_add_int4(p, account->agreement_no);
    pg_add_int4(p, invoice->first_month);
    pg_add_int8(p, money->commit_sequence);
    TRY(pg_run(money->pg, money->arena,
               "INSERT INTO ledger.invoice_counter AS c (region, month, last, commit_sequence) SELECT payer_region, $2, 1, $3 FROM ledger.agreement WHERE agreement_no = $1"
               " ON CONFLICT (region, month) DO UPDATE SET last = c.last + 1, commit_sequence = $3 WHERE c.commit_sequence <= $3 RETURNING region, last",
               p, &rows));
    if (rows.count != 1) return ERR(AGAIN, "an invoice of the same region and month came first");
    const int32_t region = pg_int4(&rows, 0, 0), number = pg_int4(&rows, 0, 1);
    if (number > INVOICE_SEQUENCE_MAX) return ERR(FATAL, "region %04d has no invoice number left in %d", region, invoice->first_month);
    invoice_number_make((uint32_t)region, invoice->first_month, number, invoice->number);
    billing_code_make((uint32_t)region, invoice->first_month, number, invoice->billing_code);
    return OK;
}

static struct err write_invoice(struct money *money, const struct money_account *account, const struct invoice *invoice) {
    struct pg_parameters *p = pg_parameters(money->arena), *budget = pg_parameters(money->arena);
    pg_add_int4(p, account->agreement_no);
    pg_add_int4(p, invoice->invoice_no);
    pg_add_text(p, slice_text(invoice->number));
    pg_add_text(p, slice_text(invoice->billing_code));
    pg_add_int8(p, invoice->journal_seq);
    pg_add_int4(p, invoice->first_month);
    pg_add_int2(p, (int16_t)invoice->months);
    pg_add_date(p, invoice->issued_on);
    pg_add_date(p, invoice->due_on);
    pg_add_int4(p, (int32_t)invoice->persons);
    pg_add_int8(p, invoice->amount);
    pg_add_int4(budget, account->agreement_no);
    pg_add_int4(budget, invoice->invoice_no);
    struct pg_step steps[] = {
        {.sql = "INSERT INTO ledger.invoice (agreement_no, invoice_no, invoice_id, billing_code, journal_seq, first_month, months, issued_on, due_on, persons, amount)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
         .parameters = p},
        {.sql = "UPDATE ledger.budget SET invoices = $2 WHERE agreement_no = $1", .parameters = budget},
    };
    return pg_run_all(money->pg, money->arena, steps, 2);
}

static day_t due_on(month_t first, day_t issued_on) {
    enum { DUE_DAY = 15 };
    const month_t issued = day_month(issued_on);
    return month_first_day(month_add(first > issued ? first : issued, 1)) + DUE_DAY - 1;
}

struct err invoice_issue(struct money *money, struct money_account *account, month_t first, uint32_t months, struct invoice *ret_invoice) {
    CHECK(account->agreement_no > 0 && month_is_valid(first) && months >= 1 && months <= INVOICE_MONTHS_MAX);
    struct invoice invoice = {.invoice_no = account->invoices + 1, .journal_seq = money_next_journal(account), .first_month = first, .months = months,
                              .issued_on = money->business_date, .due_on = due_on(first, money->business_date)};
    *ret_invoice = (struct invoice){.first_month = first, .months = months};
    TRY(write_lines(money, account, &invoice));
    if (invoice.lines == 0) return OK;
    TRY(draw_number(money, account, &invoice));
    TRY(write_invoice(money, account, &invoice));
    account->invoices = invoice.invoice_no;
    const struct slice number = arena_copy(money->arena, slice_text(invoice.number));
    TRY(money_close(money, account, &(struct money_journal){.kind = "INVOICE", .reference = number}, NULL));
    TRY(credit_apply(money, account, number, &invoice.from_credit));
    *ret_invoice = invoice;
    return OK;
}

/* ---- the command -------------------------------------------------------------------------------------------------------------------------------- */

static struct err issue_in(struct money *money, struct slice agreement_id, month_t first, uint32_t months, struct invoice_result *result) {
    struct money_account *account = money_account(money, agreement_id);
    if (account == NULL || account->agreement_no == 0)
        return refuse(&result->refusal, "UNKNOWN_AGREEMENT", "Apply it first (payung agreement apply), or correct the id.", "there is no such agreement");
    TRY(invoice_issue(money, account, first, months, &result->invoice));
    if (result->invoice.number[0] == '\0') return OK; /* nothing moved, nothing to tell an archive */
    const struct ledger_command command = {.kind = COMMAND_INVOICE, .agreement_id = account->id, .month = first, .months = months, .text = slice_text(result->invoice.number)};
    return money_command(money, &command, "invoice");
}

struct err command_invoice(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct slice agreement_id, month_t first, uint32_t months,
                           struct invoice_result *ret_result) {
    struct err err = OK;
    int tries = 0;
    do {
        struct money money;
        *ret_result = (struct invoice_result){0};
        TRY(money_begin(pg, arena, moment, &agreement_id, 1, &money));
        err = money_finish(&money, issue_in(&money, agreement_id, first, months, ret_result), &ret_result->refusal);
    } while (money_again(pg, moment, &tries, &err)); /* a number out of turn, or a deadlock: with the next commit sequence it fits */
    return err;
}
