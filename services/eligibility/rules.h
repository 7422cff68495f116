/* What a rule sees and how it answers: true = this rule refuses. A rule is one file in rules/, with the story of why it exists and the law behind it,
 * and one row in rules.def. It is pure, looks at nothing but its question, and does not know the other rules. */
#ifndef PAYUNG_ELIGIBILITY_RULES_H
#define PAYUNG_ELIGIBILITY_RULES_H

#include "services/eligibility/decide.h"

/* Worked out once before the rules are asked (terms.c). agreement is not NULL in the groups 3 and 4. */
struct question {
    const struct application *application;
    const struct agreement *agreement;
    const struct eligibility_facts *facts;
    const struct occupation *occupation; /* NULL: none of the table */
    struct law_answer law;    /* for the segment, the employer and the months of the question */
    programme_set paid;       /* what the agreement names for the segment; 0 = segment not in it */
    programme_set closed;     /* asked for by the person alone, not open to the segment by law (E50) */
    programme_set dropped;    /* W50: in the agreement against the law, or asked for and not paid by this agreement */
    programme_set programmes; /* what is left: asked for, in the agreement, open by law */
    month_t start_month;
    uint32_t months;          /* months is 0 or start_month no month: then there is no basis (E90), and the law is not asked */
    bool paid_at_once;        /* one amount for the whole time: a construction contract, a migrant worker's package */
};

/* What facts did not answer although somebody asked, and the verdict can't do without: P01, P02 (waits.c). */
struct code_set waits_of(const struct question *question);

struct question question_of(const struct application *application, const struct agreement *agreement, const struct eligibility_facts *facts);

#define RULE(code, name, sentence) bool rule_##name(const struct question *question);
#include "services/eligibility/rules.def"
#undef RULE

#endif
