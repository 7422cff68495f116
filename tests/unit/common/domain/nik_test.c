/* What is found in an identity number: the vectors of tests/vectors/nik.tsv, which an official can read, row by row. */
#include "tests/unit/cmocka_all.h"

#include "common/domain/nik.h"
#include "common/domain/text.h"
#include "tests/unit/regions_fixture.h"

enum { ID, NIK, BIRTH, SEX, EXPECTED, REGION, DATE, TOLD_SEX, REMARK, COLUMNS };
static const char *const names[COLUMNS] = {"id", "nik", "birth", "sex", "expected", "region", "date", "told_sex", "remark"};

static enum sex sex_of(struct slice text) { return slice_is(text, "L") ? SEX_MALE : slice_is(text, "P") ? SEX_FEMALE : SEX_NONE; }

static day_t day_of(struct slice text) {
    day_t day = 0;
    if (!slice_is(text, "-")) assert_true(day_parse(text, &day));
    return day;
}

/* The marks of the vector file as the bytes they stand for; {FW} in front makes the digits wide. */
static size_t as_typed(struct slice text, char ret_text[256]) {
    static const struct {
        const char *mark, *bytes;
    } marks[] = {{"{NBSP}", "\xC2\xA0"}, {"{EN}", "\xE2\x80\x93"}, {"{MINUS}", "\xE2\x88\x92"}, {"{ZW}", "\xE2\x80\x8B"}, {"{FW}", ""}};
    bool wide = text.size > 4 && memcmp(text.bytes, "{FW}", 4) == 0;
    size_t size = 0;
    for (size_t i = 0; i < text.size;) {
        size_t mark = 0;
        while (mark < sizeof marks / sizeof marks[0] && (text.size - i < strlen(marks[mark].mark) || memcmp(text.bytes + i, marks[mark].mark, strlen(marks[mark].mark)) != 0)) mark++;
        if (mark < sizeof marks / sizeof marks[0]) {
            memcpy(ret_text + size, marks[mark].bytes, strlen(marks[mark].bytes));
            size += strlen(marks[mark].bytes);
            i += strlen(marks[mark].mark);
        } else if (wide) {
            memcpy(ret_text + size, "\xEF\xBC", 2);
            ret_text[size + 2] = (char)(0x90 + (text.bytes[i++] - '0'));
            size += 3;
        } else {
            ret_text[size++] = (char)text.bytes[i++];
        }
    }
    return size;
}

static void each_vector_is_found_as_written(void **state) {
    struct arena *arena = arena_create(8 << 20);
    const struct region_table regions = fixture_regions(arena);
    struct table table;
    struct slice fields[TABLE_COLUMNS_MAX];
    struct load_error error;
    size_t rows = 0;
    assert_true(table_open(&table, source_file(arena, "tests/vectors/nik.tsv"), '\t', names, COLUMNS, &error));
    while (table_next(&table, arena, fields, &error)) {
        char typed[256], normal[NIK_TEXT_MAX], codes[CODE_SET_TEXT_MAX];
        struct nik_facts facts;
        size_t size = nik_normalise(slice_of(typed, as_typed(fields[NIK], typed)), normal);
        nik_check(slice_of(normal, size), day_of(fields[BIRTH]), sex_of(fields[SEX]), 20250915, &regions, &facts);
        struct code_set expected = {0};
        if (!slice_is(fields[EXPECTED], "valid")) assert_true(code_set_parse(fields[EXPECTED], &expected));
        (void)code_set_format(facts.findings, codes);
        if (facts.findings.bits != expected.bits) fail_msg("%.*s: expected %.*s, found %s", SLICE_ARGS(fields[ID]), SLICE_ARGS(fields[EXPECTED]), codes);
        uint32_t region = 0, village = 0;
        /* "00.08.04" is no region that region_parse takes */
        if (!slice_is(fields[REGION], "-") && fields[REGION].bytes[0] != '0') assert_true(region_parse(fields[REGION], &region, &village));
        if (region != 0) assert_int_equal(facts.region, region);
        assert_int_equal(facts.birth_date, day_of(fields[DATE]));
        assert_int_equal(facts.sex, sex_of(fields[TOLD_SEX]));
        rows++;
    }
    assert_false(table.failed);
    assert_true(rows >= 90);
    arena_destroy(arena);
}

