/* The facts document: what is written is what is read, absent is not known, and what can't be read is named by its place and never quoted. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>

#include "services/payung/check_document.h"

static bool read(struct arena *arena, const char *json, struct check_document *ret_document, struct check_problem *ret_problem) {
    return check_document_read(slice_text(json), arena, ret_document, ret_problem);
}

static void values_of_tables_are_understood(void **state) {
    (void)state;
    struct arena *arena = arena_create(4 << 20);
    struct check_document document;
    struct check_problem problem;
    assert_true(read(arena,
                     "{\"employer_size\":\"\",\"registration_date\":\" \",\"months\":\"12\",\"is_employer\":1,\"agreement\":{\"requires_dtsen\":0,\"legal_basis\":0,\"desil_max\":\"4\"},"
                     "\"facts\":{\"dtsen\":1,\"civil_servant\":0,\"active\":[{\"status\":\"registered\"},{\"status\":\"\"}]}}",
                     &document, &problem));
    assert_int_equal(document.employer_size, EMPLOYER_SIZE_NONE);
    assert_int_equal(document.registration_date, 0);
    assert_int_equal(document.months, 12);
    assert_true(document.is_employer && !document.agreement.requires_dtsen && document.agreement.no_legal_basis);
    assert_int_equal(document.agreement.desil_max, 4);
    assert_int_equal(document.dtsen, FACT_YES);
    assert_int_equal(document.civil_servant, FACT_NO);
    assert_int_equal(document.covers[0].status, COVER_ENDED);
    assert_int_equal(document.covers[1].status, COVER_ACTIVE);
    assert_false(read(arena, "{\"is_employer\":2}", &document, &problem));
    assert_false(read(arena, "{\"months\":\"12 bulan\"}", &document, &problem));
    assert_false(read(arena, "{\"months\":\"99999999999999999999\"}", &document, &problem));
    assert_string_equal(problem.pointer, "/months");
    arena_destroy(arena);
}

static void what_is_written_is_read(void **state) {
    (void)state;
    struct arena *arena = arena_create(4 << 20);
    struct check_document document;
    struct check_problem problem;
    assert_true(read(arena,
                     "{\"registration_date\":\"2025-09-15\",\"segment\":\"PU\",\"nik\":1708041705809901,\"programmes\":\"JKK+JKM\",\"employer_size\":\"MENENGAH\",\"is_employer\":true,"
                     "\"income\":1000000,\"wage\":\"Rp3.000.000\",\"months\":3,\"start_month\":\"2025-10\",\"parameters\":{\"min_age\":15,\"age_limit\":66},"
                     "\"agreement\":{\"payer\":\"APBD\",\"region\":\"17.08\",\"period\":[\"2024-02\",\"2024-02\"],\"requires_dtsen\":true,\"desil_max\":4,\"occupations\":[\"0405\",\"ojek\"],"
                     "\"exclude_active\":true,\"legal_basis\":false,\"programmes\":[\"JKK\",\"JKM\",\"JP\"],\"min_age\":18,\"age_limit\":60,\"region_scope\":\"PROVINCE\",\"quota_left\":0,\"budget_left\":1},"
                     "\"facts\":{\"dukcapil\":\"NOT_FOUND\",\"dukcapil_region\":\"17.08.04\",\"dtsen\":true,\"desil\":10,\"civil_servant\":\"NO_ANSWER\","
                     "\"active\":[{\"segment\":\"BPU\",\"programme\":\"JKM\",\"payer\":\"17\",\"from\":\"2025-01-15\",\"to\":\"2025-12\",\"status\":\"LAPSED\"}]}}",
                     &document, &problem));
    assert_int_equal(document.registration_date, 20250915);
    assert_true(slice_is(document.row.column[COLUMN_SEGMEN], "PU"));
    assert_true(slice_is(document.row.column[COLUMN_NIK], "1708041705809901"));
    assert_true(slice_is(document.row.column[COLUMN_PENGHASILAN], "1000000"));
    assert_true(slice_is(document.row.column[COLUMN_UPAH], "Rp3.000.000"));
    assert_int_equal(document.programmes, 3);
    assert_int_equal(document.employer_size, EMPLOYER_MEDIUM);
    assert_true(document.is_employer);
    assert_int_equal(document.months, 3);
    assert_int_equal(document.start_month, 202510);
    assert_string_equal(document.assignments, "min_age=15,age_limit=66");
    const struct check_agreement *agreement = &document.agreement;
    assert_true(agreement->given && agreement->requires_dtsen && agreement->exclude_active && agreement->no_legal_basis && agreement->quota_is_used_up && !agreement->budget_is_used_up);
    assert_int_equal(agreement->payer, FUNDS_APBD);
    assert_int_equal(agreement->region, 1708);
    assert_int_equal(agreement->from, 20240201);
    assert_int_equal(agreement->to, 20240229);
    assert_int_equal(agreement->desil_max, 4);
    assert_int_equal(agreement->min_age, 18);
    assert_int_equal(agreement->age_limit, 60);
    assert_int_equal(agreement->scope, SCOPE_PROVINCE);
    assert_int_equal(agreement->programmes, 11);
    assert_int_equal(agreement->occupation_count, 2);
    assert_true(slice_is(agreement->occupations[1], "ojek"));
    assert_int_equal(document.dukcapil, DUKCAPIL_NOT_FOUND);
    assert_int_equal(document.dukcapil_region, 170804);
    assert_int_equal(document.dtsen, FACT_YES);
    assert_int_equal(document.civil_servant, FACT_NO_ANSWER);
    assert_int_equal(document.desil, 10);
    assert_int_equal(document.cover_count, 1);
    assert_int_equal(document.covers[0].segment, SEGMENT_BPU);
    assert_int_equal(document.covers[0].programmes, 2);
    assert_int_equal(document.covers[0].from, 202501);
    assert_int_equal(document.covers[0].to, 202512);
    assert_int_equal(document.covers[0].status, COVER_LAPSED);
    assert_true(slice_is(document.covers[0].payer, "17"));
    arena_destroy(arena);
}

static void absent_or_null_is_not_known(void **state) {
    (void)state;
    struct arena *arena = arena_create(4 << 20);
    struct check_document documents[2];
    struct check_problem problem;
    assert_true(read(arena, "{}", &documents[0], &problem));
    assert_true(read(arena, "{\"nik\":null,\"agreement\":null,\"facts\":null,\"months\":null,\"programmes\":null}", &documents[1], &problem));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(documents[i].registration_date, 0);
        assert_false(documents[i].agreement.given);
        assert_int_equal(documents[i].dukcapil, DUKCAPIL_NOT_ASKED);
        assert_int_equal(documents[i].dtsen, FACT_NOT_ASKED);
        assert_int_equal(documents[i].months, 0);
        assert_int_equal(documents[i].programmes, 0);
        for (int column = 0; column < COLUMN_COUNT; column++) assert_int_equal(documents[i].row.column[column].size, 0);
    }
    assert_true(read(arena, "{\"agreement\":{\"period\":[null,\"2025-12-31\"]}}", &documents[0], &problem));
    assert_int_equal(documents[0].agreement.from, 0);
    assert_int_equal(documents[0].agreement.to, 20251231);
    arena_destroy(arena);
}

static void what_cannot_be_read_is_named_and_not_quoted(void **state) {
    (void)state;
    static const struct {
        const char *json, *pointer;
    } wrong[] = {
        {"", ""}, {"[]", ""}, {"{", ""}, {"{\"nik\":\"1\",\"nik\":\"2\"}", ""}, {"{\"rahasia\":1}", "/rahasia"}, {"{\"nik\":true}", "/nik"}, {"{\"income\":[]}", "/income"},
        {"{\"is_employer\":3}", "/is_employer"}, {"{\"employer_size\":\"HUGE\"}", "/employer_size"}, {"{\"employer_size\":5}", "/employer_size"}, {"{\"months\":1201}", "/months"},
        {"{\"months\":\"tiga\"}", "/months"}, {"{\"start_month\":\"2025-13\"}", "/start_month"}, {"{\"start_month\":5}", "/start_month"}, {"{\"registration_date\":\"kemarin\"}", "/registration_date"},
        {"{\"registration_date\":1}", "/registration_date"}, {"{\"programmes\":[]}", NULL}, {"{\"programmes\":{}}", "/programmes"}, {"{\"programmes\":[1]}", "/programmes"},
        {"{\"parameters\":[]}", "/parameters"}, {"{\"parameters\":{\"a\":\"b\"}}", "/parameters"}, {"{\"agreement\":7}", "/agreement"}, {"{\"agreement\":{\"payer\":1}}", "/agreement/payer"},
        {"{\"agreement\":{\"region\":[]}}", "/agreement/region"}, {"{\"agreement\":{\"region\":\"x\"}}", "/agreement/region"}, {"{\"agreement\":{\"period\":\"2025\"}}", "/agreement/period"},
        {"{\"agreement\":{\"period\":[\"x\",null]}}", "/agreement/period"}, {"{\"agreement\":{\"period\":[null,3]}}", "/agreement/period"}, {"{\"agreement\":{\"legal_basis\":\"ya\"}}", "/agreement/legal_basis"},
        {"{\"agreement\":{\"requires_dtsen\":2}}", "/agreement/requires_dtsen"}, {"{\"agreement\":{\"desil_max\":0}}", "/agreement/desil_max"},
        {"{\"agreement\":{\"region_scope\":\"DESA\"}}", "/agreement/region_scope"}, {"{\"agreement\":{\"occupations\":\"0405\"}}", "/agreement/occupations"},
        {"{\"agreement\":{\"occupations\":[{}]}}", "/agreement/occupations"}, {"{\"agreement\":{\"quota_left\":-1}}", "/agreement/quota_left"}, {"{\"facts\":{\"dukcapil\":true}}", "/facts/dukcapil"},
        {"{\"facts\":{\"dukcapil_region\":\"x\"}}", "/facts/dukcapil_region"}, {"{\"facts\":{\"dtsen\":\"MAYBE\"}}", "/facts/dtsen"}, {"{\"facts\":{\"desil\":11}}", "/facts/desil"},
        {"{\"facts\":{\"active\":{}}}", "/facts/active"}, {"{\"facts\":{\"active\":[3]}}", "/facts/active/0"}, {"{\"facts\":{\"active\":[{\"segment\":\"X\"}]}}", "/facts/active/0/segment"},
        {"{\"facts\":{\"active\":[{},{\"from\":\"x\"}]}}", "/facts/active/1/from"}, {"{\"facts\":{\"active\":[{\"status\":\"x\"}]}}", "/facts/active/0/status"}};
    struct arena *arena = arena_create(4 << 20);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct check_document document = {.months = 77};
        struct check_problem problem = {.problem = NULL};
        const bool taken = read(arena, wrong[i].json, &document, &problem);
        if (wrong[i].pointer == NULL) { /* an empty list is no wish */
            assert_true(taken);
            assert_int_equal(document.programmes, 0);
            continue;
        }
        if (taken) fail_msg("taken: %s", wrong[i].json);
        assert_string_equal(problem.pointer, wrong[i].pointer);
        assert_non_null(problem.problem);
        assert_int_equal(document.months, 77); /* untouched */
    }
    arena_destroy(arena);
}

