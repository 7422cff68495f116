/* Where everything stands. The numbers are micrometres; whoever moves one should print a sheet and look. */
#include "services/notification/cards/card_face.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/base/check.h"
#include "common/domain/region.h"

enum { TEXT_MAX = 256, MARGIN_X = (A4_WIDTH_UM - SHEET_COLUMNS * CARD_WIDTH_UM) / 2, MARGIN_Y = (A4_HEIGHT_UM - SHEET_ROWS * CARD_HEIGHT_UM) / 2 };
_Static_assert(MARGIN_X > 10000 && MARGIN_Y > 10000, "room for the cut marks, and no printer prints to the edge");

struct page {
    struct mark *marks;
    size_t count, max;
    struct arena *arena;
};

static struct mark *add(struct page *page, struct mark mark) {
    CHECK(page->count < page->max);
    page->marks[page->count] = mark;
    return &page->marks[page->count++];
}

static struct slice words(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
static struct slice words(struct arena *arena, const char *format, ...) {
    char text[TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    CHECK(size >= 0);
    if (size >= TEXT_MAX) size = TEXT_MAX - 1; /* far more than fits on a card */
    return arena_copy(arena, slice_of(text, (size_t)size));
}

static struct slice months_of(struct arena *arena, month_t from, month_t to) {
    return words(arena, "%s %d - %s %d", month_short_id(from), month_year(from), month_short_id(to), month_year(to));
}

static struct slice day_words(struct arena *arena, day_t day) {
    char text[24] = "-";
    if (day != 0) day_format_id(day, text);
    return words(arena, "%s", text);
}

static struct slice village_words(struct arena *arena, const struct card *card) {
    if (card->village_name.size > 0) return words(arena, "%.*s, %.*s", SLICE_ARGS(card->village_name), SLICE_ARGS(card->district_name));
    char code[9];
    region_format(card->region, code);
    if (card->village > 0) return words(arena, "%s.%04u %.*s", code, card->village, SLICE_ARGS(card->district_name));
    return words(arena, "%s %.*s", card->region > 0 ? code : "-", SLICE_ARGS(card->district_name));
}

/* ---- a card ---- */

enum { LEFT = 4000, VALUE_X = 20000, TEXT_WIDTH = 35500, LABEL_SIZE = 2100, VALUE_SIZE = 2600, QR_SIDE = 25000, QR_X = CARD_WIDTH_UM - QR_SIDE - 2500, QR_Y = 11500 };

static void add_field(struct page *page, int32_t y, const char *label, struct slice value, bool bold) {
    add(page, (struct mark){.kind = MARK_TEXT, .ink = INK_GREY, .x = LEFT, .y = y, .size = LABEL_SIZE, .width = VALUE_X - LEFT - 500, .text = slice_text(label)});
    add(page, (struct mark){.kind = MARK_TEXT, .ink = INK_BLACK, .bold = bold, .x = VALUE_X, .y = y, .size = VALUE_SIZE, .width = TEXT_WIDTH, .text = value});
}

static void add_head(struct page *page) {
    add(page, (struct mark){.kind = MARK_BOX, .ink = INK_GREEN, .width = CARD_WIDTH_UM, .height = 9000});
    add(page, (struct mark){.kind = MARK_TEXT, .ink = INK_WHITE, .bold = true, .x = LEFT, .y = 6000, .size = 3600, .text = slice_text("KARTU PESERTA")});
    add(page, (struct mark){.kind = MARK_TEXT, .ink = INK_WHITE, .align = ALIGN_RIGHT, .x = CARD_WIDTH_UM - 3000, .y = 5800, .size = 2500, .text = slice_text("Jaminan Sosial Ketenagakerjaan")});
}

static void add_number(struct page *page, const struct card *card) {
    add_field(page, 21500, "No. KPJ", words(page->arena, "%s", card->kpj), true);
    if (card->is_simulated)
        add(page, (struct mark){.kind = MARK_TEXT, .ink = INK_RED, .bold = true, .x = 41500, .y = 21500, .size = VALUE_SIZE, .width = 14500, .text = slice_text("SIMULASI")});
}

static void add_foot(struct page *page, enum card_standing standing) {
    if (standing == STANDING_OVER) {
        add(page, (struct mark){.kind = MARK_BOX, .ink = INK_RED, .y = 47500, .width = CARD_WIDTH_UM, .height = CARD_HEIGHT_UM - 47500});
        add(page, (struct mark){.kind = MARK_TEXT, .ink = INK_WHITE, .bold = true, .align = ALIGN_CENTRE, .x = CARD_WIDTH_UM / 2, .y = 51800, .size = 3200, .text = slice_text("PERLINDUNGAN BERAKHIR")});
        return;
    }
    add(page, (struct mark){.kind = MARK_LINE, .ink = INK_GREEN, .x = LEFT, .y = 47500, .width = CARD_WIDTH_UM - 2 * LEFT, .size = 300});
    add(page, (struct mark){.kind = MARK_TEXT, .ink = INK_GREY, .x = LEFT, .y = 51000, .size = 2100, .width = CARD_WIDTH_UM - 2 * LEFT,
                            .text = slice_text("Pindai kode QR untuk memeriksa masa berlaku. Kartu ini bukan tanda pengenal.")});
}

size_t card_face(const struct card *card, struct slice url, day_t today, struct arena *arena, struct mark ret_marks[CARD_MARKS_MAX]) {
    struct page page = {.marks = ret_marks, .max = CARD_MARKS_MAX, .arena = arena};
    char programmes[PROGRAMME_SET_TEXT_MAX], code[CARD_CODE_SHOWN];
    CHECK(card->kpj[0] != '\0' && url.size > 0);
    (void)programme_set_format(card->programmes, programmes);
    card_code_show(card->code, code);
    add_head(&page);
    add(&page, (struct mark){.kind = MARK_TEXT, .ink = INK_BLACK, .bold = true, .x = LEFT, .y = 15500, .size = 3900, .width = QR_X - LEFT - 1000, .text = card->name});
    add_number(&page, card);
    add_field(&page, 26300, "Tgl lahir", day_words(arena, card->birth_date), false);
    add_field(&page, 31100, "Program", words(arena, "%s %s", segment_name(card->segment), programmes), false);
    add_field(&page, 35900, "Berlaku", months_of(arena, card->start_month, card->end_month), true);
    add_field(&page, 40700, "Desa", village_words(arena, card), false);
    add_field(&page, 45500, "Pembayar", card->payer_name, false);
    add(&page, (struct mark){.kind = MARK_QR, .ink = INK_BLACK, .x = QR_X, .y = QR_Y, .width = QR_SIDE, .text = url});
    add(&page, (struct mark){.kind = MARK_TEXT, .ink = INK_BLACK, .align = ALIGN_CENTRE, .x = QR_X + QR_SIDE / 2, .y = QR_Y + QR_SIDE + 2600, .size = 2300, .width = QR_SIDE, .text = words(arena, "%s", code)});
    add_foot(&page, card_standing(card, today));
    return page.count;
}

/* ---- a sheet ---- */

void sheet_slot(size_t number, int32_t *ret_x, int32_t *ret_y) {
    CHECK(number < SHEET_CARDS);
    *ret_x = MARGIN_X + (int32_t)(number % SHEET_COLUMNS) * CARD_WIDTH_UM;
    *ret_y = MARGIN_Y + (int32_t)(number / SHEET_COLUMNS) * CARD_HEIGHT_UM;
}

size_t sheet_cuts(struct mark ret_marks[CUT_MARKS]) {
    enum { GAP = 2000, LENGTH = 6000, BREADTH = 150 };
    struct page page = {.marks = ret_marks, .max = CUT_MARKS};
    for (int i = 0; i <= SHEET_COLUMNS; i++) {
        const int32_t x = MARGIN_X + i * CARD_WIDTH_UM;
        add(&page, (struct mark){.kind = MARK_LINE, .x = x, .y = MARGIN_Y - GAP - LENGTH, .height = LENGTH, .size = BREADTH});
        add(&page, (struct mark){.kind = MARK_LINE, .x = x, .y = A4_HEIGHT_UM - MARGIN_Y + GAP, .height = LENGTH, .size = BREADTH});
    }
    for (int i = 0; i <= SHEET_ROWS; i++) {
        const int32_t y = MARGIN_Y + i * CARD_HEIGHT_UM;
        add(&page, (struct mark){.kind = MARK_LINE, .x = MARGIN_X - GAP - LENGTH, .y = y, .width = LENGTH, .size = BREADTH});
        add(&page, (struct mark){.kind = MARK_LINE, .x = A4_WIDTH_UM - MARGIN_X + GAP, .y = y, .width = LENGTH, .size = BREADTH});
    }
    CHECK(page.count == CUT_MARKS);
    return page.count;
}

/* ---- a sign-off list ---- */

enum { LIST_X = 15000, LIST_Y = 52000, ROW_HEIGHT = 10000, SIGNED_X = 152000, LIST_END = A4_WIDTH_UM - LIST_X };

static void add_text(struct page *page, int32_t x, int32_t y, int32_t size, int32_t width, bool bold, struct slice text) {
    add(page, (struct mark){.kind = MARK_TEXT, .ink = INK_BLACK, .bold = bold, .x = x, .y = y, .size = size, .width = width, .text = text});
}

static void add_row_line(struct page *page, int32_t y) { add(page, (struct mark){.kind = MARK_LINE, .ink = INK_GREY, .x = LIST_X, .y = y, .width = LIST_END - LIST_X, .size = 200}); }

static struct slice or_line(struct slice text, const char *line) { return text.size > 0 ? text : slice_text(line); }

static struct slice event_words(struct arena *arena, const struct sign_off_event *event) {
    const struct sign_off_event unknown = {.officer = slice_text(""), .venue = slice_text("")};
    const struct sign_off_event *known = event != NULL ? event : &unknown;
    return words(arena, "Petugas: %.*s   Tempat: %.*s   Tanggal: %.*s", SLICE_ARGS(or_line(known->officer, "______________________")), SLICE_ARGS(or_line(known->venue, "______________________")),
                 SLICE_ARGS(known->day != 0 ? day_words(arena, known->day) : slice_text("______________")));
}

static void add_list_head(struct page *page, const struct sign_off_page *list) {
    struct arena *arena = page->arena;
    add_text(page, LIST_X, 22000, 5000, 0, true, slice_text("Tanda terima kartu peserta"));
    add_text(page, LIST_X, 29000, 3500, 180000, false, words(arena, "Desa: %.*s", SLICE_ARGS(village_words(arena, list->cards))));
    add_text(page, LIST_X, 35000, 3500, 180000, false, words(arena, "Perjanjian: %.*s (%.*s)", SLICE_ARGS(list->agreement_id), SLICE_ARGS(list->payer_name)));
    add_text(page, LIST_X, 41000, 3500, 180000, false, event_words(arena, list->event));
    add(page, (struct mark){.kind = MARK_TEXT, .ink = INK_GREY, .align = ALIGN_RIGHT, .x = LIST_END, .y = 22000, .size = 3000, .text = words(arena, "halaman %zu dari %zu", list->page, list->pages)});
    add_text(page, LIST_X, LIST_Y - 2500, 3000, 0, true, slice_text("No."));
    add_text(page, 27000, LIST_Y - 2500, 3000, 0, true, slice_text("Nama"));
    add_text(page, 88000, LIST_Y - 2500, 3000, 0, true, slice_text("No. KPJ dan kode kartu"));
    add_text(page, SIGNED_X, LIST_Y - 2500, 3000, 0, true, slice_text("Tanda tangan"));
}

size_t sign_off_face(const struct sign_off_page *list, struct arena *arena, struct mark ret_marks[SIGN_OFF_MARKS_MAX]) {
    struct page page = {.marks = ret_marks, .max = SIGN_OFF_MARKS_MAX, .arena = arena};
    char code[CARD_CODE_SHOWN];
    CHECK(list->count >= 1 && list->count <= SIGN_OFF_ROWS);
    add_list_head(&page, list);
    add_row_line(&page, LIST_Y);
    for (size_t i = 0; i < list->count; i++) {
        const struct card *card = &list->cards[i];
        const int32_t y = LIST_Y + (int32_t)i * ROW_HEIGHT;
        card_code_show(card->code, code);
        add_text(&page, LIST_X, y + 6500, 3200, 0, false, words(arena, "%zu", list->first + i));
        add_text(&page, 27000, y + 6500, 3200, 59000, false, card->name);
        add_text(&page, 88000, y + 4500, 3000, 60000, false, words(arena, "%s%s", card->kpj, card->is_simulated ? " SIMULASI" : ""));
        add_text(&page, 88000, y + 8500, 2600, 60000, false, words(arena, "%s", code));
        add_row_line(&page, y + ROW_HEIGHT);
    }
    const int32_t end = LIST_Y + (int32_t)list->count * ROW_HEIGHT;
    add(&page, (struct mark){.kind = MARK_LINE, .ink = INK_GREY, .x = SIGNED_X - 3000, .y = LIST_Y, .height = end - LIST_Y, .size = 200});
    return page.count;
}

size_t sign_off_run(const struct card *cards, size_t count, size_t at) {
    CHECK(at < count);
    size_t size = 1;
    while (size < SIGN_OFF_ROWS && at + size < count && cards[at + size].region == cards[at].region && cards[at + size].village == cards[at].village) size++;
    return size;
}
