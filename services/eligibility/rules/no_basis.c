/* E90. Public money is spent on a decree (SK) or agreement (PKS) with number and date, for the months it is in force. Refused are: no such document; a
 * segment that the agreement does not name; months outside its period; a registration after its end. Registering before it starts is the normal
 * case: the list comes first, the months follow. What is paid at once, a construction contract or the package of a migrant worker, is bought in its first month: that month must
 * be in the period, the cover may run on behind it. domain.md 3.2, group 4. */
#include "services/eligibility/rules.h"

bool rule_no_basis(const struct question *question) {
    const struct agreement *agreement = question->agreement;
    const struct application *application = question->application;
    if (!agreement->has_legal_basis || question->paid == 0) return true;
    if (!day_is_valid(agreement->period_from) || !day_is_valid(agreement->period_to)) return true;
    if (!day_is_valid(application->registration_date) || application->registration_date > agreement->period_to) return true;
    if (question->months == 0 || !month_is_valid(question->start_month)) return true;
    const uint32_t bought = question->paid_at_once ? 1 : question->months;
    const int32_t into = month_distance(day_month(agreement->period_from), question->start_month);
    const int32_t room = month_distance(question->start_month, day_month(agreement->period_to)) + 1;
    return into < 0 || room < 0 || bought > (uint32_t)room;
}
