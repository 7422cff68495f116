/* The rate of a partner: a burst goes through, then one request for each part of a second; others are not touched by it. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>

#include "services/ingestion/rate.h"

static int taken(struct rates *rates, const char *partner, int64_t now_us, int count) {
    int good = 0;
    for (int i = 0; i < count; i++) good += rate_take(rates, partner, now_us);
    return good;
}

static void a_burst_goes_through_then_the_rate(void **state) {
    struct rates rates = {.per_second = 10, .burst = 5};
    const int64_t start = 1000000;
    assert_int_equal(taken(&rates, "a", start, 20), 5);
    assert_int_equal(taken(&rates, "a", start + 99 * 1000, 20), 0);
    assert_int_equal(taken(&rates, "a", start + 100 * 1000, 20), 1);
    assert_int_equal(taken(&rates, "a", start + 400 * 1000, 20), 3);
    assert_int_equal(taken(&rates, "a", start + 60 * 1000000, 20), 5); /* never more than a burst */
}

static void over_a_minute_it_is_the_rate(void **state) {
    struct rates rates = {.per_second = 2000, .burst = 4000};
    int good = 0;
    for (int64_t us = 0; us < 10 * 1000000; us += 250) good += rate_take(&rates, "a", us);
    assert_int_equal(good, 4000 + 10 * 2000 - 1); /* asked at 4000/s: the burst, then the rate; the last moment is not over yet */
}

static void partners_do_not_share(void **state) {
    struct rates rates = {.per_second = 1, .burst = 1};
    assert_int_equal(taken(&rates, "a", 1, 3), 1);
    assert_int_equal(taken(&rates, "b", 1, 3), 1);
    assert_int_equal(taken(&rates, "a", 2, 3), 0);
}

static void more_partners_than_places_forget_the_quietest(void **state) {
    struct rates rates = {.per_second = 1, .burst = 1};
    char name[8];
    for (int i = 0; i <= RATE_PARTNERS_MAX; i++) {
        (void)snprintf(name, sizeof name, "p%d", i);
        assert_true(rate_take(&rates, name, 1000 + i));
    }
    assert_false(rate_take(&rates, name, 2000)); /* the last one is remembered */
    assert_true(rate_take(&rates, "p0", 2000));  /* the first one was forgotten: a full bucket */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_goes_through_then_the_rate), cmocka_unit_test(over_a_minute_it_is_the_rate),
        cmocka_unit_test(partners_do_not_share), cmocka_unit_test(more_partners_than_places_forget_the_quietest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
