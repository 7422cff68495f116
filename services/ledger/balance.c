/* One statement, so that all figures are of one moment. */
#include "services/ledger/balance.h"

_Static_assert(OUTCOME_ACCEPTED == 1 && LINE_RELEASED == 12, "the numbers in this statement");

struct err agreement_balance(struct pg *pg, struct arena *arena, struct slice agreement_id, bool *ret_found, struct agreement_balance *ret_balance) {
    enum { PAGU, DELEGATED, RESERVED, ALL_ACCEPTED, ALL_WAITLISTED, COMMITTED, CHARGES, SEGMENT = CHARGES + LEDGER_CHARGES, OF_SEGMENT, ACCEPTED, WAITLISTED };
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text(p, agreement_id);
    struct pg_rows rows; /* one row a segment that has outcomes, at least one */
    TRY(pg_run(pg, arena,
               "SELECT b.pagu, b.delegated, b.reserved, b.accepted, b.waitlisted, e.committed, e.jkk, e.jkm, e.jht, e.jp, e.package, coalesce(o.segment, 0)::smallint,"
               " coalesce(o.committed, 0)::bigint, coalesce(o.accepted, 0)::bigint, coalesce(o.waitlisted, 0)::bigint FROM ledger.agreement a JOIN ledger.budget b USING (agreement_no)"
               " CROSS JOIN LATERAL (SELECT coalesce(sum(amount) FILTER (WHERE account = 'KOMITMEN:' || a.agreement_id), 0)::bigint AS committed,"
               " -coalesce(sum(amount) FILTER (WHERE account = 'IURAN-KOMITMEN:JKK'), 0)::bigint AS jkk,"
               " -coalesce(sum(amount) FILTER (WHERE account = 'IURAN-KOMITMEN:JKM'), 0)::bigint AS jkm,"
               " -coalesce(sum(amount) FILTER (WHERE account = 'IURAN-KOMITMEN:JHT'), 0)::bigint AS jht,"
               " -coalesce(sum(amount) FILTER (WHERE account = 'IURAN-KOMITMEN:JP'), 0)::bigint AS jp,"
               " -coalesce(sum(amount) FILTER (WHERE account = 'IURAN-KOMITMEN:PACKAGE'), 0)::bigint AS package"
               " FROM ledger.entry WHERE agreement_no = a.agreement_no) e"
               " LEFT JOIN LATERAL (SELECT segment, sum(committed) AS committed, sum(accepted) AS accepted, sum(waitlisted) AS waitlisted FROM ("
               "  SELECT segment, amount AS committed, (status = 1)::int AS accepted, 0 AS waitlisted FROM ledger.outcome WHERE agreement_no = a.agreement_no AND NOT repeat"
               "  UNION ALL SELECT n.segment, CASE WHEN l.kind = 12 THEN -l.amount ELSE 0 END, l.heads, 0 FROM ledger.line l JOIN ledger.enrolment n USING (agreement_no, place)"
               "  WHERE l.agreement_no = a.agreement_no AND (l.kind = 12 OR l.heads <> 0)"
               "  UNION ALL SELECT segment, 0, 0, 1 FROM ledger.waiting WHERE agreement_no = a.agreement_no AND state = 1) part GROUP BY segment) o ON true"
               " WHERE a.agreement_id = $1 AND a.agreement_no > 0",
               p, &rows));
    *ret_found = rows.count > 0;
    if (!*ret_found) return OK;
    struct agreement_balance balance = {.pagu = pg_int8(&rows, 0, PAGU), .delegated = pg_int8(&rows, 0, DELEGATED), .committed = pg_int8(&rows, 0, COMMITTED),
                                        .reserved = pg_int8(&rows, 0, RESERVED), .accepted = pg_int8(&rows, 0, ALL_ACCEPTED), .waitlisted = pg_int8(&rows, 0, ALL_WAITLISTED)};
    for (int i = 0; i < LEDGER_CHARGES; i++) balance.by_charge[i] = pg_int8(&rows, 0, CHARGES + i);
    for (size_t i = 0; i < rows.count; i++) {
        const int segment = pg_int2(&rows, i, SEGMENT);
        if (segment < SEGMENT_BPU || segment > SEGMENT_PMI) continue; /* parked: of no segment */
        balance.segments[segment] = (struct segment_balance){.committed = pg_int8(&rows, i, OF_SEGMENT), .accepted = pg_int8(&rows, i, ACCEPTED), .waitlisted = pg_int8(&rows, i, WAITLISTED)};
    }
    balance.left = balance.pagu - balance.delegated - balance.committed - balance.reserved;
    *ret_balance = balance;
    return OK;
}
