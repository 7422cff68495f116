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

static struct premium priced(const struct law *law, const struct premium_question *question, struct premium_line lines[PREMIUM_LINES_MAX]) {
    struct premium premium;
    const enum premium_status status = premium_compute(&law->tariff, &law->parameters, question, lines, &premium);
    if (status != PREMIUM_OK) fail_msg("%s %d: %s", segment_name(question->segment), question->start_month, premium_status_name(status));
    return premium;
}

static void check_line(const struct premium_line *line, const char *row, enum payer_share share, month_t from, uint32_t months, rupiah base, int64_t rate_ppm, rupiah amount) {
    if (!slice_is(line->tariff_row, row) || line->share != share || line->from != from || line->months != months || line->base != base || line->rate_ppm != rate_ppm || line->amount != amount)
        fail_msg("%.*s %s %d x %u: base %lld, rate %lld, amount %lld, not %s", SLICE_ARGS(line->tariff_row), payer_share_name(line->share), line->from, line->months, (long long)line->base,
                 (long long)line->rate_ppm, (long long)line->amount, row);
}

static void each_of_the_33_bands_begins_at_its_first_rupiah(void **state) {
    struct law law = law_open();
    const enum charge banded[] = {CHARGE_JKK, CHARGE_JHT};
    for (size_t k = 0; k < 2; k++) {
        const struct tariff_period *period = tariff_period_of(&law.tariff.series[SEGMENT_BPU][JAKON_BASIS_NONE][banded[k]], month_count(202510));
        assert_int_equal(period->row_count, 33);
        for (size_t i = 0; i < 33; i++) {
            assert_ptr_equal(tariff_band_of(period, period->rows[i].from), &period->rows[i]);
            if (i > 0) assert_ptr_equal(tariff_band_of(period, period->rows[i].from - 1), &period->rows[i - 1]);
        }
        assert_int_equal(period->rows[32].base, 20700000);
    }
    law_close(&law);
}

static void a_year_is_one_line_per_charge_with_its_regulation(void **state) {
    struct law law = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    const struct premium_question kepahiang = {.segment = SEGMENT_BPU, .sector = SECTOR_TRANSPORT, .funds = FUNDS_APBD, .start_month = 202510, .months = 12, .programmes = JKK_JKM};
    const struct premium premium = priced(&law, &kepahiang, lines);
    assert_int_equal(premium.total, 201600);
    assert_int_equal(premium.line_count, 2);
    check_line(&lines[0], "BPU-JKK-2015/01", SHARE_PAYER, 202510, 12, 1000000, 10000, 10000);
    check_line(&lines[1], "BPU-JKM-2015", SHARE_PAYER, 202510, 12, 0, 0, 6800);
    assert_true(slice_is(lines[0].regulation, "PP 44/2015 Lampiran II"));
    assert_int_equal(lines[1].relief.size, 0);
    assert_false(lines[0].once);
    law_close(&law);
}

static void a_relief_begins_and_ends_by_contribution_month(void **state) {
    struct law law = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    const struct premium_question farmer = {.segment = SEGMENT_BPU, .sector = SECTOR_OTHER, .funds = FUNDS_PRIBADI, .start_month = 202602, .months = 12,
                                            .programmes = programme_bit(PROGRAMME_JKK) | programme_bit(PROGRAMME_JHT)};
    const struct premium premium = priced(&law, &farmer, lines);
    assert_int_equal(premium.line_count, 4); /* JKK: February-March, April-December, January; JHT: one run */
    check_line(&lines[0], "BPU-JKK-2015/01", SHARE_PAYER, 202602, 2, 1000000, 10000, 10000);
    check_line(&lines[1], "BPU-JKK-2015/01", SHARE_PAYER, 202604, 9, 1000000, 10000, 5000);
    check_line(&lines[2], "BPU-JKK-2015/01", SHARE_PAYER, 202701, 1, 1000000, 10000, 10000);
    check_line(&lines[3], "BPU-JHT-2015/01", SHARE_PAYER, 202602, 12, 1000000, 20000, 20000);
    assert_int_equal(lines[1].normal, 10000);
    assert_true(slice_is(lines[1].relief, "R-2026-N"));
    assert_int_equal(lines[2].relief.size, 0);
    assert_int_equal(premium.by_charge[CHARGE_JKK], 2 * 10000 + 9 * 5000 + 10000);
    assert_int_equal(premium.total, 75000 + 240000);
    law_close(&law);
}

