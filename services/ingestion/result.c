/* GET /v1/batches/{id}/result and .../rejected: the same file with four columns added, read back from the sealed upload piece by piece; or of it only the rows that were refused, to be
 * put right and sent again. Before a list is let in, the answers are those of the dry run. Always as CSV: `payung batch` makes a workbook of it (result_workbook.h). */
#include <stdio.h>
#include <stdlib.h>

#include "common/edge/csv.h"
#include "common/edge/log.h"
#include "services/ingestion/answer.h"
#include "services/ingestion/batch.h"
#include "services/ingestion/problem.h"
#include "services/ingestion/stored_list.h"
#include "services/ledger/outcome_sql.h"

enum {
    PIECE_BYTES = 16 * 1024,
    RESULT_ARENA_BYTES = 32 * 1024 * 1024,
    WORDS_MAX = 2048, /* reason and remedy texts of one row */
};

struct decision {
    enum outcome_status status;
    struct code_set codes, warnings;
    uint32_t rank;
};

struct row_of_file {
    enum list_record kind;
    uint32_t number; /* of a LIST_ROW, else 0 */
    char separator;  /* a title may have another one than the rows: it comes back as it was */
    size_t count;
    const struct slice *cells;
    struct row_of_file *next;
};

struct result {
    struct intake *intake;
    struct batch batch; /* its texts are not used */
    bool only_rejected, is_trial;
    struct stored_list *list;
    struct arena *arena;
    bool broken, marked;
    struct row_of_file *rows; /* of the piece, in the arena */
    size_t row_count;
    char *out; /* what is written and not taken yet */
    size_t out_size, out_taken;
    FILE *writer; /* onto out */
};

