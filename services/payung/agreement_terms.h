/* What the commands about agreements share: the terms of an agreement for people and as JSON, and what the law says against it. Bahasa Indonesia for people. */
#ifndef PAYUNG_AGREEMENT_TERMS_H
#define PAYUNG_AGREEMENT_TERMS_H

#include <jansson.h>

#include "common/edge/pg.h"
#include "services/ledger/agreement_document.h"

void terms_print(const struct agreement *agreement, struct slice name);
/* payer, period, months, segments, options, pagu (null: none stated), quota (null: none), parent (null: none) as members of root. */
void terms_add_json(json_t *root, const struct agreement *agreement);

/* CFG_LAW_CONFLICT for each segment with programmes that the law closes, E90 without a legal basis: lines for people, the same texts as a JSON list. */
void terms_print_warnings(const struct agreement *agreement, const programme_set closed[SEGMENT_PMI + 1]);
json_t *terms_warnings(const struct agreement *agreement, const programme_set closed[SEGMENT_PMI + 1]);
/* [{"code":"CFG_LAW_CONFLICT","warning":"W50","segment":"BPU","programmes":["JP"],"from":"2025-10","to":"2026-09"}] */
json_t *terms_law_conflicts(const struct agreement *agreement, const programme_set closed[SEGMENT_PMI + 1]);

#endif
