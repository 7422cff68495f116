/* The address of another database on the same server, in both forms that PostgreSQL takes. */
#include "tests/unit/cmocka_all.h"

#include <string.h>

#include "services/payung/scratch_database.h"

static void only_the_database_is_another_one(void **state) {
    static const struct {
        const char *url, *expected;
    } cases[] = {
        {"postgresql://payung:secret@127.0.0.1:5432/payung", "postgresql://payung:secret@127.0.0.1:5432/scratch_1"},
        {"postgresql://payung:secret@127.0.0.1:5432/payung?sslmode=require&x=/", "postgresql://payung:secret@127.0.0.1:5432/scratch_1?sslmode=require&x=/"},
        {"postgres://127.0.0.1", "postgres://127.0.0.1/scratch_1"},
        {"postgresql://u@h?connect_timeout=3", "postgresql://u@h/scratch_1?connect_timeout=3"},
        {"postgresql:///payung?host=h", "postgresql:///scratch_1?host=h"},
        {"host=127.0.0.1 dbname=payung user=payung", "host=127.0.0.1 dbname=payung user=payung dbname=scratch_1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char url[SCRATCH_URL_MAX];
        assert_true(scratch_url(cases[i].url, "scratch_1", url));
        assert_string_equal(url, cases[i].expected);
    }
}

static void an_address_that_does_not_fit_is_refused(void **state) {
    static char url[SCRATCH_URL_MAX + 1];
    char answer[SCRATCH_URL_MAX];
    memset(url, 'a', SCRATCH_URL_MAX);
    assert_false(scratch_url(url, "scratch_1", answer));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_the_database_is_another_one), cmocka_unit_test(an_address_that_does_not_fit_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
