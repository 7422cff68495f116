/* What was booked, asked for again. One statement an answer, so that all figures of it are of one moment. */
#include "services/ledger/invoice_report.h"

#include "services/ledger/billing.h"

static struct err agreement_exists(struct pg *pg, struct arena *arena, struct slice agreement_id, bool *ret_found) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, agreement_id);
    TRY(pg_run(pg, arena, "SELECT 1 FROM ledger.agreement WHERE agreement_id = $1", p, &rows));
    *ret_found = rows.count > 0;
    return OK;
}

/* ---- invoices ---------------------------------------------------------------------------------------------------------------------------------------- */

#define INVOICE_SELECT                                                                                                                                          \
    "SELECT a.agreement_id, i.invoice_id, i.billing_code, i.agreement_no, i.invoice_no, i.journal_seq, coalesce(r.seq, 0), i.first_month, i.months, i.persons,"     \
    " i.issued_on, i.due_on, i.amount, coalesce(d.amount, 0)::bigint, coalesce(d.months, 0) FROM ledger.invoice i JOIN ledger.agreement a USING (agreement_no)"      \
    " LEFT JOIN LATERAL (SELECT min(seq) AS seq FROM ledger.journal j WHERE j.agreement_no = i.agreement_no AND j.reverses = i.journal_seq AND j.reverses > 0) r ON true" \
    " LEFT JOIN LATERAL (SELECT sum(amount) AS amount, count(*) AS months FROM ledger.due d WHERE d.agreement_no = i.agreement_no AND d.invoice_no = i.invoice_no) d ON true"

static struct invoice_row invoice_of(const struct pg_rows *rows, size_t row) {
    return (struct invoice_row){.agreement_id = pg_bytes(rows, row, 0), .number = pg_bytes(rows, row, 1), .billing_code = pg_bytes(rows, row, 2), .agreement_no = pg_int4(rows, row, 3),
                                .invoice_no = pg_int4(rows, row, 4), .journal_seq = pg_int8(rows, row, 5), .reversed_by = pg_int8(rows, row, 6), .first_month = pg_int4(rows, row, 7),
                                .months = pg_int2(rows, row, 8), .persons = pg_int4(rows, row, 9), .issued_on = pg_date(rows, row, 10), .due_on = pg_date(rows, row, 11),
                                .amount = pg_int8(rows, row, 12), .open = pg_int8(rows, row, 13), .open_months = pg_int8(rows, row, 14)};
}

struct err invoice_rows(struct pg *pg, struct arena *arena, struct slice agreement_id, bool *ret_found, const struct invoice_row **ret_rows, size_t *ret_count) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, agreement_id);
    TRY(agreement_exists(pg, arena, agreement_id, ret_found));
    TRY(pg_run(pg, arena, INVOICE_SELECT " WHERE a.agreement_id = $1 ORDER BY i.invoice_no", p, &rows));
    struct invoice_row *invoices = arena_zero(arena, rows.count + 1, sizeof *invoices);
    for (size_t i = 0; i < rows.count; i++) invoices[i] = invoice_of(&rows, i);
    *ret_rows = invoices;
    *ret_count = rows.count;
    return OK;
}

struct err invoice_find(struct pg *pg, struct arena *arena, struct slice reference, bool *ret_found, struct invoice_row *ret_row) {
    char known[INVOICE_NUMBER_MAX];
    *ret_found = reference_read(reference, known);
    if (!*ret_found) return OK;
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, slice_text(known));
    TRY(pg_run(pg, arena, INVOICE_SELECT " WHERE i.invoice_id = $1 OR i.billing_code = $1", p, &rows));
    *ret_found = rows.count == 1;
    if (*ret_found) *ret_row = invoice_of(&rows, 0);
    return OK;
}

/* ---- lines -------------------------------------------------------------------------------------------------------------------------------------------- */

enum { LINES_A_PAGE = 4096, LINES_BYTES_MAX = 16 * 1024 * 1024 };

static struct invoice_line line_of(const struct pg_rows *rows, size_t row) {
    struct invoice_line line = {.place = pg_int8(rows, row, 1), .month = pg_int4(rows, row, 2), .reduction = pg_int8(rows, row, 8), .relief = pg_bytes(rows, row, 9),
                                .amount = pg_int8(rows, row, 10), .state = pg_bytes(rows, row, 11)};
    for (int i = 0; i < LEDGER_CHARGES; i++) line.by_charge[i] = pg_int8(rows, row, 3 + i);
    return line;
}

