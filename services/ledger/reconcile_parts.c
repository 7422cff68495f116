/* The frame of a comparison. It must never commit: whoever compares changes nothing. */
#include "services/ledger/reconcile_parts.h"

enum { ARENA_BYTES_MAX = 16 * 1024 * 1024, PAGE_ROWS = 2000, PATIENCE_MS = 600000 /* as RECONCILE_SETTINGS_SQL */ };

struct err reconcile_run(struct pg *pg, struct err (*compare)(struct pg *pg, struct arena *arena, const void *task, void *report), const void *task, void *report) {
    struct arena *arena = arena_create(ARENA_BYTES_MAX);
    pg_patience(pg, PATIENCE_MS);
    struct err err = pg_begin(pg);
    if (!failed(&err)) err = compare(pg, arena, task, report);
    pg_rollback(pg); /* nothing was changed */
    arena_destroy(arena);
    return err;
}

struct err reconcile_agreement(struct pg *pg, struct arena *arena, struct slice id, int32_t *ret_number) {
    *ret_number = 0;
    if (id.size == 0) return OK;
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, id);
    TRY(pg_run(pg, arena, "SELECT agreement_no FROM ledger.agreement WHERE agreement_id = $1 AND agreement_no > 0", p, &rows));
    *ret_number = rows.count == 1 ? pg_int4(&rows, 0, 0) : -1;
    return OK;
}

struct err reconcile_tell(struct pg *pg, struct arena *arena, const char *page_sql, void (*tell)(struct arena *arena, const void *task, const struct pg_rows *rows, size_t row), const void *task) {
    for (int64_t from = 0;; from += PAGE_ROWS) {
        arena_reset(arena);
        struct pg_parameters *p = pg_parameters(arena);
        struct pg_rows rows;
        pg_add_int8(p, from);
        pg_add_int8(p, from + PAGE_ROWS);
        TRY(pg_run(pg, arena, page_sql, p, &rows));
        for (size_t i = 0; i < rows.count; i++) tell(arena, task, &rows, i);
        if (rows.count < PAGE_ROWS) return OK;
    }
}
