/* One case for the rules, made of a facts document: the same checks that intake runs on a row, an agreement and what other offices know, then decide(), the function of the
 * service. Pure. Nothing is decided here but what the document leaves open:
 *
 *   agreement absent    a private agreement without limits that pays what the law opens to the segment
 *   agreement.programmes absent   what the law opens; programmes absent too: what the law makes mandatory
 *   period absent or open         from long ago to far ahead; start_month absent: the first month of the period, else that of the registration; months absent: to the end of the
 *                                 period, else 1
 *   terms that only the price needs (risk class, contract, route ...)  are not asked for
 *   active[].payer      is the payer of the agreement when its region is agreement.region, or when neither has a region and its kind is agreement.payer; who is not said is another */
#ifndef PAYUNG_CHECK_CASE_H
#define PAYUNG_CHECK_CASE_H

#include "services/payung/check_document.h"

struct check_tables {
    const struct region_table *regions;
    const struct occupation_table *occupations;
    const struct law_table *law;
    const struct parameters *parameters;
};

struct check_result {
    struct verdict verdict;
    struct code_set queue; /* Q60, Q61: would be taken, but there is no room (WAITLIST) */
    uint64_t wanting;      /* which fields are E80, for words */
    bool spreadsheet_damage;
    enum fact subsidy;     /* PU with a wage: below the ceiling of the wage subsidy (BSU), a remark that never changes the outcome; else NOT_ASKED */
    struct application application; /* as it was decided */
};

/* today: the registration date when the document has none. The arena holds what the result points to. */
void check_case(const struct check_document *document, const struct check_tables *tables, day_t today, struct arena *arena, struct check_result *ret_result);

/* "ACCEPT", "PENDING", "WAITLIST", "REJECT" */
const char *check_outcome(const struct check_result *result);

#endif