static struct err page_of_lines(struct pg *pg, struct arena *arena, const struct invoice_row *invoice, int32_t from, struct pg_rows *ret_rows) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4(p, invoice->agreement_no);
    pg_add_int8(p, invoice->journal_seq);
    pg_add_int4(p, from);
    pg_add_int4(p, LINES_A_PAGE);
    return pg_run(pg, arena,
                  "SELECT l.position, l.place, l.month, l.jkk, l.jkm, l.jht, l.jp, l.package, (SELECT coalesce(sum(x), 0)::bigint FROM unnest(l.reduction) AS x), coalesce(l.relief, ''), l.amount,"
                  " CASE WHEN d.place IS NOT NULL THEN 'OPEN' WHEN t.kind = 3 THEN 'CREDITED' WHEN t.kind = 4 THEN 'REFUNDED' ELSE 'SETTLED' END"
                  " FROM ledger.line l LEFT JOIN ledger.due d ON d.agreement_no = $1 AND d.invoice_no = l.invoice_no AND d.place = l.place AND d.month = l.month"
                  " LEFT JOIN LATERAL (SELECT max(kind) AS kind FROM ledger.line t WHERE t.agreement_no = $1 AND t.month = l.month AND t.place = l.place AND t.kind IN (3, 4)"
                  " AND t.invoice_no = l.invoice_no) t ON true"
                  " WHERE l.agreement_no = $1 AND l.journal_seq = $2 AND l.kind = 1 AND l.position >= $3 ORDER BY l.position LIMIT $4",
                  p, ret_rows);
}

struct err invoice_lines(struct pg *pg, const struct invoice_row *invoice, bool (*each)(void *self, const struct invoice_line *line), void *self) {
    struct arena *arena = arena_create(LINES_BYTES_MAX);
    struct err err = OK;
    bool goes_on = true;
    for (int32_t from = 0; goes_on;) {
        struct pg_rows rows;
        arena_reset(arena);
        err = page_of_lines(pg, arena, invoice, from, &rows);
        if (failed(&err)) break;
        goes_on = rows.count == LINES_A_PAGE;
        for (size_t i = 0; i < rows.count; i++) {
            const struct invoice_line line = line_of(&rows, i);
            from = pg_int4(&rows, i, 0) + 1;
            if (each(self, &line)) continue;
            goes_on = false;
            break;
        }
    }
    arena_destroy(arena);
    return err;
}

/* ---- payments ------------------------------------------------------------------------------------------------------------------------------------------- */

/* A payment that was assigned out of suspense belongs to the payer and journal of its assignment. */
#define PAYMENT_SELECT                                                                                                                                          \
    "SELECT p.source, p.external_id, p.bank, p.reference, CASE WHEN s.state IN ('ASSIGNED', 'RETURNED') THEN s.state ELSE p.state END, a.agreement_id, p.amount,"      \
    " p.settled, p.credited, p.received_on, o.journal_seq, coalesce((SELECT min(j.seq) FROM ledger.journal j WHERE j.agreement_no = o.agreement_no"                  \
    " AND j.reverses = o.journal_seq AND j.reverses > 0), 0), coalesce(s.suspense_no, 0)::bigint FROM ledger.payment p LEFT JOIN ledger.suspense s ON s.source = p.source"              \
    " AND p.external_id IN (s.external_id, s.external_id || '#' || s.suspense_no) AND s.content_sha256 = p.content_sha256 AND s.booked"                                                                      \
    " CROSS JOIN LATERAL (SELECT CASE WHEN s.state = 'ASSIGNED' THEN s.agreement_no ELSE p.agreement_no END AS agreement_no,"                                       \
    " CASE WHEN s.state = 'ASSIGNED' THEN s.assigned_seq ELSE p.journal_seq END AS journal_seq) o JOIN ledger.agreement a ON a.agreement_no = o.agreement_no"

static struct payment_row payment_of(const struct pg_rows *rows, size_t row) {
    return (struct payment_row){.source = pg_bytes(rows, row, 0), .external_id = pg_bytes(rows, row, 1), .bank = pg_bytes(rows, row, 2), .reference = pg_bytes(rows, row, 3),
                                .state = pg_bytes(rows, row, 4), .agreement_id = pg_bytes(rows, row, 5), .amount = pg_int8(rows, row, 6), .settled = pg_int8(rows, row, 7),
                                .credited = pg_int8(rows, row, 8), .received_on = pg_date(rows, row, 9), .journal_seq = pg_int8(rows, row, 10), .reversed_by = pg_int8(rows, row, 11),
                                .suspense_no = pg_int8(rows, row, 12)};
}

