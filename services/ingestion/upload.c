/* POST /v1/batches: a list comes in as CSV or as a workbook (XLSX). While it streams it is sealed to a file, hashed, split and its rows are given their application ids; at the end it
 * is staged in one PostgreSQL transaction (fed in slices, so single requests are served in between) and only then acknowledged. A refusal
 * leaves nothing behind: no file, no row. The same content under the same agreement is the same batch and answers with the first one; whether it enrols at once, or is looked at first,
 * is as the last sender wants it and the agreement allows (batch.h).
 *
 * A workbook has its directory at its end, so it is kept in memory, within bounds, and read when it is there, in slices like all work on lists. What is stored of it are its rows as CSV: whoever
 * reads the list back knows one kind of file only. */
#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/edge/csv.h"
#include "common/edge/log.h"
#include "common/edge/xlsx_read.h"
#include "services/ingestion/batch.h"
#include "services/ingestion/dryrun.h"
#include "services/ingestion/list.h"
#include "services/ingestion/problem.h"
#include "services/ingestion/row_set.h"

enum {
    LINE_BYTES_MAX = 64 * 1024,
    ROWS_MAX = 2 * 1000 * 1000,
    UPLOADS_MAX = 4,          /* at the same time: each may hold 16 bytes a row */
    AGAIN_MAX = 64,           /* how often the same row may be taken back and come again */
    WORKBOOK_BYTES_MAX = 16 * 1024 * 1024, /* zipped: some 300,000 rows */
    CSV_ROW_BYTES_MAX = 512 * 1024,
    FILE_NAME_MAX = 64,
    SKIPPED_TOLD_MAX = 20,    /* rows of totals that the sender hears of by their lines */
};
_Static_assert((int)CSV_CELLS_MAX == (int)LIST_CELLS_MAX, "a list's row is a CSV record");

struct upload {
    struct intake *intake;
    struct http_request *request;
    struct intake_agreement agreement;
    day_t registration_date;
    char partner[PARTNER_ID_MAX];
    struct batch_wish wish;
    char amends[BATCH_ID_TEXT + 1]; /* "" = none */
    bool is_workbook;
    uint8_t *workbook; /* what came so far; owned */
    size_t workbook_room;
    struct xlsx_reader *reader; /* of it; NULL once it is through */
    bool seen_again; /* lists of this agreement were taken back: their rows get new ids */
    bool is_known;
    struct sealed_file *file;     /* while it comes in */
    struct sha256 *hash;
    struct csv *csv;
    struct row_set *rows;
    struct list list;
    uint32_t skipped[SKIPPED_TOLD_MAX]; /* lines of the file */
    size_t skipped_count;
    enum problem problem; /* why a row callback stopped */
    uint64_t bytes;
    uint8_t sha256[SHA256_BYTES];
    char incoming[FILE_NAME_MAX];
    char batch_id[BATCH_ID_TEXT + 1];
    int64_t batch_no;
    bool is_signed; /* to be judged when the body is through */
    bool begun; /* its transaction is open */
    uint32_t copied;
    struct upload *next; /* in the staging queue */
};

struct uploads {
    int count; /* coming in or being staged */
    uint64_t started;
    struct upload *staging; /* first: the one that has pg_bulk */
};

/* Files that a crash left half-received were never acknowledged. */
static void remove_incoming(const char *directory) {
    DIR *folder = opendir(directory);
    if (folder == NULL) return;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (strncmp(entry->d_name, "incoming-", 9) == 0) (void)unlinkat(dirfd(folder), entry->d_name, 0); /* the next start tries again */
    (void)closedir(folder);
}

struct uploads *uploads_open(struct intake *intake) {
    struct uploads *uploads = calloc(1, sizeof *uploads);
    CHECK(uploads != NULL);
    remove_incoming(intake->upload_directory);
    return uploads;
}

