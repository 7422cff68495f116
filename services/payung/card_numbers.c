/* `payung card numbers`: the members' numbers (KPJ) out of the insurer's list, as `payung reconcile participants` reads it. A NIK becomes a token as soon as its row is read. One number is one person's: what says otherwise
 * within the file, or beside what is known, is told and not taken. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/edge/csv.h"
#include "services/ledger/participant_row.h"
#include "services/payung/card_command.h"
#include "services/payung/commands.h"

enum { PIECE_BYTES = 256 * 1024, LINE_BYTES_MAX = 64 * 1024, COPY_COLUMNS = 2 };

struct taking {
    const struct crypto *crypto;
    struct pg_copy *copy;
    struct participant_columns columns;
    bool has_columns;
    int64_t lines, unreadable, without_number;
};

static bool take_row(void *self, uint32_t number, const struct slice *cells, size_t count) {
    struct taking *taking = self;
    struct participant_row row;
    enum participant_column wrong;
    if (number == 0) {
        taking->has_columns = participant_columns_find(cells, count, &taking->columns, &wrong) && taking->columns.cell[PARTICIPANT_KPJ] != 0;
        return taking->has_columns;
    }
    taking->lines++;
    if (!participant_row_read(&taking->columns, cells, count, &row, &wrong)) {
        taking->unreadable++;
        return true;
    }
    const struct person_token token = crypto_person_token(taking->crypto, slice_text(row.nik));
    explicit_bzero(row.nik, sizeof row.nik);
    taking->without_number += row.kpj[0] == '\0';
    if (row.kpj[0] == '\0') return true;
    pg_copy_row(taking->copy, COPY_COLUMNS);
    pg_copy_bytes(taking->copy, slice_of(token.bytes, TOKEN_BYTES));
    pg_copy_bytes(taking->copy, slice_text(row.kpj));
    return true;
}

/* False: it is no CSV with the columns nik and kpj. */
static bool feed(FILE *file, struct taking *taking) {
    uint8_t *piece = malloc(PIECE_BYTES);
    CHECK(piece != NULL);
    struct csv *csv = csv_open((struct csv_options){.line_bytes_max = LINE_BYTES_MAX, .row = take_row, .self = taking});
    enum csv_problem problem = CSV_FINE;
    for (size_t size = fread(piece, 1, PIECE_BYTES, file); size > 0 && problem == CSV_FINE; size = fread(piece, 1, PIECE_BYTES, file)) problem = csv_feed(csv, slice_of(piece, size));
    if (problem == CSV_FINE && ferror(file) == 0) problem = csv_finish(csv);
    csv_close(csv);
    explicit_bzero(piece, PIECE_BYTES);
    free(piece);
    return problem == CSV_FINE && ferror(file) == 0 && taking->has_columns;
}

static const char prepare_sql[] = "CREATE TEMPORARY TABLE told_number (person_token bytea, kpj text) ON COMMIT DROP";
static const char copy_sql[] = "COPY pg_temp.told_number FROM STDIN (FORMAT binary)";
/* Whoever has two numbers, and whoever shares one, is left out; so is a number that another person has already. */
static const char unclear_sql[] =
    "CREATE TEMPORARY TABLE clear_number ON COMMIT DROP AS SELECT DISTINCT t.person_token, t.kpj FROM pg_temp.told_number t"
    " WHERE NOT EXISTS (SELECT FROM notice.member_number m WHERE m.kpj = t.kpj AND m.person_token <> t.person_token);"
    " DELETE FROM pg_temp.clear_number WHERE person_token IN (SELECT person_token FROM pg_temp.told_number GROUP BY 1 HAVING count(DISTINCT kpj) > 1)"
    " OR kpj IN (SELECT kpj FROM pg_temp.told_number GROUP BY 1 HAVING count(DISTINCT person_token) > 1)";
