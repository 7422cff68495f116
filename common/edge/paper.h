/* Paper: marks (common/domain/mark.h) drawn into a PDF or a PNG. The only module that includes <cairo.h>, <qrencode.h>, FreeType and fontconfig. The font is DejaVu Sans, embedded.
 *
 *   struct paper *paper;
 *   TRY(paper_open(&(struct paper_options){.kind = PAPER_PDF, .width = A4_WIDTH_UM, .height = A4_HEIGHT_UM, .write = write, .self = file}, &paper));
 *   paper_draw(paper, marks, count, x, y);    paper_page(paper);            again for each page
 *   TRY(paper_close(paper));
 *
 * A PDF goes out through `write` page by page, so that its length needs no memory; a PNG has one page and goes out at the end. What goes wrong in between (a writer that refuses, a QR text that is too
 * long) is told by paper_close, as FATAL; the text never says what stood on the page. */
#ifndef PAYUNG_EDGE_PAPER_H
#define PAYUNG_EDGE_PAPER_H

#include <stddef.h>

#include "common/base/err.h"
#include "common/domain/mark.h"

enum { PAPER_QR_TEXT_MAX = 200, PAPER_QR_MODULES_MAX = 64 };
enum paper_kind { PAPER_PDF = 1, PAPER_PNG };

struct paper_options {
    enum paper_kind kind;
    int32_t width, height;   /* micrometres */
    int32_t dots_per_inch;   /* of a PNG */
    const char *title;       /* of a PDF; NULL: none */
    bool (*write)(void *self, struct slice bytes);
    void *self;
};

struct paper;
/* Is the font there? The first call reads the font tables of the machine (some ten milliseconds). FATAL with the name of the package when it is missing. */
MUST_USE struct err paper_fonts_ready(void);
/* At the end of a program, when no paper is open: gives back the fonts that the libraries keep for the next page (they hold them in a way in which a leak checker can't follow). */
void paper_fonts_forget(void);
MUST_USE struct err paper_open(const struct paper_options *options, struct paper **ret_paper);
void paper_draw(struct paper *paper, const struct mark *marks, size_t count, int32_t x, int32_t y); /* their upper left corner */
void paper_page(struct paper *paper); /* PDF: what is drawn next stands on the next page */
MUST_USE struct err paper_close(struct paper *paper); /* writes the rest; frees it also on error */

#endif