static void half_of_an_odd_amount_is_rounded_up_once(void **state) {
    struct law law = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    struct premium_question question = {.segment = SEGMENT_PU, .programmes = programme_bit(PROGRAMME_JKK), .start_month = 202502, .months = 1,
                                        .pu = {.wage = 1234375, .risk_class = 1, .labour_intensive = true}};
    struct premium premium = priced(&law, &question, lines);
    assert_int_equal(lines[0].normal, 2963); /* 2,962.5 */
    assert_int_equal(premium.total, 1481);   /* 1,481.25: half of the rate, not half of 2,963 */
    assert_true(slice_is(lines[0].relief, "R-2025-PK"));
    question.pu.labour_intensive = false;
    assert_int_equal(priced(&law, &question, lines).total, 2963);
    question.pu.labour_intensive = true;
    question.start_month = 202501;
    question.months = 14; /* one month before, twelve with relief, one after */
    premium = priced(&law, &question, lines);
    assert_int_equal(premium.line_count, 3);
    assert_int_equal(premium.total, 2 * 2963 + 12 * 1481);
    law_close(&law);
}

static void wages_are_shared_and_capped(void **state) {
    struct law law = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    struct premium_question question = {.segment = SEGMENT_PU, .programmes = ALL_OF_PU, .start_month = 202602, .months = 3, .pu = {.wage = 11000000, .risk_class = 5}};
    struct premium premium = priced(&law, &question, lines);
    assert_int_equal(premium.line_count, 8);
    check_line(&lines[0], "PU-JKK-2015/5", SHARE_EMPLOYER, 202602, 3, 11000000, 17400, 191400);
    check_line(&lines[1], "PU-JKM-2015", SHARE_EMPLOYER, 202602, 3, 11000000, 3000, 33000);
    check_line(&lines[2], "PU-JHT-2015/EMPLOYER", SHARE_EMPLOYER, 202602, 3, 11000000, 37000, 407000);
    check_line(&lines[3], "PU-JHT-2015/WORKER", SHARE_WORKER, 202602, 3, 11000000, 20000, 220000);
    check_line(&lines[4], "PU-JP-2015/EMPLOYER", SHARE_EMPLOYER, 202602, 1, 10547400, 20000, 210948);
    check_line(&lines[5], "PU-JP-2015/EMPLOYER", SHARE_EMPLOYER, 202603, 2, 11000000, 20000, 220000); /* the cap of 2026 is above the wage */
    check_line(&lines[6], "PU-JP-2015/WORKER", SHARE_WORKER, 202602, 1, 10547400, 10000, 105474);
    check_line(&lines[7], "PU-JP-2015/WORKER", SHARE_WORKER, 202603, 2, 11000000, 10000, 110000);
    assert_int_equal(premium.warnings.bits, 0);
    question.pu.wage = 5000000; /* below every cap: no line is divided */
    question.start_month = 202001;
    question.months = 60;
    assert_int_equal(priced(&law, &question, lines).line_count, 6);
    law_close(&law);
}

static void the_last_cap_is_used_with_a_warning(void **state) {
    struct law law = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    struct premium_question question = {.segment = SEGMENT_PU, .programmes = ALL_OF_PU, .start_month = 202702, .months = 1, .pu = {.wage = 20000000, .risk_class = 1}};
    assert_int_equal(priced(&law, &question, lines).warnings.bits, 0);
    question.months = 2;
    struct premium premium = priced(&law, &question, lines);
    assert_true(code_set_has(premium.warnings, CODE_W51));
    assert_int_equal(premium.by_charge[CHARGE_JP], 2 * (221726 + 110863));
    assert_int_equal(premium.line_count, 6); /* the same amount goes on */
    question.programmes = JKK_JKM_JHT;
    assert_int_equal(priced(&law, &question, lines).warnings.bits, 0);
    law_close(&law);
}

static void jkp_is_told_and_never_billed(void **state) {
    struct law law = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    struct premium_question question = {.segment = SEGMENT_PU, .programmes = programme_bit(PROGRAMME_JKP), .start_month = 202501, .months = 2, .pu = {.wage = 8000000}};
    struct premium premium = priced(&law, &question, lines);
    assert_int_equal(premium.line_count, 5);
    check_line(&lines[0], "PU-JKP-2021/STATE", SHARE_STATE, 202501, 1, 5000000, 2200, 11000);
    check_line(&lines[1], "PU-JKP-2021/JKK", SHARE_RECOMPOSITION, 202501, 1, 5000000, 1400, 7000);
    check_line(&lines[2], "PU-JKP-2021/JKM", SHARE_RECOMPOSITION, 202501, 1, 5000000, 1000, 5000);
    check_line(&lines[3], "PU-JKP-2025/STATE", SHARE_STATE, 202502, 1, 5000000, 2200, 11000);
    check_line(&lines[4], "PU-JKP-2025/JKK", SHARE_RECOMPOSITION, 202502, 1, 5000000, 1400, 7000);
    assert_int_equal(premium.total, 0);
    question.programmes = programme_bit(PROGRAMME_JKP) | programme_bit(PROGRAMME_JKM);
    premium = priced(&law, &question, lines);
    assert_int_equal(premium.total, 2 * 24000);
    assert_int_equal(premium.by_charge[CHARGE_JKP], 0);
    law_close(&law);
}

