/* What is asked of a Dukcapil-like service and what counts as its answer: everything that is not exactly an answer is none. */
#include "services/eligibility/dukcapil_message.h"

#include <stdio.h>

#include "tests/unit/cmocka_all.h"

static void the_question_holds_what_is_known_and_no_more(void **state) {
    (void)state;
    struct arena *arena = arena_create(1 << 16);
    const struct {
        struct dukcapil_question question;
        const char *expected;
    } cases[] = {
        {{slice_text("1708040101809901"), slice_text("SITI \"A\\B\" \x01Sa'diyah"), 19800101, SEX_FEMALE},
         "{\"nik\":\"1708040101809901\",\"name\":\"SITI \\u0022A\\u005cB\\u0022 \\u0001Sa'diyah\",\"birth_date\":\"1980-01-01\",\"sex\":\"P\"}"},
        {{slice_text("1708040101809901"), slice_text(""), 0, SEX_NONE}, "{\"nik\":\"1708040101809901\"}"},
        {{slice_text("1708040101809901"), slice_text("\xff"), 0, SEX_MALE}, "{\"nik\":\"1708040101809901\",\"sex\":\"L\"}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct slice seen = dukcapil_write(&cases[i].question, arena);
        if (!slice_is(seen, cases[i].expected)) fail_msg("%.*s", SLICE_ARGS(seen));
    }
    arena_destroy(arena);
}

static void an_answer_is_read(void **state) {
    (void)state;
    static const struct {
        const char *json;
        enum dukcapil_answer answer;
        uint32_t region;
        const char *findings;
    } cases[] = {
        {"{\"status\":\"ALIVE\"}", DUKCAPIL_ALIVE, 0, ""},
        {"{\"status\":\"DECEASED\",\"match\":null,\"region\":null}", DUKCAPIL_DECEASED, 0, ""},
        {"{\"status\":\"NOT_FOUND\",\"match\":{},\"more\":[1,2]}", DUKCAPIL_NOT_FOUND, 0, ""},
        {"{\"status\":\"ALIVE\",\"match\":{\"name\":false,\"birth_date\":true,\"sex\":true},\"region\":\"17.08.04\"}", DUKCAPIL_ALIVE, 170804, ""},
        {"{\"status\":\"ALIVE\",\"match\":{\"birth_date\":false},\"region\":\"17.08\"}", DUKCAPIL_ALIVE, 170800, "W06"},
        {"{\"status\":\"ALIVE\",\"match\":{\"birth_date\":false,\"sex\":false}}", DUKCAPIL_ALIVE, 0, "W06 W07"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dukcapil_fact fact = {0};
        char findings[CODE_SET_TEXT_MAX];
        if (!dukcapil_read(slice_text(cases[i].json), &fact)) fail_msg("%s", cases[i].json);
        (void)code_set_format(fact.findings, findings);
        assert_int_equal(fact.answer, cases[i].answer);
        assert_int_equal(fact.region, cases[i].region);
        assert_string_equal(findings, cases[i].findings);
    }
}

static void everything_else_is_no_answer(void **state) {
    (void)state;
    static const char *const cases[] = {
        "", "{", "null", "[]", "\"ALIVE\"", "{}", "{\"status\":null}", "{\"status\":1}", "{\"status\":\"alive\"}", "{\"status\":\"PERHAPS\"}", "{\"status\":\"ALIVE\"} x",
        "{\"status\":\"ALIVE\",\"status\":\"DECEASED\"}", "{\"status\":\"ALIVE\",\"region\":1708}", "{\"status\":\"ALIVE\",\"region\":\"x\"}", "{\"status\":\"ALIVE\",\"region\":\"17\"}", "{\"status\":\"ALIVE\",\"region\":\"07.08.04\"}",
        "{\"status\":\"ALIVE\",\"match\":true}", "{\"status\":\"ALIVE\",\"match\":{\"sex\":\"no\"}}", "<html>ALIVE</html>",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dukcapil_fact fact = {.answer = DUKCAPIL_NO_ANSWER};
        if (dukcapil_read(slice_text(cases[i]), &fact) || fact.answer != DUKCAPIL_NO_ANSWER) fail_msg("%s", cases[i]);
    }
    static char large[DUKCAPIL_ANSWER_BYTES_MAX + 64];
    const int size = snprintf(large, sizeof large, "{\"status\":\"ALIVE\"%*s}", DUKCAPIL_ANSWER_BYTES_MAX, "");
    struct dukcapil_fact fact;
    assert_false(dukcapil_read(slice_of(large, (size_t)size), &fact));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_question_holds_what_is_known_and_no_more), cmocka_unit_test(an_answer_is_read), cmocka_unit_test(everything_else_is_no_answer)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
