/* One PostgreSQL session: statements prepared once and run in pipelines with binary values, so that a batch of any size is a bounded number of
 * round trips. A lost session is forgotten as a whole and made anew at the next transaction; what was under way is the caller's to try again.
 * It must never put the DETAIL line of an error or a parameter's value into a text: they may hold data of a person. */
#include "common/edge/pg.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/calendar.h"
#include "common/edge/clock.h"

enum {
    STATEMENTS_MAX = 512, /* a power of two: the table of prepared statements; half of it may be used */
    STEPS_MAX = 32,       /* statements in one round trip */
    PATIENCE_MS = 40000,  /* longer than the server's own statement_timeout */
    COPY_BUFFER_BYTES = 256 * 1024,
    OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_TEXT = 25, OID_DATE = 1082, OID_TIMESTAMPTZ = 1184, OID_JSONB = 3802,
    OID_BOOL_ARRAY = 1000, OID_BYTEA_ARRAY = 1001, OID_INT2_ARRAY = 1005, OID_INT4_ARRAY = 1007, OID_TEXT_ARRAY = 1009, OID_INT8_ARRAY = 1016, OID_DATE_ARRAY = 1182,
    EPOCH_DAYS = 10957 /* from 1970-01-01, where Unix counts, to 2000-01-01, where PostgreSQL does */
};
#define EPOCH_MS (INT64_C(86400000) * EPOCH_DAYS)

struct statement {
    const char *sql; /* NULL: the place is free */
    unsigned number; /* its name on the server is s<number> */
    bool prepared;   /* the server has it */
};

/* What was sent in a pipeline, in order: whoever reads the answers walks over it. */
struct sent {
    enum { SENT_BEGIN, SENT_PREPARE, SENT_STEP } kind;
    size_t step;
};

/* A pipeline whose answers were not taken yet. */
struct pending {
    bool is_under_way, has_ended;
    bool is_inside;   /* the result of sent[at] was read, its end not yet */
    bool has_trouble; /* the session fell: reading will not wait, and say so */
    struct arena *arena;
    struct pg_step *steps;
    struct sent sent[2 * STEPS_MAX + 1];
    size_t sent_count, at;
    int64_t until_us;
    struct err err; /* the first one */
};

struct pg {
    PGconn *session; /* NULL: lost */
    char *url;
    char name[64];
    struct statement statements[STATEMENTS_MAX]; /* of this session, open addressing by the text's address */
    unsigned statement_count;
    bool begin_pending; /* pg_begin was called, BEGIN is still to be sent */
    bool in_transaction;
    int patience_ms;    /* how long an answer is waited for */
    struct pending pending;
};

struct pg_parameters {
    struct arena *arena;
    int count;
    Oid types[PG_PARAMETERS_MAX];
    const char *values[PG_PARAMETERS_MAX];
    int lengths[PG_PARAMETERS_MAX];
    int formats[PG_PARAMETERS_MAX];
};

/* ---- Errors -------------------------------------------------------------------------------------------------------------------------- */

static void first_line(const char *text, char *ret_line, size_t size) {
    size_t length = strcspn(text, "\n");
    if (length >= size) length = size - 1;
    memcpy(ret_line, text, length);
    ret_line[length] = '\0';
}

static enum fate fate_of(const char *state) {
    static const char *const again_states[] = {"40001", "40P01", "55P03", "25006", "25P03", "57014"}; /* 25P03: we were paused inside a transaction */
    static const char *const again_classes[] = {"08", "53", "57", "58"};
    for (size_t i = 0; i < sizeof again_states / sizeof *again_states; i++)
        if (strcmp(state, again_states[i]) == 0) return FATE_AGAIN;
    for (size_t i = 0; i < sizeof again_classes / sizeof *again_classes; i++)
        if (strncmp(state, again_classes[i], 2) == 0) return FATE_AGAIN;
    if (strncmp(state, "22", 2) == 0 || strncmp(state, "23", 2) == 0) return FATE_SPLIT;
    return FATE_FATAL;
}

static void forget_session(struct pg *pg) {
    if (pg->session != NULL) PQfinish(pg->session);
    pg->session = NULL; /* in_transaction stays: until pg_rollback nothing may run outside the transaction that was lost */
    memset(pg->statements, 0, sizeof pg->statements);
    pg->statement_count = 0;
}

/* The error of a result, or of the session when there is none. */
static struct err failure(struct pg *pg, const PGresult *result) {
    char line[160];
    const char *state = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    if (state == NULL || PQstatus(pg->session) != CONNECTION_OK) {
        const char *text = PQerrorMessage(pg->session);
        first_line(text[0] != '\0' ? text : "connection lost", line, sizeof line);
        forget_session(pg);
        return ERR(AGAIN, "PostgreSQL: %s", line);
    }
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    first_line(primary != NULL ? primary : "error", line, sizeof line);
    return err_make(fate_of(state), "PostgreSQL %s: %s", state, line);
}

