/* The ledger's transaction on a real PostgreSQL: who is in, who waits, what a crash, a repeat, a gap, a zombie and a second payer do. PGURL names an empty database. */
#include "tests/system/ledger_fixture.h"

#include "tests/system/expect.h"

#include <signal.h>

#include "common/edge/clock.h"
#include "common/wire/wire.h"
#include "services/ledger/agreement_report.h"
#include "services/ledger/balance.h"

static struct fixture fixture;
static struct book *book;
static struct pg *pg; /* a second session: looks from outside */

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
    const char *url = getenv("PGURL");
    assert_non_null(url);
    EXPECT_OK(database_migrate());
    EXPECT_OK(pg_open(url, "test", &pg));
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

/* "attempt/seconds until due/seconds since first" of every row of this agreement, by person; the record must be that attempt's. */
static void expect_due(size_t count, const int64_t (*rows)[3]) {
    struct arena *arena = arena_create(1 << 20);
    struct pg_rows found;
    EXPECT_OK(pg_run(pg, arena,
                     "SELECT attempt, due_at, first_pending_at, record, partition, origin FROM ledger.pending JOIN ledger.agreement USING (agreement_no)"
                     " WHERE ledger.agreement.agreement_id = 'satu-lagi' ORDER BY due_at, attempt",
                     NULL, &found));
    assert_int_equal(found.count, count);
    for (size_t i = 0; i < count; i++) {
        struct submitted submitted;
        assert_int_equal(pg_int4(&found, i, 0), rows[i][0]);
        assert_int_equal(pg_timestamp_ms(&found, i, 1) - fixture.moment_ms, rows[i][1] * 1000);
        assert_int_equal(fixture.moment_ms - pg_timestamp_ms(&found, i, 2), rows[i][2] * 1000);
        assert_true(wire_decode_submitted(arena, pg_bytes(&found, i, 3), &submitted));
        assert_int_equal(submitted.application.attempt, rows[i][0]);
        assert_true(slice_is(submitted.application.sealed_person, "sealed") && slice_is(submitted.application.agreement_id, "satu-lagi"));
        assert_int_equal(pg_int4(&found, i, 4), 3);
        assert_int_equal(submitted.application.row, pg_int8(&found, i, 5) + 1); /* of the last attempt: the fixture numbers rows by origin */
    }
    arena_destroy(arena);
}

