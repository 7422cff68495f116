/* E30. A regional budget pays for residents of the region only. Residence is what the KTP says today, as Dukcapil knows it when it was asked, else as the list says; never the
 * prefix of the NIK, which is the place of first issue and does not change on moving (Kepahiang was once part of Rejang Lebong). A province pays for all its
 * regencies. An agreement may say itself how wide it is, whoever pays; when it does not, companies and private payers are not bound to a region. domain.md 3.1 item 8,
 * 3.2 group 4. */
#include "services/eligibility/rules.h"

enum { DISTRICTS_A_REGENCY = 100, REGENCIES_A_PROVINCE = 100 };

static uint32_t regency_of(const struct question *question) {
    const uint32_t told = question->facts->dukcapil_region;
    return (told != 0 ? told : question->application->ktp_region) / DISTRICTS_A_REGENCY;
}

/* SCOPE_PAYER is made plain: what the payer is, says how far its money goes. A province can't mean one of its regencies. */
static enum region_scope scope_of(const struct agreement *agreement) {
    if (agreement->payer_region == 0) return SCOPE_ANY;
    if (agreement->region_scope == SCOPE_PAYER && agreement->funds != FUNDS_APBD) return SCOPE_ANY;
    if (agreement->region_scope == SCOPE_ANY || agreement->region_scope == SCOPE_PROVINCE) return agreement->region_scope;
    return agreement->payer_region % REGENCIES_A_PROVINCE == 0 ? SCOPE_PROVINCE : SCOPE_REGENCY;
}

bool rule_not_resident(const struct question *question) {
    const uint32_t payer = question->agreement->payer_region, regency = regency_of(question);
    switch (scope_of(question->agreement)) {
    case SCOPE_REGENCY: return regency != payer;
    case SCOPE_PROVINCE: return regency / REGENCIES_A_PROVINCE != payer / REGENCIES_A_PROVINCE;
    default: return false;
    }
}
