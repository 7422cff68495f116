/* The data files of regions and occupations: what they must hold, and which mistakes are refused at load. */
#include "tests/unit/cmocka_all.h"

#include "common/domain/text.h"
#include "tests/unit/regions_fixture.h"

static void regions_have_standing_and_names(void **state) {
    struct arena *arena = arena_create(8 << 20);
    const struct region_table table = fixture_regions(arena);
    assert_int_equal(region_standing(&table, 170804), REGION_KNOWN);
    assert_int_equal(region_standing(&table, 170800), REGION_KNOWN);
    assert_int_equal(region_standing(&table, 170899), REGION_NO_DISTRICT);
    assert_int_equal(region_standing(&table, 640401), REGION_FORMER); /* Bulungan before Kalimantan Utara */
    assert_int_equal(region_standing(&table, 540101), REGION_FORMER); /* former Timor Timur */
    assert_int_equal(region_standing(&table, 179901), REGION_UNKNOWN);
    assert_int_equal(region_standing(&table, 0), REGION_UNKNOWN);
    assert_true(slice_is(region_name(&table, 170000), "Bengkulu"));
    assert_true(slice_is(region_name(&table, 170800), "Kabupaten Kepahiang"));
    assert_true(slice_is(region_name(&table, 640101), "Batu \"Sopang\", Lama"));
    assert_true(slice_is(region_name(&table, 640400), "Kabupaten Bulungan"));
    assert_int_equal(region_name(&table, 999999).size, 0);
    arena_destroy(arena);
}