static void upload_free(struct upload *upload) {
    struct uploads *uploads = upload->intake->uploads;
    if (upload->file != NULL) sealed_file_abandon(upload->file);
    if (upload->hash != NULL) {
        uint8_t unused[SHA256_BYTES];
        sha256_finish(upload->hash, unused);
    }
    csv_close(upload->csv);
    xlsx_reader_close(upload->reader);
    if (upload->workbook != NULL) explicit_bzero(upload->workbook, upload->workbook_room);
    free(upload->workbook);
    row_set_destroy(upload->rows);
    uploads->count--;
    free(upload);
}

void uploads_close(struct uploads *uploads) {
    CHECK(uploads->count == 0);
    free(uploads);
}

/* ---- coming in ---- */

static struct id row_id(const struct upload *upload, struct slice parts[LIST_PARTS_MAX + 2], size_t count, uint32_t occurrence) {
    char number[12];
    parts[0] = slice_text(upload->agreement.id);
    parts[1] = slice_of(number, (size_t)snprintf(number, sizeof number, "%u", occurrence));
    return crypto_keyed_id(upload->intake->crypto, "row", parts, count + 2);
}

static bool stop(struct upload *upload, enum problem problem) {
    upload->problem = problem;
    return false;
}

static bool add_row(struct upload *upload, const struct slice *cells, size_t count) {
    if (upload->list.rows > ROWS_MAX) return stop(upload, PROBLEM_TOO_MANY_ROWS);
    struct row_text row;
    if (!list_row_text(&upload->list.header, cells, count, &row)) return stop(upload, PROBLEM_BAD_ROW);
    struct slice parts[LIST_PARTS_MAX + 2];
    size_t part_count = list_row_parts(&upload->list.header, cells, count, parts + 2);
    struct id id = row_id(upload, parts, part_count, 1);
    uint32_t earlier = row_set_occurrence(upload->rows, id);
    if (earlier > 0) id = row_id(upload, parts, part_count, earlier + 1);
    CHECK(row_set_add(upload->rows, id, earlier == 0, intake_token(upload->intake, &row)) == upload->list.rows);
    return true;
}

/* line: of the file, or of the sheet. */
static bool take(struct upload *upload, uint32_t line, const struct slice *cells, size_t count, bool *ret_is_title) {
    const enum list_record kind = list_take(&upload->list, cells, count);
    *ret_is_title = kind == LIST_TITLE;
    if (kind == LIST_WRONG) return stop(upload, PROBLEM_BAD_HEADER);
    if (kind == LIST_ROW) return add_row(upload, cells, count);
    if (kind == LIST_TOTALS && upload->skipped_count < SKIPPED_TOLD_MAX) upload->skipped[upload->skipped_count++] = line;
    return true;
}

static bool take_record(void *self, uint32_t number, const struct slice *cells, size_t count) {
    struct upload *upload = self;
    bool is_title;
    (void)number; /* counts rows of totals too */
    const bool goes_on = take(upload, csv_line(upload->csv), cells, count, &is_title);
    if (is_title) csv_header_follows(upload->csv);
    return goes_on;
}

/* Every cell in quotes, so that the reader finds the commas in any title. */
static struct slice csv_row(struct arena *arena, const struct slice *cells, size_t count) {
    size_t room = 2, size = 0;
    for (size_t i = 0; i < count; i++) room += 2 * cells[i].size + 3;
    uint8_t *bytes = arena_take(arena, room);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) bytes[size++] = ',';
        bytes[size++] = '"';
        for (size_t k = 0; k < cells[i].size; k++) {
            if (cells[i].bytes[k] == '"') bytes[size++] = '"';
            bytes[size++] = cells[i].bytes[k];
        }
        bytes[size++] = '"';
    }
    bytes[size++] = '\r';
    bytes[size++] = '\n';
    return slice_of(bytes, size);
}

/* The row is judged as it will be read back: through the CSV reader. */
static bool take_sheet_row(void *self, uint32_t number, const struct slice *cells, size_t count) {
    struct upload *upload = self;
    bool is_title;
    const struct slice text = csv_row(upload->intake->arena, cells, count);
    struct err err = sealed_file_write(upload->file, text);
    if (!failed(&err)) err = row_set_state(upload->rows);
    if (failed(&err)) {
        log_error("an upload can't be stored", LOG_TEXT("error", err.text));
        return stop(upload, PROBLEM_UNAVAILABLE);
    }
    return text.size <= LINE_BYTES_MAX ? take(upload, number, cells, count, &is_title) : stop(upload, PROBLEM_LINE_TOO_LONG);
}

