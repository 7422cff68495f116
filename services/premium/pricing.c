/* From application and verdict to the question that the tariff answers. The agreement's terms were resolved by eligibility; here is only the price. */
#include "services/premium/pricing.h"

static enum premium_status compute(const struct tariff *tariff, const struct parameters *parameters, struct arena *arena, struct priced *priced) {
    const struct application *application = &priced->application;
    const struct verdict *verdict = &priced->verdict;
    const struct premium_question question = {
        .segment = application->segment, .income = application->income, .pu = application->pu, .jakon = application->jakon, .pmi = application->pmi,
        .sector = application->sector, .funds = verdict->funds, .programmes = verdict->programmes, .start_month = verdict->start_month, .months = verdict->months,
    };
    struct premium_line *lines = arena_take(arena, PREMIUM_LINES_MAX * sizeof *lines);
    return premium_compute(tariff, parameters, &question, lines, &priced->premium);
}

enum premium_status pricing_eligible(const struct tariff *tariff, const struct parameters *parameters, struct arena *arena, struct priced *priced) {
    struct verdict *verdict = &priced->verdict;
    const enum premium_status status = compute(tariff, parameters, arena, priced);
    if (status == PREMIUM_BAD_AMOUNT || (status == PREMIUM_OK && priced->premium.total == 0)) { /* a wage of Rp1 rounds to nothing: nobody is covered for it */
        priced->premium = (struct premium){0};
        const struct code_set codes = code_set_with((struct code_set){0}, CODE_E81);
        *verdict = (struct verdict){.status = VERDICT_REJECTED, .codes = codes, .warnings = verdict->warnings, .funds = verdict->funds};
        return PREMIUM_OK;
    }
    if (status == PREMIUM_OK) verdict->warnings = code_set_union(verdict->warnings, priced->premium.warnings);
    return status;
}

void pricing_pending(const struct tariff *tariff, const struct parameters *parameters, struct arena *arena, struct priced *priced) {
    if (priced->verdict.programmes == 0) return;
    if (compute(tariff, parameters, arena, priced) != PREMIUM_OK || priced->premium.total == 0) priced->premium = (struct premium){0};
}
