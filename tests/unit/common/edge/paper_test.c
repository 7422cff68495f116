/* Marks on paper: a PDF and a PNG come out whole, and what goes wrong is told at the end. What they look like is read by other programs (tests/system/card_read_test.py). */
#include "tests/unit/cmocka_all.h"

#include <stdlib.h>

#include "common/edge/paper.h"

enum { PAPER_BYTES_MAX = 256 * 1024 };

struct sink {
    uint8_t bytes[PAPER_BYTES_MAX];
    size_t size, max;
};

static bool take(void *given, struct slice bytes) {
    struct sink *sink = given;
    if (bytes.size > sink->max - sink->size) return false;
    memcpy(sink->bytes + sink->size, bytes.bytes, bytes.size);
    sink->size += bytes.size;
    return true;
}

static struct err draw(enum paper_kind kind, struct sink *sink, struct slice qr) {
    const struct mark marks[] = {
        {.kind = MARK_BOX, .ink = INK_GREEN, .width = 50000, .height = 5000},
        {.kind = MARK_LINE, .ink = INK_GREY, .x = 1000, .y = 8000, .width = 20000, .size = 300},
        {.kind = MARK_TEXT, .ink = INK_BLACK, .bold = true, .x = 1000, .y = 12000, .size = 4000, .width = 10000, .text = slice_text("Siti Contoh yang panjang")},
        {.kind = MARK_TEXT, .ink = INK_RED, .align = ALIGN_CENTRE, .x = 25000, .y = 16000, .size = 3000, .text = slice_text("\xc3\xa9")},
        {.kind = MARK_TEXT, .ink = INK_WHITE, .align = ALIGN_RIGHT, .x = 49000, .y = 4000, .size = 3000, .text = slice_text("")},
        {.kind = MARK_QR, .ink = INK_BLACK, .x = 20000, .y = 16000, .width = 25000, .text = qr},
    };
    struct paper *paper;
    TRY(paper_open(&(struct paper_options){.kind = kind, .width = 50000, .height = 50000, .dots_per_inch = 150, .title = "Kartu", .write = take, .self = sink}, &paper));
    paper_draw(paper, marks, sizeof marks / sizeof *marks, 0, 0);
    if (kind == PAPER_PDF) paper_page(paper);
    return paper_close(paper);
}

static void a_pdf_and_a_png_come_out_whole(void **state) {
    struct sink *sink = calloc(1, sizeof *sink);
    assert_non_null(sink);
    *sink = (struct sink){.max = PAPER_BYTES_MAX};
    struct err err = draw(PAPER_PDF, sink, slice_text("https://x.id/cards/0000010000000000"));
    assert_false(failed(&err));
    assert_memory_equal(sink->bytes, "%PDF-", 5);
    assert_non_null(memmem(sink->bytes, sink->size, "%%EOF", 5));
    assert_non_null(memmem(sink->bytes, sink->size, "DejaVuSans-Bold", 15));
    sink->size = 0;
    err = draw(PAPER_PNG, sink, slice_text("https://x.id/cards/0000010000000000"));
    assert_false(failed(&err));
    assert_memory_equal(sink->bytes, "\x89PNG\r\n\x1a\n", 8);
    assert_memory_equal(sink->bytes + sink->size - 8, "IEND", 4);
    free(sink);
}

static void a_writer_that_refuses_is_told_at_the_end(void **state) {
    struct sink *sink = calloc(1, sizeof *sink);
    assert_non_null(sink);
    for (int kind = PAPER_PDF; kind <= PAPER_PNG; kind++) {
        *sink = (struct sink){.max = 100};
        const struct err err = draw((enum paper_kind)kind, sink, slice_text("x"));
        assert_int_equal(err.fate, FATE_FATAL);
    }
    free(sink);
}

static void the_longest_text_still_makes_a_code(void **state) {
    struct sink *sink = calloc(1, sizeof *sink);
    char text[PAPER_QR_TEXT_MAX];
    assert_non_null(sink);
    *sink = (struct sink){.max = PAPER_BYTES_MAX};
    memset(text, 'a', sizeof text);
    const struct err most = draw(PAPER_PDF, sink, slice_of(text, sizeof text));
    assert_false(failed(&most)); /* the longest text that is taken still fits */
    free(sink);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_pdf_and_a_png_come_out_whole), cmocka_unit_test(a_writer_that_refuses_is_told_at_the_end), cmocka_unit_test(the_longest_text_still_makes_a_code)};
    const int failures = cmocka_run_group_tests(tests, NULL, NULL);
    paper_fonts_forget();
    return failures;
}