static void who_waits_has_his_next_attempt_until_it_is_decided(void **state) {
    (void)state;
    const struct code_set p01 = code_set_with((struct code_set){0}, CODE_P01);
    struct fixture_item items[] = {
        {.person = 990001, .agreement = "satu-lagi", .verdict = VERDICT_PENDING, .codes = p01, .partition = 3},
        {.person = 990002, .agreement = "satu-lagi", .verdict = VERDICT_PENDING, .codes = p01, .partition = 3},
        {.person = 990001, .agreement = "satu-lagi", .verdict = VERDICT_PENDING, .codes = p01, .attempt = 2, .partition = 3},
    };
    EXPECT_OK(fixture_run(book, fixture_batch(&fixture, items, 2)));
    const int64_t first[][3] = {{2, 60, 0}, {2, 60, 0}};
    expect_due(2, first);
    EXPECT_OK(fixture_run(book, fixture_batch(&fixture, items, 3))); /* the same two after a crash, and the second attempt of one, in one batch */
    const int64_t both[][3] = {{2, 60, 0}, {3, 120, 0}};
    expect_due(2, both);
    fixture_passed(&fixture);
    fixture.moment_ms += 100000;
    struct fixture_item later[] = {
        {.person = 990002, .agreement = "satu-lagi", .verdict = VERDICT_PENDING, .codes = p01, .attempt = 2, .partition = 3},
        {.person = 990001, .agreement = "satu-lagi", .verdict = VERDICT_PENDING, .codes = p01, .partition = 3}, /* the list once more: a repeat, nothing moves */
        {.person = 990001, .agreement = "satu-lagi", .attempt = 3, .partition = 3},
    };
    EXPECT_OK(fixture_run(book, fixture_batch(&fixture, later, 2)));
    const int64_t moved[][3] = {{3, 20, 100}, {3, 120, 100}};
    expect_due(2, moved);
    EXPECT_OK(fixture_run(book, fixture_batch(&fixture, later, 3)));
    expect_due(1, moved + 1);
    assert_int_equal(fixture_outcome(&fixture.batch, 2)->status, OUTCOME_ACCEPTED);
    fixture_passed(&fixture);
    fixture.moment_ms += 100000;
    struct fixture_item whole[] = { /* the log read anew in one batch: an attempt that waits and the one that ends it */
        {.person = 990003, .agreement = "satu-lagi", .verdict = VERDICT_PENDING, .codes = p01, .partition = 3},
        {.person = 990003, .agreement = "satu-lagi", .verdict = VERDICT_PENDING, .codes = p01, .attempt = 2, .partition = 3},
        {.person = 990003, .agreement = "satu-lagi", .verdict = VERDICT_REJECTED, .codes = code_set_with((struct code_set){0}, CODE_E71), .attempt = 3, .partition = 3},
        {.person = 990002, .agreement = "satu-lagi", .attempt = 3, .partition = 3},
    };
    EXPECT_OK(fixture_run(book, fixture_batch(&fixture, whole, 4)));
    expect_due(0, NULL);
    assert_int_equal(number("SELECT count(*) FROM ledger.outcome WHERE message_due = 'PENDING' AND attempt > 1"), 0);
    fixture_passed(&fixture);
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

static void office(const char *id, const char *payer, int64_t pagu, const char *more) {
    enum apply_answer answer = APPLY_REFUSED;
    struct document_problem problem = {.problem = ""};
    EXPECT_OK(fixture_office(pg, fixture.arena, id, payer, pagu, more, &answer, &problem));
    if (answer != APPLY_CREATED) fail_msg("%s: %s %s", id, problem.member, problem.problem);
}

/* One office pays for an employee, a project and two migrant workers; another one meets the project again. Prices: domain.md 8, U01, J04, M01, M10. */
static void all_segments_are_booked_each_in_its_accounts(void **state) {
    (void)state;
    office("payung", "Pemkab Serang", 1000000000, "");
    office("dinas-a", "Dinas A Kab. Serang", 12000000, ",\"parent\":\"payung\"");
    office("dinas-b", "Dinas B Kab. Serang", 100000000, ",\"parent\":\"payung\"");
    const struct fixture_item items[] = {
        {.person = 980001, .agreement = "dinas-a", .segment = SEGMENT_PU, .partition = 3},
        {.person = 980002, .agreement = "dinas-a", .segment = SEGMENT_JAKON, .partition = 3},
        {.person = 980003, .agreement = "dinas-a", .segment = SEGMENT_PMI, .partition = 3},
        {.person = 980004, .agreement = "dinas-a", .segment = SEGMENT_PMI, .programmes = 7, .partition = 3},
        {.person = 980002, .application = 980102, .agreement = "dinas-b", .segment = SEGMENT_JAKON, .partition = 3}, /* the same project, another office */
        {.person = 980003, .application = 980103, .agreement = "dinas-a", .segment = SEGMENT_PMI, .partition = 3},   /* the same worker, the same office */
        {.person = 980001, .application = 980101, .agreement = "dinas-b", .segment = SEGMENT_BPU, .partition = 3},   /* an employee with a trade of her own */
        {.person = 980005, .agreement = "dinas-a", .segment = SEGMENT_PU, .partition = 3},                           /* 5,544,000 are not left */
    };
    static const rupiah amounts[] = {5544000, 620000, 370000, 2770000, 0, 0, 201600, 0};
    static const enum outcome_status statuses[] = {OUTCOME_ACCEPTED, OUTCOME_ACCEPTED, OUTCOME_ACCEPTED, OUTCOME_ACCEPTED, OUTCOME_REJECTED, OUTCOME_DUPLICATE, OUTCOME_ACCEPTED,
                                                  OUTCOME_WAITLISTED};
    struct stage_batch *batch = fixture_batch(&fixture, items, 8);
    for (size_t i = 0; i < 8; i += 3) ((struct priced *)(uintptr_t)batch->items[i].in)->verdict.warnings = code_set_with((struct code_set){0}, CODE_W50);
    EXPECT_OK(fixture_run(book, batch));
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(fixture_outcome(batch, i)->status, statuses[i]);
        assert_int_equal(fixture_outcome(batch, i)->amount, amounts[i]);
    }
    assert_true(code_set_has(fixture_outcome(batch, 4)->codes, CODE_E21));
    fixture_passed(&fixture);

    struct agreement_balance balance;
    bool found = false;
    EXPECT_OK(agreement_balance(pg, fixture.arena, slice_text("dinas-a"), &found, &balance));
    assert_true(found);
    static const rupiah charges[LEDGER_CHARGES] = {12 * 12000 + 550000, 12 * 15000 + 70000, 12 * 285000 + 2400000, 12 * 150000, 740000};
    for (int i = 0; i < LEDGER_CHARGES; i++) assert_int_equal(balance.by_charge[i], charges[i]);
    assert_int_equal(balance.committed, 9304000);
    assert_int_equal(balance.left, 12000000 - 9304000);
    assert_true(balance.accepted == 4 && balance.waitlisted == 1);
    assert_true(balance.segments[SEGMENT_PU].committed == 5544000 && balance.segments[SEGMENT_PU].accepted == 1 && balance.segments[SEGMENT_PU].waitlisted == 1);
    assert_true(balance.segments[SEGMENT_JAKON].committed == 620000 && balance.segments[SEGMENT_PMI].committed == 3140000 && balance.segments[SEGMENT_PMI].accepted == 2);
    assert_int_equal(balance.segments[SEGMENT_BPU].accepted, 0);
    EXPECT_OK(agreement_balance(pg, fixture.arena, slice_text("tidak-ada"), &found, &balance));
    assert_false(found);
    assert_int_equal(number("SELECT sum(package)::bigint FROM ledger.outcome WHERE status = 1"), 740000);
    assert_int_equal(number("SELECT count(*) FROM ledger.outcome WHERE lines LIKE '%\"share\":\"WORKER\"%' AND lines LIKE '%\"share\":\"EMPLOYER\"%'"), 2);
    assert_int_equal(number("SELECT count(*) FROM ledger.outcome WHERE lines LIKE '%\"months\":1,\"once\":true%'"), 3);
    assert_int_equal(number("SELECT count(*) FROM ledger.cover WHERE segment = 4 AND jkk = jkm"), 2 * 3); /* 24 months from October are in three years */
    assert_int_equal(number("SELECT count(DISTINCT version) FROM ledger.journal WHERE version = 3"), 1);
}