/* As failure wrote it; the state has a blank on its left and a colon on its right there, so no message is taken for one. */
static bool has_state(const struct err *err, const char *state) {
    static const char before[] = "PostgreSQL ";
    const char *at = strstr(err->text, before);
    return at != NULL && strncmp(at + sizeof before - 1, state, strlen(state)) == 0;
}

void pg_wait_for_locks(struct pg *pg, struct arena *arena, bool shortly) {
    struct err err = pg_run(pg, arena, shortly ? "SET lock_timeout = '300ms'" : "RESET lock_timeout", NULL, NULL);
    (void)err; /* a session that is lost is made anew without it, and what follows will say so */
}

bool pg_is_lock_timeout(const struct err *err) { return has_state(err, "55P03:"); }
bool pg_is_deadlock(const struct err *err) { return has_state(err, "40P01:"); }
bool pg_is_unique_violation(const struct err *err) { return has_state(err, "23505:"); }
bool pg_is_denied(const struct err *err) { return has_state(err, "42501:"); }

/* ---- Session ------------------------------------------------------------------------------------------------------------------------- */

/* libpq gives no SQLSTATE for a connection that failed, only words. What no waiting will mend: */
static bool is_hopeless(const char *text) {
    static const char *const words[] = {"password authentication failed", "no pg_hba.conf entry", "no password supplied", "does not exist", "is not permitted to log in"};
    if (strstr(text, "FATAL:") == NULL && strstr(text, "no password supplied") == NULL) return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(text, words[i]) != NULL) return true;
    return false;
}

static void swallow_notice(void *nothing, const char *text) { (void)nothing, (void)text; } /* libpq would print them */

/* force_custom_plan: statements are planned with the values and sizes of the moment. A plan kept from when the tables were empty would read whole
 * tables for ever. */
static struct err connect_session(struct pg *pg) {
    CHECK(pg->session == NULL);
    const char *const keywords[] = {"dbname", "fallback_application_name", "connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", "client_encoding", "options", NULL};
    const char *const values[] = {pg->url, pg->name, "5", "5", "2", "3", "10000", "UTF8",
                                  "-c jit=off -c plan_cache_mode=force_custom_plan -c TimeZone=UTC -c lock_timeout=10s -c statement_timeout=30s"
                                  " -c idle_in_transaction_session_timeout=60s", NULL};
    PGconn *session = PQconnectdbParams(keywords, values, 1);
    CHECK(session != NULL);
    if (PQstatus(session) != CONNECTION_OK) {
        char line[160];
        const char *text = PQerrorMessage(session);
        first_line(text, line, sizeof line);
        const bool hopeless = is_hopeless(text);
        PQfinish(session);
        if (hopeless) return ERR(FATAL, "PostgreSQL refuses the session: %s. Remedy: check PGURL.", line);
        return ERR(AGAIN, "PostgreSQL can't be reached: %s", line);
    }
    (void)PQsetNoticeProcessor(session, swallow_notice, NULL);
    pg->session = session;
    return OK;
}

struct err pg_open(const char *url, const char *application_name, struct pg **ret_pg) {
    CHECK(url != NULL && application_name != NULL && ret_pg != NULL);
    if (url[0] == '\0') return ERR(FATAL, "PGURL is not set. Remedy: load the env file of the run folder");
    char *problem = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &problem);
    if (problem != NULL) PQfreemem(problem); /* not shown: it may repeat the password */
    if (options == NULL) return ERR(FATAL, "PGURL is not a PostgreSQL address. Remedy: write postgresql://user:password@host:port/database");
    PQconninfoFree(options);
    struct pg *pg = calloc(1, sizeof *pg);
    CHECK(pg != NULL);
    pg->url = strdup(url);
    CHECK(pg->url != NULL);
    pg->patience_ms = PATIENCE_MS;
    (void)snprintf(pg->name, sizeof pg->name, "%s", application_name); /* a longer name is cut */
    struct err err = connect_session(pg);
    if (failed(&err)) {
        pg_close(pg);
        return err;
    }
    *ret_pg = pg;
    return OK;
}

void pg_close(struct pg *pg) {
    if (pg == NULL) return;
    forget_session(pg);
    free(pg->url);
    free(pg);
}

/* ---- Patience: a server that stands still (stopped, or cut off without a word) must not hold a stage for ever ------------------------- */

