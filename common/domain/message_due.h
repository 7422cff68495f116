/* Which message a person is owed for an outcome. The ledger writes the answer beside the outcome (ledger.outcome.message_due), notification
 * renders it, the report counts both: so there is one function for all three. Pure.
 *
 * Source: domain.md 6. A refusal that the person or the village can mend is REJECTED_FIX, any other REJECTED_FINAL; if one code of the
 * outcome is final, the answer is final. Nobody is told of a death (E70: the payer's report only), of a cover that this payer had bought
 * already (E22 alone: DUPLICATE), of a repeat, of a record that was parked, or again that an answer is still awaited (PENDING beyond the first attempt). */
#ifndef PAYUNG_DOMAIN_MESSAGE_DUE_H
#define PAYUNG_DOMAIN_MESSAGE_DUE_H

#include "common/domain/application.h"

/* "ACCEPTED", "WAITLIST", "REJECTED_FIX", "REJECTED_FINAL", "PENDING" (static), or NULL: nobody is told. */
const char *message_due(const struct outcome *outcome);

/* The one code that a refusal's message gives as its reason: the first one, in the order of codes.def, of the kind (to be mended, final)
 * that chose the message. CODE_NONE when the message names none. */
enum code message_reason(const struct outcome *outcome);

#endif
