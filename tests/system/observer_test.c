/* What the console tells of the books, beside a real PostgreSQL: the walk comes to its end in small steps, a ledger that is right has no imbalance, and whatever is written past the services is told in
 * rupiah: at once in budgets and new journals, at the next walk in old ones. PGURL and PGURL_OWNER name an empty database. */
#include "tests/system/ledger_fixture.h"

#include "common/tables/meters.h"
#include "services/console/observer.h"
#include "tests/system/expect.h"

enum { A_DAY = 24 * 60 * 60 };

static struct pg *owner, *console; /* who tampers; of the services, who only looks */
static struct arena *arena;

static void sql(const char *text) { EXPECT_OK(pg_script(owner, text)); }

/* A look that takes at most so many journals. */
static int64_t imbalance_after(int64_t journals_max, int64_t again_seconds) {
    const struct observer_steps steps = {.journals_max = journals_max, .again_seconds = again_seconds};
    arena_reset(arena);
    EXPECT_OK(observer_walk_ledger(console, arena, &steps));
    return meter_get(METER_LEDGER_IMBALANCE, 0);
}

static int64_t imbalance(void) { return imbalance_after(OBSERVER_JOURNALS_MAX, A_DAY); }

static int64_t journals(void) {
    struct pg_rows rows;
    arena_reset(arena);
    EXPECT_OK(pg_run(console, arena, "SELECT count(*) FROM ledger.journal", NULL, &rows));
    return pg_int8(&rows, 0, 0);
}

static void books_that_balance_are_walked_in_small_steps(void **state) {
    const int64_t all = journals();
    assert_true(all > 8);
    for (int64_t left = all; left > 0;) {
        assert_int_equal(imbalance_after(3, A_DAY), 0);
        left = left > 3 ? left - 3 : 0;
        assert_int_equal(meter_get(METER_LEDGER_UNWALKED, 0), left);
    }
    assert_int_equal(imbalance_after(3, A_DAY), 0);
}

static void a_budget_that_says_something_else_is_told(void **state) {
    static const struct {
        const char *made, *mended;
        int64_t rupiah;
    } faults[] = {
        {"UPDATE ledger.budget SET receivable = receivable + 700 WHERE agreement_no = 1", "UPDATE ledger.budget SET receivable = receivable - 700 WHERE agreement_no = 1", 700},
        {"UPDATE ledger.budget SET committed = committed - 16800 WHERE agreement_no = 1", "UPDATE ledger.budget SET committed = committed + 16800 WHERE agreement_no = 1", 16800},
        {"UPDATE ledger.budget SET credit = credit + 5 WHERE agreement_no = 2", "UPDATE ledger.budget SET credit = credit - 5 WHERE agreement_no = 2", 5},
        /* two faults don't hide each other */
        {"UPDATE ledger.budget SET committed = committed + CASE agreement_no WHEN 1 THEN -9 ELSE 9 END WHERE agreement_no IN (1, 2)",
         "UPDATE ledger.budget SET committed = committed - CASE agreement_no WHEN 1 THEN -9 ELSE 9 END WHERE agreement_no IN (1, 2)", 18},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        sql(faults[i].made);
        assert_int_equal(imbalance(), faults[i].rupiah);
        sql(faults[i].mended);
        assert_int_equal(imbalance(), 0);
    }
}

static void a_journal_that_does_not_balance_is_told(void **state) {
    sql("ALTER TABLE ledger.journal DISABLE TRIGGER USER; ALTER TABLE ledger.entry DISABLE TRIGGER USER;"
        "INSERT INTO ledger.journal SELECT (n.j).* FROM (SELECT jsonb_populate_record(j, jsonb_build_object('seq', j.seq + 1)) AS j FROM ledger.journal j WHERE agreement_no = 1 ORDER BY seq DESC LIMIT 1) n;"
        "INSERT INTO ledger.entry SELECT 1, max(seq), 1, 'KAS:BANK', -2500 FROM ledger.journal WHERE agreement_no = 1;"
        "UPDATE ledger.budget SET journal_seq = journal_seq + 1 WHERE agreement_no = 1");
    assert_int_equal(imbalance(), 2500);
    assert_int_equal(imbalance(), 2500); /* until it is mended */
    sql("DELETE FROM ledger.entry e USING ledger.budget b WHERE b.agreement_no = 1 AND e.agreement_no = 1 AND e.seq = b.journal_seq;"
        "DELETE FROM ledger.journal j USING ledger.budget b WHERE b.agreement_no = 1 AND j.agreement_no = 1 AND j.seq = b.journal_seq;"
        "UPDATE ledger.budget SET journal_seq = journal_seq - 1 WHERE agreement_no = 1");
    assert_int_equal(imbalance(), 0); /* a chain that is shorter than it was is walked anew */
}

