/* What can be said of a card without a database. */
#include "tests/unit/cmocka_all.h"

#include <stdlib.h>

#include "services/notification/cards/card.h"

static void cards_lie_by_village_then_name_then_place(void **state) {
    struct card cards[] = {
        {.place = 1, .region = 170804, .village = 2002, .name = slice_text("Ani")},  {.place = 2, .region = 170804, .village = 2001, .name = slice_text("budi")},
        {.place = 4, .region = 170804, .village = 2001, .name = slice_text("Budi")}, {.place = 3, .region = 170804, .village = 2001, .name = slice_text("Ani Siti")},
        {.place = 5, .region = 170803, .village = 2009, .name = slice_text("Zul")},  {.place = 6, .region = 170804, .village = 2001, .name = slice_text("Ani")},
    };
    static const int64_t order[] = {5, 6, 3, 2, 4, 1};
    qsort(cards, sizeof cards / sizeof *cards, sizeof *cards, card_compare);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) assert_int_equal(cards[i].place, order[i]);
}

static void a_cover_stands_in_its_months_only(void **state) {
    static const struct { int32_t cover; day_t today; enum card_standing standing; } vectors[] = {
        {1, 20251115, STANDING_NOT_YET}, {2, 20251115, STANDING_ACTIVE}, {3, 20251115, STANDING_ACTIVE}, {4, 20251115, STANDING_OVER},  {5, 20251115, STANDING_OVER},
        {2, 20250930, STANDING_NOT_YET}, {2, 20251001, STANDING_ACTIVE}, {2, 20260930, STANDING_ACTIVE}, {2, 20261001, STANDING_OVER}, {1, 20261001, STANDING_OVER},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct card card = {.cover = vectors[i].cover, .start_month = 202510, .end_month = 202609};
        assert_int_equal(card_standing(&card, vectors[i].today), vectors[i].standing);
    }
    const struct card released = {.cover = 2, .start_month = 202510, .end_month = 202509};
    assert_int_equal(card_standing(&released, 20251115), STANDING_OVER);
}

static void initials_are_the_first_letters(void **state) {
    static const struct { const char *name, *initials; } vectors[] = {
        {"Siti Contoh", "S. C."}, {"  siti\tnur'aini ", "S. N."}, {"Budi", "B."}, {"", ""}, {"A B C D E F G", "A. B. C. D. E."}, {"\xc3\xa9mile Zola", "\xc3\xa9. Z."}, {"\xff\xff X", "X."},
        {"\xe4\xb8\x80 \xe4\xb8\x80 \xe4\xb8\x80 \xe4\xb8\x80 \xe4\xb8\x80", "\xe4\xb8\x80. \xe4\xb8\x80. \xe4\xb8\x80. \xe4\xb8\x80. \xe4\xb8\x80."},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        char text[CARD_INITIALS_TEXT];
        card_initials(slice_text(vectors[i].name), text);
        assert_string_equal(text, vectors[i].initials);
    }
}

static void a_simulated_number_begins_with_nine(void **state) {
    char kpj[KPJ_TEXT];
    card_simulated_number(42, kpj);
    assert_string_equal(kpj, "90000000042");
    card_simulated_number(CARD_NUMBER_MAX, kpj);
    assert_string_equal(kpj, "91073741823");
}

static void an_address_has_one_slash_and_a_bound(void **state) {
    char url[CARD_URL_MAX], base[CARD_URL_MAX];
    const struct card_code code = {1, 0};
    assert_true(card_url(slice_text("https://x.id/cards//"), code, url));
    assert_string_equal(url, "https://x.id/cards/0000010000000000");
    assert_false(card_url(slice_text("///"), code, url));
    memset(base, 'a', sizeof base);
    assert_true(card_url(slice_of(base, CARD_URL_MAX - 18), code, url));
    assert_false(card_url(slice_of(base, CARD_URL_MAX - 17), code, url));
}

static void villages_are_found_by_their_codes(void **state) {
    static const char text[] = "code,district_code,name\n11.01.01.2001,11.01.01,Keude Bakongan\n17.08.04.2001,17.08.04,Pagar Gunung\r\n17.08.04.2002,17.08.04,\"Tebat, Baru\"\n96.01.01.2009,96.01.01,Akhir";
    static const struct { uint32_t region, village; const char *name; } vectors[] = {
        {110101, 2001, "Keude Bakongan"}, {170804, 2001, "Pagar Gunung"}, {960101, 2009, "Akhir"}, {170804, 2003, ""}, {170804, 0, ""}, {0, 0, ""}, {990101, 2001, ""}, {170803, 9999, ""},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct slice name = village_name(slice_text(text), vectors[i].region, vectors[i].village);
        assert_true(slice_is(name, vectors[i].name));
    }
    assert_int_equal(village_name(slice_text(""), 170804, 2001).size, 0);
}

static void states_have_names(void **state) {
    enum card_state read = CARD_NONE;
    for (int i = CARD_REQUESTED; i < CARD_STATES; i++) {
        assert_true(card_state_parse(slice_text(card_state_name((enum card_state)i)), &read));
        assert_int_equal(read, i);
        assert_true(strlen(card_state_word((enum card_state)i)) > 0);
    }
    assert_false(card_state_parse(slice_text("lost"), &read));
    assert_false(card_state_parse(slice_text(""), &read));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cards_lie_by_village_then_name_then_place), cmocka_unit_test(a_cover_stands_in_its_months_only),   cmocka_unit_test(initials_are_the_first_letters),
        cmocka_unit_test(a_simulated_number_begins_with_nine),       cmocka_unit_test(an_address_has_one_slash_and_a_bound), cmocka_unit_test(villages_are_found_by_their_codes),
        cmocka_unit_test(states_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
