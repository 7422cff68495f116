/* What is known of an applicant in the list of the poor that the agreement names (DTSEN, before 2025 DTKS): the shared reading of the rules E31 and E32, of the wait for it and of the rank in a waiting list.
 * Whoever has a decile stands in the list; who is said not to stand in it is not in it, decile or not. A construction project is no household: it is never asked for. */
#ifndef PAYUNG_ELIGIBILITY_POVERTY_H
#define PAYUNG_ELIGIBILITY_POVERTY_H

#include "services/eligibility/rules.h"

static inline bool desil_is_known(const struct eligibility_facts *facts) { return facts->desil >= 1 && facts->desil <= DESIL_MAX; }

/* By which decile the person waits for money; 0 = none is known. The payer's own list is believed only where the list of the poor is silent. */
static inline int desil_for_rank(const struct question *question) {
    const int told = question->application->desil;
    if (question->application->segment == SEGMENT_JAKON) return 0;
    if (desil_is_known(question->facts)) return question->facts->desil;
    return question->facts->dtsen != FACT_NO && told >= 1 && told <= DESIL_MAX ? told : 0;
}

static inline int desil_limit(const struct question *question) { return question->application->segment == SEGMENT_JAKON ? 0 : question->agreement->desil_max; }

/* The agreement asks for a place in the list, or for a decile, which nobody outside the list has. */
static inline bool list_is_demanded(const struct question *question) {
    if (question->application->segment == SEGMENT_JAKON) return false;
    if (question->agreement->data_source != DATA_SOURCE_NONE) return true;
    return desil_limit(question) > 0 && !desil_is_known(question->facts);
}

/* The verdict hangs on a list, or on a decile, that nobody has told. agreement is not NULL: without one X03 has refused. */
static inline bool poverty_is_open(const struct question *question) {
    const struct eligibility_facts *facts = question->facts;
    if (desil_is_known(facts) || facts->dtsen == FACT_NO) return false; /* E31 and E32 can answer */
    if (desil_limit(question) > 0) return true;
    return list_is_demanded(question) && facts->dtsen != FACT_YES;
}

#endif
