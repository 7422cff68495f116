/* Names of roles. An unknown name is never a role. */
#include "common/domain/partner.h"

#include "common/base/check.h"

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
    while (names.size > 0) {
        const uint8_t *comma = memchr(names.bytes, ',', names.size);
        const size_t size = comma != NULL ? (size_t)(comma - names.bytes) : names.size, taken = size + (comma != NULL);
        enum partner_role role;
        if (partner_role_parse(slice_of(names.bytes, size), &role)) bits |= role;
        names = slice_of(names.bytes + taken, names.size - taken);
    }
    return bits;
}