static bool read_date(struct intake *intake, struct http_request *request, const struct intake_agreement *agreement, day_t *ret_day) {
    struct slice text = http_query(request, "date");
    if (text.size > 0) {
        if (day_parse(text, ret_day)) return true;
        problem_answer(request, PROBLEM_BAD_DATE, "the parameter date is not a date", "");
        return false;
    }
    *ret_day = agreement->registration_date != 0 ? agreement->registration_date : intake_today();
    return true;
}

/* "true" or "false"; absent is false. */
static bool read_flag(struct http_request *request, const char *name, bool *ret_flag) {
    const struct slice text = http_query(request, name);
    char detail[64];
    *ret_flag = slice_is(text, "true");
    if (text.bytes == NULL || *ret_flag || slice_is(text, "false")) return true;
    (void)snprintf(detail, sizeof detail, "%s is neither true nor false", name); /* fits */
    problem_answer(request, PROBLEM_BAD_PARAMETER, detail, "");
    return false;
}

/* The earlier edition must be there, and of the same agreement. */
static bool read_amended(struct upload *upload, struct http_request *request) {
    const struct slice id = http_query(request, "amends");
    struct batch earlier;
    bool found;
    if (id.bytes == NULL) return true;
    const struct err err = batch_load(upload->intake, id, &earlier, &found);
    if (failed(&err)) intake_answer_unavailable(upload->intake, request, &err);
    else if (!found || !slice_is(earlier.agreement_id, upload->agreement.id)) problem_answer(request, PROBLEM_NOT_FOUND, "amends names no list of this agreement", "");
    else memcpy(upload->amends, earlier.id, sizeof upload->amends);
    return http_answered(request) == false;
}

static const char workbook_type[] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

void upload_begin(void *self, struct http_request *request) {
    struct intake *intake = self;
    const struct intake_partner *partner;
    struct intake_agreement agreement;
    day_t day;
    if (!intake_authorised_as(intake, request, PARTNER_ENROL, &partner)) return;
    const bool is_workbook = http_media_is(http_header(request, "Content-Type"), workbook_type);
    if (!is_workbook && !problem_unless_media(request, "text/csv")) return;
    if (intake->stopping || intake->uploads->count >= UPLOADS_MAX) {
        problem_answer(request, PROBLEM_UNAVAILABLE, "too many lists are being received", "");
        return;
    }
    arena_reset(intake->arena);
    if (!intake_agreement_find(intake, request, partner, http_query(request, "agreement"), &agreement)) return;
    if (!read_date(intake, request, &agreement, &day)) return;
    struct batch_wish wish = {.by_operator = (partner->roles & PARTNER_OPERATOR) != 0};
    if (!read_flag(request, "hold", &wish.is_held) || !read_flag(request, "all_or_nothing", &wish.all_or_nothing)) return;

    struct upload *upload = calloc(1, sizeof *upload);
    CHECK(upload != NULL);
    *upload = (struct upload){.intake = intake, .request = request, .agreement = agreement, .registration_date = day, .is_signed = partner->signing.required, .wish = wish, .is_workbook = is_workbook};
    memcpy(upload->partner, partner->id, sizeof upload->partner);
    upload->list.names = slice_text(upload->agreement.column_names);
    char path[UPLOAD_PATH_MAX];
    CHECK(snprintf(upload->incoming, sizeof upload->incoming, "incoming-%llu", (unsigned long long)++intake->uploads->started) < FILE_NAME_MAX);
    intake_upload_path(intake, upload->incoming, path);
    intake->uploads->count++;
    if (!read_amended(upload, request)) {
        upload_free(upload);
        return;
    }
    struct err err = sealed_file_create(intake->crypto, path, &upload->file);
    if (!failed(&err)) err = row_set_create(intake->upload_directory, &upload->rows);
    if (failed(&err)) {
        log_error("an upload can't be stored", LOG_TEXT("error", err.text));
        problem_answer(request, PROBLEM_UNAVAILABLE, "the upload can't be stored", "");
        upload_free(upload);
        return;
    }
    upload->hash = sha256_start();
    upload->csv = csv_open((struct csv_options){.line_bytes_max = LINE_BYTES_MAX, .any_encoding = true, .row = take_record, .self = upload});
    http_set_state(request, upload);
}