static void a_contract_pays_each_slice_at_its_rate_once(void **state) {
    struct law law = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    struct premium_question question = {.segment = SEGMENT_JAKON, .programmes = JKK_JKM, .start_month = 202604, .months = 8,
                                        .jakon = {.basis = JAKON_BASIS_CONTRACT, .contract_net = 600000001}};
    struct premium premium = priced(&law, &question, lines);
    assert_int_equal(premium.line_count, 6);
    check_line(&lines[0], "JAKON-JKK-2015/1", SHARE_PAYER, 202604, 1, 100000000, 2100, 210000);
    check_line(&lines[1], "JAKON-JKK-2015/2", SHARE_PAYER, 202604, 1, 400000000, 1700, 680000);
    check_line(&lines[2], "JAKON-JKK-2015/3", SHARE_PAYER, 202604, 1, 100000001, 1300, 130000);
    check_line(&lines[5], "JAKON-JKM-2015/3", SHARE_PAYER, 202604, 1, 100000001, 200, 20000);
    for (size_t i = 0; i < premium.line_count; i++) assert_true(lines[i].once);
    question.jakon.contract_net = 100000000; /* the edge belongs to the slice below */
    assert_int_equal(priced(&law, &question, lines).line_count, 2);
    question.jakon.contract_net = 1;
    premium = priced(&law, &question, lines);
    assert_int_equal(premium.total, 0);
    assert_int_equal(premium.line_count, 2);
    question.jakon.contract_net = RUPIAH_INPUT_MAX;
    assert_int_equal(priced(&law, &question, lines).by_charge[CHARGE_JKK], 5940000 + (RUPIAH_INPUT_MAX - 5000000000) / 10000 * 9);
    assert_true(relief_switch(&law.tariff, slice_text("R-2020"), true));
    law.parameters.rows[PARAMETER_NEW_MEMBER_FULL_MONTHS].value = 2; /* what is paid once has no first months */
    question.jakon.contract_net = 300000000;
    question.start_month = 202008;
    assert_int_equal(priced(&law, &question, lines).total, 6200); /* 1 % of 620,000 */
    question.start_month = 202102;
    assert_int_equal(priced(&law, &question, lines).total, 620000);
    law_close(&law);
}

static void a_gross_contract_is_freed_of_its_ppn(void **state) {
    static const struct {
        rupiah gross, total; /* of JKM, whose first slice is 300 ppm */
        int64_t vat_ppm, parameter;
        rupiah base;
    } cases[] = {
        {111000000, 30000, 0, 110000, 100000000}, {111000000, 30000, 110000, 120000, 100000000}, {112000000, 30000, 0, 120000, 100000000},
        {1, 0, 0, 110000, 1},  /* 0.9 */
        {3, 0, 1000000, 0, 2}, /* 1.5 */
        {55, 0, 0, 110000, 50} /* 49.55 */, {99999999, 30000, 0, 0, 99999999}, {99999999999999, 10, 1000000, 0, 50000000000000},
    };
    struct law law = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct premium_question question = {.segment = SEGMENT_JAKON, .programmes = programme_bit(PROGRAMME_JKM), .start_month = 202604, .months = 1,
                                                  .jakon = {.basis = JAKON_BASIS_CONTRACT, .contract_gross = cases[i].gross, .vat_ppm = cases[i].vat_ppm}};
        law.parameters.rows[PARAMETER_VAT_PPM].value = cases[i].parameter;
        const struct premium premium = priced(&law, &question, lines);
        rupiah base = 0;
        for (size_t k = 0; k < premium.line_count; k++) base += lines[k].base;
        assert_int_equal(base, cases[i].base);
        if (cases[i].base <= 100000000) assert_int_equal(premium.total, cases[i].total);
    }
    const struct premium_question both = {.segment = SEGMENT_JAKON, .programmes = JKK_JKM, .start_month = 202604, .months = 1,
                                          .jakon = {.basis = JAKON_BASIS_CONTRACT, .contract_net = 80000000, .contract_gross = 1}};
    assert_int_equal(priced(&law, &both, lines).total, 192000);
    law_close(&law);
}

