/* Chooses the message that an outcome owes to its person. The sets of codes are those of domain.md 6; X03 (agreement unknown) is mended by
 * the payer's office, so it counts as one to be mended. It never looks at anything but the outcome: the ledger and notification must
 * come to the same answer from the same bytes. */
#include "common/domain/message_due.h"

#include "common/base/check.h"

#define BIT(symbol) (UINT64_C(1) << CODE_##symbol)

static const uint64_t codes_final = BIT(E10) | BIT(E11) | BIT(E21) | BIT(E22) | BIT(E23) | BIT(E31) | BIT(E32) | BIT(E33) | BIT(E40) |
                                    BIT(E41) | BIT(E50) | BIT(E51);
static const uint64_t codes_to_mend = BIT(E01) | BIT(E02) | BIT(E03) | BIT(E04) | BIT(E05) | BIT(E06) | BIT(E20) | BIT(E30) | BIT(E71) |
                                      BIT(E80) | BIT(E81) | BIT(E90) | BIT(X03);

const char *message_due(const struct outcome *outcome) {
    CHECK(outcome != NULL);
    if (outcome->repeat) return NULL;
    switch (outcome->status) {
        case OUTCOME_ACCEPTED: return "ACCEPTED";
        case OUTCOME_WAITLISTED: return "WAITLIST";
        case OUTCOME_PENDING: return outcome->attempt > 1 ? NULL : "PENDING"; /* told once, however often it is tried again */
        case OUTCOME_REJECTED:
            if (code_set_has(outcome->codes, CODE_E70)) return NULL;
            if ((outcome->codes.bits & codes_final) != 0) return "REJECTED_FINAL";
            return (outcome->codes.bits & codes_to_mend) != 0 ? "REJECTED_FIX" : NULL;
        case OUTCOME_NONE:
        case OUTCOME_DUPLICATE:
        case OUTCOME_PARKED: return NULL;
    }
    return NULL;
}

enum code message_reason(const struct outcome *outcome) {
    if (message_due(outcome) == NULL || outcome->status != OUTCOME_REJECTED) return CODE_NONE;
    uint64_t bits = outcome->codes.bits & codes_final;
    if (bits == 0) bits = outcome->codes.bits & codes_to_mend;
    static const enum code order[] = {
#define CODE(symbol, number, text, name, group, kind, reason, remedy) CODE_##symbol,
#include "common/domain/codes.def"
#undef CODE
    };
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if ((bits >> (unsigned)order[i] & 1u) != 0) return order[i];
    return CODE_NONE;
}
