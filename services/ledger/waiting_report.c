/* Reads the waiting list as it is served. It must never open a record: it holds the sealed person. */
#include "services/ledger/waiting_report.h"

#include "services/ledger/price_sql.h"
#include "services/ledger/promotion.h"

#define ROW_COLUMNS_SQL "w.ticket, w.class, w.desil, w.proposal_date, w.village, w.application_id, w.state = 2, w.undecided, w.start_month, w.months, w.amount, w.reserved_until"
enum { ROW_COLUMNS = 12 };

static struct waiting_row row_at(const struct pg_rows *rows, size_t row, int column) {
    struct waiting_row waiting = {
        .ticket = pg_int8(rows, row, column), .class_number = pg_int2(rows, row, column + 1), .desil = pg_int2(rows, row, column + 2), .proposal_date = pg_date(rows, row, column + 3),
        .village = pg_int8(rows, row, column + 4), .is_reserved = pg_bool(rows, row, column + 6), .is_undecided = pg_bool(rows, row, column + 7), .start_month = pg_int4(rows, row, column + 8),
        .months = pg_int2(rows, row, column + 9), .amount = pg_int8(rows, row, column + 10), .reserved_until = pg_date(rows, row, column + 11),
    };
    const struct slice id = pg_bytes(rows, row, column + 5);
    CHECK(id.size == ID_BYTES);
    memcpy(waiting.application_id.bytes, id.bytes, ID_BYTES);
    return waiting;
}

struct err waiting_list_read(struct pg *pg, struct arena *arena, struct slice agreement_id, int32_t limit, struct waiting_list *ret_list) {
    struct pg_parameters *p = pg_parameters(arena), *own = pg_parameters(arena);
    pg_add_text(p, agreement_id);
    pg_add_int4(p, limit < WAITING_ROWS_MAX ? limit : WAITING_ROWS_MAX);
    pg_add_text(own, agreement_id);
    struct pg_step steps[] = {
        {.sql = "SELECT b.waitlisted, b.reserved_heads, b.reserved, (SELECT count(*) FROM ledger.waiting w WHERE w.agreement_no = a.agreement_no AND w.record = '') FROM ledger.budget b JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = $1 AND a.agreement_no > 0", .parameters = own},
        {.sql = "SELECT CASE WHEN w.state = 1 THEN row_number() OVER (PARTITION BY w.state ORDER BY " WAITING_ORDER_SQL("w") ") ELSE 0 END, " ROW_COLUMNS_SQL
                " FROM ledger.waiting w JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = $1 ORDER BY w.state DESC, " WAITING_ORDER_SQL("w") " LIMIT $2",
         .parameters = p},
    };
    TRY(pg_run_all(pg, arena, steps, 2));
    const struct pg_rows *sums = &steps[0].rows, *rows = &steps[1].rows;
    *ret_list = (struct waiting_list){.found = sums->count > 0, .row_count = rows->count, .rows = arena_zero(arena, rows->count + 1, sizeof(struct waiting_row))};
    if (!ret_list->found) return OK;
    ret_list->waiting = pg_int8(sums, 0, 0);
    ret_list->reserved = pg_int8(sums, 0, 1);
    ret_list->reserved_money = pg_int8(sums, 0, 2);
    ret_list->unknown = pg_int8(sums, 0, 3);
    for (size_t i = 0; i < rows->count; i++) {
        ret_list->rows[i] = row_at(rows, i, 1);
        ret_list->rows[i].place = pg_int8(rows, i, 0);
    }
    return OK;
}

struct err waiting_standing_read(struct pg *pg, struct arena *arena, struct id application_id, struct waiting_standing *ret_standing) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_bytea(p, slice_of(application_id.bytes, ID_BYTES));
    TRY(pg_run(pg, arena,
               "SELECT " ROW_COLUMNS_SQL ", a.agreement_id, b.waitlisted FROM ledger.waiting w JOIN ledger.agreement a USING (agreement_no) JOIN ledger.budget b USING (agreement_no)"
               " WHERE w.application_id = $1",
               p, &rows));
    *ret_standing = (struct waiting_standing){.found = rows.count > 0};
    if (rows.count == 0) return OK;
    ret_standing->row = row_at(&rows, 0, 0);
    ret_standing->agreement_id = pg_bytes(&rows, 0, ROW_COLUMNS);
    ret_standing->waiting = pg_int8(&rows, 0, ROW_COLUMNS + 1);
    return waiting_place(pg, arena, application_id, &ret_standing->row.place);
}
