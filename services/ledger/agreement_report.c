/* One statement, so that all figures are of one moment; the tree is walked by the database. */
#include "services/ledger/agreement_report.h"

#include <stdio.h>

static struct agreement_line line_of(const struct pg_rows *rows, size_t row) {
    return (struct agreement_line){
        .depth = pg_int4(rows, row, 0), .id = pg_bytes(rows, row, 1), .name = pg_bytes(rows, row, 2), .parent = pg_bytes(rows, row, 3), .payer_name = pg_bytes(rows, row, 4),
        .period_from = pg_date(rows, row, 5), .period_to = pg_date(rows, row, 6), .pagu = pg_int8(rows, row, 7), .delegated = pg_int8(rows, row, 8),
        .committed = pg_int8(rows, row, 9), .quota = pg_int8(rows, row, 10), .accepted = pg_int8(rows, row, 11), .waitlisted = pg_int8(rows, row, 12),
        .warned = pg_int8(rows, row, 13),
    };
}

struct err agreement_lines(struct pg *pg, struct arena *arena, struct slice root, struct agreement_line **ret_lines, size_t *ret_count) {
    char sql[2048];
    const int wrote = snprintf(sql, sizeof sql,
                               "WITH RECURSIVE tree AS ("
                               " SELECT a.agreement_no, a.agreement_id, 0 AS depth, ARRAY[a.agreement_id] AS path FROM ledger.agreement a"
                               "  WHERE a.agreement_no > 0 AND CASE WHEN $1 = '' THEN a.parent IS NULL ELSE a.agreement_id = $1 END"
                               " UNION ALL SELECT c.agreement_no, c.agreement_id, t.depth + 1, t.path || c.agreement_id FROM tree t JOIN ledger.agreement c ON c.parent = t.agreement_id)"
                               " SELECT t.depth, a.agreement_id, a.name, coalesce(a.parent, ''), a.payer_name, a.period_from, a.period_to, b.pagu, b.delegated, b.committed, b.quota,"
                               " b.accepted, b.waitlisted, (SELECT count(*) FROM ledger.outcome o WHERE o.agreement_no = t.agreement_no AND NOT o.repeat AND o.warnings & (1::bigint << %d) <> 0)"
                               " FROM tree t JOIN ledger.agreement a USING (agreement_no) JOIN ledger.budget b USING (agreement_no) ORDER BY t.path LIMIT %d",
                               CODE_W50, AGREEMENT_LINES_MAX + 1);
    CHECK(wrote > 0 && wrote < (int)sizeof sql);
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text(p, root);
    struct pg_rows rows;
    TRY(pg_run(pg, arena, sql, p, &rows));
    if (rows.count > AGREEMENT_LINES_MAX) return ERR(FATAL, "there are more than %d agreements: ask for one of them", AGREEMENT_LINES_MAX);
    struct agreement_line *lines = arena_take(arena, (rows.count + 1) * sizeof *lines);
    for (size_t i = 0; i < rows.count; i++) lines[i] = line_of(&rows, i);
    *ret_lines = lines;
    *ret_count = rows.count;
    return OK;
}
