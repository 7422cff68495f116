/* One look at ledger.lineage. It must never write: only book_save.c moves the ledger's position. */
#include "services/ledger/lineage_store.h"

enum { ANSWER_BYTES_MAX = 128 * 1024 };

struct err ledger_position(struct pg *pg, int32_t partition, struct stage_position *ret_position) {
    struct arena *arena = arena_create(ANSWER_BYTES_MAX);
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4(p, partition);
    struct pg_rows rows;
    struct err err = pg_run(pg, arena, "SELECT epoch, first_origin, next FROM ledger.lineage WHERE partition = $1", p, &rows);
    if (!failed(&err)) {
        *ret_position = (struct stage_position){0};
        if (rows.count == 1) *ret_position = (struct stage_position){.epoch = (uint32_t)pg_int4(&rows, 0, 0), .first_origin = pg_int8(&rows, 0, 1), .next = pg_int8(&rows, 0, 2)};
    }
    arena_destroy(arena);
    return err;
}
