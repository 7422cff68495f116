/* What comparisons of the books with a file of others share: one transaction that is always rolled back, room to work in for the server, the agreement by its id, and differences told
 * page by page. The comparison is a statement over temporary tables, so memory here is bounded whatever the file holds. */
#ifndef PAYUNG_LEDGER_RECONCILE_PARTS_H
#define PAYUNG_LEDGER_RECONCILE_PARTS_H

#include "common/edge/pg.h"

/* First in the transaction: a comparison may take its time. */
#define RECONCILE_SETTINGS_SQL "SET LOCAL statement_timeout = '10min'; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL work_mem = '64MB';"

/* Runs `compare` inside the transaction, with an arena of its own; nothing stays changed. Errors: those of pg.h and of `compare`. */
MUST_USE struct err reconcile_run(struct pg *pg, struct err (*compare)(struct pg *pg, struct arena *arena, const void *task, void *report), const void *task, void *report);

/* 0 for an empty id (all agreements), -1 when no agreement has it. */
MUST_USE struct err reconcile_agreement(struct pg *pg, struct arena *arena, struct slice id, int32_t *ret_number);

/* page_sql: the rows whose dense number from 1 is above $1 and at most $2, in order. `tell` gets each; the arena is reset before every page. */
MUST_USE struct err reconcile_tell(struct pg *pg, struct arena *arena, const char *page_sql, void (*tell)(struct arena *arena, const void *task, const struct pg_rows *rows, size_t row), const void *task);

#endif