static void spreadsheet_damage_has_its_own_hint(void **state) {
    struct arena *arena = arena_create(8 << 20);
    const struct region_table regions = fixture_regions(arena);
    static const struct {
        const char *typed;
        bool damage;
    } cases[] = {{"1,70804E+15", true}, {"1.70804E+15", true},      {"1,70804e+15", true},      {" 1.7080412118799E+15 ", true}, {"1,70804E15", true}, {"2E+9", true},
                 {"E+15", false},       {"17080412118799O1", false}, {"170804121187990", false}, {"1,70804E", false},             {"1,70804E+", false}, {"1,70804E+100", false},
                 {"1,70804E+1x", false}, {"1,70804F+15", false},     {"1,70804", false},         {"", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char normal[NIK_TEXT_MAX];
        struct nik_facts facts;
        size_t size = nik_normalise(slice_text(cases[i].typed), normal);
        nik_check(slice_of(normal, size), 0, SEX_NONE, 20250915, &regions, &facts);
        assert_int_equal(facts.spreadsheet_damage, cases[i].damage);
    }
    arena_destroy(arena);
}

static void the_century_is_the_one_that_makes_sense(void **state) {
    struct arena *arena = arena_create(8 << 20);
    const struct region_table regions = fixture_regions(arena);
    struct nik_facts facts;
    const struct slice young = slice_text("1708041211109901"); /* 12 November '10 */
    nik_check(young, 0, SEX_NONE, 20250915, &regions, &facts);
    assert_int_equal(facts.birth_date, 20101112);
    nik_check(young, 19101112, SEX_NONE, 20250915, &regions, &facts);
    assert_int_equal(facts.birth_date, 19101112);
    assert_int_equal(facts.findings.bits, 0);
    nik_check(slice_text("1708041609259901"), 0, SEX_NONE, 20250915, &regions, &facts); /* tomorrow: a hundred years ago */
    assert_int_equal(facts.birth_date, 19250916);
    nik_check(slice_text("1708041509259901"), 0, SEX_NONE, 20250915, &regions, &facts); /* today: a newborn child */
    assert_int_equal(facts.birth_date, 20250915);
    arena_destroy(arena);
}

static void a_made_number_is_a_valid_one(void **state) {
    struct arena *arena = arena_create(8 << 20);
    const struct region_table regions = fixture_regions(arena);
    char nik[NIK_DIGITS + 1];
    struct nik_facts facts;
    nik_make(170804, 19871112, SEX_FEMALE, 9902, nik);
    assert_string_equal(nik, "1708045211879902");
    nik_check(slice_text(nik), 19871112, SEX_FEMALE, 20250915, &regions, &facts);
    assert_int_equal(facts.findings.bits, 0);
    nik_make(170804, 19871112, SEX_MALE, 9901, nik);
    assert_string_equal(nik, "1708041211879901");
    arena_destroy(arena);
}

/* Bytes beside those that are taken out or made narrow stay, and are refused; no byte behind the end is looked at. */
static void strange_bytes_stay_and_are_refused(void **state) {
    struct arena *arena = arena_create(8 << 20);
    const struct region_table regions = fixture_regions(arena);
    static const char *const strange[] = {"\xEF\xBC\x8F", "\xEF\xBC\x9A", "\xEF\xBD\x90", "\xEF\xBC", "\xEF", "\xE2\x80\x8F", "\xE2\x80\x96", "\xE2\x81\x90", "\xE2\x88\x91", "\xE2\x88\x93", "\xE2\x80", "\xE2", "\xC2"};
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        char typed[64], normal[NIK_TEXT_MAX];
        struct nik_facts facts;
        const int size = snprintf(typed, sizeof typed, "1708041211879901%s", strange[i]);
        const size_t left = nik_normalise(slice_of(typed, (size_t)size), normal);
        assert_int_equal(left, size);
        nik_check(slice_of(normal, left), 0, SEX_NONE, 20250915, &regions, &facts);
        assert_true(code_set_has(facts.findings, CODE_E02));
    }
    arena_destroy(arena);
}

