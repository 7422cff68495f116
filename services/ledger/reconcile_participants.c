/* File → tokens → COPY into a temporary table → one statement → differences page by page. It must never keep a NIK: the token is made as soon as the row is read. */
#include "services/ledger/reconcile_participants.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/edge/csv.h"
#include "services/ledger/line.h"
#include "services/ledger/reconcile_parts.h"

enum { PIECE_BYTES = 256 * 1024, LINE_BYTES_MAX = 64 * 1024, COPY_COLUMNS = 6 };

static const char prepare_sql[] = RECONCILE_SETTINGS_SQL " CREATE TEMPORARY TABLE participant (line int4, person_token bytea, programmes int2, from_month int4, to_month int4, active int2) ON COMMIT DROP";
static const char copy_sql[] = "COPY pg_temp.participant FROM STDIN (FORMAT binary)";

/* ---- the file ---- */

struct loading {
    const struct reconcile_participants *task;
    struct reconcile_participants_report *report;
    struct csv *csv;
    struct pg_copy *copy;
    struct participant_columns columns;
};

static bool take_header(struct loading *loading, const struct slice *cells, size_t count) {
    enum participant_column wrong;
    if (participant_columns_find(cells, count, &loading->columns, &wrong)) return true;
    (void)snprintf(loading->report->refused, PARTICIPANTS_SENTENCE_MAX, "the first line must hold the names of the columns: \"%s\" is missing, or stands there twice", participant_column_name(wrong)); /* fits */
    return false;
}

static bool take_row(void *self, uint32_t number, const struct slice *cells, size_t count) {
    struct loading *loading = self;
    const uint32_t line = csv_line(loading->csv);
    struct participant_row row;
    enum participant_column wrong;
    if (number == 0) return take_header(loading, cells, count);
    loading->report->lines++;
    if (!participant_row_read(&loading->columns, cells, count, &row, &wrong)) {
        loading->report->differences[PARTICIPANT_UNREADABLE]++;
        const struct participant_difference difference = {.kind = PARTICIPANT_UNREADABLE, .line = line, .theirs = slice_text(participant_column_name(wrong)), .ours = slice_text("")};
        loading->task->differs(loading->task->self, &difference);
        return true;
    }
    const struct person_token token = crypto_person_token(loading->task->crypto, slice_text(row.nik));
    explicit_bzero(row.nik, sizeof row.nik);
    pg_copy_row(loading->copy, COPY_COLUMNS);
    pg_copy_int4(loading->copy, (int32_t)line);
    pg_copy_bytes(loading->copy, slice_of(token.bytes, TOKEN_BYTES));
    pg_copy_int2(loading->copy, (int16_t)row.programmes);
    pg_copy_int4(loading->copy, row.from);
    pg_copy_int4(loading->copy, row.to);
    pg_copy_int2(loading->copy, row.is_active);
    return true;
}

static const char *problem_words(enum csv_problem problem) {
    switch (problem) {
    case CSV_LINE_TOO_LONG: return "a line is too long: check its quotes and the separator";
    case CSV_BINARY: return "the file is no CSV: save the sheet as CSV in UTF-8";
    case CSV_NOT_UTF8: return "the file is no UTF-8: save it as CSV in UTF-8";
    case CSV_UNEVEN_QUOTES: return "a quote is not closed";
    case CSV_TOO_MANY_CELLS: return "there are too many columns";
    default: return "the file can't be read";
    }
}

