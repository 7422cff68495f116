/* From staged rows to records of `submitted`. Each list is one job; a slice reads one piece of its sealed file, checks the rows, seals the persons, and hands
 * the records to Kafka. When the deliveries of a slice are all told, the runs of offsets are remembered together with how far the list
 * has come (house.md, rule 8) in one transaction. After a crash a list goes on at the next row; rows that were in the log but not remembered are sent
 * again, which is harmless: the same row has the same application id, and the ledger repeats the stored outcome.
 *
 * Redis hints which rows were sent before by another list: only those are looked up in PostgreSQL, and what is decided there is not sent again. It must
 * never send the rows of a list out of order, and never count a row as submitted before Kafka has it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/edge/clock.h"
#include "common/edge/log.h"
#include "common/tables/meters.h"
#include "services/ingestion/intake.h"
#include "services/ingestion/batch.h"
#include "services/ingestion/stored_list.h"
#include "services/ledger/outcome_sql.h"

enum {
    PIECE_BYTES = 24 * 1024,       /* of the file in one slice: some 150 rows */
    SLICE_ROWS_MAX = PIECE_BYTES + STORED_LINES_HELD_MAX + 4, /* a row has at least its line end; the reader may have held back the lines of a header and a cut character */
    REDIS_ROWS = 1000,
    REDIS_SECONDS = 7 * 24 * 3600,
    OWNER_TEXT = 64,
    RANGES_MAX = 4096,
    RETRY_US = 500 * 1000,
    STUCK_US = 500 * 1000,
    LOOK_EACH_US = 1000 * 1000,
    JOBS_MAX = 256,                /* found at once; more are found when these are done */
};

struct job;
struct slice_of_rows;

struct row {
    struct delivery delivery; /* first: a tag points here */
    struct slice_of_rows *slice;
    uint32_t number;
    int64_t offset; /* -1: not told, or not delivered */
    bool skipped;   /* decided before: not sent */
};

struct slice_of_rows {
    struct slice_of_rows *next;
    struct job *job;
    uint32_t count, untold;
    uint32_t epoch;
    bool failed;
    struct row rows[];
};

struct job {
    struct job *next;
    int64_t batch_no;
    char batch_id[BATCH_ID_TEXT + 1], agreement_id[AGREEMENT_ID_MAX];
    int32_t agreement_no, partition;
    uint32_t row_count, recorded; /* rows that PostgreSQL has as submitted */
    uint32_t sent;                /* rows handed to Kafka or skipped */
    day_t registration_date;
    struct stored_list *list; /* NULL: to be opened */
    bool every_row_counts;    /* staged by the first edition */
    char *names;              /* of columns, owned */
    struct slice_of_rows *first, *last; /* in flight, in row order */
    int64_t not_before_us;
    bool damaged;
};

/* What is under way in a partition, of this epoch. */
struct under_way {
    uint32_t epoch;
    int64_t sent_end, decided_next; /* offsets of `submitted` */
};

struct submitter {
    struct intake *intake;
    struct under_way under_way[PARTITIONS_MAX];
    int64_t stuck_at_us; /* when decisions are asked for in PostgreSQL: the tail of `decided` may have missed the last ones */
    struct job *jobs; /* oldest first */
    int rotation;
    bool look_again;
    int64_t look_at_us; /* the next look for lists that were let in elsewhere (the console) */
    /* of the slice that is being read */
    struct job *reading;
    struct row_of_list *rows;
    uint32_t row_count;
};

struct row_of_list {
    uint32_t number;
    struct row_text text;
    struct id id;
    uint32_t first_row;
    bool skipped;
};

struct submitter *submitter_open(struct intake *intake) {
    struct submitter *submitter = calloc(1, sizeof *submitter);
    CHECK(submitter != NULL);
    submitter->intake = intake;
    submitter->look_again = true;
    submitter->rows = calloc(SLICE_ROWS_MAX, sizeof *submitter->rows);
    CHECK(submitter->rows != NULL);
    return submitter;
}

static void job_close_file(struct job *job) {
    stored_list_close(job->list);
    job->list = NULL;
}

