/* E71. The number has the right form, but the population register knows nobody by it: a typing error that hit another valid form, or a number that was withdrawn. The village can
 * mend it. domain.md 3.2, group 2. */
#include "services/eligibility/rules.h"

bool rule_nik_not_found(const struct question *question) { return question->facts->dukcapil == DUKCAPIL_NOT_FOUND; }