static void only_region_and_serial_are_shown(void **state) {
    static const struct {
        const char *nik, *masked;
    } cases[] = {
        {"1708041211879901", "170804******9901"}, {"170804121187990", "***************"}, {"17080412118799011", "****************"},
        {"17080412118799O1", "****************"}, {"Budi", "****"},                         {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char masked[NIK_DIGITS + 1];
        nik_mask(slice_text(cases[i].nik), masked);
        assert_string_equal(masked, cases[i].masked);
    }
}

static struct slice shared_file(struct arena *arena, const char *path) {
    char full[1024];
    FILE *file;
    assert_true((size_t)snprintf(full, sizeof full, "%s/%s", PAYUNG_SHARE_DIR, path) < sizeof full);
    file = fopen(full, "rb");
    assert_non_null(file);
    uint8_t *bytes = arena_take(arena, 1 << 20);
    const size_t size = fread(bytes, 1, 1 << 20, file);
    assert_true(size > 0 && size < 1 << 20);
    (void)fclose(file); /* only read */
    return slice_of(bytes, size);
}

static bool was_or_is_a_regency(const struct region_table *regions, uint32_t code) { return region_standing(regions, code) != REGION_UNKNOWN; }

/* The Ministry numbers the regencies of a province in a row, and cities from 71: a number that is missing was given away once, and stands in the history. The
 * other way round no former code may hide one of today. */
static void every_missing_number_stands_in_the_history(void **state) {
    struct arena *arena = arena_create(16 << 20);
    const struct region_files files = {.provinces = shared_file(arena, "regions/provinces.csv"), .regencies = shared_file(arena, "regions/regencies.csv"),
                                       .districts = shared_file(arena, "regions/districts.csv"), .history = source_file(arena, "common/domain/data/region_history.csv")};
    struct region_table regions;
    struct load_error error;
    const char *file = NULL;
    if (!regions_load(&files, arena, &regions, &error, &file)) fail_msg("%s line %u, %s: %s", file, error.line, error.field, error.problem);
    assert_int_equal(regions.provinces.count, 38);
    assert_int_equal(regions.regencies.count, 514);
    for (size_t i = 0; i < regions.regencies.count; i++) {
        const uint32_t last = regions.regencies.regions[i].code / 100, first = last % 100 < 71 ? last / 100 * 100 + 1 : last / 100 * 100 + 71;
        for (uint32_t code = first; code < last; code++)
            if (!was_or_is_a_regency(&regions, code * 100)) fail_msg("%u is neither a regency nor a former one", code);
    }
    for (size_t i = 0; i < regions.history.count; i++) {
        const uint32_t code = regions.history.regions[i].code;
        if (code % 10000 != 0 && region_standing(&regions, code) != REGION_FORMER) fail_msg("%u is no former regency", code);
    }
    assert_int_equal(region_standing(&regions, 940101), REGION_KNOWN);  /* Nabire, today */
    assert_int_equal(region_standing(&regions, 943601), REGION_FORMER); /* Papua of the statistics office */
    assert_true(slice_is(region_name(&regions, 940000), "Papua Tengah"));
    assert_true(slice_is(region_name(&regions, 540000), "Timor Timur"));
    arena_destroy(arena);
}

static void an_endless_text_is_cut_and_refused(void **state) {
    struct arena *arena = arena_create(8 << 20);
    const struct region_table regions = fixture_regions(arena);
    char text[4096], normal[NIK_TEXT_MAX];
    struct nik_facts facts;
    memset(text, '7', sizeof text);
    size_t size = nik_normalise(slice_of(text, sizeof text), normal);
    assert_int_equal(size, NIK_TEXT_MAX - 1);
    nik_check(slice_of(normal, size), 0, SEX_NONE, 20250915, &regions, &facts);
    assert_true(code_set_has(facts.findings, CODE_E01));
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_vector_is_found_as_written),
        cmocka_unit_test(spreadsheet_damage_has_its_own_hint),
        cmocka_unit_test(the_century_is_the_one_that_makes_sense),
        cmocka_unit_test(a_made_number_is_a_valid_one),
        cmocka_unit_test(strange_bytes_stay_and_are_refused),
        cmocka_unit_test(only_region_and_serial_are_shown),
        cmocka_unit_test(every_missing_number_stands_in_the_history),
        cmocka_unit_test(an_endless_text_is_cut_and_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