static void refuse(struct upload *upload, enum csv_problem problem) {
    static const enum problem answers[] = {
        [CSV_LINE_TOO_LONG] = PROBLEM_LINE_TOO_LONG,   [CSV_BINARY] = PROBLEM_NOT_TEXT,
        [CSV_NOT_UTF8] = PROBLEM_NOT_UTF8,             [CSV_UNEVEN_QUOTES] = PROBLEM_UNEVEN_QUOTES,
        [CSV_TOO_MANY_CELLS] = PROBLEM_TOO_MANY_COLUMNS,
    };
    enum problem answer = problem == CSV_STOPPED ? upload->problem : answers[problem];
    char detail[LIST_PROBLEM_MAX + 64];
    if (answer == PROBLEM_BAD_HEADER) (void)snprintf(detail, sizeof detail, "%s", upload->list.problem);
    else (void)snprintf(detail, sizeof detail, "line %u of the file", csv_line(upload->csv));
    problem_answer(upload->request, answer, detail, "");
    http_set_state(upload->request, NULL);
    upload_free(upload);
}

static void keep_workbook(struct upload *upload, struct slice bytes) {
    if (upload->bytes > WORKBOOK_BYTES_MAX) {
        problem_answer(upload->request, PROBLEM_WORKBOOK_TOO_LARGE, "the file is larger than 16 MiB", "");
        http_set_state(upload->request, NULL);
        upload_free(upload);
        return;
    }
    if (upload->bytes > upload->workbook_room) {
        upload->workbook_room = upload->bytes * 2 < WORKBOOK_BYTES_MAX ? upload->bytes * 2 : WORKBOOK_BYTES_MAX;
        upload->workbook = realloc(upload->workbook, upload->workbook_room);
        CHECK(upload->workbook != NULL);
    }
    memcpy(upload->workbook + upload->bytes - bytes.size, bytes.bytes, bytes.size);
    sha256_add(upload->hash, bytes);
}

void upload_body(void *self, struct http_request *request, struct slice bytes) {
    (void)self;
    struct upload *upload = http_state(request);
    upload->bytes += bytes.size;
    if (upload->is_workbook) {
        keep_workbook(upload, bytes);
        return;
    }
    enum csv_problem problem = csv_feed(upload->csv, bytes);
    if (problem != CSV_FINE) {
        refuse(upload, problem);
        return;
    }
    sha256_add(upload->hash, bytes);
    struct err err = sealed_file_write(upload->file, bytes);
    if (!failed(&err)) err = row_set_state(upload->rows);
    if (!failed(&err)) return;
    log_error("an upload can't be stored", LOG_TEXT("error", err.text));
    problem_answer(request, PROBLEM_UNAVAILABLE, "the upload can't be stored", "");
    http_set_state(request, NULL);
    upload_free(upload);
}

/* The same file is the same list, until that one was taken back: then it is the next one. */
static void name_batch(struct upload *upload, int64_t taken_back) {
    char number[24], text[2 * ID_BYTES + 1];
    const struct slice parts[] = {slice_text(upload->agreement.id), slice_of(upload->sha256, SHA256_BYTES), slice_of(number, (size_t)snprintf(number, sizeof number, "%lld", (long long)taken_back))};
    id_format(crypto_keyed_id(upload->intake->crypto, "batch", parts, taken_back > 0 ? 3 : 2), text);
    CHECK(snprintf(upload->batch_id, sizeof upload->batch_id, "b%s", text) == BATCH_ID_TEXT);
}

static bool has_rows(struct upload *upload) {
    return row_set_count(upload->rows) > 0 || stop(upload, upload->list.titles > 0 && !upload->list.headed ? PROBLEM_BAD_HEADER : PROBLEM_EMPTY_LIST);
}

