/* The ledger's transaction on a real PostgreSQL: who is in, who waits, what a crash, a repeat, a gap, a zombie and a second payer do. PGURL names an empty database. */
#include "tests/system/ledger_fixture.h"

#include "tests/unit/cmocka_all.h"

#include <signal.h>

#include "common/edge/clock.h"

static struct fixture fixture;
static struct book *book;
static struct pg *pg; /* a second session: looks from outside */

#define EXPECT_OK(call)                                                                                                \
    do {                                                                                                               \
        struct err err_ = (call);                                                                                      \
        if (failed(&err_)) fail_msg("%s: %s", fate_name(err_.fate), err_.text);                                        \
    } while (0)
#define EXPECT_FATE(expected, call) assert_string_equal(fate_name(expected), fate_name((call).fate))

static int64_t number(const char *sql) {
    struct arena *arena = arena_create(1 << 20);
    struct pg_rows rows;
    struct err err = pg_run(pg, arena, sql, NULL, &rows);
    if (failed(&err)) fail_msg("%s", err.text);
    assert_int_equal(rows.count, 1);
    const int64_t value = pg_int8(&rows, 0, 0);
    arena_destroy(arena);
    return value;
}

static int set_up(void **state) {
    (void)state;
    const char *url = getenv("PGURL"), *share = getenv("PAYUNG_SHARE");
    assert_non_null(url);
    assert_non_null(share);
    EXPECT_OK(pg_open(url, "test", &pg));
    char folder[1024];
    (void)snprintf(folder, sizeof folder, "%s/schema", share);
    static struct migration_report report;
    EXPECT_OK(migrate(pg, folder, &report));
    fixture_start(&fixture);
    EXPECT_OK(fixture_agreement(pg, fixture.arena, "satu", "Pemkab Satu", 400000000, -1));
    EXPECT_OK(fixture_agreement(pg, fixture.arena, "dua", "Pemkab Dua", 1000000000, 3));
    EXPECT_OK(fixture_agreement(pg, fixture.arena, "satu-lagi", "Pemkab Satu", 1000000000, -1));
    EXPECT_OK(fixture_agreement(pg, fixture.arena, "kecil", "Pemkab Kecil", 201599, -1));
    EXPECT_OK(book_open(url, &book));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    book_close(book);
    pg_close(pg);
    arena_destroy(fixture.arena);
    return 0;
}

static void kepahiang_takes_1984_and_16_wait_in_order(void **state) {
    (void)state;
    static struct fixture_item items[1000];
    uint32_t person = 0;
    for (int part = 0; part < 2; part++) {
        for (int i = 0; i < 1000; i++) items[i] = (struct fixture_item){.person = ++person, .partition = 2};
        struct stage_batch *batch = fixture_batch(&fixture, items, 1000);
        EXPECT_OK(fixture_run(book, batch));
        for (size_t i = 0; i < 1000; i++) {
            const struct outcome *outcome = fixture_outcome(batch, i);
            const bool in = part * 1000 + i < 1984;
            assert_int_equal(outcome->status, in ? OUTCOME_ACCEPTED : OUTCOME_WAITLISTED);
            assert_int_equal(outcome->rank, in ? 0 : part * 1000 + i - 1983);
            assert_int_equal(outcome->amount, in ? 201600 : 0);
            assert_int_equal(outcome->budget_year, 2025);
            assert_true(in || outcome->codes.bits == code_set_with((struct code_set){0}, CODE_Q61).bits);
        }
        fixture_passed(&fixture);
    }
    assert_int_equal(number("SELECT committed FROM ledger.budget JOIN ledger.agreement USING (agreement_no) WHERE agreement_id = 'satu'"), 399974400);
    assert_int_equal(number("SELECT -sum(amount)::bigint FROM ledger.entry WHERE account = 'IURAN-KOMITMEN:JKK'"), 238080000);
    assert_int_equal(number("SELECT -sum(amount)::bigint FROM ledger.entry WHERE account = 'IURAN-KOMITMEN:JKM'"), 161894400);
    assert_int_equal(number("SELECT count(*) FROM ledger.cover"), 2 * 1984);
    assert_int_equal(number("SELECT next FROM ledger.lineage WHERE partition = 2"), 2000);
}

static void an_amount_above_the_pagu_waits_alone(void **state) {
    (void)state;
    struct stage_batch *batch = fixture_batch(&fixture, &(struct fixture_item){.person = 900001, .agreement = "kecil", .partition = 3}, 1);
    EXPECT_OK(fixture_run(book, batch));
    assert_int_equal(fixture_outcome(batch, 0)->status, OUTCOME_WAITLISTED);
    assert_int_equal(fixture_outcome(batch, 0)->rank, 1);
    fixture_passed(&fixture);
}

