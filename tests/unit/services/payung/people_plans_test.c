/* What a plan of test people may ask for, which columns each segment's list has, and the sources that are not sound. */
#include "services/payung/people.h"

#include "tests/unit/cmocka_all.h"
#include "tests/unit/regions_fixture.h"

static struct arena *arena;
static struct region_table regions;
static struct occupation_table occupations;
static const char villages[] = "code,district_code,name\n17.08.01.2001,17.08.01,Keban Agung\n17.08.04.1001,17.08.04,Pasar Kepahiang\n17.08.04.2002,17.08.04,Kelobak\n"
                               "36.04.05.2001,36.04.05,Cikande\n36.73.01.1001,36.73.01,Serang\n61.12.01.2001,61.12.01,Sungai Raya\n";

static int set_up(void **state) {
    arena = arena_create(64 << 20);
    regions = fixture_regions(arena);
    occupations = fixture_occupations(arena);
    return 0;
}
static int tear_down(void **state) {
    arena_destroy(arena);
    return 0;
}

static bool prepare(struct people_plan plan, const char *text, struct people_world *ret_world, struct load_error *ret_error) {
    const struct people_sources sources = {.regions = &regions, .occupations = &occupations, .villages = slice_text(text)};
    *ret_error = (struct load_error){0};
    return people_prepare(&sources, &plan, arena, ret_world, ret_error);
}

