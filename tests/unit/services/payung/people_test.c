/* The people of the generator: nobody twice, the same anywhere, valid ones accepted and faulty ones refused for their one fault; and the sample list of Kepahiang, through
 * the pure path from text to money. */
#include "tests/unit/cmocka_all.h"

#include "common/domain/text.h"
#include "services/eligibility/decide.h"
#include "services/payung/people.h"
#include "services/premium/premium.h"
#include "services/premium/tariff_share.h"
#include "tests/unit/people_fixture.h"

static const struct agreement kepahiang = {.number = 1, .id = {(const uint8_t *)"kepahiang-2025", 14}, .payer_region = 1708, .funds = FUNDS_APBD, .has_legal_basis = true,
                                           .period_from = 20251001, .period_to = 20260930, .months = 12, .first_month = 202510, .min_age = 17, .age_limit = 65,
                                           .programmes = {[SEGMENT_BPU] = 3}};

static struct verdict judge(const struct world *world, const struct row_text *row, uint32_t first_row, struct application *ret_application) {
    const struct row_tables tables = {.regions = &world->regions, .occupations = &world->occupations};
    const struct eligibility_facts facts = {.occupations = &world->occupations, .law = &world->law, .parameters = &world->parameters};
    struct row_result result;
    struct verdict verdict;
    row_check(row, &tables, 20250915, &result);
    *ret_application = (struct application){.registration_date = 20250915, .first_row = first_row};
    row_fill(&result, ret_application);
    decide(ret_application, &kepahiang, &facts, &verdict);
    return verdict;
}

static struct row_text text_of(const struct people_row *row) {
    struct row_text text = {0};
    for (int i = 0; i < COLUMN_COUNT; i++) text.column[i] = slice_text(row->text[i]);
    return text;
}

static struct people_world prepared(const struct world *world, struct people_plan plan) {
    struct people_world people;
    struct load_error error;
    if (!people_prepare(&world->sources, &plan, world->arena, &people, &error)) fail_msg("%s %s", error.field, error.problem);
    return people;
}

static void valid_people_are_accepted_and_each_fault_is_the_one_reason(void **state) {
    struct people_plan plan = {.region = 170800, .as_of = 20250915, .seed = UINT64_MAX, .count = 3000};
    for (int kind = PEOPLE_E01; kind < PEOPLE_KIND_COUNT; kind++) plan.faults[kind] = 40;
    const struct people_world people = prepared(*state, plan);
    for (uint64_t item = 0; item < people_total(&plan); item++) {
        struct people_row row;
        struct application application;
        uint64_t original = 0;
        enum code code = CODE_E20; /* of a DUPLICATE_ROW too: the same NIK earlier in the list */
        enum people_kind kind = people_kind_of(&plan, item);
        people_row(&people, item, &row);
        const struct row_text text = text_of(&row);
        const struct verdict verdict = judge(*state, &text, people_original(&plan, item, &original) ? 1 : 0, &application);
        if (kind != PEOPLE_VALID && kind != PEOPLE_DUPLICATE_ROW) assert_true(code_parse(slice_text(people_kind_name(kind)), &code));
        struct code_set expected = {0};
        if (kind != PEOPLE_VALID) expected = code_set_with(expected, code);
        if (verdict.codes.bits != expected.bits) {
            char codes[CODE_SET_TEXT_MAX];
            (void)code_set_format(verdict.codes, codes);
            fail_msg("item %u of kind %s: '%s'", (unsigned)item, people_kind_name(kind), codes);
        }
        assert_int_equal(verdict.warnings.bits & ~code_set_with((struct code_set){0}, CODE_W20).bits & ~(kind == PEOPLE_E80 ? UINT64_MAX : 0), 0);
    }
}

static void a_copy_is_its_original_again(void **state) {
    struct people_plan plan = {.region = 170800, .as_of = 20250915, .seed = 4, .count = 10, .faults = {[PEOPLE_E20] = 5, [PEOPLE_DUPLICATE_ROW] = 5}};
    const struct people_world people = prepared(*state, plan);
    bool used[10] = {false};
    for (uint64_t item = 10; item < 20; item++) {
        struct people_row copy, first;
        uint64_t original = 99;
        assert_true(people_original(&plan, item, &original));
        assert_true(original < 10 && !used[original]);
        used[original] = true;
        people_row(&people, item, &copy);
        people_row(&people, original, &first);
        assert_string_equal(copy.text[COLUMN_NIK], first.text[COLUMN_NIK]);
        bool same = memcmp(&copy, &first, sizeof copy) == 0;
        assert_int_equal(same, people_kind_of(&plan, item) == PEOPLE_DUPLICATE_ROW);
    }
}

