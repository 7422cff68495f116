/* What protection costs: the vectors of tests/vectors/premium.tsv for the self-employed (BPU), computed from the dated rows that the service loads. */
#include "tests/unit/cmocka_all.h"

#include "common/domain/text.h"
#include "services/premium/premium.h"
#include "tests/unit/regions_fixture.h"

enum { ID, SEGMENT, MONTH, MONTHS, HEADS, PARAMS, JKK, JKM, JHT, JP, TOTAL, COLUMNS };
static const char *const names[COLUMNS] = {"id", "segment", "month", "months", "n", "params", "jkk", "jkm", "jht", "jp", "total"};

static struct tariff load(struct arena *arena) {
    struct tariff tariff;
    struct load_error error;
    const char *file = NULL;
    const struct tariff_files files = {.tariff = source_file(arena, "services/premium/data/tariff-bpu.tsv"),
                                       .relief = source_file(arena, "services/premium/data/relief.tsv"),
                                       .regulations = source_file(arena, "services/premium/data/regulations.tsv")};
    if (!tariff_load(&files, arena, &tariff, &error, &file)) fail_msg("%s line %u, %s: %s", file, error.line, error.field, error.problem);
    return tariff;
}

static struct slice parameter(struct slice params, const char *name) {
    struct slice rest = params, pair, key;
    while (text_split(&rest, ';', &pair))
        if (text_split(&pair, '=', &key) && slice_is(key, name)) return pair;
    return slice_of(NULL, 0);
}

static int64_t number(struct slice text) {
    uint64_t number = 0;
    assert_true(text_number(text, INT64_MAX, &number));
    return (int64_t)number;
}

static struct premium_question question_of(const struct slice fields[]) {
    struct premium_question question = {.segment = SEGMENT_BPU, .programmes = programme_bit(PROGRAMME_JKK) | programme_bit(PROGRAMME_JKM)};
    question.income = number(parameter(fields[PARAMS], "income"));
    question.months = (uint32_t)number(fields[MONTHS]);
    question.sector = slice_is(parameter(fields[PARAMS], "sector"), "TRANSPORT") ? SECTOR_TRANSPORT : SECTOR_OTHER;
    assert_true(month_parse(fields[MONTH], &question.start_month));
    assert_true(funds_parse(parameter(fields[PARAMS], "payer"), &question.funds));
    if (slice_is(parameter(fields[PARAMS], "jht"), "1")) question.programmes |= programme_bit(PROGRAMME_JHT);
    return question;
}

static void check_vector(struct tariff *tariff, const struct slice fields[]) {
    struct premium_question question = question_of(fields);
    struct premium_line lines[PREMIUM_LINES_MAX];
    struct premium premium;
    struct slice relief = parameter(fields[PARAMS], "relief");
    if (relief.size > 0) assert_true(relief_switch(tariff, relief, true));
    assert_int_equal(premium_compute(tariff, &question, lines, &premium), PREMIUM_OK);
    if (relief.size > 0) assert_true(relief_switch(tariff, relief, false));
    int64_t heads = number(fields[HEADS]);
    static const enum programme programmes[] = {PROGRAMME_JKK, PROGRAMME_JKM, PROGRAMME_JHT, PROGRAMME_JP};
    for (int i = 0; i < 4; i++)
        if (premium.by_charge[programmes[i]] * heads != number(fields[JKK + i]))
            fail_msg("%.*s %s: %lld", SLICE_ARGS(fields[ID]), programme_name(programmes[i]), (long long)(premium.by_charge[programmes[i]] * heads));
    assert_int_equal(premium.total * heads, number(fields[TOTAL]));
}

static void every_bpu_vector_is_right_to_the_rupiah(void **state) {
    struct arena *arena = arena_create(16 << 20);
    struct tariff tariff = load(arena);
    struct table table;
    struct slice fields[TABLE_COLUMNS_MAX];
    struct load_error error;
    size_t checked = 0;
    assert_true(table_open(&table, source_file(arena, "tests/vectors/premium.tsv"), '\t', names, COLUMNS, &error));
    while (table_next(&table, arena, fields, &error)) {
        if (!slice_is(fields[SEGMENT], "BPU")) continue;
        check_vector(&tariff, fields);
        checked++;
    }
    assert_false(table.failed);
    assert_int_equal(checked, 29);
    arena_destroy(arena);
}

/* The printed table of PP 44/2015 Lampiran II as domain numbers: first income of each band and its base. */
static void each_of_the_33_bands_begins_at_its_first_rupiah(void **state) {
    static const int64_t bands[33][2] = {
        {0, 1000000},        {1100000, 1200000},  {1300000, 1400000},   {1500000, 1600000},   {1700000, 1800000},   {1900000, 2000000},   {2100000, 2200000},
        {2300000, 2400000},  {2500000, 2600000},  {2700000, 2950000},   {3200000, 3450000},   {3700000, 3950000},   {4200000, 4450000},   {4700000, 4950000},
        {5200000, 5450000},  {5700000, 5950000},  {6200000, 6450000},   {6700000, 6950000},   {7200000, 7450000},   {7700000, 7950000},   {8200000, 8700000},
        {9200000, 9700000},  {10200000, 10700000}, {11200000, 11700000}, {12200000, 12700000}, {13200000, 13700000}, {14200000, 14700000}, {15200000, 15700000},
        {16200000, 16700000}, {17200000, 17700000}, {18200000, 18700000}, {19200000, 19700000}, {20200000, 20700000}};
    struct arena *arena = arena_create(16 << 20);
    struct tariff tariff = load(arena);
    for (int i = 0; i < 33; i++) {
        for (int below = 0; below <= (i > 0); below++) {
            const struct tariff_row *jkk = tariff_row(&tariff, SEGMENT_BPU, PROGRAMME_JKK, 202510, bands[i][0] - below);
            const struct tariff_row *jht = tariff_row(&tariff, SEGMENT_BPU, PROGRAMME_JHT, 202510, bands[i][0] - below);
            assert_int_equal(jkk->base, bands[i - below][1]);
            assert_int_equal(jht->base, bands[i - below][1]);
            assert_int_equal(jkk->value, 10000);
            assert_int_equal(jht->value, 20000);
        }
    }
    assert_null(tariff_row(&tariff, SEGMENT_BPU, PROGRAMME_JKK, 201506, 0)); /* before PP 44/2015 */
    arena_destroy(arena);
}

