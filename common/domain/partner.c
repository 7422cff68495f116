/* Names of roles, and scopes. An unknown name is never a role, and what can't be read is never within a scope. */
#include "common/domain/partner.h"

#include "common/base/check.h"
#include "common/domain/text.h"

static const struct role {
    enum partner_role role;
    const char *name;
} roles[PARTNER_ROLES] = {{PARTNER_ENROL, "enrol"}, {PARTNER_MAKER, "maker"}, {PARTNER_CHECKER, "checker"}, {PARTNER_PAYMENTS, "payments"}, {PARTNER_OPERATOR, "operator"}};

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

bool partner_scope_read(struct slice agreements, struct slice regions, struct partner_scope *ret_scope) {
    *ret_scope = (struct partner_scope){0};
    if (agreements.size >= PARTNER_SCOPE_TEXT_MAX) return false;
    if (agreements.size > 0) memcpy(ret_scope->agreements, agreements.bytes, agreements.size);
    struct slice text;
    while (regions.size > 0 && text_split(&regions, ',', &text)) {
        uint64_t region;
        if (ret_scope->region_count == PARTNER_SCOPE_MAX || !text_number(text, 9999, &region)) return false;
        ret_scope->regions[ret_scope->region_count++] = (uint32_t)region;
    }
    return true;
}

bool partner_is_bound(const struct partner_scope *scope) { return scope->agreements[0] != '\0' || scope->region_count > 0; }

static bool is_named(const char *agreements, struct slice id) {
    struct slice name, rest = slice_text(agreements);
    while (text_split(&rest, ',', &name))
        if (slice_equal(name, id)) return true;
    return false;
}

static bool is_in_family(const char *agreements, struct slice family) {
    struct slice id;
    while (text_split(&family, ',', &id))
        if (id.size > 0 && is_named(agreements, id)) return true;
    return false;
}

static bool is_in_regions(const struct partner_scope *scope, uint32_t payer_region) {
    for (size_t i = 0; payer_region != 0 && i < scope->region_count; i++)
        if (scope->regions[i] == payer_region || scope->regions[i] == payer_region / 100 * 100) return true;
    return false;
}

bool partner_scope_holds(const struct partner_scope *scope, struct slice family, uint32_t payer_region) {
    return (scope->agreements[0] == '\0' || is_in_family(scope->agreements, family)) && (scope->region_count == 0 || is_in_regions(scope, payer_region));
}
