/* A service that does not answer is left alone for a growing while, probed, and never given up. */
#include "services/eligibility/breaker.h"

#include "tests/unit/cmocka_all.h"

static void a_failure_opens_it_and_an_answer_closes_it(void **state) {
    (void)state;
    struct breaker breaker = {0};
    assert_int_equal(breaker_state(&breaker, 0), BREAKER_CLOSED);
    breaker_tell(&breaker, true, 1000, 1);
    assert_int_equal(breaker_state(&breaker, 1000), BREAKER_CLOSED);
    breaker_tell(&breaker, false, 1000, 1);
    assert_int_equal(breaker_state(&breaker, 1000), BREAKER_OPEN);
    assert_int_equal(breaker_state(&breaker, 1000 + BREAKER_FIRST_MS / 2 - 1), BREAKER_OPEN);
    assert_int_equal(breaker_state(&breaker, 1000 + BREAKER_FIRST_MS), BREAKER_PROBE);
    breaker_tell(&breaker, true, 3000, 1);
    assert_int_equal(breaker_state(&breaker, 3000), BREAKER_CLOSED);
}

static void the_pause_grows_to_its_cap_and_stays_in_its_upper_half(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct breaker breaker = {0};
        int64_t whole = BREAKER_FIRST_MS;
        for (int i = 0; i < 100; i++) {
            breaker_tell(&breaker, false, 0, seed);
            assert_true(breaker.retry_at_ms >= whole / 2 && breaker.retry_at_ms <= whole);
            whole = whole * 2 < BREAKER_CAP_MS ? whole * 2 : BREAKER_CAP_MS;
        }
        assert_int_equal(breaker_state(&breaker, BREAKER_CAP_MS), BREAKER_PROBE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_failure_opens_it_and_an_answer_closes_it), cmocka_unit_test(the_pause_grows_to_its_cap_and_stays_in_its_upper_half)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
