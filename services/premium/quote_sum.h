/* A price for people who plan: the premium of one person for all months, times the people, and what a budget covers. Pure. The premium itself is premium_compute's; here it is only
 * summed up and every product is checked, because a plan may ask for a whole nation.
 *
 *   status = quote_compute(&law, &question, &quote, &closed);    the same law, tariff and parameters that the services load
 *
 * In JAKON one "person" is one project. With a budget and no number of people, as many people are priced as the budget covers. */
#ifndef PAYUNG_QUOTE_SUM_H
#define PAYUNG_QUOTE_SUM_H

#include "common/domain/law.h"
#include "services/premium/premium.h"

struct quote_question {
    struct premium_question premium; /* programmes 0: what the law makes mandatory */
    bool is_employer;                /* BPU with workers of their own */
    int64_t people;                  /* 0 = not said: 1, or what the budget covers */
    rupiah budget;                   /* 0 = none */
};

struct quote_law {
    const struct law_table *law;
    const struct tariff *tariff;
    const struct parameters *parameters;
};

struct quote {
    struct premium_line lines[PREMIUM_LINES_MAX]; /* of one person */
    size_t line_count;
    programme_set programmes; /* that were priced */
    programme_set missing;    /* mandatory, but not asked for (E51) */
    struct code_set warnings; /* E51 as a hint, W51 */
    rupiah per_person;        /* all months */
    int64_t people;
    rupiah by_charge[CHARGE_COUNT], total, normal, reduction; /* all people, all months; normal is before reliefs */
    int64_t budget_people;    /* how many the budget covers; -1 = the price is 0 */
    rupiah budget_left;
};

enum quote_status {
    QUOTE_OK = 0,
    QUOTE_CLOSED,     /* E50: ret_closed holds the programmes that the law does not open to the segment in these months */
    QUOTE_BAD_AMOUNT, /* E81: an amount that the tariff does not have */
    QUOTE_NO_TARIFF,  /* no tariff in one of the months */
    QUOTE_BAD_QUESTION,
    QUOTE_TOO_LONG,   /* more changes of the law within the months than a premium holds lines */
    QUOTE_TOO_LARGE   /* a sum beyond 64 bits */
};

/* ret_quote is untouched unless QUOTE_OK; ret_closed is only written with QUOTE_CLOSED. */
enum quote_status quote_compute(const struct quote_law *law, const struct quote_question *question, struct quote *ret_quote, programme_set *ret_closed);

#endif
