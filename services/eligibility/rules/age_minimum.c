/* E10. Work of children is not insured but forbidden; the age of the identity card, 17, is the default and a parameter of the agreement, because no
 * article with the number was found. Migrant workers must be 18. UU 18/2017 (PMI); domain.md 3.2, group 3. */
#include "services/eligibility/rules.h"

enum { PMI_AGE_MIN = 18 };

bool rule_age_minimum(const struct question *question) {
    const struct application *application = question->application;
    if (!day_is_valid(application->birth_date)) return false; /* E80 has been said by intake */
    if (!day_is_valid(application->registration_date)) return false; /* without a date there is no age: E90 */
    int minimum = question->agreement->min_age;
    if (application->segment == SEGMENT_PMI && minimum < PMI_AGE_MIN) minimum = PMI_AGE_MIN;
    return age_at(application->birth_date, application->registration_date) < minimum;
}
