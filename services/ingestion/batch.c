/* GET /v1/batches/{id}: what became of the rows of a list, by one statement; and .../result: the same file with four columns added, read back from the sealed
 * upload piece by piece. A row counts by the outcome of its application that stands, which is
 * that of the last attempt; so a list sent twice shows the same answers, and who waited for an answer from outside shows what came of it. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/edge/csv.h"
#include "common/edge/log.h"
#include "services/ingestion/answer.h"
#include "services/ingestion/intake.h"
#include "services/ingestion/list.h"
#include "services/ingestion/problem.h"
#include "services/ledger/outcome_sql.h"

enum {
    LINE_BYTES_MAX = 64 * 1024,
    PIECE_BYTES = 16 * 1024,
    RESULT_ARENA_BYTES = 32 * 1024 * 1024,
    WORDS_MAX = 2048, /* reason and remedy texts of one row */
};

struct batch {
    int64_t number;
    char id[BATCH_ID_TEXT + 1];
    struct slice agreement_id; /* in the arena */
    int64_t rows, submitted;
    day_t registration_date;
    int encoding; /* enum encoding; 0: staged by the first edition */
};

/* False: the request was answered. */
static bool find_batch(struct intake *intake, struct http_request *request, struct batch *ret_batch) {
    const struct intake_partner *partner;
    struct slice id = http_segment(request, 0);
    if (!intake_authorised(intake, request, &partner)) return false;
    arena_reset(intake->arena);
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    struct pg_rows rows = {0};
    struct id digits;
    if (id.size == BATCH_ID_TEXT && id.bytes[0] == 'b' && id_parse(slice_of(id.bytes + 1, id.size - 1), &digits)) {
        pg_add_text(parameters, id);
        struct err err = pg_run(intake->pg, intake->arena,
                                "SELECT b.batch_no, a.agreement_id, b.row_count, b.submitted_rows, b.registration_date, b.encoding "
                                "FROM intake.batch b JOIN ledger.agreement a USING (agreement_no) WHERE b.batch_id = $1",
                                parameters, &rows);
        if (failed(&err)) {
            intake_answer_unavailable(intake, request, &err);
            return false;
        }
    }
    bool inside = false;
    const struct err err = rows.count > 0 ? intake_in_scope(intake, partner, pg_bytes(&rows, 0, 1), &inside) : OK;
    if (failed(&err)) {
        intake_answer_unavailable(intake, request, &err);
        return false;
    }
    if (!inside) {
        problem_answer(request, PROBLEM_NOT_FOUND, "no list has this id", "");
        return false;
    }
    *ret_batch = (struct batch){
        .number = pg_int8(&rows, 0, 0),
        .agreement_id = pg_bytes(&rows, 0, 1),
        .rows = pg_int4(&rows, 0, 2),
        .submitted = pg_int4(&rows, 0, 3),
        .registration_date = pg_date(&rows, 0, 4),
        .encoding = pg_int2(&rows, 0, 5),
    };
    memcpy(ret_batch->id, id.bytes, BATCH_ID_TEXT);
    return true;
}

/* The outcome that stands for the application of r. Only a PENDING one (5) is followed by another attempt, so only those rows are looked up twice. */
#define STANDING_OUTCOME(batch)                                                                                                                                      \
    "LEFT JOIN LATERAL (SELECT f.status, f.codes, f.warnings, f.amount, f.rank FROM ledger.outcome f WHERE f.period = "                                             \
    PERIODS_OF_SQL("intake.batch b JOIN ledger.agreement a USING (agreement_no) WHERE b.batch_no = " batch) " AND f.application_id = r.application_id "             \
    "AND f.attempt = 1 AND " FIRST_OUTCOME_SQL("f") " LIMIT 1) f ON true "                                                                                          \
    "LEFT JOIN LATERAL (SELECT n.status, n.codes, n.warnings, n.amount, n.rank FROM ledger.outcome n WHERE f.status = 5 AND n.application_id = r.application_id AND " \
    FIRST_OUTCOME_ANYWHERE_SQL("n") " ORDER BY n.attempt DESC LIMIT 1) n ON true "
