/* What stands where on a page: texts, lines, boxes and QR codes, as plain data in micrometres from the upper left corner. Pure code says with marks what a page looks like (a card, a
 * sheet, a sign-off list), and common/edge/paper.h draws them without knowing what they mean. Colours are names, so that a page has no more of them than are listed here. */
#ifndef PAYUNG_DOMAIN_MARK_H
#define PAYUNG_DOMAIN_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"

enum { A4_WIDTH_UM = 210000, A4_HEIGHT_UM = 297000 };

enum mark_kind { MARK_TEXT, MARK_LINE, MARK_BOX, MARK_QR };
enum mark_ink { INK_BLACK, INK_GREY, INK_PALE, INK_GREEN, INK_RED, INK_WHITE, INK_COUNT };
enum mark_align { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT };

struct mark {
    enum mark_kind kind;
    enum mark_ink ink;
    enum mark_align align; /* TEXT: x is its left end, middle or right end */
    bool bold;             /* TEXT */
    int32_t x, y;          /* TEXT: y is its base line */
    int32_t width, height; /* LINE: to (x + width, y + height). TEXT: it is squeezed into this width, 0: any. QR: width is its side, with the quiet zone */
    int32_t size;          /* TEXT: of the font. LINE: its breadth */
    struct slice text;     /* TEXT, QR; UTF-8 */
};

#endif