static void wages_of_a_project_are_paid_by_the_month(void **state) {
    struct law law = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    const struct premium_question question = {.segment = SEGMENT_JAKON, .programmes = JKK_JKM, .start_month = 202604, .months = 5,
                                              .jakon = {.basis = JAKON_BASIS_WAGES, .wages = 50000000, .contract_net = 1}};
    const struct premium premium = priced(&law, &question, lines);
    assert_int_equal(premium.total, 5 * 1020000);
    check_line(&lines[0], "JAKON-WAGES-JKK-2015", SHARE_PAYER, 202604, 5, 50000000, 17400, 870000);
    assert_false(lines[0].once);
    law_close(&law);
}

static void a_migrant_worker_buys_the_package_of_the_contract(void **state) {
    static const struct {
        month_t month;
        uint32_t months;
        rupiah strict, cheapest; /* without placement */
    } cases[] = {
        {202302, 1, 108000, 108000},   {202302, 6, 108000, 108000},   {202302, 7, 121500, 121500},   {202302, 11, 175500, 175500},  {202302, 12, 189000, 189000},
        {202302, 13, 202500, 202500},  {202302, 22, 324000, 324000},  {202302, 23, 337500, 332500},  {202302, 24, 332500, 332500},  {202302, 25, 346000, 346000},
        {202301, 1, 332500, 332500},   {202301, 24, 332500, 332500},  {202301, 25, 346000, 346000},  {201812, 12, 332500, 332500},  {202604, 12000, 332500 + 11976 * 13500, 332500 + 11976 * 13500},
    };
    struct law law = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct premium_question question = {.segment = SEGMENT_PMI, .programmes = JKK_JKM_JHT, .start_month = cases[i].month, .months = cases[i].months, .pmi = {.route = PMI_ROUTE_INDIVIDUAL}};
        law.parameters.rows[PARAMETER_PMI_CHEAPEST].value = 0;
        assert_int_equal(priced(&law, &question, lines).by_charge[CHARGE_PACKAGE], cases[i].strict);
        law.parameters.rows[PARAMETER_PMI_CHEAPEST].value = 1;
        assert_int_equal(priced(&law, &question, lines).total, cases[i].cheapest);
        question.pmi.route = PMI_ROUTE_P3MI;
        assert_int_equal(priced(&law, &question, lines).total, cases[i].cheapest + 37500);
    }
    law_close(&law);
}

static void the_lines_of_a_migrant_worker_are_placement_package_excess_and_jht(void **state) {
    struct law law = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    struct premium_question question = {.segment = SEGMENT_PMI, .programmes = JKK_JKM_JHT, .start_month = 202604, .months = 18, .pmi = {.route = PMI_ROUTE_P3MI, .jht_monthly = 600000}};
    struct premium premium = priced(&law, &question, lines);
    assert_int_equal(premium.line_count, 4);
    check_line(&lines[0], "PMI-PLACEMENT-2023", SHARE_PAYER, 202604, 1, 0, 0, 37500);
    check_line(&lines[1], "PMI-PACKAGE-2023/12", SHARE_PAYER, 202604, 1, 0, 0, 189000);
    check_line(&lines[2], "PMI-EXCESS-2023", SHARE_PAYER, 202604, 1, 13500, 0, 81000);
    check_line(&lines[3], "PMI-JHT-2023/600000", SHARE_PAYER, 202604, 18, 0, 0, 600000);
    assert_true(lines[0].once && lines[1].once && lines[2].once && !lines[3].once);
    assert_int_equal(lines[2].charge, CHARGE_PACKAGE);
    question.programmes = JKK_JKM;
    assert_int_equal(priced(&law, &question, lines).by_charge[CHARGE_JHT], 0);
    question.programmes = programme_bit(PROGRAMME_JHT);
    premium = priced(&law, &question, lines);
    assert_int_equal(premium.total, 18 * 600000);
    law_close(&law);
}

static void new_members_may_have_to_pay_months_in_full(void **state) {
    struct law law = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    struct premium_question question = {.segment = SEGMENT_BPU, .programmes = JKK_JKM, .sector = SECTOR_OTHER, .funds = FUNDS_APBD, .start_month = 202011, .months = 3};
    assert_true(relief_switch(&law.tariff, slice_text("R-2020"), true));
    assert_int_equal(priced(&law, &question, lines).total, 3 * 168);
    law.parameters.rows[PARAMETER_NEW_MEMBER_FULL_MONTHS].value = 2;
    struct premium premium = priced(&law, &question, lines);
    assert_int_equal(premium.total, 2 * 16800 + 168);
    assert_int_equal(premium.line_count, 4);
    question.start_month = 202012; /* two months in full, then the relief is over */
    assert_int_equal(priced(&law, &question, lines).total, 3 * 16800);
    question.start_month = 202006; /* they are over before the relief begins */
    assert_int_equal(priced(&law, &question, lines).total, 2 * 16800 + 168);
    law_close(&law);
}

