/* The small pure parts of the loop: the window of a partition, the back-off, and the headers of dead letters and events. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>

#include "common/stage/parcel.h"
#include "common/stage/retry.h"
#include "common/stage/watermark.h"

static struct stage_position next_is(int64_t next) { return (struct stage_position){.epoch = 1, .next = next}; }

static void the_mark_moves_behind_the_longest_delivered_run(void **state) {
    struct watermark_entry entries[4];
    struct watermark mark;
    watermark_start(&mark, entries, 4, 10, next_is(10));
    uint64_t a = watermark_add(&mark, 11, next_is(11), false), b = watermark_add(&mark, 12, next_is(12), false);
    (void)watermark_add(&mark, 13, next_is(12), true); /* a repeat: finished, but it waits for those before it */
    watermark_finish(&mark, b);
    assert_int_equal(mark.offset, 10);
    watermark_finish(&mark, a);
    assert_int_equal(mark.offset, 13);
    assert_int_equal(mark.position.next, 12);
    assert_int_equal(watermark_waiting(&mark), 0);
    for (int64_t i = 0; i < 1000; i++) watermark_finish(&mark, watermark_add(&mark, 14 + i, next_is(13 + i), false));
    assert_int_equal(mark.offset, 1013);
    for (int64_t i = 0; i < 4; i++) (void)watermark_add(&mark, 1014 + i, next_is(1013 + i), false);
    assert_true(watermark_full(&mark));
}

static void the_wait_grows_to_a_cap_and_never_is_nothing(void **state) {
    for (uint64_t seed = 0; seed < 200; seed++)
        for (uint32_t attempt = 0; attempt < 40; attempt++) {
            int64_t whole = attempt < 7 ? (int64_t)RETRY_FIRST_MS << attempt : RETRY_CAP_MS;
            assert_in_range(retry_delay_ms(attempt, seed), whole / 2, whole);
        }
    assert_int_equal(retry_delay_ms(3, 9), retry_delay_ms(3, 9));
    assert_true(retry_delay_ms(6, 1) != retry_delay_ms(6, 2)); /* two services do not come back at the same moment */
    assert_in_range(retry_delay_ms(UINT32_MAX, 1), RETRY_CAP_MS / 2, RETRY_CAP_MS);
}

static struct slice header(const struct stage_output *output, const char *name) {
    struct slice found = {0};
    for (size_t i = 0; i < output->header_count; i++)
        if (strcmp(output->headers[i].name, name) == 0) found = output->headers[i].value;
    return found;
}

static void a_dead_letter_keeps_the_original_and_says_where_it_came_from(void **state) {
    struct arena *arena = arena_create(4 << 20);
    static uint8_t large[PARCEL_VALUE_MAX + 5];
    const struct stage_header originals[] = {{"traceparent", slice_text("t")}, {"dlq.offset", slice_text("999")}};
    const struct stage_record record = {.partition = 2, .offset = 41, .timestamp_ms = 1757900000000, .key = slice_text("k"), .value = slice_of(large, sizeof large)};
    const struct parcel_cause cause = {.topic = TOPIC_PRICED, .group = "payung-ledger", .version = "1", .code = "X02", .message = "refused", .attempts = 3};
    struct stage_output letter = parcel_dead_letter(arena, &cause, &record, originals, 2);
    assert_true(letter.dead_letter);
    assert_true(slice_is(letter.key, "k"));
    assert_true(slice_is(header(&letter, "traceparent"), "t"));
    assert_true(slice_is(header(&letter, "dlq.offset"), "41")); /* a letter that comes back says its new place */
    assert_true(slice_is(header(&letter, "dlq.topic"), "payung.enrolment.priced.v1"));
    assert_true(slice_is(header(&letter, "dlq.attempts"), "3"));
    assert_int_equal(letter.value.size, PARCEL_VALUE_MAX); /* it must fit into a record beside its headers */
    assert_true(slice_is(header(&letter, "dlq.size"), "900005"));
    const struct stage_header heavy[] = {{"a", slice_of(large, PARCEL_HEADERS_MAX)}, {"b", slice_text("kept")}};
    struct stage_record forged = record; /* the library takes a megabyte with the key, the broker with the headers */
    forged.key = slice_of(large, sizeof large);
    letter = parcel_dead_letter(arena, &cause, &forged, heavy, 2);
    assert_int_equal(letter.key.size, PARCEL_KEY_MAX);
    assert_true(slice_is(header(&letter, "dlq.key.size"), "900005"));
    assert_true(header(&letter, "a").bytes == NULL && slice_is(header(&letter, "b"), "kept"));
    struct stage_header many[STAGE_HEADERS_MAX];
    for (size_t i = 0; i < STAGE_HEADERS_MAX; i++) many[i] = originals[0];
    letter = parcel_dead_letter(arena, &cause, &forged, many, STAGE_HEADERS_MAX);
    assert_int_equal(letter.header_count, STAGE_HEADERS_MAX);
    arena_destroy(arena);
}

static void a_trace_goes_on_and_a_wrong_one_does_not(void **state) {
    struct arena *arena = arena_create(1 << 20);
    static const char good[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    struct parcel_event event = {.topic = TOPIC_DECIDED, .stage = "ledger", .event_id = {.bytes = {0xab, 0xcd}}, .time_text = "2025-09-15T00:00:00.000Z"};
    struct stage_output output = {0};
    assert_true(parcel_trace(slice_text(good), event.trace));
    parcel_event(arena, &event, &output);
    assert_true(slice_is(header(&output, "traceparent"), "00-4bf92f3577b34da6a3ce929d0e0e4736-abcd000000000000-01"));
    assert_true(slice_is(header(&output, "ce_id"), "abcd0000000000000000000000000000"));
    assert_true(slice_is(header(&output, "ce_type"), "payung.enrolment.v1.EnrolmentDecided"));
    static const char *const wrong[] = {"", "00", "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                                        "00-4bf92f3577b34da6a3ce929d0e0e473G-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) assert_false(parcel_trace(slice_text(wrong[i]), event.trace));
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mark_moves_behind_the_longest_delivered_run),
        cmocka_unit_test(the_wait_grows_to_a_cap_and_never_is_nothing),
        cmocka_unit_test(a_dead_letter_keeps_the_original_and_says_where_it_came_from),
        cmocka_unit_test(a_trace_goes_on_and_a_wrong_one_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