/* A column of it. */
#define STANDING(column) "coalesce(n." column ", f." column ")"

/* ---- the equation ---- */

struct counts {
    int64_t by_status[OUTCOME_PARKED + 1]; /* OUTCOME_NONE: not decided yet */
    int64_t by_code[CODE_LIMIT];
    int64_t committed;
};

static struct err count_rows(struct intake *intake, const struct batch *batch, struct counts *ret_counts) {
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    struct pg_rows rows;
    pg_add_int8(parameters, batch->number);
    TRY(pg_run(intake->pg, intake->arena,
               "SELECT coalesce(n.status, f.status, 0::smallint), coalesce(n.codes, f.codes, 0), coalesce(n.warnings, f.warnings, 0), count(*), "
               "coalesce(sum(" STANDING("amount") "), 0)::bigint FROM intake.batch_row r " STANDING_OUTCOME("$1") "WHERE r.batch_no = $1 GROUP BY 1, 2, 3",
               parameters, &rows));
    *ret_counts = (struct counts){0};
    for (size_t i = 0; i < rows.count; i++) {
        int status = pg_int2(&rows, i, 0);
        int64_t count = pg_int8(&rows, i, 3);
        CHECK(status >= 0 && status <= OUTCOME_PARKED);
        ret_counts->by_status[status] += count;
        if (status == OUTCOME_ACCEPTED) ret_counts->committed += pg_int8(&rows, i, 4);
        uint64_t codes = (uint64_t)pg_int8(&rows, i, 1) | (uint64_t)pg_int8(&rows, i, 2);
        for (int code = 1; code < CODE_LIMIT; code++)
            if ((codes >> code & 1u) != 0) ret_counts->by_code[code] += count;
    }
    return OK;
}

static json_t *by_code_json(const struct counts *counts) {
    json_t *object = json_object();
    CHECK(object != NULL);
    for (int code = 1; code < CODE_LIMIT; code++) {
        const struct code_row *row = counts->by_code[code] > 0 ? code_row((enum code)code) : NULL;
        if (row != NULL) CHECK(json_object_set_new(object, row->text, json_integer(counts->by_code[code])) == 0);
    }
    return object;
}

void batch_get(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct batch batch;
    struct counts counts;
    if (!find_batch(intake, request, &batch)) return;
    struct err err = count_rows(intake, &batch, &counts);
    if (failed(&err)) {
        intake_answer_unavailable(intake, request, &err);
        return;
    }
    int64_t pending = counts.by_status[OUTCOME_NONE] + counts.by_status[OUTCOME_PENDING];
    int64_t rejected = counts.by_status[OUTCOME_REJECTED] + counts.by_status[OUTCOME_PARKED];
    const char *state = counts.by_status[OUTCOME_NONE] == 0 ? "done" : batch.submitted < batch.rows ? "submitting" : "deciding";
    json_t *document = json_pack("{s:s,s:s%,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:I}", "batch", batch.id, "agreement", (const char *)batch.agreement_id.bytes,
                                 batch.agreement_id.size, "state", state, "rows", (json_int_t)batch.rows, "accepted",
                                 (json_int_t)counts.by_status[OUTCOME_ACCEPTED], "waitlisted", (json_int_t)counts.by_status[OUTCOME_WAITLISTED],
                                 "rejected", (json_int_t)rejected, "duplicates", (json_int_t)counts.by_status[OUTCOME_DUPLICATE], "pending",
                                 (json_int_t)pending, "by_code", by_code_json(&counts), "committed", (json_int_t)counts.committed);
    intake_answer_json(request, 200, document);
}

/* ---- the same file with the answers ---- */