static void any_number_of_months_is_priced(void **state) {
    struct law law = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    const struct premium_question employee = {.segment = SEGMENT_PU, .programmes = ALL_OF_PU, .start_month = 201507, .months = PREMIUM_MONTHS_MAX, .pu = {.wage = RUPIAH_INPUT_MAX, .risk_class = 5}};
    struct premium premium = priced(&law, &employee, lines);
    assert_true(premium.line_count <= PREMIUM_LINES_MAX);
    assert_int_equal(premium.by_charge[CHARGE_JKM], RUPIAH_INPUT_MAX / 1000 * 3 * PREMIUM_MONTHS_MAX);
    const struct premium_question driver = {.segment = SEGMENT_BPU, .programmes = JKK_JKM, .sector = SECTOR_TRANSPORT, .funds = FUNDS_PRIBADI, .start_month = 201507, .months = PREMIUM_MONTHS_MAX};
    premium = priced(&law, &driver, lines);
    assert_int_equal(premium.line_count, 6);
    assert_int_equal(premium.total, (rupiah)PREMIUM_MONTHS_MAX * 16800 - 15 * 8400);
    law_close(&law);
}

static enum premium_status asked(const struct law *law, const struct premium_question *question) {
    struct premium_line lines[PREMIUM_LINES_MAX];
    struct premium premium = {.total = -1};
    const enum premium_status status = premium_compute(&law->tariff, &law->parameters, question, lines, &premium);
    if (status != PREMIUM_OK) assert_int_equal(premium.total, -1); /* untouched */
    return status;
}

static void what_has_no_tariff_is_said_and_not_guessed(void **state) {
    static const struct premium_question none[] = {
        {.segment = SEGMENT_BPU, .programmes = 1u << PROGRAMME_JP, .start_month = 202510, .months = 1},
        {.segment = SEGMENT_BPU, .programmes = JKK_JKM, .start_month = 201506, .months = 3},
        {.segment = SEGMENT_PU, .programmes = 1u << PROGRAMME_JKP, .start_month = 202101, .months = 3, .pu = {.wage = 1}},
        {.segment = SEGMENT_JAKON, .programmes = JKK_JKM_JHT, .start_month = 202510, .months = 1, .jakon = {.basis = JAKON_BASIS_CONTRACT, .contract_net = 1}},
        {.segment = SEGMENT_JAKON, .programmes = JKK_JKM_JHT, .start_month = 202510, .months = 1, .jakon = {.basis = JAKON_BASIS_WAGES, .wages = 1}},
        {.segment = SEGMENT_PMI, .programmes = JKK_JKM, .start_month = 201811, .months = 1, .pmi = {.route = PMI_ROUTE_P3MI}},
        {.segment = SEGMENT_PMI, .programmes = JKK_JKM | 1u << PROGRAMME_JP, .start_month = 202510, .months = 1, .pmi = {.route = PMI_ROUTE_P3MI}},
        {.segment = SEGMENT_PMI, .programmes = 1u << PROGRAMME_JHT, .start_month = 201801, .months = 1, .pmi = {.route = PMI_ROUTE_P3MI, .jht_monthly = 50000}},
    };
    struct law law = law_open();
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) assert_int_equal(asked(&law, &none[i]), PREMIUM_NO_TARIFF);
    law_close(&law);
}

static void a_question_without_sense_has_no_price(void **state) {
    const struct premium_question good = {.segment = SEGMENT_PU, .programmes = JKK_JKM, .start_month = 202510, .months = 1, .pu = {.wage = 5000000, .risk_class = 1}};
    struct law law = law_open();
    struct premium_question question = good;
    assert_int_equal(asked(&law, &question), PREMIUM_OK);
    question.months = 0;
    assert_int_equal(asked(&law, &question), PREMIUM_BAD_QUESTION);
    question.months = PREMIUM_MONTHS_MAX + 1;
    assert_int_equal(asked(&law, &question), PREMIUM_BAD_QUESTION);
    question = good;
    question.programmes = 0;
    assert_int_equal(asked(&law, &question), PREMIUM_BAD_QUESTION);
    question.programmes = 1u << PROGRAMME_COUNT;
    assert_int_equal(asked(&law, &question), PREMIUM_BAD_QUESTION);
    question = good;
    question.start_month = 202513;
    assert_int_equal(asked(&law, &question), PREMIUM_BAD_QUESTION);
    question.start_month = 290001;
    assert_int_equal(asked(&law, &question), PREMIUM_BAD_QUESTION);
    question = good;
    question.pu.risk_class = 0;
    assert_int_equal(asked(&law, &question), PREMIUM_BAD_QUESTION);
    question.pu.risk_class = 6;
    assert_int_equal(asked(&law, &question), PREMIUM_BAD_QUESTION);
    question.programmes = programme_bit(PROGRAMME_JKM); /* does not depend on the class */
    assert_int_equal(asked(&law, &question), PREMIUM_OK);
    question.segment = SEGMENT_NONE;
    assert_int_equal(asked(&law, &question), PREMIUM_BAD_QUESTION);
    question.segment = SEGMENT_JAKON;
    assert_int_equal(asked(&law, &question), PREMIUM_BAD_QUESTION);
    question.segment = SEGMENT_PMI;
    assert_int_equal(asked(&law, &question), PREMIUM_BAD_QUESTION);
    law_close(&law);
}