static void job_free(struct job *job) {
    job_close_file(job);
    while (job->first != NULL) {
        struct slice_of_rows *next = job->first->next;
        free(job->first);
        job->first = next;
    }
    free(job->names);
    free(job);
}

void submitter_close(struct submitter *submitter) {
    while (submitter->jobs != NULL) {
        struct job *next = submitter->jobs->next;
        job_free(submitter->jobs);
        submitter->jobs = next;
    }
    free(submitter->rows);
    free(submitter);
}

bool submitter_idle(const struct intake *intake) { return intake->submitter->jobs == NULL; }

/* ---- finding lists that are not submitted to their end ---- */

static struct job *job_find(const struct submitter *submitter, int64_t batch_no) {
    for (struct job *job = submitter->jobs; job != NULL; job = job->next)
        if (job->batch_no == batch_no) return job;
    return NULL;
}

static void copy_text(char *target, size_t room, struct slice text) {
    CHECK(text.size < room);
    memcpy(target, text.bytes, text.size);
    target[text.size] = '\0';
}

static void job_add(struct submitter *submitter, const struct pg_rows *rows, size_t at) {
    struct job *job = calloc(1, sizeof *job);
    CHECK(job != NULL);
    job->batch_no = pg_int8(rows, at, 0);
    copy_text(job->batch_id, sizeof job->batch_id, pg_bytes(rows, at, 1));
    copy_text(job->agreement_id, sizeof job->agreement_id, pg_bytes(rows, at, 2));
    job->agreement_no = pg_int4(rows, at, 3);
    job->partition = pg_int4(rows, at, 4);
    job->row_count = (uint32_t)pg_int4(rows, at, 5);
    job->recorded = job->sent = (uint32_t)pg_int4(rows, at, 6);
    job->registration_date = pg_date(rows, at, 7);
    job->every_row_counts = pg_int2(rows, at, 8) == 0;
    job->names = strndup((const char *)pg_bytes(rows, at, 9).bytes, pg_bytes(rows, at, 9).size);
    CHECK(job->names != NULL);
    struct job **last = &submitter->jobs;
    while (*last != NULL) last = &(*last)->next;
    *last = job;
}

struct err submitter_resume(struct intake *intake) {
    struct submitter *submitter = intake->submitter;
    submitter->look_again = true;
    arena_reset(intake->arena);
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    struct pg_rows rows;
    pg_add_int4(parameters, JOBS_MAX);
    TRY(pg_run(intake->pg, intake->arena,
               "SELECT b.batch_no, b.batch_id, a.agreement_id, b.agreement_no, b.partition, b.row_count, b.submitted_rows, b.registration_date, b.encoding, array_to_string(b.column_names, E'\\n') "
               "FROM intake.batch b JOIN ledger.agreement a USING (agreement_no) WHERE b.state = " BATCH_RELEASED_SQL " AND b.submitted_rows < b.row_count ORDER BY b.batch_no LIMIT $1",
               parameters, &rows));
    for (size_t i = 0; i < rows.count; i++)
        if (job_find(submitter, pg_int8(&rows, i, 0)) == NULL) job_add(submitter, &rows, i);
    submitter->look_again = rows.count == JOBS_MAX;
    submitter->look_at_us = clock_monotonic_us() + LOOK_EACH_US;
    return OK;
}

/* Forgets what a job knows beyond these rows: what is under way is not recorded, and when all of it is told, it goes on behind them. */
void submitter_rewind(struct intake *intake, int64_t batch_no, uint32_t submitted) {
    struct job *job = job_find(intake->submitter, batch_no);
    if (job == NULL) return;
    if (job->recorded > submitted) job->recorded = submitted;
    for (struct slice_of_rows *slice = job->first; slice != NULL; slice = slice->next) slice->failed = true;
    if (job->first != NULL) return;
    job->sent = job->recorded;
    job_close_file(job);
}

/* ---- reading a piece of the file ---- */

