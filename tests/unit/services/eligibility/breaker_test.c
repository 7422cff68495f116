/* A service that does not answer is left alone for a growing while, probed, and never given up. */
#include "services/eligibility/breaker.h"

#include "tests/unit/cmocka_all.h"

static void a_failure_opens_it_and_an_answer_closes_it(void **state) {
    (void)state;
    struct breaker breaker = {0};
    assert_int_equal(breaker_state(&breaker, 0), BREAKER_CLOSED);
    breaker_tell(&breaker, 10, 1, 1000, 1);
    assert_int_equal(breaker_state(&breaker, 1000), BREAKER_CLOSED);
    breaker_tell(&breaker, 10, 0, 1000, 1);
    assert_int_equal(breaker_state(&breaker, 1000), BREAKER_OPEN);
    assert_int_equal(breaker_state(&breaker, 1000 + BREAKER_FIRST_MS / 2 - 1), BREAKER_OPEN);
    assert_int_equal(breaker_state(&breaker, 1000 + BREAKER_FIRST_MS), BREAKER_PROBE);
    breaker_tell(&breaker, 1, 1, 3000, 1);
    assert_int_equal(breaker_state(&breaker, 3000), BREAKER_CLOSED);
}

static void the_pause_grows_to_its_cap_and_stays_in_its_upper_half(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct breaker breaker = {0};
        int64_t whole = BREAKER_FIRST_MS;
        for (int i = 0; i < 100; i++) {
            breaker_tell(&breaker, BREAKER_TOLERATED, 0, 0, seed);
            assert_true(breaker.retry_at_ms >= whole / 2 && breaker.retry_at_ms <= whole);
            whole = whole * 2 < BREAKER_CAP_MS ? whole * 2 : BREAKER_CAP_MS;
        }
        assert_int_equal(breaker_state(&breaker, BREAKER_CAP_MS), BREAKER_PROBE);
    }
}

static void one_person_whose_question_fails_does_not_open_it(void **state) {
    (void)state;
    struct breaker breaker = {0};
    for (int i = 0; i < 10; i++) {
        breaker_tell(&breaker, 1, 0, i, 1);
        assert_int_equal(breaker_state(&breaker, i), BREAKER_CLOSED);
        breaker_tell(&breaker, 1, 1, i, 1);
    }
    for (int i = 0; i < BREAKER_TOLERATED; i++) breaker_tell(&breaker, 1, 0, 0, 1);
    assert_int_equal(breaker_state(&breaker, 0), BREAKER_OPEN);
    breaker_tell(&breaker, 1, 0, 5000, 1); /* a probe */
    assert_int_equal(breaker_state(&breaker, 5000), BREAKER_OPEN);
    assert_int_equal(breaker.failures, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_person_whose_question_fails_does_not_open_it), cmocka_unit_test(a_failure_opens_it_and_an_answer_closes_it), cmocka_unit_test(the_pause_grows_to_its_cap_and_stays_in_its_upper_half)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
