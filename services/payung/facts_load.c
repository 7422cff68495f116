/* The way of a file: its hash (is it here already?), then row by row through a temporary table, then sorted by person into the table of its kind, where it takes the place of
 * the old extract; and whoever waited for facts is due. Sorting makes the index grow in order and finds people who stand there twice. It must never keep a NIK: the token is made as soon as the row is read. */
#include "services/payung/facts_load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/edge/csv.h"

enum { PIECE_BYTES = 256 * 1024, LINE_BYTES_MAX = 64 * 1024, ARENA_BYTES_MAX = 4 * 1024 * 1024, PROGRESS_ROWS = 100000, PATIENCE_MS = 3600000, STAGE_COLUMNS = 8,
       COVERS_A_PERSON_MAX = 200 /* of one extract: eligibility holds those of a whole batch in memory */ };

/* One table holds the rows of every kind until they are sorted; columns that a kind has not are 0. */
static const char stage_sql[] = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL work_mem = '64MB';"
                                " CREATE TEMPORARY TABLE facts_stage (line int8, person_token bytea, a int4, b int4, c int4, d int4, e int4, payer text) ON COMMIT DROP";
static const char copy_sql[] = "COPY pg_temp.facts_stage FROM STDIN (FORMAT binary)";

/* The first row of a person counts; a person may have many covers. */
static const char *const settle_sql[EXTRACT_KIND_COUNT] = {
    [EXTRACT_DTSEN] = "INSERT INTO facts.dtsen SELECT DISTINCT ON (person_token) person_token, $1::int4, a::int2 FROM facts_stage ORDER BY person_token, line",
    [EXTRACT_CIVIL_SERVANT] = "INSERT INTO facts.civil_servant SELECT DISTINCT ON (person_token) person_token, $1::int4 FROM facts_stage ORDER BY person_token",
    [EXTRACT_ACTIVE_COVER] = "INSERT INTO facts.active_cover SELECT DISTINCT person_token, $1::int4, a::int2, b::int2, payer, c, d, e::int2 FROM facts_stage ORDER BY person_token",
    [EXTRACT_POPULATION] = "INSERT INTO facts.population SELECT DISTINCT ON (person_token) person_token, $1::int4, a::int2, b FROM facts_stage ORDER BY person_token, line",
};
static const char *const delete_sql[EXTRACT_KIND_COUNT] = {
    [EXTRACT_DTSEN] = "DELETE FROM facts.dtsen WHERE extract_id = ANY ($1)",
    [EXTRACT_CIVIL_SERVANT] = "DELETE FROM facts.civil_servant WHERE extract_id = ANY ($1)",
    [EXTRACT_ACTIVE_COVER] = "DELETE FROM facts.active_cover WHERE extract_id = ANY ($1)",
    [EXTRACT_POPULATION] = "DELETE FROM facts.population WHERE extract_id = ANY ($1)",
};
/* ---- the file ---- */

/* It is read twice, so it must be one that can be: no pipe. */
static struct err open_file(const char *path, FILE **ret_file) {
    struct stat facts;
    FILE *file = fopen(path, "rb");
    if (file == NULL) return ERR(FATAL, "the file can't be read: %s", strerror(errno));
    if (fstat(fileno(file), &facts) != 0 || !S_ISREG(facts.st_mode)) {
        (void)fclose(file); /* nothing was read */
        return ERR(FATAL, "the file is no ordinary file; write it to the disk first");
    }
    *ret_file = file;
    return OK;
}

/* Leaves the file at its beginning. */
static struct err hash_file(FILE *file, uint8_t ret_hash[SHA256_BYTES]) {
    uint8_t *piece = malloc(PIECE_BYTES);
    CHECK(piece != NULL);
    struct sha256 *hash = sha256_start();
    for (size_t size = fread(piece, 1, PIECE_BYTES, file); size > 0; size = fread(piece, 1, PIECE_BYTES, file)) sha256_add(hash, slice_of(piece, size));
    const bool whole = ferror(file) == 0 && fseek(file, 0, SEEK_SET) == 0;
    sha256_finish(hash, ret_hash);
    free(piece);
    return whole ? OK : ERR(FATAL, "the file can't be read to its end");
}

static const char *problem_words(enum csv_problem problem) {
    switch (problem) {
    case CSV_LINE_TOO_LONG: return "satu baris terlalu panjang; periksa tanda kutip dan pemisahnya";
    case CSV_BINARY: return "berkas bukan CSV; simpan lembar kerja sebagai CSV UTF-8";
    case CSV_NOT_UTF8: return "berkas bukan UTF-8; simpan sebagai CSV UTF-8";
    case CSV_UNEVEN_QUOTES: return "tanda kutip tidak ditutup";
    case CSV_TOO_MANY_CELLS: return "terlalu banyak kolom";
    default: return "berkas tidak dapat dibaca";
    }
}

