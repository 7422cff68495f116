/* E11. Self-employed people can register until they turn 65; the birthday itself is already too late, because the law says "has not yet reached". The limit is that of the
 * agreement, else a parameter, with another one for registrations before Permenaker 5/2021 came into force. The age counts on the registration date of the
 * list, not on the day somebody runs it. Permenaker 5/2021; domain.md 0.8 and 3.2, group 3. */
#include "services/eligibility/rules.h"

static int64_t limit_of(const struct question *question) {
    if (question->agreement->age_limit > 0) return question->agreement->age_limit;
    const struct parameters *parameters = question->facts->parameters;
    const bool old = question->application->registration_date < parameter(parameters, PARAMETER_AGE_LIMIT_SINCE);
    return parameter(parameters, old ? PARAMETER_AGE_LIMIT_OLD : PARAMETER_AGE_LIMIT);
}

bool rule_age_limit(const struct question *question) {
    const struct application *application = question->application;
    if (application->segment != SEGMENT_BPU) return false;
    if (!day_is_valid(application->birth_date) || !day_is_valid(application->registration_date)) return false; /* E80, E90 */
    return age_at(application->birth_date, application->registration_date) >= limit_of(question);
}