static void an_umbrella_gives_each_rupiah_once(void **state) {
    (void)state;
    enum apply_answer answer;
    struct document_problem problem;
    static const struct {
        int64_t pagu;
        const char *more, *member;
    } refused[] = {
        {888000001, ",\"parent\":\"payung\"", "pagu"}, /* 1,000,000,000 - 112,000,000 are left */
        {1000, ",\"parent\":\"tidak-ada\"", "parent"},
        {1000, ",\"parent\":\"satu\"", "segments"}, /* only BPU there */
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        EXPECT_OK(fixture_office(pg, fixture.arena, "dinas-c", "Dinas C", refused[i].pagu, refused[i].more, &answer, &problem));
        assert_int_equal(answer, APPLY_REFUSED);
        assert_string_equal(problem.member, refused[i].member);
        assert_true(problem.problem[0] != '\0' && problem.remedy[0] != '\0');
    }
    assert_int_equal(number("SELECT count(*) FROM ledger.agreement WHERE agreement_id = 'dinas-c'"), 0);
    office("dinas-c", "Dinas C Kab. Serang", 887000000, ",\"parent\":\"payung\",\"options\":{\"data_source\":{\"kind\":\"DTKS\",\"date\":\"2024-06-30\"},\"desil_max\":4,"
                                                        "\"exclude_active\":true,\"region_scope\":\"PROVINCE\",\"occupations\":[\"0101\",\"0201\"],\"min_age\":18}");
    EXPECT_OK(fixture_office(pg, fixture.arena, "dinas-a", "Dinas A Kab. Serang", 12000000, ",\"parent\":\"payung\"", &answer, &problem));
    assert_int_equal(answer, APPLY_UNCHANGED); /* the same again asks for no money */
    assert_int_equal(number("SELECT delegated FROM ledger.budget JOIN ledger.agreement USING (agreement_no) WHERE agreement_id = 'payung'"), 999000000);

    /* what it gave away the umbrella can't commit itself: 1,000,000 are left */
    const struct fixture_item items[] = {{.person = 985001, .agreement = "payung", .segment = SEGMENT_JAKON, .partition = 3},
                                         {.person = 985002, .agreement = "payung", .segment = SEGMENT_JAKON, .partition = 3}};
    struct stage_batch *batch = fixture_batch(&fixture, items, 2);
    EXPECT_OK(fixture_run(book, batch));
    assert_int_equal(fixture_outcome(batch, 0)->status, OUTCOME_ACCEPTED);
    assert_int_equal(fixture_outcome(batch, 1)->status, OUTCOME_WAITLISTED);
    fixture_passed(&fixture);
    EXPECT_OK(fixture_office(pg, fixture.arena, "dinas-d", "Dinas D", 380001, ",\"parent\":\"payung\"", &answer, &problem));
    assert_int_equal(answer, APPLY_REFUSED); /* nor give away what it has committed */
    EXPECT_FATE(FATE_SPLIT, pg_script(pg, "UPDATE ledger.budget SET delegated = pagu - committed + 1 WHERE delegated > 0"));

    struct agreement_line *lines;
    size_t count = 0;
    EXPECT_OK(agreement_lines(pg, fixture.arena, slice_text("payung"), true, &lines, &count));
    assert_int_equal(count, 4);
    assert_true(slice_is(lines[0].id, "payung") && lines[0].depth == 0 && lines[0].delegated == 999000000 && lines[0].committed == 620000 && lines[0].waitlisted == 1);
    assert_true(slice_is(lines[1].id, "dinas-a") && lines[1].depth == 1 && lines[1].committed == 9304000 && slice_is(lines[1].parent, "payung"));
    assert_true(lines[1].warned == 2 && lines[2].warned == 1 && lines[0].warned == 0);
    assert_true(slice_is(lines[3].id, "dinas-c") && slice_is(lines[3].payer_name, "Dinas C Kab. Serang"));
    EXPECT_OK(agreement_lines(pg, fixture.arena, slice_text("tidak-ada"), true, &lines, &count));
    assert_int_equal(count, 0);
    EXPECT_OK(agreement_lines(pg, fixture.arena, slice_text(""), true, &lines, &count));
    assert_int_equal(count, (size_t)number("SELECT count(*) FROM ledger.agreement WHERE agreement_no > 0"));

    struct agreement_cache *cache = agreement_cache_create();
    const struct slice id = slice_text("dinas-c");
    EXPECT_OK(agreement_cache_fetch(cache, pg, fixture.arena, &id, 1, NULL, 0));
    const struct agreement *agreement = agreement_by_id(cache, id);
    assert_non_null(agreement);
    assert_true(agreement->data_source == DATA_SOURCE_DTKS && agreement->data_source_date == 20240630 && agreement->desil_max == 4 && agreement->exclude_active);
    assert_true(agreement->region_scope == SCOPE_PROVINCE && agreement->min_age == 18 && agreement->age_limit == 0 && slice_is(agreement->parent, "payung"));
    assert_true(agreement->occupation_count == 2 && slice_is(agreement->occupations[1], "0201"));
    agreement_cache_destroy(cache);
}

