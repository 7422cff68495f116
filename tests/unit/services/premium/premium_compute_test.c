/* What protection costs: every vector of tests/vectors/premium.tsv, all four segments, computed from the dated rows that the service loads; and the lines behind the sums, each
 * with its row, regulation and relief. */
#include "tests/unit/tariff_fixture.h"

#include "common/domain/text.h"
#include "tests/unit/regions_fixture.h"

enum { ID, SEGMENT, MONTH, MONTHS, HEADS, PARAMS, JKK, JKM, JHT, JP, TOTAL, COLUMNS };
static const char *const names[COLUMNS] = {"id", "segment", "month", "months", "n", "params", "jkk", "jkm", "jht", "jp", "total"};

#define JKK_JKM (programme_set)(1u << PROGRAMME_JKK | 1u << PROGRAMME_JKM)
#define JKK_JKM_JHT (programme_set)(JKK_JKM | 1u << PROGRAMME_JHT)
#define ALL_OF_PU (programme_set)(JKK_JKM_JHT | 1u << PROGRAMME_JP)

static struct slice named(struct slice params, const char *name) {
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

static int64_t number_named(struct slice params, const char *name) {
    struct slice text = named(params, name);
    return text.size > 0 ? number(text) : 0;
}

static void ask_bpu(struct slice params, struct premium_question *question) {
    question->income = number_named(params, "income");
    question->sector = slice_is(named(params, "sector"), "TRANSPORT") ? SECTOR_TRANSPORT : SECTOR_OTHER;
    question->programmes = number_named(params, "jht") == 1 ? JKK_JKM_JHT : JKK_JKM;
    assert_true(funds_parse(named(params, "payer"), &question->funds));
}

static void ask_pu(struct slice params, struct premium_question *question) {
    question->pu.wage = number_named(params, "wage");
    question->pu.risk_class = (int32_t)number_named(params, "class");
    question->pu.labour_intensive = number_named(params, "padat_karya") == 1;
    if (number_named(params, "jkp_only") == 1) question->programmes = programme_bit(PROGRAMME_JKP);
    else assert_true(programme_set_parse(named(params, "progs"), &question->programmes));
}

static void ask_jakon(struct slice params, struct premium_question *question) {
    question->jakon.basis = JAKON_BASIS_CONTRACT;
    if (named(params, "basis").size > 0) assert_true(jakon_basis_parse(named(params, "basis"), &question->jakon.basis));
    question->jakon.contract_net = number_named(params, "net");
    question->jakon.contract_gross = number_named(params, "gross");
    question->jakon.vat_ppm = number_named(params, "ppn_ppm");
    question->jakon.wages = number_named(params, "wages");
    question->programmes = JKK_JKM;
}

static void ask_pmi(struct slice params, struct premium_question *question) {
    assert_true(pmi_route_parse(named(params, "route"), &question->pmi.route));
    question->pmi.jht_monthly = number_named(params, "jht_monthly");
    question->programmes = JKK_JKM_JHT;
}

static struct premium_question question_of(const struct slice fields[]) {
    static void (*const ask[SEGMENT_COUNT])(struct slice params, struct premium_question *question) = {
        [SEGMENT_BPU] = ask_bpu, [SEGMENT_PU] = ask_pu, [SEGMENT_JAKON] = ask_jakon, [SEGMENT_PMI] = ask_pmi};
    struct premium_question question = {.months = (uint32_t)number(fields[MONTHS])};
    assert_true(segment_parse(fields[SEGMENT], &question.segment));
    assert_true(month_parse(fields[MONTH], &question.start_month));
    ask[question.segment](fields[PARAMS], &question);
    return question;
}

static void check_sum(const struct premium *premium, enum charge charge, const struct slice fields[], int column) {
    const int64_t sum = premium->by_charge[charge] * number(fields[HEADS]);
    if (sum != number(fields[column])) fail_msg("%.*s %s: %lld", SLICE_ARGS(fields[ID]), charge_name(charge), (long long)sum);
}

static void check_jkp(const struct premium *premium, struct slice params) {
    assert_int_equal(premium->line_count, 2);
    assert_int_equal(premium->lines[0].share, SHARE_STATE);
    assert_int_equal(premium->lines[0].amount, number_named(params, "state"));
    assert_int_equal(premium->lines[1].share, SHARE_RECOMPOSITION);
    assert_int_equal(premium->lines[1].amount, number_named(params, "recomp"));
}

static void check_vector(struct law *law, const struct slice fields[]) {
    const struct premium_question question = question_of(fields);
    struct premium_line lines[PREMIUM_LINES_MAX];
    struct premium premium;
    const struct slice relief = named(fields[PARAMS], "relief");
    if (relief.size > 0) assert_true(relief_switch(&law->tariff, relief, true));
    const enum premium_status status = premium_compute(&law->tariff, &law->parameters, &question, lines, &premium);
    if (relief.size > 0) assert_true(relief_switch(&law->tariff, relief, false));
    if (slice_is(fields[TOTAL], "-1")) {
        assert_int_equal(status, PREMIUM_BAD_AMOUNT);
        return;
    }
    if (status != PREMIUM_OK) fail_msg("%.*s: %s", SLICE_ARGS(fields[ID]), premium_status_name(status));
    check_sum(&premium, CHARGE_JKK, fields, JKK);
    check_sum(&premium, CHARGE_JKM, fields, JKM);
    check_sum(&premium, CHARGE_JHT, fields, JHT);
    check_sum(&premium, CHARGE_JP, fields, JP);
    assert_int_equal(premium.by_charge[CHARGE_JKP], 0);
    if (premium.total * number(fields[HEADS]) != number(fields[TOTAL])) fail_msg("%.*s: total %lld", SLICE_ARGS(fields[ID]), (long long)premium.total);
    if (named(fields[PARAMS], "jkp_only").size > 0) check_jkp(&premium, fields[PARAMS]);
}

static void every_vector_is_right_to_the_rupiah(void **state) {
    struct law law = law_open();
    struct table table;
    struct slice fields[TABLE_COLUMNS_MAX];
    struct load_error error;
    size_t checked = 0;
    assert_true(table_open(&table, source_file(law.arena, "tests/vectors/premium.tsv"), '\t', names, COLUMNS, &error));
    while (table_next(&table, law.arena, fields, &error)) {
        check_vector(&law, fields);
        checked++;
    }
    assert_false(table.failed);
    assert_true(checked >= 56);
    law_close(&law);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_is_right_to_the_rupiah),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
