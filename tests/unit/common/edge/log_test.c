/* A line is one JSON object whatever stands in it; what concerns one application is found by two ids, and a line about nobody has neither. */
#include "tests/unit/cmocka_all.h"

#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "common/edge/log_enrolment.h"

/* What is written on standard error meanwhile, as JSON. */
static json_t *written(void (*tell)(void)) {
    char text[8192];
    int ends[2];
    const int kept = dup(STDERR_FILENO);
    assert_true(kept >= 0 && pipe(ends) == 0 && dup2(ends[1], STDERR_FILENO) >= 0);
    tell();
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    assert_true(close(kept) == 0 && close(ends[1]) == 0);
    const ssize_t size = read(ends[0], text, sizeof text - 1);
    assert_true(size > 0 && close(ends[0]) == 0);
    text[size] = '\0';
    json_error_t error;
    json_t *line = json_loads(text, 0, &error);
    if (line == NULL) fail_msg("%s in %s", error.text, text);
    return line;
}

static const char *word(const json_t *line, const char *key) {
    const char *text = json_string_value(json_object_get(line, key));
    return text == NULL ? "(none)" : text;
}

static void tell_strange(void) { log_warning("a \"line\"\n\xff", LOG_INT("number", -7), LOG_TEXT("text", "back\\slash\t"), LOG_WORD("empty", ""), LOG_WORD("word", "x")); }

static void tell_enrolment(void) {
    const struct enrolment_names names = enrolment_names((struct id){{1, 2, 3}});
    log_error("x", LOG_ENROLMENT(names));
}

static void tell_nobody(void) {
    const struct enrolment_names names = enrolment_names((struct id){{0}});
    log_error("x", LOG_ENROLMENT(names), LOG_INT("offset", 5));
}

static void tell_long(void) {
    static char text[6000];
    memset(text, '"', sizeof text - 1);
    log_error("x", LOG_TEXT("text", text), LOG_INT("behind", 5));
}

static void strange_words_stay_json(void **state) {
    json_t *line = written(tell_strange);
    assert_string_equal(word(line, "msg"), "a \"line\"\n\xc3\xbf");
    assert_string_equal(word(line, "text"), "back\\slash\t");
    assert_string_equal(word(line, "level"), "warning");
    assert_string_equal(word(line, "word"), "x");
    assert_null(json_object_get(line, "empty"));
    assert_int_equal(json_integer_value(json_object_get(line, "number")), -7);
    json_decref(line);
}

static void an_application_is_found_by_its_id_and_trace(void **state) {
    char trace[2 * ID_BYTES + 1];
    id_format(crypto_trace_id((struct id){{1, 2, 3}}), trace);
    json_t *line = written(tell_enrolment);
    assert_string_equal(word(line, "enrolment_id"), "01020300000000000000000000000000");
    assert_string_equal(word(line, "trace_id"), trace);
    json_decref(line);
}

static void nobody_has_neither(void **state) {
    json_t *line = written(tell_nobody);
    assert_null(json_object_get(line, "enrolment_id"));
    assert_null(json_object_get(line, "trace_id"));
    assert_int_equal(json_integer_value(json_object_get(line, "offset")), 5);
    json_decref(line);
}

static void a_line_that_is_too_long_is_cut_and_whole(void **state) {
    json_t *line = written(tell_long);
    assert_true(strlen(word(line, "text")) > 1000);
    json_decref(line);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strange_words_stay_json),
        cmocka_unit_test(an_application_is_found_by_its_id_and_trace),
        cmocka_unit_test(nobody_has_neither),
        cmocka_unit_test(a_line_that_is_too_long_is_cut_and_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
