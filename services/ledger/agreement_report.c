/* One statement each, so that all figures are of one moment; the tree is walked by the database. */
#include "services/ledger/agreement_report.h"

#include "services/ledger/agreement_document.h"

static struct agreement_line line_of(const struct pg_rows *rows, size_t row) {
    return (struct agreement_line){
        .depth = pg_int4(rows, row, 0), .id = pg_bytes(rows, row, 1), .name = pg_bytes(rows, row, 2), .parent = pg_bytes(rows, row, 3), .payer_name = pg_bytes(rows, row, 4),
        .period_from = pg_date(rows, row, 5), .period_to = pg_date(rows, row, 6), .pagu = pg_int8(rows, row, 7), .delegated = pg_int8(rows, row, 8),
        .committed = pg_int8(rows, row, 9), .quota = pg_int8(rows, row, 10), .accepted = pg_int8(rows, row, 11), .waitlisted = pg_int8(rows, row, 12),
        .warned = pg_int8(rows, row, 13), .reserved = pg_int8(rows, row, 14), .reserved_heads = pg_int8(rows, row, 15), .receivable = pg_int8(rows, row, 16),
        .credit = pg_int8(rows, row, 17), .amendment = pg_int4(rows, row, 18), .state = pg_bytes(rows, row, 19), .renews = pg_bytes(rows, row, 20),
        .renewed_by = pg_bytes(rows, row, 21),
    };
}

struct err agreement_lines(struct pg *pg, struct arena *arena, struct slice root, bool count_warned, struct agreement_line **ret_lines, size_t *ret_count) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, root);
    pg_add_int8(p, count_warned ? INT64_C(1) << CODE_W50 : 0);
    pg_add_int4(p, AGREEMENT_LINES_MAX + 1);
    TRY(pg_run(pg, arena,
               "WITH RECURSIVE tree AS ("
               " SELECT a.agreement_no, a.agreement_id, 0 AS depth, ARRAY[a.agreement_id] AS path FROM ledger.agreement a"
               "  WHERE a.agreement_no > 0 AND CASE WHEN $1 = '' THEN a.parent IS NULL ELSE a.agreement_id = $1 END"
               " UNION ALL SELECT c.agreement_no, c.agreement_id, t.depth + 1, t.path || c.agreement_id FROM tree t JOIN ledger.agreement c ON c.parent = t.agreement_id)"
               " SELECT t.depth, a.agreement_id, a.name, coalesce(a.parent, ''), a.payer_name, a.period_from, a.period_to, b.pagu, b.delegated, b.committed, b.quota,"
               " b.accepted, b.waitlisted,"
               " CASE WHEN $2 = 0 THEN -1 ELSE (SELECT count(*) FROM ledger.outcome o WHERE o.agreement_no = t.agreement_no AND NOT o.repeat AND o.warnings & $2 <> 0) END,"
               " b.reserved, b.reserved_heads, b.receivable, b.credit, a.amendment, a.state, coalesce(a.renews, ''),"
               " coalesce((SELECT min(r.agreement_id) FROM ledger.agreement r WHERE r.renews = a.agreement_id), '')"
               " FROM tree t JOIN ledger.agreement a USING (agreement_no) JOIN ledger.budget b USING (agreement_no) ORDER BY t.path LIMIT $3",
               p, &rows));
    if (rows.count > AGREEMENT_LINES_MAX) return ERR(FATAL, "there are more than %d agreements: ask for one of them", AGREEMENT_LINES_MAX);
    struct agreement_line *lines = arena_take(arena, (rows.count + 1) * sizeof *lines);
    for (size_t i = 0; i < rows.count; i++) lines[i] = line_of(&rows, i);
    *ret_lines = lines;
    *ret_count = rows.count;
    return OK;
}

struct err agreement_versions(struct pg *pg, struct arena *arena, struct slice id, struct agreement_version **ret_versions, size_t *ret_count) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, id);
    pg_add_int4(p, AGREEMENT_VERSIONS_MAX);
    TRY(pg_run(pg, arena,
               "SELECT v.amendment, v.journal_seq, v.made_by, v.approved_by, v.in_force_at, v.pagu, v.quota, v.document_sha256, v.document"
               " FROM ledger.agreement_version v JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = $1 ORDER BY v.amendment DESC LIMIT $2",
               p, &rows));
    struct agreement_version *versions = arena_zero(arena, rows.count + 1, sizeof *versions);
    for (size_t i = 0; i < rows.count; i++) {
        struct agreement_version *version = &versions[rows.count - 1 - i];
        const struct slice hash = pg_bytes(&rows, i, 7);
        *version = (struct agreement_version){
            .amendment = pg_int4(&rows, i, 0), .journal_seq = pg_int8(&rows, i, 1), .made_by = pg_bytes(&rows, i, 2), .approved_by = pg_bytes(&rows, i, 3),
            .in_force_at_ms = pg_timestamp_ms(&rows, i, 4), .pagu = pg_int8(&rows, i, 5), .quota = pg_int8(&rows, i, 6),
            .canonical = agreement_document_canonical(arena, pg_bytes(&rows, i, 8)),
        };
        if (hash.size == sizeof version->document_sha256) memcpy(version->document_sha256, hash.bytes, hash.size);
    }
    *ret_versions = versions;
    *ret_count = rows.count;
    return OK;
}
