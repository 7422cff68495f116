/* E33. Some money is bound to a purpose: a share of palm oil revenue (DBH sawit) pays for palm workers only. The agreement then lists the occupation codes
 * that it pays for; without a list every occupation is in scope. domain.md 3.2, group 4. */
#include "common/domain/text.h"
#include "services/eligibility/rules.h"

bool rule_sector_out_of_scope(const struct question *question) {
    const struct agreement *agreement = question->agreement;
    for (size_t i = 0; i < agreement->occupation_count; i++)
        if (text_same(agreement->occupations[i], question->application->occupation)) return false;
    return agreement->occupation_count > 0;
}
