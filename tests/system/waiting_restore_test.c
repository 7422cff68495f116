/* A database with waiters from before migration 0007 is brought up to date: the list is whole at once, nobody is served past a message that is not known, and restore finds the
 * messages in the topic (librdkafka's mock cluster). PGURL and PGURL_OWNER name an empty database, PAYUNG_SHARE the folder with the schema. */
#include "tests/system/expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/domain/application.h"
#include "common/wire/wire.h"
#include "proto/topics.h"
#include "services/ledger/promotion.h"
#include "services/ledger/verify.h"
#include "services/ledger/waiting_report.h"
#include "services/ledger/waiting_restore.h"
#include "tests/system/database.h"
#include "tests/wire/mock.h"

enum { PATIENCE_MS = 30000, TODAY = 20251001, WAITERS = 4 };

static struct pg *pg;
static struct arena *arena;

static int64_t number(const char *sql) {
    struct pg_rows rows;
    arena_reset(arena);
    EXPECT_OK(pg_run(pg, arena, sql, NULL, &rows));
    assert_int_equal(rows.count, 1);
    return pg_int8(&rows, 0, 0);
}

static int64_t waiting_problems(void) {
    static struct verify_report report;
    int64_t count = 0;
    EXPECT_OK(ledger_verify(pg, &report));
    assert_in_range(report.problem_count, 0, PROBLEMS_MAX);
    for (int64_t i = 0; i < report.problem_count; i++) count += strcmp(report.problems[i].check, "waiting") == 0;
    return count;
}

static int64_t due(void) {
    static struct slice ids[PROMOTION_DUE_MAX];
    size_t count;
    arena_reset(arena);
    EXPECT_OK(promotion_due(pg, arena, TODAY, ids, &count));
    return (int64_t)count;
}

static struct promotion_result promote(void) {
    const struct money_moment moment = {.moment_ms = INT64_C(1759294800000), .business_date = TODAY, .actor = "test"};
    struct promotion_result result;
    arena_reset(arena);
    EXPECT_OK(command_promotion(pg, arena, &moment, slice_text("lama"), &result));
    return result;
}

/* The first six migrations only, in a folder of their own. */
static void migrate_as_it_was(struct pg *owner, const char *schema) {
    static const char *const names[] = {"0001_ledger.sql", "0002_intake.sql", "0003_notice.sql", "0004_facts.sql", "0005_segments.sql", "0006_pending.sql"};
    static struct migration_report report;
    char folder[] = P_tmpdir "/payung-schema-XXXXXX", from[4096], to[4096];
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_true((size_t)snprintf(from, sizeof from, "%s/%s", schema, names[i]) < sizeof from);
        assert_true((size_t)snprintf(to, sizeof to, "%s/%s", folder, names[i]) < sizeof to);
        assert_int_equal(symlink(from, to), 0);
    }
    EXPECT_OK(migrate(owner, folder, &report));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_true((size_t)snprintf(to, sizeof to, "%s/%s", folder, names[i]) < sizeof to);
        assert_int_equal(unlink(to), 0);
    }
    assert_int_equal(rmdir(folder), 0);
}

/* One accepted, four who wait, one refused, and one who waits submitted a second time. */
static const char old_rows[] =
    "INSERT INTO ledger.agreement (agreement_id, document, document_sha256, name, payer_kind, payer_name, payer_region, funds, has_legal_basis, period_from, period_to, months,"
    " programmes_bpu, partition_realtime, partition_bulk, applied_by) VALUES ('lama', '{}', '\\x00', 'Lama', 'PEMDA', 'Pemkab Lama', 1708, 1, true, '2025-10-01', '2026-09-30', 12, 3, 0, 2, 'test');"
    "INSERT INTO ledger.budget (agreement_no, pagu, quota, committed, accepted, waitlisted, journal_seq, head)"
    " SELECT agreement_no, 2000000, 2, 201600, 1, 4, 1, decode(repeat('11', 32), 'hex') FROM ledger.agreement WHERE agreement_id = 'lama';"
    "INSERT INTO ledger.journal (agreement_no, seq, kind, business_date, commit_sequence, outcomes, previous, hash, posted_at, version)"
    " SELECT agreement_no, 1, 'COMMITMENT', '2025-09-15', 1, 7, '\\x', decode(repeat('11', 32), 'hex'), now(), 2 FROM ledger.agreement WHERE agreement_id = 'lama';"
    "INSERT INTO ledger.outcome (epoch, partition, origin, application_id, attempt, repeat, agreement_no, batch_id, row_number, status, codes, warnings, person_token, segment, programmes,"
    " start_month, months, jkk, jkm, jht, jp, amount, rank, registration_date, lines, commit_sequence, position, journal_seq, decided_at)"
    " SELECT 1, 2, v.origin, decode(repeat(lpad(v.who::text, 2, '0'), 16), 'hex'), 1, v.repeat, a.agreement_no, 'b', v.who, v.status, 0, 0, decode(repeat(lpad(v.who::text, 2, '0'), 16), 'hex'), 1, 3,"
    " 202510, 12, CASE WHEN v.status < 3 THEN 120000 ELSE 0 END, CASE WHEN v.status < 3 THEN 81600 ELSE 0 END, 0, 0, CASE WHEN v.status = 1 THEN 201600 ELSE 0 END, v.rank, '2025-09-15', '', 1,"
    " v.origin, 1, now() FROM ledger.agreement a, (VALUES (0, 1, 1, 0, false), (1, 2, 2, 1, false), (2, 3, 2, 2, false), (3, 4, 2, 3, false), (4, 5, 3, 0, false), (5, 6, 2, 4, false),"
    " (6, 4, 2, 3, true)) AS v (origin, who, status, rank, repeat) WHERE a.agreement_id = 'lama';"
    "SELECT setval('ledger.commit_sequence', 1)";