/* Two offices ask for the last money of the umbrella at once: the lock of its budget lets one in. */
static void two_offices_cannot_take_the_same_rupiah(void **state) {
    (void)state;
    enum apply_answer answer;
    struct document_problem problem;
    struct pg *other = NULL;
    EXPECT_OK(pg_open(getenv("PGURL"), "test-2", &other));
    EXPECT_OK(pg_begin(other));
    EXPECT_OK(pg_script(other, "UPDATE ledger.budget b SET committed = committed + 380000 FROM ledger.agreement a WHERE a.agreement_no = b.agreement_no AND a.agreement_id = 'payung'"));
    EXPECT_OK(pg_script(pg, "SET lock_timeout = '300ms'"));
    EXPECT_FATE(FATE_AGAIN, fixture_office(pg, fixture.arena, "dinas-e", "Dinas E", 380000, ",\"parent\":\"payung\"", &answer, &problem)); /* it waits for the other one */
    pg_rollback(pg);
    pg_rollback(other);
    pg_close(other);
    EXPECT_OK(pg_script(pg, "SET lock_timeout = '10s'"));
    EXPECT_OK(fixture_office(pg, fixture.arena, "dinas-e", "Dinas E", 380000, ",\"parent\":\"payung\"", &answer, &problem));
    assert_int_equal(answer, APPLY_CREATED);
    EXPECT_OK(fixture_office(pg, fixture.arena, "dinas-f", "Dinas F", 1, ",\"parent\":\"payung\"", &answer, &problem));
    assert_int_equal(answer, APPLY_REFUSED);
}

static void the_database_refuses_changes_of_what_is_booked(void **state) {
    (void)state;
    static const char *const changes[] = {"UPDATE ledger.entry SET amount = amount + 1", "DELETE FROM ledger.outcome"};
    struct pg *owner = NULL;
    EXPECT_OK(pg_open(database_owner_url(), "test-owner", &owner));
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        EXPECT_FATE(FATE_FATAL, pg_script(pg, changes[i])); /* who serves has no right to it */
        struct err err = pg_script(owner, changes[i]); /* who has every right meets the trigger */
        EXPECT_FATE(FATE_FATAL, err);
        assert_non_null(strstr(err.text, "insert-only"));
    }
    pg_close(owner);
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
        cmocka_unit_test(all_segments_are_booked_each_in_its_accounts), cmocka_unit_test(an_umbrella_gives_each_rupiah_once),
        cmocka_unit_test(two_offices_cannot_take_the_same_rupiah), cmocka_unit_test(another_payer_wins_between_look_and_commit), cmocka_unit_test(a_server_that_stands_still_is_given_up_and_asked_again),
        cmocka_unit_test(who_waits_has_his_next_attempt_until_it_is_decided), cmocka_unit_test(the_database_refuses_changes_of_what_is_booked),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
