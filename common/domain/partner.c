/* Names of roles. An unknown name is never a role. */
#include "common/domain/partner.h"

#include "common/base/check.h"
#include "common/domain/text.h"

static const struct role {
    enum partner_role role;
    const char *name;
} roles[PARTNER_ROLES] = {{PARTNER_ENROL, "enrol"}, {PARTNER_MAKER, "maker"}, {PARTNER_CHECKER, "checker"}, {PARTNER_PAYMENTS, "payments"}};

const char *partner_role_name(enum partner_role role) {
    for (int i = 0; i < PARTNER_ROLES; i++)
        if (roles[i].role == role) return roles[i].name;
    CHECK(!"a role without a name");
    return "";
}

bool partner_role_parse(struct slice name, enum partner_role *ret_role) {
    for (int i = 0; i < PARTNER_ROLES; i++) {
        if (!slice_is(name, roles[i].name)) continue;
        *ret_role = roles[i].role;
        return true;
    }
    return false;
}

unsigned partner_roles_of(struct slice names) {
    unsigned bits = 0;
    struct slice name;
    enum partner_role role;
    while (text_split(&names, ',', &name))
        if (partner_role_parse(name, &role)) bits |= role;
    return bits;
}
