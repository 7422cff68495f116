/* Marks of letters, one below the other, onto pages. */
#include "services/notification/paper/letter_print.h"

enum { PAGE_ARENA_BYTES = 1024 * 1024, CUT_BREADTH = 150, CUT_DASH = 3000, CUT_GAP = 3000 };

static bool write_file(void *given, struct slice bytes) { return fwrite(bytes.bytes, 1, bytes.size, given) == bytes.size; }

static void draw_cut(struct paper *paper, int32_t y) {
    for (int32_t x = 0; x < A4_WIDTH_UM; x += CUT_DASH + CUT_GAP) {
        const struct mark dash = {.kind = MARK_LINE, .ink = INK_GREY, .x = x, .y = y, .width = CUT_DASH, .size = CUT_BREADTH};
        paper_draw(paper, &dash, 1, 0, 0);
    }
}

struct err letter_print(const struct paper_letter *letters, size_t count, FILE *file, size_t *ret_pages) {
    struct paper *paper;
    TRY(paper_open(&(struct paper_options){.kind = PAPER_PDF, .width = A4_WIDTH_UM, .height = A4_HEIGHT_UM, .title = "Surat pemberitahuan", .write = write_file, .self = file}, &paper));
    struct arena *arena = arena_create(PAGE_ARENA_BYTES);
    size_t pages = 0;
    int32_t y = A4_HEIGHT_UM; /* the first one begins a page */
    for (size_t i = 0; i < count; i++) {
        struct mark marks[PAPER_MARKS_MAX];
        int32_t height;
        if (letters[i].failure != NULL) continue;
        arena_reset(arena);
        const size_t mark_count = letter_face(&letters[i], arena, marks, &height);
        const bool fits = y + height <= A4_HEIGHT_UM;
        if (!fits && pages > 0) paper_page(paper);
        if (fits) draw_cut(paper, y);
        else {
            y = 0;
            pages++;
        }
        paper_draw(paper, marks, mark_count, 0, y);
        y += height;
    }
    if (pages > 0) paper_page(paper);
    arena_destroy(arena);
    *ret_pages = pages;
    return paper_close(paper);
}
