/* The number of a member (kartu peserta Jamsostek, KPJ): eleven digits, given by the insurer alone. No public rule says how they are made, so nothing but their form is checked. */
#ifndef PAYUNG_DOMAIN_KPJ_H
#define PAYUNG_DOMAIN_KPJ_H

#include <stdbool.h>

#include "common/base/slice.h"

enum { KPJ_DIGITS = 11, KPJ_TEXT = KPJ_DIGITS + 1 };

bool kpj_parse(struct slice text, char ret_kpj[KPJ_TEXT]); /* exactly eleven digits; blanks, hyphens and dots between them are passed over */

#endif