static bool take_record(void *self, const struct stored_record *record) {
    struct submitter *submitter = self;
    if (record->kind != LIST_ROW || record->number <= submitter->reading->sent) return true; /* no row, or submitted before */
    CHECK(submitter->row_count < SLICE_ROWS_MAX);
    struct row_of_list *row = &submitter->rows[submitter->row_count++];
    *row = (struct row_of_list){.number = record->number};
    struct slice copies[LIST_CELLS_MAX];
    for (size_t i = 0; i < record->count; i++) copies[i] = arena_copy(submitter->intake->arena, record->cells[i]);
    return list_row_text(record->header, copies, record->count, &row->text);
}

/* Fills submitter->rows from the next piece; row_count 0 at the end means that the file is through. */
static struct err read_piece(struct submitter *submitter, struct job *job) {
    const struct stored_list_options options = {
        .batch_id = job->batch_id, .every_row_counts = job->every_row_counts, .names = slice_text(job->names), .record = take_record, .self = submitter};
    submitter->reading = job;
    submitter->row_count = 0;
    if (job->list == NULL) TRY(stored_list_open(submitter->intake, &options, &job->list));
    return stored_list_read(job->list, PIECE_BYTES);
}

static struct err read_ids(struct submitter *submitter, const struct job *job) {
    struct intake *intake = submitter->intake;
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    struct pg_rows rows;
    pg_add_int8(parameters, job->batch_no);
    pg_add_int4(parameters, (int32_t)submitter->rows[0].number);
    pg_add_int4(parameters, (int32_t)submitter->rows[submitter->row_count - 1].number);
    TRY(pg_run(intake->pg, intake->arena,
               "SELECT application_id, first_row FROM intake.batch_rows($1, $2, $3) ORDER BY row_number", parameters,
               &rows));
    if (rows.count != submitter->row_count) return ERR(PARK, "a stored list has other rows than were staged");
    for (uint32_t i = 0; i < submitter->row_count; i++) {
        struct slice id = pg_bytes(&rows, i, 0);
        CHECK(id.size == ID_BYTES);
        memcpy(submitter->rows[i].id.bytes, id.bytes, ID_BYTES);
        submitter->rows[i].first_row = (uint32_t)pg_int4(&rows, i, 1);
    }
    return OK;
}

/* ---- the hint ---- */

static struct slice text_copy(struct arena *arena, const char *text) { return slice_text(arena_text(arena, slice_text(text))); }

/* Marks the rows whose decision stands already. Redis says which may be, PostgreSQL which are. A first outcome is enough: if it is PENDING, its next attempt is due. */
static struct err skip_decided(struct submitter *submitter, const struct job *job, uint32_t from, uint32_t count) {
    struct intake *intake = submitter->intake;
    struct slice *keys = arena_zero(intake->arena, count, sizeof *keys), *owners = arena_zero(intake->arena, count, sizeof *owners);
    struct slice *earlier = arena_zero(intake->arena, count, sizeof *earlier), *suspects = arena_zero(intake->arena, count, sizeof *suspects);
    for (uint32_t i = 0; i < count; i++) {
        const struct row_of_list *row = &submitter->rows[from + i];
        char id[2 * ID_BYTES + 1], text[OWNER_TEXT];
        id_format(row->id, id);
        CHECK(snprintf(text, sizeof text, "payung:app:%s", id) < OWNER_TEXT);
        keys[i] = text_copy(intake->arena, text);
        CHECK(snprintf(text, sizeof text, "%s:%u", job->batch_id, row->number) < OWNER_TEXT);
        owners[i] = text_copy(intake->arena, text);
    }
    if (!redis_remember(intake->redis, intake->arena, keys, owners, count, REDIS_SECONDS, earlier)) {
        meter_add(METER_DEDUP_FALLBACKS, 0, count);
        return OK;
    }
    size_t suspect_count = 0;
    for (uint32_t i = 0; i < count; i++)
        if (earlier[i].bytes != NULL && !slice_equal(earlier[i], owners[i])) suspects[suspect_count++] = slice_of(submitter->rows[from + i].id.bytes, ID_BYTES);
    if (suspect_count == 0) return OK;
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    struct pg_rows rows;
    pg_add_bytea_array(parameters, suspects, suspect_count);
    pg_add_int4(parameters, job->agreement_no);
    TRY(pg_run(intake->pg, intake->arena,
               "SELECT s.application_id FROM unnest($1) AS s (application_id) CROSS JOIN LATERAL (SELECT FROM ledger.outcome o "
               "WHERE o.period = " PERIODS_OF_SQL("ledger.agreement a WHERE a.agreement_no = $2") " "
               "AND o.application_id = s.application_id AND o.attempt = 1 AND " FIRST_OUTCOME_SQL("o") " LIMIT 1) f",
               parameters, &rows));
    for (size_t i = 0; i < rows.count; i++)
        for (uint32_t k = 0; k < count; k++)
            if (slice_equal(pg_bytes(&rows, i, 0), slice_of(submitter->rows[from + k].id.bytes, ID_BYTES))) submitter->rows[from + k].skipped = true;
    return OK;
}

