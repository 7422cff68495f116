/* The terms of a question: what is asked for, what the agreement pays, what the law allows (domain.md 3.3). A programme that the law closes is never billed: dropped
 * with W50 when the payer's agreement names it, refused with E50 when only the person asks. A programme that is open but not paid by this agreement is
 * dropped with W50 too: the payer's contract, not a wish in a list, decides what is charged. */
#include "services/eligibility/rules.h"

struct question question_of(const struct application *application, const struct agreement *agreement, const struct eligibility_facts *facts) {
    struct question question = {.application = application, .agreement = agreement, .facts = facts};
    if (agreement == NULL || application->segment <= SEGMENT_NONE || application->segment > SEGMENT_PMI) return question;
    programme_set law = programme_set_by_law(application->segment);
    question.paid = agreement->programmes[application->segment];
    programme_set asked = application->programmes != 0 ? application->programmes : question.paid;
    question.closed = (programme_set)(asked & ~law & ~question.paid);
    question.programmes = (programme_set)(asked & law & question.paid);
    question.dropped = (programme_set)(asked & ~question.programmes & ~question.closed);
    question.start_month = application->start_month != 0 ? application->start_month : agreement->first_month;
    question.months = application->months != 0 ? application->months : agreement->months;
    return question;
}
