/* What eligibility must know about one batch before it decides: the agreements (kept between batches) and, from a small table of adapters (facts_adapter.h), what is
 * known about the persons: the covers of our own ledger, the extracts of other offices in PostgreSQL, and a Dukcapil-like service if one is set up.
 *
 *   TRY(facts_fetch(source, batch, &facts));
 *   facts_of(facts, batch->arena, i, agreement, &eligibility_facts);       pure; item i of the batch
 *
 * Our own store that is away is AGAIN: the batch waits. Somebody else's service that is silent is a fact of its own (NO_ANSWER, so PENDING) and never holds up the lane.
 * A source that is not set up is NOT_ASKED. The ledger asks for covers again under its locks: what is read here may be old by then, which costs nothing but a later refusal. */
#ifndef PAYUNG_ELIGIBILITY_FACTS_H
#define PAYUNG_ELIGIBILITY_FACTS_H

#include "common/stage/stage.h"
#include "services/eligibility/decide.h"
#include "services/eligibility/dukcapil_message.h"
#include "services/eligibility/extract.h"
#include "services/ledger/agreement_store.h"

struct facts_source; /* sessions and caches; made once */

/* All must outlive the source. */
struct facts_options {
    const char *pg_url;
    const char *instance;     /* who asks, in the usage report */
    const char *keys_folder;  /* opened only when dukcapil_url is not "" */
    const char *dukcapil_url; /* "" = off */
    const char *dukcapil_token;
    int dukcapil_timeout_ms;  /* of a whole batch */
    int dukcapil_connections;
    const struct occupation_table *occupations;
    const struct law_table *law;
    const struct parameters *parameters;
};

/* One year of one person in one segment, as one payer pays it. */
struct held_year {
    struct person_token person;
    enum segment segment;
    int32_t year;
    int32_t agreement_no;
    const struct agreement *agreement; /* NULL: unknown */
    uint16_t months[4];                /* JKK, JKM, JHT, JP; bit 0 = January */
};
_Static_assert(offsetof(struct held_year, person) == 0, "found by person_run_of");

struct batch_facts {
    const struct agreement_cache *agreements;
    const struct occupation_table *occupations;
    const struct law_table *law;
    const struct parameters *parameters;
    const struct held_year *held; /* by person, ascending */
    size_t held_count;
    struct extract_facts extracts;
    const struct dukcapil_fact *dukcapil; /* one per item of the batch; NULL: no service is set up */
};

MUST_USE struct err facts_open(const struct facts_options *options, struct facts_source **ret_source);
void facts_close(struct facts_source *source); /* NULL is allowed */
struct pg *facts_session(struct facts_source *source);
MUST_USE struct err facts_fetch(struct facts_source *source, const struct stage_batch *batch, struct batch_facts **ret_facts);

/* item: the application's place in the batch. agreement may be NULL. Covers come in the arena. */
void facts_of(const struct batch_facts *facts, struct arena *arena, size_t item, const struct application *application, const struct agreement *agreement,
              struct eligibility_facts *ret_facts);
/* What an outside service remarked about this item (W06, W07), to be added to the findings of intake. */
struct code_set facts_findings(const struct batch_facts *facts, size_t item);
/* All of it for one applicant: its findings are completed, and it is decided with what is known. Pure; covers come in the arena. */
void facts_decide(const struct batch_facts *facts, struct arena *arena, size_t item, struct application *application, struct verdict *ret_verdict);

#endif
