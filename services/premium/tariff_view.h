/* The tariff as a flat list: every rate, amount, cap and relief as one row with the regulation that says so, whatever file it came from. `payung tariff show` prints
 * what is in force in a month, `payung tariff diff` compares two months by place: two rows are in the same place when they price the same thing for the same people. */
#ifndef PAYUNG_PREMIUM_TARIFF_VIEW_H
#define PAYUNG_PREMIUM_TARIFF_VIEW_H

#include "services/premium/tariff.h"

enum tariff_view_kind { VIEW_TARIFF, VIEW_WAGE_CAP, VIEW_RELIEF };
enum { TARIFF_VIEW_KEY_MAX = 64 };

struct tariff_view_row {
    enum tariff_view_kind kind;
    struct slice id;
    enum segment segment;
    enum charge charge;
    enum payer_share share;
    char key[TARIFF_VIEW_KEY_MAX]; /* what tells it from others of its segment, charge and share: "income from 1100000", "class 3", "contract from 100000000", "wages", "package 24",
                                      "placement", "excess month", "amount 50000", "from JKK", "wage cap", "relief R-2026-T TRANSPORT"; "" */
    rupiah base;                   /* of a band, else 0 */
    enum tariff_unit unit;
    int64_t value;                 /* ppm or rupiah; of a relief the ppm still to be paid */
    enum wage_cap cap;             /* the base counts up to this cap */
    month_t valid_from, valid_to;  /* MONTH_OPEN = open */
    bool stale;                    /* a cap past its valid_to, in force until a newer one is loaded */
    bool enabled;                  /* true but for a relief that is switched off */
    struct slice regulation, confidence;
    const struct tariff_row *tariff; /* of VIEW_TARIFF: where the row came from; else NULL */
    const struct relief *relief;     /* of VIEW_RELIEF; else NULL */
};

const char *wage_cap_name(enum wage_cap cap); /* "JP", "JKP", "" */

/* All rows in force in the month (0: all rows of all months), tariff rows in the order of the files, then caps, then reliefs (one row for each segment and programme).
 * The list is the arena's. */
const struct tariff_view_row *tariff_view(const struct tariff *tariff, month_t month, struct arena *arena, size_t *ret_count);
bool tariff_view_same_place(const struct tariff_view_row *a, const struct tariff_view_row *b);
/* Whether what people pay is the same: base, unit, value, cap, enabled. Ids and regulations may differ. */
bool tariff_view_same_price(const struct tariff_view_row *a, const struct tariff_view_row *b);

#endif
