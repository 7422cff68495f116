/* Every text with which a reader of bodies refuses a member has its words in Bahasa Indonesia and a stable code. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>

#include "services/ingestion/problem.h"

enum { TEXT_MAX = 256 };

/* The next "..." of the line after `from`, with \" read as "; NULL: none. */
static const char *next_text(const char *from, char ret_text[TEXT_MAX]) {
    size_t size = 0;
    from = strchr(from, '"');
    if (from == NULL) return NULL;
    for (from++; *from != '"' && *from != '\0' && size < TEXT_MAX - 1; from++) {
        if (*from == '\\') from++;
        ret_text[size++] = *from;
    }
    ret_text[size] = '\0';
    return *from == '"' ? from + 1 : NULL;
}

/* Every last text of a call refuse(...) is one of fault.def. */
static int refusals_of(const char *name) {
    char path[512], line[2048], text[TEXT_MAX], last[TEXT_MAX];
    int seen = 0;
    assert_true(snprintf(path, sizeof path, "%s/services/ingestion/%s", PAYUNG_SOURCE_DIR, name) < (int)sizeof path);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        for (const char *call = line; (call = strstr(call, "refuse(")) != NULL; call++) {
            char *end = strstr(call, ");"); /* a text has none */
            if (end == NULL) continue;
            last[0] = '\0';
            for (const char *at = call; at != NULL && at < end && (at = next_text(at, text)) != NULL;)
                if (at <= end) memcpy(last, text, sizeof last);
            if (last[0] == '\0' || last[0] == '/') continue; /* its own definition, or a text that is passed on */
            const char *code = NULL;
            if (problem_fault_id(last, &code) == NULL) fail_msg("%s: \"%s\" is not in fault.def", name, last);
            assert_non_null(code);
            seen++;
        }
    }
    (void)fclose(file);
    return seen;
}

static void every_refusal_is_told_in_both_languages(void **state) {
    assert_true(refusals_of("enrol_body.c") >= 8);
    assert_true(refusals_of("payment_body.c") >= 20);
    assert_true(refusals_of("webhook_body.c") >= 15);
    const char *code = NULL;
    assert_null(problem_fault_id("no such text", &code));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_refusal_is_told_in_both_languages)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
