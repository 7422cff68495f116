/* What the extracts of other offices say about one applicant: the list that speaks for a region decides, a list that does not is never taken as if it did, and silence is no
 * refusal. */
#include "services/eligibility/extract.h"

#include "tests/unit/cmocka_all.h"

static const struct extract extracts[] = {
    {.id = 1, .kind = EXTRACT_DTSEN, .source = DATA_SOURCE_DTSEN, .region = 170800, .as_of = 20250630},
    {.id = 2, .kind = EXTRACT_DTSEN, .source = DATA_SOURCE_DTSEN, .region = 170800, .as_of = 20250901},
    {.id = 3, .kind = EXTRACT_DTSEN, .source = DATA_SOURCE_DTSEN, .region = 0, .as_of = 20250901},
    {.id = 4, .kind = EXTRACT_DTSEN, .source = DATA_SOURCE_DTKS, .region = 170000, .as_of = 20240101},
    {.id = 5, .kind = EXTRACT_CIVIL_SERVANT, .region = 170000, .as_of = 20250101},
    {.id = 6, .kind = EXTRACT_POPULATION, .region = 170800, .as_of = 20250101, .complete = true},
    {.id = 7, .kind = EXTRACT_POPULATION, .region = 170900, .as_of = 20250101},
    {.id = 8, .kind = EXTRACT_ACTIVE_COVER, .region = 0, .as_of = 20250101},
};
static const struct extract_row rows[] = {
    {.person = {{1}}, .kind = EXTRACT_DTSEN, .extract = 1, .desil = 3},
    {.person = {{1}}, .kind = EXTRACT_DTSEN, .extract = 3, .desil = 8},
    {.person = {{2}}, .kind = EXTRACT_DTSEN, .extract = 2, .desil = 5},
    {.person = {{2}}, .kind = EXTRACT_CIVIL_SERVANT, .extract = 5},
    {.person = {{3}}, .kind = EXTRACT_POPULATION, .extract = 6, .deceased = true},
    {.person = {{4}}, .kind = EXTRACT_POPULATION, .extract = 7, .ktp_region = 170901},
    {.person = {{5}}, .kind = EXTRACT_ACTIVE_COVER, .extract = 8, .segment = SEGMENT_BPU, .programmes = 3, .from = 202501, .to = 202512, .payer = {(const uint8_t *)"17.08", 5}},
    {.person = {{5}}, .kind = EXTRACT_ACTIVE_COVER, .extract = 8, .segment = SEGMENT_PU, .programmes = 4, .from = 202506, .to = MONTH_OPEN, .status = COVER_LAPSED},
};
static const struct extract_facts all = {.extracts = extracts, .extract_count = 8, .rows = rows, .row_count = 8};

static struct agreement agreement_of(enum data_source source, day_t date, int desil_max) {
    return (struct agreement){.payer_kind = slice_text("PEMKAB"), .payer_name = slice_text("Pemkab Kepahiang"), .payer_region = 1708, .funds = FUNDS_APBD,
                              .data_source = source, .data_source_date = date, .desil_max = desil_max};
}

static struct eligibility_facts judged(const struct extract_facts *facts, uint8_t person, uint32_t region, const struct agreement *agreement) {
    struct eligibility_facts known = {0};
    const struct application application = {.person = {{person}}, .segment = SEGMENT_BPU, .ktp_region = region};
    extract_judge(facts, &application, agreement, region, true, &known);
    return known;
}