struct decision {
    enum outcome_status status;
    struct code_set codes, warnings;
    uint32_t rank;
};

struct result {
    struct intake *intake;
    struct batch batch;
    struct sealed_file *file;
    struct csv *csv;
    struct arena *arena;
    struct slice plain;
    bool at_end, broken, marked;
    struct list list;
    struct row_of_file *rows; /* of the piece, in the arena */
    size_t row_count;
    char *out; /* what is written and not taken yet */
    size_t out_size, out_taken;
    FILE *writer; /* onto out */
};

struct row_of_file {
    enum list_record kind;
    uint32_t number; /* of a LIST_ROW, else 0 */
    char separator;  /* a title may have another one than the rows: it comes back as it was */
    size_t count;
    const struct slice *cells;
    struct row_of_file *next;
};

static bool keep_record(void *self, uint32_t number, const struct slice *cells, size_t count) {
    struct result *result = self;
    (void)number; /* counts rows of totals too */
    struct slice *copies = arena_zero(result->arena, count + 1, sizeof *copies);
    for (size_t i = 0; i < count; i++) copies[i] = arena_copy(result->arena, cells[i]);
    struct row_of_file *row = arena_take(result->arena, sizeof *row);
    const enum list_record kind = list_take(&result->list, copies, count);
    *row = (struct row_of_file){.kind = kind, .number = kind == LIST_ROW ? result->list.rows : 0, .separator = csv_separator(result->csv), .count = count, .cells = copies, .next = result->rows};
    result->rows = row; /* newest first: turned round when written */
    result->row_count++;
    if (kind == LIST_TITLE) csv_header_follows(result->csv);
    return kind != LIST_WRONG;
}

static void write_cell(struct result *result, struct slice cell, char separator, bool first) {
    uint8_t *bytes = arena_take(result->arena, cell.size * 2 + 3);
    if (!first) (void)fputc(separator, result->writer); /* memory: checked at the end of the piece */
    (void)fwrite(bytes, 1, csv_write_cell(cell, separator, bytes), result->writer);
}

/* One text more, a new sentence or with "; " between, each only once (E01 and E02 say the same). */
static void add_words(char words[WORDS_MAX], const char *more) {
    if (more[0] == '\0' || strstr(words, more) != NULL) return;
    size_t size = strlen(words);
    (void)snprintf(words + size, WORDS_MAX - size, "%s%s", size == 0 ? "" : words[size - 1] == '.' ? " " : "; ", more); /* a cut text is still a help */
}

static void add_columns(char words[WORDS_MAX], uint64_t columns) {
    char names[WANTING_TEXT_MAX], sentence[WANTING_TEXT_MAX + 16];
    if (columns == 0) return;
    (void)row_wanting_format(columns, names);
    (void)snprintf(sentence, sizeof sentence, "kolom: %s", names); /* fits */
    add_words(words, sentence);
}

/* What only the row itself can tell: the columns that are wanting or no amounts, a NIK that a spreadsheet made a number, and that a repeated project is no repeated person. */
static void add_particulars(const struct result *result, const struct row_of_file *row, enum code code, char reason[WORDS_MAX], char remedy[WORDS_MAX]) {
    struct row_text text;
    struct row_result checked;
    const bool told_by_row = code == CODE_E80 || code == CODE_E81 || code == CODE_E20 || code == CODE_E01 || code == CODE_E02;
    if (!told_by_row || !list_row_text(&result->list.header, row->cells, row->count, &text)) return;
    row_check(&text, &result->intake->tables, result->batch.registration_date, &checked);
    add_columns(reason, row_code_columns(&checked, code));
    if (code == CODE_E20 && checked.segment == SEGMENT_JAKON) add_words(reason, "proyek yang sama (nomor dan npp) sudah ada di atas");
    if ((code == CODE_E01 || code == CODE_E02) && checked.spreadsheet_damage) {
        add_words(reason, "NIK diubah lembar kerja menjadi bilangan");
        add_words(remedy, "Format kolom NIK sebagai Teks, lalu isi ulang NIK dari sumbernya.");
    }
    explicit_bzero(&checked, sizeof checked);
}