/* ---- sending ---- */

static struct err send_row(struct submitter *submitter, const struct job *job, const struct row_of_list *read, struct row *row) {
    struct intake *intake = submitter->intake;
    struct row_result result;
    row_check(&read->text, &intake->tables, job->registration_date, &result);
    const struct person person = {slice_text(result.nik), slice_text(result.name), slice_text(result.phone), slice_text(result.address)};
    struct application application = {
        .application_id = read->id,
        .attempt = 1,
        .agreement_id = slice_text(job->agreement_id),
        .batch_id = slice_text(job->batch_id),
        .row = read->number,
        .first_row = read->first_row,
        .registration_date = job->registration_date,
        .person = intake_token(intake, &read->text),
        .submitted_at_ms = clock_unix_ms(),
    };
    row_fill(&result, &application);
    application.sealed_person = crypto_seal(intake->crypto, intake->arena, &person, read->id, &application.seal_key_id);
    explicit_bzero(&result, sizeof result);
    struct slice bytes = record_encode(intake, &application, job->partition);
    return record_send(intake, bytes, read->id, 1, application.agreement_id, application.submitted_at_ms, job->partition, (uint64_t)(uintptr_t)&row->delivery);
}

static void send_slice(struct submitter *submitter, struct job *job) {
    struct slice_of_rows *slice = malloc(sizeof *slice + submitter->row_count * sizeof *slice->rows);
    CHECK(slice != NULL);
    *slice = (struct slice_of_rows){.job = job, .count = submitter->row_count, .epoch = submitter->intake->epochs[job->partition].epoch};
    for (uint32_t i = 0; i < slice->count; i++) {
        const struct row_of_list *read = &submitter->rows[i];
        slice->rows[i] = (struct row){.delivery = {DELIVERY_ROW}, .slice = slice, .number = read->number, .offset = -1, .skipped = read->skipped};
        if (read->skipped || slice->failed) continue;
        struct err err = send_row(submitter, job, read, &slice->rows[i]);
        if (failed(&err)) slice->failed = true; /* the queue is full: what follows must not pass it */
        else slice->untold++;
    }
    pace_sent(&submitter->intake->pace, slice->count);
    job->sent = submitter->rows[slice->count - 1].number;
    if (job->last != NULL) job->last->next = slice;
    else job->first = slice;
    job->last = slice;
}

/* The first one of an epoch stands for all before it: what an earlier process sent is not counted. */
static void note_sent(struct under_way *way, uint32_t epoch, int64_t offset) {
    if (way->epoch != epoch) *way = (struct under_way){.epoch = epoch, .sent_end = offset, .decided_next = offset};
    if (offset >= way->sent_end) way->sent_end = offset + 1;
}

void submit_delivered(struct intake *intake, struct delivery *delivery, int64_t offset) {
    struct row *row = (struct row *)delivery;
    CHECK(row->slice->untold > 0);
    row->slice->untold--;
    row->offset = offset;
    if (offset < 0) row->slice->failed = true;
    else note_sent(&intake->submitter->under_way[row->slice->job->partition], row->slice->epoch, offset);
}

void submit_decided(struct intake *intake, int32_t partition, uint32_t epoch, int64_t origin) {
    if (partition < 0 || partition >= PARTITIONS_MAX) return; /* somebody else's record */
    struct under_way *way = &intake->submitter->under_way[partition];
    if (epoch == way->epoch && origin >= way->decided_next) way->decided_next = origin + 1;
    else if (epoch > way->epoch) way->decided_next = way->sent_end; /* an older epoch is closed */
}

