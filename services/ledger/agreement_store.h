/* Agreements out of PostgreSQL, kept in memory: an agreement in force is immutable, so a cached one never has to be read again. Ids that are not there
 * are asked for again each time (they may be applied at any moment). Used by eligibility (terms) and by the ledger (terms, payers of covers).
 *
 *   TRY(agreement_cache_fetch(cache, pg, batch->arena, ids, id_count, NULL, 0));      at most one round trip, none when all are known
 *   const struct agreement *agreement = agreement_by_id(cache, id);                   NULL: there is no such agreement
 *
 * The cache owns its agreements until it is destroyed. Number 0 ("no readable agreement") is never given out. */
#ifndef PAYUNG_LEDGER_AGREEMENT_STORE_H
#define PAYUNG_LEDGER_AGREEMENT_STORE_H

#include "common/domain/agreement.h"
#include "common/edge/pg.h"

struct agreement_cache;

struct agreement_cache *agreement_cache_create(void);
void agreement_cache_destroy(struct agreement_cache *cache); /* NULL is allowed */
/* ids and numbers may repeat; either may be NULL with count 0. */
MUST_USE struct err agreement_cache_fetch(struct agreement_cache *cache, struct pg *pg, struct arena *arena, const struct slice *ids, size_t id_count,
                                          const int32_t *numbers, size_t number_count);
const struct agreement *agreement_by_id(const struct agreement_cache *cache, struct slice id);
const struct agreement *agreement_by_number(const struct agreement_cache *cache, int32_t number);

#endif
