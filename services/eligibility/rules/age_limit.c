/* E11. Self-employed people can register until they turn 65; the birthday itself is already too late, because the law says "has not yet reached". The limit is that of the
 * agreement, else a parameter, with another one for registrations before Permenaker 5/2021 came into force. The age counts on the registration date of the
 * list, not on the day somebody runs it. Permenaker 5/2021; domain.md 0.8 and 3.2, group 3. */
#include "services/eligibility/rules.h"

enum { PERMENAKER_5_2021_FROM = 20210401 }; /* the day that the parameter age_limit_before_2021_04 is named after */

static int64_t limit_of(const struct question *question) {
    if (question->agreement->age_limit > 0) return question->agreement->age_limit;
    const bool before = question->application->registration_date < PERMENAKER_5_2021_FROM;
    return parameter(question->facts->parameters, before ? PARAMETER_AGE_LIMIT_BEFORE_2021_04 : PARAMETER_AGE_LIMIT);
}

bool rule_age_limit(const struct question *question) {
    const struct application *application = question->application;
    if (application->segment != SEGMENT_BPU) return false;
    if (!day_is_valid(application->birth_date) || !day_is_valid(application->registration_date)) return false; /* E80, E90 */
    return age_at(application->birth_date, application->registration_date) >= limit_of(question);
}
