/* What holds of every premium, whatever the question: months add up, more income never costs less, a relief never costs more, the order of questions and of files' rows decides
 * nothing, sums are the sums of the lines, and JKP is never billed. Questions are drawn at random from a fixed seed over all segments and the months of the tables. */
#include "tests/unit/tariff_fixture.h"

enum { DRAWS = 20000 };

/* xorshift64*: the same questions in every run. */
static uint64_t draw(uint64_t *seed) {
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * UINT64_C(2685821657736338717);
}

static int64_t below(uint64_t *seed, int64_t limit) { return (int64_t)(draw(seed) % (uint64_t)limit); }

/* From 1 to 10^14, each number of digits as often. */
static rupiah amount(uint64_t *seed) {
    rupiah limit = 1;
    for (int64_t digits = 1 + below(seed, 14); digits > 0; digits--) limit *= 10;
    return 1 + below(seed, limit);
}

static struct premium_question question(uint64_t *seed) {
    static const programme_set sets[SEGMENT_COUNT] = {[SEGMENT_BPU] = 7, [SEGMENT_PU] = 31, [SEGMENT_JAKON] = 3, [SEGMENT_PMI] = 7};
    static const rupiah jht[] = {0, 50000, 100000, 600000};
    struct premium_question drawn = {.segment = (enum segment)(1 + below(seed, SEGMENT_PMI)), .sector = (enum sector)(1 + below(seed, 2)), .funds = (enum funds)(1 + below(seed, 4))};
    drawn.programmes = (programme_set)(1 + below(seed, 31)) & sets[drawn.segment];
    if (drawn.programmes == 0) drawn.programmes = 3;
    drawn.start_month = month_add(201812, (int32_t)below(seed, 120));
    drawn.months = 1 + (uint32_t)below(seed, 36);
    if (drawn.programmes >= 16 && drawn.start_month < 202102) drawn.start_month = 202102; /* there was no JKP before */
    drawn.income = amount(seed);
    drawn.pu = (struct pu_terms){.wage = amount(seed), .risk_class = 1 + (int32_t)below(seed, RISK_CLASSES), .labour_intensive = below(seed, 2) == 1};
    drawn.jakon.basis = (enum jakon_basis)(1 + below(seed, 2));
    drawn.jakon.wages = amount(seed);
    if (below(seed, 2) == 1) drawn.jakon.contract_net = amount(seed);
    else drawn.jakon.contract_gross = amount(seed);
    drawn.pmi = (struct pmi_terms){.route = (enum pmi_route)(1 + below(seed, 2)), .jht_monthly = jht[below(seed, 4)]};
    return drawn;
}

static struct premium price(const struct law *law, const struct premium_question *asked, struct premium_line lines[PREMIUM_LINES_MAX]) {
    struct premium premium;
    const enum premium_status status = premium_compute(&law->tariff, &law->parameters, asked, lines, &premium);
    if (status != PREMIUM_OK) fail_msg("%s from %d, %u months: %s", segment_name(asked->segment), asked->start_month, asked->months, premium_status_name(status));
    return premium;
}

static bool is_once(const struct premium_question *asked) {
    return asked->segment == SEGMENT_PMI || (asked->segment == SEGMENT_JAKON && asked->jakon.basis == JAKON_BASIS_CONTRACT);
}

static void lines_add_up_to_charges_and_charges_to_the_total(void **state) {
    struct law law = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    uint64_t seed = 4;
    assert_true(relief_switch(&law.tariff, slice_text("R-2020"), true));
    for (int i = 0; i < DRAWS; i++) {
        const struct premium_question asked = question(&seed);
        const struct premium premium = price(&law, &asked, lines);
        rupiah by_charge[CHARGE_COUNT] = {0}, total = 0;
        assert_true(premium.line_count >= 1 || asked.segment == SEGMENT_PMI);
        for (size_t k = 0; k < premium.line_count; k++) {
            const struct premium_line *line = &lines[k];
            assert_true(line->amount >= 0 && line->amount <= line->normal && line->months >= 1 && line->tariff_row.size > 0 && line->regulation.size > 0);
            assert_true(line->once ? line->months == 1 && line->from == asked.start_month : line->months <= asked.months);
            assert_true(line->relief.size > 0 || line->amount == line->normal);
            if (line->rate_ppm > 0) assert_int_equal(line->normal, rupiah_share(line->base, line->rate_ppm));
            assert_true((line->charge == CHARGE_JKP) == (line->share == SHARE_STATE || line->share == SHARE_RECOMPOSITION));
            if (line->charge != CHARGE_JKP) by_charge[line->charge] += line->amount * line->months;
        }
        for (int charge = 0; charge < CHARGE_COUNT; charge++) {
            assert_int_equal(premium.by_charge[charge], by_charge[charge]);
            total += by_charge[charge];
        }
        assert_int_equal(premium.total, total);
        assert_int_equal(premium.by_charge[CHARGE_JKP], 0);
    }
    law_close(&law);
}