static void feed_file(struct loading *loading, FILE *file) {
    struct reconcile_participants_report *report = loading->report;
    uint8_t *piece = malloc(PIECE_BYTES);
    CHECK(piece != NULL);
    loading->csv = csv_open((struct csv_options){.line_bytes_max = LINE_BYTES_MAX, .row = take_row, .self = loading});
    enum csv_problem problem = CSV_FINE;
    for (size_t size = fread(piece, 1, PIECE_BYTES, file); size > 0 && problem == CSV_FINE; size = fread(piece, 1, PIECE_BYTES, file))
        problem = csv_feed(loading->csv, slice_of(piece, size));
    if (problem == CSV_FINE && ferror(file) == 0) problem = csv_finish(loading->csv);
    if (problem != CSV_FINE && problem != CSV_STOPPED)
        (void)snprintf(report->refused, PARTICIPANTS_SENTENCE_MAX, "line %u: %s", csv_line(loading->csv), problem_words(problem)); /* fits */
    else if (ferror(file) != 0)
        (void)snprintf(report->refused, PARTICIPANTS_SENTENCE_MAX, "the file can't be read to its end");
    else if (report->refused[0] == '\0' && report->lines == 0)
        (void)snprintf(report->refused, PARTICIPANTS_SENTENCE_MAX, "the file holds no participant");
    csv_close(loading->csv);
    free(piece);
}

static struct err load_file(struct pg *pg, const struct reconcile_participants *task, struct reconcile_participants_report *report) {
    FILE *file = fopen(task->path, "rb");
    if (file == NULL) return ERR(FATAL, "the file can't be read: %s", strerror(errno));
    struct loading loading = {.task = task, .report = report};
    struct err err = pg_script(pg, prepare_sql);
    if (!failed(&err)) err = pg_copy_start(pg, copy_sql, &loading.copy);
    if (!failed(&err)) {
        feed_file(&loading, file);
        err = pg_copy_finish(loading.copy);
    }
    (void)fclose(file); /* only read */
    if (failed(&err) || report->refused[0] != '\0') return err;
    return pg_script(pg, "ANALYZE participant");
}

/* ---- the comparison ---- */

#define ACTIVE_WITH_US "o.state IN (2, 3)"

/* One row per person with what both sides say; $1 the agreement. */
static const char pair_sql[] =
    "CREATE TEMPORARY TABLE participant_pair ON COMMIT DROP AS"
    " WITH theirs AS (SELECT DISTINCT ON (person_token) * FROM participant ORDER BY person_token, active DESC, line),"
    " ours AS (SELECT DISTINCT ON (person_token) person_token, application_id, programmes, start_month, end_month, state FROM ledger.enrolment WHERE agreement_no = $1"
    "  ORDER BY person_token, (state <= 3) DESC, place DESC)"
    " SELECT coalesce(t.line, 0) AS line, o.application_id, t.active, t.from_month, t.to_month, t.programmes AS their_programmes, o.state, o.start_month, o.end_month, o.programmes,"
    "  coalesce(t.active = 1, false) AS active_there, coalesce(" ACTIVE_WITH_US ", false) AS active_here"
    " FROM theirs t FULL JOIN ours o USING (person_token)";

static const char difference_sql[] =
    "CREATE TEMPORARY TABLE participant_difference ON COMMIT DROP AS"
    " SELECT row_number() OVER (ORDER BY kind, line, application_id) AS n, * FROM ("
    "  SELECT p.*, d.kind FROM participant_pair p CROSS JOIN LATERAL (VALUES"
    "   (1, p.application_id IS NULL AND p.active_there),"
    "   (2, p.line = 0 AND p.state <= 3),"
    "   (3, p.line > 0 AND p.application_id IS NOT NULL AND p.active_there <> p.active_here),"
    "   (4, p.active_there AND p.active_here AND ((p.from_month > 0 AND p.from_month <> p.start_month) OR (p.to_month > 0 AND p.to_month <> p.end_month))),"
    "   (5, p.active_there AND p.active_here AND p.their_programmes <> 0 AND p.their_programmes <> p.programmes)) AS d (kind, holds) WHERE d.holds"
    "  UNION ALL SELECT x.line, NULL, x.active, x.from_month, x.to_month, x.programmes, NULL, NULL, NULL, NULL, x.active = 1, false, 6"
    "   FROM (SELECT *, row_number() OVER (PARTITION BY person_token ORDER BY active DESC, line) AS copy FROM participant) x WHERE copy > 1) all_of_them;"
    " CREATE INDEX ON participant_difference (n); ANALYZE participant_difference";

