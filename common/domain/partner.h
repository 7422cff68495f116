/* What a partner of the API may do. Roles are kept by name in intake.partner; here they are bits. Who makes an agreement and who checks it are two partners. */
#ifndef PAYUNG_DOMAIN_PARTNER_H
#define PAYUNG_DOMAIN_PARTNER_H

#include "common/base/slice.h"

enum partner_role {
    PARTNER_ENROL = 1,  /* sends lists and single enrolments */
    PARTNER_MAKER = 2,  /* proposes agreements and amendments */
    PARTNER_CHECKER = 4, /* lets them be, or not */
    PARTNER_PAYMENTS = 8 /* tells of payments: they activate covers, so who enrols may not do it by that alone */
};
enum { PARTNER_ROLES = 4 };
#define PARTNER_PREFIX "partner:" /* before a partner's id where others may stand, too: sources of payments, actors of the audit */

const char *partner_role_name(enum partner_role role); /* "enrol", "maker", "checker", "payments" */
bool partner_role_parse(struct slice name, enum partner_role *ret_role); /* exactly as named */
/* "enrol,maker" as bits; names that are not known give nothing. */
unsigned partner_roles_of(struct slice names);

#endif