/* ---- rows ---- */

struct loading {
    const struct facts_load *load;
    FILE *file;
    uint8_t hash[SHA256_BYTES]; /* of the file, before it is loaded */
    struct facts_load_report *report;
    struct csv *csv;
    struct pg_copy *copy;
    struct fact_columns columns;
    bool has_columns;
    int64_t good;
};

static void copy_row(struct loading *loading, struct person_token person, const struct extract_row *row) {
    struct pg_copy *copy = loading->copy;
    int32_t values[5] = {0}; /* a to e */
    if (row->kind == EXTRACT_DTSEN) values[0] = row->desil;
    if (row->kind == EXTRACT_ACTIVE_COVER) {
        values[0] = row->segment;
        values[1] = row->programmes;
        values[2] = row->from;
        values[3] = row->to;
        values[4] = row->status;
    }
    if (row->kind == EXTRACT_POPULATION) {
        values[0] = row->deceased ? 2 : 1;
        values[1] = (int32_t)row->ktp_region;
    }
    pg_copy_row(copy, STAGE_COLUMNS);
    pg_copy_int8(copy, loading->good);
    pg_copy_bytes(copy, slice_of(person.bytes, TOKEN_BYTES));
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) pg_copy_int4(copy, values[i]);
    pg_copy_bytes(copy, row->payer.bytes != NULL ? row->payer : slice_text(""));
}

static bool take_header(struct loading *loading, const struct slice *cells, size_t count) {
    const char *missing = "";
    loading->has_columns = fact_columns_find(loading->load->kind, cells, count, &loading->columns, &missing);
    if (loading->has_columns) return true;
    (void)snprintf(loading->report->sentence, LOAD_SENTENCE_MAX, "baris pertama harus memuat nama kolom: kolom \"%s\" tidak ada atau ganda", missing);
    return false;
}

static bool take_row(void *self, uint32_t number, const struct slice *cells, size_t count) {
    struct loading *loading = self;
    const struct facts_load *load = loading->load;
    if (number == 0) return take_header(loading, cells, count);
    struct fact_row row;
    struct fact_problem problem;
    if (fact_row_read(&loading->columns, cells, count, load->regions, load->as_of, &row, &problem)) {
        loading->good++;
        copy_row(loading, crypto_person_token(load->crypto, slice_text(row.nik)), &row.row);
        explicit_bzero(row.nik, sizeof row.nik);
    } else {
        loading->report->refused++;
        load->on_problem(load->self, csv_line(loading->csv), &problem);
    }
    if (number % PROGRESS_ROWS == 0) load->on_progress(load->self, number);
    return true;
}

/* Feeds the file through the reader into the COPY that is under way. False with a sentence when the file itself is damaged, or was written to meanwhile: the hash that is
 * kept must be that of the rows that are kept. */
static bool feed_file(struct loading *loading) {
    struct facts_load_report *report = loading->report;
    FILE *const file = loading->file;
    uint8_t *piece = malloc(PIECE_BYTES), read_hash[SHA256_BYTES];
    CHECK(piece != NULL);
    struct sha256 *hash = sha256_start();
    loading->csv = csv_open((struct csv_options){.line_bytes_max = LINE_BYTES_MAX, .row = take_row, .self = loading});
    enum csv_problem problem = CSV_FINE;
    for (size_t size = fread(piece, 1, PIECE_BYTES, file); size > 0 && problem == CSV_FINE; size = fread(piece, 1, PIECE_BYTES, file)) {
        sha256_add(hash, slice_of(piece, size));
        problem = csv_feed(loading->csv, slice_of(piece, size));
    }
    sha256_finish(hash, read_hash);
    if (problem == CSV_FINE && ferror(file) == 0) problem = csv_finish(loading->csv);
    if (problem != CSV_FINE && problem != CSV_STOPPED)
        (void)snprintf(report->sentence, LOAD_SENTENCE_MAX, "baris %u: %s", csv_line(loading->csv), problem_words(problem));
    else if (ferror(file) != 0)
        (void)snprintf(report->sentence, LOAD_SENTENCE_MAX, "berkas tidak dapat dibaca sampai habis");
    else if (problem == CSV_FINE && memcmp(read_hash, loading->hash, sizeof read_hash) != 0)
        (void)snprintf(report->sentence, LOAD_SENTENCE_MAX, "berkas berubah selagi dibaca; tunggu sampai selesai ditulis");
    else if (problem == CSV_FINE && loading->good == 0)
        (void)snprintf(report->sentence, LOAD_SENTENCE_MAX, "tidak ada satu baris pun yang dapat dimuat; yang lama tetap berlaku");
    csv_close(loading->csv);
    free(piece);
    return report->sentence[0] == '\0';
}

