/* Lists give way to single persons: the bound is halved while they wait too long, grows while they don't, and is wide when nobody waits. */
#include "tests/unit/cmocka_all.h"

#include "services/ingestion/pace.h"

enum { TARGET_US = 30000, FAST_US = 5000, SLOW_US = 90000 };

/* A look later: `slow` of ten answers took too long. */
static int64_t after(struct pace *pace, int64_t *now_us, int slow) {
    for (int i = 0; i < 10; i++) pace_note(pace, *now_us, i < slow ? SLOW_US : FAST_US, TARGET_US);
    *now_us += PACE_LOOK_US;
    return pace_rows(pace, *now_us);
}

static void with_nobody_waiting_it_is_wide(void **state) {
    struct pace pace = {0};
    assert_int_equal(pace_rows(&pace, 1), PACE_ROWS_MAX);
    assert_int_equal(pace_rows(&pace, 1 + PACE_QUIET_US), PACE_ROWS_MAX);
}

static void it_is_halved_while_people_wait_and_never_shut(void **state) {
    struct pace pace = {0};
    int64_t now_us = 1;
    assert_int_equal(pace_rows(&pace, now_us), PACE_ROWS_MAX);
    assert_int_equal(after(&pace, &now_us, 2), PACE_ROWS_MAX / 2);
    assert_int_equal(after(&pace, &now_us, 10), PACE_ROWS_MAX / 4);
    for (int i = 0; i < 20; i++) (void)after(&pace, &now_us, 10);
    assert_int_equal(after(&pace, &now_us, 10), PACE_ROWS_MIN);
}

static void one_slow_answer_of_ten_is_no_reason(void **state) {
    struct pace pace = {.rows = 1000};
    int64_t now_us = 1;
    assert_int_equal(after(&pace, &now_us, 1), 1000 + 100 + 1000 / 16);
}

static void it_grows_again_up_to_the_bound(void **state) {
    struct pace pace = {.rows = PACE_ROWS_MIN};
    int64_t now_us = 1, before = 0;
    for (int i = 0; i < 100; i++) {
        const int64_t rows = after(&pace, &now_us, 0);
        assert_true(rows > before || rows == PACE_ROWS_MAX);
        before = rows;
    }
    assert_int_equal(before, PACE_ROWS_MAX);
}

static void between_two_looks_nothing_changes(void **state) {
    struct pace pace = {.rows = 1000};
    assert_int_equal(pace_rows(&pace, PACE_LOOK_US), PACE_ROWS_MAX); /* nobody ever waited */
    pace_note(&pace, PACE_LOOK_US, SLOW_US, TARGET_US);
    assert_int_equal(pace_rows(&pace, 2 * PACE_LOOK_US - 1), PACE_ROWS_MAX);
    assert_int_equal(pace_rows(&pace, 2 * PACE_LOOK_US), PACE_ROWS_MAX / 2);
}

static void when_it_is_quiet_again_it_is_wide_at_once(void **state) {
    struct pace pace = {.rows = PACE_ROWS_MIN};
    pace_note(&pace, 1, SLOW_US, TARGET_US);
    assert_int_equal(pace_rows(&pace, 2), PACE_ROWS_MIN);
    assert_int_equal(pace_rows(&pace, 2 + PACE_QUIET_US), PACE_ROWS_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_nobody_waiting_it_is_wide),       cmocka_unit_test(it_is_halved_while_people_wait_and_never_shut), cmocka_unit_test(one_slow_answer_of_ten_is_no_reason),
        cmocka_unit_test(it_grows_again_up_to_the_bound),       cmocka_unit_test(between_two_looks_nothing_changes),             cmocka_unit_test(when_it_is_quiet_again_it_is_wide_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
