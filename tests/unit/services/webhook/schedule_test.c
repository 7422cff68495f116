/* When a delivery is tried again: the waits that the specification proposes, never earlier, at most a fifth later; and what each answer means. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>

#include "services/webhook/schedule.h"

enum { SEEDS = 500 };

static void the_waits_are_those_of_the_specification(void **state) {
    static const int64_t waits_s[] = {5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};
    for (int attempts = 1; attempts < WEBHOOK_ATTEMPTS_MAX; attempts++) {
        const int64_t whole = waits_s[attempts - 1] * 1000;
        int64_t least = INT64_MAX, most = 0;
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            const struct webhook_verdict verdict = webhook_judge(500, 0, attempts, WEBHOOK_FIRST_MS, seed);
            assert_int_equal(verdict.fate, WEBHOOK_AGAIN);
            assert_false(verdict.is_gone || verdict.pause_ms != 0);
            if (verdict.delay_ms < least) least = verdict.delay_ms;
            if (verdict.delay_ms > most) most = verdict.delay_ms;
        }
        assert_true(least >= whole && most <= whole + whole / 5);
        assert_true(most - least > whole / 10); /* they are spread */
    }
}

static void another_first_wait_changes_all_of_them(void **state) {
    const int64_t second = webhook_judge(500, 0, 2, 50, 7).delay_ms, third = webhook_judge(500, 0, 3, 50, 7).delay_ms;
    assert_in_range(webhook_judge(500, 0, 1, 50, 7).delay_ms, 50, 60);
    assert_in_range(second, 3000, 3600);
    assert_in_range(third, 18000, 21600);
    assert_int_equal(webhook_judge(0, 0, 2, 50, 7).delay_ms, second); /* the same seed, the same wait */
}

static void an_answer_means(void **state) {
    static const struct {
        int status, attempts;
        int64_t retry_after_s;
        enum webhook_fate fate;
        bool is_gone;
        int64_t pause_s;
    } vectors[] = {
        {200, 1, 0, WEBHOOK_DELIVERED, false, 0}, {204, 10, 0, WEBHOOK_DELIVERED, false, 0}, {299, 1, 60, WEBHOOK_DELIVERED, false, 0}, {0, 1, 0, WEBHOOK_AGAIN, false, 0}, {199, 1, 0, WEBHOOK_AGAIN, false, 0},
        {301, 1, 0, WEBHOOK_AGAIN, false, 0}, {308, 1, 0, WEBHOOK_AGAIN, false, 0}, {400, 1, 0, WEBHOOK_AGAIN, false, 0}, {404, 9, 60, WEBHOOK_AGAIN, false, 0}, {410, 1, 0, WEBHOOK_FAILED, true, 0},
        {410, 10, 60, WEBHOOK_FAILED, true, 0}, {429, 1, 60, WEBHOOK_AGAIN, false, 60}, {503, 1, 3600, WEBHOOK_AGAIN, false, 3600}, {503, 1, 864000, WEBHOOK_AGAIN, false, 86400},
        {503, 1, 0, WEBHOOK_AGAIN, false, 0}, {502, 1, 60, WEBHOOK_AGAIN, false, 0}, {500, 9, 0, WEBHOOK_AGAIN, false, 0}, {500, 10, 0, WEBHOOK_FAILED, false, 0}, {429, 10, 60, WEBHOOK_FAILED, false, 60},
        {500, 11, 0, WEBHOOK_FAILED, false, 0}, {0, 10, 0, WEBHOOK_FAILED, false, 0},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct webhook_verdict verdict = webhook_judge(vectors[i].status, vectors[i].retry_after_s, vectors[i].attempts, WEBHOOK_FIRST_MS, i);
        if (verdict.fate != vectors[i].fate || verdict.is_gone != vectors[i].is_gone || verdict.pause_ms != vectors[i].pause_s * 1000) fail_msg("%d at attempt %d", vectors[i].status, vectors[i].attempts);
        if (verdict.fate == WEBHOOK_AGAIN) assert_true(verdict.delay_ms >= verdict.pause_ms && verdict.delay_ms >= WEBHOOK_FIRST_MS);
        else assert_int_equal(verdict.delay_ms, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_waits_are_those_of_the_specification),
        cmocka_unit_test(another_first_wait_changes_all_of_them),
        cmocka_unit_test(an_answer_means),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
