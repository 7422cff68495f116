/* What a facts document leaves open is filled in one way only: the months, the programmes, who is the same payer, which occupations a word means. The cases themselves stand in
 * tests/vectors/check.json. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>

#include "services/payung/check_case.h"
#include "tests/unit/regions_fixture.h"

enum { TODAY = 20250915, JSON_MAX = 4096 };

struct world {
    struct arena *arena;
    struct region_table regions;
    struct occupation_table occupations;
    struct law_table law;
    struct parameters parameters;
    struct check_tables tables;
};

static int set_up(void **state) {
    static struct world world;
    struct load_error error;
    world.arena = arena_create(64 << 20);
    world.regions = fixture_regions(world.arena);
    world.occupations = fixture_occupations(world.arena);
    if (!law_load(source_file(world.arena, "common/domain/data/programme-law.tsv"), world.arena, &world.law, &error)) return -1;
    if (!parameters_load(source_file(world.arena, "common/domain/data/parameters.tsv"), world.arena, &world.parameters, &error)) return -1;
    world.tables = (struct check_tables){.regions = &world.regions, .occupations = &world.occupations, .law = &world.law, .parameters = &world.parameters};
    *state = &world;
    return 0;
}

static int tear_down(void **state) {
    arena_destroy(((struct world *)*state)->arena);
    return 0;
}

/* A person of Kepahiang; `more` is what follows in the document. */
static struct check_result decided(const struct world *world, const char *segment, const char *more) {
    char json[JSON_MAX];
    struct check_document document;
    struct check_problem problem;
    struct check_result result;
    const int size = snprintf(json, sizeof json,
                              "{\"segment\":\"%s\",\"nik\":\"1708041705809901\",\"name\":\"CONTOH\",\"birth_date\":\"1980-05-17\",\"sex\":\"L\",\"phone\":\"081200000000\",\"occupation\":\"0402\","
                              "\"ktp_region\":\"17.08.04\"%s%s}",
                              segment, more[0] != '\0' ? "," : "", more);
    assert_true(size > 0 && size < JSON_MAX);
    if (!check_document_read(slice_of(json, (size_t)size), world->arena, &document, &problem)) fail_msg("%s %s", problem.pointer, problem.problem);
    check_case(&document, &world->tables, TODAY, world->arena, &result);
    return result;
}

