/* PostgreSQL. The only module that includes <libpq-fe.h>. One struct pg = one session; reconnects by itself at pg_ready after a loss.
 *
 * Statements are prepared on first use and found again by their text's address (string literals: their text must never change) and run with binary parameters and results where noted.
 * Arrays go as binary one-dimensional arrays without NULLs (or with, where noted), so a batch of N rows is one statement with unnest.
 *
 * Errors: lost connection, shutdown, deadlock, serialization failure, lock time-out, too many connections, read only server -> AGAIN;
 * class 22 and 23 (data, constraint) -> SPLIT; missing table/column/function, bad credentials, syntax -> FATAL. Texts hold SQLSTATE and
 * primary message, never the DETAIL line (it may hold data of a person).
 *
 *   struct pg_parameters *p = pg_parameters(arena);
 *   pg_add_int8(p, 42); pg_add_bytea_array(p, tokens, n) ...
 *   struct pg_rows rows;  TRY(pg_run(pg, arena, "SELECT ...", p, &rows));     rows live in the arena
 *   for (size_t i = 0; i < rows.count; i++) { int64_t a = pg_int8(&rows, i, 0); struct slice t = pg_bytes(&rows, i, 1); } */
#ifndef PAYUNG_EDGE_PG_H
#define PAYUNG_EDGE_PG_H

#include "common/base/arena.h"
#include "common/base/err.h"

struct pg;
struct pg_parameters;

struct pg_rows {
    size_t count;   /* rows */
    int columns;
    int64_t affected; /* of INSERT/UPDATE/DELETE */
    const struct slice *cells; /* count * columns; binary format; NULL cells have bytes == NULL */
};

MUST_USE struct err pg_open(const char *url, const char *application_name, struct pg **ret_pg); /* connects; AGAIN when it can't */
void pg_close(struct pg *pg); /* NULL is allowed; a transaction that is open is rolled back by the server */
/* How long an answer is waited for before the session is given up with AGAIN; as opened 40 s, more than the server's own statement_timeout of 30 s. */
void pg_patience(struct pg *pg, int wait_ms);
/* What SQLSTATE stands in the text of an error of this module: a lock that was not given in time, one of two that waited for each other, a unique key that is there already,
 * a right that the role has not. */
bool pg_is_lock_timeout(const struct err *err);
bool pg_is_deadlock(const struct err *err);
bool pg_is_unique_violation(const struct err *err);
bool pg_is_denied(const struct err *err);
/* How long a lock is waited for from now on: a moment only, for who must not hold up others, or as the server has it. */
void pg_wait_for_locks(struct pg *pg, struct arena *arena, bool shortly);
MUST_USE struct err pg_ready(struct pg *pg); /* reconnects when needed; one short round trip otherwise */
/* BEGIN itself travels with the next statement, so it costs no round trip; reconnects first when the session was lost. */
MUST_USE struct err pg_begin(struct pg *pg);
MUST_USE struct err pg_commit(struct pg *pg); /* a lost answer to COMMIT is AGAIN: the caller's compare-and-set finds out what happened */
void pg_rollback(struct pg *pg);              /* harmless without a transaction */
/* One statement. parameters and ret_rows may be NULL. */
MUST_USE struct err pg_run(struct pg *pg, struct arena *arena, const char *sql, const struct pg_parameters *parameters, struct pg_rows *ret_rows);
/* Several statements in one round trip (libpq pipeline mode); stops at the first error. */
struct pg_step { const char *sql; const struct pg_parameters *parameters; struct pg_rows rows; /* filled */ };
MUST_USE struct err pg_run_all(struct pg *pg, struct arena *arena, struct pg_step *steps, size_t step_count);
/* The same in two halves, for whoever has other work meanwhile; nothing else may be asked of the session between them, and steps, parameters and arena must live until the end. pg_socket becomes
 * readable when something has come; pg_is_answered takes it in, and is true when pg_take_all will not wait. */
MUST_USE struct err pg_send_all(struct pg *pg, struct arena *arena, struct pg_step *steps, size_t step_count);
bool pg_is_answered(struct pg *pg);
int pg_socket(const struct pg *pg); /* -1: there is no session */
MUST_USE struct err pg_take_all(struct pg *pg);
/* A step before others of its transaction: they and their triggers run by plans that are made once, by index whatever there is. For statements that run many times a second,
 * each on few rows, of which planning (anew each time as a rule) would be the larger part. */
