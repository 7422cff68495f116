/* What a trace may look like when a partner sends it, and which headers of a poison record its dead letter keeps. */
#include "tests/unit/cmocka_all.h"

#include "common/stage/parcel.h"

static void a_trace_is_taken_only_when_it_is_one(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true},
        {"00-00000000000000000000000000000009-00f067aa0ba902b7-00", true},
        {"00-00000000000000000000000000000000-00f067aa0ba902b7-01", false}, /* all zero means none */
        {"01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false}, /* another version */
        {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011", false},
        {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1", false},
        {"00-4bf92f3577b34da6a3ce929d0e0e4736:00f067aa0ba902b7-01", false},
        {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7:01", false},
        {"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false}, /* small letters only (W3C) */
        {"00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01", false},
        {"00-/bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
        {"00-:bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t trace[TRACE_BYTES] = {0xEE};
        if (parcel_trace(slice_text(rows[i].text), trace) != rows[i].good) fail_msg("'%s'", rows[i].text);
        assert_int_equal(trace[0] == 0xEE, !rows[i].good); /* untouched when it is none */
    }
}

static void whether_a_trace_is_recorded_says_its_flag(void **state) {
    (void)state;
    static const struct {
        const char *flags;
        bool sampled;
    } rows[] = {{"00", false}, {"01", true}, {"02", false}, {"03", true}, {"0f", true}, {"1e", false}, {"0g", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[64] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-";
        memcpy(text + strlen(text), rows[i].flags, 3);
        assert_int_equal(parcel_is_sampled(slice_text(text)), rows[i].sampled);
    }
    assert_false(parcel_is_sampled(slice_text("")));
}

static void a_dead_letter_keeps_the_original_headers_but_none_that_say_they_are_ours(void **state) {
    (void)state;
    struct arena *arena = arena_create(4 << 20);
    const struct parcel_cause cause = {.topic = TOPIC_SUBMITTED, .group = "g", .version = "1", .code = "X01", .message = "unreadable"};
    const struct stage_record record = {.key = slice_text("kunci"), .value = slice_text("isi")};
    struct stage_header headers[STAGE_HEADERS_MAX + 8];
    headers[0] = (struct stage_header){.name = "traceparent", .value = slice_text("00-")};
    headers[1] = (struct stage_header){.name = "dlq.error.code", .value = slice_text("X99")};
    for (size_t i = 2; i < sizeof headers / sizeof *headers; i++) headers[i] = (struct stage_header){.name = "x-more", .value = slice_text("1")};
    const struct stage_output letter = parcel_dead_letter(arena, &cause, &record, headers, sizeof headers / sizeof *headers);
    assert_true(letter.dead_letter);
    assert_true(letter.header_count <= STAGE_HEADERS_MAX);
    assert_string_equal(letter.headers[0].name, "traceparent");
    size_t codes = 0;
    for (size_t i = 0; i < letter.header_count; i++) {
        if (strcmp(letter.headers[i].name, "dlq.error.code") != 0) continue;
        codes++;
        assert_true(slice_is(letter.headers[i].value, "X01"));
    }
    assert_int_equal(codes, 1);
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trace_is_taken_only_when_it_is_one),
        cmocka_unit_test(whether_a_trace_is_recorded_says_its_flag),
        cmocka_unit_test(a_dead_letter_keeps_the_original_headers_but_none_that_say_they_are_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
