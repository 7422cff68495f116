/* What the decision must wait for. A fact that was asked for and not answered is never taken for a good answer (domain.md E30v: never ACCEPT), but it only holds up who
 * would be taken otherwise: a refusal needs no waiting, so decide.c asks this file last. A fact that nobody asked for, because no source is installed, holds up
 * nobody, unless the agreement pays only for those who stand in a list of the poor: then it must be known. */
#include "services/eligibility/poverty.h"
#include "services/eligibility/rules.h"

struct code_set waits_of(const struct question *question) {
    const struct eligibility_facts *facts = question->facts;
    struct code_set waits = code_set_of_kind(question->application->findings, CODE_WAIT);
    if (facts->dukcapil == DUKCAPIL_NO_ANSWER) waits = code_set_with(waits, CODE_P01);
    const bool unanswered = facts->civil_servant == FACT_NO_ANSWER || facts->covers_unanswered || poverty_is_open(question);
    return unanswered ? code_set_with(waits, CODE_P02) : waits;
}