/* False when no answer came in time. True when PQgetResult will not wait, also when it has only trouble to tell. */
static bool answer_comes(struct pg *pg) {
    const int64_t until_us = clock_monotonic_us() + (int64_t)pg->patience_ms * 1000;
    while (PQisBusy(pg->session)) {
        const int64_t left_ms = (until_us - clock_monotonic_us() + 999) / 1000;
        if (left_ms <= 0) return false;
        struct pollfd readable = {.fd = PQsocket(pg->session), .events = POLLIN};
        if (poll(&readable, 1, (int)left_ms) < 0 && errno != EINTR) return true;
        if (readable.revents != 0 && PQconsumeInput(pg->session) != 1) return true;
    }
    return true;
}

static struct err too_late(struct pg *pg) {
    forget_session(pg);
    return ERR(AGAIN, "PostgreSQL did not answer within %d s: is it stopped?", pg->patience_ms / 1000);
}

void pg_patience(struct pg *pg, int wait_ms) {
    CHECK(wait_ms > 0);
    pg->patience_ms = wait_ms;
}

/* Like PQexec, with patience: the last result, or the first that is no success. NULL and *ret_late when it came too late. */
static PGresult *execute(struct pg *pg, const char *sql, bool *ret_late) {
    PGresult *kept = NULL;
    *ret_late = false;
    if (PQsendQuery(pg->session, sql) != 1) return NULL;
    while (answer_comes(pg)) {
        PGresult *result = PQgetResult(pg->session);
        if (result == NULL) return kept;
        const ExecStatusType status = PQresultStatus(kept);
        if (kept != NULL && status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
            PQclear(result);
            continue;
        }
        PQclear(kept);
        kept = result;
        if (PQresultStatus(kept) == PGRES_COPY_IN) return kept;
    }
    PQclear(kept);
    *ret_late = true;
    return NULL;
}

/* A simple statement of ours without parameters. */
static struct err run_text(struct pg *pg, const char *sql, const char *tag) {
    bool late;
    PGresult *result = execute(pg, sql, &late);
    if (late) return too_late(pg);
    struct err err = OK;
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) err = failure(pg, result);
    else if (tag != NULL && strcmp(PQcmdStatus(result), tag) != 0) err = ERR(AGAIN, "PostgreSQL answered %.20s to %.20s", PQcmdStatus(result), sql);
    PQclear(result);
    return err;
}

/* A session, made anew when it was lost; but never in the middle of a transaction. */
static struct err need_session(struct pg *pg) {
    if (pg->session != NULL && PQstatus(pg->session) == CONNECTION_OK) return OK;
    forget_session(pg);
    if (pg->in_transaction) return ERR(AGAIN, "PostgreSQL: the session was lost inside a transaction");
    return connect_session(pg);
}

struct err pg_ready(struct pg *pg) {
    if (pg->session != NULL && !pg->in_transaction) {
        struct err err = run_text(pg, "SELECT 1", NULL);
        if (failed(&err) && err.fate != FATE_AGAIN) return err;
    }
    return need_session(pg);
}

struct err pg_begin(struct pg *pg) {
    CHECK(!pg->in_transaction);
    TRY(need_session(pg));
    pg->begin_pending = pg->in_transaction = true;
    return OK;
}

struct err pg_commit(struct pg *pg) {
    if (pg->session == NULL) return ERR(AGAIN, "PostgreSQL: the session was lost before COMMIT");
    CHECK(pg->in_transaction);
    if (!pg->begin_pending) TRY(run_text(pg, "COMMIT", "COMMIT"));
    pg->in_transaction = pg->begin_pending = false;
    return OK;
}

void pg_rollback(struct pg *pg) {
    if (pg == NULL || !pg->in_transaction) return;
    if (!pg->begin_pending && pg->session != NULL) {
        struct err err = run_text(pg, "ROLLBACK", NULL);
        if (failed(&err)) forget_session(pg); /* the server rolls back when the session ends */
    }
    pg->in_transaction = pg->begin_pending = false;
}

/* ---- Statements ---------------------------------------------------------------------------------------------------------------------- */

static struct statement *statement_place(struct pg *pg, const char *sql) {
    size_t at = ((uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15)) >> 48 & (STATEMENTS_MAX - 1);
    for (int probes = 0; probes < STATEMENTS_MAX; probes++, at = (at + 1) & (STATEMENTS_MAX - 1))
        if (pg->statements[at].sql == NULL || pg->statements[at].sql == sql) return &pg->statements[at];
    CHECK(!"there is always a free place");
    return NULL;
}