static void the_months_of_a_cover_are_the_sum_of_its_parts(void **state) {
    struct law law = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    uint64_t seed = 5;
    assert_true(relief_switch(&law.tariff, slice_text("R-2020"), true));
    for (int i = 0; i < DRAWS; i++) {
        struct premium_question whole = question(&seed);
        if (is_once(&whole)) continue;
        whole.months++;
        const struct premium together = price(&law, &whole, lines);
        struct premium_question part = whole;
        part.months = 1 + (uint32_t)below(&seed, whole.months - 1);
        const struct premium first = price(&law, &part, lines);
        part.start_month = month_add(whole.start_month, (int32_t)part.months);
        part.months = whole.months - part.months;
        const struct premium second = price(&law, &part, lines);
        for (int charge = 0; charge < CHARGE_COUNT; charge++) assert_int_equal(together.by_charge[charge], first.by_charge[charge] + second.by_charge[charge]);
        assert_int_equal(together.total, first.total + second.total);
        assert_int_equal(together.warnings.bits, first.warnings.bits | second.warnings.bits);
    }
    law_close(&law);
}

static void more_money_never_costs_less(void **state) {
    struct law law = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    uint64_t seed = 6;
    for (int i = 0; i < DRAWS; i++) {
        const struct premium_question poor = question(&seed);
        struct premium_question rich = poor;
        rich.income = poor.income + below(&seed, RUPIAH_INPUT_MAX - poor.income + 1);
        rich.pu.wage = poor.pu.wage + below(&seed, RUPIAH_INPUT_MAX - poor.pu.wage + 1);
        rich.jakon.wages = poor.jakon.wages + below(&seed, RUPIAH_INPUT_MAX - poor.jakon.wages + 1);
        if (poor.jakon.contract_net > 0) rich.jakon.contract_net += below(&seed, RUPIAH_INPUT_MAX - poor.jakon.contract_net + 1);
        if (poor.jakon.contract_gross > 0) rich.jakon.contract_gross += below(&seed, RUPIAH_INPUT_MAX - poor.jakon.contract_gross + 1);
        rich.months += poor.segment == SEGMENT_PMI && poor.months != 23; /* a longer contract; 24 months may cost less than 23 by the text (pmi_cheapest) */
        assert_true(price(&law, &rich, lines).total >= price(&law, &poor, lines).total);
    }
    law_close(&law);
}

static void a_relief_never_raises_a_price(void **state) {
    struct law law = law_open(), bare = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    uint64_t seed = 7;
    size_t cheaper = 0;
    for (size_t i = 0; i < law.tariff.relief_count; i++) {
        assert_true(relief_switch(&law.tariff, law.tariff.reliefs[i].id, true));
        assert_true(relief_switch(&bare.tariff, bare.tariff.reliefs[i].id, false));
    }
    for (int i = 0; i < DRAWS; i++) {
        const struct premium_question asked = question(&seed);
        const struct premium normal = price(&bare, &asked, lines);
        const struct premium relieved = price(&law, &asked, lines);
        rupiah reduction = 0;
        for (size_t k = 0; k < relieved.line_count; k++) reduction += (lines[k].normal - lines[k].amount) * lines[k].months;
        assert_true(relieved.total <= normal.total);
        assert_int_equal(reduction, normal.total - relieved.total);
        cheaper += reduction > 0;
    }
    assert_true(cheaper > DRAWS / 20);
    law_close(&law);
    law_close(&bare);
}

static void a_price_depends_on_nothing_that_was_asked_before(void **state) {
    enum { QUESTIONS = 500 };
    struct law law = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    static struct premium_question asked[QUESTIONS];
    rupiah totals[QUESTIONS];
    uint64_t seed = 8;
    for (int i = 0; i < QUESTIONS; i++) {
        asked[i] = question(&seed);
        totals[i] = price(&law, &asked[i], lines).total;
    }
    for (int i = QUESTIONS; i > 0; i--) assert_int_equal(price(&law, &asked[i - 1], lines).total, totals[i - 1]);
    law_close(&law);
}

/* The rows of relief.tsv turned upside down. */
static void the_order_of_reliefs_decides_nothing(void **state) {
    struct law law = law_open(), turned = law_open();
    struct premium_line lines[PREMIUM_LINES_MAX];
    uint64_t seed = 9;
    for (size_t i = 0, count = turned.tariff.relief_count; i < count; i++) turned.tariff.reliefs[i] = law.tariff.reliefs[count - 1 - i];
    for (int i = 0; i < DRAWS / 4; i++) {
        const struct premium_question asked = question(&seed);
        const struct premium a = price(&law, &asked, lines), b = price(&turned, &asked, lines);
        assert_int_equal(a.total, b.total);
        assert_int_equal(a.line_count, b.line_count);
    }
    law_close(&law);
    law_close(&turned);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_add_up_to_charges_and_charges_to_the_total),
        cmocka_unit_test(the_months_of_a_cover_are_the_sum_of_its_parts),
        cmocka_unit_test(more_money_never_costs_less),
        cmocka_unit_test(a_relief_never_raises_a_price),
        cmocka_unit_test(a_price_depends_on_nothing_that_was_asked_before),
        cmocka_unit_test(the_order_of_reliefs_decides_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