static void long_things_are_refused(void **state) {
    (void)state;
    struct arena *arena = arena_create(16 << 20);
    struct check_document document;
    struct check_problem problem;
    static char json[CHECK_BYTES_MAX + 2];
    memset(json, ' ', sizeof json);
    assert_false(check_document_read(slice_of(json, sizeof json), arena, &document, &problem));
    int size = snprintf(json, sizeof json, "{\"name\":\"");
    memset(json + size, 'A', 1025);
    memcpy(json + size + 1025, "\"}", 3);
    assert_false(read(arena, json, &document, &problem));
    assert_string_equal(problem.pointer, "/name");
    json[size + 1024] = '"', json[size + 1025] = '}', json[size + 1026] = '\0';
    assert_true(read(arena, json, &document, &problem));
    size = snprintf(json, sizeof json, "{\"");
    memset(json + size, 'm', 4000);
    memcpy(json + size + 4000, "\":1}", 5);
    assert_false(read(arena, json, &document, &problem));
    assert_int_equal(strlen(problem.pointer), CHECK_POINTER_MAX - 1);
    size = snprintf(json, sizeof json, "{\"parameters\":{\"");
    memset(json + size, 'm', 600);
    memcpy(json + size + 600, "\":1}}", 6);
    assert_false(read(arena, json, &document, &problem));
    assert_string_equal(problem.pointer, "/parameters");
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(values_of_tables_are_understood),
        cmocka_unit_test(absent_or_null_is_not_known),
        cmocka_unit_test(what_cannot_be_read_is_named_and_not_quoted),
        cmocka_unit_test(long_things_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
