/* E41. Civil servants (PNS, PPPK), soldiers and police officers are insured by Taspen and Asabri; a side farm does not change that, in no segment. Known from a register of the
 * state, or from the occupation that the list itself says. UU 5/2014, PP 102/2015; domain.md 3.2, group 3, from general knowledge. */
#include "services/eligibility/rules.h"

bool rule_civil_servant(const struct question *question) {
    if (question->facts->civil_servant == FACT_YES) return true;
    return question->occupation != NULL && question->occupation->civil_servant;
}