static bool keep_record(void *self, const struct stored_record *record) {
    struct result *result = self;
    struct slice *copies = arena_zero(result->arena, record->count + 1, sizeof *copies);
    for (size_t i = 0; i < record->count; i++) copies[i] = arena_copy(result->arena, record->cells[i]);
    struct row_of_file *row = arena_take(result->arena, sizeof *row);
    *row = (struct row_of_file){.kind = record->kind, .number = record->number, .separator = record->separator, .count = record->count, .cells = copies, .next = result->rows};
    result->rows = row; /* newest first: turned round when written */
    result->row_count++;
    return true;
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
    if (!told_by_row || !list_row_text(stored_list_header(result->list), row->cells, row->count, &text)) return;
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

/* What goes into the added columns. */
struct answers {
    const char *cell[LIST_ANSWERS];
    char codes[CODE_SET_TEXT_MAX], reason[WORDS_MAX], remedy[WORDS_MAX];
};

static void answers_of(const struct result *result, const struct row_of_file *row, const struct decision *decision, struct answers *ret_answers) {
    (void)code_set_format(code_set_union(decision->codes, decision->warnings), ret_answers->codes);
    describe(result, row, decision, ret_answers->reason, ret_answers->remedy);
    const char *status = result->is_trial ? answer_trial_word(decision->status) : answer_status_word(decision->status);
    const char *const cells[LIST_ANSWERS] = {status, ret_answers->codes, ret_answers->reason, ret_answers->remedy};
    memcpy(ret_answers->cell, cells, sizeof cells);
}

/* Titles as they were; of header and rows all columns but those that an earlier result had added. */
static void write_own_cells(struct result *result, const struct row_of_file *row) {
    const struct list_header *header = stored_list_header(result->list);
    const size_t count = row->kind == LIST_TITLE ? row->count : header->count;
    bool first = true;
    for (size_t i = 0; i < count; i++) { /* surplus cells are blank, or the list had been refused */
        if (row->kind != LIST_TITLE && (header->answers >> i & 1u) != 0) continue;
        write_cell(result, i < row->count ? row->cells[i] : slice_text(""), row->separator, first);
        first = false;
    }
}

static void write_row(struct result *result, const struct row_of_file *row, const struct decision *decision) {
    static const char *const titles[LIST_ANSWERS] = {LIST_ANSWER_TITLES};
    struct answers answers;
    write_own_cells(result, row);
    if (row->kind == LIST_ROW) answers_of(result, row, decision, &answers);
    for (size_t i = 0; i < LIST_ANSWERS && (row->kind == LIST_HEADER || row->kind == LIST_ROW); i++)
        write_cell(result, slice_text(row->kind == LIST_HEADER ? titles[i] : answers.cell[i]), row->separator, false);
    (void)fputs("\r\n", result->writer); /* RFC 4180 */
}

static bool is_wanted(const struct result *result, const struct row_of_file *row, const struct decision *decision) {
    if (!result->only_rejected || row->kind == LIST_TITLE || row->kind == LIST_HEADER) return true;
    return row->kind == LIST_ROW && (decision->status == OUTCOME_REJECTED || decision->status == OUTCOME_PARKED);
}

static const char decisions_sql[] =
    "SELECT " STANDING("status") ", " STANDING("codes") ", " STANDING("warnings") ", " STANDING("rank") " FROM intake.batch_rows($1, $2, $3) r " STANDING_OUTCOME("$1")
    "ORDER BY r.row_number";
static const char verdicts_sql[] =
    "SELECT v.status, v.codes, v.warnings, 0 FROM intake.batch_rows($1, $2, $3) r LEFT JOIN intake.batch_verdict v ON v.batch_no = $1 AND v.row_number = r.row_number "
    "ORDER BY r.row_number";

static struct err read_decisions(struct result *result, uint32_t from, uint32_t to, struct decision **ret_decisions) {
    struct pg_parameters *parameters = pg_parameters(result->arena);
    struct pg_rows rows;
    pg_add_int8(parameters, result->batch.number);
    pg_add_int4(parameters, (int32_t)from);
    pg_add_int4(parameters, (int32_t)to);
    TRY(pg_run(result->intake->pg, result->arena, result->is_trial ? verdicts_sql : decisions_sql, parameters, &rows));
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
    for (const struct row_of_file *row = turned; row != NULL; row = row->next) {
        const struct decision *decision = row->number > 0 ? &decisions[row->number - from] : NULL;
        if (is_wanted(result, row, decision)) write_row(result, row, decision);
    }
    return OK;
}

static struct err write_piece(struct result *result) {
    arena_reset(result->arena);
    result->rows = NULL;
    result->row_count = 0;
    TRY(stored_list_read(result->list, PIECE_BYTES));
    return result->row_count > 0 ? write_rows(result) : OK;
}

/* A spreadsheet that wrote another encoding than UTF-8 takes a file without the mark for that encoding again. */
static bool wants_mark(const struct batch *batch) { return batch->encoding > ENCODING_UTF8; }

static long result_read(void *self, uint8_t *bytes, size_t size) {
    struct result *result = self;
    while (result->out_taken == result->out_size) {
        if (result->broken) return -1;
        if (stored_list_at_end(result->list)) return 0;
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
    stored_list_close(result->list);
    arena_destroy(result->arena);
    free(result->out);
    free(result);
}

static void get_file(struct intake *intake, struct http_request *request, bool only_rejected) {
    const struct intake_partner *partner;
    struct batch batch;
    if (!batch_find(intake, request, &partner, &batch)) return;
    struct result *result = calloc(1, sizeof *result);
    CHECK(result != NULL);
    *result = (struct result){.intake = intake, .batch = batch, .only_rejected = only_rejected, .is_trial = batch_shows_trial(&batch)};
    const struct stored_list_options options = {
        .batch_id = batch.id, .every_row_counts = batch.encoding == 0, .names = batch.column_names, .record = keep_record, .self = result};
    struct err err = stored_list_open(intake, &options, &result->list);
    if (failed(&err)) {
        log_error("a stored list can't be opened", LOG_TEXT("batch", batch.id), LOG_TEXT("error", err.text));
        problem_answer(request, PROBLEM_DAMAGED, "the upload can't be opened", "");
        free(result);
        return;
    }
    result->arena = arena_create(RESULT_ARENA_BYTES);
    char disposition[128];
    CHECK(snprintf(disposition, sizeof disposition, "attachment; filename=\"%s-%s.csv\"", only_rejected ? "ditolak" : "hasil", batch.id) < (int)sizeof disposition);
    http_set_header(request, "Content-Disposition", disposition);
    http_answer_stream(request, 200, "text/csv; charset=utf-8", result_read, result_done, result);
}

void batch_result_get(void *self, struct http_request *request) { get_file(self, request, false); }
void batch_rejected_get(void *self, struct http_request *request) { get_file(self, request, true); }