struct pg_step pg_keep_plans(void);
MUST_USE struct err pg_script(struct pg *pg, const char *sql_text); /* several statements as text: migrations */
/* COPY table (columns) FROM STDIN BINARY with rows added field by field. */
struct pg_copy;
MUST_USE struct err pg_copy_start(struct pg *pg, const char *copy_sql, struct pg_copy **ret_copy);
void pg_copy_row(struct pg_copy *copy, int columns);
void pg_copy_int2(struct pg_copy *copy, int16_t value);
void pg_copy_int4(struct pg_copy *copy, int32_t value);
void pg_copy_int8(struct pg_copy *copy, int64_t value);
void pg_copy_bool(struct pg_copy *copy, bool value);
void pg_copy_bytes(struct pg_copy *copy, struct slice value); /* text or bytea; bytes NULL with size 0 is an empty one */
void pg_copy_date(struct pg_copy *copy, int32_t day_yyyymmdd); /* 0 -> NULL */
void pg_copy_timestamp_ms(struct pg_copy *copy, int64_t unix_ms);
void pg_copy_int4_array(struct pg_copy *copy, const int32_t *values, size_t count);
void pg_copy_null(struct pg_copy *copy);
MUST_USE struct err pg_copy_finish(struct pg_copy *copy); /* frees it */

/* At most PG_PARAMETERS_MAX values in the order of $1, $2, ...; array values are copied into the arena when they are added. */
enum { PG_PARAMETERS_MAX = 48 };
struct pg_parameters *pg_parameters(struct arena *arena);
void pg_add_null(struct pg_parameters *p);
void pg_add_bool(struct pg_parameters *p, bool value);
void pg_add_int2(struct pg_parameters *p, int16_t value);
void pg_add_int4(struct pg_parameters *p, int32_t value);
void pg_add_int8(struct pg_parameters *p, int64_t value);
void pg_add_text(struct pg_parameters *p, struct slice value);
void pg_add_bytea(struct pg_parameters *p, struct slice value);
void pg_add_jsonb(struct pg_parameters *p, struct slice json);
void pg_add_date(struct pg_parameters *p, int32_t day_yyyymmdd);     /* 0 -> NULL */
void pg_add_timestamp_ms(struct pg_parameters *p, int64_t unix_ms);  /* timestamptz */
void pg_add_bool_array(struct pg_parameters *p, const bool *values, size_t count);
void pg_add_int2_array(struct pg_parameters *p, const int16_t *values, size_t count);
void pg_add_int4_array(struct pg_parameters *p, const int32_t *values, size_t count);
void pg_add_int8_array(struct pg_parameters *p, const int64_t *values, size_t count);
void pg_add_date_array(struct pg_parameters *p, const int32_t *days_yyyymmdd, size_t count); /* 0 -> NULL element */
void pg_add_text_array(struct pg_parameters *p, const struct slice *values, size_t count);  /* bytes == NULL -> NULL element */
void pg_add_bytea_array(struct pg_parameters *p, const struct slice *values, size_t count); /* bytes == NULL -> NULL element */

bool pg_is_null(const struct pg_rows *rows, size_t row, int column);
bool pg_bool(const struct pg_rows *rows, size_t row, int column);
int16_t pg_int2(const struct pg_rows *rows, size_t row, int column);
int32_t pg_int4(const struct pg_rows *rows, size_t row, int column);
int64_t pg_int8(const struct pg_rows *rows, size_t row, int column);
struct slice pg_bytes(const struct pg_rows *rows, size_t row, int column); /* text, bytea, jsonb (without its version byte) */
int32_t pg_date(const struct pg_rows *rows, size_t row, int column);       /* YYYYMMDD, 0 for NULL */
int64_t pg_timestamp_ms(const struct pg_rows *rows, size_t row, int column);
int64_t pg_timestamp_us(const struct pg_rows *rows, size_t row, int column); /* unrounded, for hashes */
size_t pg_int4_array(const struct pg_rows *rows, size_t row, int column, struct arena *arena, const int32_t **ret_values);

#endif
