/* Which of several extracts speaks when more than one could: the newer; of one day the one for the smaller region; of equal ones the one loaded last. And how the names that other
 * offices write are read. */
#include "services/eligibility/extract.h"

#include "tests/unit/cmocka_all.h"

/* The decile that is told names the extract that spoke: every row has the number of its extract. */
static int spoken(const struct extract *extracts, size_t count) {
    struct extract_row rows[8];
    for (size_t i = 0; i < count; i++) rows[i] = (struct extract_row){.person = {{1}}, .kind = EXTRACT_DTSEN, .extract = extracts[i].id, .desil = extracts[i].id};
    const struct extract_facts facts = {.extracts = extracts, .extract_count = count, .rows = rows, .row_count = count};
    const struct agreement agreement = {.data_source = DATA_SOURCE_DTSEN};
    const struct application application = {.person = {{1}}, .segment = SEGMENT_BPU, .ktp_region = 170804};
    struct eligibility_facts known = {0};
    extract_judge(&facts, &application, &agreement, 170804, false, &known);
    assert_int_equal(known.dtsen, FACT_YES);
    return known.desil;
}

static void one_extract_speaks_whatever_their_order(void **state) {
    (void)state;
    static const struct {
        const char *story;
        struct { uint32_t region; day_t as_of; } a, b;
        int winner; /* 1: a, 2: b, 0: the one loaded last */
    } rows[] = {
        {"the newer one", {170800, 20250901}, {170800, 20250630}, 1},
        {"the newer one, even for a larger region", {0, 20250901}, {170804, 20250630}, 1},
        {"the regency before the country", {170800, 20250901}, {0, 20250901}, 1},
        {"the regency before the province", {170800, 20250901}, {170000, 20250901}, 1},
        {"the district before the regency", {170804, 20250901}, {170800, 20250901}, 1},
        {"the province before the country", {170000, 20250901}, {0, 20250901}, 1},
        {"of equal ones the one loaded last", {170800, 20250901}, {170800, 20250901}, 0},
        {"of two for the country the one loaded last", {0, 20250901}, {0, 20250901}, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int turned = 0; turned < 2; turned++) {
            const struct extract a = {.id = turned ? 2 : 1, .kind = EXTRACT_DTSEN, .source = DATA_SOURCE_DTSEN, .region = rows[i].a.region, .as_of = rows[i].a.as_of};
            const struct extract b = {.id = turned ? 1 : 2, .kind = EXTRACT_DTSEN, .source = DATA_SOURCE_DTSEN, .region = rows[i].b.region, .as_of = rows[i].b.as_of};
            const struct extract forwards[] = {a, b}, backwards[] = {b, a};
            const int winner = rows[i].winner == 0 ? 2 : a.id;
            if (spoken(forwards, 2) != winner || spoken(backwards, 2) != winner) fail_msg("%s, turned %d", rows[i].story, turned);
        }
}

static void rows_of_other_kinds_of_lists_and_of_lists_gone_say_nothing(void **state) {
    (void)state;
    static const struct extract extracts[] = {{.id = 1, .kind = EXTRACT_DTSEN, .source = DATA_SOURCE_DTSEN, .as_of = 20250901},
                                              {.id = 2, .kind = EXTRACT_CIVIL_SERVANT, .region = 360000, .as_of = 20250901},
                                              {.id = 3, .kind = EXTRACT_ACTIVE_COVER, .as_of = 20250901}};
    static const struct extract_row rows[] = {{.person = {{1}}, .kind = EXTRACT_DTSEN, .extract = 9, .desil = 4}, /* its extract was dropped */
                                              {.person = {{1}}, .kind = EXTRACT_CIVIL_SERVANT, .extract = 1},     /* of a list of another kind */
                                              {.person = {{1}}, .kind = EXTRACT_DTSEN, .extract = 3, .desil = 2}};
    static const struct extract_facts facts = {.extracts = extracts, .extract_count = 3, .rows = rows, .row_count = 3};
    const struct agreement agreement = {.data_source = DATA_SOURCE_DTSEN};
    const struct application application = {.person = {{1}}, .segment = SEGMENT_BPU};
    struct eligibility_facts known = {0};
    struct active_cover covers[3 * PROGRAMME_COUNT];
    extract_judge(&facts, &application, &agreement, 170804, false, &known);
    assert_int_equal(known.dtsen, FACT_NO);
    assert_int_equal(known.desil, 0);
    assert_int_equal(known.civil_servant, FACT_NOT_ASKED);
    assert_int_equal(extract_covers_of(&facts, &application, &agreement, covers), 0);
}

static void regions_hold_those_below_them(void **state) {
    (void)state;
    assert_true(extract_covers(0, 0));
    assert_true(extract_covers(0, 170804));
    assert_true(extract_covers(170000, 170804));
    assert_false(extract_covers(170000, 180804));
    assert_true(extract_covers(170800, 170804));
    assert_false(extract_covers(170800, 170904));
    assert_true(extract_covers(170804, 170804));
    assert_false(extract_covers(170804, 170805));
    assert_false(extract_covers(170000, 0)); /* nobody knows where he lives */
}

static void names_of_kinds_and_payers_are_read_as_people_write_them(void **state) {
    (void)state;
    enum extract_kind kind = EXTRACT_NONE;
    assert_true(extract_kind_parse(slice_text("Civil_Servant"), &kind));
    assert_int_equal(kind, EXTRACT_CIVIL_SERVANT);
    assert_true(extract_kind_parse(slice_text("active-cover"), &kind));
    assert_int_equal(kind, EXTRACT_ACTIVE_COVER);
    assert_false(extract_kind_parse(slice_text("active cover"), &kind));
    assert_false(extract_kind_parse(slice_text("dts_n"), &kind));
    const struct agreement regency = {.payer_region = 1708, .payer_kind = slice_text("PEMKAB"), .payer_name = slice_text("Pemkab Kepahiang"), .funds = FUNDS_APBD};
    const struct agreement firm = {.payer_kind = slice_text("CSR"), .payer_name = slice_text("PT Contoh"), .funds = FUNDS_SWASTA};
    static const struct { const char *payer; bool regency, firm; } rows[] = {{"17.08", true, false}, {"1708", true, false}, {"17.08.04", false, false}, {"17", false, false}, {"16.03", false, false},
                                                                             {" pemkab ", true, false}, {"Pemkab Kepahiang", true, false}, {"APBD", true, false}, {"csr", false, true},
                                                                             {"PT Contoh", false, true}, {"SWASTA", false, true}, {"", false, false}, {"lain", false, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(extract_same_payer(&regency, slice_text(rows[i].payer)), rows[i].regency);
        assert_int_equal(extract_same_payer(&firm, slice_text(rows[i].payer)), rows[i].firm);
        assert_false(extract_same_payer(NULL, slice_text(rows[i].payer)));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_extract_speaks_whatever_their_order),
        cmocka_unit_test(rows_of_other_kinds_of_lists_and_of_lists_gone_say_nothing),
        cmocka_unit_test(regions_hold_those_below_them),
        cmocka_unit_test(names_of_kinds_and_payers_are_read_as_people_write_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
