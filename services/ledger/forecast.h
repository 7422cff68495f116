/* What is to come in an agreement (read only): until when its money lasts, what a renewal costs, who would be promoted, who lapses. All prices are those of today's outcomes: the law may
 * change them, so every figure of a later month is an estimate. */
#ifndef PAYUNG_LEDGER_FORECAST_H
#define PAYUNG_LEDGER_FORECAST_H

#include "common/domain/calendar.h"
#include "services/ledger/promotion.h"

enum { FORECAST_MONTHS_MAX = 120, FORECAST_IDS = 10 };

struct forecast_question {
    struct slice agreement_id;
    day_t day;
    uint32_t grace_months; /* of the law, for agreements that state none */
    int64_t places;        /* what if so many enrolled persons left */
    rupiah pagu;           /* what if the pagu were this; -1 = as it is */
};

struct forecast_month {
    month_t month;
    rupiah amount;
};

struct forecast {
    bool found;
    rupiah pagu, committed, reserved, delegated, free_money;
    int64_t quota, enrolled, reserved_heads, waiting;
    month_t last_month;       /* of the agreement */
    int32_t months_left;      /* from the month of the day, with it */
    rupiah monthly;           /* what a month of everybody enrolled costs, by the last month of each */
    month_t bound_to;         /* the last month that is bought for anybody; 0 when nobody is enrolled */
    month_t covers_to;        /* until which the pagu lasts if everybody stays; 0 as above */
    size_t month_count;
    struct forecast_month spent[FORECAST_MONTHS_MAX]; /* invoiced less what was taken back, the last FORECAST_MONTHS_MAX months */
    int64_t renewal_persons;
    int32_t renewal_months;
    rupiah renewal_cost;
    struct promotion_preview promotion; /* under the question's "what if" */
    rupiah what_if_money;
    int64_t lapsing;          /* on the first day of the next month, if nothing is paid */
    month_t lapse_month;
};

MUST_USE struct err ledger_forecast(struct pg *pg, struct arena *arena, const struct forecast_question *question, struct forecast *ret_forecast);

#endif
