/* Decides which programmes the payer may buy for an applicant, and says every reason (domain.md 3.2). Pure: the same application, agreement and facts
 * give the same verdict, today and in a replay years later.
 *
 * The groups 1 syntax, 2 identity, 3 law, 4 sponsor are asked in this order. The first group with a refusal decides; all codes of that group are
 * reported, none of later ones. Warnings (W...) are always reported and never change the status. Capacity (group 5) is the ledger's.
 *
 *   struct eligibility_facts facts = {.occupations = &table, .covers = covers, .cover_count = n};
 *   decide(&application, agreement, &facts, &verdict);          agreement NULL: it is not known, X03
 *
 * An eligible verdict holds the terms resolved from the agreement: programmes to bill, first month, months, funds. */
#ifndef PAYUNG_ELIGIBILITY_DECIDE_H
#define PAYUNG_ELIGIBILITY_DECIDE_H

#include "common/domain/agreement.h"
#include "common/domain/occupation.h"

/* One run of months in which this person is already covered in a programme, as the coverage table of the ledger tells it. Runs that touch none of the
 * months asked for do no harm. */
struct active_cover {
    enum segment segment;
    enum programme programme;
    int32_t agreement_no;
    bool same_payer;   /* the agreement belongs to the payer of the agreement that now asks */
    month_t from;
    uint32_t months;
};

struct eligibility_facts {
    const struct occupation_table *occupations; /* not NULL */
    const struct active_cover *covers;
    size_t cover_count;
};

void decide(const struct application *application, const struct agreement *agreement, const struct eligibility_facts *facts, struct verdict *ret_verdict);

#endif