/* What the ledger has passed, where the tail of `decided` did not say so. */
static void ask_the_ledger(struct submitter *submitter) {
    struct intake *intake = submitter->intake;
    struct pg_rows rows;
    if (clock_monotonic_us() < submitter->stuck_at_us || !intake_pg_allowed(intake)) return;
    submitter->stuck_at_us = clock_monotonic_us() + STUCK_US;
    arena_reset(intake->arena);
    struct err err = pg_run(intake->pg, intake->arena, "SELECT partition, epoch, next FROM ledger.lineage", NULL, &rows);
    if (failed(&err)) intake_pg_failed(intake, "how far the ledger has come can't be read", &err);
    for (size_t i = 0; i < rows.count && !failed(&err); i++) submit_decided(intake, pg_int4(&rows, i, 0), (uint32_t)pg_int4(&rows, i, 1), pg_int8(&rows, i, 2) - 1);
}

static bool is_crowded(struct submitter *submitter, const struct job *job) {
    const struct under_way *way = &submitter->under_way[job->partition];
    int64_t undecided = way->sent_end - way->decided_next;
    for (const struct slice_of_rows *slice = job->first; slice != NULL; slice = slice->next) undecided += slice->untold;
    struct pace *pace = &submitter->intake->pace;
    const bool allowed = pace_allows(pace, clock_monotonic_us(), undecided);
    meter_set(METER_LIST_ROWS, 0, pace->rows);
    if (!allowed && undecided >= pace->rows) ask_the_ledger(submitter);
    return !allowed;
}

/* ---- remembering ---- */

struct ranges {
    int32_t row_from[RANGES_MAX], row_to[RANGES_MAX], epoch[RANGES_MAX];
    int64_t offset_from[RANGES_MAX];
    size_t count;
    int32_t skip_from[RANGES_MAX], skip_to[RANGES_MAX]; /* rows whose application was decided before: they stand nowhere, and count in this list all the same */
    size_t skip_count;
};

/* first: of the slice, which may have to be taken out again. */
static bool add_skipped(struct ranges *ranges, size_t first, int32_t number) {
    if (ranges->skip_count > first && ranges->skip_to[ranges->skip_count - 1] == number - 1) {
        ranges->skip_to[ranges->skip_count - 1] = number;
        return true;
    }
    if (ranges->skip_count == RANGES_MAX) return false;
    ranges->skip_from[ranges->skip_count] = ranges->skip_to[ranges->skip_count] = number;
    ranges->skip_count++;
    return true;
}

static bool add_slice(struct ranges *ranges, const struct slice_of_rows *slice) {
    const size_t first_skip = ranges->skip_count;
    bool open = false;
    for (uint32_t i = 0; i < slice->count; i++) {
        const struct row *row = &slice->rows[i];
        if (row->skipped) {
            open = false;
            if (!add_skipped(ranges, first_skip, (int32_t)row->number)) return false;
            continue;
        }
        size_t last = ranges->count - 1;
        if (open && row->offset == ranges->offset_from[last] + ((int64_t)row->number - ranges->row_from[last])) {
            ranges->row_to[last] = (int32_t)row->number;
            continue;
        }
        if (ranges->count == RANGES_MAX) return false;
        last = ranges->count++;
        ranges->row_from[last] = ranges->row_to[last] = (int32_t)row->number;
        ranges->offset_from[last] = row->offset;
        ranges->epoch[last] = (int32_t)slice->epoch;
        open = true;
    }
    return true;
}

