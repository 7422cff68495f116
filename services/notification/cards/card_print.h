/* Cards onto paper: sheets of ten on A4, sign-off lists, and a single card. Cards come sorted (card_compare) and with their codes. Streams, so that the length of a file needs no memory; what goes
 * wrong is FATAL and tells nothing of a person. */
#ifndef PAYUNG_NOTIFICATION_CARD_PRINT_H
#define PAYUNG_NOTIFICATION_CARD_PRINT_H

#include <stdio.h>

#include "common/edge/paper.h"
#include "services/notification/cards/card_face.h"

enum { CARD_PNG_DPI = 200 }; /* for a telephone: half the time of 300, and intake draws between two other requests */

struct card_print {
    const struct card *cards;
    size_t count;            /* at least 1 */
    struct slice agreement_id, payer_name, base_url; /* base_url: "https://.../cards" */
    day_t today;
    const struct sign_off_event *event; /* of a sign-off list; NULL: nothing is known */
};

MUST_USE struct err card_print_sheets(const struct card_print *print, FILE *file, size_t *ret_pages);
MUST_USE struct err card_print_sign_off(const struct card_print *print, FILE *file, size_t *ret_pages);
/* One card of its own size, into the arena. FATAL beyond bytes_max. */
MUST_USE struct err card_print_single(const struct card *card, struct slice base_url, day_t today, enum paper_kind kind, struct arena *arena, size_t bytes_max, struct slice *ret_bytes);

#endif
