/* The file goes through COPY into a temporary table; one statement compares it with the ledger; what differs is read page by page. */
#include "services/ledger/reconcile_bank.h"

#include "services/ledger/reconcile_parts.h"

enum { COPY_COLUMNS = 6 };

static const char prepare_sql[] = RECONCILE_SETTINGS_SQL " CREATE TEMPORARY TABLE bank_line (line int4, source text, external_id text, amount int8, day int4, problem text) ON COMMIT DROP";
static const char copy_sql[] = "COPY pg_temp.bank_line FROM STDIN (FORMAT binary)";

static struct err copy_line(void *self, const struct payment_received *payment, uint32_t line) {
    struct pg_copy *copy = self;
    pg_copy_row(copy, COPY_COLUMNS);
    pg_copy_int4(copy, (int32_t)line);
    pg_copy_bytes(copy, payment->source);
    pg_copy_bytes(copy, payment->external_id);
    if (payment->amount_is_readable) pg_copy_int8(copy, payment->amount);
    else pg_copy_null(copy);
    pg_copy_int4(copy, payment->received_on);
    pg_copy_bytes(copy, payment->problem);
    return OK;
}

static struct err load_file(struct pg *pg, const struct reconcile_bank *task, struct bank_file_report *ret_report) {
    struct pg_copy *copy;
    struct bank_file file = task->file;
    TRY(pg_script(pg, prepare_sql));
    TRY(pg_copy_start(pg, copy_sql, &copy));
    file.take = copy_line;
    file.warn = NULL;
    file.self = copy;
    const struct err read = bank_file_read(&file, ret_report);
    TRY(pg_copy_finish(copy)); /* also after a failure: the session must come out of COPY */
    TRY(read);
    return ret_report->refused[0] == '\0' ? pg_script(pg, "ANALYZE bank_line") : OK;
}

/* The days that are compared: those asked for, else those of the file. */
static struct err find_days(struct pg *pg, struct arena *arena, const struct reconcile_bank *task, struct reconcile_bank_report *report) {
    struct pg_rows rows;
    TRY(pg_run(pg, arena, "SELECT coalesce(min(day), 0), coalesce(max(day), 0) FROM bank_line WHERE day > 0", NULL, &rows));
    report->from = task->from != 0 ? task->from : pg_int4(&rows, 0, 0);
    report->to = task->to != 0 ? task->to : pg_int4(&rows, 0, 1);
    return OK;
}

/* $1 from, $2 to, $3 the agreement or 0. A line that has no day is always compared. kind 0: the same at both; -1: a number that stands twice in the file. */
static const char compare_sql[] =
    "CREATE TEMPORARY TABLE bank_comparison ON COMMIT DROP AS"
    " WITH numbered AS (SELECT *, row_number() OVER (PARTITION BY source, external_id ORDER BY line) AS copy FROM bank_line),"
    " of_file AS (SELECT * FROM numbered WHERE copy = 1 AND (day = 0 OR to_date(day::text, 'YYYYMMDD') BETWEEN $1::date AND $2::date)),"
    " parked AS (SELECT DISTINCT ON (s.source, s.external_id) s.source, s.external_id, s.amount, s.received_on, s.problem FROM ledger.suspense s"
    "  WHERE s.source IN (SELECT source FROM bank_line) AND NOT s.booked AND NOT EXISTS (SELECT FROM ledger.payment p WHERE p.source = s.source AND p.external_id = s.external_id)"
    "  ORDER BY s.source, s.external_id, s.suspense_no),"
    " of_ledger AS (SELECT p.source, p.external_id, p.amount, p.received_on, p.agreement_no, p.state = 'SUSPENDED' AS waits, '' AS problem FROM ledger.payment p"
    "  WHERE p.source IN (SELECT source FROM bank_line)"
    "  UNION ALL SELECT source, external_id, amount, received_on, 0, true, problem FROM parked)"
    " SELECT CASE WHEN f.line IS NULL THEN 3 WHEN l.source IS NULL THEN 2 WHEN f.amount IS DISTINCT FROM l.amount THEN 1 ELSE 0 END AS kind, coalesce(f.line, 0) AS line,"
    "  coalesce(f.source, l.source) AS source, coalesce(f.external_id, l.external_id) AS external_id, f.amount AS file_amount, l.amount AS ledger_amount,"
    "  coalesce(f.day, to_char(l.received_on, 'YYYYMMDD')::int4, 0) AS day, coalesce(nullif(f.problem, ''), l.problem, '') AS problem, coalesce(l.waits, false) AS waits,"
    "  l.source IS NOT NULL AS in_ledger"
    " FROM of_file f FULL JOIN of_ledger l ON l.source = f.source AND l.external_id = f.external_id"
    " WHERE (f.line IS NOT NULL OR l.received_on BETWEEN $1::date AND $2::date) AND ($3::int4 = 0 OR l.source IS NULL OR l.agreement_no = $3)"
    " UNION ALL SELECT -1, line, source, external_id, amount, NULL, day, problem, false, false FROM numbered WHERE copy > 1";

