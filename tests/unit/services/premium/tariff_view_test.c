/* The flat list of the tariff: what is in force in a month, every row with its regulation, and which rows of two months stand in the same place. */
#include "tests/unit/tariff_fixture.h"

#include "services/premium/tariff_view.h"

static const struct tariff_view_row *find(const struct tariff_view_row *rows, size_t count, const char *id, enum segment segment, enum charge charge) {
    for (size_t i = 0; i < count; i++)
        if (slice_is(rows[i].id, id) && rows[i].segment == segment && rows[i].charge == charge) return &rows[i];
    return NULL;
}

static void a_month_shows_what_is_in_force(void **state) {
    struct law law = law_open();
    size_t count = 0;
    const struct tariff_view_row *rows = tariff_view(&law.tariff, 202603, law.arena, &count);
    static const struct {
        const char *id, *key;
        enum segment segment;
        enum charge charge;
        enum payer_share share;
        int64_t value;
    } cases[] = {
        {"BPU-JKK-2015/02", "income from 1100000", SEGMENT_BPU, CHARGE_JKK, SHARE_PAYER, 10000},
        {"BPU-JKM-2015", "", SEGMENT_BPU, CHARGE_JKM, SHARE_PAYER, 6800},
        {"PU-JKK-2015/3", "class 3", SEGMENT_PU, CHARGE_JKK, SHARE_EMPLOYER, 8900},
        {"PU-JP-2015/WORKER", "", SEGMENT_PU, CHARGE_JP, SHARE_WORKER, 10000},
        {"PU-JKP-2025/JKK", "from JKK", SEGMENT_PU, CHARGE_JKP, SHARE_RECOMPOSITION, 1400},
        {"JAKON-JKM-2015/2", "contract from 100000000", SEGMENT_JAKON, CHARGE_JKM, SHARE_PAYER, 200},
        {"JAKON-WAGES-JKK-2015", "wages", SEGMENT_JAKON, CHARGE_JKK, SHARE_PAYER, 17400},
        {"PMI-PLACEMENT-2023", "placement", SEGMENT_PMI, CHARGE_PACKAGE, SHARE_PAYER, 37500},
        {"PMI-PACKAGE-2023/06", "package 6", SEGMENT_PMI, CHARGE_PACKAGE, SHARE_PAYER, 108000},
        {"PMI-EXCESS-2023", "excess month", SEGMENT_PMI, CHARGE_PACKAGE, SHARE_PAYER, 13500},
        {"PMI-JHT-2023/50000", "amount 50000", SEGMENT_PMI, CHARGE_JHT, SHARE_PAYER, 50000},
        {"JP-CAP-2026", "wage cap", SEGMENT_PU, CHARGE_JP, SHARE_PAYER, 11086300},
        {"JKP-CAP-2021", "wage cap", SEGMENT_PU, CHARGE_JKP, SHARE_PAYER, 5000000},
        {"R-2026-T", "relief R-2026-T TRANSPORT", SEGMENT_BPU, CHARGE_JKM, SHARE_PAYER, 500000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct tariff_view_row *row = find(rows, count, cases[i].id, cases[i].segment, cases[i].charge);
        if (row == NULL) fail_msg("%s is not shown", cases[i].id);
        assert_string_equal(row->key, cases[i].key);
        assert_int_equal(row->share, cases[i].share);
        assert_int_equal(row->value, cases[i].value);
        assert_true(row->regulation.size > 0 && row->confidence.size > 0 && row->enabled && !row->stale);
    }
    assert_null(find(rows, count, "PU-JKP-2021/JKK", SEGMENT_PU, CHARGE_JKP));
    assert_null(find(rows, count, "JP-CAP-2025", SEGMENT_PU, CHARGE_JP));
    assert_null(find(rows, count, "R-2026-N", SEGMENT_BPU, CHARGE_JKK));
    assert_null(find(rows, count, "R-2026-T", SEGMENT_PU, CHARGE_JKM));
    law_close(&law);
}

static void every_row_of_all_time_is_shown_without_a_month(void **state) {
    struct law law = law_open();
    size_t count = 0;
    const struct tariff_view_row *rows = tariff_view(&law.tariff, 0, law.arena, &count);
    assert_int_equal(count, law.tariff.row_count + law.tariff.cap_count[WAGE_CAP_JP] + law.tariff.cap_count[WAGE_CAP_JKP] + 6 + 1 + 2 + 2); /* R-2020: three segments, two programmes */
    assert_false(find(rows, count, "R-2020", SEGMENT_JAKON, CHARGE_JKM)->enabled);
    assert_string_equal(find(rows, count, "R-2025-PK", SEGMENT_PU, CHARGE_JKK)->key, "relief R-2025-PK labour-intensive");
    assert_false(find(rows, count, "JP-CAP-2026", SEGMENT_PU, CHARGE_JP)->stale);
    law_close(&law);
}

static void the_last_cap_is_shown_as_stale(void **state) {
    struct law law = law_open();
    size_t count = 0;
    const struct tariff_view_row *rows = tariff_view(&law.tariff, 202703, law.arena, &count);
    assert_true(find(rows, count, "JP-CAP-2026", SEGMENT_PU, CHARGE_JP)->stale);
    assert_null(find(rows, count, "JP-CAP-2025", SEGMENT_PU, CHARGE_JP));
    law_close(&law);
}

/* February and March 2026: the cap of JP rises and nothing else. */
static void two_months_are_compared_by_place(void **state) {
    struct law law = law_open();
    size_t before = 0, after = 0, changed = 0, paired = 0;
    const struct tariff_view_row *old = tariff_view(&law.tariff, 202602, law.arena, &before);
    const struct tariff_view_row *young = tariff_view(&law.tariff, 202603, law.arena, &after);
    for (size_t i = 0; i < before; i++) {
        for (size_t k = 0; k < after; k++) {
            if (!tariff_view_same_place(&old[i], &young[k])) continue;
            paired++;
            if (tariff_view_same_price(&old[i], &young[k])) continue;
            changed++;
            assert_int_equal(old[i].value, 10547400);
            assert_int_equal(young[k].value, 11086300);
        }
    }
    assert_int_equal(before, after);
    assert_int_equal(paired, before);
    assert_int_equal(changed, 1);
    assert_string_equal(wage_cap_name(WAGE_CAP_JKP), "JKP");
    law_close(&law);
}

static void a_price_is_base_unit_value_cap_and_switch(void **state) {
    const struct tariff_view_row row = {.base = 1000000, .unit = TARIFF_PPM, .value = 10000, .enabled = true};
    struct tariff_view_row other = row;
    other.id = slice_text("another"); /* the same price under another id */
    assert_true(tariff_view_same_price(&row, &other));
    other.base++;
    assert_false(tariff_view_same_price(&row, &other));
    other = row;
    other.unit = TARIFF_RUPIAH;
    assert_false(tariff_view_same_price(&row, &other));
    other = row;
    other.value++;
    assert_false(tariff_view_same_price(&row, &other));
    other = row;
    other.cap = WAGE_CAP_JP;
    assert_false(tariff_view_same_price(&row, &other));
    other = row;
    other.enabled = false;
    assert_false(tariff_view_same_price(&row, &other));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_month_shows_what_is_in_force),
        cmocka_unit_test(every_row_of_all_time_is_shown_without_a_month),
        cmocka_unit_test(the_last_cap_is_shown_as_stale),
        cmocka_unit_test(a_price_is_base_unit_value_cap_and_switch),
        cmocka_unit_test(two_months_are_compared_by_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