struct err payment_rows(struct pg *pg, struct arena *arena, struct slice agreement_id, bool *ret_found, const struct payment_row **ret_rows, size_t *ret_count) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, agreement_id);
    TRY(agreement_exists(pg, arena, agreement_id, ret_found));
    TRY(pg_run(pg, arena, PAYMENT_SELECT " WHERE a.agreement_id = $1 ORDER BY o.journal_seq", p, &rows));
    struct payment_row *payments = arena_zero(arena, rows.count + 1, sizeof *payments);
    for (size_t i = 0; i < rows.count; i++) payments[i] = payment_of(&rows, i);
    *ret_rows = payments;
    *ret_count = rows.count;
    return OK;
}

struct err payment_find(struct pg *pg, struct arena *arena, struct slice source, struct slice external_id, bool *ret_found, struct payment_row *ret_row) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, source);
    pg_add_text(p, external_id);
    TRY(pg_run(pg, arena, PAYMENT_SELECT " WHERE p.source = $1 AND p.external_id = $2", p, &rows));
    *ret_found = rows.count == 1;
    if (*ret_found) *ret_row = payment_of(&rows, 0);
    return OK;
}

struct err suspense_rows(struct pg *pg, struct arena *arena, bool all, int32_t after, int32_t rows_max, const struct suspense_row **ret_rows, size_t *ret_count) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_bool(p, all);
    pg_add_int4(p, after);
    pg_add_int4(p, rows_max);
    TRY(pg_run(pg, arena,
               "SELECT s.suspense_no, s.source, s.external_id, s.problem, s.bank, s.state, s.reference, CASE WHEN s.agreement_no > 0 THEN a.agreement_id ELSE '' END, s.note, s.booked, s.amount,"
               " s.received_on, s.raw FROM ledger.suspense s JOIN ledger.agreement a USING (agreement_no) WHERE ($1 OR s.state = 'OPEN') AND s.suspense_no > $2 ORDER BY s.suspense_no LIMIT $3",
               p, &rows));
    struct suspense_row *items = arena_zero(arena, rows.count + 1, sizeof *items);
    for (size_t i = 0; i < rows.count; i++)
        items[i] = (struct suspense_row){.number = pg_int4(&rows, i, 0), .source = pg_bytes(&rows, i, 1), .external_id = pg_bytes(&rows, i, 2), .problem = pg_bytes(&rows, i, 3),
                                         .bank = pg_bytes(&rows, i, 4), .state = pg_bytes(&rows, i, 5), .reference = pg_bytes(&rows, i, 6), .agreement_id = pg_bytes(&rows, i, 7),
                                         .note = pg_bytes(&rows, i, 8), .booked = pg_bool(&rows, i, 9), .has_amount = !pg_is_null(&rows, i, 10),
                                         .amount = pg_is_null(&rows, i, 10) ? 0 : pg_int8(&rows, i, 10), .received_on = pg_date(&rows, i, 11), .place = pg_bytes(&rows, i, 12)};
    *ret_rows = items;
    *ret_count = rows.count;
    return OK;
}

/* ---- accounts ------------------------------------------------------------------------------------------------------------------------------------------- */

struct err account_rows(struct pg *pg, struct arena *arena, struct slice agreement_id, day_t as_of, bool *ret_found, const struct account_row **ret_rows, size_t *ret_count) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, agreement_id);
    pg_add_date(p, as_of);
    TRY(agreement_exists(pg, arena, agreement_id, ret_found));
    TRY(pg_run(pg, arena,
               "SELECT e.account, sum(e.amount)::bigint FROM ledger.agreement a JOIN ledger.journal j USING (agreement_no) JOIN ledger.entry e USING (agreement_no, seq)"
               " WHERE a.agreement_id = $1 AND ($2::date IS NULL OR j.business_date <= $2) GROUP BY e.account HAVING sum(e.amount) <> 0 ORDER BY e.account COLLATE \"C\"",
               p, &rows));
    struct account_row *accounts = arena_zero(arena, rows.count + 1, sizeof *accounts);
    for (size_t i = 0; i < rows.count; i++) accounts[i] = (struct account_row){.account = pg_bytes(&rows, i, 0), .amount = pg_int8(&rows, i, 1)};
    *ret_rows = accounts;
    *ret_count = rows.count;
    return OK;
}
