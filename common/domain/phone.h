/* Mobile numbers: 08..., 8..., 628..., +62 8... with blanks, dashes, dots or brackets become E.164: "+628" and 7 to 11 further digits (domain.md 6).
 * Anything else, fixed lines and an empty field included, cannot receive a notice: warning W20, never a refusal. */
#ifndef PAYUNG_DOMAIN_PHONE_H
#define PAYUNG_DOMAIN_PHONE_H

#include "common/base/slice.h"

enum { PHONE_TEXT_MAX = 16 }; /* "+628" + 11 digits + terminator */

/* False when it is no usable mobile number; ret_text is then "". */
bool phone_normalise(struct slice raw, char ret_text[PHONE_TEXT_MAX]);

#endif
