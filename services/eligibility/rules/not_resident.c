/* E30. A regional budget pays for residents of the region only. Residence is what the KTP says today, never the prefix of the NIK, which is the place of first
 * issue and does not change on moving (Kepahiang was once part of Rejang Lebong). A province pays for all its regencies. Companies and private payers
 * are not bound to a region. domain.md 3.1 item 8, 3.2 group 4. */
#include "services/eligibility/rules.h"

bool rule_not_resident(const struct question *question) {
    const struct agreement *agreement = question->agreement;
    if (agreement->funds != FUNDS_APBD || agreement->payer_region == 0) return false;
    uint32_t regency = question->application->ktp_region / 100;
    bool province_pays = agreement->payer_region % 100 == 0;
    return province_pays ? regency / 100 != agreement->payer_region / 100 : regency != agreement->payer_region;
}