static const char count_sql[] = "SELECT (SELECT count(DISTINCT (person_token, kpj)) FROM pg_temp.told_number) - (SELECT count(*) FROM pg_temp.clear_number),"
                                " (SELECT count(*) FROM pg_temp.clear_number)";
static const char store_sql[] = "INSERT INTO notice.member_number (person_token, kpj, actor) SELECT person_token, kpj, $1 FROM pg_temp.clear_number"
                                " ON CONFLICT (person_token) DO UPDATE SET kpj = excluded.kpj, actor = excluded.actor, told_at = now() WHERE member_number.kpj <> excluded.kpj";

struct result {
    int64_t numbers, changed, unclear;
};

static struct err store(const struct card_session *session, struct result *result) {
    struct pg *pg = session->money.pg;
    struct arena *arena = session->money.arena;
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    TRY(pg_script(pg, unclear_sql));
    TRY(pg_run(pg, arena, count_sql, NULL, &rows));
    result->unclear = pg_int8(&rows, 0, 0);
    result->numbers = pg_int8(&rows, 0, 1);
    pg_add_text(p, slice_text(session->money.actor));
    TRY(pg_run(pg, arena, store_sql, p, &rows));
    result->changed = rows.affected;
    return OK;
}

static struct err load(const struct card_session *session, FILE *file, struct taking *taking, bool *ret_good, struct result *result) {
    struct pg *pg = session->money.pg;
    *ret_good = false;
    TRY(pg_begin(pg));
    struct err err = pg_script(pg, prepare_sql);
    if (!failed(&err)) err = pg_copy_start(pg, copy_sql, &taking->copy);
    if (!failed(&err)) {
        *ret_good = feed(file, taking);
        err = pg_copy_finish(taking->copy);
    }
    if (!failed(&err) && *ret_good) err = store(session, result);
    if (!failed(&err) && *ret_good) return pg_commit(pg);
    pg_rollback(pg);
    return err;
}

static int tell(const struct card_session *session, const struct taking *taking, const struct result *result) {
    if (session->money.json)
        command_print_json(json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "lines", (json_int_t)taking->lines, "numbers", (json_int_t)result->numbers, "changed", (json_int_t)result->changed, "without_number",
                                     (json_int_t)taking->without_number, "unclear", (json_int_t)result->unclear, "unreadable", (json_int_t)taking->unreadable));
    else printf("%" PRId64 " baris: %" PRId64 " nomor KPJ (%" PRId64 " baru atau berubah), %" PRId64 " tanpa nomor, %" PRId64 " tidak jelas milik siapa, %" PRId64 " tidak terbaca.\n", taking->lines, result->numbers,
                result->changed, taking->without_number, result->unclear, taking->unreadable);
    return result->unclear > 0 || taking->unreadable > 0 ? EXIT_WITH_REJECTIONS : EXIT_OK;
}

int card_numbers(const struct card_options *options) {
    struct card_session session;
    struct result result = {0};
    bool good = false;
    int code = card_session_open(options, &session);
    struct taking taking = {.crypto = session.crypto};
    FILE *file = code == EXIT_OK ? fopen(options->path, "rb") : NULL;
    if (code == EXIT_OK && file == NULL) code = command_fail(options->json, EXIT_FAILED, "FILE_UNREADABLE", strerror(errno), "Check the name of the file.");
    const struct err err = code == EXIT_OK ? load(&session, file, &taking, &good, &result) : OK;
    if (failed(&err)) code = card_failure(&session, &err);
    else if (code == EXIT_OK && !good) code = command_fail(options->json, EXIT_FAILED, "FILE_UNREADABLE", "the file is no CSV with the columns nik and kpj", "Save the insurer's list as CSV in UTF-8. Nothing was taken.");
    else if (code == EXIT_OK) code = tell(&session, &taking, &result);
    if (file != NULL) (void)fclose(file); /* only read */
    card_session_close(&session);
    return code;
}