static struct err compare(struct pg *pg, struct arena *arena, int32_t agreement_no, struct reconcile_participants_report *report) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_int4(p, agreement_no);
    TRY(pg_run(pg, arena, pair_sql, p, NULL));
    TRY(pg_script(pg, difference_sql));
    TRY(pg_run(pg, arena,
               "SELECT count(*) FILTER (WHERE active_there AND active_here AND (from_month = 0 OR from_month = start_month) AND (to_month = 0 OR to_month = end_month)"
               " AND (their_programmes = 0 OR their_programmes = programmes)),"
               " count(*) FILTER (WHERE NOT active_there AND NOT active_here AND (line > 0 OR state > 3)) FROM participant_pair",
               NULL, &rows));
    report->same = pg_int8(&rows, 0, 0);
    report->inactive = pg_int8(&rows, 0, 1);
    TRY(pg_run(pg, arena, "SELECT kind, count(*) FROM participant_difference GROUP BY kind", NULL, &rows));
    for (size_t i = 0; i < rows.count; i++) report->differences[pg_int4(&rows, i, 0)] = pg_int8(&rows, i, 1);
    return OK;
}

/* ---- telling ---- */

static struct slice side_words(struct arena *arena, const char *state, month_t from, month_t to, programme_set programmes) {
    char text[96], months[2][8] = {"?", "?"}, names[PROGRAMME_SET_TEXT_MAX];
    if (from > 0) month_format(from, months[0]);
    if (to > 0) month_format(to, months[1]);
    (void)programme_set_format(programmes, names);
    (void)snprintf(text, sizeof text, "%s %s..%s%s%s", state, months[0], months[1], programmes != 0 ? " " : "", names); /* fits */
    return arena_copy(arena, slice_text(text));
}

static const char page_sql[] =
    "SELECT kind, line, application_id, state, start_month, end_month, programmes, active, from_month, to_month, their_programmes FROM participant_difference"
    " WHERE n > $1 AND n <= $2 ORDER BY n";

static void tell_row(struct arena *arena, const void *given_task, const struct pg_rows *rows, size_t i) {
    const struct reconcile_participants *task = given_task;
    struct participant_difference difference = {.kind = (enum participant_difference_kind)pg_int4(rows, i, 0), .line = (uint32_t)pg_int4(rows, i, 1), .ours = slice_text(""),
                                                .theirs = slice_text("")};
    if (!pg_is_null(rows, i, 2)) {
        memcpy(difference.application_id.bytes, pg_bytes(rows, i, 2).bytes, ID_BYTES);
        difference.ours = side_words(arena, enrolment_state_name((enum enrolment_state)pg_int2(rows, i, 3)), pg_int4(rows, i, 4), pg_int4(rows, i, 5), (programme_set)pg_int2(rows, i, 6));
    }
    if (difference.line > 0)
        difference.theirs = side_words(arena, pg_int2(rows, i, 7) == 1 ? "AKTIF" : "NONAKTIF", pg_int4(rows, i, 8), pg_int4(rows, i, 9), (programme_set)pg_int2(rows, i, 10));
    task->differs(task->self, &difference);
}

static struct err compare_all(struct pg *pg, struct arena *arena, const void *given_task, void *given_report) {
    const struct reconcile_participants *task = given_task;
    struct reconcile_participants_report *report = given_report;
    int32_t agreement_no;
    TRY(reconcile_agreement(pg, arena, task->agreement_id, &agreement_no));
    report->unknown_agreement = agreement_no <= 0; /* it is always one */
    if (report->unknown_agreement) return OK;
    TRY(load_file(pg, task, report));
    if (report->refused[0] != '\0') return OK;
    TRY(compare(pg, arena, agreement_no, report));
    return reconcile_tell(pg, arena, page_sql, tell_row, task);
}

struct err reconcile_participants(struct pg *pg, const struct reconcile_participants *task, struct reconcile_participants_report *ret_report) {
    *ret_report = (struct reconcile_participants_report){0};
    return reconcile_run(pg, compare_all, task, ret_report);
}
