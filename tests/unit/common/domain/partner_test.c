/* Roles of partners: four names, and nothing else is one. Scopes: an umbrella covers its offices, a province its regencies, and never the other way round. */
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

static void what_is_within_a_scope(void **state) {
    (void)state;
    static const struct {
        const char *agreements, *regions, *family;
        uint32_t region;
        bool inside;
    } vectors[] = {
        {"", "", "kepahiang-2025", 1708, true},          {"", "", "", 0, true},
        {"kepahiang-2025", "", "kepahiang-2025", 1708, true}, {"kepahiang-2025", "", "kepahiang-2026", 1708, false},
        {"kepahiang", "", "kepahiang-2025", 1708, false}, {"payung", "", "dinsos,payung", 3604, true},
        {"payung", "", "loket,dinsos,payung", 3604, true}, {"dinsos", "", "payung", 3604, false},
        {"dinsos,dindik", "", "dindik,payung", 3604, true}, {"dinsos", "", "", 3604, false},
        {"", "1708", "a", 1708, true},                   {"", "1708", "a", 1709, false},
        {"", "1700", "a", 1708, true},                   {"", "1700", "a", 1700, true},
        {"", "1708", "a", 1700, false},                  {"", "1708", "a", 0, false},
        {"", "1700,3604", "a", 3604, true},              {"a", "1708", "a", 3604, false},
        {"a", "1708", "b", 1708, false},                 {"a", "1708", "a", 1708, true},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct partner_scope scope;
        assert_true(partner_scope_read(slice_text(vectors[i].agreements), slice_text(vectors[i].regions), &scope));
        assert_int_equal(partner_is_bound(&scope), vectors[i].agreements[0] != '\0' || vectors[i].regions[0] != '\0');
        assert_int_equal(partner_scope_holds(&scope, slice_text(vectors[i].family), vectors[i].region), vectors[i].inside);
    }
}

static void a_scope_that_can_not_be_read(void **state) {
    (void)state;
    struct partner_scope scope;
    char longest[PARTNER_SCOPE_TEXT_MAX + 1];
    memset(longest, 'a', sizeof longest);
    assert_false(partner_scope_read(slice_of(longest, PARTNER_SCOPE_TEXT_MAX), slice_text(""), &scope));
    assert_true(partner_scope_read(slice_of(longest, PARTNER_SCOPE_TEXT_MAX - 1), slice_text(""), &scope));
    assert_false(partner_scope_read(slice_text(""), slice_text("17x8"), &scope));
    assert_false(partner_scope_read(slice_text(""), slice_text("1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"), &scope));
    assert_true(partner_scope_read(slice_text(""), slice_text("1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16"), &scope));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_and_bits), cmocka_unit_test(what_is_within_a_scope), cmocka_unit_test(a_scope_that_can_not_be_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