void upload_end(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct upload *upload = http_state(request);
    enum csv_problem problem = upload->bytes == 0 || upload->is_workbook ? CSV_FINE : csv_finish(upload->csv);
    if (problem == CSV_FINE && !upload->is_workbook && !has_rows(upload)) problem = CSV_STOPPED;
    if (problem != CSV_FINE) {
        refuse(upload, problem);
        return;
    }
    if (upload->is_workbook) upload->reader = xlsx_reader_open(slice_of(upload->workbook, (size_t)upload->bytes), take_sheet_row, upload);
    sha256_finish(upload->hash, upload->sha256);
    upload->hash = NULL;
    const struct intake_partner *partner;
    if (upload->is_signed && !intake_authorised_streamed(intake, request, upload->sha256, &partner)) { /* a list is no JSON: it is signed as it is */
        http_set_state(request, NULL);
        upload_free(upload);
        return;
    }
    struct upload **last = &intake->uploads->staging;
    while (*last != NULL) last = &(*last)->next;
    *last = upload;
    http_wait(request);
}

void upload_gone(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct upload *upload = http_state(request);
    if (upload == NULL) return;
    for (const struct upload *staged = intake->uploads->staging; staged != NULL; staged = staged->next) CHECK(staged != upload);
    upload_free(upload); /* the connection broke while the list came in */
}

/* ---- staging: one upload at a time has pg_bulk ---- */

/* A misspelt column would leave a person without income or programme and say nothing, so the sender hears which were not read. */
static void add_ignored_columns(json_t *document, const struct list_header *header) {
    json_t *names = json_array();
    CHECK(names != NULL);
    for (size_t i = 0; i < header->count; i++) {
        json_t *name = header->column[i] < 0 && header->names[i][0] != '\0' && (header->answers >> i & 1u) == 0 ? json_string(header->names[i]) : NULL;
        if (name != NULL) CHECK(json_array_append_new(names, name) == 0); /* NULL: a long name that was cut within a character */
    }
    if (json_array_size(names) > 0) CHECK(json_object_set(document, "ignored_columns", names) == 0);
    json_decref(names);
}

/* Rows of totals, by their lines in the file: whoever meant a person by one of them must hear that nobody was enrolled. */
static void add_skipped_rows(json_t *document, const struct upload *upload) {
    if (upload->skipped_count == 0) return;
    json_t *lines = json_array();
    CHECK(lines != NULL);
    for (size_t i = 0; i < upload->skipped_count; i++) CHECK(json_array_append_new(lines, json_integer(upload->skipped[i])) == 0);
    CHECK(json_object_set_new(document, "skipped_rows", lines) == 0);
}

/* 201 for a new list, 200 for one that is known: as it stands now. */
static struct err answer_batch(struct upload *upload) {
    struct batch batch;
    bool found;
    char location[96];
    arena_reset(upload->intake->arena);
    TRY(batch_load(upload->intake, slice_text(upload->batch_id), &batch, &found));
    CHECK(found); /* it was committed, or found, a moment ago */
    json_t *document = batch_json(&batch);
    add_ignored_columns(document, &upload->list.header);
    add_skipped_rows(document, upload);
    CHECK(snprintf(location, sizeof location, "/v1/batches/%s", upload->batch_id) < (int)sizeof location);
    http_set_header(upload->request, "Location", location);
    intake_answer_json(upload->request, upload->is_known ? 200 : 201, document);
    return OK;
}

static void look_for_lists(struct intake *intake) {
    struct err err = submitter_resume(intake);
    if (failed(&err)) intake_pg_failed(intake, "staged lists can't be read", &err); /* the submitter asks again by itself */
}

/* Takes the first upload out of the queue. It was answered before. */
static void staged(struct intake *intake) {
    struct upload *upload = intake->uploads->staging;
    CHECK(http_answered(upload->request));
    http_set_state(upload->request, NULL);
    intake->uploads->staging = upload->next;
    upload_free(upload);
}