static void an_old_entry_that_is_changed_is_told_by_the_next_walk(void **state) {
    sql("UPDATE ledger.entry SET amount = amount + 40 WHERE agreement_no = 1 AND seq = (SELECT min(seq) FROM ledger.entry WHERE agreement_no = 1) AND account LIKE 'KOMITMEN:%'");
    assert_int_equal(imbalance(), 0);
    assert_int_equal(imbalance_after(OBSERVER_JOURNALS_MAX, 0), 80); /* its journal by 40, and the budget by 40 */
    assert_int_equal(imbalance_after(1, 0), 80);                     /* what is known holds while it is walked anew */
    sql("UPDATE ledger.entry SET amount = amount - 40 WHERE agreement_no = 1 AND seq = (SELECT min(seq) FROM ledger.entry WHERE agreement_no = 1) AND account LIKE 'KOMITMEN:%'");
    (void)imbalance_after(OBSERVER_JOURNALS_MAX, 0);
    assert_int_equal(imbalance_after(OBSERVER_JOURNALS_MAX, 0), 0);
    sql("ALTER TABLE ledger.journal ENABLE TRIGGER USER; ALTER TABLE ledger.entry ENABLE TRIGGER USER");
}

static void a_lost_session_begins_anew(void **state) {
    pg_close(console);
    EXPECT_OK(pg_open(getenv("PGURL"), "test", &console));
    assert_int_equal(imbalance_after(1, A_DAY), 0);
    assert_int_equal(meter_get(METER_LEDGER_UNWALKED, 0), journals() - 1);
    assert_int_equal(imbalance(), 0);
    assert_int_equal(meter_get(METER_LEDGER_UNWALKED, 0), 0);
}

static void the_agreements_with_the_smallest_part_left_are_told(void **state) {
    char *text = NULL;
    size_t size = 0;
    arena_reset(arena);
    EXPECT_OK(observer_take_books(console, arena));
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    meters_print(file, "console", "0");
    assert_int_equal(fclose(file), 0);
    static const char lines[] = "payung_agreement_budget_left_rupiah{service=\"console\",instance=\"0\",agreement=\"satu\"} 8000\n"
                                "payung_agreement_budget_left_rupiah{service=\"console\",instance=\"0\",agreement=\"dua\"} 9798400\n#";
    if (strstr(text, lines) == NULL) fail_msg("not '%s' in:\n%s", lines, strstr(text, "payung_agreement_budget_left"));
    free(text);
}

static int set_up(void **state) {
    static struct fixture fixture;
    struct book *book;
    struct fixture_item items[10];
    arena = arena_create(64 * 1024 * 1024);
    EXPECT_OK(database_migrate());
    EXPECT_OK(pg_open(database_owner_url(), "test", &owner));
    EXPECT_OK(pg_open(getenv("PGURL"), "test", &console));
    fixture_start(&fixture);
    EXPECT_OK(fixture_agreement(console, arena, "satu", "Dinas Satu", 2024000, -1)); /* ten times 201,600 and a little */
    EXPECT_OK(fixture_agreement(console, arena, "dua", "Dinas Dua", 10000000, -1));
    EXPECT_OK(book_open(getenv("PGURL"), &book));
    for (int part = 0; part < 6; part++) {
        for (uint32_t i = 0; i < 2; i++) items[i] = (struct fixture_item){.person = (uint32_t)part * 2 + i + 1, .partition = 2};
        EXPECT_OK(fixture_run(book, fixture_batch(&fixture, items, 2)));
        fixture_passed(&fixture);
    }
    items[0] = (struct fixture_item){.person = 100, .agreement = "dua", .partition = 1};
    items[1] = (struct fixture_item){.unreadable = true, .partition = 1};
    EXPECT_OK(fixture_run(book, fixture_batch(&fixture, items, 2)));
    fixture_passed(&fixture);
    book_close(book);
    arena_destroy(fixture.arena);
    return 0;
}

static int tear_down(void **state) {
    pg_close(owner);
    pg_close(console);
    arena_destroy(arena);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(books_that_balance_are_walked_in_small_steps), cmocka_unit_test(a_budget_that_says_something_else_is_told), cmocka_unit_test(a_journal_that_does_not_balance_is_told),
        cmocka_unit_test(an_old_entry_that_is_changed_is_told_by_the_next_walk), cmocka_unit_test(a_lost_session_begins_anew), cmocka_unit_test(the_agreements_with_the_smallest_part_left_are_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
