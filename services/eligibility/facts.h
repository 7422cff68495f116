/* What eligibility must know from PostgreSQL for one batch: the agreements (kept between batches) and the covers that the batch's persons have already, in one
 * round trip, or two when a payer is met for the first time. The ledger asks again under its locks: what is read here may be old by then, which costs nothing but
 * a later refusal.
 *
 *   TRY(facts_fetch(source, batch, &facts));
 *   facts_of(facts, batch->arena, application, agreement, &eligibility_facts);       pure */
#ifndef PAYUNG_ELIGIBILITY_FACTS_H
#define PAYUNG_ELIGIBILITY_FACTS_H

#include "common/stage/stage.h"
#include "services/eligibility/decide.h"
#include "services/ledger/agreement_store.h"

struct facts_source; /* sessions and caches; made once */

/* One year of one person in one segment, as one payer pays it. */
struct held_year {
    struct person_token person;
    enum segment segment;
    int32_t year;
    int32_t agreement_no;
    const struct agreement *agreement; /* NULL: unknown */
    uint16_t months[4];                /* JKK, JKM, JHT, JP; bit 0 = January */
};

struct batch_facts {
    const struct agreement_cache *agreements;
    const struct occupation_table *occupations;
    const struct held_year *held; /* by person, ascending */
    size_t held_count;
};

/* occupations must outlive the source. */
MUST_USE struct err facts_open(const char *pg_url, const struct occupation_table *occupations, struct facts_source **ret_source);
void facts_close(struct facts_source *source); /* NULL is allowed */
struct pg *facts_session(struct facts_source *source);
MUST_USE struct err facts_fetch(struct facts_source *source, const struct stage_batch *batch, struct batch_facts **ret_facts);

/* agreement may be NULL. Covers come in the arena. */
void facts_of(const struct batch_facts *facts, struct arena *arena, const struct application *application, const struct agreement *agreement,
              struct eligibility_facts *ret_facts);

#endif