static struct err remember(struct intake *intake, const struct job *job, const struct ranges *ranges, uint32_t submitted) {
    struct pg_parameters *insert = pg_parameters(intake->arena), *update = pg_parameters(intake->arena), *skip = pg_parameters(intake->arena);
    pg_add_int8(skip, job->batch_no);
    pg_add_int4_array(skip, ranges->skip_from, ranges->skip_count);
    pg_add_int4_array(skip, ranges->skip_to, ranges->skip_count);
    pg_add_int8(insert, job->batch_no);
    pg_add_int4(insert, job->partition);
    pg_add_int4_array(insert, ranges->row_from, ranges->count);
    pg_add_int4_array(insert, ranges->row_to, ranges->count);
    pg_add_int4_array(insert, ranges->epoch, ranges->count);
    pg_add_int8_array(insert, ranges->offset_from, ranges->count);
    pg_add_int8(update, job->batch_no);
    pg_add_int4(update, (int32_t)submitted);
    /* Not waited for: if the database forgets it in a crash, the list goes on from where it was remembered, and the ledger knows the rows that come twice. Single persons must not wait for
     * the disk because of it. */
    struct pg_step steps[] = {
        {.sql = "SET LOCAL synchronous_commit = off"},
        {.sql = "INSERT INTO intake.submitted_range (batch_no, partition, row_from, row_to, epoch, offset_from) "
                "SELECT $1, $2, r.* FROM unnest($3, $4, $5, $6) AS r "
                "ON CONFLICT (batch_no, row_from) DO UPDATE SET row_to = excluded.row_to, epoch = excluded.epoch, offset_from = excluded.offset_from, "
                "checked = false",
         .parameters = insert},
        {.sql = "UPDATE intake.batch SET submitted_rows = greatest(submitted_rows, $2) WHERE batch_no = $1", .parameters = update},
        {.sql = "INSERT INTO intake.batch_skipped (batch_no, row_number, application_id) SELECT $1, w.row_number, w.application_id"
                " FROM unnest($2, $3) AS s (row_from, row_to) CROSS JOIN LATERAL intake.batch_rows($1, s.row_from, s.row_to) w ON CONFLICT (batch_no, row_number) DO NOTHING",
         .parameters = skip},
    };
    const size_t step_count = sizeof steps / sizeof *steps - (ranges->skip_count == 0);
    TRY(pg_begin(intake->pg));
    struct err err = pg_run_all(intake->pg, intake->arena, steps, step_count);
    if (!failed(&err)) err = pg_commit(intake->pg);
    if (failed(&err)) pg_rollback(intake->pg);
    return err;
}

/* The slices at the head that are complete, as one transaction. */
static struct err record_job(struct intake *intake, struct job *job) {
    arena_reset(intake->arena);
    struct ranges *ranges = arena_zero(intake->arena, 1, sizeof *ranges);
    struct slice_of_rows *end = job->first;
    uint32_t submitted = job->recorded;
    while (end != NULL && end->untold == 0 && !end->failed) {
        const size_t before = ranges->count, skip_before = ranges->skip_count;
        if (!add_slice(ranges, end)) {
            if (end == job->first) return ERR(FATAL, "a slice of a list is in too many pieces");
            ranges->count = before;
            ranges->skip_count = skip_before;
            break;
        }
        submitted = end->rows[end->count - 1].number;
        end = end->next;
    }
    if (end == job->first) return OK;
    TRY(remember(intake, job, ranges, submitted));
    job->recorded = submitted;
    while (job->first != end) {
        struct slice_of_rows *next = job->first->next;
        free(job->first);
        job->first = next;
    }
    if (job->first == NULL) job->last = NULL;
    return OK;
}

/* Something was not delivered: when all that was under way is told, start again behind what is remembered. */
static void restart_if_failed(struct job *job) {
    bool broken = false;
    for (const struct slice_of_rows *slice = job->first; slice != NULL; slice = slice->next) {
        if (slice->untold > 0) return;
        broken = broken || slice->failed;
    }
    if (!broken) return;
    while (job->first != NULL) {
        struct slice_of_rows *next = job->first->next;
        free(job->first);
        job->first = next;
    }
    job->last = NULL;
    job->sent = job->recorded;
    job_close_file(job);
    job->not_before_us = clock_monotonic_us() + RETRY_US;
}

static bool job_has_failed(const struct job *job) {
    for (const struct slice_of_rows *slice = job->first; slice != NULL; slice = slice->next)
        if (slice->failed) return true;
    return false;
}