static void a_year_is_one_line_per_programme_with_its_regulation(void **state) {
    struct arena *arena = arena_create(16 << 20);
    struct tariff tariff = load(arena);
    struct premium_line lines[PREMIUM_LINES_MAX];
    struct premium premium;
    const struct premium_question kepahiang = {.segment = SEGMENT_BPU, .sector = SECTOR_TRANSPORT, .funds = FUNDS_APBD, .start_month = 202510, .months = 12,
                                               .programmes = programme_bit(PROGRAMME_JKK) | programme_bit(PROGRAMME_JKM)};
    assert_int_equal(premium_compute(&tariff, &kepahiang, lines, &premium), PREMIUM_OK);
    assert_int_equal(premium.total, 201600);
    assert_int_equal(premium.line_count, 2);
    assert_true(slice_is(lines[0].tariff_row, "BPU-JKK-2015/01"));
    assert_true(slice_is(lines[0].regulation, "PP 44/2015 Lampiran II"));
    assert_int_equal(lines[0].base, 1000000);
    assert_int_equal(lines[0].rate_ppm, 10000);
    assert_int_equal(lines[0].months, 12);
    assert_true(slice_is(lines[1].tariff_row, "BPU-JKM-2015"));
    assert_int_equal(lines[1].rate_ppm, 0);
    assert_int_equal(lines[1].amount, 6800);
    assert_int_equal(lines[1].relief.size, 0);
    arena_destroy(arena);
}

static void a_relief_begins_and_ends_by_contribution_month(void **state) {
    struct arena *arena = arena_create(16 << 20);
    struct tariff tariff = load(arena);
    struct premium_line lines[PREMIUM_LINES_MAX];
    struct premium premium;
    const struct premium_question farmer = {.segment = SEGMENT_BPU, .sector = SECTOR_OTHER, .funds = FUNDS_PRIBADI, .start_month = 202602, .months = 12,
                                            .programmes = programme_bit(PROGRAMME_JKK) | programme_bit(PROGRAMME_JHT)};
    assert_int_equal(premium_compute(&tariff, &farmer, lines, &premium), PREMIUM_OK);
    assert_int_equal(premium.line_count, 4); /* JKK: February-March, April-December, January; JHT: one run */
    assert_int_equal(lines[0].months, 2);
    assert_int_equal(lines[1].from, 202604);
    assert_int_equal(lines[1].months, 9);
    assert_int_equal(lines[1].normal, 10000);
    assert_int_equal(lines[1].amount, 5000);
    assert_true(slice_is(lines[1].relief, "R-2026-N"));
    assert_int_equal(lines[2].from, 202701);
    assert_int_equal(lines[2].relief.size, 0);
    assert_int_equal(lines[3].months, 12);
    assert_int_equal(premium.by_charge[PROGRAMME_JKK], 2 * 10000 + 9 * 5000 + 10000);
    assert_int_equal(premium.total, 75000 + 240000);
    arena_destroy(arena);
}

static void what_has_no_tariff_is_said_and_not_guessed(void **state) {
    struct arena *arena = arena_create(16 << 20);
    struct tariff tariff = load(arena);
    struct premium_line lines[PREMIUM_LINES_MAX];
    struct premium premium = {.total = -1};
    const struct premium_question good = {.segment = SEGMENT_BPU, .funds = FUNDS_APBD, .start_month = 202510, .months = 1, .programmes = programme_bit(PROGRAMME_JKK)};
    struct premium_question question = good;
    question.segment = SEGMENT_PU;
    assert_int_equal(premium_compute(&tariff, &question, lines, &premium), PREMIUM_NO_TARIFF);
    question = good;
    question.programmes = programme_bit(PROGRAMME_JP);
    assert_int_equal(premium_compute(&tariff, &question, lines, &premium), PREMIUM_NO_TARIFF);
    question = good;
    question.income = RUPIAH_INPUT_MAX + 1;
    assert_int_equal(premium_compute(&tariff, &question, lines, &premium), PREMIUM_BAD_QUESTION);
    question = good;
    question.months = PREMIUM_MONTHS_MAX + 1;
    assert_int_equal(premium_compute(&tariff, &question, lines, &premium), PREMIUM_BAD_QUESTION);
    question = good;
    question.programmes = 0;
    assert_int_equal(premium_compute(&tariff, &question, lines, &premium), PREMIUM_BAD_QUESTION);
    question = good;
    question.start_month = 202513;
    assert_int_equal(premium_compute(&tariff, &question, lines, &premium), PREMIUM_BAD_QUESTION);
    assert_int_equal(premium.total, -1); /* untouched */
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bpu_vector_is_right_to_the_rupiah),
        cmocka_unit_test(each_of_the_33_bands_begins_at_its_first_rupiah),
        cmocka_unit_test(a_year_is_one_line_per_programme_with_its_regulation),
        cmocka_unit_test(a_relief_begins_and_ends_by_contribution_month),
        cmocka_unit_test(what_has_no_tariff_is_said_and_not_guessed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
