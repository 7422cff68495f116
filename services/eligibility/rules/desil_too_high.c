/* E32. The list of the poor sorts households into ten parts, 1 the poorest; the payer's agreement may end at one of them. Inpres 4/2025; domain.md 3.2, group 4, an option of the
 * payer. */
#include "services/eligibility/poverty.h"

bool rule_desil_too_high(const struct question *question) {
    const int limit = desil_limit(question);
    return limit > 0 && desil_is_known(question->facts) && question->facts->desil > limit;
}
