/* The terms of a question: what is asked for, what the agreement pays, what the law allows in those months (domain.md 3.3). A programme that the law closes is never billed:
 * dropped with W50 when the payer's agreement names it, refused with E50 when only the person asks. A programme that is open but not paid by this agreement is
 * dropped with W50 too: the payer's contract, not a wish in a list, decides what is charged. */
#include "services/eligibility/rules.h"

/* The protection against job loss comes with the membership of an employee and is paid by the state and out of JKK, never by a payer (PP 37/2021, PP 6/2025): it is neither billed
 * nor missed when somebody names it. */
static const programme_set never_billed = 1u << PROGRAMME_JKP;

static bool owns_a_business(const struct question *question) {
    return question->application->is_employer || (question->occupation != NULL && question->occupation->employer);
}

static void ask_the_law(struct question *question) {
    const struct application *application = question->application;
    const struct law_question asked = {.segment = application->segment,
                                       .employer_size = application->pu.employer_size,
                                       .is_employer = owns_a_business(question),
                                       .from = question->start_month,
                                       .months = question->months};
    question->law = law_ask(question->facts->law, &asked);
}

struct question question_of(const struct application *application, const struct agreement *agreement, const struct eligibility_facts *facts) {
    struct question question = {.application = application, .agreement = agreement, .facts = facts};
    question.occupation = occupation_by_code(facts->occupations, application->occupation);
    if (agreement == NULL || application->segment <= SEGMENT_NONE || application->segment > SEGMENT_PMI) return question;
    question.paid_at_once = application->segment == SEGMENT_PMI || (application->segment == SEGMENT_JAKON && application->jakon.basis == JAKON_BASIS_CONTRACT);
    question.paid = agreement->programmes[application->segment];
    question.start_month = application->start_month != 0 ? application->start_month : agreement->first_month;
    question.months = application->months != 0 ? application->months : agreement->months;
    if (question.months == 0 || !month_is_valid(question.start_month)) return question;
    ask_the_law(&question);
    const programme_set asked = application->programmes != 0 ? application->programmes : question.paid;
    const programme_set open = question.law.open;
    question.closed = (programme_set)(asked & ~open & ~question.paid);
    question.programmes = (programme_set)(asked & open & question.paid & ~never_billed);
    question.dropped = (programme_set)(asked & ~question.programmes & ~question.closed & ~(open & never_billed));
    return question;
}