static void staging_failed(struct intake *intake, const struct err *err) {
    struct upload *upload = intake->uploads->staging;
    intake_pg_failed(intake, "a list can't be staged", err);
    pg_rollback(intake->pg_bulk);
    char incoming[UPLOAD_PATH_MAX];
    intake_upload_path(intake, upload->incoming, incoming);
    (void)unlink(incoming); /* it may have got its lasting name already: the same file sent again replaces it */
    problem_answer(upload->request, PROBLEM_UNAVAILABLE, "the list could not be staged; send the same file again", "");
    staged(intake);
    look_for_lists(intake); /* the commit may have succeeded although its answer was lost */
}

static struct err find_known(struct intake *intake, struct upload *upload, int64_t *ret_taken_back) {
    struct pg_parameters *parameters = pg_parameters(intake->arena), *again = pg_parameters(intake->arena);
    char actor[PARTNER_NAME_MAX];
    pg_add_int4(parameters, upload->agreement.number);
    pg_add_bytea(parameters, slice_of(upload->sha256, SHA256_BYTES));
    pg_add_int4(again, upload->agreement.number);
    struct pg_step steps[] = {
        {.sql = "SELECT batch_no, batch_id, state FROM intake.batch WHERE agreement_no = $1 AND content_sha256 = $2 ORDER BY state = " BATCH_REVERSED_SQL, .parameters = parameters},
        {.sql = "SELECT EXISTS (SELECT FROM intake.batch WHERE agreement_no = $1 AND state >= " BATCH_REVERSING_SQL ")", .parameters = again},
    };
    TRY(pg_run_all(intake->pg_bulk, intake->arena, steps, sizeof steps / sizeof *steps));
    const struct pg_rows *rows = &steps[0].rows;
    upload->seen_again = pg_bool(&steps[1].rows, 0, 0);
    upload->is_known = rows->count > 0 && pg_int2(rows, 0, 2) != BATCH_REVERSED;
    *ret_taken_back = (int64_t)rows->count;
    if (!upload->is_known) return OK;
    upload->batch_no = pg_int8(rows, 0, 0);
    memcpy(upload->batch_id, pg_bytes(rows, 0, 1).bytes, BATCH_ID_TEXT);
    return batch_wish_again(intake, intake->pg_bulk, upload->batch_no, &upload->wish, slice_text(intake_partner_name(upload->partner, actor)));
}

static struct err staging_begin(struct intake *intake, struct upload *upload) {
    struct pg_rows rows;
    int64_t taken_back;
    arena_reset(intake->arena);
    TRY(pg_begin(intake->pg_bulk));
    TRY(find_known(intake, upload, &taken_back));
    if (upload->is_known) return pg_commit(intake->pg_bulk);
    name_batch(upload, taken_back);
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    const bool needs_approval = upload->agreement.batch_approval && !upload->wish.by_operator, looks_first = needs_approval || upload->wish.is_held || upload->wish.all_or_nothing;
    pg_add_text(parameters, slice_text(upload->batch_id));
    pg_add_int4(parameters, upload->agreement.number);
    pg_add_bytea(parameters, slice_of(upload->sha256, SHA256_BYTES));
    pg_add_int8(parameters, (int64_t)upload->bytes);
    pg_add_int4(parameters, (int32_t)row_set_count(upload->rows));
    pg_add_date(parameters, upload->registration_date);
    pg_add_int4(parameters, upload->agreement.partition_bulk);
    pg_add_int2(parameters, (int16_t)(upload->is_workbook ? ENCODING_UTF8 : csv_encoding(upload->csv)));
    pg_add_text(parameters, slice_text(upload->partner));
    pg_add_int2(parameters, looks_first ? BATCH_CHECKING : BATCH_RELEASED);
    pg_add_bool(parameters, upload->wish.is_held);
    pg_add_bool(parameters, upload->wish.all_or_nothing);
    pg_add_bool(parameters, needs_approval);
    pg_add_text(parameters, slice_text(upload->amends));
    pg_add_text(parameters, slice_text(upload->agreement.column_names));
    pg_add_bool(parameters, upload->is_workbook);
    TRY(pg_run(intake->pg_bulk, intake->arena,
               "INSERT INTO intake.batch (batch_id, agreement_no, content_sha256, bytes, row_count, registration_date, partition, encoding, sent_by, state, is_held, all_or_nothing,"
               " needs_approval, amends, column_names, is_workbook)"
               " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, (SELECT batch_no FROM intake.batch WHERE batch_id = $14), string_to_array($15, E'\\n'), $16) RETURNING batch_no",
               parameters, &rows));
    CHECK(rows.count == 1);
    upload->batch_no = pg_int8(&rows, 0, 0);
    upload->begun = true;
    return OK;
}