/* ---- the transaction ---- */

static struct err find_same(struct pg *pg, struct arena *arena, const struct facts_load *load, const uint8_t hash[SHA256_BYTES], struct facts_load_report *report) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int2(p, (int16_t)load->kind);
    pg_add_int2(p, (int16_t)load->source);
    pg_add_int4(p, (int32_t)load->region);
    pg_add_bytea(p, slice_of(hash, SHA256_BYTES));
    pg_add_date(p, load->as_of_given ? load->as_of : 0);
    pg_add_bool(p, load->complete);
    struct pg_rows rows;
    TRY(pg_run(pg, arena,
               "SELECT extract_id, rows, refused, doubled, complete FROM facts.extract WHERE state = 'in_force' AND kind = $1 AND source = $2 AND coalesce(region, 0) = $3"
               " AND sha256 = $4 AND ($5::date IS NULL OR as_of = $5) AND complete = ($6 AND refused = 0) ORDER BY as_of DESC LIMIT 1",
               p, &rows));
    if (rows.count == 0) return OK;
    *report = (struct facts_load_report){.end = LOAD_UNCHANGED, .extract = pg_int4(&rows, 0, 0), .rows = pg_int8(&rows, 0, 1), .refused = pg_int8(&rows, 0, 2),
                                         .doubled = pg_int8(&rows, 0, 3), .complete = pg_bool(&rows, 0, 4)};
    return OK;
}

static struct err stage_rows(struct pg *pg, struct loading *loading) {
    TRY(pg_copy_start(pg, copy_sql, &loading->copy));
    if (!feed_file(loading)) loading->report->end = LOAD_REFUSED;
    return pg_copy_finish(loading->copy);
}

/* The old extract of this place ends; of a list of the poor only the one of the same day. */
static struct err end_old(struct pg *pg, struct arena *arena, const struct facts_load *load, struct facts_load_report *report) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int2(p, (int16_t)load->kind);
    pg_add_int2(p, (int16_t)load->source);
    pg_add_int4(p, (int32_t)load->region);
    pg_add_date(p, load->kind == EXTRACT_DTSEN ? load->as_of : 0);
    struct pg_rows rows;
    TRY(pg_run(pg, arena,
               "UPDATE facts.extract SET state = 'superseded', ended_at = now() WHERE state = 'in_force' AND kind = $1 AND source = $2 AND coalesce(region, 0) = $3"
               " AND ($4::date IS NULL OR as_of = $4) RETURNING extract_id, rows",
               p, &rows));
    int32_t *ids = arena_take(arena, (rows.count + 1) * sizeof *ids);
    for (size_t i = 0; i < rows.count; i++) {
        ids[i] = pg_int4(&rows, i, 0);
        report->replaced += pg_int8(&rows, i, 1);
    }
    if (rows.count == 0) return OK;
    p = pg_parameters(arena);
    pg_add_int4_array(p, ids, rows.count);
    return pg_run(pg, arena, delete_sql[load->kind], p, NULL);
}

static struct err enter_extract(struct pg *pg, struct arena *arena, const struct facts_load *load, const uint8_t hash[SHA256_BYTES], struct facts_load_report *report) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int2(p, (int16_t)load->kind);
    pg_add_int2(p, (int16_t)load->source);
    pg_add_int4(p, (int32_t)load->region);
    pg_add_date(p, load->as_of);
    pg_add_bool(p, report->complete);
    pg_add_int8(p, report->refused);
    pg_add_bytea(p, slice_of(hash, SHA256_BYTES));
    pg_add_text(p, slice_text(load->loaded_by));
    struct pg_rows rows;
    TRY(pg_run(pg, arena,
               "INSERT INTO facts.extract (kind, source, region, as_of, complete, refused, sha256, loaded_by) VALUES ($1, $2, nullif($3, 0), $4, $5, $6, $7, $8) RETURNING extract_id",
               p, &rows));
    CHECK(rows.count == 1);
    report->extract = pg_int4(&rows, 0, 0);
    return OK;
}

