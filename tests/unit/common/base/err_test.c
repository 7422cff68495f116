/* Errors carry a fate and a sentence; an over-long sentence is cut, not lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/base/err.h"

static struct err tried(struct err inner, int *reached) {
    TRY(inner);
    *reached = 1;
    return OK;
}

static void an_error_is_handed_up_and_success_goes_on(void **state) {
    int reached = 0;
    struct err err = tried(ERR(AGAIN, "PostgreSQL is %s", "away"), &reached);
    assert_int_equal(err.fate, FATE_AGAIN);
    assert_string_equal(err.text, "PostgreSQL is away");
    assert_int_equal(reached, 0);
    err = tried(OK, &reached);
    assert_false(failed(&err));
    assert_int_equal(reached, 1);
}

static void a_long_sentence_is_cut(void **state) {
    char text[1000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct err err = ERR(PARK, "%s", text);
    assert_int_equal(strlen(err.text), ERR_TEXT_MAX - 1);
}

static void every_fate_has_a_name(void **state) {
    const char *names[] = {"OK", "AGAIN", "SPLIT", "PARK", "FENCED", "HALT", "FATAL"};
    for (int fate = FATE_OK; fate <= FATE_FATAL; fate++) assert_string_equal(fate_name((enum fate)fate), names[fate]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_handed_up_and_success_goes_on),
        cmocka_unit_test(a_long_sentence_is_cut),
        cmocka_unit_test(every_fate_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