/* Whoever has left with a list that was taken back is no longer asked under the old id: what comes again is a new application. Of the ids from `from` on. */
static struct err renew_ids(struct intake *intake, struct row_entry *entries, size_t count) {
    for (int times = 0; times < AGAIN_MAX; times++) {
        struct slice *ids = arena_take(intake->arena, (count + 1) * sizeof *ids);
        struct pg_parameters *parameters = pg_parameters(intake->arena);
        struct pg_rows rows;
        for (size_t i = 0; i < count; i++) ids[i] = slice_of(entries[i].id.bytes, ID_BYTES);
        pg_add_bytea_array(parameters, ids, count);
        TRY(pg_run(intake->pg_bulk, intake->arena,
                   "SELECT i.number FROM unnest($1::bytea[]) WITH ORDINALITY AS i (id, number) JOIN ledger.departed d ON d.application_id = i.id WHERE d.reason = 'LIST_REVERSED'", parameters, &rows));
        if (rows.count == 0) return OK;
        for (size_t i = 0; i < rows.count; i++) {
            struct row_entry *entry = &entries[pg_int8(&rows, i, 0) - 1];
            const struct slice old = slice_of(entry->id.bytes, ID_BYTES);
            entry->id = crypto_keyed_id(intake->crypto, "again", &old, 1);
        }
    }
    return ERR(AGAIN, "a row of a list was taken back more than %d times", AGAIN_MAX);
}

static struct err insert_page(struct intake *intake, int64_t batch_no, int32_t page, const struct row_entry *entries, uint32_t count) {
    struct slice *ids = arena_take(intake->arena, count * sizeof *ids), *subjects = arena_take(intake->arena, count * sizeof *subjects);
    int32_t *first_rows = arena_take(intake->arena, count * sizeof *first_rows);
    for (uint32_t i = 0; i < count; i++) {
        ids[i] = slice_of(entries[i].id.bytes, ID_BYTES);
        first_rows[i] = (int32_t)entries[i].first_row;
        subjects[i] = slice_of(entries[i].subject.bytes, person_is_nobody(entries[i].subject) ? 0 : TOKEN_BYTES);
    }
    struct pg_parameters *p = pg_parameters(intake->arena);
    pg_add_int8(p, batch_no);
    pg_add_int4(p, page);
    pg_add_bytea_array(p, ids, count);
    pg_add_int4_array(p, first_rows, count);
    pg_add_bytea_array(p, subjects, count);
    return pg_run(intake->pg_bulk, intake->arena, "INSERT INTO intake.batch_page (batch_no, page, application_ids, first_rows, subjects) VALUES ($1, $2, $3, $4, $5)", p, NULL);
}

static struct err stage_page(struct intake *intake, struct upload *upload) {
    const uint32_t left = row_set_count(upload->rows) - upload->copied, count = left < BATCH_PAGE_ROWS ? left : BATCH_PAGE_ROWS;
    arena_reset(intake->arena);
    struct row_entry *entries = arena_take(intake->arena, (count + 1) * sizeof *entries);
    for (uint32_t i = 0; i < count; i++) row_set_read(upload->rows, upload->copied + 1 + i, &entries[i]);
    TRY(row_set_state(upload->rows));
    if (upload->seen_again) TRY(renew_ids(intake, entries, count));
    upload->copied += count;
    return insert_page(intake, upload->batch_no, (int32_t)((upload->copied - count) / BATCH_PAGE_ROWS), entries, count);
}

/* A new name is there after a power failure only if its folder was written too. */
static struct err folder_sync(const char *directory) {
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) (void)close(fd); /* only synced */
    return good ? OK : ERR(AGAIN, "the upload folder can't be made durable");
}

