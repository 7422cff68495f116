/* The number of a member: eleven digits, and nothing else. */
#include "tests/unit/cmocka_all.h"

#include "common/domain/kpj.h"

static void eleven_digits_are_a_number(void **state) {
    static const struct { const char *text, *kpj; } vectors[] = {
        {"12345678901", "12345678901"}, {"1234 567-89.01", "12345678901"}, {"1234567890", NULL}, {"123456789012", NULL}, {"1234567890x", NULL}, {"", NULL}, {"1,2345E+10", NULL},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        char kpj[KPJ_TEXT] = "untouched";
        assert_int_equal(kpj_parse(slice_text(vectors[i].text), kpj), vectors[i].kpj != NULL);
        assert_string_equal(kpj, vectors[i].kpj != NULL ? vectors[i].kpj : "untouched");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(eleven_digits_are_a_number)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
