/* What a partner of the API may do, and for whom. Roles are kept by name in intake.partner; here they are bits. Who makes an agreement and who checks it are two partners.
 * A partner may be bound to agreements and to regions: then all that belongs to other agreements is not there for him. */
#ifndef PAYUNG_DOMAIN_PARTNER_H
#define PAYUNG_DOMAIN_PARTNER_H

#include "common/base/slice.h"

enum partner_role {
    PARTNER_ENROL = 1,  /* sends lists and single enrolments */
    PARTNER_MAKER = 2,  /* proposes agreements and amendments */
    PARTNER_CHECKER = 4, /* lets them be, or not */
    PARTNER_PAYMENTS = 8, /* tells of payments: they activate covers, so who enrols may not do it by that alone */
    PARTNER_OPERATOR = 16 /* works for the installation itself: lets lists in without a second person */
};
enum { PARTNER_ROLES = 5 };
#define PARTNER_PREFIX "partner:" /* before a partner's id where others may stand, too: sources of payments, actors of the audit */

const char *partner_role_name(enum partner_role role); /* "enrol", "maker", "checker", "payments", "operator" */
bool partner_role_parse(struct slice name, enum partner_role *ret_role); /* exactly as named */
/* "enrol,maker" as bits; names that are not known give nothing. */
unsigned partner_roles_of(struct slice names);

/* What a partner is bound to; zeroed: to nothing, so everything is his. When agreements and regions are named, both must hold. */
enum { PARTNER_SCOPE_MAX = 16, PARTNER_SCOPE_TEXT_MAX = PARTNER_SCOPE_MAX * 64 };
struct partner_scope {
    char agreements[PARTNER_SCOPE_TEXT_MAX]; /* "kepahiang-2025,serang-umbrella" */
    size_t region_count;
    uint32_t regions[PARTNER_SCOPE_MAX]; /* PPKK, or PP00: the province and its regencies */
};
/* From the same lists as texts, "1708,3600". False: more than fits, or no regions; then the scope is of no use. */
bool partner_scope_read(struct slice agreements, struct slice regions, struct partner_scope *ret_scope);
bool partner_is_bound(const struct partner_scope *scope);
/* Is an agreement within it? family: its id and those of the umbrellas over it, separated by commas: an umbrella covers its offices. payer_region: as in struct agreement; who is
 * bound to regions has nothing of a payer without one. */
bool partner_scope_holds(const struct partner_scope *scope, struct slice family, uint32_t payer_region);

#endif
