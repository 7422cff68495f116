/* What cards, sheets and sign-off lists show, and that nothing stands outside of its card. */
#include "tests/unit/cmocka_all.h"

#include "services/notification/cards/card_face.h"

static struct card sample(void) {
    struct card card = {.code = {1, 0}, .place = 1, .name = slice_text("Siti Contoh"), .is_simulated = true, .birth_date = 19871112, .region = 170804, .village = 2001, .village_name = slice_text("Pagar Gunung"),
                        .district_name = slice_text("Kepahiang"), .payer_name = slice_text("Pemkab Kepahiang"), .segment = SEGMENT_BPU,
                        .programmes = (programme_set)(programme_bit(PROGRAMME_JKK) | programme_bit(PROGRAMME_JKM)), .start_month = 202510, .end_month = 202609, .cover = 2};
    card_simulated_number(1, card.kpj);
    return card;
}

static size_t count_text(const struct mark *marks, size_t count, const char *text) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) found += marks[i].kind == MARK_TEXT && slice_is(marks[i].text, text);
    return found;
}

static void a_card_says_what_it_must(void **state) {
    static const char *const texts[] = {"Siti Contoh", "90000000001", "SIMULASI", "12 November 1987", "BPU JKK+JKM", "Okt 2025 - Sep 2026", "Pagar Gunung, Kepahiang", "Pemkab Kepahiang", "0000-0100-0000-0000"};
    struct arena *arena = arena_create(1024 * 1024);
    struct mark marks[CARD_MARKS_MAX];
    struct card card = sample();
    size_t count = card_face(&card, slice_text("https://x.id/cards/0000010000000000"), 20251115, arena, marks), codes = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) assert_int_equal(count_text(marks, count, texts[i]), 1);
    for (size_t i = 0; i < count; i++) codes += marks[i].kind == MARK_QR && slice_is(marks[i].text, "https://x.id/cards/0000010000000000");
    assert_int_equal(codes, 1);
    assert_int_equal(count_text(marks, count, "PERLINDUNGAN BERAKHIR"), 0);
    card.is_simulated = false;
    card.cover = 5;
    count = card_face(&card, slice_text("u"), 20251115, arena, marks);
    assert_int_equal(count_text(marks, count, "SIMULASI"), 0);
    assert_int_equal(count_text(marks, count, "PERLINDUNGAN BERAKHIR"), 1);
    arena_destroy(arena);
}

static void a_village_without_a_name_shows_its_code(void **state) {
    struct arena *arena = arena_create(1024 * 1024);
    struct mark marks[CARD_MARKS_MAX];
    struct card card = sample();
    card.village_name = slice_text("");
    assert_int_equal(count_text(marks, card_face(&card, slice_text("u"), 20251115, arena, marks), "17.08.04.2001 Kepahiang"), 1);
    card.village = 0;
    assert_int_equal(count_text(marks, card_face(&card, slice_text("u"), 20251115, arena, marks), "17.08.04 Kepahiang"), 1);
    card.region = 0;
    card.district_name = slice_text("");
    card.birth_date = 0;
    assert_int_equal(count_text(marks, card_face(&card, slice_text("u"), 20251115, arena, marks), "- "), 1);
    arena_destroy(arena);
}

static void nothing_stands_outside_of_a_card(void **state) {
    struct arena *arena = arena_create(1024 * 1024);
    struct mark marks[CARD_MARKS_MAX];
    struct card card = sample();
    for (int over = 0; over < 2; over++) {
        card.cover = over == 1 ? 5 : 2;
        const size_t count = card_face(&card, slice_text("u"), 20251115, arena, marks);
        for (size_t i = 0; i < count; i++) {
            const struct mark *mark = &marks[i];
            const int32_t height = mark->kind == MARK_QR ? mark->width : mark->height;
            if (mark->kind != MARK_TEXT) assert_true(mark->x >= 0 && mark->y >= 0 && mark->x + mark->width <= CARD_WIDTH_UM && mark->y + height <= CARD_HEIGHT_UM);
            else assert_true(mark->x > 0 && mark->x < CARD_WIDTH_UM && mark->y - mark->size > 0 && mark->y < CARD_HEIGHT_UM && mark->x + (mark->align == ALIGN_LEFT ? mark->width : 0) < CARD_WIDTH_UM);
        }
    }
    arena_destroy(arena);
}

static void ten_cards_fill_a_sheet_and_cuts_stand_outside(void **state) {
    struct mark cuts[CUT_MARKS];
    int32_t first_x, first_y, last_x, last_y;
    sheet_slot(0, &first_x, &first_y);
    sheet_slot(SHEET_CARDS - 1, &last_x, &last_y);
    assert_int_equal(last_x - first_x, CARD_WIDTH_UM);
    assert_int_equal(last_y - first_y, 4 * CARD_HEIGHT_UM);
    assert_int_equal(first_x, A4_WIDTH_UM - (last_x + CARD_WIDTH_UM));
    assert_int_equal(first_y, A4_HEIGHT_UM - (last_y + CARD_HEIGHT_UM));
    const size_t count = sheet_cuts(cuts);
    assert_int_equal(count, CUT_MARKS);
    for (size_t i = 0; i < count; i++) {
        const int32_t end_x = cuts[i].x + cuts[i].width, end_y = cuts[i].y + cuts[i].height;
        const bool beside = end_x < first_x || cuts[i].x > last_x + CARD_WIDTH_UM, above = end_y < first_y || cuts[i].y > last_y + CARD_HEIGHT_UM;
        assert_true(beside || above);
        assert_true(cuts[i].x > 0 && cuts[i].y > 0 && end_x < A4_WIDTH_UM && end_y < A4_HEIGHT_UM);
    }
}

