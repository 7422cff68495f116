/* Why somebody was refused, and what can be done about it, in the words that a person reads on paper, in two languages: templates/reasons.tsv. Pure.
 *
 *   struct letter_reasons reasons;  struct load_error error;
 *   if (!reasons_load(arena, reasons_tsv, &reasons, &error)) ...      once; slices point into the text
 *   reasons.rows[CODE_E30].alasan                                     every code of kind REFUSAL has its row */
#ifndef PAYUNG_NOTIFICATION_REASONS_H
#define PAYUNG_NOTIFICATION_REASONS_H

#include <stdbool.h>

#include "common/domain/codes.h"
#include "common/domain/load.h"

enum { REASON_BYTES_MAX = 160 };

struct letter_reasons {
    struct { struct slice alasan, perbaikan, reason, remedy; } rows[CODE_LIMIT];
};

/* False with line, column and problem: a code that is none of a refusal, stands twice or is missing, an empty or too long text, or one that is no UTF-8. */
bool reasons_load(struct arena *arena, struct slice text, struct letter_reasons *ret_reasons, struct load_error *ret_error);

#endif
