/* Why somebody leaves, and the information line of a death (vectors C07, C08, C09 of domain.md 8.6). */
#include "services/ledger/mutation.h"

#include "tests/unit/cmocka_all.h"

#include "services/ledger/coverage.h"

static void each_reason_has_its_code_and_words(void **state) {
    (void)state;
    for (int i = 0; i < MUTATION_REASONS; i++) {
        const struct mutation_row *row = mutation_row((enum mutation_reason)i);
        enum mutation_reason reason;
        assert_true(mutation_reason_parse(slice_text(row->code), &reason) && reason == (enum mutation_reason)i);
        assert_true(strlen(row->indonesian) > 3 && strlen(row->english) > 3);
    }
    enum mutation_reason reason = MUTATION_EXIT;
    assert_true(mutation_reason_parse(slice_text("wrong_nik"), &reason) && reason == MUTATION_WRONG_NIK);
    assert_false(mutation_row(MUTATION_WRONG_NIK)->keeps_month);
    assert_true(mutation_row(MUTATION_DEATH)->keeps_month);
    static const char *const none[] = {"", "DEAT", "DEATHS", "DEATH ", "PERIOD", "A_REASON_THAT_IS_LONG"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) assert_false(mutation_reason_parse(slice_text(none[i]), &reason));
    assert_int_equal(reason, MUTATION_WRONG_NIK); /* untouched */
}

static void the_death_benefit_begins_small(void **state) {
    (void)state;
    struct parameters parameters = {0};
    parameters.rows[PARAMETER_JKM_FULL].value = 42000000;
    parameters.rows[PARAMETER_JKM_NEW_MEMBER].value = 10000000;
    parameters.rows[PARAMETER_JKM_NEW_MEMBER_DAYS].value = 90;
    static const struct {
        const char *title;
        day_t from, day;
        rupiah amount;
    } cases[] = {
        {"C07: 60 days after the start", 20251001, 20251130, 10000000}, {"on the first day", 20251001, 20251001, 10000000}, {"89 days", 20251001, 20251229, 10000000},
        {"C08: 90 days", 20251001, 20251230, 42000000},                 {"the day before", 20251001, 20250930, 0},          {"C09: never covered", 0, 20251001, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (mutation_death_benefit(&parameters, cases[i].from, cases[i].day) != cases[i].amount) fail_msg("%s", cases[i].title);
}

/* Computed apart: printf 'payung-coverage|kepahiang-2025|7|3' | sha256sum */
static void the_event_of_a_cover_is_derived(void **state) {
    (void)state;
    char text[2 * ID_BYTES + 1];
    id_format(coverage_event_id(slice_text("kepahiang-2025"), 7, 3), text);
    assert_string_equal(text, "3615caf99732947e7cd4c7841fcb7134");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reason_has_its_code_and_words),
        cmocka_unit_test(the_death_benefit_begins_small),
        cmocka_unit_test(the_event_of_a_cover_is_derived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