static void a_full_quota_makes_all_later_ones_wait(void **state) {
    (void)state;
    struct fixture_item items[5];
    for (uint32_t i = 0; i < 5; i++) items[i] = (struct fixture_item){.person = 910000 + i, .agreement = "dua", .partition = 1};
    struct stage_batch *batch = fixture_batch(&fixture, items, 5);
    EXPECT_OK(fixture_run(book, batch));
    for (size_t i = 0; i < 5; i++) assert_int_equal(fixture_outcome(batch, i)->status, i < 3 ? OUTCOME_ACCEPTED : OUTCOME_WAITLISTED);
    assert_true(code_set_has(fixture_outcome(batch, 4)->codes, CODE_Q60));
    assert_int_equal(fixture_outcome(batch, 4)->rank, 2);
    fixture_passed(&fixture);
}

static void whoever_is_covered_is_not_covered_twice(void **state) {
    (void)state;
    const struct fixture_item items[] = {
        {.person = 1, .application = 800001, .agreement = "dua", .partition = 1},                                /* another payer: E21 */
        {.person = 2, .application = 800002, .agreement = "satu-lagi", .partition = 1},                          /* the same payer, another agreement: E22 */
        {.person = 3, .application = 800003, .agreement = "satu-lagi", .start_month = 202610, .months = 3, .partition = 1}, /* months after: free */
        {.person = 920000, .application = 800004, .agreement = "satu-lagi", .programmes = 1, .partition = 1},
        {.person = 920000, .application = 800005, .agreement = "satu-lagi", .programmes = 4, .partition = 1},   /* another programme in the same batch: free */
        {.person = 920000, .application = 800006, .agreement = "satu-lagi", .programmes = 3, .partition = 1},   /* the first one again: E22 */
    };
    static const enum outcome_status statuses[] = {OUTCOME_REJECTED, OUTCOME_DUPLICATE, OUTCOME_ACCEPTED, OUTCOME_ACCEPTED, OUTCOME_ACCEPTED, OUTCOME_DUPLICATE};
    struct stage_batch *batch = fixture_batch(&fixture, items, 6);
    EXPECT_OK(fixture_run(book, batch));
    for (size_t i = 0; i < 6; i++) assert_int_equal(fixture_outcome(batch, i)->status, statuses[i]);
    assert_true(code_set_has(fixture_outcome(batch, 0)->codes, CODE_E21));
    fixture_passed(&fixture);
}

static void a_second_submission_repeats_the_first_answer(void **state) {
    (void)state;
    const int64_t before = number("SELECT sum(committed)::bigint FROM ledger.budget");
    const struct fixture_item items[] = {{.person = 5, .partition = 0}, {.person = 1999, .partition = 0}, {.person = 930000, .agreement = "satu-lagi", .partition = 0},
                                         {.person = 930000, .agreement = "satu-lagi", .partition = 0}};
    struct stage_batch *batch = fixture_batch(&fixture, items, 4);
    EXPECT_OK(fixture_run(book, batch));
    assert_int_equal(fixture_outcome(batch, 0)->status, OUTCOME_ACCEPTED);
    assert_true(fixture_outcome(batch, 0)->repeat);
    assert_int_equal(fixture_outcome(batch, 0)->amount, 201600);
    assert_int_equal(fixture_outcome(batch, 1)->rank, 15);
    assert_true(fixture_outcome(batch, 1)->repeat);
    assert_false(fixture_outcome(batch, 2)->repeat);
    assert_true(fixture_outcome(batch, 3)->repeat);
    assert_int_equal(number("SELECT sum(committed)::bigint FROM ledger.budget"), before + 201600);
    fixture_passed(&fixture);
}

static void what_cannot_be_enrolled_has_its_outcome_too(void **state) {
    (void)state;
    const struct code_set e30 = code_set_with((struct code_set){0}, CODE_E30), e22 = code_set_with((struct code_set){0}, CODE_E22);
    const struct fixture_item items[] = {
        {.person = 940001, .verdict = VERDICT_REJECTED, .codes = e30, .partition = 0}, {.person = 940002, .verdict = VERDICT_REJECTED, .codes = e22, .partition = 0},
        {.person = 940003, .verdict = VERDICT_PENDING, .codes = code_set_with((struct code_set){0}, CODE_P01), .partition = 0},
        {.unreadable = true, .partition = 0}, {.unreadable = true, .partition = 0},
        {.person = 940004, .parked = CODE_X02, .partition = 0}, {.person = 940005, .agreement = "tidak-ada", .partition = 0},
    };
    static const enum outcome_status statuses[] = {OUTCOME_REJECTED, OUTCOME_DUPLICATE, OUTCOME_PENDING, OUTCOME_PARKED, OUTCOME_PARKED, OUTCOME_PARKED, OUTCOME_REJECTED};
    struct stage_batch *batch = fixture_batch(&fixture, items, 7);
    EXPECT_OK(fixture_run(book, batch));
    for (size_t i = 0; i < 7; i++) assert_int_equal(fixture_outcome(batch, i)->status, statuses[i]);
    assert_true(code_set_has(fixture_outcome(batch, 6)->codes, CODE_X03));
    assert_int_equal(number("SELECT count(*) FROM ledger.outcome WHERE message_due = 'REJECTED_FIX'"), 2); /* E30 and X03 */
    fixture_passed(&fixture);
}

