/* E11. Self-employed people can register until they turn 65; the birthday itself is already too late (the boundary day is a parameter: age_limit of the
 * agreement, 60 in lists from before April 2021). The age counts on the registration date of the list, not on the day somebody runs it.
 * Permenaker 5/2021; domain.md 0.8 and 3.2, group 3. */
#include "services/eligibility/rules.h"

bool rule_age_limit(const struct question *question) {
    const struct application *application = question->application;
    if (application->segment != SEGMENT_BPU) return false;
    if (!day_is_valid(application->birth_date) || !day_is_valid(application->registration_date)) return false; /* E80, E90 */
    return age_at(application->birth_date, application->registration_date) >= question->agreement->age_limit;
}