static void job_trouble(struct intake *intake, struct job *job, const struct err *err) {
    job->not_before_us = clock_monotonic_us() + RETRY_US;
    if (err->fate == FATE_PARK) {
        job->damaged = true; /* tried again at the next start, after somebody restored file or key */
        meter_add(METER_ALARMS, 0, 1);
        log_error("a list can't be submitted", LOG_TEXT("batch", job->batch_id), LOG_TEXT("error", err->text));
    } else {
        intake_pg_failed(intake, "a list waits for PostgreSQL", err);
    }
}

/* ---- the turn ---- */

static bool may_read(const struct intake *intake, const struct job *job) {
    if (job->damaged || job->sent >= job->row_count || intake->stopping || !intake_pg_allowed(intake)) return false;
    if (kafka_intake_outstanding(intake->kafka) >= intake->in_flight_max || clock_monotonic_us() < job->not_before_us) return false;
    for (const struct job *earlier = intake->submitter->jobs; earlier != job; earlier = earlier->next)
        if (earlier->agreement_no == job->agreement_no && !earlier->damaged) return false; /* the lists of an agreement go one after the other */
    return !job_has_failed(job);
}

static struct err submit_slice(struct submitter *submitter, struct job *job) {
    struct intake *intake = submitter->intake;
    arena_reset(intake->arena);
    /* Before reading, so that nothing of a piece is lost when PostgreSQL fails: a failure closes the file and starts again. */
    TRY(read_piece(submitter, job));
    if (submitter->row_count == 0) return stored_list_at_end(job->list) ? ERR(PARK, "a stored list has fewer rows than were staged") : OK;
    TRY(read_ids(submitter, job));
    /* A slice of more rows than ranges (rows of two bytes) is sent whole: the ledger repeats what it knows. */
    for (uint32_t from = 0; submitter->row_count <= RANGES_MAX && from < submitter->row_count; from += REDIS_ROWS) {
        uint32_t count = submitter->row_count - from;
        TRY(skip_decided(submitter, job, from, count < REDIS_ROWS ? count : REDIS_ROWS));
    }
    send_slice(submitter, job);
    return OK;
}

static bool read_one(struct submitter *submitter) {
    struct intake *intake = submitter->intake;
    int count = 0, at = 0;
    for (const struct job *job = submitter->jobs; job != NULL; job = job->next) count++;
    if (count == 0) return false;
    submitter->rotation = (submitter->rotation + 1) % count;
    for (int pass = 0; pass < 2; pass++) {
        at = 0;
        for (struct job *job = submitter->jobs; job != NULL; job = job->next, at++) {
            if ((pass == 0 && at < submitter->rotation) || !may_read(intake, job) || is_crowded(submitter, job)) continue;
            struct err err = submit_slice(submitter, job);
            if (!failed(&err)) return true;
            job_close_file(job);
            /* What was handed over before the failure stays in flight; reading starts again behind it. */
            job_trouble(intake, job, &err);
            return false;
        }
    }
    return false;
}

static void finish_jobs(struct submitter *submitter) {
    for (struct job **place = &submitter->jobs; *place != NULL;) {
        struct job *job = *place;
        if (job->recorded < job->row_count) {
            place = &job->next;
            continue;
        }
        log_info("list submitted", LOG_TEXT("batch", job->batch_id), LOG_INT("rows", job->row_count));
        *place = job->next;
        job_free(job);
    }
}

bool submitter_turn(struct intake *intake) {
    struct submitter *submitter = intake->submitter;
    if ((submitter->look_again || clock_monotonic_us() >= submitter->look_at_us) && intake_pg_allowed(intake) && !intake->stopping) {
        struct err err = submitter_resume(intake);
        if (failed(&err)) intake_pg_failed(intake, "staged lists can't be read", &err);
    }
    for (struct job *job = submitter->jobs; job != NULL; job = job->next) {
        if (job->first != NULL && intake_pg_allowed(intake)) {
            struct err err = record_job(intake, job);
            if (failed(&err)) job_trouble(intake, job, &err);
        }
        restart_if_failed(job);
    }
    finish_jobs(submitter);
    return read_one(submitter);
}
