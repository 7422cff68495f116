/* One statement over the rows that wait: they are few, or the operators know why. */
#include "services/ledger/pending_report.h"

struct err pending_lines(struct pg *pg, struct arena *arena, struct pending_line ret_lines[PENDING_LINES_MAX], size_t *ret_count) {
    struct pg_rows rows;
    TRY(pg_run(pg, arena,
               "SELECT codes, count(*), count(*) FILTER (WHERE first_pending_at > now() - interval '1 hour'), count(*) FILTER (WHERE first_pending_at > now() - interval '1 day'),"
               " min(first_pending_at), min(due_at), max(attempt) - 1 FROM ledger.pending WHERE purpose = 1 GROUP BY codes ORDER BY codes LIMIT 64",
               NULL, &rows));
    _Static_assert(PENDING_LINES_MAX == 64, "the statement's limit");
    CHECK(rows.count <= PENDING_LINES_MAX);
    for (size_t i = 0; i < rows.count; i++)
        ret_lines[i] = (struct pending_line){
            .codes = {(uint64_t)pg_int8(&rows, i, 0)}, .applications = pg_int8(&rows, i, 1), .last_hour = pg_int8(&rows, i, 2), .last_day = pg_int8(&rows, i, 3),
            .since_ms = pg_timestamp_ms(&rows, i, 4), .next_ms = pg_timestamp_ms(&rows, i, 5), .attempts = pg_int4(&rows, i, 6),
        };
    *ret_count = rows.count;
    return OK;
}