static void write_submitted(rd_kafka_t *writer, int who, int32_t partition) {
    struct submitted submitted = {.lineage = {.epoch = 1}, .application = {.attempt = 1, .agreement_id = slice_text("lama"), .batch_id = slice_text("b"), .row = (uint32_t)who,
                                  .registration_date = 20250915, .segment = SEGMENT_BPU, .ktp_region = 170804, .ktp_village = 2000 + (uint32_t)who, .occupation = slice_text(""),
                                  .sealed_person = slice_text("sealed"), .seal_key_id = slice_text("k1")}};
    memset(submitted.application.application_id.bytes, who, ID_BYTES);
    memset(submitted.application.person.bytes, who, TOKEN_BYTES);
    arena_reset(arena);
    mock_write(writer, TOPIC_SUBMITTED, partition, wire_encode_submitted(arena, &submitted));
}

static void who_waited_before_the_migration_waits_on_and_is_served_when_the_message_is_found(void **state) {
    (void)state;
    char schema[1024];
    struct pg *owner = NULL;
    (void)snprintf(schema, sizeof schema, "%s/schema", getenv("PAYUNG_SHARE"));
    EXPECT_OK(pg_open(database_owner_url(), "test-owner", &owner));
    migrate_as_it_was(owner, schema);
    EXPECT_OK(pg_script(owner, old_rows));
    pg_close(owner);
    EXPECT_OK(database_migrate());
    EXPECT_OK(pg_open(getenv("PGURL"), "test", &pg));

    /* the list is whole, in the order of the numbers that were told */
    assert_int_equal(number("SELECT count(*) FROM ledger.waiting WHERE record = '' AND state = 1 AND amount = 201600 AND class = 2 AND desil = 11"), WAITERS);
    assert_int_equal(number("SELECT count(*) FROM (SELECT ticket, row_number() OVER (ORDER BY class, desil, proposal_date, village, row_number, commit_sequence, position) AS place"
                            " FROM ledger.waiting) w WHERE ticket = place"), WAITERS);
    assert_int_equal(waiting_problems(), 0);

    /* there is room for one, but nobody can be asked anew */
    struct waiting_list list;
    arena_reset(arena);
    EXPECT_OK(waiting_list_read(pg, arena, slice_text("lama"), 10, &list));
    assert_int_equal(list.waiting, WAITERS);
    assert_int_equal(list.unknown, WAITERS);
    assert_int_equal(due(), 0);
    assert_int_equal(promote().promoted, 0);

    /* the topic has lost the last one's */
    struct mock mock;
    mock_open(&mock, 0);
    rd_kafka_t *writer = mock_client(RD_KAFKA_PRODUCER, mock.brokers);
    for (int who = 1; who <= 5; who++) write_submitted(writer, who, 2);
    write_submitted(writer, 4, 3);
    assert_int_equal(rd_kafka_flush(writer, PATIENCE_MS), RD_KAFKA_RESP_ERR_NO_ERROR);
    struct waiting_restored restored;
    EXPECT_OK(waiting_restore(pg, mock.brokers, &restored));
    assert_int_equal(restored.missing, WAITERS);
    assert_int_equal(restored.restored, WAITERS - 1);
    assert_int_equal(number("SELECT count(*) FROM ledger.waiting WHERE record <> '' AND village = 1708042000 + row_number"), WAITERS - 1);

    /* a row without a village and without a message stands first: nobody passes it */
    assert_int_equal(promote().promoted, 0);
    write_submitted(writer, 6, 0);
    assert_int_equal(rd_kafka_flush(writer, PATIENCE_MS), RD_KAFKA_RESP_ERR_NO_ERROR);
    EXPECT_OK(waiting_restore(pg, mock.brokers, &restored));
    assert_int_equal(restored.missing, 1);
    assert_int_equal(restored.restored, 1);
    assert_int_equal(due(), 1);
    assert_int_equal(promote().promoted, 1);
    assert_int_equal(number("SELECT count(*) FROM ledger.pending p JOIN ledger.waiting w USING (application_id) WHERE w.ticket = 1 AND w.state = 2 AND p.purpose = 2 AND p.record = w.record"), 1);
    assert_int_equal(waiting_problems(), 0);

    /* nothing is missing: Kafka is not asked */
    EXPECT_OK(waiting_restore(pg, "127.0.0.1:1", &restored));
    assert_int_equal(restored.missing, 0);
    rd_kafka_destroy(writer);
    mock_close(&mock);
}

static int set_up(void **state) {
    (void)state;
    assert_non_null(getenv("PGURL"));
    assert_non_null(getenv("PAYUNG_SHARE"));
    arena = arena_create(1 << 24);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    pg_close(pg);
    arena_destroy(arena);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(who_waited_before_the_migration_waits_on_and_is_served_when_the_message_is_found)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