static void region_codes_are_read_with_and_without_dots(void **state) {
    static const struct {
        const char *text;
        uint32_t region, village; /* region 0 = refused */
    } cases[] = {{"17", 170000, 0},         {"17.08", 170800, 0}, {"17.08.04", 170804, 0}, {"17.08.04.2001", 170804, 2001}, {"1708042001", 170804, 2001}, {"1708", 170800, 0},
                 {" 17.08.04 ", 170804, 0}, {"17.8.4", 0, 0},     {"17.08.", 0, 0},        {"17-08", 0, 0},                 {"170", 0, 0},             {"00.08", 0, 0},
                 {"", 0, 0},                {"17.08.04.20011", 0, 0}, {"1708.04", 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t region = 0, village = 0;
        bool read = region_parse(slice_text(cases[i].text), &region, &village);
        if (read != (cases[i].region != 0) || region != cases[i].region || village != cases[i].village) fail_msg("'%s': %u %u", cases[i].text, region, village);
    }
    char text[9];
    assert_true(region_holds(170000, 170804) && region_holds(170800, 170804) && region_holds(170804, 170804));
    assert_false(region_holds(170900, 170804) || region_holds(170805, 170804) || region_holds(160000, 170804));
    region_format(170804, text);
    assert_string_equal(text, "17.08.04");
    region_format(170800, text);
    assert_string_equal(text, "17.08");
    region_format(170000, text);
    assert_string_equal(text, "17");
}

static void mistakes_in_region_files_are_named(void **state) {
    static const struct {
        const char *districts, *field;
        uint32_t line;
    } cases[] = {
        {"", "", 0},
        {"kode,regency_code,name\n", "code", 1},
        {"code,regency_code,name,more\n", "", 1},
        {"code,regency_code,name\n17.08.04,17.08\n", "name", 2},
        {"code,regency_code,name\n17.08.04,17.08,A,B\n", "", 2},
        {"code,regency_code,name\n17.08.4,17.08,A\n", "code", 2},
        {"code,regency_code,name\n17.08.04,17.08,\n", "name", 2},
        {"code,regency_code,name\n# a remark\n\n17.08.04,17.08,A\n17.08.04,17.08,B\n", "code", 5},
        {"code,regency_code,name\n17.08.04,17.08,\"A\n", "name", 2},
        {"code,regency_code,name\n17.08.04,17.08,\"A\"b\n", "name", 2},
        {"code,regency_code,name\n36.04.01,36.04,A\n", "code", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_create(1 << 20);
        struct region_table table;
        struct load_error error = {0};
        const char *file = "";
        const struct region_files files = {.provinces = slice_text("code,name\n17,Bengkulu\n"), .regencies = slice_text("code,province_code,name\r\n17.08,17,Kepahiang\r\n"),
                                           .districts = slice_text(cases[i].districts), .history = slice_text("code,name,remark\n")};
        if (regions_load(&files, arena, &table, &error, &file)) fail_msg("case %zu was taken", i);
        assert_string_equal(file, "districts.csv");
        if (error.line != cases[i].line || strcmp(error.field, cases[i].field) != 0) fail_msg("case %zu: line %u, %s: %s", i, error.line, error.field, error.problem);
        arena_destroy(arena);
    }
}

static void the_jobs_of_the_law_note_are_there(void **state) {
    static const struct {
        const char *name;
        enum sector sector;
        bool formal;
    } cases[] = {{"tukang ojek", SECTOR_TRANSPORT, false}, {"ojek online", SECTOR_TRANSPORT, false}, {"Becak", SECTOR_TRANSPORT, false}, {"kuli", SECTOR_OTHER, false},
                 {"Buruh Tani", SECTOR_OTHER, false},      {"petani", SECTOR_OTHER, false},          {"nelayan", SECTOR_OTHER, false},   {"pedagang", SECTOR_OTHER, false},
                 {"guru ngaji", SECTOR_OTHER, false},      {"imam", SECTOR_OTHER, false},            {"marbot", SECTOR_OTHER, false},    {"relawan", SECTOR_OTHER, false},
                 {"sopir angkot", SECTOR_TRANSPORT, false}, {"kurir", SECTOR_TRANSPORT, false},      {"sopir taksi", SECTOR_TRANSPORT, false}, {"sopir truk", SECTOR_TRANSPORT, false},
                 {"bentor", SECTOR_TRANSPORT, false},      {"karyawan swasta", SECTOR_OTHER, true},  {"guru honorer", SECTOR_OTHER, true}, {"buruh pabrik", SECTOR_OTHER, true},
                 {"pegawai", SECTOR_OTHER, true},          {"honorer", SECTOR_OTHER, true}};
    struct arena *arena = arena_create(8 << 20);
    const struct occupation_table table = fixture_occupations(arena);
    assert_true(table.count >= 90);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct occupation *job = occupation_by_name(&table, slice_text(cases[i].name));
        if (job == NULL || job->sector != cases[i].sector || job->formal != cases[i].formal) fail_msg("%s", cases[i].name);
    }
    for (size_t i = 0; i < table.count; i++) {
        assert_true(occupation_by_code(&table, table.rows[i].code) == &table.rows[i]);
        assert_true(occupation_by_name(&table, table.rows[i].name) == &table.rows[i]);
        bool transport = slice_is(table.rows[i].group, "transport");
        assert_int_equal(table.rows[i].sector == SECTOR_TRANSPORT, transport); /* only this group has the relief of PP 50/2025 */
    }
    assert_null(occupation_by_name(&table, slice_text("astronaut")));
    assert_null(occupation_by_code(&table, slice_text("")));
    arena_destroy(arena);
}

static void two_jobs_may_not_share_a_name(void **state) {
#define HEADER "code\tname\tgroup\tsector\tformal\temployer\tcivil_servant\tsynonyms\n"
    static const struct {
        const char *text, *field;
        uint32_t line;
    } cases[] = {
        {HEADER "01\tpetani\tagri\tOTHER\t0\t0\t0\t\n02\tPetani\tagri\tOTHER\t0\t0\t0\t\n", "name", 3},
        {HEADER "01\tpetani\tagri\tOTHER\t0\t0\t0\ttani\n02\tb\tagri\tOTHER\t0\t0\t0\tc|TANI\n", "synonyms", 3},
        {HEADER "01\tpetani\tagri\tOTHER\t0\t0\t0\ta||b\n", "synonyms", 2},
        {HEADER "02\ta\tagri\tOTHER\t0\t0\t0\t\n01\tb\tagri\tOTHER\t0\t0\t0\t\n", "code", 3},
        {HEADER "01\ta\tkebun\tOTHER\t0\t0\t0\t\n", "group", 2},
        {HEADER "01\ta\tagri\tLAUT\t0\t0\t0\t\n", "sector", 2},
        {HEADER "01\ta\tagri\tOTHER\t2\t0\t0\t\n", "formal", 2},
        {HEADER "01\ta\tagri\tOTHER\t0\t-\t0\t\n", "employer", 2},
        {HEADER "01\ta\tagri\tOTHER\t0\t0\tya\t\n", "civil_servant", 2},
        {HEADER "01\ta\tagri\tOTHER\t1\t0\t1\t\n", "civil_servant", 2},
        {HEADER "01\ta\tagri\tOTHER\t0\t1\t1\t\n", "civil_servant", 2},
        {HEADER "01\t\tagri\tOTHER\t0\t0\t0\t\n", "name", 2},
        {HEADER "\ta\tagri\tOTHER\t0\t0\t0\t\n", "code", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_create(1 << 20);
        struct occupation_table table;
        struct load_error error = {0};
        if (occupations_load(slice_text(cases[i].text), arena, &table, &error)) fail_msg("case %zu was taken", i);
        if (error.line != cases[i].line || strcmp(error.field, cases[i].field) != 0) fail_msg("case %zu: line %u, %s: %s", i, error.line, error.field, error.problem);
        arena_destroy(arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_have_standing_and_names),
        cmocka_unit_test(region_codes_are_read_with_and_without_dots),
        cmocka_unit_test(mistakes_in_region_files_are_named),
        cmocka_unit_test(the_jobs_of_the_law_note_are_there),
        cmocka_unit_test(two_jobs_may_not_share_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
