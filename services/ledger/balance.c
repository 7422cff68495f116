/* One statement, so that all figures are of one moment. */
#include "services/ledger/balance.h"

struct err agreement_balance(struct pg *pg, struct arena *arena, struct slice agreement_id, bool *ret_found, struct agreement_balance *ret_balance) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text(p, agreement_id);
    struct pg_rows rows;
    TRY(pg_run(pg, arena,
               "SELECT b.pagu, e.committed, e.jkk, e.jkm, e.jht, e.jp, o.accepted, o.waitlisted FROM ledger.agreement a JOIN ledger.budget b USING (agreement_no)"
               " CROSS JOIN LATERAL (SELECT coalesce(sum(amount) FILTER (WHERE account = 'KOMITMEN:' || a.agreement_id), 0)::bigint AS committed,"
               " -coalesce(sum(amount) FILTER (WHERE account = 'IURAN-KOMITMEN:JKK'), 0)::bigint AS jkk,"
               " -coalesce(sum(amount) FILTER (WHERE account = 'IURAN-KOMITMEN:JKM'), 0)::bigint AS jkm,"
               " -coalesce(sum(amount) FILTER (WHERE account = 'IURAN-KOMITMEN:JHT'), 0)::bigint AS jht,"
               " -coalesce(sum(amount) FILTER (WHERE account = 'IURAN-KOMITMEN:JP'), 0)::bigint AS jp FROM ledger.entry WHERE agreement_no = a.agreement_no) e"
               " CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE status = 1) AS accepted, count(*) FILTER (WHERE status = 2) AS waitlisted"
               " FROM ledger.outcome WHERE agreement_no = a.agreement_no AND NOT repeat) o WHERE a.agreement_id = $1 AND a.agreement_no > 0",
               p, &rows));
    *ret_found = rows.count == 1;
    if (!*ret_found) return OK;
    struct agreement_balance balance = {.pagu = pg_int8(&rows, 0, 0), .committed = pg_int8(&rows, 0, 1), .accepted = pg_int8(&rows, 0, 6), .waitlisted = pg_int8(&rows, 0, 7)};
    for (int i = 0; i < LEDGER_PROGRAMMES; i++) balance.by_programme[i] = pg_int8(&rows, 0, 2 + i);
    balance.left = balance.pagu - balance.committed;
    *ret_balance = balance;
    return OK;
}
