/* E10. Work of children is not insured but forbidden. The minimum is that of the agreement, else a parameter, because no article with the number was found; its default is the
 * age of the identity card. Migrant workers must have reached their own minimum besides. UU 18/2017 (PMI); domain.md 3.2, group 3. */
#include "services/eligibility/rules.h"

static int64_t minimum_of(const struct question *question) {
    const struct parameters *parameters = question->facts->parameters;
    const int64_t minimum = question->agreement->min_age > 0 ? question->agreement->min_age : parameter(parameters, PARAMETER_MIN_AGE);
    if (question->application->segment != SEGMENT_PMI) return minimum;
    const int64_t abroad = parameter(parameters, PARAMETER_PMI_MIN_AGE);
    return minimum > abroad ? minimum : abroad;
}

bool rule_age_minimum(const struct question *question) {
    const struct application *application = question->application;
    if (!day_is_valid(application->birth_date)) return false; /* E80 has been said by intake */
    if (!day_is_valid(application->registration_date)) return false; /* without a date there is no age: E90 */
    return age_at(application->birth_date, application->registration_date) < minimum_of(question);
}
