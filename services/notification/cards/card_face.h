/* What a card, a sheet of cards and a sign-off list look like, as marks (common/domain/mark.h). Pure; texts are made in the arena, which must live until the marks are drawn. Millimetres of ISO
 * 7810 ID-1 ("CR80"): 85.6 x 54, ten of them on A4 in two columns, edge to edge, so that six cuts across and three along part them; the marks for the cuts stand outside of the cards.
 *
 * A card bears name, number of the member, day of birth, segment with programmes, the months, village and payer, and the QR code of its verification page. Never a NIK. A number that the insurer
 * has not given says SIMULASI, a cover that is over says so across the foot. */
#ifndef PAYUNG_NOTIFICATION_CARD_FACE_H
#define PAYUNG_NOTIFICATION_CARD_FACE_H

#include "common/base/arena.h"
#include "common/domain/mark.h"
#include "services/notification/cards/card.h"

enum {
    CARD_WIDTH_UM = 85600, CARD_HEIGHT_UM = 54000,
    SHEET_COLUMNS = 2, SHEET_ROWS = 5, SHEET_CARDS = SHEET_COLUMNS * SHEET_ROWS,
    CARD_MARKS_MAX = 32, CUT_MARKS = 2 * (SHEET_COLUMNS + 1) + 2 * (SHEET_ROWS + 1),
    SIGN_OFF_ROWS = 20, SIGN_OFF_MARKS_MAX = 16 + 10 * (SIGN_OFF_ROWS + 1),
};

/* today decides whether the cover is over; url is what the QR code holds. Returns the number of marks. */
size_t card_face(const struct card *card, struct slice url, day_t today, struct arena *arena, struct mark ret_marks[CARD_MARKS_MAX]);
/* Where the number-th card (0 ... SHEET_CARDS - 1) of a sheet has its upper left corner: row by row, from left to right. */
void sheet_slot(size_t number, int32_t *ret_x, int32_t *ret_y);
size_t sheet_cuts(struct mark ret_marks[CUT_MARKS]);

/* Where and when cards are handed over, as far as it is known: what is not is a line to write on. */
struct sign_off_event {
    struct slice officer, venue;
    day_t day;
};
/* One page of a sign-off list: at most SIGN_OFF_ROWS cards of one village. */
struct sign_off_page {
    const struct sign_off_event *event; /* NULL: nothing is known */
    struct slice agreement_id, payer_name;
    const struct card *cards;
    size_t count;
    size_t first;        /* number of its first card in its village, 1 ... */
    size_t page, pages;
};
size_t sign_off_face(const struct sign_off_page *page, struct arena *arena, struct mark ret_marks[SIGN_OFF_MARKS_MAX]);
/* How many of the cards from `at` on go onto one page: not more than fit, none of the next village. */
size_t sign_off_run(const struct card *cards, size_t count, size_t at);

#endif