/* The file gets its lasting name before the commit: a batch never exists without its content. */
static struct err staging_finish(struct intake *intake, struct upload *upload) {
    struct sealed_file *file = upload->file;
    upload->file = NULL;
    char incoming[UPLOAD_PATH_MAX], lasting[UPLOAD_PATH_MAX], name[FILE_NAME_MAX];
    CHECK(snprintf(name, sizeof name, "%s.sealed", upload->batch_id) < FILE_NAME_MAX);
    intake_upload_path(intake, upload->incoming, incoming);
    intake_upload_path(intake, name, lasting);
    TRY(sealed_file_finish(file));
    if (rename(incoming, lasting) != 0) return ERR(AGAIN, "an upload can't be renamed");
    TRY(folder_sync(intake->upload_directory));
    return pg_commit(intake->pg_bulk); /* if its answer is lost, the same file sent again finds the batch */
}

/* A workbook that can't be read is refused like any other file, if later: its request waits. */
static void refuse_workbook(struct upload *upload, enum xlsx_problem problem) {
    static const enum problem answers[] = {
        [XLSX_NOT_A_WORKBOOK] = PROBLEM_NOT_A_WORKBOOK, [XLSX_ENCRYPTED] = PROBLEM_WORKBOOK_LOCKED,     [XLSX_BROKEN] = PROBLEM_WORKBOOK_BROKEN,
        [XLSX_TOO_LARGE] = PROBLEM_WORKBOOK_TOO_LARGE,  [XLSX_TOO_MANY_CELLS] = PROBLEM_TOO_MANY_COLUMNS, [XLSX_NO_SHEET] = PROBLEM_EMPTY_LIST,
    };
    const enum problem answer = problem == XLSX_STOPPED || problem == XLSX_FINE ? upload->problem : answers[problem];
    char detail[LIST_PROBLEM_MAX + 64];
    if (answer == PROBLEM_BAD_HEADER) (void)snprintf(detail, sizeof detail, "%s", upload->list.problem);
    else (void)snprintf(detail, sizeof detail, "row %u of the sheet", xlsx_reader_row(upload->reader));
    problem_answer(upload->request, answer, detail, "");
    staged(upload->intake);
}

/* True: it is through, and its rows can be staged. */
static bool read_workbook(struct intake *intake, struct upload *upload) {
    bool at_end;
    arena_reset(intake->arena);
    const enum xlsx_problem problem = xlsx_reader_step(upload->reader, &at_end);
    if (problem != XLSX_FINE || (at_end && !has_rows(upload))) {
        refuse_workbook(upload, problem);
        return false;
    }
    if (!at_end) return false;
    xlsx_reader_close(upload->reader);
    upload->reader = NULL;
    return true;
}

static struct err stage_step(struct intake *intake, struct upload *upload, bool *ret_done) {
    *ret_done = false;
    if (!upload->begun) {
        TRY(staging_begin(intake, upload));
        *ret_done = upload->is_known;
        return OK;
    }
    TRY(stage_page(intake, upload));
    if (upload->copied < row_set_count(upload->rows)) return OK;
    TRY(staging_finish(intake, upload));
    *ret_done = true;
    return OK;
}

bool uploads_turn(struct intake *intake) {
    struct upload *upload = intake->uploads->staging;
    if (upload == NULL) return false;
    if (upload->reader != NULL && !read_workbook(intake, upload)) return intake->uploads->staging != NULL;
    bool done;
    struct err err = stage_step(intake, upload, &done);
    if (!failed(&err) && done) err = answer_batch(upload);
    if (failed(&err)) {
        staging_failed(intake, &err);
        return intake->uploads->staging != NULL;
    }
    if (!done) return true;
    log_info(upload->is_known ? "list came again" : "list staged", LOG_TEXT("batch", upload->batch_id), LOG_INT("rows", row_set_count(upload->rows)), LOG_INT("bytes", upload->bytes));
    staged(intake);
    look_for_lists(intake); /* a known one may have been committed behind our back, by an answer that was lost */
    dryrun_look(intake);
    return true;
}
