/* Lines of text, from the top to the bottom. Widths are counted in characters, because nothing here knows a font: a line that is broader than its place is squeezed when it is drawn. */
#include "services/notification/paper/letter_face.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/base/check.h"
#include "common/domain/region.h"
#include "common/domain/text.h"

enum {
    LEFT = 18000, RIGHT = A4_WIDTH_UM - 18000, WIDTH = RIGHT - LEFT, TOP = 14000, FOOT = 8000,
    BODY_SIZE = 3500, BODY_STEP = 4900, BODY_CHARACTERS = 88, ENGLISH_SIZE = 2700, ENGLISH_STEP = 3700, ENGLISH_CHARACTERS = 112,
    LINES_MAX = 5, /* of a paragraph: the longest of ours has 4 */
    LINE_TEXT_MAX = 512,
    PARAGRAPH_LINES = LINES_MAX * (1 + PAPER_REASONS_MAX) + 1, /* of one language, with the deadline */
};
_Static_assert(TOP + 22500 + 3000 + PARAGRAPH_LINES * (BODY_STEP + ENGLISH_STEP) + FOOT + 9000 <= A4_HEIGHT_UM, "the longest letter fits on a page");
_Static_assert(8 + 2 * PARAGRAPH_LINES <= PAPER_MARKS_MAX, "and into its marks");

struct page {
    struct mark *marks;
    size_t count;
    struct arena *arena;
    int32_t y; /* base line of what was written last */
};

struct script { /* one of the two languages */
    enum mark_ink ink;
    int32_t size, step;
    size_t characters;
};
static const struct script body = {INK_BLACK, BODY_SIZE, BODY_STEP, BODY_CHARACTERS}, english = {INK_GREY, ENGLISH_SIZE, ENGLISH_STEP, ENGLISH_CHARACTERS};

int letter_compare(const void *a, const void *b) {
    const struct paper_letter *one = a, *other = b;
    const int order = text_compare(one->name, other->name);
    return order != 0 ? order : memcmp(one->event_id.bytes, other->event_id.bytes, ID_BYTES);
}

void letter_village_code(uint32_t region, uint32_t village, char ret_text[VILLAGE_CODE_MAX]) {
    char code[9];
    if (region == 0) {
        (void)snprintf(ret_text, VILLAGE_CODE_MAX, "tidak-diketahui"); /* fits */
        return;
    }
    region_format(region, code);
    if (village > 0) (void)snprintf(ret_text, VILLAGE_CODE_MAX, "%s.%04u", code, village % 10000); /* fits */
    else (void)snprintf(ret_text, VILLAGE_CODE_MAX, "%s", code);
}

static void add(struct page *page, struct mark mark) {
    CHECK(page->count < PAPER_MARKS_MAX);
    page->marks[page->count++] = mark;
}