static bool send_step(struct pg *pg, const struct pg_step *step, size_t index, struct sent *sent, size_t *sent_count) {
    static const struct pg_parameters none;
    const struct pg_parameters *p = step->parameters != NULL ? step->parameters : &none;
    struct statement *statement = statement_place(pg, step->sql);
    if (statement->sql == NULL) {
        CHECK(pg->statement_count < STATEMENTS_MAX / 2);
        *statement = (struct statement){.sql = step->sql, .number = ++pg->statement_count};
    }
    char name[16];
    (void)snprintf(name, sizeof name, "s%u", statement->number); /* always fits */
    if (!statement->prepared) {
        if (PQsendPrepare(pg->session, name, step->sql, p->count, p->types) != 1) return false;
        statement->prepared = true;
        sent[(*sent_count)++] = (struct sent){.kind = SENT_PREPARE, .step = index};
    }
    if (PQsendQueryPrepared(pg->session, name, p->count, p->values, p->lengths, p->formats, 1) != 1) return false;
    sent[(*sent_count)++] = (struct sent){.kind = SENT_STEP, .step = index};
    return true;
}

static void keep_rows(struct arena *arena, const PGresult *result, struct pg_rows *rows) {
    const int count = PQntuples(result), columns = PQnfields(result);
    struct slice *cells = arena_take(arena, sizeof *cells * (size_t)count * (size_t)columns);
    size_t bytes = 0;
    for (int row = 0; row < count; row++)
        for (int column = 0; column < columns; column++) bytes += (size_t)PQgetlength(result, row, column);
    uint8_t *copy = arena_take(arena, bytes + 1);
    struct slice *cell = cells;
    for (int row = 0; row < count; row++) {
        for (int column = 0; column < columns; column++, cell++) {
            *cell = (struct slice){0};
            if (PQgetisnull(result, row, column)) continue;
            const size_t size = (size_t)PQgetlength(result, row, column);
            memcpy(copy, PQgetvalue(result, row, column), size);
            *cell = slice_of(copy, size);
            if (PQftype(result, column) == OID_JSONB && size > 0) *cell = slice_of(copy + 1, size - 1); /* its version byte */
            copy += size;
        }
    }
    *rows = (struct pg_rows){.count = (size_t)count, .columns = columns, .cells = cells};
}

static int64_t affected_of(PGresult *result) {
    int64_t affected = 0;
    for (const char *digit = PQcmdTuples(result); *digit >= '0' && *digit <= '9'; digit++) affected = affected * 10 + (*digit - '0');
    return affected;
}

/* The answer to sent[at]. The first error wins, the rest of the pipeline was not run by the server. */
static void take_result(struct pg *pg, PGresult *result) {
    struct pending *pending = &pg->pending;
    const struct sent *sent = &pending->sent[pending->at];
    const ExecStatusType status = PQresultStatus(result);
    const bool is_fine = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (is_fine && sent->kind == SENT_STEP) {
        keep_rows(pending->arena, result, &pending->steps[sent->step].rows);
        pending->steps[sent->step].rows.affected = affected_of(result);
    }
    if (!is_fine && sent->kind == SENT_PREPARE) statement_place(pg, pending->steps[sent->step].sql)->prepared = false; /* refused, or not run after an earlier error */
    if (!is_fine && status != PGRES_PIPELINE_ABORTED && !failed(&pending->err)) pending->err = failure(pg, result);
    pending->is_inside = true;
}

/* Reads as far as it goes without waiting. True: to the end. */
static bool read_some(struct pg *pg) {
    struct pending *pending = &pg->pending;
    while (!pending->has_ended && (pending->has_trouble || !PQisBusy(pg->session))) {
        PGresult *result = PQgetResult(pg->session);
        if (pending->at == pending->sent_count) {
            if (PQresultStatus(result) != PGRES_PIPELINE_SYNC && !failed(&pending->err)) pending->err = failure(pg, NULL);
            pending->has_ended = true;
        } else if (pending->is_inside) { /* NULL: the end of this statement's results */
            pending->is_inside = false;
            pending->at++;
        } else {
            take_result(pg, result);
            if (pg->session == NULL) pending->has_ended = true;
        }
        PQclear(result);
    }
    return pending->has_ended;
}

/* Waits so long at most for more to come, and reads it. True: to the end. */
static bool read_more(struct pg *pg, int wait_ms) {
    struct pending *pending = &pg->pending;
    if (read_some(pg)) return true;
    struct pollfd readable = {.fd = PQsocket(pg->session), .events = POLLIN};
    const int ready = poll(&readable, 1, wait_ms);
    pending->has_trouble = (ready < 0 && errno != EINTR) || (ready > 0 && PQconsumeInput(pg->session) != 1);
    if ((ready > 0 || pending->has_trouble) && read_some(pg)) return true;
    if (clock_monotonic_us() < pending->until_us) return false;
    pending->err = too_late(pg);
    pending->has_ended = true;
    return true;
}

struct pg_step pg_keep_plans(void) {
    return (struct pg_step){.sql = "SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),"
                                   " set_config('enable_mergejoin', 'off', true)"};
}

