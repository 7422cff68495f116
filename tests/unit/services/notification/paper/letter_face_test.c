/* What a letter on paper says, that all of it stands on its half page (or on the page that it needs), and in which order letters lie. */
#include "tests/unit/cmocka_all.h"

#include "services/notification/paper/letter_face.h"

static struct paper_letter sample(void) {
    return (struct paper_letter){.event_id = {{1}}, .name = slice_text("Siti Contoh Nur'aini"), .address = slice_text("Dusun 1"), .region = 170804, .village = 2001, .village_name = slice_text("Pagar Gunung"),
                                 .district_name = slice_text("Kepahiang"), .payer_name = slice_text("Pemkab Kepahiang"), .agreement_id = slice_text("kepahiang-2025"), .title = slice_text("DITOLAK"),
                                 .text = slice_text("Belum diterima."), .english = slice_text("Not accepted yet."), .reason_count = 1, .deadline = 20251015, .day = 20250915,
                                 .reasons = {{slice_text("Alamat lain."), slice_text("Perbarui KTP."), slice_text("another region"), slice_text("Have the card renewed.")}}};
}

static size_t count_text(const struct mark *marks, size_t count, const char *text) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) found += marks[i].kind == MARK_TEXT && slice_is(marks[i].text, text);
    return found;
}

static void a_letter_says_what_it_must(void **state) {
    static const char *const texts[] = {"Yth. Bapak/Ibu Siti Contoh Nur'aini", "Dusun 1, Pagar Gunung, Kepahiang (17.08.04.2001)", "DITOLAK", "Belum diterima.", "Not accepted yet.",
                                        "- Alamat lain. Yang perlu dilakukan: Perbarui KTP.", "- Reason: another region. What you can do: Have the card renewed.", "Batas waktu: 15 Oktober 2025",
                                        "Deadline: 15 October 2025", "15 September 2025", "Surat 01000000000000000000000000000000, kepahiang-2025"};
    struct arena *arena = arena_create(1024 * 1024);
    struct mark marks[PAPER_MARKS_MAX];
    struct paper_letter letter = sample();
    int32_t height;
    size_t count = letter_face(&letter, arena, marks, &height);
    assert_int_equal(height, PAPER_HALF_UM);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) assert_int_equal(count_text(marks, count, texts[i]), 1);
    letter.deadline = 0;
    letter.reason_count = 0;
    letter.is_again = true;
    count = letter_face(&letter, arena, marks, &height);
    assert_int_equal(count_text(marks, count, "Batas waktu: 15 Oktober 2025"), 0);
    assert_int_equal(count_text(marks, count, "15 September 2025 (cetak ulang)"), 1);
    arena_destroy(arena);
}

/* Each line stands below the one before it and on the paper, however long the texts are. */
static void the_longest_letter_fits_on_a_page(void **state) {
    struct arena *arena = arena_create(1024 * 1024);
    struct mark marks[PAPER_MARKS_MAX];
    struct paper_letter letter = sample();
    char words[641];
    int32_t height;
    for (size_t i = 0; i < sizeof words - 1; i++) words[i] = i % 8 == 7 ? ' ' : 'W';
    words[640] = '\0';
    letter.text = letter.english = slice_text(words);
    const struct slice longest = slice_of(words, 160);
    letter.reason_count = PAPER_REASONS_MAX;
    for (size_t i = 0; i < PAPER_REASONS_MAX; i++) letter.reasons[i] = (struct paper_reason){longest, longest, longest, longest};
    const size_t count = letter_face(&letter, arena, marks, &height);
    assert_true(height > PAPER_HALF_UM && height <= A4_HEIGHT_UM);
    int32_t y = 0;
    for (size_t i = 0; i < count; i++) {
        assert_true(marks[i].x >= 0 && marks[i].x + (marks[i].align == ALIGN_LEFT ? marks[i].width : 0) <= A4_WIDTH_UM);
        assert_true(marks[i].y > 0 && marks[i].y < height);
        if (i >= 6 && i + 2 < count) assert_true(marks[i].y > y);
        y = marks[i].y;
    }
    arena_destroy(arena);
}

static void long_words_are_no_endless_loop(void **state) {
    struct arena *arena = arena_create(1024 * 1024);
    struct mark marks[PAPER_MARKS_MAX];
    struct paper_letter letter = sample();
    char words[641];
    int32_t height;
    memset(words, 'W', 640);
    words[640] = '\0';
    letter.text = slice_text(words);
    const size_t count = letter_face(&letter, arena, marks, &height);
    size_t letters = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < marks[i].text.size; k++) letters += marks[i].text.bytes[k] == 'W';
    assert_int_equal(letters, 641); /* and the one of "What you can do" */
    arena_destroy(arena);
}

static void villages_have_codes(void **state) {
    static const struct { uint32_t region, village; const char *code; } rows[] = {
        {170804, 2001, "17.08.04.2001"}, {170804, 7, "17.08.04.0007"}, {170804, 0, "17.08.04"}, {170800, 0, "17.08"}, {0, 0, "tidak-diketahui"}, {0, 2001, "tidak-diketahui"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char code[VILLAGE_CODE_MAX];
        letter_village_code(rows[i].region, rows[i].village, code);
        assert_string_equal(code, rows[i].code);
    }
}

static void letters_lie_by_name(void **state) {
    const struct paper_letter a = {.name = slice_text("ani")}, b = {.name = slice_text("Budi")}, again = {.name = slice_text("Budi"), .event_id = {{1}}};
    assert_true(letter_compare(&a, &b) < 0 && letter_compare(&b, &a) > 0);
    assert_true(letter_compare(&b, &again) < 0 && letter_compare(&b, &b) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_letter_says_what_it_must), cmocka_unit_test(the_longest_letter_fits_on_a_page), cmocka_unit_test(long_words_are_no_endless_loop),
                                       cmocka_unit_test(villages_have_codes), cmocka_unit_test(letters_lie_by_name)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
