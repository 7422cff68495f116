/* What the commands about agreements share: the terms of an agreement for people, and what the law says against it. Bahasa Indonesia; as JSON they are agreement_json.h's. */
#ifndef PAYUNG_AGREEMENT_TERMS_H
#define PAYUNG_AGREEMENT_TERMS_H

#include "services/ledger/agreement_document.h"

void terms_print(const struct agreement *agreement, struct slice name);
/* A line for each warning (agreement_warnings). */
void terms_print_warnings(const struct agreement *agreement, const programme_set closed[SEGMENT_PMI + 1]);

#endif