static void what_can_not_be_made_is_refused_with_its_reason(void **state) {
    static const struct {
        struct people_plan plan;
        const char *villages, *field, *problem;
    } rows[] = {
        {{.region = 170800, .as_of = 19991231, .count = 1}, villages, "as-of", "2000"},
        {{.region = 170800, .as_of = 21000101, .count = 1}, villages, "as-of", "2099"},
        {{.region = 179900, .as_of = 20250915, .count = 1}, villages, "region", "no such region"},
        {{.region = 170200, .as_of = 20250915, .count = 1}, villages, "code", "no village"},
        {{.region = 170800, .as_of = 20250915, .count = 1}, "code,name\n", "", "header"},
        {{.region = 170800, .as_of = 20250915, .count = 1}, "code,district_code,name\nx,17.08.01,A\n", "code", "not the code"},
        {{.region = 170800, .as_of = 20250915, .count = 1}, "code,district_code,name\n17.08.01,17.08.01,A\n", "code", "not the code"},
        {{.region = 170800, .as_of = 20250915, .count = 1}, "code,district_code,name\n17.08.04.2001,17.08.04,A\n17.08.01.2001,17.08.01,B\n", "code", "ascend"},
        {{.region = 170800, .as_of = 20250915, .count = 1}, "code,district_code,name\n17.08.04.2001\n", "", ""},
        {{.region = 170800, .as_of = 20250915, .count = PEOPLE_ITEMS_MAX + 1u}, villages, "", "at most"},
        {{.region = 170800, .as_of = 20250915, .count = 9, .faults = {[PEOPLE_E10] = 60000, [PEOPLE_E11] = 50000}}, villages, "", "E10 and E11"},
        {{.region = 170800, .as_of = 20250915, .count = 1, .faults = {[PEOPLE_DUPLICATE_ROW] = 2}}, villages, "", "copies"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct people_world world;
        struct load_error error;
        const bool made = prepare(rows[i].plan, rows[i].villages, &world, &error);
        const bool field_told = rows[i].field[0] == '\0' || strcmp(error.field, rows[i].field) == 0;
        if (made || !field_told || strstr(error.problem, rows[i].problem) == NULL) fail_msg("row %zu: %s, %s: %s", i, made ? "made" : "refused", error.field, error.problem);
    }
}

static void a_plan_may_fill_the_terms_of_each_segment(void **state) {
    static const struct {
        enum segment segment;
        const char *programmes, *start, *months;
        bool income;
    } rows[] = {{SEGMENT_BPU, "JKK+JKM", "2024-03", "12", true}, {SEGMENT_PU, "JKK+JKM+JHT+JP", "2024-03", "12", false}, {SEGMENT_JAKON, "JKK+JKM", "", "", false},
                {SEGMENT_PMI, NULL, "2024-03", "", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        /* 29 February: whoever is 65 or 17 that day was born on the 28th or 29th */
        const struct people_plan plan = {.segment = rows[i].segment, .region = 170800, .as_of = 20240229, .seed = 9, .count = 60, .fill_program = true, .fill_penghasilan = true,
                                         .fill_periode_mulai = true, .fill_jumlah_bulan = true};
        struct people_world world;
        struct load_error error;
        if (!prepare(plan, villages, &world, &error)) fail_msg("%s: %s", error.field, error.problem);
        for (uint64_t item = 0; item < 60; item++) {
            struct people_row row;
            people_row(&world, item, &row);
            if (rows[i].programmes != NULL) assert_string_equal(row.text[COLUMN_PROGRAM], rows[i].programmes);
            assert_string_equal(row.text[COLUMN_PERIODE_MULAI], rows[i].start);
            assert_string_equal(row.text[COLUMN_JUMLAH_BULAN], rows[i].months);
            assert_int_equal(row.text[COLUMN_PENGHASILAN][0] != '\0', rows[i].income);
            assert_string_equal(row.text[COLUMN_SEGMEN], segment_name(rows[i].segment));
        }
    }
}

static void people_of_a_city_or_a_province_live_there(void **state) {
    static const uint32_t places[] = {170000, 170804, 360000, 367300};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const struct people_plan plan = {.region = places[i], .as_of = 20250915, .seed = 2, .count = 40};
        const uint32_t unit = places[i] % 10000 == 0 ? 10000 : places[i] % 100 == 0 ? 100 : 1;
        struct people_world world;
        struct load_error error;
        if (!prepare(plan, villages, &world, &error)) fail_msg("%s: %s", error.field, error.problem);
        for (uint64_t item = 0; item < 40; item++) {
            struct people_row row;
            uint32_t region, village;
            people_row(&world, item, &row);
            assert_true(region_parse(slice_text(row.text[COLUMN_KODE_WILAYAH_KTP]), &region, &village));
            assert_int_equal(region / unit, places[i] / unit);
        }
    }
}

static void each_segment_has_its_own_columns_and_those_of_all(void **state) {
    static const struct {
        enum segment segment;
        enum column has, last, lacks;
    } rows[] = {{SEGMENT_PU, COLUMN_NPP, COLUMN_STATUS_PADAT_KARYA, COLUMN_NO_PROYEK}, {SEGMENT_JAKON, COLUMN_NO_PROYEK, COLUMN_BASIS, COLUMN_SKALA},
                {SEGMENT_JAKON, COLUMN_NPP, COLUMN_UPAH, COLUMN_JALUR}, {SEGMENT_PMI, COLUMN_JALUR, COLUMN_ID_P3MI, COLUMN_UPAH}, {SEGMENT_BPU, COLUMN_NIK, COLUMN_PENGHASILAN, COLUMN_UPAH},
                {SEGMENT_NONE, COLUMN_NIK, COLUMN_PENGHASILAN, COLUMN_JALUR}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(people_has_column(rows[i].segment, COLUMN_NIK));
        assert_true(people_has_column(rows[i].segment, rows[i].has));
        assert_true(people_has_column(rows[i].segment, rows[i].last));
        assert_false(people_has_column(rows[i].segment, rows[i].lacks));
    }
    assert_false(people_has_column(SEGMENT_PU, COLUMN_JALUR));
    assert_false(people_has_column(SEGMENT_PMI, COLUMN_NPP));
    assert_false(people_has_column(SEGMENT_JAKON, COLUMN_JALUR));
}

static void faults_are_known_by_their_names(void **state) {
    for (int kind = PEOPLE_E01; kind < PEOPLE_KIND_COUNT; kind++) {
        enum people_kind parsed = PEOPLE_VALID;
        assert_true(people_kind_parse(slice_text(people_kind_name((enum people_kind)kind)), &parsed));
        assert_int_equal(parsed, kind);
    }
    enum people_kind untouched = PEOPLE_VALID;
    assert_false(people_kind_parse(slice_text("E99"), &untouched));
    assert_int_equal(untouched, PEOPLE_VALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_not_be_made_is_refused_with_its_reason), cmocka_unit_test(a_plan_may_fill_the_terms_of_each_segment),
        cmocka_unit_test(people_of_a_city_or_a_province_live_there),       cmocka_unit_test(each_segment_has_its_own_columns_and_those_of_all),
        cmocka_unit_test(faults_are_known_by_their_names),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