struct err pg_send_all(struct pg *pg, struct arena *arena, struct pg_step *steps, size_t step_count) {
    struct pending *pending = &pg->pending;
    CHECK(step_count > 0 && step_count <= STEPS_MAX && !pending->is_under_way);
    TRY(need_session(pg));
    *pending = (struct pending){.arena = arena, .steps = steps, .until_us = clock_monotonic_us() + (int64_t)pg->patience_ms * 1000};
    bool fine = PQenterPipelineMode(pg->session) == 1;
    if (fine && pg->begin_pending) {
        fine = PQsendQueryParams(pg->session, "BEGIN", 0, NULL, NULL, NULL, NULL, 1) == 1;
        pending->sent[pending->sent_count++] = (struct sent){.kind = SENT_BEGIN};
        pg->begin_pending = false;
    }
    for (size_t i = 0; fine && i < step_count; i++) fine = send_step(pg, &steps[i], i, pending->sent, &pending->sent_count);
    fine = fine && PQpipelineSync(pg->session) == 1;
    if (!fine) {
        char line[160];
        first_line(PQerrorMessage(pg->session), line, sizeof line);
        struct err lost = ERR(AGAIN, "PostgreSQL: can't send: %s", line);
        forget_session(pg);
        return lost;
    }
    pending->is_under_way = true;
    return OK;
}

bool pg_is_answered(struct pg *pg) {
    CHECK(pg->pending.is_under_way);
    return read_more(pg, 0);
}

int pg_socket(const struct pg *pg) { return pg->session != NULL ? PQsocket(pg->session) : -1; }

struct err pg_take_all(struct pg *pg) {
    struct pending *pending = &pg->pending;
    CHECK(pending->is_under_way);
    for (bool has_ended = false; !has_ended;) {
        const int64_t left_ms = (pending->until_us - clock_monotonic_us() + 999) / 1000;
        has_ended = read_more(pg, left_ms > 0 ? (int)left_ms : 0);
    }
    pending->is_under_way = false;
    struct err err = pending->err;
    if (pg->session != NULL && PQexitPipelineMode(pg->session) != 1) {
        forget_session(pg);
        if (!failed(&err)) err = ERR(AGAIN, "PostgreSQL: the pipeline did not end");
    }
    return err;
}

struct err pg_run_all(struct pg *pg, struct arena *arena, struct pg_step *steps, size_t step_count) {
    TRY(pg_send_all(pg, arena, steps, step_count));
    return pg_take_all(pg);
}

struct err pg_run(struct pg *pg, struct arena *arena, const char *sql, const struct pg_parameters *parameters, struct pg_rows *ret_rows) {
    struct pg_step step = {.sql = sql, .parameters = parameters};
    TRY(pg_run_all(pg, arena, &step, 1));
    if (ret_rows != NULL) *ret_rows = step.rows;
    return OK;
}

struct err pg_script(struct pg *pg, const char *sql_text) {
    TRY(need_session(pg));
    if (pg->begin_pending) {
        pg->begin_pending = false;
        TRY(run_text(pg, "BEGIN", NULL));
    }
    return run_text(pg, sql_text, NULL);
}

/* ---- COPY ---------------------------------------------------------------------------------------------------------------------------- */

struct pg_copy {
    struct pg *pg;
    struct err err; /* the first one; told at the end */
    size_t used;
    char buffer[COPY_BUFFER_BYTES];
};

static void copy_flush(struct pg_copy *copy) {
    if (copy->used > 0 && !failed(&copy->err) && PQputCopyData(copy->pg->session, copy->buffer, (int)copy->used) != 1) copy->err = failure(copy->pg, NULL);
    copy->used = 0;
}

static void copy_put(struct pg_copy *copy, const void *bytes, size_t size) {
    const char *from = bytes;
    if (size <= sizeof copy->buffer - copy->used) { /* nearly always */
        if (size > 0) memcpy(copy->buffer + copy->used, from, size);
        copy->used += size;
        return;
    }
    while (size > 0) {
        if (copy->used == sizeof copy->buffer) copy_flush(copy);
        size_t part = sizeof copy->buffer - copy->used;
        if (part > size) part = size;
        memcpy(copy->buffer + copy->used, from, part);
        copy->used += part;
        from += part;
        size -= part;
    }
}