static void months_that_are_not_said_come_from_the_period(void **state) {
    static const struct {
        const char *more;
        month_t start;
        uint32_t months;
    } rows[] = {
        {"", 202509, 1},
        {"\"months\":7", 202509, 7},
        {"\"start_month\":\"2026-02\"", 202602, 1},
        {"\"agreement\":{\"period\":[\"2025-10\",\"2026-09\"]}", 202510, 12},
        {"\"agreement\":{\"period\":[\"2025-10-15\",\"2025-10-20\"]}", 202510, 1},
        {"\"start_month\":\"2026-07\",\"agreement\":{\"period\":[\"2025-10\",\"2026-09\"]}", 202607, 3},
        {"\"months\":2,\"agreement\":{\"period\":[\"2025-10\",\"2026-09\"]}", 202510, 2},
        {"\"agreement\":{\"period\":[\"2025-10\",null]}", 202510, 1},
        {"\"agreement\":{\"period\":[null,\"2025-12\"]}", 202509, 4},
        {"\"agreement\":{\"period\":[null,\"2999-12\"]}", 202509, 1200},
        {"\"registration_date\":\"2025-01-31\"", 202501, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct check_result result = decided(*state, "BPU", rows[i].more);
        if (result.verdict.status != VERDICT_ELIGIBLE) fail_msg("not eligible: %s", rows[i].more);
        assert_int_equal(result.verdict.start_month, rows[i].start);
        assert_int_equal(result.verdict.months, rows[i].months);
    }
}

static void programmes_that_are_not_said_are_the_mandatory_ones(void **state) {
    static const struct {
        const char *segment, *more;
        programme_set programmes;
    } rows[] = {
        {"BPU", "", 3},
        {"BPU", "\"is_employer\":true", 7},
        {"PU", "\"employer_size\":\"MICRO\"", 3},
        {"PU", "\"employer_size\":\"LARGE\"", 15},
        {"PU", "\"employer_size\":\"LARGE\",\"agreement\":{\"programmes\":\"JKK,JKM,JHT,JP\"}", 15},
        {"JAKON", "", 3},
        {"PMI", "\"programmes\":[\"JKK\",\"JKM\",\"JHT\"]", 7},
        {"BPU", "\"agreement\":{\"programmes\":[\"JKK\",\"JKM\",\"JHT\"]}", 7},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct check_result result = decided(*state, rows[i].segment, rows[i].more);
        assert_int_equal(result.verdict.status, VERDICT_ELIGIBLE);
        assert_int_equal(result.verdict.programmes, rows[i].programmes);
        assert_int_equal(result.wanting, 0); /* what only the price needs is not asked for */
    }
}

static void the_same_payer_is_the_same_region_or_kind(void **state) {
    static const struct {
        const char *agreement, *payer;
        enum code code;
    } rows[] = {
        {"\"payer\":\"APBD\",\"region\":\"17.08\"", "17.08", CODE_E22}, {"\"payer\":\"APBD\",\"region\":\"17.08\"", "1708", CODE_E22},   {"\"payer\":\"APBD\",\"region\":\"17.08\"", "17", CODE_E21},
        {"\"payer\":\"APBD\",\"region\":\"17.08\"", "APBD", CODE_E21},  {"\"payer\":\"SWASTA\"", "swasta", CODE_E22},                     {"\"payer\":\"SWASTA\"", "17.08", CODE_E21},
        {"\"payer\":\"SWASTA\"", "PRIBADI", CODE_E21},                  {"\"payer\":\"SWASTA\"", "", CODE_E21},                           {"\"payer\":\"APBD\",\"region\":\"17\"", "17", CODE_E22},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char more[512];
        (void)snprintf(more, sizeof more, "\"agreement\":{%s},\"facts\":{\"active\":[{\"programme\":\"JKK\",\"payer\":\"%s\"}]}", rows[i].agreement, rows[i].payer); /* it fits */
        const struct check_result result = decided(*state, "BPU", more);
        if (result.verdict.codes.bits != code_set_with((struct code_set){0}, rows[i].code).bits) fail_msg("%s against %s", rows[i].agreement, rows[i].payer);
    }
}

static void a_cover_without_an_end_lasts_and_one_turned_around_does_not(void **state) {
    assert_int_equal(decided(*state, "BPU", "\"facts\":{\"active\":[{\"from\":\"2025-09\"}]}").verdict.status, VERDICT_REJECTED);
    assert_int_equal(decided(*state, "BPU", "\"facts\":{\"active\":[{\"to\":\"2025-09\"}]}").verdict.status, VERDICT_REJECTED);
    assert_int_equal(decided(*state, "BPU", "\"facts\":{\"active\":[{\"to\":\"2025-08\"}]}").verdict.status, VERDICT_ELIGIBLE);
    assert_int_equal(decided(*state, "BPU", "\"facts\":{\"active\":[{\"from\":\"2026-12\",\"to\":\"2025-01\"}]}").verdict.status, VERDICT_ELIGIBLE);
}

static void occupations_are_codes_names_or_groups(void **state) {
    assert_int_equal(decided(*state, "BPU", "\"agreement\":{\"occupations\":[\"0402\"]}").verdict.status, VERDICT_ELIGIBLE);
    assert_int_equal(decided(*state, "BPU", "\"agreement\":{\"occupations\":[\"Buruh Tani\"]}").verdict.status, VERDICT_ELIGIBLE);
    assert_int_equal(decided(*state, "BPU", "\"agreement\":{\"occupations\":[\"agri\"]}").verdict.status, VERDICT_ELIGIBLE);
    const struct check_result result = decided(*state, "BPU", "\"agreement\":{\"occupations\":[\"transport\",\"penambang bulan\"]}");
    assert_true(code_set_has(result.verdict.codes, CODE_E33));
}

static void the_waiting_list_is_for_those_who_would_be_taken(void **state) {
    struct check_result result = decided(*state, "BPU", "\"agreement\":{\"budget_left\":0}");
    assert_string_equal(check_outcome(&result), "WAITLIST");
    assert_true(code_set_has(result.queue, CODE_Q61) && !code_set_has(result.queue, CODE_Q60));
    result = decided(*state, "BPU", "\"agreement\":{\"budget_left\":0,\"legal_basis\":false}");
    assert_string_equal(check_outcome(&result), "REJECT");
    assert_int_equal(result.queue.bits, 0);
    result = decided(*state, "BPU", "\"agreement\":{\"quota_left\":0},\"facts\":{\"dukcapil\":\"NO_ANSWER\"}");
    assert_string_equal(check_outcome(&result), "PENDING");
}

static void the_subsidy_is_a_remark_for_employees(void **state) {
    assert_int_equal(decided(*state, "PU", "\"wage\":4999999,\"employer_size\":\"MICRO\"").subsidy, FACT_YES);
    assert_int_equal(decided(*state, "PU", "\"wage\":5000000,\"employer_size\":\"MICRO\"").subsidy, FACT_NO);
    assert_int_equal(decided(*state, "PU", "\"employer_size\":\"MICRO\"").subsidy, FACT_NOT_ASKED);
    assert_int_equal(decided(*state, "BPU", "\"wage\":4999999").subsidy, FACT_NOT_ASKED);
}

static void a_segment_that_is_none_is_missing(void **state) {
    const struct check_result result = decided(*state, "PETANI", "");
    assert_true(code_set_has(result.verdict.codes, CODE_E80));
    assert_int_equal(result.wanting, UINT64_C(1) << COLUMN_SEGMEN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(months_that_are_not_said_come_from_the_period),
        cmocka_unit_test(programmes_that_are_not_said_are_the_mandatory_ones),
        cmocka_unit_test(the_same_payer_is_the_same_region_or_kind),
        cmocka_unit_test(a_cover_without_an_end_lasts_and_one_turned_around_does_not),
        cmocka_unit_test(occupations_are_codes_names_or_groups),
        cmocka_unit_test(the_waiting_list_is_for_those_who_would_be_taken),
        cmocka_unit_test(the_subsidy_is_a_remark_for_employees),
        cmocka_unit_test(a_segment_that_is_none_is_missing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
