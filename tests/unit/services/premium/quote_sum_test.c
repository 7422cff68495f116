/* A plan adds up: people times the price of one, what a budget covers and leaves, what is mandatory when nobody says, and no sum that does not fit. */
#include "tests/unit/cmocka_all.h"

#include "services/premium/quote_sum.h"
#include "common/edge/share_tables.h"
#include "services/premium/tariff_share.h"
#include "tests/unit/regions_fixture.h"

struct world {
    struct arena *arena;
    struct law_table law;
    struct parameters parameters;
    struct tariff tariff;
    struct quote_law tables;
};

static int set_up(void **state) {
    static struct world world;
    struct load_error error;
    world.arena = arena_create(32 << 20);
    if (!law_load(source_file(world.arena, "common/domain/data/programme-law.tsv"), world.arena, &world.law, &error)) return -1;
    const struct err parameters = share_parameters(world.arena, PAYUNG_SHARE_DIR, "", &world.parameters), tariff = tariff_open(PAYUNG_SHARE_DIR, world.arena, &world.tariff);
    if (failed(&parameters) || failed(&tariff)) return -1;
    world.tables = (struct quote_law){.law = &world.law, .tariff = &world.tariff, .parameters = &world.parameters};
    *state = &world;
    return 0;
}

static int tear_down(void **state) {
    arena_destroy(((struct world *)*state)->arena);
    return 0;
}

static struct quote_question bpu(int64_t people, rupiah budget, uint32_t months) {
    return (struct quote_question){.premium = {.segment = SEGMENT_BPU, .sector = SECTOR_OTHER, .funds = FUNDS_APBD, .start_month = 202501, .months = months}, .people = people, .budget = budget};
}

static void people_times_the_price_of_one(void **state) {
    const struct world *world = *state;
    struct quote quote;
    programme_set closed = 0;
    struct quote_question question = bpu(1984, 0, 12);
    assert_int_equal(quote_compute(&world->tables, &question, &quote, &closed), QUOTE_OK);
    assert_int_equal(quote.programmes, 3);
    assert_int_equal(quote.per_person, 201600);
    assert_int_equal(quote.total, 399974400);
    assert_int_equal(quote.by_charge[CHARGE_JKK], 238080000);
    assert_int_equal(quote.normal, quote.total);
    assert_int_equal(quote.reduction, 0);
    question.premium.funds = FUNDS_PRIBADI;
    question.premium.sector = SECTOR_TRANSPORT;
    question.premium.start_month = 202512;
    question.premium.months = 2; /* one at the full price, one at half */
    assert_int_equal(quote_compute(&world->tables, &question, &quote, &closed), QUOTE_OK);
    assert_int_equal(quote.total, 1984 * (16800 + 8400));
    assert_int_equal(quote.reduction, 1984 * 8400);
}

static void a_budget_covers_whole_people(void **state) {
    const struct world *world = *state;
    static const struct {
        rupiah budget;
        int64_t asked, people, covered;
        rupiah left;
    } rows[] = {{400000000, 0, 1984, 1984, 25600}, {201600, 0, 1, 1, 0}, {201599, 0, 0, 0, 201599}, {403199, 5, 5, 1, 201599}, {1, 3, 3, 0, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct quote quote;
        programme_set closed = 0;
        const struct quote_question question = bpu(rows[i].asked, rows[i].budget, 12);
        assert_int_equal(quote_compute(&world->tables, &question, &quote, &closed), QUOTE_OK);
        assert_int_equal(quote.people, rows[i].people);
        assert_int_equal(quote.budget_people, rows[i].covered);
        assert_int_equal(quote.budget_left, rows[i].left);
        assert_int_equal(quote.total, rows[i].people * 201600);
    }
}

static void what_nobody_pays_has_no_number_of_people(void **state) {
    const struct world *world = *state;
    struct quote quote;
    programme_set closed = 0;
    const struct quote_question question = {.premium = {.segment = SEGMENT_PU, .pu = {.wage = 8000000}, .programmes = 1u << PROGRAMME_JKP, .start_month = 202604, .months = 1}, .budget = 1000};
    assert_int_equal(quote_compute(&world->tables, &question, &quote, &closed), QUOTE_OK);
    assert_int_equal(quote.total, 0);
    assert_int_equal(quote.normal, 0);
    assert_int_equal(quote.budget_people, -1);
    assert_int_equal(quote.budget_left, 1000);
    assert_int_equal(quote.line_count, 2);
    assert_int_equal(quote.warnings.bits, 0); /* an information line is no incomplete set */
}

static void the_law_says_the_set_and_what_is_missing(void **state) {
    const struct world *world = *state;
    struct quote quote;
    programme_set closed = 0;
    struct quote_question question = bpu(1, 0, 1);
    question.is_employer = true;
    assert_int_equal(quote_compute(&world->tables, &question, &quote, &closed), QUOTE_OK);
    assert_int_equal(quote.programmes, 7);
    question.premium.programmes = 3;
    assert_int_equal(quote_compute(&world->tables, &question, &quote, &closed), QUOTE_OK);
    assert_int_equal(quote.missing, 4);
    assert_true(code_set_has(quote.warnings, CODE_E51));
    question.premium.programmes = 3 | 8 | 16;
    assert_int_equal(quote_compute(&world->tables, &question, &quote, &closed), QUOTE_CLOSED);
    assert_int_equal(closed, 8 | 16);
}

static void what_has_no_price_is_said(void **state) {
    const struct world *world = *state;
    struct quote quote = {.total = 77};
    programme_set closed = 0;
    struct quote_question question = bpu(INT64_C(1000000000000), 0, PREMIUM_MONTHS_MAX);
    assert_int_equal(quote_compute(&world->tables, &question, &quote, &closed), QUOTE_TOO_LARGE);
    question = bpu(1, 0, 1);
    question.premium.start_month = 201001;
    assert_int_equal(quote_compute(&world->tables, &question, &quote, &closed), QUOTE_NO_TARIFF);
    question.premium.start_month = 202513;
    assert_int_equal(quote_compute(&world->tables, &question, &quote, &closed), QUOTE_BAD_QUESTION);
    question = bpu(1, 0, 0);
    assert_int_equal(quote_compute(&world->tables, &question, &quote, &closed), QUOTE_BAD_QUESTION);
    question = (struct quote_question){.premium = {.segment = SEGMENT_PMI, .pmi = {.route = PMI_ROUTE_P3MI, .jht_monthly = 150000}, .programmes = 7, .start_month = 202604, .months = 24}};
    assert_int_equal(quote_compute(&world->tables, &question, &quote, &closed), QUOTE_BAD_AMOUNT);
    question.premium.pmi.route = PMI_ROUTE_NONE;
    assert_int_equal(quote_compute(&world->tables, &question, &quote, &closed), QUOTE_BAD_QUESTION);
    assert_int_equal(quote.total, 77); /* untouched */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_times_the_price_of_one),
        cmocka_unit_test(a_budget_covers_whole_people),
        cmocka_unit_test(what_nobody_pays_has_no_number_of_people),
        cmocka_unit_test(the_law_says_the_set_and_what_is_missing),
        cmocka_unit_test(what_has_no_price_is_said),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