static void big_endian(uint64_t value, int size, uint8_t *ret_bytes) {
    for (int i = 0; i < size; i++) ret_bytes[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
}

static int32_t day_number(day_t day) { /* days since 2000-01-01 */
    CHECK(day_is_valid(day));
    int y = day / 10000, m = day / 100 % 100, d = day % 100;
    y -= m <= 2; /* Hinnant's days_from_civil */
    const int era = y / 400, year_of_era = y - era * 400;
    const int day_of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468 - EPOCH_DAYS;
}

static void copy_number(struct pg_copy *copy, uint64_t value, int size) {
    uint8_t bytes[12];
    big_endian((uint64_t)size, 4, bytes);
    big_endian(value, size, bytes + 4);
    copy_put(copy, bytes, 4 + (size_t)size);
}

struct err pg_copy_start(struct pg *pg, const char *copy_sql, struct pg_copy **ret_copy) {
    TRY(need_session(pg));
    if (pg->begin_pending) {
        pg->begin_pending = false;
        TRY(run_text(pg, "BEGIN", NULL));
    }
    bool late;
    PGresult *result = execute(pg, copy_sql, &late);
    if (late) return too_late(pg);
    if (PQresultStatus(result) != PGRES_COPY_IN) {
        struct err err = failure(pg, result);
        PQclear(result);
        return err;
    }
    PQclear(result);
    struct pg_copy *copy = calloc(1, sizeof *copy);
    CHECK(copy != NULL);
    copy->pg = pg;
    static const char header[19] = "PGCOPY\n\377\r\n";
    copy_put(copy, header, sizeof header);
    *ret_copy = copy;
    return OK;
}

void pg_copy_row(struct pg_copy *copy, int columns) {
    uint8_t bytes[2];
    big_endian((uint64_t)columns, 2, bytes);
    copy_put(copy, bytes, 2);
}
void pg_copy_int2(struct pg_copy *copy, int16_t value) { copy_number(copy, (uint16_t)value, 2); }
void pg_copy_int4(struct pg_copy *copy, int32_t value) { copy_number(copy, (uint32_t)value, 4); }
void pg_copy_int8(struct pg_copy *copy, int64_t value) { copy_number(copy, (uint64_t)value, 8); }
void pg_copy_null(struct pg_copy *copy) { copy_put(copy, "\377\377\377\377", 4); }
void pg_copy_bytes(struct pg_copy *copy, struct slice value) {
    CHECK(value.size <= INT32_MAX);
    uint8_t bytes[4];
    big_endian(value.size, 4, bytes);
    copy_put(copy, bytes, 4);
    copy_put(copy, value.bytes, value.size);
}

void pg_copy_bool(struct pg_copy *copy, bool value) { copy_number(copy, value, 1); }
void pg_copy_date(struct pg_copy *copy, int32_t day_yyyymmdd) {
    if (day_yyyymmdd == 0) pg_copy_null(copy);
    else copy_number(copy, (uint32_t)day_number(day_yyyymmdd), 4);
}
void pg_copy_timestamp_ms(struct pg_copy *copy, int64_t unix_ms) { copy_number(copy, (uint64_t)((unix_ms - EPOCH_MS) * 1000), 8); }

static void copy_word(struct pg_copy *copy, uint32_t value) {
    uint8_t bytes[4];
    big_endian(value, 4, bytes);
    copy_put(copy, bytes, 4);
}

/* The binary form of an array of one dimension without NULLs: dimensions, has NULLs, element type, size, first index, then each element with its length. */
void pg_copy_int4_array(struct pg_copy *copy, const int32_t *values, size_t count) {
    CHECK(count <= INT32_MAX / 16);
    copy_word(copy, (uint32_t)(count == 0 ? 12 : 20 + 8 * count));
    copy_word(copy, count == 0 ? 0 : 1);
    copy_word(copy, 0);
    copy_word(copy, OID_INT4);
    if (count == 0) return;
    copy_word(copy, (uint32_t)count);
    copy_word(copy, 1);
    for (size_t i = 0; i < count; i++) copy_number(copy, (uint32_t)values[i], 4);
}

struct err pg_copy_finish(struct pg_copy *copy) {
    struct pg *pg = copy->pg;
    copy_put(copy, "\377\377", 2);
    copy_flush(copy);
    struct err err = copy->err;
    free(copy);
    if (failed(&err) && pg->session == NULL) return err;
    if (PQputCopyEnd(pg->session, failed(&err) ? "cancelled" : NULL) != 1) return failed(&err) ? err : failure(pg, NULL);
    while (answer_comes(pg)) {
        PGresult *result = PQgetResult(pg->session);
        if (result == NULL) return err;
        if (PQresultStatus(result) != PGRES_COMMAND_OK && !failed(&err)) err = failure(pg, result);
        PQclear(result);
        if (pg->session == NULL) return err;
    }
    return too_late(pg);
}

/* ---- Parameters ---------------------------------------------------------------------------------------------------------------------- */

struct pg_parameters *pg_parameters(struct arena *arena) {
    struct pg_parameters *p = arena_take(arena, sizeof *p);
    p->arena = arena;
    p->count = 0;
    return p;
}

static void add_value(struct pg_parameters *p, Oid type, const void *value, size_t size) {
    CHECK(p->count < PG_PARAMETERS_MAX && size <= INT32_MAX);
    p->types[p->count] = type;
    p->values[p->count] = value;
    p->lengths[p->count] = (int)size;
    p->formats[p->count] = 1;
    p->count++;
}

static void add_number(struct pg_parameters *p, Oid type, uint64_t value, int size) {
    uint8_t *bytes = arena_take(p->arena, 8);
    big_endian(value, size, bytes);
    add_value(p, type, bytes, (size_t)size);
}

void pg_add_null(struct pg_parameters *p) { add_value(p, 0, NULL, 0); }
void pg_add_bool(struct pg_parameters *p, bool value) { add_number(p, OID_BOOL, value, 1); }
void pg_add_int2(struct pg_parameters *p, int16_t value) { add_number(p, OID_INT2, (uint16_t)value, 2); }
void pg_add_int4(struct pg_parameters *p, int32_t value) { add_number(p, OID_INT4, (uint32_t)value, 4); }
void pg_add_int8(struct pg_parameters *p, int64_t value) { add_number(p, OID_INT8, (uint64_t)value, 8); }

static void add_bytes(struct pg_parameters *p, Oid type, struct slice value) { add_value(p, type, value.bytes != NULL ? value.bytes : (const uint8_t *)"", value.size); }
void pg_add_text(struct pg_parameters *p, struct slice value) { add_bytes(p, OID_TEXT, value); }
void pg_add_bytea(struct pg_parameters *p, struct slice value) { add_bytes(p, OID_BYTEA, value); }
void pg_add_jsonb(struct pg_parameters *p, struct slice json) {
    uint8_t *bytes = arena_take(p->arena, json.size + 1);
    bytes[0] = 1; /* version of the binary form */
    if (json.size > 0) memcpy(bytes + 1, json.bytes, json.size);
    add_value(p, OID_JSONB, bytes, json.size + 1);
}
void pg_add_date(struct pg_parameters *p, int32_t day_yyyymmdd) {
    if (day_yyyymmdd == 0) add_value(p, OID_DATE, NULL, 0);
    else add_number(p, OID_DATE, (uint32_t)day_number(day_yyyymmdd), 4);
}
void pg_add_timestamp_ms(struct pg_parameters *p, int64_t unix_ms) { add_number(p, OID_TIMESTAMPTZ, (uint64_t)((unix_ms - EPOCH_MS) * 1000), 8); }

enum { ARRAY_HEADER_BYTES = 20 };

static uint8_t *array_start(struct pg_parameters *p, Oid array, Oid element, size_t count, bool has_null, size_t element_bytes_total) {
    CHECK(count <= INT32_MAX / 16);
    const size_t size = ARRAY_HEADER_BYTES + element_bytes_total;
    uint8_t *bytes = arena_take(p->arena, size);
    big_endian(count > 0 ? 1 : 0, 4, bytes); /* dimensions */
    big_endian(has_null, 4, bytes + 4);
    big_endian(element, 4, bytes + 8);
    big_endian(count, 4, bytes + 12);
    big_endian(1, 4, bytes + 16); /* lower bound */
    add_value(p, array, bytes, count > 0 ? size : 12);
    return bytes + ARRAY_HEADER_BYTES;
}

void pg_add_bool_array(struct pg_parameters *p, const bool *values, size_t count) {
    uint8_t *at = array_start(p, OID_BOOL_ARRAY, OID_BOOL, count, false, count * 5);
    for (size_t i = 0; i < count; i++, at += 5) big_endian(1, 4, at), at[4] = values[i];
}
void pg_add_int2_array(struct pg_parameters *p, const int16_t *values, size_t count) {
    uint8_t *at = array_start(p, OID_INT2_ARRAY, OID_INT2, count, false, count * 6);
    for (size_t i = 0; i < count; i++, at += 6) big_endian(2, 4, at), big_endian((uint16_t)values[i], 2, at + 4);
}
void pg_add_int4_array(struct pg_parameters *p, const int32_t *values, size_t count) {
    uint8_t *at = array_start(p, OID_INT4_ARRAY, OID_INT4, count, false, count * 8);
    for (size_t i = 0; i < count; i++, at += 8) big_endian(4, 4, at), big_endian((uint32_t)values[i], 4, at + 4);
}
void pg_add_int8_array(struct pg_parameters *p, const int64_t *values, size_t count) {
    uint8_t *at = array_start(p, OID_INT8_ARRAY, OID_INT8, count, false, count * 12);
    for (size_t i = 0; i < count; i++, at += 12) big_endian(8, 4, at), big_endian((uint64_t)values[i], 8, at + 4);
}
void pg_add_date_array(struct pg_parameters *p, const int32_t *days_yyyymmdd, size_t count) {
    size_t total = 0;
    for (size_t i = 0; i < count; i++) total += days_yyyymmdd[i] == 0 ? 4 : 8;
    uint8_t *at = array_start(p, OID_DATE_ARRAY, OID_DATE, count, total != count * 8, total);
    for (size_t i = 0; i < count; i++) {
        if (days_yyyymmdd[i] == 0) {
            memset(at, 0xff, 4);
            at += 4;
        } else {
            big_endian(4, 4, at), big_endian((uint32_t)day_number(days_yyyymmdd[i]), 4, at + 4);
            at += 8;
        }
    }
}

static void add_slices(struct pg_parameters *p, Oid array, Oid element, const struct slice *values, size_t count) {
    size_t total = 0;
    bool has_null = false;
    for (size_t i = 0; i < count; i++) {
        total += 4 + (values[i].bytes != NULL ? values[i].size : 0);
        has_null |= values[i].bytes == NULL;
    }
    uint8_t *at = array_start(p, array, element, count, has_null, total);
    for (size_t i = 0; i < count; i++) {
        if (values[i].bytes == NULL) {
            memset(at, 0xff, 4);
            at += 4;
            continue;
        }
        big_endian(values[i].size, 4, at);
        if (values[i].size > 0) memcpy(at + 4, values[i].bytes, values[i].size);
        at += 4 + values[i].size;
    }
}
void pg_add_text_array(struct pg_parameters *p, const struct slice *values, size_t count) { add_slices(p, OID_TEXT_ARRAY, OID_TEXT, values, count); }
void pg_add_bytea_array(struct pg_parameters *p, const struct slice *values, size_t count) { add_slices(p, OID_BYTEA_ARRAY, OID_BYTEA, values, count); }

/* ---- Results ------------------------------------------------------------------------------------------------------------------------- */

static struct slice cell(const struct pg_rows *rows, size_t row, int column) {
    CHECK(row < rows->count && column >= 0 && column < rows->columns);
    return rows->cells[row * (size_t)rows->columns + (size_t)column];
}

static uint64_t number(struct slice bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.size; i++) value = value << 8 | bytes.bytes[i];
    return value;
}