static void describe(const struct result *result, const struct row_of_file *row, const struct decision *decision, char reason[WORDS_MAX],
                     char remedy[WORDS_MAX]) {
    reason[0] = remedy[0] = '\0';
    struct code_set all = code_set_union(decision->codes, decision->warnings);
    for (int number = 1; number < CODE_LIMIT; number++) {
        const struct code_row *code = code_set_has(all, (enum code)number) ? code_row((enum code)number) : NULL;
        if (code == NULL) continue;
        add_words(reason, code->reason);
        add_words(remedy, code->remedy);
        add_particulars(result, row, (enum code)number, reason, remedy);
    }
    if (decision->status == OUTCOME_WAITLISTED) {
        char sentence[64];
        (void)snprintf(sentence, sizeof sentence, "Daftar tunggu nomor %u.", decision->rank); /* fits */
        add_words(remedy, sentence);
    }
}

static void write_row(struct result *result, const struct row_of_file *row, const struct decision *decision) {
    static const char *const titles[] = {"status", "kode", "alasan", "saran"};
    const size_t count = row->kind == LIST_TITLE ? row->count : result->list.header.count;
    for (size_t i = 0; i < count; i++) /* surplus cells are blank, or the list had been refused */
        write_cell(result, i < row->count ? row->cells[i] : slice_text(""), row->separator, i == 0);
    if (row->kind == LIST_HEADER) {
        for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) write_cell(result, slice_text(titles[i]), row->separator, false);
    } else if (row->kind == LIST_ROW) {
        char codes[CODE_SET_TEXT_MAX], reason[WORDS_MAX], remedy[WORDS_MAX];
        (void)code_set_format(code_set_union(decision->codes, decision->warnings), codes);
        describe(result, row, decision, reason, remedy);
        write_cell(result, slice_text(answer_status_word(decision->status)), row->separator, false);
        write_cell(result, slice_text(codes), row->separator, false);
        write_cell(result, slice_text(reason), row->separator, false);
        write_cell(result, slice_text(remedy), row->separator, false);
    }
    (void)fputs("\r\n", result->writer); /* RFC 4180 */
}

static struct err read_decisions(struct result *result, uint32_t from, uint32_t to, struct decision **ret_decisions) {
    struct pg_parameters *parameters = pg_parameters(result->arena);
    struct pg_rows rows;
    pg_add_int8(parameters, result->batch.number);
    pg_add_int4(parameters, (int32_t)from);
    pg_add_int4(parameters, (int32_t)to);
    TRY(pg_run(result->intake->pg, result->arena,
               "SELECT " STANDING("status") ", " STANDING("codes") ", " STANDING("warnings") ", " STANDING("rank") " FROM intake.batch_row r " STANDING_OUTCOME("$1")
               "WHERE r.batch_no = $1 AND r.row_number BETWEEN $2 AND $3 ORDER BY r.row_number",
               parameters, &rows));
    if (rows.count != to - from + 1) return ERR(PARK, "a stored list has other rows than were staged");
    *ret_decisions = arena_zero(result->arena, rows.count, sizeof **ret_decisions);
    for (size_t i = 0; i < rows.count; i++) {
        if (pg_is_null(&rows, i, 0)) continue;
        (*ret_decisions)[i] = (struct decision){
            .status = (enum outcome_status)pg_int2(&rows, i, 0),
            .codes = {(uint64_t)pg_int8(&rows, i, 1)},
            .warnings = {(uint64_t)pg_int8(&rows, i, 2)},
            .rank = (uint32_t)pg_int4(&rows, i, 3),
        };
    }
    return OK;
}

