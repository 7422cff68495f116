/* Agreements out of PostgreSQL, kept in memory. Used by eligibility (terms) and by the ledger (terms, payers of covers).
 *
 *   TRY(agreement_cache_fetch(cache, pg, batch->arena, ids, id_count, NULL, 0));      at most one round trip, none when all are known and fresh
 *   const struct agreement *agreement = agreement_by_id(cache, id);                   NULL: there is no such agreement
 *
 * How stale terms may be: an agreement asked for by its id was in force as it stands here at most AGREEMENT_FRESH_MS before the fetch; older ones are compared with the amendment
 * in the database, in the same statement that reads the unknown ones. Asked for by number they are not compared: by number one asks who the payer is, which no amendment changes.
 * Pagu and quota here are for show; who spends them reads the locked budget row. Ids that are not there are asked for again each time (they may be applied at any moment).
 *
 * A fetch by ids begins a batch: what was changed is replaced, and when more than AGREEMENTS_BYTES_MAX are kept all are forgotten. So pointers that were taken before such a fetch
 * are dead; those taken after it live until the next one, whatever is fetched by number in between. Number 0 ("no readable agreement") is never given out. */
#ifndef PAYUNG_LEDGER_AGREEMENT_STORE_H
#define PAYUNG_LEDGER_AGREEMENT_STORE_H

#include "common/domain/agreement.h"
#include "common/edge/pg.h"

enum { AGREEMENT_FRESH_MS = 1000, AGREEMENTS_BYTES_MAX = 64 * 1024 * 1024 };

struct agreement_cache;

struct agreement_cache *agreement_cache_create(void);
void agreement_cache_destroy(struct agreement_cache *cache); /* NULL is allowed */
/* ids and numbers may repeat; either may be NULL with count 0. */
MUST_USE struct err agreement_cache_fetch(struct agreement_cache *cache, struct pg *pg, struct arena *arena, const struct slice *ids, size_t id_count,
                                          const int32_t *numbers, size_t number_count);
/* Whatever is known is compared with the database by the next fetch that asks for it, however fresh it is. */
void agreement_cache_doubt(struct agreement_cache *cache);
const struct agreement *agreement_by_id(const struct agreement_cache *cache, struct slice id);
const struct agreement *agreement_by_number(const struct agreement_cache *cache, int32_t number);

#endif