static void an_amount_beyond_its_bounds_is_refused(void **state) {
    static const rupiah amounts[] = {-1, 0, 1, RUPIAH_INPUT_MAX, RUPIAH_INPUT_MAX + 1};
    struct law law = law_open();
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        const rupiah amount = amounts[i];
        const enum premium_status expected = amount >= 1 && amount <= RUPIAH_INPUT_MAX ? PREMIUM_OK : PREMIUM_BAD_AMOUNT;
        struct premium_question question = {.segment = SEGMENT_PU, .programmes = JKK_JKM, .start_month = 202510, .months = 1, .pu = {.wage = amount, .risk_class = 1}};
        assert_int_equal(asked(&law, &question), expected);
        question = (struct premium_question){.segment = SEGMENT_JAKON, .programmes = JKK_JKM, .start_month = 202510, .months = 1, .jakon = {.basis = JAKON_BASIS_WAGES, .wages = amount}};
        assert_int_equal(asked(&law, &question), expected);
        question.jakon = (struct jakon_terms){.basis = JAKON_BASIS_CONTRACT, .contract_net = amount};
        assert_int_equal(asked(&law, &question), expected);
        question.jakon = (struct jakon_terms){.basis = JAKON_BASIS_CONTRACT, .contract_gross = amount};
        assert_int_equal(asked(&law, &question), expected);
        question = (struct premium_question){.segment = SEGMENT_BPU, .programmes = JKK_JKM, .start_month = 202510, .months = 1, .income = amount};
        assert_int_equal(asked(&law, &question), amount == 0 ? PREMIUM_OK : expected); /* 0 = not declared */
        question = (struct premium_question){.segment = SEGMENT_PMI, .programmes = JKK_JKM_JHT, .start_month = 202510, .months = 1, .pmi = {.route = PMI_ROUTE_P3MI, .jht_monthly = amount}};
        assert_int_equal(asked(&law, &question), amount == 0 ? PREMIUM_OK : PREMIUM_BAD_AMOUNT); /* none of them is in the tariff */
    }
    struct premium_question question = {.segment = SEGMENT_JAKON, .programmes = JKK_JKM, .start_month = 202510, .months = 1,
                                        .jakon = {.basis = JAKON_BASIS_CONTRACT, .contract_gross = 1, .vat_ppm = -1}};
    assert_int_equal(asked(&law, &question), PREMIUM_BAD_AMOUNT);
    question.jakon.vat_ppm = 1000001;
    assert_int_equal(asked(&law, &question), PREMIUM_BAD_AMOUNT);
    question = (struct premium_question){.segment = SEGMENT_PMI, .programmes = JKK_JKM_JHT, .start_month = 202212, .months = 6, .pmi = {.route = PMI_ROUTE_P3MI, .jht_monthly = 150000}};
    assert_int_equal(asked(&law, &question), PREMIUM_BAD_AMOUNT); /* under both regulations */
    law_close(&law);
}

/* A new law needs rows, not code. */
static void a_new_relief_is_a_row(void **state) {
    struct law law = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    const struct premium_question farmer = {.segment = SEGMENT_BPU, .programmes = JKK_JKM, .sector = SECTOR_OTHER, .funds = FUNDS_APBD, .start_month = 202801, .months = 3};
    assert_int_equal(priced(&law, &farmer, lines).total, 3 * 16800);
    struct tariff_files files = law.files;
    files.text[TARIFF_FILE_REGULATIONS] = text_and(law.arena, files.text[TARIFF_FILE_REGULATIONS], "PP 99/2027\tKeringanan baru\t2027-12-01\n");
    files.text[TARIFF_FILE_RELIEF] = text_and(law.arena, files.text[TARIFF_FILE_RELIEF], "R-2028\tBPU+PU\tJKM\tANY\tANY\t250000\t2028-02\t2028-02\t\t0\t1\tPP 99/2027 Pasal 3\tV\n");
    law.tariff = law_reload(&law, &files);
    const struct premium premium = priced(&law, &farmer, lines);
    assert_int_equal(premium.total, 3 * 16800 - 5100);
    assert_true(slice_is(lines[2].relief, "R-2028"));
    assert_int_equal(lines[2].normal - lines[2].amount, 5100);
    law_close(&law);
}