static void what_the_database_refuses_is_parked_alone(void **state) {
    (void)state;
    struct fixture_item item = {.person = 945000, .agreement = "satu-lagi", .partition = 0};
    struct stage_batch *batch = fixture_batch(&fixture, &item, 1);
    ((struct priced *)(uintptr_t)batch->items[0].in)->application.batch_id = slice_of("a\0b", 3); /* PostgreSQL has no such text */
    EXPECT_FATE(FATE_SPLIT, fixture_run(book, batch));
    item.parked = CODE_X02;
    batch = fixture_batch(&fixture, &item, 1);
    ((struct priced *)(uintptr_t)batch->items[0].in)->application.batch_id = slice_of("a\0b", 3);
    EXPECT_OK(fixture_run(book, batch));
    assert_int_equal(fixture_outcome(batch, 0)->status, OUTCOME_PARKED);
    fixture_passed(&fixture);
}

static void after_a_crash_the_stored_outcomes_are_published_again(void **state) {
    (void)state;
    static struct fixture_item items[6];
    for (uint32_t i = 0; i < 6; i++) items[i] = (struct fixture_item){.person = 950000 + i, .agreement = "satu-lagi", .partition = 0};
    items[2] = (struct fixture_item){.person = 7, .partition = 0}; /* a repeat among them */
    items[3] = (struct fixture_item){.unreadable = true, .partition = 0};
    struct stage_batch *batch = fixture_batch(&fixture, items, 4);
    EXPECT_OK(fixture_run(book, batch));
    struct outcome first[4];
    for (size_t i = 0; i < 4; i++) first[i] = *fixture_outcome(batch, i);
    const int64_t outcomes = number("SELECT count(*) FROM ledger.outcome");
    fixture.moment_ms += 60000;
    batch = fixture_batch(&fixture, items, 6); /* the same four and two more */
    EXPECT_OK(fixture_run(book, batch));
    for (size_t i = 0; i < 4; i++) {
        const struct outcome *again = fixture_outcome(batch, i);
        assert_int_equal(again->status, first[i].status);
        assert_int_equal(again->commit_sequence, first[i].commit_sequence);
        assert_int_equal(again->decided_at_ms, first[i].decided_at_ms);
        assert_int_equal(again->amount, first[i].amount);
        assert_int_equal(again->repeat, first[i].repeat);
    }
    assert_int_equal(number("SELECT count(*) FROM ledger.outcome"), outcomes + 2);
    batch = fixture_batch(&fixture, items, 6); /* all of it again: nothing is posted */
    EXPECT_OK(fixture_run(book, batch));
    assert_int_equal(number("SELECT count(*) FROM ledger.outcome"), outcomes + 2);
    items[0].person = 959999; /* another application where one was decided: the log was cut */
    EXPECT_FATE(FATE_HALT, fixture_run(book, fixture_batch(&fixture, items, 6)));
    items[0].person = 950000;
    (void)fixture_batch(&fixture, items, 6);
    fixture_passed(&fixture);
}

static void a_gap_stops_the_partition_and_a_new_epoch_begins_clean(void **state) {
    (void)state;
    const struct fixture_item item = {.person = 960000, .agreement = "satu-lagi", .partition = 0};
    const int64_t next = fixture.next[0];
    fixture.next[0] = next + 1; /* one record was lost */
    struct err err = fixture_run(book, fixture_batch(&fixture, &item, 1));
    EXPECT_FATE(FATE_HALT, err);
    assert_non_null(strstr(err.text, "ALARM"));
    fixture.next[0] = fixture.first_origin[0] = 100;
    fixture.epoch[0] = 2;
    fixture.next[0] = 101;
    EXPECT_FATE(FATE_HALT, fixture_run(book, fixture_batch(&fixture, &item, 1))); /* not from the beginning of the epoch */
    fixture.next[0] = 100;
    EXPECT_OK(fixture_run(book, fixture_batch(&fixture, &item, 1)));
    fixture_passed(&fixture);
    assert_int_equal(number("SELECT closed_at_next FROM ledger.lineage_epoch WHERE partition = 0 AND epoch = 1"), next);
    assert_int_equal(number("SELECT next FROM ledger.lineage WHERE partition = 0"), 101);
    fixture.epoch[0] = 1; /* a zombie of the old epoch */
    EXPECT_FATE(FATE_FENCED, fixture_run(book, fixture_batch(&fixture, &item, 1)));
    fixture.epoch[0] = 2;
}

