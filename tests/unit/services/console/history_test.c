/* The past of the charts: sums over partitions, the oldest first, no more than a ring holds. */
#include "services/console/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static struct history history;

static json_int_t at(const json_t *list, size_t i) { return json_integer_value(json_array_get(list, i)); }

static void partitions_are_added_up(void **state) {
    const struct kafka_lag rows[] = {
        {.topic = TOPIC_SUBMITTED, .partition = 0, .committed = 5, .end = 8, .lag = 3}, {.topic = TOPIC_SUBMITTED, .partition = 1, .committed = -1, .end = 2, .lag = 2},
        {.topic = TOPIC_DECIDED, .partition = 0, .committed = 4, .end = 4}, {.topic = TOPIC_PAYMENT, .partition = 0, .committed = 100, .end = 100, .lag = 7},
    };
    (void)state;
    history = (struct history){0};
    history_take(&history, rows, sizeof rows / sizeof *rows, 1000);
    json_t *document = history_json(&history);
    const json_t *stages = json_object_get(document, "stages"), *first = json_array_get(stages, 0), *last = json_array_get(stages, 3);
    assert_int_equal(json_array_size(stages), HISTORY_STAGES);
    assert_int_equal(at(json_object_get(document, "submitted"), 0), 10);
    assert_string_equal(json_string_value(json_object_get(first, "group")), "payung-eligibility");
    assert_int_equal(at(json_object_get(first, "done"), 0), 5);
    assert_int_equal(at(json_object_get(first, "lag"), 0), 5);
    assert_int_equal(at(json_object_get(last, "done"), 0), 4);
    json_decref(document);
}

static void the_oldest_fall_out(void **state) {
    (void)state;
    history = (struct history){0};
    json_t *document = history_json(&history);
    assert_int_equal(json_array_size(json_object_get(document, "at")), 0);
    json_decref(document);
    for (int64_t i = 1; i <= HISTORY_SAMPLES + 3; i++) history_take(&history, NULL, 0, i);
    document = history_json(&history);
    const json_t *moments = json_object_get(document, "at");
    assert_int_equal(json_array_size(moments), HISTORY_SAMPLES);
    assert_int_equal(at(moments, 0), 4);
    assert_int_equal(at(moments, HISTORY_SAMPLES - 1), HISTORY_SAMPLES + 3);
    json_decref(document);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(partitions_are_added_up),
        cmocka_unit_test(the_oldest_fall_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