static void a_new_cap_is_a_row_and_ends_the_warning(void **state) {
    struct law law = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    const struct premium_question employee = {.segment = SEGMENT_PU, .programmes = programme_bit(PROGRAMME_JP), .start_month = 202703, .months = 1, .pu = {.wage = 20000000, .risk_class = 1}};
    assert_true(code_set_has(priced(&law, &employee, lines).warnings, CODE_W51));
    struct tariff_files files = law.files;
    files.text[TARIFF_FILE_WAGE_CAP] = text_with(law.arena, files.text[TARIFF_FILE_WAGE_CAP], "JKP-CAP-2021\t", "JP-CAP-2027\tJP\t2027-03\t2028-02\t12000000\tPP 45/2015\tV\nJKP-CAP-2021\t");
    law.tariff = law_reload(&law, &files);
    const struct premium premium = priced(&law, &employee, lines);
    assert_int_equal(premium.total, 360000);
    assert_int_equal(premium.warnings.bits, 0);
    law_close(&law);
}

static void a_programme_opened_by_law_is_rows_as_well(void **state) {
    struct law law = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    const struct premium_question kubu_raya = {.segment = SEGMENT_BPU, .programmes = JKK_JKM_JHT | 1u << PROGRAMME_JP, .funds = FUNDS_APBD, .start_month = 202801, .months = 1};
    assert_int_equal(asked(&law, &kubu_raya), PREMIUM_NO_TARIFF);
    struct tariff_files files = law.files;
    files.text[TARIFF_FILE_BPU] = text_and(law.arena, files.text[TARIFF_FILE_BPU], "BPU-JP-2028\tBPU\tJP\t2028-01\t\t0\t1000000\tppm\t30000\tPP 45/2015\tD\n");
    law.tariff = law_reload(&law, &files);
    assert_int_equal(priced(&law, &kubu_raya, lines).total, 36800 + 30000);
    law_close(&law);
}

/* Caps that change every month, so that no line goes on. */
static void more_lines_than_fit_are_refused(void **state) {
    enum { MONTHS_OF_CAPS = 70, ROW_MAX = 80 };
    struct law law = law_open();
    char caps[ROW_MAX * (MONTHS_OF_CAPS + 2)];
    size_t size = (size_t)snprintf(caps, sizeof caps, "id\tcap\tvalid_from\tvalid_to\trupiah\tregulation\tconfidence\nK\tJKP\t2021-02\t\t5000000\tPP 37/2021\tV\n");
    for (int i = 0; i < MONTHS_OF_CAPS; i++) {
        char month[8];
        month_format(month_add(201507, i), month);
        size += (size_t)snprintf(caps + size, ROW_MAX, "C%d\tJP\t%s\t%s\t%d\tPP 45/2015\tV\n", i, month, month, 2000000 + i * 1000);
    }
    struct tariff_files files = law.files;
    files.text[TARIFF_FILE_WAGE_CAP] = slice_of(caps, size);
    law.tariff = law_reload(&law, &files);
    struct premium_question question = {.segment = SEGMENT_PU, .programmes = programme_bit(PROGRAMME_JP), .start_month = 201507, .months = PREMIUM_LINES_MAX / 2, .pu = {.wage = 9000000}};
    assert_int_equal(asked(&law, &question), PREMIUM_OK);
    question.months++;
    assert_int_equal(asked(&law, &question), PREMIUM_TOO_MANY_LINES);
    question.months = MONTHS_OF_CAPS; /* already the first share does not fit */
    assert_int_equal(asked(&law, &question), PREMIUM_TOO_MANY_LINES);
    law_close(&law);
}

