/* The page behind a code: what it shows, in which language, and that it shows nothing else. */
#include "tests/unit/cmocka_all.h"

#include "services/notification/cards/card_page.h"

static bool says(struct slice page, const char *text) { return memmem(page.bytes, page.size, text, strlen(text)) != NULL; }

static void a_card_is_told_in_two_languages(void **state) {
    static const struct { int32_t cover; day_t today; const char *id, *en; } vectors[] = {
        {1, 20251115, ">BELUM AKTIF<", ">NOT YET ACTIVE<"}, {2, 20251115, ">AKTIF<", ">ACTIVE<"}, {5, 20251115, ">BERAKHIR<", ">ENDED<"}, {2, 20270101, ">BERAKHIR<", ">ENDED<"}};
    struct arena *arena = arena_create(1024 * 1024);
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct card card = {.name = slice_text("Siti <b>Contoh"), .cover = vectors[i].cover, .start_month = 202510, .end_month = 202609, .programmes = programme_bit(PROGRAMME_JKK),
                                  .birth_date = 19871112, .kpj = "90000000001", .payer_name = slice_text("Pemkab")};
        const struct slice id = card_page(arena, CARD_PAGE_CARD, &card, vectors[i].today, false), en = card_page(arena, CARD_PAGE_CARD, &card, vectors[i].today, true);
        assert_true(says(id, vectors[i].id) && says(id, "<html lang=\"id\">") && says(id, "?lang=en") && says(id, "JKK") && says(id, "2025-10 &ndash; 2026-09"));
        assert_true(says(en, vectors[i].en) && says(en, "<html lang=\"en\">") && says(en, "?lang=id"));
        assert_true(says(id, "S. &lt;."));
        assert_false(says(id, "Siti") || says(id, "Contoh") || says(id, "1987") || says(id, "90000000001") || says(id, "Pemkab"));
    }
    arena_destroy(arena);
}

static void every_sign_of_markup_is_escaped(void **state) {
    struct arena *arena = arena_create(1024 * 1024);
    const struct card card = {.name = slice_text("& > \" ' <"), .cover = 2, .start_month = 202510, .end_month = 202609};
    assert_true(says(card_page(arena, CARD_PAGE_CARD, &card, 20251115, false), "&amp;. &gt;. &quot;. &#39;. &lt;."));
    arena_destroy(arena);
}

static void a_failure_has_words(void **state) {
    struct arena *arena = arena_create(1024 * 1024);
    assert_true(says(card_page(arena, CARD_PAGE_UNKNOWN, NULL, 20251115, false), "Kartu tidak dikenal"));
    assert_true(says(card_page(arena, CARD_PAGE_UNKNOWN, NULL, 20251115, true), "Unknown card"));
    assert_true(says(card_page(arena, CARD_PAGE_BUSY, NULL, 20251115, false), "Terlalu banyak"));
    assert_true(says(card_page(arena, CARD_PAGE_UNAVAILABLE, NULL, 20251115, true), "not available"));
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_card_is_told_in_two_languages), cmocka_unit_test(every_sign_of_markup_is_escaped), cmocka_unit_test(a_failure_has_words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