static struct err compare(struct pg *pg, struct arena *arena, int32_t agreement_no, struct reconcile_bank_report *report) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_date(p, report->from);
    pg_add_date(p, report->to);
    pg_add_int4(p, agreement_no);
    TRY(pg_run(pg, arena, compare_sql, p, NULL));
    struct pg_rows rows;
    TRY(pg_run(pg, arena,
               "SELECT count(*) FILTER (WHERE kind BETWEEN 0 AND 2), coalesce(sum(file_amount) FILTER (WHERE kind BETWEEN 0 AND 2), 0)::bigint, count(*) FILTER (WHERE in_ledger),"
               " coalesce(sum(ledger_amount), 0)::bigint, count(*) FILTER (WHERE kind = 0), coalesce(sum(file_amount) FILTER (WHERE kind = 0), 0)::bigint,"
               " count(*) FILTER (WHERE kind = 0 AND waits), count(*) FILTER (WHERE kind = -1), count(*) FILTER (WHERE kind = 1), count(*) FILTER (WHERE kind = 2),"
               " count(*) FILTER (WHERE kind = 3) FROM bank_comparison",
               NULL, &rows));
    report->file_count = pg_int8(&rows, 0, 0);
    report->file_sum = pg_int8(&rows, 0, 1);
    report->ledger_count = pg_int8(&rows, 0, 2);
    report->ledger_sum = pg_int8(&rows, 0, 3);
    report->equal_count = pg_int8(&rows, 0, 4);
    report->equal_sum = pg_int8(&rows, 0, 5);
    report->suspended_count = pg_int8(&rows, 0, 6);
    report->doubled = pg_int8(&rows, 0, 7);
    for (int kind = BANK_AMOUNT_DIFFERS; kind < BANK_DIFFERENCE_KINDS; kind++) report->differences[kind] = pg_int8(&rows, 0, 7 + kind);
    return OK;
}

static const char number_sql[] =
    "CREATE TEMPORARY TABLE bank_difference ON COMMIT DROP AS SELECT row_number() OVER (ORDER BY kind, line, source, external_id) AS n, * FROM bank_comparison WHERE kind > 0;"
    " CREATE INDEX ON bank_difference (n); ANALYZE bank_difference";
static const char page_sql[] = "SELECT kind, line, source, external_id, file_amount, ledger_amount, day, problem FROM bank_difference WHERE n > $1 AND n <= $2 ORDER BY n";

static void tell_row(struct arena *arena, const void *given_task, const struct pg_rows *rows, size_t i) {
    (void)arena;
    const struct reconcile_bank *task = given_task;
    const struct bank_difference difference = {
        .kind = (enum bank_difference_kind)pg_int4(rows, i, 0), .line = (uint32_t)pg_int4(rows, i, 1), .source = pg_bytes(rows, i, 2), .external_id = pg_bytes(rows, i, 3),
        .has_file_amount = !pg_is_null(rows, i, 4), .file_amount = pg_is_null(rows, i, 4) ? 0 : pg_int8(rows, i, 4), .has_ledger_amount = !pg_is_null(rows, i, 5),
        .ledger_amount = pg_is_null(rows, i, 5) ? 0 : pg_int8(rows, i, 5), .day = pg_int4(rows, i, 6), .problem = pg_bytes(rows, i, 7),
    };
    task->differs(task->self, &difference);
}

static struct err compare_all(struct pg *pg, struct arena *arena, const void *given_task, void *given_report) {
    const struct reconcile_bank *task = given_task;
    struct reconcile_bank_report *report = given_report;
    int32_t agreement_no;
    TRY(reconcile_agreement(pg, arena, task->agreement_id, &agreement_no));
    report->unknown_agreement = agreement_no < 0;
    if (report->unknown_agreement) return OK;
    TRY(load_file(pg, task, &report->file));
    if (report->file.refused[0] != '\0') return OK;
    TRY(find_days(pg, arena, task, report));
    TRY(compare(pg, arena, agreement_no, report));
    TRY(pg_script(pg, number_sql));
    return reconcile_tell(pg, arena, page_sql, tell_row, task);
}

struct err reconcile_bank(struct pg *pg, const struct reconcile_bank *task, struct reconcile_bank_report *ret_report) {
    *ret_report = (struct reconcile_bank_report){0};
    return reconcile_run(pg, compare_all, task, ret_report);
}
