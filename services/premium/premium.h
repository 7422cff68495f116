/* The premium of one person: what each charge costs in each month asked for, run-length coded, each line with the tariff row, the regulation and the
 * relief that made it. Pure: the same question gives the same lines in a replay.
 *
 * Rounding (domain.md 2.0): once per person, charge, share and month, half up to whole rupiah, after the relief; totals are sums of rounded amounts. In a contract
 * only the last slice reached has anything to round (the loader sees to it), so there too the sum of the lines is the charge rounded once.
 * The lines live in the caller's array; slices point into the tariff's texts. */
#ifndef PAYUNG_PREMIUM_PREMIUM_H
#define PAYUNG_PREMIUM_PREMIUM_H

#include "common/domain/application.h"
#include "common/domain/parameter.h"
#include "services/premium/tariff.h"

/* How the segments are priced (domain.md 2.1-2.6; rates, tiers, caps, packages and reliefs are rows of data):
 *   BPU    JKK and JHT on the base of the income band, JKM fixed; each month.
 *   PU     JKK by risk class, JKM, JHT and JP on the wage (JP up to the cap), one line per share; each month. JKP only when asked for: lines that are never billed.
 *   JAKON  CONTRACT: marginal tiers of the net value, once for the whole project (one line per tier reached). WAGES: rates on the wages; each month.
 *          The net of a gross value is gross x 10^6 / (10^6 + vat_ppm), half up.
 *   PMI    PACKAGE once (placement, package of months, excess months: one line each, the excess with the price of one month as its base), JHT each month.
 *          `programmes` with JKK or JKM buys the package; without JHT it bills no JHT.
 * Parameters: vat_ppm, pmi_cheapest, new_member_full_months. Warning W51: a cap past its announced time was used. */
enum { PREMIUM_MONTHS_MAX = 12000 };

struct premium_question {
    enum segment segment;
    rupiah income;            /* BPU; 0 = not declared: the lowest band */
    struct pu_terms pu;
    struct jakon_terms jakon;
    struct pmi_terms pmi;
    enum sector sector;
    enum funds funds;
    programme_set programmes;
    month_t start_month;
    uint32_t months;
};

enum premium_status {
    PREMIUM_OK = 0,
    PREMIUM_NO_TARIFF,     /* no row for this segment, programme and one of the months */
    PREMIUM_BAD_QUESTION,  /* no segment, no programme, no month, more than PREMIUM_MONTHS_MAX months, a risk class, basis or route that does not exist */
    PREMIUM_BAD_AMOUNT,    /* E81: income, wage, wages or contract not from 1 to 10^14 (an income may be 0), PPN beyond 100 %, a JHT amount that is not in the tariff */
    PREMIUM_TOO_MANY_LINES /* more runs than PREMIUM_LINES_MAX */
};

/* On anything but PREMIUM_OK ret_premium is untouched. */
enum premium_status premium_compute(const struct tariff *tariff, const struct parameters *parameters, const struct premium_question *question,
                                    struct premium_line lines[PREMIUM_LINES_MAX], struct premium *ret_premium);
const char *premium_status_name(enum premium_status status);

#endif