static void a_contract_of_too_many_slices_is_refused(void **state) {
    enum { SLICES = 70, ROW_MAX = 80 };
    struct law law = law_open();
    char slices[ROW_MAX * (SLICES + 2)];
    size_t size = (size_t)snprintf(slices, sizeof slices, "id\tbasis\tprogramme\tvalid_from\tvalid_to\tslice_from\tunit\tvalue\tregulation\tconfidence\n");
    for (int i = 0; i < SLICES; i++) size += (size_t)snprintf(slices + size, ROW_MAX, "S%d\tCONTRACT\tJKK\t2015-07\t\t%d000000\tppm\t%d\tPP 44/2015\tD\n", i, i, 1000 - i);
    struct tariff_files files = law.files;
    files.text[TARIFF_FILE_JAKON] = slice_of(slices, size);
    files.text[TARIFF_FILE_RELIEF] = text_with(law.arena, files.text[TARIFF_FILE_RELIEF], "PU+BPU+JAKON", "PU+BPU");
    law.tariff = law_reload(&law, &files);
    struct premium_question question = {.segment = SEGMENT_JAKON, .programmes = programme_bit(PROGRAMME_JKK), .start_month = 202604, .months = 1,
                                        .jakon = {.basis = JAKON_BASIS_CONTRACT, .contract_net = PREMIUM_LINES_MAX * 1000000}};
    assert_int_equal(asked(&law, &question), PREMIUM_OK);
    question.jakon.contract_net = RUPIAH_INPUT_MAX;
    assert_int_equal(asked(&law, &question), PREMIUM_TOO_MANY_LINES);
    law_close(&law);
}

static void a_sum_beyond_all_bounds_is_refused(void **state) {
    struct law law = law_open();
    char rows[1024] = "id\tprogramme\tshare\trisk_class\tsource\tcap\tvalid_from\tvalid_to\tunit\tvalue\tregulation\tconfidence\n";
    static const char *const programmes[] = {"JKK", "JKM", "JHT", "JP"};
    for (int i = 0; i < 4; i++) {
        const size_t size = strlen(rows);
        (void)snprintf(rows + size, sizeof rows - size, "E%d\t%s\tEMPLOYER\tANY\t\t\t2015-07\t\tppm\t1000000\tPP 44/2015\tD\nW%d\t%s\tWORKER\tANY\t\t\t2015-07\t\tppm\t1000000\tPP 44/2015\tD\n", i,
                       programmes[i], i, programmes[i]); /* there is room */
    }
    struct tariff_files files = law.files;
    files.text[TARIFF_FILE_PU] = slice_text(rows);
    law.tariff = law_reload(&law, &files);
    struct premium_question question = {.segment = SEGMENT_PU, .programmes = JKK_JKM, .start_month = 201507, .months = PREMIUM_MONTHS_MAX, .pu = {.wage = RUPIAH_INPUT_MAX, .risk_class = 1}};
    assert_int_equal(asked(&law, &question), PREMIUM_OK);
    question.programmes = ALL_OF_PU;
    assert_int_equal(asked(&law, &question), PREMIUM_BAD_AMOUNT);
    law_close(&law);
}

static void every_status_has_a_name(void **state) {
    for (int status = PREMIUM_OK; status <= PREMIUM_TOO_MANY_LINES; status++) assert_string_not_equal(premium_status_name((enum premium_status)status), "unknown");
    assert_string_equal(premium_status_name((enum premium_status)99), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_is_right_to_the_rupiah),
        cmocka_unit_test(each_of_the_33_bands_begins_at_its_first_rupiah),
        cmocka_unit_test(a_year_is_one_line_per_charge_with_its_regulation),
        cmocka_unit_test(a_relief_begins_and_ends_by_contribution_month),
        cmocka_unit_test(half_of_an_odd_amount_is_rounded_up_once),
        cmocka_unit_test(wages_are_shared_and_capped),
        cmocka_unit_test(the_last_cap_is_used_with_a_warning),
        cmocka_unit_test(jkp_is_told_and_never_billed),
        cmocka_unit_test(a_contract_pays_each_slice_at_its_rate_once),
        cmocka_unit_test(a_gross_contract_is_freed_of_its_ppn),
        cmocka_unit_test(wages_of_a_project_are_paid_by_the_month),
        cmocka_unit_test(a_migrant_worker_buys_the_package_of_the_contract),
        cmocka_unit_test(the_lines_of_a_migrant_worker_are_placement_package_excess_and_jht),
        cmocka_unit_test(new_members_may_have_to_pay_months_in_full),
        cmocka_unit_test(any_number_of_months_is_priced),
        cmocka_unit_test(what_has_no_tariff_is_said_and_not_guessed),
        cmocka_unit_test(a_question_without_sense_has_no_price),
        cmocka_unit_test(an_amount_beyond_its_bounds_is_refused),
        cmocka_unit_test(a_new_relief_is_a_row),
        cmocka_unit_test(a_new_cap_is_a_row_and_ends_the_warning),
        cmocka_unit_test(a_programme_opened_by_law_is_rows_as_well),
        cmocka_unit_test(more_lines_than_fit_are_refused),
        cmocka_unit_test(a_contract_of_too_many_slices_is_refused),
        cmocka_unit_test(a_sum_beyond_all_bounds_is_refused),
        cmocka_unit_test(every_status_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