static struct err settle_rows(struct pg *pg, struct arena *arena, const struct facts_load *load, int64_t good, struct facts_load_report *report) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4(p, report->extract);
    struct pg_rows rows;
    TRY(pg_run(pg, arena, settle_sql[load->kind], p, &rows));
    report->rows = rows.affected;
    report->doubled = good - rows.affected;
    p = pg_parameters(arena);
    pg_add_int4(p, report->extract);
    pg_add_int8(p, report->rows);
    pg_add_int8(p, report->doubled);
    TRY(pg_run(pg, arena, "UPDATE facts.extract SET rows = $2, doubled = $3 WHERE extract_id = $1", p, NULL));
    /* New statistics also make every session plan its look-ups anew: a plan made for an empty table would read a full one from end to end. */
    p = pg_parameters(arena);
    pg_add_int4(p, (int32_t)load->kind);
    return pg_run(pg, arena, "SELECT facts.analyze_persons($1)", p, NULL);
}

struct err facts_begin(struct pg *pg, struct arena *arena, bool *ret_alone) {
    struct pg_rows rows;
    pg_patience(pg, PATIENCE_MS);
    TRY(pg_begin(pg));
    TRY(pg_run(pg, arena, "SELECT pg_try_advisory_xact_lock(1710)", NULL, &rows)); /* 1708 is of migrations, 1709 of agreements: they need not wait for millions of rows */
    *ret_alone = pg_bool(&rows, 0, 0);
    return OK;
}

/* A file that has a row for each month of everybody's life, or a NIK for thousands, would fill the memory of whoever reads it later. */
static struct err bound_covers(struct pg *pg, struct arena *arena, const struct facts_load *load, struct facts_load_report *report) {
    if (load->kind != EXTRACT_ACTIVE_COVER) return OK;
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4(p, report->extract);
    pg_add_int8(p, COVERS_A_PERSON_MAX);
    struct pg_rows rows;
    TRY(pg_run(pg, arena, "SELECT FROM facts.active_cover WHERE extract_id = $1 GROUP BY person_token HAVING count(*) > $2 LIMIT 1", p, &rows));
    if (rows.count == 0) return OK;
    report->end = LOAD_REFUSED;
    (void)snprintf(report->sentence, LOAD_SENTENCE_MAX, "satu orang memiliki lebih dari %d baris yang berbeda; gabungkan bulan yang berurutan menjadi satu baris", COVERS_A_PERSON_MAX);
    return OK;
}

/* Who waits for facts need not wait for his next turn. Rows that the ledger or intake is at are passed over: what they do is due soon anyway, and nothing waits here. */
static struct err wake_waiting(struct pg *pg, struct arena *arena, struct facts_load_report *report) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int8(p, INT64_C(1) << CODE_P02);
    struct pg_rows rows;
    TRY(pg_run(pg, arena,
               "WITH waiting AS (SELECT application_id FROM ledger.pending WHERE codes & $1 <> 0 AND due_at > now() FOR UPDATE SKIP LOCKED)"
               " UPDATE ledger.pending p SET due_at = now() FROM waiting w WHERE p.application_id = w.application_id",
               p, &rows));
    report->woken = rows.affected;
    return OK;
}

static struct err load_all(struct pg *pg, struct arena *arena, struct loading *loading) {
    const struct facts_load *load = loading->load;
    struct facts_load_report *report = loading->report;
    bool is_alone = false;
    TRY(hash_file(loading->file, loading->hash));
    TRY(facts_begin(pg, arena, &is_alone));
    if (!is_alone) report->end = LOAD_BUSY;
    if (!is_alone) return OK;
    TRY(pg_script(pg, stage_sql));
    TRY(find_same(pg, arena, load, loading->hash, report));
    if (report->end == LOAD_UNCHANGED) return OK;
    TRY(stage_rows(pg, loading));
    if (report->end == LOAD_REFUSED) return OK;
    report->complete = load->complete && report->refused == 0;
    TRY(end_old(pg, arena, load, report));
    TRY(enter_extract(pg, arena, load, loading->hash, report));
    TRY(settle_rows(pg, arena, load, loading->good, report));
    TRY(bound_covers(pg, arena, load, report));
    if (report->end == LOAD_REFUSED) return OK;
    TRY(wake_waiting(pg, arena, report));
    return pg_commit(pg);
}

struct err facts_load(struct pg *pg, const struct facts_load *load, struct facts_load_report *ret_report) {
    CHECK(load->as_of != 0 && load->kind != EXTRACT_NONE && (load->kind == EXTRACT_DTSEN) == (load->source != DATA_SOURCE_NONE));
    struct facts_load_report report = {.end = LOAD_DONE};
    struct loading loading = {.load = load, .report = &report};
    TRY(open_file(load->path, &loading.file));
    struct arena *arena = arena_create(ARENA_BYTES_MAX);
    struct err err = load_all(pg, arena, &loading);
    pg_rollback(pg); /* nothing is open after a commit */
    arena_destroy(arena);
    (void)fclose(loading.file); /* it was only read */
    if (!failed(&err)) *ret_report = report;
    return err;
}
