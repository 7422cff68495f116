/* What is known of an applicant in the list of the poor that the agreement names (DTSEN, before 2025 DTKS): the shared reading of the rules E31 and E32 and of the wait for it.
 * Whoever has a decile stands in the list; who is said not to stand in it is not in it, decile or not. */
#ifndef PAYUNG_ELIGIBILITY_POVERTY_H
#define PAYUNG_ELIGIBILITY_POVERTY_H

#include "services/eligibility/rules.h"

enum { DESIL_LAST = 10 };

static inline bool desil_is_known(const struct eligibility_facts *facts) { return facts->desil >= 1 && facts->desil <= DESIL_LAST; }

/* The agreement asks for a place in the list, or for a decile, which nobody outside the list has. */
static inline bool list_is_demanded(const struct question *question) {
    const struct agreement *agreement = question->agreement;
    if (question->application->segment == SEGMENT_JAKON) return false; /* a project, not a person */
    if (agreement->data_source != DATA_SOURCE_NONE) return true;
    return agreement->desil_max > 0 && !desil_is_known(question->facts);
}

/* The verdict hangs on a list, or on a decile, that nobody has told. */
static inline bool poverty_is_open(const struct question *question) {
    const struct agreement *agreement = question->agreement;
    const struct eligibility_facts *facts = question->facts;
    if (agreement == NULL || question->application->segment == SEGMENT_JAKON || desil_is_known(facts) || facts->dtsen == FACT_NO) return false; /* E31 and E32 can answer */
    if (agreement->desil_max > 0) return true;
    return agreement->data_source != DATA_SOURCE_NONE && facts->dtsen != FACT_YES;
}

#endif
