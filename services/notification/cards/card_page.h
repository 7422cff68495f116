/* The page behind the code of a card, for whoever scans it: initials, programmes and validity, and nothing else of a person. Bahasa Indonesia first, in English with ?lang=en. One document of HTML without
 * scripts; its style stands in it, so that the policy of the answer can name it by its hash. Pure. */
#ifndef PAYUNG_NOTIFICATION_CARD_PAGE_H
#define PAYUNG_NOTIFICATION_CARD_PAGE_H

#include "common/base/arena.h"
#include "services/notification/cards/card.h"

enum card_page_kind { CARD_PAGE_CARD, CARD_PAGE_UNKNOWN, CARD_PAGE_BUSY, CARD_PAGE_UNAVAILABLE };

extern const char card_page_style[]; /* what stands between <style> and </style>, to the byte */

/* card: of CARD_PAGE_CARD, else NULL. */
struct slice card_page(struct arena *arena, enum card_page_kind kind, const struct card *card, day_t today, bool english);

#endif
