/* Decides which programmes the payer may buy for an applicant, and says every reason (domain.md 3.2). Pure: the same application, agreement and facts
 * give the same verdict, today and in a replay years later.
 *
 * The groups 1 syntax, 2 identity, 3 law, 4 sponsor are asked in this order. The first group with a refusal decides; all codes of that group are
 * reported, none of later ones. Warnings (W...) are always reported and never change the status. Capacity (group 5) is the ledger's.
 *
 *   struct eligibility_facts facts = {.occupations = &table, .law = &law, .parameters = &parameters, .covers = covers, .cover_count = n, ...};
 *   decide(&application, agreement, &facts, &verdict);          agreement NULL: it is not known, X03
 *
 * A fact that was asked for and not answered makes PENDING (P01 Dukcapil, P02 any other), but only when no group refuses: a refusal needs no waiting, and its codes stand alone.
 * A fact that was not asked for (NOT_ASKED, no source installed) refuses nothing and holds up nothing, unless the agreement demands it: a place in the list of the poor, or a decile
 * in it (P02 while unknown). A decile that is known is a place in the list. Whatever the application, the agreement and the covers hold, the decision is safe and takes well under
 * a microsecond; what intake must find (E01-E06, E80, E81) it takes from the findings and does not look for again.
 *
 * An eligible verdict holds the terms resolved from the agreement: programmes to bill, first month, months, funds. So does a PENDING one: they are what will be bought when the
 * answer is good, and a place in the budget may be held for it until then. A rejected one holds none.
 *
 * desil of the verdict, the rank in a waiting list, is what the list of the poor tells (facts.desil); who is said not to stand in it has none; when it was not asked, or tells no
 * decile, it is what the payer's list says of itself (application.desil), which decides nothing else. */
#ifndef PAYUNG_ELIGIBILITY_DECIDE_H
#define PAYUNG_ELIGIBILITY_DECIDE_H

#include "common/domain/agreement.h"
#include "common/domain/law.h"
#include "common/domain/occupation.h"
#include "common/domain/parameter.h"

/* One run of months in which this person is already covered in a programme, as the coverage table of the ledger tells it. Runs that touch none of the
 * months asked for do no harm. */
enum cover_status { COVER_ACTIVE = 0, COVER_GRACE = 1, COVER_LAPSED = 2, COVER_ENDED = 3 }; /* only ACTIVE is an obstacle: who lapsed may come back (domain.md E08v) */

struct active_cover {
    enum segment segment;
    enum programme programme;
    int32_t agreement_no; /* 0: known from an extract, not from our ledger */
    bool same_payer;   /* the agreement belongs to the payer of the agreement that now asks */
    month_t from;
    uint32_t months;
    enum cover_status status;
};

enum dukcapil_answer { DUKCAPIL_NOT_ASKED = 0, DUKCAPIL_ALIVE, DUKCAPIL_DECEASED, DUKCAPIL_NOT_FOUND, DUKCAPIL_NO_ANSWER };
enum fact { FACT_NOT_ASKED = 0, FACT_NO, FACT_YES, FACT_NO_ANSWER };

struct eligibility_facts {
    const struct occupation_table *occupations; /* these three are not NULL */
    const struct law_table *law;
    const struct parameters *parameters;
    enum dukcapil_answer dukcapil;
    uint32_t dukcapil_region;     /* PPKKCC of the KTP as Dukcapil knows it; 0 = not told: then the row's own counts */
    enum fact dtsen;              /* stands in the list of the poor that the agreement names */
    int desil;                    /* 1..10; 0 = not known */
    enum fact civil_servant;      /* ASN, TNI, Polri */
    bool covers_unanswered;       /* an outside source of covers was asked and did not answer */
    const struct active_cover *covers;
    size_t cover_count;
};

void decide(const struct application *application, const struct agreement *agreement, const struct eligibility_facts *facts, struct verdict *ret_verdict);

#endif
