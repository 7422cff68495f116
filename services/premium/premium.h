/* The premium of one person: what each programme costs in each month asked for, run-length coded, each line with the tariff row, the regulation and the
 * relief that made it. Pure: the same question gives the same lines in a replay.
 *
 * Rounding (domain.md 2.0): once per person, programme and month, half up to whole rupiah, after the relief; totals are sums of rounded amounts.
 * The lines live in the caller's array; slices point into the tariff's texts. */
#ifndef PAYUNG_PREMIUM_PREMIUM_H
#define PAYUNG_PREMIUM_PREMIUM_H

#include "common/domain/application.h"
#include "services/premium/tariff.h"

enum { PREMIUM_MONTHS_MAX = 600 };

struct premium_question {
    enum segment segment;
    rupiah income;            /* 0 = not declared: the lowest band */
    enum sector sector;
    enum funds funds;
    programme_set programmes;
    month_t start_month;
    uint32_t months;
};

enum premium_status {
    PREMIUM_OK = 0,
    PREMIUM_NO_TARIFF,     /* no row for this segment, programme and one of the months */
    PREMIUM_BAD_QUESTION,  /* income beyond 10^14 or below 0, no programme, no month, more than PREMIUM_MONTHS_MAX months */
    PREMIUM_TOO_MANY_LINES /* more runs than PREMIUM_LINES_MAX */
};

/* On anything but PREMIUM_OK ret_premium is untouched. */
enum premium_status premium_compute(const struct tariff *tariff, const struct premium_question *question, struct premium_line lines[PREMIUM_LINES_MAX],
                                    struct premium *ret_premium);
const char *premium_status_name(enum premium_status status);

#endif
