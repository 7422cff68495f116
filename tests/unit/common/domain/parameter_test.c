/* The parameters of the law: every name once, each value within its bounds, set whole or not at all. */
#include "tests/unit/cmocka_all.h"

#include "common/base/arena.h"
#include "common/domain/parameter.h"
#include "tests/unit/regions_fixture.h"

#define HEADER "name\tvalue\tmin\tmax\tunit\treason\tsource\n"
#define OTHERS "pmi_cheapest\t0\t0\t1\t0 or 1\tr\tU\nnew_member_full_months\t0\t0\t12\tmonths\tr\tU\nmin_age\t17\t0\t100\tyears\tr\tU\n" \
               "pmi_min_age\t18\t0\t100\tyears\tr\tG\nage_limit\t65\t1\t150\tyears\tr\tU\nage_limit_old\t65\t1\t150\tyears\tr\tU\n" \
               "age_limit_since\t20210401\t19000101\t29991231\tdate\tr\tV\n" \
               "bsu_wage_below\t5000000\t0\t1000000000\trupiah\tr\tU\ngrace_months\t3\t0\t12\tmonths\tr\tU\n" \
               "jkm_full\t42000000\t0\t1000000000\trupiah\tr\tV\njkm_new_member\t10000000\t0\t1000000000\trupiah\tr\tV\njkm_new_member_days\t90\t0\t36500\tdays\tr\tU\n"
#define VAT "vat_ppm\t110000\t0\t1000000\tppm\tr\tV\n"

static void the_file_of_the_law_is_sound(void **state) {
    struct arena *arena = arena_create(4 << 20);
    struct parameters parameters;
    struct load_error error;
    if (!parameters_load(source_file(arena, "common/domain/data/parameters.tsv"), arena, &parameters, &error)) fail_msg("line %u, %s: %s", error.line, error.field, error.problem);
    assert_int_equal(parameter(&parameters, PARAMETER_VAT_PPM), 110000);
    assert_int_equal(parameter(&parameters, PARAMETER_PMI_CHEAPEST), 0);
    assert_int_equal(parameter(&parameters, PARAMETER_NEW_MEMBER_FULL_MONTHS), 0);
    assert_int_equal(parameter(&parameters, PARAMETER_MIN_AGE), 17);
    assert_int_equal(parameter(&parameters, PARAMETER_PMI_MIN_AGE), 18);
    assert_int_equal(parameter(&parameters, PARAMETER_AGE_LIMIT), 65);
    assert_int_equal(parameter(&parameters, PARAMETER_AGE_LIMIT_OLD), 65);
    assert_int_equal(parameter(&parameters, PARAMETER_AGE_LIMIT_SINCE), 20210401);
    assert_int_equal(parameter(&parameters, PARAMETER_GRACE_MONTHS), 3);
    assert_int_equal(parameter(&parameters, PARAMETER_JKM_FULL), 42000000);
    assert_int_equal(parameter(&parameters, PARAMETER_JKM_NEW_MEMBER), 10000000);
    assert_int_equal(parameter(&parameters, PARAMETER_JKM_NEW_MEMBER_DAYS), 90);
    for (int i = 0; i < PARAMETER_COUNT; i++) assert_true(parameters.rows[i].reason.size > 20 && parameters.rows[i].source.size > 0);
    assert_string_equal(parameter_name(PARAMETER_AGE_LIMIT), "age_limit");
    arena_destroy(arena);
}

static void each_mistake_is_named(void **state) {
    static const struct {
        const char *mistake, *text, *field;
        uint32_t line;
    } cases[] = {
        {"empty", "", "", 0},
        {"header", "name\tvalu\n", "value", 1},
        {"missing", HEADER OTHERS, "name", 0},
        {"twice", HEADER VAT VAT OTHERS, "name", 3},
        {"unknown", HEADER "vat\t1\t0\t2\tppm\tr\tV\n", "name", 2},
        {"cut", HEADER "vat_ppm\t1\n", "min", 2},
        {"value", HEADER "vat_ppm\t11%\t0\t2\tppm\tr\tV\n", "value", 2},
        {"min", HEADER "vat_ppm\t1\t-1\t2\tppm\tr\tV\n", "min", 2},
        {"max", HEADER "vat_ppm\t1\t0\t\tppm\tr\tV\n", "max", 2},
        {"bounds", HEADER "vat_ppm\t1\t2\t1\tppm\tr\tV\n", "max", 2},
        {"above", HEADER "vat_ppm\t3\t0\t2\tppm\tr\tV\n", "value", 2},
        {"below", HEADER "vat_ppm\t0\t1\t2\tppm\tr\tV\n", "value", 2},
        {"unit", HEADER "vat_ppm\t1\t0\t2\t\tr\tV\n", "unit", 2},
        {"reason", HEADER "vat_ppm\t1\t0\t2\tppm\t\tV\n", "reason", 2},
        {"source", HEADER "vat_ppm\t1\t0\t2\tppm\tr\t\n", "source", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_create(1 << 20);
        struct parameters parameters;
        struct load_error error = {0};
        if (parameters_load(slice_text(cases[i].text), arena, &parameters, &error)) fail_msg("%s: was taken", cases[i].mistake);
        if (error.line != cases[i].line || strcmp(error.field, cases[i].field) != 0) fail_msg("%s: line %u, %s: %s", cases[i].mistake, error.line, error.field, error.problem);
        arena_destroy(arena);
    }
}

static void an_installation_chooses_other_values_whole_or_not_at_all(void **state) {
    struct arena *arena = arena_create(1 << 20);
    struct parameters parameters;
    struct load_error error;
    char problem[PARAMETER_PROBLEM_MAX] = "";
    assert_true(parameters_load(slice_text(HEADER VAT OTHERS), arena, &parameters, &error));
    assert_true(parameters_set(&parameters, slice_text(""), problem));
    assert_true(parameters_set(&parameters, slice_text("pmi_cheapest=1, age_limit_old = 60"), problem));
    assert_int_equal(parameter(&parameters, PARAMETER_PMI_CHEAPEST), 1);
    assert_int_equal(parameter(&parameters, PARAMETER_AGE_LIMIT_OLD), 60);
    assert_string_equal(problem, "");
    static const char *const wrong[] = {"vat_ppm=1,pmi_cheapest=2", "vat_ppm=1,age_limit=0", "vat_ppm=1,min_age", "vat_ppm=1,min_age=", "vat_ppm=1,min_age=-1", "vat_ppm=1,,"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(parameters_set(&parameters, slice_text(wrong[i]), problem));
        assert_int_equal(parameter(&parameters, PARAMETER_VAT_PPM), 110000);
    }
    assert_false(parameters_set(&parameters, slice_text("pmi_cheapest=2"), problem));
    assert_string_equal(problem, "pmi_cheapest takes a whole number from 0 to 1");
    assert_false(parameters_set(&parameters, slice_text("ppn=2"), problem));
    assert_non_null(strstr(problem, "vat_ppm"));
    assert_non_null(strstr(problem, "age_limit_old"));
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_of_the_law_is_sound),
        cmocka_unit_test(each_mistake_is_named),
        cmocka_unit_test(an_installation_chooses_other_values_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