static void a_page_of_the_list_holds_one_village(void **state) {
    struct card cards[SIGN_OFF_ROWS + 3];
    for (size_t i = 0; i < sizeof cards / sizeof *cards; i++) cards[i] = sample();
    const size_t count = sizeof cards / sizeof *cards;
    assert_int_equal(sign_off_run(cards, count, 0), SIGN_OFF_ROWS);
    assert_int_equal(sign_off_run(cards, count, SIGN_OFF_ROWS), 3);
    cards[5].village = 2002;
    assert_int_equal(sign_off_run(cards, count, 0), 5);
    assert_int_equal(sign_off_run(cards, count, 5), 1);
    cards[8].region = 170805;
    assert_int_equal(sign_off_run(cards, count, 6), 2);
}

static void the_list_has_a_line_for_everybody(void **state) {
    struct arena *arena = arena_create(1024 * 1024);
    struct mark marks[SIGN_OFF_MARKS_MAX];
    struct card cards[SIGN_OFF_ROWS];
    for (size_t i = 0; i < SIGN_OFF_ROWS; i++) cards[i] = sample();
    cards[1].is_simulated = false;
    const struct sign_off_page page = {.agreement_id = slice_text("kepahiang-2025"), .payer_name = slice_text("Pemkab Kepahiang"), .cards = cards, .count = SIGN_OFF_ROWS, .first = 21, .page = 2, .pages = 7};
    const size_t count = sign_off_face(&page, arena, marks);
    assert_int_equal(count_text(marks, count, "Siti Contoh"), SIGN_OFF_ROWS);
    assert_int_equal(count_text(marks, count, "90000000001 SIMULASI"), SIGN_OFF_ROWS - 1);
    assert_int_equal(count_text(marks, count, "90000000001"), 1);
    assert_int_equal(count_text(marks, count, "21"), 1);
    assert_int_equal(count_text(marks, count, "40"), 1);
    assert_int_equal(count_text(marks, count, "Desa: Pagar Gunung, Kepahiang"), 1);
    assert_int_equal(count_text(marks, count, "Perjanjian: kepahiang-2025 (Pemkab Kepahiang)"), 1);
    assert_int_equal(count_text(marks, count, "halaman 2 dari 7"), 1);
    for (size_t i = 0; i < count; i++) assert_true(marks[i].x >= 0 && marks[i].y + marks[i].height < A4_HEIGHT_UM && marks[i].x + marks[i].width <= A4_WIDTH_UM);
    arena_destroy(arena);
}

static void a_list_names_its_event(void **state) {
    struct arena *arena = arena_create(1024 * 1024);
    struct mark marks[SIGN_OFF_MARKS_MAX];
    const struct card card = sample();
    const struct sign_off_event whole = {.officer = slice_text("Camat"), .venue = slice_text("Balai Desa"), .day = 20251120}, half = {.officer = slice_text(""), .venue = slice_text("Balai Desa")};
    struct sign_off_page page = {.event = &whole, .agreement_id = slice_text("a"), .payer_name = slice_text("b"), .cards = &card, .count = 1, .first = 1, .page = 1, .pages = 1};
    assert_int_equal(count_text(marks, sign_off_face(&page, arena, marks), "Petugas: Camat   Tempat: Balai Desa   Tanggal: 20 November 2025"), 1);
    page.event = &half;
    assert_int_equal(count_text(marks, sign_off_face(&page, arena, marks), "Petugas: ______________________   Tempat: Balai Desa   Tanggal: ______________"), 1);
    page.event = NULL;
    assert_int_equal(count_text(marks, sign_off_face(&page, arena, marks), "Petugas: ______________________   Tempat: ______________________   Tanggal: ______________"), 1);
    arena_destroy(arena);
}

static void a_text_that_is_far_too_long_is_cut(void **state) {
    struct arena *arena = arena_create(1024 * 1024);
    struct mark marks[CARD_MARKS_MAX];
    struct card card = sample();
    char name[600];
    memset(name, 'x', sizeof name);
    card.village_name = slice_of(name, sizeof name);
    const size_t count = card_face(&card, slice_text("u"), 20251115, arena, marks);
    for (size_t i = 0; i < count; i++) assert_true(marks[i].text.size < 256);
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_list_names_its_event), 
        cmocka_unit_test(a_card_says_what_it_must),                       cmocka_unit_test(a_village_without_a_name_shows_its_code), cmocka_unit_test(nothing_stands_outside_of_a_card),
        cmocka_unit_test(ten_cards_fill_a_sheet_and_cuts_stand_outside), cmocka_unit_test(a_page_of_the_list_holds_one_village),    cmocka_unit_test(the_list_has_a_line_for_everybody),
        cmocka_unit_test(a_text_that_is_far_too_long_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
