/* Lists give way to single persons: the bound is halved while they wait too long, grows while they don't, and is wide when nobody waits. */
#include "tests/unit/cmocka_all.h"

#include "services/ingestion/pace.h"

enum { MOST = 20000, TARGET_US = 30000, FAST_US = 5000, SLOW_US = 90000 };

/* A look later: `slow` of ten answers took too long. */
static int64_t rows_at(struct pace *pace, int64_t now_us) {
    (void)pace_allows(pace, now_us, 0);
    return pace->rows;
}

static int64_t after(struct pace *pace, int64_t *now_us, int slow) {
    for (int i = 0; i < 10; i++) pace_note(pace, *now_us, i < slow ? SLOW_US : FAST_US, TARGET_US);
    *now_us += PACE_LOOK_US;
    return rows_at(pace, *now_us);
}

static void with_nobody_waiting_it_is_wide(void **state) {
    struct pace pace = {.most = MOST};
    assert_int_equal(rows_at(&pace, 1), MOST);
    assert_int_equal(rows_at(&pace, 1 + PACE_QUIET_US), MOST);
}

static void it_is_halved_while_people_wait_and_never_shut(void **state) {
    struct pace pace = {.most = MOST};
    int64_t now_us = 1;
    assert_int_equal(rows_at(&pace, now_us), MOST);
    assert_int_equal(after(&pace, &now_us, 2), MOST / 2);
    assert_int_equal(after(&pace, &now_us, 10), MOST / 4);
    for (int i = 0; i < 20; i++) (void)after(&pace, &now_us, 10);
    assert_int_equal(after(&pace, &now_us, 10), PACE_ROWS_MIN);
}

static void one_slow_answer_of_ten_is_no_reason(void **state) {
    struct pace pace = {.most = MOST, .rows = 1000};
    int64_t now_us = 1;
    assert_int_equal(after(&pace, &now_us, 1), 1000 + 25 + 1000 / 16);
}

static void it_grows_again_up_to_the_bound(void **state) {
    struct pace pace = {.most = MOST, .rows = PACE_ROWS_MIN};
    int64_t now_us = 1, before = 0;
    for (int i = 0; i < 200; i++) {
        const int64_t rows = after(&pace, &now_us, 0);
        assert_true(rows > before || rows == MOST);
        before = rows;
    }
    assert_int_equal(before, MOST);
}

static void between_two_looks_nothing_changes(void **state) {
    struct pace pace = {.most = MOST, .rows = 1000};
    int64_t now_us = 1;
    assert_int_equal(after(&pace, &now_us, 10), 500);
    for (int i = 0; i < 10; i++) pace_note(&pace, now_us, SLOW_US, TARGET_US);
    assert_int_equal(rows_at(&pace, now_us + PACE_LOOK_US - 1), 500);
    assert_int_equal(rows_at(&pace, now_us + PACE_LOOK_US), 250);
}

static void a_few_answers_are_kept_until_they_say_something(void **state) {
    struct pace pace = {.most = MOST, .rows = 1000};
    int64_t now_us = 1;
    assert_int_equal(after(&pace, &now_us, 0), 1000 + 25 + 1000 / 16);
    const int64_t rows = pace.rows, since_us = now_us;
    while ((now_us += PACE_LOOK_US) < since_us + PACE_PATIENCE_US) {
        pace_note(&pace, now_us, SLOW_US, TARGET_US);
        assert_int_equal(rows_at(&pace, now_us), rows);
    }
    assert_int_equal(rows_at(&pace, now_us), rows / 2);
}

static void from_look_to_look_no_more_than_that_is_handed_over(void **state) {
    struct pace pace = {.most = MOST, .rows = 1000};
    int64_t now_us = 1;
    const int64_t rows = after(&pace, &now_us, 0);
    assert_true(pace_allows(&pace, now_us, rows - 1));
    assert_false(pace_allows(&pace, now_us, rows));
    pace_sent(&pace, rows + 10);
    assert_false(pace_allows(&pace, now_us, 0));
    assert_false(pace_allows(&pace, now_us + PACE_LOOK_US - 1, 0));
    assert_true(pace_allows(&pace, now_us + PACE_LOOK_US, 0));
    pace_sent(&pace, 3 * rows);
    assert_false(pace_allows(&pace, now_us + 2 * PACE_LOOK_US, 0)); /* what was overdrawn counts */
    assert_true(pace_allows(&pace, now_us + PACE_QUIET_US + PACE_LOOK_US, 0)); /* but not when nobody waits */
}

static void when_it_is_quiet_again_it_is_wide_at_once(void **state) {
    struct pace pace = {.most = MOST, .rows = PACE_ROWS_MIN};
    pace_note(&pace, 1, SLOW_US, TARGET_US);
    assert_int_equal(rows_at(&pace, 2), PACE_ROWS_MIN);
    assert_int_equal(rows_at(&pace, 2 + PACE_QUIET_US), MOST);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_nobody_waiting_it_is_wide),       cmocka_unit_test(it_is_halved_while_people_wait_and_never_shut), cmocka_unit_test(one_slow_answer_of_ten_is_no_reason),
        cmocka_unit_test(it_grows_again_up_to_the_bound),       cmocka_unit_test(between_two_looks_nothing_changes),             cmocka_unit_test(when_it_is_quiet_again_it_is_wide_at_once),
        cmocka_unit_test(a_few_answers_are_kept_until_they_say_something), cmocka_unit_test(from_look_to_look_no_more_than_that_is_handed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
