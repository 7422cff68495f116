/* Looks the missing messages up in the topic. It must never replace a record that is there, and never open one: it holds the sealed person. */
#include "services/ledger/waiting_restore.h"

#include <stdlib.h>

#include "common/domain/application.h"
#include "common/edge/kafka_scan.h"
#include "common/wire/wire.h"

enum { IDS_BYTES_MAX = RESTORE_IDS_MAX * ID_BYTES + 64 * 1024, PAGE_ROWS = 20000,
       FILLED_AT_ONCE = 500, BATCH_BYTES_MAX = 64 * 1024 * 1024, MESSAGE_BYTES_MAX = 8 * 1024 * 1024 };

struct restore {
    struct pg *pg;
    struct waiting_restored *report;
    struct arena *ids_arena, *message, *batch;
    struct id *ids; /* ascending: those without a record */
    size_t id_count;
    struct slice found[FILLED_AT_ONCE], records[FILLED_AT_ONCE];
    int64_t villages[FILLED_AT_ONCE];
    size_t count;
};

static int compare_ids(const void *a, const void *b) { return memcmp(a, b, ID_BYTES); }

static struct err read_missing(struct restore *restore) {
    struct id last = {{0}};
    restore->ids = arena_take(restore->ids_arena, RESTORE_IDS_MAX * sizeof *restore->ids);
    for (;;) {
        arena_reset(restore->batch);
        struct pg_parameters *p = pg_parameters(restore->batch);
        struct pg_rows rows;
        pg_add_bytea(p, slice_of(last.bytes, ID_BYTES));
        pg_add_int4(p, PAGE_ROWS);
        TRY(pg_run(restore->pg, restore->batch, "SELECT application_id FROM ledger.waiting WHERE record = '' AND application_id > $1 ORDER BY application_id LIMIT $2", p, &rows));
        for (size_t i = 0; i < rows.count && restore->id_count < RESTORE_IDS_MAX; i++) {
            CHECK(pg_bytes(&rows, i, 0).size == ID_BYTES);
            memcpy(last.bytes, pg_bytes(&rows, i, 0).bytes, ID_BYTES);
            restore->ids[restore->id_count++] = last;
        }
        if (rows.count < PAGE_ROWS || restore->id_count == RESTORE_IDS_MAX) break;
    }
    restore->report->missing = (int64_t)restore->id_count;
    return OK;
}

static struct err fill_in(struct restore *restore) {
    struct pg_parameters *budgets = pg_parameters(restore->batch), *rows = pg_parameters(restore->batch);
    pg_add_bytea_array(budgets, restore->found, restore->count);
    pg_add_bytea_array(rows, restore->found, restore->count);
    pg_add_bytea_array(rows, restore->records, restore->count);
    pg_add_int8_array(rows, restore->villages, restore->count);
    struct pg_step steps[] = {
        {.sql = "SELECT b.agreement_no FROM ledger.budget b WHERE b.agreement_no IN (SELECT w.agreement_no FROM ledger.waiting w WHERE w.application_id = ANY ($1)) ORDER BY 1 FOR UPDATE",
         .parameters = budgets},
        {.sql = "UPDATE ledger.waiting w SET record = u.record, village = u.village FROM (SELECT DISTINCT ON (id) * FROM unnest($1, $2, $3) AS u (id, record, village)) u"
                " WHERE w.application_id = u.id AND w.record = ''",
         .parameters = rows},
    };
    TRY(pg_begin(restore->pg));
    struct err err = pg_run_all(restore->pg, restore->batch, steps, 2);
    if (!failed(&err)) err = pg_commit(restore->pg);
    if (failed(&err)) {
        pg_rollback(restore->pg);
        return err;
    }
    restore->report->restored += steps[1].rows.affected;
    restore->count = 0;
    arena_reset(restore->batch);
    return OK;
}

static struct err visit(void *self, const struct kafka_scan_record *record) {
    struct restore *restore = self;
    struct submitted submitted;
    restore->report->read++;
    arena_reset(restore->message);
    if (!wire_decode_submitted(restore->message, record->bytes, &submitted)) return OK; /* every reader drops it */
    const struct application *application = &submitted.application;
    const struct id *known = bsearch(&application->application_id, restore->ids, restore->id_count, sizeof *restore->ids, compare_ids);
    if (known == NULL) return OK;
    restore->found[restore->count] = slice_of(known->bytes, ID_BYTES);
    restore->records[restore->count] = arena_copy(restore->batch, record->bytes);
    restore->villages[restore->count++] = (int64_t)application->ktp_region * 10000 + application->ktp_village;
    return restore->count == FILLED_AT_ONCE || arena_used(restore->batch) > BATCH_BYTES_MAX / 4 ? fill_in(restore) : OK;
}

static struct err restore_all(struct restore *restore, const char *brokers) {
    TRY(read_missing(restore));
    if (restore->id_count == 0) return OK;
    arena_reset(restore->batch);
    TRY(kafka_scan(&(struct kafka_scan_options){.brokers = brokers, .topic = TOPIC_SUBMITTED, .visit = visit, .self = restore, .may_be_cut = true}));
    return restore->count > 0 ? fill_in(restore) : OK;
}

struct err waiting_restore(struct pg *pg, const char *brokers, struct waiting_restored *ret_restored) {
    *ret_restored = (struct waiting_restored){0};
    struct restore *restore = calloc(1, sizeof *restore);
    CHECK(restore != NULL);
    *restore = (struct restore){.pg = pg, .report = ret_restored, .ids_arena = arena_create(IDS_BYTES_MAX), .message = arena_create(MESSAGE_BYTES_MAX), .batch = arena_create(BATCH_BYTES_MAX)};
    struct err err = restore_all(restore, brokers);
    arena_destroy(restore->ids_arena);
    arena_destroy(restore->message);
    arena_destroy(restore->batch);
    free(restore);
    return err;
}