static uint64_t sized(const struct pg_rows *rows, size_t row, int column, size_t size) {
    const struct slice bytes = cell(rows, row, column);
    CHECK(bytes.bytes != NULL && bytes.size == size); /* the statement and the code that reads it disagree */
    return number(bytes);
}

bool pg_is_null(const struct pg_rows *rows, size_t row, int column) { return cell(rows, row, column).bytes == NULL; }
bool pg_bool(const struct pg_rows *rows, size_t row, int column) { return sized(rows, row, column, 1) != 0; }
int16_t pg_int2(const struct pg_rows *rows, size_t row, int column) { return (int16_t)sized(rows, row, column, 2); }
int32_t pg_int4(const struct pg_rows *rows, size_t row, int column) { return (int32_t)sized(rows, row, column, 4); }
int64_t pg_int8(const struct pg_rows *rows, size_t row, int column) { return (int64_t)sized(rows, row, column, 8); }
struct slice pg_bytes(const struct pg_rows *rows, size_t row, int column) { return cell(rows, row, column); }

int32_t pg_date(const struct pg_rows *rows, size_t row, int column) {
    if (pg_is_null(rows, row, column)) return 0;
    return day_from_unix(((int64_t)(int32_t)sized(rows, row, column, 4) + EPOCH_DAYS) * 86400, 0);
}
int64_t pg_timestamp_us(const struct pg_rows *rows, size_t row, int column) { return (int64_t)sized(rows, row, column, 8) + EPOCH_MS * 1000; }
int64_t pg_timestamp_ms(const struct pg_rows *rows, size_t row, int column) {
    const int64_t microseconds = pg_timestamp_us(rows, row, column);
    return microseconds / 1000 - (microseconds % 1000 < 0 ? 1 : 0);
}

size_t pg_int4_array(const struct pg_rows *rows, size_t row, int column, struct arena *arena, const int32_t **ret_values) {
    const struct slice bytes = cell(rows, row, column);
    *ret_values = NULL;
    if (bytes.bytes == NULL || bytes.size < ARRAY_HEADER_BYTES) return 0;
    CHECK(number(slice_of(bytes.bytes, 4)) == 1 && number(slice_of(bytes.bytes + 4, 4)) == 0 && number(slice_of(bytes.bytes + 8, 4)) == OID_INT4);
    const size_t count = (size_t)number(slice_of(bytes.bytes + 12, 4));
    CHECK(bytes.size == ARRAY_HEADER_BYTES + count * 8);
    int32_t *values = arena_take(arena, sizeof *values * count);
    for (size_t i = 0; i < count; i++) values[i] = (int32_t)number(slice_of(bytes.bytes + ARRAY_HEADER_BYTES + i * 8 + 4, 4));
    *ret_values = values;
    return count;
}
