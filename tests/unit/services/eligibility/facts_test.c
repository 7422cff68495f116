/* Month masks of the cover calendar become the runs of months that the rules ask about, with the payer judged against the one who asks. */
#include "services/eligibility/facts.h"

#include "tests/unit/cmocka_all.h"

enum { ARENA_BYTES = 1 << 20 };

static const struct agreement asking = {.number = 1, .payer_kind = {(const uint8_t *)"PEMKAB", 6}, .payer_name = {(const uint8_t *)"Pemkab Satu", 11}, .payer_region = 1708};
static const struct agreement same = {.number = 2, .payer_kind = {(const uint8_t *)"PEMKAB", 6}, .payer_name = {(const uint8_t *)"Pemkab Satu", 11}, .payer_region = 1708};
static const struct agreement other = {.number = 3, .payer_kind = {(const uint8_t *)"PEMPROV", 7}, .payer_name = {(const uint8_t *)"Pemprov Satu", 12}, .payer_region = 1700};

static void a_mask_is_its_runs_of_months(void **state) {
    (void)state;
    struct arena *arena = arena_create(ARENA_BYTES);
    static const struct held_year held[] = {
        {.person = {{1}}, .segment = SEGMENT_BPU, .year = 2025, .agreement_no = 9, .months = {1, 0, 0, 0}},
        {.person = {{2}}, .segment = SEGMENT_BPU, .year = 2025, .agreement_no = 2, .agreement = &same, .months = {0xE00, 0xE00, 0, 0}},
        {.person = {{2}}, .segment = SEGMENT_BPU, .year = 2026, .agreement_no = 3, .agreement = &other, .months = {0x805, 0, 0, 0}},
        {.person = {{3}}, .segment = SEGMENT_BPU, .year = 2025, .agreement_no = 1, .months = {0xFFF, 0, 0, 0}},
    };
    const struct batch_facts facts = {.held = held, .held_count = 4};
    struct eligibility_facts known;
    facts_of(&facts, arena, 0, &(struct application){.person = {{2}}}, &asking, &known);
    static const struct active_cover expected[] = {
        {SEGMENT_BPU, PROGRAMME_JKK, 2, true, 202510, 3, COVER_ACTIVE}, {SEGMENT_BPU, PROGRAMME_JKM, 2, true, 202510, 3, COVER_ACTIVE}, {SEGMENT_BPU, PROGRAMME_JKK, 3, false, 202601, 1, COVER_ACTIVE},
        {SEGMENT_BPU, PROGRAMME_JKK, 3, false, 202603, 1, COVER_ACTIVE}, {SEGMENT_BPU, PROGRAMME_JKK, 3, false, 202612, 1, COVER_ACTIVE},
    };
    assert_int_equal(known.cover_count, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct active_cover *cover = &known.covers[i];
        assert_int_equal(cover->programme, expected[i].programme);
        assert_int_equal(cover->agreement_no, expected[i].agreement_no);
        assert_int_equal(cover->same_payer, expected[i].same_payer);
        assert_int_equal(cover->from, expected[i].from);
        assert_int_equal(cover->months, expected[i].months);
    }
    facts_of(&facts, arena, 0, &(struct application){.person = {{3}}}, &asking, &known); /* a whole year under the agreement that asks */
    assert_int_equal(known.cover_count, 1);
    assert_true(known.covers[0].same_payer && known.covers[0].months == 12);
    facts_of(&facts, arena, 0, &(struct application){.person = {{4}}}, &asking, &known);
    assert_int_equal(known.cover_count, 0);
    facts_of(&facts, arena, 0, &(struct application){.person = {{1}}}, NULL, &known); /* no agreement asks: nobody's payer is the same */
    assert_false(known.covers[0].same_payer);
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_mask_is_its_runs_of_months)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
