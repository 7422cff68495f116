/* Roles of partners: four names, and nothing else is one. */
#include "common/domain/partner.h"

#include "tests/unit/cmocka_all.h"

static void names_and_bits(void **state) {
    (void)state;
    static const struct {
        const char *names;
        unsigned roles;
    } vectors[] = {{"", 0}, {"enrol", PARTNER_ENROL}, {"maker,checker", PARTNER_MAKER | PARTNER_CHECKER}, {"checker,enrol,maker", 7}, {"Maker", 0}, {"makers,enrol", PARTNER_ENROL},
                   {",,maker,", PARTNER_MAKER}, {"payments", PARTNER_PAYMENTS}, {"enrol,enrol", PARTNER_ENROL}};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) assert_int_equal(partner_roles_of(slice_text(vectors[i].names)), vectors[i].roles);
    enum partner_role role = PARTNER_ENROL;
    assert_true(partner_role_parse(slice_text("checker"), &role) && role == PARTNER_CHECKER);
    assert_false(partner_role_parse(slice_text("boss"), &role) || partner_role_parse(slice_text(""), &role));
    assert_int_equal(role, PARTNER_CHECKER);
    assert_string_equal(partner_role_name(PARTNER_MAKER), "maker");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_and_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
