/* What the Kafka port remembers between two polls: nothing that the loop must hear may be pushed out by what it may miss. */
#include "tests/unit/cmocka_all.h"

#include "common/edge/kafka.c" /* the events are its own */

static size_t count_of(const struct kafka_log *log, enum stage_event_kind kind) {
    size_t count = 0;
    for (size_t i = 0; i < log->event_count; i++) count += log->events[i].kind == kind;
    return count;
}

static void an_outage_does_not_push_a_change_of_the_assignment_out(void **state) {
    struct kafka_log *log = calloc(1, sizeof *log);
    assert_non_null(log);
    for (int i = 0; i < 100; i++) add_trouble(log, ERR(AGAIN, "all brokers are down, %d", i));
    (void)add_change(log, EVENT_REVOKED);
    for (int i = 0; i < 100; i++) add_trouble(log, ERR(AGAIN, "still down, %d", i));
    assert_int_equal(count_of(log, EVENT_REVOKED), 1);
    assert_int_equal(count_of(log, EVENT_TROUBLE), 1);
    assert_string_equal(log->events[0].trouble.text, "still down, 99");
    add_trouble(log, ERR(FATAL, "fenced"));
    add_trouble(log, ERR(AGAIN, "down again"));
    assert_string_equal(log->events[0].trouble.text, "fenced"); /* nothing hides it */
    free(log);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_outage_does_not_push_a_change_of_the_assignment_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