static void another_payer_wins_between_look_and_commit(void **state) {
    (void)state;
    const struct fixture_item item = {.person = 970000, .agreement = "satu-lagi", .partition = 3};
    struct stage_batch *batch = fixture_batch(&fixture, &item, 1);
    struct posting *posting;
    EXPECT_OK(book_load(book, batch, &posting));
    struct decided decided;
    const struct posting_question question = {.partition = 3, .lineage = batch->items[0].lineage, .priced = batch->items[0].in};
    assert_int_equal(posting_decide(posting, &question, &decided), POSTING_DONE);
    assert_int_equal(decided.outcome.status, OUTCOME_ACCEPTED);

    static struct fixture other; /* meanwhile in partition 1, by another instance */
    fixture_start(&other);
    other.next[1] = fixture.next[1];
    struct book *second;
    EXPECT_OK(book_open(getenv("PGURL"), &second));
    EXPECT_OK(fixture_agreement(pg, other.arena, "tiga", "Pemkab Tiga", 1000000000, -1));
    const struct fixture_item taken = {.person = 970000, .application = 970001, .agreement = "tiga", .partition = 1};
    EXPECT_OK(fixture_run(second, fixture_batch(&other, &taken, 1)));
    fixture.next[1]++;
    book_close(second);
    arena_destroy(other.arena);

    struct err err = book_save(book, posting, batch);
    EXPECT_FATE(FATE_AGAIN, err);
    book_undo(book);
    batch = fixture_batch(&fixture, &item, 1);
    EXPECT_OK(fixture_run(book, batch));
    assert_int_equal(fixture_outcome(batch, 0)->status, OUTCOME_REJECTED);
    assert_true(code_set_has(fixture_outcome(batch, 0)->codes, CODE_E21));
    fixture_passed(&fixture);
}

static void a_server_that_stands_still_is_given_up_and_asked_again(void **state) {
    struct pg *third = NULL;
    struct pg_rows rows;
    struct arena *arena = arena_create(1 << 20);
    EXPECT_OK(pg_open(getenv("PGURL"), "payung-test", &third));
    pg_patience(third, 300);
    EXPECT_OK(pg_run(third, arena, "SELECT pg_backend_pid()", NULL, &rows));
    const pid_t server = pg_int4(&rows, 0, 0); /* only this session's process */
    assert_int_equal(kill(server, SIGSTOP), 0);
    const int64_t began_us = clock_monotonic_us();
    struct err err = pg_run(third, arena, "SELECT 1", NULL, &rows);
    assert_int_equal(err.fate, FATE_AGAIN);
    assert_non_null(strstr(err.text, "did not answer"));
    assert_in_range(clock_monotonic_us() - began_us, 300 * 1000, 5000 * 1000);
    pg_rollback(third);
    pg_patience(third, 10000);
    EXPECT_OK(pg_run(third, arena, "SELECT 2", NULL, &rows)); /* a new session */
    assert_int_equal(pg_int4(&rows, 0, 0), 2);
    assert_int_equal(kill(server, SIGCONT), 0);
    pg_close(third);
    arena_destroy(arena);
}

static void the_database_refuses_changes_of_what_is_booked(void **state) {
    (void)state;
    EXPECT_FATE(FATE_FATAL, pg_script(pg, "UPDATE ledger.entry SET amount = amount + 1"));
    EXPECT_FATE(FATE_FATAL, pg_script(pg, "DELETE FROM ledger.outcome"));
    EXPECT_FATE(FATE_SPLIT, pg_script(pg, "UPDATE ledger.budget SET committed = pagu + 1 WHERE agreement_no = 1"));
    EXPECT_FATE(FATE_SPLIT, pg_script(pg, "UPDATE ledger.cover SET jkk = 0 WHERE jkk > 0"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kepahiang_takes_1984_and_16_wait_in_order), cmocka_unit_test(an_amount_above_the_pagu_waits_alone),
        cmocka_unit_test(a_full_quota_makes_all_later_ones_wait), cmocka_unit_test(whoever_is_covered_is_not_covered_twice),
        cmocka_unit_test(a_second_submission_repeats_the_first_answer), cmocka_unit_test(what_cannot_be_enrolled_has_its_outcome_too),
        cmocka_unit_test(what_the_database_refuses_is_parked_alone),
        cmocka_unit_test(after_a_crash_the_stored_outcomes_are_published_again), cmocka_unit_test(a_gap_stops_the_partition_and_a_new_epoch_begins_clean),
        cmocka_unit_test(another_payer_wins_between_look_and_commit), cmocka_unit_test(a_server_that_stands_still_is_given_up_and_asked_again),
        cmocka_unit_test(the_database_refuses_changes_of_what_is_booked),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