static int by_number(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static void nobody_comes_twice(void **state) {
    enum { PEOPLE = 200000, AGED = 20000 };
    const struct world *world = *state;
    struct people_plan plan = {.region = 170804, .as_of = 20250915, .seed = 3, .count = PEOPLE, .faults = {[PEOPLE_E10] = AGED, [PEOPLE_E11] = AGED}};
    const struct people_world people = prepared(world, plan);
    uint64_t *numbers = arena_zero(world->arena, PEOPLE + 2 * AGED, sizeof *numbers);
    for (uint32_t item = 0; item < PEOPLE + 2 * AGED; item++) {
        struct people_row row;
        people_row(&people, item, &row);
        assert_true(text_number(slice_text(row.text[COLUMN_NIK]), UINT64_MAX, &numbers[item]));
        assert_true(numbers[item] % 10000 >= 9900); /* nobody's real number */
    }
    qsort(numbers, PEOPLE + 2 * AGED, sizeof *numbers, by_number);
    for (uint32_t i = 1; i < PEOPLE + 2 * AGED; i++) assert_true(numbers[i - 1] != numbers[i]);
}

static void impossible_plans_are_refused(void **state) {
    const struct world *world = *state;
    struct people_world people;
    struct load_error error;
    struct people_plan plan = {.region = 179900, .as_of = 20250915, .count = 1};
    assert_false(people_prepare(&world->sources, &plan, world->arena, &people, &error));
    plan = (struct people_plan){.region = 170804, .as_of = 20250915, .count = PEOPLE_ITEMS_MAX};
    assert_false(people_prepare(&world->sources, &plan, world->arena, &people, &error));
    plan = (struct people_plan){.region = 170800, .as_of = 20250915, .count = 1, .faults = {[PEOPLE_E20] = 2}};
    assert_false(people_prepare(&world->sources, &plan, world->arena, &people, &error));
}

/* ---- tests/data/kepahiang-2025.csv ----------------------------------------------------------------------------------------------------- */

enum { SAMPLE_ROWS_MAX = 4096 };

static uint32_t first_row_of(struct slice *niks, uint32_t count, struct slice nik) {
    for (uint32_t i = 0; i < count; i++)
        if (nik.size > 0 && slice_equal(niks[i], nik)) return i + 1;
    return 0;
}

static void kepahiang_pays_for_1984_and_16_wait(void **state) {
    const struct world *world = *state;
    static struct slice niks[SAMPLE_ROWS_MAX];
    struct slice rest = source_file(world->arena, "tests/data/kepahiang-2025.csv"), line;
    struct tariff tariff;
    struct parameters parameters;
    uint32_t rows = 0, accepted = 0, waiting = 0, by_code[CODE_LIMIT] = {0};
    rupiah left = 400000000, jkk = 0, jkm = 0;
    assert_int_equal(tariff_open(PAYUNG_SHARE_DIR, world->arena, &tariff).fate, FATE_OK);
    assert_int_equal(share_parameters(world->arena, PAYUNG_SHARE_DIR, "", &parameters).fate, FATE_OK);
    assert_true(text_split(&rest, '\n', &line)); /* header: canonical order, checked by its size */
    while (rest.size > 0 && text_split(&rest, '\n', &line)) {
        struct row_text row = {0};
        for (int i = 0; i < COLUMN_BASIC_COUNT; i++) assert_true(text_split(&line, ';', &row.column[i]) && memchr(row.column[i].bytes, '"', row.column[i].size) == NULL);
        assert_null(line.bytes);
        assert_true(rows < SAMPLE_ROWS_MAX);
        struct application application;
        struct slice nik = row.column[COLUMN_NIK];
        const struct verdict verdict = judge(world, &row, first_row_of(niks, rows, nik), &application);
        niks[rows++] = nik;
        for (int code = 1; code < CODE_LIMIT; code++) by_code[code] += code_set_has(verdict.codes, (enum code)code);
        if (verdict.status != VERDICT_ELIGIBLE) continue;
        struct premium_line lines[PREMIUM_LINES_MAX];
        struct premium premium;
        const struct premium_question question = {.segment = application.segment, .income = application.income, .sector = application.sector, .funds = verdict.funds,
                                                  .programmes = verdict.programmes, .start_month = verdict.start_month, .months = verdict.months};
        assert_int_equal(premium_compute(&tariff, &parameters, &question, lines, &premium), PREMIUM_OK);
        assert_int_equal(premium.total, 201600);
        if (waiting > 0 || premium.total > left) {
            waiting++;
            continue;
        }
        accepted++;
        left -= premium.total;
        jkk += premium.by_charge[PROGRAMME_JKK];
        jkm += premium.by_charge[PROGRAMME_JKM];
    }
    assert_int_equal(accepted, 1984);
    assert_int_equal(waiting, 16);
    assert_int_equal(jkk, 238080000);
    assert_int_equal(jkm, 161894400);
    assert_int_equal(left, 25600);
    assert_true(rows >= 2060);
    static const enum code present[] = {CODE_E01, CODE_E02, CODE_E03, CODE_E04, CODE_E05, CODE_E06, CODE_E80, CODE_E81, CODE_E20, CODE_E10, CODE_E11, CODE_E40, CODE_E50, CODE_E51, CODE_E30};
    uint32_t refused = 0;
    for (size_t i = 0; i < sizeof present / sizeof present[0]; i++) {
        assert_true(by_code[present[i]] >= 3);
        refused += by_code[present[i]];
    }
    assert_int_equal(rows, 2000 + refused); /* one reason a row */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_people_are_accepted_and_each_fault_is_the_one_reason),
        cmocka_unit_test(a_copy_is_its_original_again),
        cmocka_unit_test(nobody_comes_twice),
        cmocka_unit_test(impossible_plans_are_refused),
        cmocka_unit_test(kepahiang_pays_for_1984_and_16_wait),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
