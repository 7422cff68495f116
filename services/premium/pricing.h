/* An application with its verdict gets its price: what the premium stage does with a record, and what a dry run does with a row. Pure.
 *
 *   if (priced.verdict.status == VERDICT_ELIGIBLE && pricing_eligible(&tariff, &parameters, arena, &priced) != PREMIUM_OK) ... the tariff has no answer: nobody's price is guessed
 *   if (priced.verdict.status == VERDICT_PENDING) pricing_pending(...);
 *
 * The lines live in the arena; slices in them point into the tariff. */
#ifndef PAYUNG_PREMIUM_PRICING_H
#define PAYUNG_PREMIUM_PRICING_H

#include "common/base/arena.h"
#include "services/premium/premium.h"

/* An amount that can't be priced is the person's to correct: PREMIUM_OK, and the verdict is then REJECTED with E81 (warnings stay). On any other status nothing was changed but the premium. */
enum premium_status pricing_eligible(const struct tariff *tariff, const struct parameters *parameters, struct arena *arena, struct priced *priced);

/* What the place of somebody whose answer is missing would cost. Nothing is charged yet, so a price that can't be made changes nothing: there is no line then, and what is wrong is said when
 * the answer has come. A verdict without programmes is left alone. */
void pricing_pending(const struct tariff *tariff, const struct parameters *parameters, struct arena *arena, struct priced *priced);

#endif