static void the_list_of_the_poor_is_asked_only_when_the_agreement_names_it(void **state) {
    (void)state;
    static const struct {
        enum data_source source;
        day_t date;
        int desil_max;
        uint8_t person;
        uint32_t region;
        enum fact expected;
        int desil;
    } cases[] = {
        {DATA_SOURCE_NONE, 0, 0, 1, 170804, FACT_NOT_ASKED, 0},
        {DATA_SOURCE_DTSEN, 0, 0, 1, 170804, FACT_NO, 0},         /* of the newest, the one for the smaller region */
        {DATA_SOURCE_DTSEN, 0, 0, 2, 170804, FACT_YES, 5},
        {DATA_SOURCE_DTSEN, 0, 0, 1, 360405, FACT_YES, 8},        /* elsewhere the list of the country */
        {DATA_SOURCE_DTSEN, 20250630, 0, 1, 170804, FACT_YES, 3}, /* the list that the agreement names */
        {DATA_SOURCE_DTSEN, 20250630, 0, 2, 170804, FACT_NO, 0},
        {DATA_SOURCE_DTSEN, 20250630, 0, 2, 360405, FACT_NO_ANSWER, 0},
        {DATA_SOURCE_DTSEN, 20250630, 0, 1, 360405, FACT_YES, 3}, /* who stands in it is in it wherever he lives */
        {DATA_SOURCE_DTSEN, 20200101, 0, 1, 170804, FACT_NO_ANSWER, 0},
        {DATA_SOURCE_DTKS, 0, 0, 1, 170804, FACT_NO, 0},
        {DATA_SOURCE_DTKS, 0, 0, 1, 360405, FACT_NO_ANSWER, 0},
        {DATA_SOURCE_NONE, 0, 5, 2, 170804, FACT_YES, 5},         /* a decile alone means DTSEN */
        {DATA_SOURCE_DTSEN, 20250630, 0, 1, 0, FACT_YES, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct agreement agreement = agreement_of(cases[i].source, cases[i].date, cases[i].desil_max);
        const struct eligibility_facts known = judged(&all, cases[i].person, cases[i].region, &agreement);
        if (known.dtsen != cases[i].expected || known.desil != cases[i].desil) fail_msg("case %zu: %d, decile %d", i, known.dtsen, known.desil);
    }
    const struct eligibility_facts known = judged(&all, 1, 170804, NULL);
    assert_int_equal(known.dtsen, FACT_NOT_ASKED);
}

static void no_list_at_all_is_no_answer_for_who_demands_it_and_nothing_for_others(void **state) {
    (void)state;
    static const struct extract_facts none = {0};
    const struct agreement demanding = agreement_of(DATA_SOURCE_DTSEN, 0, 0);
    const struct eligibility_facts known = judged(&none, 1, 170804, &demanding);
    assert_int_equal(known.dtsen, FACT_NO_ANSWER);
    assert_int_equal(known.civil_servant, FACT_NOT_ASKED);
    assert_int_equal(known.dukcapil, DUKCAPIL_NOT_ASKED);
}

static void civil_servants_and_the_population_register(void **state) {
    (void)state;
    const struct agreement agreement = agreement_of(DATA_SOURCE_NONE, 0, 0);
    assert_int_equal(judged(&all, 2, 170804, &agreement).civil_servant, FACT_YES);
    assert_int_equal(judged(&all, 2, 360405, &agreement).civil_servant, FACT_YES);
    assert_int_equal(judged(&all, 1, 170804, &agreement).civil_servant, FACT_NO);
    assert_int_equal(judged(&all, 1, 360405, &agreement).civil_servant, FACT_NOT_ASKED);
    assert_int_equal(judged(&all, 3, 170804, &agreement).dukcapil, DUKCAPIL_DECEASED);
    assert_int_equal(judged(&all, 1, 170804, &agreement).dukcapil, DUKCAPIL_NOT_FOUND);
    assert_int_equal(judged(&all, 1, 170901, &agreement).dukcapil, DUKCAPIL_NOT_ASKED); /* that one is not complete */
    assert_int_equal(judged(&all, 4, 170804, &agreement).dukcapil, DUKCAPIL_ALIVE);
    assert_int_equal(judged(&all, 4, 170804, &agreement).dukcapil_region, 170901);
    struct eligibility_facts known = {.dukcapil = DUKCAPIL_ALIVE};
    extract_judge(&all, &(struct application){.person = {{3}}, .segment = SEGMENT_BPU}, &agreement, 170804, false, &known);
    assert_int_equal(known.dukcapil, DUKCAPIL_ALIVE); /* a service that was asked knows better than a list */
}

static void a_project_and_a_row_without_nik_stand_in_no_list(void **state) {
    (void)state;
    const struct agreement agreement = agreement_of(DATA_SOURCE_DTSEN, 0, 0);
    struct eligibility_facts known = {0};
    extract_judge(&all, &(struct application){.person = {{3}}, .segment = SEGMENT_JAKON, .ktp_region = 170804}, &agreement, 170804, true, &known);
    extract_judge(&all, &(struct application){.segment = SEGMENT_BPU, .ktp_region = 170804}, &agreement, 170804, true, &known);
    assert_true(known.dtsen == FACT_NOT_ASKED && known.dukcapil == DUKCAPIL_NOT_ASKED && known.civil_servant == FACT_NOT_ASKED);
    assert_int_equal(extract_cover_count(&all, &(struct application){.person = {{5}}, .segment = SEGMENT_JAKON}), 0);
}

static void covers_of_others_are_runs_of_months(void **state) {
    (void)state;
    const struct agreement agreement = agreement_of(DATA_SOURCE_NONE, 0, 0);
    const struct application application = {.person = {{5}}, .segment = SEGMENT_BPU};
    struct active_cover covers[2 * PROGRAMME_COUNT];
    assert_true(extract_cover_count(&all, &application) <= 2 * PROGRAMME_COUNT);
    assert_int_equal(extract_covers_of(&all, &application, &agreement, covers), 3);
    assert_true(covers[0].segment == SEGMENT_BPU && covers[0].programme == PROGRAMME_JKK && covers[0].same_payer && covers[0].from == 202501 && covers[0].months == 12);
    assert_true(covers[1].programme == PROGRAMME_JKM && covers[1].agreement_no == 0 && covers[1].status == COVER_ACTIVE);
    assert_true(covers[2].segment == SEGMENT_PU && covers[2].programme == PROGRAMME_JHT && !covers[2].same_payer && covers[2].status == COVER_LAPSED);
    assert_true(covers[2].months > 12 * 900);
}

static void a_payer_is_known_by_region_kind_name_or_funds(void **state) {
    (void)state;
    const struct agreement regency = agreement_of(DATA_SOURCE_NONE, 0, 0);
    struct agreement province = regency;
    province.payer_region = 1700;
    static const struct {
        const char *payer;
        bool regency, province;
    } cases[] = {{"17.08", true, false}, {"1708", true, false}, {"17", false, true}, {"17.00", false, true}, {"17.08.04", false, false}, {"16.03", false, false},
                 {"", false, false}, {"pemkab", true, true}, {" Pemkab Kepahiang ", true, true}, {"APBD", true, true}, {"SWASTA", false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (extract_same_payer(&regency, slice_text(cases[i].payer)) != cases[i].regency) fail_msg("regency, %s", cases[i].payer);
        if (extract_same_payer(&province, slice_text(cases[i].payer)) != cases[i].province) fail_msg("province, %s", cases[i].payer);
    }
    assert_false(extract_same_payer(NULL, slice_text("17.08")));
}

static void names_of_kinds(void **state) {
    (void)state;
    for (int i = EXTRACT_DTSEN; i < EXTRACT_KIND_COUNT; i++) {
        enum extract_kind kind = EXTRACT_NONE;
        assert_true(extract_kind_parse(slice_text(extract_kind_name((enum extract_kind)i)), &kind) && (int)kind == i);
    }
    enum extract_kind kind = EXTRACT_NONE;
    enum data_source source = DATA_SOURCE_NONE;
    assert_true(extract_kind_parse(slice_text("Active_Cover"), &kind) && kind == EXTRACT_ACTIVE_COVER);
    assert_false(extract_kind_parse(slice_text("stars"), &kind) || extract_kind_parse(slice_text(""), &kind));
    assert_true(data_source_parse(slice_text("dtks"), &source) && source == DATA_SOURCE_DTKS);
    assert_false(data_source_parse(slice_text(""), &source));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_of_the_poor_is_asked_only_when_the_agreement_names_it),
        cmocka_unit_test(no_list_at_all_is_no_answer_for_who_demands_it_and_nothing_for_others),
        cmocka_unit_test(civil_servants_and_the_population_register),
        cmocka_unit_test(a_project_and_a_row_without_nik_stand_in_no_list),
        cmocka_unit_test(covers_of_others_are_runs_of_months),
        cmocka_unit_test(a_payer_is_known_by_region_kind_name_or_funds),
        cmocka_unit_test(names_of_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
