/* Words and tags. What comes from a card is escaped, although initials and months hold nothing to escape. */
#include "services/notification/cards/card_page.h"

#include <stdio.h>

#include "common/base/check.h"

enum { PAGE_BYTES_MAX = 4096, ESCAPED_MAX = CARD_INITIALS_TEXT * 6, PERIOD_MAX = 48 };

const char card_page_style[] = "body{font:1.1rem/1.5 sans-serif;max-width:32rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}"
                               "dt{color:#555;font-size:.9rem}dd{margin:0 0 1rem;font-size:1.3rem}"
                               "strong{padding:.2rem .6rem;color:#fff;background:#5a5a5a}.active{background:#005c45}.over{background:#a3121a}footer{margin-top:2rem;font-size:.9rem}";

struct words {
    const char *lang, *title, *initials, *programmes, *period, *status, *note, *other, *other_lang, *other_words;
    const char *standings[3];
    const char *failures[4][2]; /* by kind: a heading and what to do */
};
static const struct words languages[2] = {
    {"id", "Pemeriksaan kartu peserta", "Inisial", "Program", "Masa perlindungan", "Status", "Hanya inisial, program, dan masa berlaku yang ditampilkan.", "Bahasa lain", "en", "English",
     {"BELUM AKTIF", "AKTIF", "BERAKHIR"},
     {{"", ""}, {"Kartu tidak dikenal", "Kode ini tidak dikenal. Periksa kembali kode pada kartu; kartu palsu tidak memiliki kode yang sah."},
      {"Terlalu banyak permintaan", "Ulangi sebentar lagi."}, {"Layanan sedang tidak tersedia", "Ulangi beberapa saat lagi."}}},
    {"en", "Membership card check", "Initials", "Programmes", "Period of cover", "Status", "Only initials, programmes and validity are shown.", "Other language", "id", "Bahasa Indonesia",
     {"NOT YET ACTIVE", "ACTIVE", "ENDED"},
     {{"", ""}, {"Unknown card", "This code is not known. Check the code on the card; a forged card has no valid code."}, {"Too many requests", "Try again in a moment."},
      {"The service is not available", "Try again in a while."}}},
};

static void escape(const char *text, char ret_text[ESCAPED_MAX]) {
    size_t size = 0;
    for (; *text != '\0'; text++) {
        const char *written = *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : *text == '&' ? "&amp;" : *text == '"' ? "&quot;" : *text == '\'' ? "&#39;" : NULL;
        CHECK(size + 6 < ESCAPED_MAX);
        if (written == NULL) ret_text[size++] = *text;
        for (; written != NULL && *written != '\0'; written++) ret_text[size++] = *written;
    }
    ret_text[size] = '\0';
}

static int write_card(char *text, size_t size, const struct words *words, const struct card *card, day_t today) {
    static const char *const classes[] = {"soon", "active", "over"};
    char initials[CARD_INITIALS_TEXT], escaped[ESCAPED_MAX], programmes[PROGRAMME_SET_TEXT_MAX], from[8], to[8];
    const enum card_standing standing = card_standing(card, today);
    card_initials(card->name, initials);
    escape(initials, escaped);
    (void)programme_set_format(card->programmes, programmes);
    month_format(card->start_month, from);
    month_format(card->end_month, to);
    return snprintf(text, size, "<dl><dt>%s</dt><dd>%s</dd><dt>%s</dt><dd>%s</dd><dt>%s</dt><dd>%s &ndash; %s</dd><dt>%s</dt><dd><strong class=\"%s\">%s</strong></dd></dl><p>%s</p>", words->initials, escaped,
                    words->programmes, programmes, words->period, from, to, words->status, classes[standing], words->standings[standing], words->note);
}

struct slice card_page(struct arena *arena, enum card_page_kind kind, const struct card *card, day_t today, bool english) {
    const struct words *words = &languages[english ? 1 : 0];
    char *text = arena_take(arena, PAGE_BYTES_MAX);
    CHECK((kind == CARD_PAGE_CARD) == (card != NULL));
    int size = snprintf(text, PAGE_BYTES_MAX,
                        "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><meta name=\"robots\" content=\"noindex\">"
                        "<title>%s</title><style>%s</style></head><body><h1>%s</h1>",
                        words->lang, words->title, card_page_style, words->title);
    CHECK(size > 0 && size < PAGE_BYTES_MAX);
    size += card != NULL ? write_card(text + size, (size_t)(PAGE_BYTES_MAX - size), words, card, today)
                         : snprintf(text + size, (size_t)(PAGE_BYTES_MAX - size), "<h2>%s</h2><p>%s</p>", words->failures[kind][0], words->failures[kind][1]);
    CHECK(size < PAGE_BYTES_MAX);
    size += snprintf(text + size, (size_t)(PAGE_BYTES_MAX - size), "<footer>%s: <a href=\"?lang=%s\" lang=\"%s\">%s</a></footer></body></html>\n", words->other, words->other_lang, words->other_lang, words->other_words);
    CHECK(size < PAGE_BYTES_MAX);
    return slice_of(text, (size_t)size);
}