static struct slice words(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
static struct slice words(struct arena *arena, const char *format, ...) {
    char text[LINE_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    CHECK(size >= 0);
    return arena_copy(arena, slice_of(text, size < LINE_TEXT_MAX ? (size_t)size : text_cut(slice_text(text), LINE_TEXT_MAX - 1)));
}

/* How much of the text goes onto a line of so many characters: up to a blank, where there is one. */
static size_t line_of(struct slice text, size_t characters) {
    size_t at = 0, blank = 0;
    for (size_t count = 0; at < text.size && count < characters; count++) {
        const size_t size = text_utf8_at(text, at);
        if (text.bytes[at] == ' ') blank = at;
        at += size > 0 ? size : 1;
    }
    return at == text.size || blank == 0 ? at : blank;
}

static void add_paragraph(struct page *page, const struct script *script, int32_t indent, struct slice text) {
    for (int line = 0; line < LINES_MAX && text.size > 0; line++) {
        const size_t size = line + 1 < LINES_MAX ? line_of(text, script->characters - (size_t)(indent / script->size)) : text.size; /* what is left is squeezed */
        page->y += script->step;
        add(page, (struct mark){.kind = MARK_TEXT, .ink = script->ink, .x = LEFT + indent, .y = page->y, .size = script->size, .width = WIDTH - indent, .text = slice_of(text.bytes, size)});
        text = text_trim(slice_of(text.bytes + size, text.size - size));
    }
}

static void add_head(struct page *page, const struct paper_letter *letter) {
    char day[24] = "-", code[VILLAGE_CODE_MAX];
    if (letter->day != 0) day_format_id(letter->day, day);
    letter_village_code(letter->region, letter->village, code);
    add(page, (struct mark){.kind = MARK_TEXT, .ink = INK_GREEN, .bold = true, .x = LEFT, .y = TOP, .size = 4200, .text = slice_text("PEMBERITAHUAN BPJS KETENAGAKERJAAN")});
    add(page, (struct mark){.kind = MARK_TEXT, .ink = INK_GREY, .align = ALIGN_RIGHT, .x = RIGHT, .y = TOP, .size = 2900, .text = words(page->arena, "%s%s", day, letter->is_again ? " (cetak ulang)" : "")});
    add(page, (struct mark){.kind = MARK_LINE, .ink = INK_GREEN, .x = LEFT, .y = TOP + 2500, .width = WIDTH, .size = 300});
    add(page, (struct mark){.kind = MARK_TEXT, .ink = INK_BLACK, .bold = true, .x = LEFT, .y = TOP + 9000, .size = 4200, .width = WIDTH, .text = words(page->arena, "Yth. Bapak/Ibu %.*s", SLICE_ARGS(letter->name))});
    const struct slice place = letter->village_name.size > 0 ? words(page->arena, "%.*s, %.*s (%s)", SLICE_ARGS(letter->village_name), SLICE_ARGS(letter->district_name), code)
                                                             : words(page->arena, "%.*s %s", SLICE_ARGS(letter->district_name), code);
    add(page, (struct mark){.kind = MARK_TEXT, .ink = INK_BLACK, .x = LEFT, .y = TOP + 14000, .size = 3000, .width = WIDTH,
                            .text = letter->address.size > 0 ? words(page->arena, "%.*s, %.*s", SLICE_ARGS(letter->address), SLICE_ARGS(place)) : place});
    add(page, (struct mark){.kind = MARK_TEXT, .ink = INK_BLACK, .bold = true, .x = LEFT, .y = TOP + 22000, .size = 3900, .width = WIDTH, .text = letter->title});
    page->y = TOP + 22500;
}

static void add_reasons(struct page *page, const struct paper_letter *letter, const struct script *script, bool is_english) {
    for (size_t i = 0; i < letter->reason_count; i++) {
        const struct paper_reason *reason = &letter->reasons[i];
        if (is_english) add_paragraph(page, script, 3000, words(page->arena, "- Reason: %.*s. What you can do: %.*s", SLICE_ARGS(reason->reason), SLICE_ARGS(reason->remedy)));
        else add_paragraph(page, script, 3000, words(page->arena, "- %.*s Yang perlu dilakukan: %.*s", SLICE_ARGS(reason->alasan), SLICE_ARGS(reason->perbaikan)));
    }
}

static void add_deadline(struct page *page, const struct paper_letter *letter, const struct script *script, bool is_english) {
    char day[24];
    if (letter->deadline == 0) return;
    if (is_english) day_format_en(letter->deadline, day);
    else day_format_id(letter->deadline, day);
    add_paragraph(page, script, 0, words(page->arena, is_english ? "Deadline: %s" : "Batas waktu: %s", day));
}

static void add_foot(struct page *page, const struct paper_letter *letter, int32_t height) {
    char id[2 * ID_BYTES + 1];
    id_format(letter->event_id, id);
    add(page, (struct mark){.kind = MARK_TEXT, .ink = INK_GREY, .x = LEFT, .y = height - FOOT, .size = 2300, .width = WIDTH,
                            .text = words(page->arena, "Surat %s, %.*s", id, SLICE_ARGS(letter->agreement_id))});
    add(page, (struct mark){.kind = MARK_TEXT, .ink = INK_GREY, .x = LEFT, .y = height - FOOT - 4000, .size = 2500, .width = WIDTH,
                            .text = words(page->arena, "Surat ini dikirim oleh %.*s bersama BPJS Ketenagakerjaan. Kami tidak pernah meminta NIK lengkap, OTP, atau uang.", SLICE_ARGS(letter->payer_name))});
}

size_t letter_face(const struct paper_letter *letter, struct arena *arena, struct mark ret_marks[PAPER_MARKS_MAX], int32_t *ret_height) {
    struct page page = {.marks = ret_marks, .arena = arena};
    CHECK(letter->failure == NULL && letter->reason_count <= PAPER_REASONS_MAX);
    add_head(&page, letter);
    add_paragraph(&page, &body, 0, letter->text);
    add_reasons(&page, letter, &body, false);
    add_deadline(&page, letter, &body, false);
    page.y += 3000;
    add_paragraph(&page, &english, 0, letter->english);
    add_reasons(&page, letter, &english, true);
    add_deadline(&page, letter, &english, true);
    const int32_t needed = page.y + FOOT + 9000;
    *ret_height = needed > PAPER_HALF_UM ? needed : PAPER_HALF_UM;
    CHECK(*ret_height <= A4_HEIGHT_UM);
    add_foot(&page, letter, *ret_height);
    return page.count;
}
