/* The law of programmes and the tariff are two tables kept by people: what the one opens, the other must have a price for, in every month. */
#include "tests/unit/cmocka_all.h"

#include "common/domain/law.h"
#include "tests/unit/regions_fixture.h"
#include "tests/unit/tariff_fixture.h"

enum { MONTH_FIRST = 201501, MONTH_LAST = 203012 };

static const struct premium_question ordinary[] = {
    {.segment = SEGMENT_BPU, .income = 1000000},
    {.segment = SEGMENT_PU, .pu = {.wage = 5000000, .risk_class = 5, .employer_size = EMPLOYER_LARGE}},
    {.segment = SEGMENT_JAKON, .jakon = {.basis = JAKON_BASIS_CONTRACT, .contract_net = 80000000}},
    {.segment = SEGMENT_JAKON, .jakon = {.basis = JAKON_BASIS_WAGES, .wages = 50000000}},
    {.segment = SEGMENT_PMI, .pmi = {.route = PMI_ROUTE_P3MI, .jht_monthly = 50000}},
};

static void what_the_law_opens_has_a_price(void **state) {
    struct law prices = law_open();
    struct law_table law;
    struct load_error error;
    size_t priced = 0;
    if (!law_load(source_file(prices.arena, "common/domain/data/programme-law.tsv"), prices.arena, &law, &error)) fail_msg("line %u, %s: %s", error.line, error.field, error.problem);
    for (size_t i = 0; i < sizeof ordinary / sizeof ordinary[0]; i++) {
        for (month_t month = MONTH_FIRST; month <= MONTH_LAST; month = month_add(month, 1)) {
            const struct law_question asked = {.segment = ordinary[i].segment, .employer_size = ordinary[i].pu.employer_size, .from = month, .months = 1};
            struct premium_question question = ordinary[i];
            struct premium_line lines[PREMIUM_LINES_MAX];
            struct premium premium;
            question.programmes = (programme_set)(law_ask(&law, &asked).open & ~programme_bit(PROGRAMME_JKP));
            question.sector = SECTOR_OTHER;
            question.funds = FUNDS_APBD;
            question.start_month = month;
            question.months = 1;
            if (question.programmes == 0) continue;
            const enum premium_status status = premium_compute(&prices.tariff, &prices.parameters, &question, lines, &premium);
            if (status != PREMIUM_OK) fail_msg("%s in %d: %s", segment_name(question.segment), month, premium_status_name(status));
            priced++;
        }
    }
    assert_true(priced > 800);
    law_close(&prices);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_the_law_opens_has_a_price)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