static struct err write_rows(struct result *result) {
    struct row_of_file *turned = NULL;
    uint32_t from = 0, to = 0;
    for (struct row_of_file *row = result->rows, *next; row != NULL; row = next) {
        next = row->next;
        row->next = turned;
        turned = row;
        if (row->number > to) to = row->number;
        if (row->number > 0) from = row->number; /* the newest comes first */
    }
    struct decision *decisions = NULL;
    if (to > 0) TRY(read_decisions(result, from, to, &decisions));
    for (const struct row_of_file *row = turned; row != NULL; row = row->next)
        write_row(result, row, row->number > 0 ? &decisions[row->number - from] : NULL);
    return OK;
}

static struct err write_piece(struct result *result) {
    arena_reset(result->arena);
    result->rows = NULL;
    result->row_count = 0;
    TRY(intake_list_feed(result->file, result->csv, PIECE_BYTES, &result->plain, &result->at_end));
    return result->row_count > 0 ? write_rows(result) : OK;
}

/* A spreadsheet that wrote another encoding than UTF-8 takes a file without the mark for that encoding again. */
static bool wants_mark(const struct batch *batch) { return batch->encoding > ENCODING_UTF8; }

static long result_read(void *self, uint8_t *bytes, size_t size) {
    struct result *result = self;
    while (result->out_taken == result->out_size) {
        if (result->broken) return -1;
        if (result->at_end) return 0;
        free(result->out);
        result->out = NULL;
        result->out_size = result->out_taken = 0;
        result->writer = open_memstream(&result->out, &result->out_size);
        CHECK(result->writer != NULL);
        if (wants_mark(&result->batch) && !result->marked) (void)fputs("\xEF\xBB\xBF", result->writer);
        result->marked = true;
        struct err err = write_piece(result);
        CHECK(fclose(result->writer) == 0);
        if (!failed(&err)) continue;
        log_error("a result can't be written", LOG_TEXT("batch", result->batch.id), LOG_TEXT("error", err.text));
        result->broken = true;
        return -1;
    }
    size_t take = result->out_size - result->out_taken < size ? result->out_size - result->out_taken : size;
    memcpy(bytes, result->out + result->out_taken, take);
    result->out_taken += take;
    return (long)take;
}

static void result_done(void *self) {
    struct result *result = self;
    sealed_file_close(result->file);
    csv_close(result->csv);
    arena_destroy(result->arena);
    free(result->out);
    free(result);
}

void batch_result_get(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct batch batch;
    if (!find_batch(intake, request, &batch)) return;
    char name[BATCH_ID_TEXT + 16], path[UPLOAD_PATH_MAX], disposition[128];
    CHECK(snprintf(name, sizeof name, "%s.sealed", batch.id) < (int)sizeof name);
    intake_upload_path(intake, name, path);
    struct sealed_file *file;
    struct err err = sealed_file_open(intake->crypto, path, &file);
    if (failed(&err)) {
        log_error("a stored list can't be opened", LOG_TEXT("batch", batch.id), LOG_TEXT("error", err.text));
        problem_answer(request, PROBLEM_DAMAGED, "the upload can't be opened", "");
        return;
    }
    struct result *result = calloc(1, sizeof *result);
    CHECK(result != NULL);
    *result = (struct result){.intake = intake, .batch = batch, .file = file, .arena = arena_create(RESULT_ARENA_BYTES)};
    result->list.every_row_counts = batch.encoding == 0;
    result->csv = csv_open((struct csv_options){.line_bytes_max = LINE_BYTES_MAX, .any_encoding = true, .row = keep_record, .self = result});
    CHECK(snprintf(disposition, sizeof disposition, "attachment; filename=\"hasil-%s.csv\"", batch.id) < (int)sizeof disposition);
    http_set_header(request, "Content-Disposition", disposition);
    http_answer_stream(request, 200, "text/csv; charset=utf-8", result_read, result_done, result);
}
